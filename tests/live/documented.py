"""What docs/operations.md tells people to type, for tests that do so.

    words = documented.redis_user("right-Zq7k", prefix="sluice:")      ACL SETUSER sluice on >right-Zq7k resetkeys ~sluice:* ..
"""
import os
import re

OPERATIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "operations.md")
COMMAND = re.compile(r"^ +(ACL SETUSER sluice on >PASSWORD .* ~sluice:\* .*)$", re.M)
OF_A_CLUSTER = re.compile(r"^With `redis\.mode: cluster` also `([^`]*)`", re.M)


def redis_user(password, prefix="sluice:", cluster=False):
    """The words of the command that makes Sluice's user, with this password. ValueError: the page does not have it once."""
    with open(OPERATIONS, encoding="utf-8") as page:
        text = page.read()
    commands, more = COMMAND.findall(text), OF_A_CLUSTER.findall(text)
    if len(commands) != 1 or len(more) != 1:
        raise ValueError("%s should say once how to make Redis' user, and once what it needs in a Cluster: %s, %s" % (
            OPERATIONS, commands, more))
    words = commands[0].replace(">PASSWORD", ">" + password).replace("~sluice:", "~" + prefix).split()
    return words + (more[0].split() if cluster else [])
