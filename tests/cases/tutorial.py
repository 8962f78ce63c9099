"""The packs of docs/rule-language.md are what they say.

    tutorial.py build/release/sluice build/tutorial

Each block of the page that begins with ```rule is a whole pack: it must compile without a word, have at least one
case that fires and one that stays quiet, and all its cases must pass. A block that begins with ```rule wrong must be
refused, with exactly the message that stands in the ```text block behind it. Each sentence of the page's last table
(what this version refuses) must be what `sluice check` says of the words in its first column.

The last line is `N passed, N failed`; exit 0 if none failed.
"""
import os
import re
import shutil
import subprocess
import sys

PAGE = "docs/rule-language.md"
STEPS = 10
BLOCK = re.compile(r"^```(rule(?: wrong)?|text)\n(.*?)^```$", re.M | re.S)
REFUSED = re.compile(r"^\| `+ ?(.+?) ?`+ \|.*\| (.+ not in this version) \|$", re.M)
# What the words of the table are put into, by their first word; what is no block stands in a `when`.
BLOCKS = ("tag", "pattern", "scorecard", "calendar", "policy", "shadow", "draft", "absolute", "list")
ACTIONS = ("mark", "advise")
RULE = "rule r for %s on %s when %s %s fires { %s }\n"


class Failed(Exception):
    pass


def check(sluice, folder, text):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with open(os.path.join(folder, "pack.rule"), "w", encoding="utf-8") as out:
        out.write(text)
    done = subprocess.run([os.path.abspath(sluice), "check", "."], cwd=folder, capture_output=True, text=True,
                          timeout=20, check=False)
    return done.returncode, done.stdout, done.stderr


def expect(fact, *shown):
    if not fact:
        raise Failed("\n".join(shown))


def try_pack(sluice, folder, text):
    code, stdout, stderr = check(sluice, folder, text)
    expect(code == 0 and stderr == "", "exit code %d" % code, stderr, stdout)
    cases = len(re.findall(r"^\s*(?:fires|quiet|ordinary)\b", text, re.M))
    expect("fires" in text and "quiet" in text, "it shows no case that fires, or none that is quiet")
    expect(", %d cases passed, 0 failed" % cases in stdout, "it has %d cases" % cases, stdout)


def try_wrong(sluice, folder, text, said):
    code, stdout, stderr = check(sluice, folder, text)
    expect((code, stdout) == (1, ""), "exit code %d" % code, stdout)
    told = stderr.replace("./pack.rule", "pack.rule").rsplit("sluice check:", 1)[0]
    expect(told == said, "it says:", told, "and the page:", said)


def try_refused(sluice, folder, words, said):
    """The words where they belong: a block, an action, a trigger, an event of a case, or a condition."""
    subject, trigger, when, action, event = "payer", "transaction", "amount >= 1.00 CNY", "", \
        "+0m transaction from A to B amount 1.00 CNY"
    first = words.split()[0]
    if first in BLOCKS:
        text = words + "\n"
        if first in ("shadow", "draft", "absolute"):
            text = RULE.replace("rule r", words + " r", 1) % (subject, trigger, when, action, event)
    else:
        if first == "on":
            trigger = words[3:]
        elif first in ACTIONS:
            action = words
        elif first == "+0m":
            event = words
        else:
            when = words
        text = RULE % (subject, trigger, when, action, event)
    _, _, stderr = check(sluice, folder, text)
    expect("error: " + said.replace("`` ` ``", "`") + "\n" in stderr, "it says:", stderr, "and the page:", said)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    sluice, work = sys.argv[1:]
    with open(PAGE, encoding="utf-8") as source:
        page = source.read()
    blocks = BLOCK.findall(page)
    tests = []
    for at, (kind, text) in enumerate(blocks):
        name = text.splitlines()[0]
        if kind == "rule":
            tests.append((name, try_pack, (text,)))
        elif kind == "rule wrong":
            expect(at + 1 < len(blocks) and blocks[at + 1][0] == "text", "no message behind: " + name)
            tests.append((name, try_wrong, (text, blocks[at + 1][1])))
    packs = len(tests)
    tests += [(words, try_refused, (words, said)) for words, said in REFUSED.findall(page)]
    failed = 0
    for number, (name, test, arguments) in enumerate(tests):
        try:
            test(sluice, os.path.join(work, str(number)), *arguments)
        except Failed as error:
            failed += 1
            print("%s\n%s" % (name, error))
    for what, count, least in (("packs", packs, STEPS + 1), ("refusals", len(tests) - packs, 30)):
        if count < least:
            failed += 1
            print("the page has %d %s, at least %d are wanted" % (count, what, least))
    print("%d passed, %d failed" % (len(tests) - min(failed, len(tests)), failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
