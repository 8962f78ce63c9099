"""The operator's page is true: backup and restore with its commands, taken out of the page, and its upgrades step by step.

    operations.py SLUICE WORKDIR [--rows backup,upgrade] [--jars FOLDER]

A service takes a part of a city; Redis is backed up under load with the block `backup` of docs/operations.md, and more comes. Then service and Redis
are stopped, Redis's folder is emptied, the block `restore` is run, and both are started. The rest of the city comes. At the end the block `check` must
find every page as the log says, and ids, records and pages are held against a replay of the log.

The steps of an upgrade are in upgrade.py.
"""
import os
import re
import shutil
import subprocess
import sys

from harness import Failed, Live, main, parser, read, wait_until
from upgrade import upgrade

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGE = os.path.join(ROOT, "docs", "operations.md")
BLOCK = re.compile(r"^```sh (\w+)\n(.*?)^```\n", re.M | re.S)
NAMES = {"backup", "restore", "check"}
PORTION = 1500
RATE = 500
SHELL_S = 120


def blocks():
    """Commands of the page by their names."""
    found = dict(BLOCK.findall(read(PAGE)))
    if set(found) != NAMES:
        raise Failed("docs/operations.md has the blocks %s, these are wanted: %s" % (sorted(found), sorted(NAMES)))
    return found


class Page:
    """The page's commands, in the words of one site."""

    def __init__(self, live, site):
        self.live, self.blocks = live, blocks()
        self.redis_dir = live.stack.path("redis")
        self.env = dict(site.env, REDIS_PORT=str(live.stack.state["ports"]["redis"]), REDIS_DIR=self.redis_dir,
                        BACKUP=live.path("redis.rdb"), PACK=site.pack, OUT=live.path("checked"),
                        PATH=os.path.dirname(live.sluice) + os.pathsep + os.environ["PATH"])

    def run(self, name):
        done = subprocess.run(["sh", "-eu", "-c", self.blocks[name]], env=self.env, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=SHELL_S, check=False)
        if done.returncode != 0:
            raise Failed("the block `%s` of the page ended with %d: %s" % (
                name, done.returncode, (done.stdout + done.stderr).strip()[-900:]))
        return done.stdout + done.stderr


def lose_store(live, page):
    """Redis and all that it had are gone."""
    live.stack.end("redis")
    shutil.rmtree(page.redis_dir)
    os.makedirs(page.redis_dir)


def backup(live, city):
    first, second, third = live.portions(city, [PORTION] * 3)
    site = live.site("operations", partitions=4, workers=2)
    page = Page(live, site)
    service = site.start()
    feed = site.feed("--directory", os.path.join(city, "directory.jsonl"), "--events", first, "--rate", str(RATE))
    wait_until(lambda: service.sum("applied") > PORTION, 60, "enough visits for a backup")
    page.run("backup")
    feed.join()
    site.feed("--events", second).join()
    site.drain()
    service.stop()
    lose_store(live, page)
    page.run("restore")
    live.stack.start_redis()
    service = site.start()
    site.drain()
    replayed = service.sum("applied", "included")
    site.feed("--events", third).join()
    site.drain()
    service.stop()
    checked = [line for line in page.run("check").splitlines() if "check: " in line]
    if not checked:
        raise Failed("the block `check` says nothing of the pages")
    proof = site.prove()
    return "backed up under load, lost, restored as written: %d visits from there on, %d records, %d ids the same; %s" % (
        replayed, proof.records, proof.ids, checked[0].partition("check: ")[2])


ROWS = {"backup": backup, "upgrade": upgrade}


def prove(options):
    chosen = options.rows.split(",")
    if not set(chosen) <= set(ROWS):
        raise Failed("--rows takes %s" % ", ".join(ROWS))
    with Live(options) as live:
        city = live.city("city", "--seed", "9", "--people", "150", "--hours", "48", "--frauds", "40")
        return "; ".join(ROWS[name](live, city) for name in chosen)


def arguments():
    made = parser(__doc__)
    made.add_argument("--rows", default=",".join(ROWS))
    return made.parse_args()


if __name__ == "__main__":
    sys.exit(main("operations", prove, arguments()))
