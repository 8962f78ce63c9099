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

sys.path.insert(0, os.path.join(HERE, "..", "support"))
import planting  # noqa: E402

# File, what stands there exactly once, what it becomes: a page goes to the store whether or not its
# outputs are out.
BARRIER = ("engine/flush.c", "copy->applied_lsn <= acked_lsn", "copy->applied_lsn + acked_lsn > 0")
DIFFERENCE = re.compile(r"ids differ|in_flight is|records differ|came twice|not in the log as it is sent|"
                        r"not as the log says")
RUN_S = 300


def prove(options):
    shutil.rmtree(options.workdir, ignore_errors=True)
    tree = planting.copy_tree(os.path.join(options.workdir, "tree"))
    try:
        with planting.planted(tree, *BARRIER):
            planting.build(tree, "build")
    except planting.Wrong as wrong:
        raise Failed("the flush barrier: %s" % wrong) from wrong
    return run_seeds(options, os.path.join(tree, options.sluice))


def run_seeds(options, program):
    for seed in range(1, options.seeds + 1):
        done = subprocess.run([sys.executable, os.path.join(HERE, "kills.py"), program,
                               os.path.join(options.workdir, "kills"), "--jars", options.jars, "--kills",
                               str(options.kills), "--seed", str(seed)],
                              capture_output=True, text=True, timeout=RUN_S, check=False, cwd=planting.ROOT)
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
