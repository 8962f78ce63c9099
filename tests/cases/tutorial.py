"""The page about the rule language is true: its examples compile, its words are those of the program.

    tutorial.py build/release/sluice build/tutorial

Checked in docs/rule-language.md:

- the tutorial has ten steps, numbered, each with a pack;
- every block marked `rule` is a pack that compiles without a warning and whose cases pass, as many as it shows;
- every block marked `rule refused` is refused with exactly the text of the block that follows it;
- every word of engine/eval/vocab.def and engine/state/stream.def and every value of engine/ingest/event.def stands in
  the reference.

The last line is `N passed, N failed`; exit 0 if none failed.
"""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGE = "docs/rule-language.md"
SECONDS = 30
STEPS = 10

BLOCK = re.compile(r"^```(rule|rule refused)\n(.*?)^```\n", re.M | re.S)
TEXT_BEHIND = re.compile(r"\s*^```text\n(.*?)^```\n", re.M | re.S)
CASE = re.compile(r"^\s*(?:fires|quiet|ordinary)\b", re.M)
PASSED = re.compile(r": \d+ rules?, (\d+) cases passed, 0 failed.*; pack [0-9a-f]{12}$")

class Failed(Exception):
    pass


def must(fact, *words):
    if not fact:
        raise Failed(": ".join(str(word) for word in words))


def check(sluice, folder, text):
    """(exit code, standard output, standard error) of `sluice check try.rule`."""
    with open(os.path.join(folder, "try.rule"), "w", encoding="utf-8") as out:
        out.write(text)
    done = subprocess.run([sluice, "check", "try.rule"], cwd=folder, capture_output=True, text=True,
                          timeout=SECONDS, check=False)
    return done.returncode, done.stdout.strip(), done.stderr


def try_pack(sluice, folder, text):
    code, out, err = check(sluice, folder, text)
    found = PASSED.search(out)
    must(code == 0 and found, "exit %d" % code, out, err)
    must(err == "", "a message", err)
    shown = len(CASE.findall(text))
    must(shown >= 2, "it shows %d cases; at least one that fires and one that nearly does" % shown)
    must(int(found.group(1)) == shown, "%s of %d cases ran" % (found.group(1), shown))


def try_mistake(sluice, folder, text, message):
    code, _, err = check(sluice, folder, text)
    must(code == 1, "exit %d" % code, err)
    shown = "".join(line for line in err.splitlines(True) if not line.startswith("sluice check: "))
    must(shown == message, "it says", shown)


def words():
    """(name of the table, word) of everything that the program knows by name."""
    tables = {"engine/eval/vocab.def": "TRIGGER|WORD|ATTRIBUTE|AGGREGATE|ADVICE|ACTION|CHANNEL_WORD|RECEIVER|BUDGET_PER|BUDGET_BY",
              "engine/state/stream.def": "STREAM", "engine/ingest/event.def": "VALUE|TIER"}
    for path, names in tables.items():
        with open(os.path.join(ROOT, path), encoding="utf-8") as source:
            text = source.read()
        for name, arguments in re.findall(r"^(%s)\((.*?)\)" % names, text, re.M):
            word = re.search(r'"([^"]*)"', arguments).group(1)
            if name != "VALUE" or not arguments.startswith("TRUTH"):
                yield name, word


def try_word(reference, table, word):
    must(re.search(r"`(?:[^`\n]*[^\w.`])?%s\b[^`\n]*`" % re.escape(word), reference), "%s `%s` is not in %s" %
         (table, word, PAGE))


def try_steps(tutorial):
    parts = re.split(r"^### (?=\d+\. )", tutorial, flags=re.M)[1:]
    numbers = [int(part.split(".")[0]) for part in parts]
    must(numbers == list(range(1, STEPS + 1)), "the steps are", numbers)
    for number, part in zip(numbers, parts):
        must(BLOCK.search(part), "step %d shows no pack" % number)


def try_count(name, count, least):
    must(count >= least, "%d %s found, at least %d expected" % (count, name, least))


def section(page, title):
    return re.search(r"^## %s\n(.*?)(?=^## |\Z)" % title, page, re.M | re.S).group(1)


def tests(sluice, folder, page):
    blocks = list(BLOCK.finditer(page))
    packs = [block.group(2) for block in blocks if block.group(1) == "rule"]
    known = list(words())
    yield "steps", lambda: try_steps(section(page, "Ten steps"))
    yield "packs", lambda: try_count("packs", len(packs), STEPS)
    yield "vocabulary", lambda: try_count("words", len(known), 100)
    for number, text in enumerate(packs, 1):
        yield "pack %d" % number, lambda text=text: try_pack(sluice, folder, text)
    for block in blocks:
        if block.group(1) != "rule":
            message = TEXT_BEHIND.match(page, block.end())
            yield "a mistake", lambda block=block, message=message: try_mistake(
                sluice, folder, block.group(2), message.group(1) if message else "")
    reference = section(page, "Reference")
    for table, word in known:
        yield word, lambda table=table, word=word: try_word(reference, table, word)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    sluice, folder = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(ROOT, PAGE), encoding="utf-8") as source:
        page = source.read()
    passed = failed = 0
    for name, test in tests(sluice, folder, page):
        try:
            test()
            passed += 1
        except Failed as error:
            failed += 1
            print("%s: %s" % (name, error))
    packs = [block.group(2) for block in BLOCK.finditer(page)]
    print("tutorial: %d steps; %d packs of the page with %d cases" % (STEPS, len(packs), sum(len(CASE.findall(pack)) for pack in packs)))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
