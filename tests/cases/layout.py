"""`sluice fmt` lays rules out, and nothing else: the same pack, the same program, twice is once.

    layout.py build/release/sluice build/layout

- Random packs (tests/reference/packs.py), with their blanks and line ends shuffled and comments thrown in, are laid
  out: `sluice check --json` says the same before and after to the byte, hash included; a second time changes nothing;
  every comment is still there.
- What the command does with files: --check only names them, a file with mistakes is left as it is while the others
  are laid out, a file keeps its permissions, a link is refused, nothing is left beside the files.
- The shipped pack is laid out.

The last line is `N passed, N failed`; exit 0 if none failed.
"""
import os
import random
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/reference"))
import packs  # noqa: E402  (beside the reference, which is no package)

SECONDS = 30
PACKS = 12
# What may be given other blanks: words, signs, and texts and regular expressions as a whole.
PIECE = re.compile(r'[^\s"/]*\d CNY|"(?:\\.|[^"\\\n])*"|/(?:\\.|[^/\\\n])+/|\s+|[^\s"/]+')
GAPS = (" ", "\n", "\t", "  \r\n", "\n\n\n")
NOTES = ("  # 注 %d\n", "\n\n# 注 %d \n", "\n    # 注 %d\n")
MARK = re.compile(r"# 注 \d+\b")


class Failed(Exception):
    pass


def expect(fact, *words):
    if not fact:
        raise Failed(": ".join(str(word) for word in words)[-1500:])


def call(sluice, folder, *words):
    done = subprocess.run([sluice, *words], cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    return done.returncode, done.stdout, done.stderr


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as out:
        out.write(text)


def read(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8", newline="") as source:
        return source.read()


def shuffled(text, chance):
    pieces = []
    for number, piece in enumerate(PIECE.findall(text)):
        if piece.isspace():
            note = chance.random() < 0.05
            piece = chance.choice(NOTES) % number if note else chance.choice(GAPS)
        pieces.append(piece)
    return "".join(pieces)


def marks(texts):
    return sorted(mark for text in texts.values() for mark in MARK.findall(text))


def try_pack(sluice, folder, seed):
    chance = random.Random("layout %d" % seed)
    texts = {name: shuffled(text, chance) for name, text in packs.Pack(seed).files().items()}
    for name, text in texts.items():
        write(folder, name, text)
    code, before, stderr = call(sluice, folder, "check", "--json", ".")
    expect(code == 0, "seed %d does not compile" % seed, stderr)
    code, _, stderr = call(sluice, folder, "fmt", ".")
    expect(code == 0, "seed %d: exit code %d" % (seed, code), stderr)
    laid = {name: read(folder, name) for name in texts}
    expect(laid != texts, "seed %d: nothing changed" % seed)
    expect(marks(laid) == marks(texts), "seed %d: comments" % seed, marks(laid), marks(texts))
    code, after, stderr = call(sluice, folder, "check", "--json", ".")
    expect(code == 0 and after == before, "seed %d: another pack" % seed, stderr)
    code, stdout, stderr = call(sluice, folder, "fmt", "--check", ".")
    expect((code, stdout) == (0, ""), "seed %d: a second time" % seed, stdout, stderr)


def try_packs(sluice, folder):
    for seed in range(PACKS):
        place = os.path.join(folder, str(seed))
        os.makedirs(place)
        try_pack(sluice, place, seed)


UNTIDY, TIDY, WRONG = "list  a of account", "list a of account\n", "list a  account\n"


def try_check(sluice, folder):
    write(folder, "a.rule", UNTIDY)
    write(folder, "b.rule", TIDY.replace("a of", "b of"))
    code, stdout, stderr = call(sluice, folder, "fmt", "--check", ".")
    expect((code, stdout, stderr) == (1, "./a.rule\n", "sluice fmt: 2 files, 1 would change\n"), code, stdout, stderr)
    expect(read(folder, "a.rule") == UNTIDY, "it was written")
    code, stdout, stderr = call(sluice, folder, "fmt", "a.rule", "b.rule")
    expect((code, stdout, stderr) == (0, "", "sluice fmt: 2 files, 1 changed\n"), code, stdout, stderr)
    expect(read(folder, "a.rule") == TIDY, "it was not written")
    expect(sorted(os.listdir(folder)) == ["a.rule", "b.rule"], "something is left", os.listdir(folder))


def try_mistake(sluice, folder):
    write(folder, "a.rule", WRONG)
    write(folder, "b.rule", UNTIDY)
    code, stdout, stderr = call(sluice, folder, "fmt", ".")
    expect((code, stdout) == (1, ""), code, stdout)
    expect(stderr.startswith("./a.rule:1:9: error: expected `of`"), stderr)
    expect(stderr.endswith("sluice fmt: 2 files, 1 changed, 1 with mistakes and left alone\n"), stderr)
    expect((read(folder, "a.rule"), read(folder, "b.rule")) == (WRONG, TIDY), "files")


def try_permissions(sluice, folder):
    write(folder, "a.rule", UNTIDY)
    os.chmod(os.path.join(folder, "a.rule"), 0o640)
    expect(call(sluice, folder, "fmt", ".")[0] == 0, "exit code")
    expect(os.stat(os.path.join(folder, "a.rule")).st_mode & 0o777 == 0o640, "permissions")


def try_link(sluice, folder):
    write(folder, "real.rule", UNTIDY)
    os.symlink("real.rule", os.path.join(folder, "link.rule"))
    code, _, stderr = call(sluice, folder, "fmt", "link.rule")
    expect(code == 2 and "link.rule: is a link" in stderr, code, stderr)
    expect(read(folder, "real.rule") == UNTIDY, "it was written")


def try_no_files(sluice, folder):
    code, _, stderr = call(sluice, folder, "fmt")
    expect(code == 2 and "name a folder of rules" in stderr, code, stderr)
    code, _, stderr = call(sluice, folder, "fmt", "nothing.rule")
    expect(code == 3 and "nothing.rule" in stderr, code, stderr)


def try_shipped(sluice, _):
    code, stdout, stderr = call(sluice, ROOT, "fmt", "--check", "rules/library")
    expect((code, stdout) == (0, ""), "run `sluice fmt rules/library`", stdout, stderr)


TESTS = (try_packs, try_check, try_mistake, try_permissions, try_link, try_no_files, try_shipped)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    sluice, work = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    failed = 0
    for test in TESTS:
        folder = os.path.join(work, test.__name__)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        try:
            test(sluice, folder)
        except Failed as error:
            failed += 1
            print("%s: %s" % (test.__name__, error))
    print("%d passed, %d failed" % (len(TESTS) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
