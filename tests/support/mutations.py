"""Each mistake planted in the tree is seen by the proof that must see it.

    mutations.py PROGRAM WORKDIR

Runs the lists one after the other, shows their lines as they come, and adds up what their last lines say. PROGRAM is built from the
tree as it is.
"""
import os
import re
import subprocess
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
COUNT = re.compile(r"^mutations: (\d+) of (\d+) planted (.*)$")


def run(words):
    """(exit code, match of the last line or None)"""
    last = ""
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True) as child:
        for line in child.stdout:
            print(line, end="", flush=True)
            last = line.strip() or last
    return child.returncode, COUNT.fullmatch(last)


def main():
    program, workdir = sys.argv[1:]
    lists = ([os.path.join(TESTS, "reference", "mutations.py"), program, os.path.join(workdir, "language")],
             [os.path.join(TESTS, "sim", "mutations.py"), os.path.join(workdir, "recovery")])
    seen = planted = wrong = 0
    for words in lists:
        code, count = run(words)
        wrong += code != 0 or count is None
        seen += int(count.group(1)) if count else 0
        planted += int(count.group(2)) if count else 0
    print("mutations: %d of %d planted mistakes of language and recovery are seen, each by the test named beside it" % (seen, planted))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
