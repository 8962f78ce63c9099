"""The page about mappings is true: its CSV gives its records, its members are those of the program.

    mapping.py build/release/sluice build/mapping

- The CSV of docs/mapping.md, by the mapping there, is decided byte for byte as the JSON records that it says it gives.
- For each type of the table a mapping to a member that is none is refused, and the members that the message lists are
  those of the table; each of those that the type needs is missed when it is left out.

The last line is `N passed, N failed`; exit 0 if none failed.
"""
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SECONDS = 30
RULE = """typology t for account tiers low 20 closes after 24h
rule large of t for payer on transaction when amount >= 100.00 CNY score 50 for 24h
    fires { +0m transaction from A to B amount 100.00 CNY }
    quiet { +0m transaction from A to B amount 99.99 CNY }
"""
SAME = ("warnings.jsonl", "stops.jsonl", "advice.jsonl", "decisions.jsonl", "receipts.jsonl", "dead-letters.jsonl", "shadow.jsonl",
        "summary.json")


class Failed(Exception):
    pass


def must(fact, *words):
    if not fact:
        raise Failed(": ".join(str(word) for word in words))


def block(page, kind):
    found = re.findall(r"^```%s\n(.*?)^```\n" % kind, page, re.M | re.S)
    must(len(found) == 1, "the page has %d blocks of %s" % (len(found), kind))
    return found[0]


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
        out.write(text)


def replay(sluice, folder, *words):
    environment = {**os.environ, "SLUICE_DECISIONS_SAMPLE": "1"}
    done = subprocess.run([sluice, "replay", "--pack", "large.rule", *words], cwd=folder, env=environment,
                          capture_output=True, text=True, timeout=SECONDS, check=False)
    return done.returncode, done.stderr


def try_example(sluice, folder, page):
    write(folder, "day.csv", block(page, "csv"))
    write(folder, "day.jsonl", block(page, "json"))
    write(folder, "mapping.yaml", block(page, "yaml"))
    for name, words in (("csv", ["--map", "mapping.yaml", "--events", "day.csv"]), ("json", ["--events", "day.jsonl"])):
        code, said = replay(sluice, folder, "--out", name, *words)
        must(code == 0 and "2 records (0 refused)" in said, name, said)
    for name in SAME:
        with open(os.path.join(folder, "csv", name), encoding="utf-8") as one, \
                open(os.path.join(folder, "json", name), encoding="utf-8") as other:
            left, right = one.read(), other.read()
        must(left == right, name, left, right)
        must(name != "decisions.jsonl" or left.count("\n") >= 2, "too few decisions", left)
        must(name != "warnings.jsonl" or left, "no warning")


def members_of(cell):
    """Members of a cell of the table; words in brackets are values."""
    return re.findall(r"`([\w.]+)`", re.sub(r"\([^)]*\)", "", cell))


def try_type(sluice, folder, kind, needs, may):
    write(folder, "day.csv", "a\n1\n")
    start = "type: %s\ncolumns:\n" % kind
    write(folder, "mapping.yaml", start + "  - {column: a, member: nothing}\n")
    code, said = replay(sluice, folder, "--map", "mapping.yaml", "--events", "day.csv", "--out", "out")
    must(code == 2 and "have no member nothing" in said, kind, said)
    listed = set(said.strip().split("they have ")[1].split(", "))
    must(listed == set(members_of(needs) + members_of(may)), kind, "the program has", sorted(listed))
    for member in members_of(needs.split(", and ")[0]):
        others = [m for m in members_of(needs) if m != member]
        write(folder, "mapping.yaml", start + "".join("  - {column: a, member: %s}\n" % m for m in others))
        code, said = replay(sluice, folder, "--map", "mapping.yaml", "--events", "day.csv", "--out", "out")
        must(code == 2 and "need %s;" % member in said, kind, member, said)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    sluice, folder = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    write(folder, "large.rule", RULE)
    with open(os.path.join(ROOT, "docs/mapping.md"), encoding="utf-8") as text:
        page = text.read()
    tests = [("example", lambda: try_example(sluice, folder, page))]
    for row in re.findall(r"^\| `(\w+)` \| (`id`, [^|]*) \| ([^|]*) \|$", page, re.M):
        tests.append((row[0], lambda row=row: try_type(sluice, folder, *row)))
    failed = 0
    for name, test in tests:
        try:
            test()
        except Failed as error:
            failed += 1
            print("%s: %s" % (name, error))
    if len(tests) < 14:
        failed += 1
        print("the table of types has %d rows" % (len(tests) - 1))
    print("%d passed, %d failed" % (len(tests) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
