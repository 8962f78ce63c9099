"""A proof that cannot see a planted bug proves nothing: with the flush barrier taken out, kills must fail.

    mutation.py PROGRAM WORKDIR [--kills N] [--seeds N] [--jars FOLDER]

Copies the tree below WORKDIR, takes the barrier out there, builds, and runs kills.py on the result with one
seed after the other until it fails. It must fail by a difference: in ids, in visits on their way, in records
or in pages. A crash, a hang or a service that does not start is no such thing and makes this fail.
PROGRAM is where `make` puts the program within a tree, as in build/release/sluice.
"""
import os
import re
import shutil
import subprocess
import sys

from harness import HERE, Failed, main, parser

ROOT = os.path.abspath(os.path.join(HERE, "..", ".."))
COPIED = ("engine", "rules", "connectors", "tests", "bench", "Makefile")
# File, what stands there exactly once, what it becomes: a page goes to the store whether or not its
# outputs are out.
BARRIER = ("engine/flush.c", "copy->applied_lsn <= acked_lsn", "copy->applied_lsn + acked_lsn > 0")
DIFFERENCE = re.compile(r"ids differ|in_flight is|records differ|came twice|not in the log as it is sent|"
                        r"not as the log says")
RUN_S = 300


def plant(tree, path, old, new):
    whole = os.path.join(tree, path)
    with open(whole, encoding="utf-8") as source:
        text = source.read()
    if text.count(old) != 1:
        raise Failed("%s has %d times `%s`, and must have it once: correct the mutation" % (path, text.count(old), old))
    with open(whole, "w", encoding="utf-8") as out:
        out.write(text.replace(old, new))


def build(options):
    tree = os.path.join(os.path.abspath(options.workdir), "tree")
    shutil.rmtree(options.workdir, ignore_errors=True)
    os.makedirs(tree)
    for name in COPIED:
        source = os.path.join(ROOT, name)
        if os.path.isdir(source):
            shutil.copytree(source, os.path.join(tree, name), ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tree)
    plant(tree, *BARRIER)
    done = subprocess.run(["make", "-C", tree, "-j2", "build"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed("the mutated tree does not build: " + done.stderr[-600:])
    return os.path.join(tree, options.sluice)


def prove(options):
    program = build(options)
    for seed in range(1, options.seeds + 1):
        done = subprocess.run([sys.executable, os.path.join(HERE, "kills.py"), program,
                               os.path.join(options.workdir, "kills"), "--jars", options.jars, "--kills",
                               str(options.kills), "--seed", str(seed)],
                              capture_output=True, text=True, timeout=RUN_S, check=False, cwd=ROOT)
        said = (done.stdout + done.stderr).strip()
        print("seed %d: %s" % (seed, said[-1000:]), flush=True)
        if done.returncode != 0:
            if not DIFFERENCE.search(said):
                raise Failed("with seed %d kills ended with %d, and not by a difference" % (seed, done.returncode))
            return "without the barrier kills fails at seed %d, as it must" % seed
    raise Failed("without the barrier kills passed with %d seeds: it proves nothing" % options.seeds)


def arguments():
    made = parser(__doc__)
    made.add_argument("--kills", type=int, default=5)
    made.add_argument("--seeds", type=int, default=3)
    return made.parse_args()


if __name__ == "__main__":
    sys.exit(main("kills-mutation", prove, arguments()))
