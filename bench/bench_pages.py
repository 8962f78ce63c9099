"""Bytes a page in memory and in Redis, for the city of the demonstration, by kind of entity.

    bench_pages.py BUILD WORKDIR [--pages 50000] [--out FILE]

BUILD holds bench/live_pages. A Redis of its own is started. For each kind: the pages of the city are put
into an empty database (of the same city under several keys, until there are --pages of them), its used_memory before
and after is compared; then a fresh process reads them back as a partition does that is taken over, and
says how much it has grown. The last line states the figures; --out writes the table for docs/performance.md.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "connectors", "stack"))
import stack as stacks  # noqa: E402
from figures import Failed, run, table, write  # noqa: E402

KINDS = ("number", "account", "person", "stand-in", "device", "domain")
TITLES = ("page", "in the city", "records", "other ends", "memory: counted", "memory: process", "stored", "Redis")


class Bench:
    def __init__(self, options):
        self.options = options
        self.tool = os.path.join(options.build, "bench", "live_pages")
        self.stack = stacks.Stack(os.path.join(options.workdir, "stack"), ends_with_us=True)
        self.stack.up_redis()
        self.env = dict({name: value for name, value in os.environ.items() if not name.startswith("SLUICE_")},
                        SLUICE_REDIS_ADDRESS=self.stack.redis)

    def redis(self, *words):
        return run(["redis-cli", "-p", str(self.stack.state["ports"]["redis"]), *words], self.env)

    def used(self):
        return int(next(line for line in self.redis("INFO", "memory").splitlines()
                        if line.startswith("used_memory:")).partition(":")[2])

    def tool_says(self, *words):
        return json.loads(run([self.tool, *words], self.env))

    def weigh(self, kind):
        self.redis("FLUSHALL")
        before = self.used()
        said = self.tool_says("write", kind, "--pages", str(self.options.pages))
        if said["city"] == 0:
            raise Failed("no page of kind %s in the city" % kind)
        said["redis"] = (self.used() - before) / said["pages"]
        read = self.tool_says("read", kind)
        if read["pages"] != said["pages"]:
            raise Failed("%d pages of kind %s were written, %d were read" % (said["pages"], kind, read["pages"]))
        said["grown"] = read["grown"] / read["pages"]
        return said


def row(kind, said):
    each = {name: said[name] / said["pages"] for name in ("records", "peers", "counted", "stored")}
    return (kind, "{:,}".format(said["city"]), "%.1f" % each["records"], "%.1f" % each["peers"],
            *("{:,.0f}".format(n) for n in (each["counted"], said["grown"], each["stored"], said["redis"])))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("workdir")
    parser.add_argument("--pages", type=int, default=50000)
    parser.add_argument("--out")
    return parser.parse_args()


def main():
    options = arguments()
    shutil.rmtree(options.workdir, ignore_errors=True)
    os.makedirs(options.workdir)
    bench, rows, words = None, [], []
    try:
        bench = Bench(options)
        for kind in KINDS:
            said = bench.weigh(kind)
            rows.append(row(kind, said))
            words.append("%s %.0f/%.0f" % (kind, said["grown"], said["redis"]))
            print("  ".join(rows[-1]), flush=True)
    except (Failed, stacks.StackError, OSError, subprocess.TimeoutExpired) as error:
        print("bench-pages: %s" % error, file=sys.stderr)
        return 1
    finally:
        if bench is not None:
            bench.stack.down()
    text = table(TITLES, rows)
    write(options.out, text)
    print("\n" + text)
    print("bench-pages: bytes a page in memory/in Redis: %s" % ", ".join(words))
    return 0


if __name__ == "__main__":
    sys.exit(main())
