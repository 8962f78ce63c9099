"""The shipped pack does what it is there for: every line of library.def has its rule, and every rule its cases.

    library.py build/release/sluice rules/library

- `sluice check --strict` is green, in less than SECONDS of processor time (it has one thread);
- each rule of an ITEM is live and has a case that fires and one that is quiet, each QUIET is an `ordinary` case;
- no `unless` is without a case that needs it (--strict says so).

The last line states the figures; exit 0 if all of it holds.
"""
import glob
import os
import re
import resource
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = 2

ROW = re.compile(r"^(ITEM|QUIET)\(([^|]+?) \| (.+)\)$", re.M)
BLOCK = re.compile(r"^(?:(shadow|draft|retired) )?(?:absolute )?(rule|ordinary|typology|feature|list|const|tag|policy|"
                   r"pattern|scorecard|calendar)\b(.*)$", re.M)
SUMMED = re.compile(r": (\d+) rules?, (\d+) cases passed, 0 failed; pack ([0-9a-f]{12})$")


def check(sluice, pack):
    """(exit code, last line of the output, messages, seconds of processor time)"""
    done = subprocess.run([sluice, "check", "--strict", pack], capture_output=True, text=True, check=False)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    lines = done.stdout.strip().splitlines()
    return done.returncode, lines[-1] if lines else "", done.stderr, used.ru_utime + used.ru_stime


def blocks(pack):
    """(state, word, rest of its first line, text) of every block."""
    for path in sorted(glob.glob(os.path.join(pack, "*.rule"))):
        with open(path, encoding="utf-8") as source:
            text = source.read()
        found = list(BLOCK.finditer(text))
        for here, after in zip(found, found[1:] + [None]):
            yield here.group(1), here.group(2), here.group(3), text[here.end():after.start() if after else len(text)]


def mistakes(rows, pack):
    """({what: what is wrong with it}, number of guards)"""
    rules, ordinaries, guards = {}, set(), 0
    for state, word, rest, text in blocks(pack):
        if word == "rule":
            rules[rest.split()[0]] = state, text
            guards += len(re.findall(r"^\s+unless\b", text, re.M))
        elif word == "ordinary":
            ordinaries.update(re.findall(r'^ "([^"]+)"', rest))
    found = {}
    for kind, what, names in rows:
        if kind == "QUIET" and names not in ordinaries:
            found[what] = "no ordinary case is called \"%s\"" % names
        for name in names.split() if kind == "ITEM" else ():
            state, text = rules.get(name, (None, None))
            if text is None:
                found[what] = "there is no rule %s" % name
            elif state is not None:
                found[what] = "the rule %s is %s" % (name, state)
            elif not all(re.search(r"^\s+%s\b" % case, text, re.M) for case in ("fires", "quiet")):
                found[what] = "the rule %s has no case that fires, or none that is quiet" % name
    return found, guards


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    sluice, pack = sys.argv[1:]
    with open(os.path.join(HERE, "library.def"), encoding="utf-8") as source:
        rows = ROW.findall(source.read())
    missed, guards = mistakes(rows, pack)
    wrong = ["%s: %s" % item for item in missed.items()]
    code, last, said, seconds = check(sluice, pack)
    summed = SUMMED.search(last)
    if code != 0 or summed is None:
        wrong.append("`sluice check --strict %s` ended with %d: %s%s" % (pack, code, said[-2000:], last))
    if seconds >= SECONDS:
        wrong.append("it took %.1f s, and must take less than %d s" % (seconds, SECONDS))
    for line in wrong:
        print(line)
    print("check-library: %s rules, %s cases, %d guards; %d of %d things are recognised or left alone as they should; "
          "%.2f s of processor time" % (summed.group(1) if summed else "?", summed.group(2) if summed else "?", guards,
                                        len(rows) - len(missed), len(rows), seconds))
    return 1 if wrong or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
