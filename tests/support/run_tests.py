"""Runs test suites, each with a time budget, and sums up.

    run_tests.py build/release:test build/asan:sanitize

names a build and a group of suites, as often as wanted. Each suite gives one line; the very last
line is `N passed, N failed` (and `, N skipped`). Exit 0 if nothing failed, else 1.

A suite is a row of SUITES. It passes with exit code 0, is skipped with 77 and fails otherwise, also
when its script is absent or its budget runs out. Where it says how many checks it made (Check's
`100%: Checks: 12, ...` or a last line `12 passed, 0 failed`), these are counted, else it counts as one.
"""
import argparse
import collections
import concurrent.futures
import glob
import os
import re
import signal
import subprocess
import sys
import time

SKIPPED = 77
PYTHON = sys.executable or "/usr/bin/python3"

# groups: where the row takes part. A pattern instead of a command runs all programs whose source
# matches, but those behind `!`, side by side, within the one budget. {build} and {data} are filled in. beside: the suites
# after it in its group run beside it, for it waits for others most of its time, or keeps one processor busy.
Suite = collections.namedtuple("Suite", "groups name command budget_s needs beside", defaults=("", False))
PY = "{python}"
WAITING = "tests/unit/test_kafka_in_*.c"  # for members of a group that do not answer
SUITES = [
    Suite("test lint", "lint", [PY, "tests/lint/lint.py"], 60),
    Suite("test lint", "lint's own test", [PY, "tests/lint/test_lint.py"], 60),
    Suite("test lint", "runner's own test", [PY, "tests/support/test_run_tests.py"], 60),
    Suite("test lint", "proxy's own test", [PY, "tests/live/test_proxy.py"], 30),
    Suite("test lint", "stack's own test", [PY, "tests/live/test_stack.py"], 30),
    Suite("test sanitize", "unit", WAITING, 150, beside=True),
    Suite("test", "unit", "tests/unit/test_*.c !" + WAITING, 90),
    Suite("sanitize", "unit", "tests/unit/test_*.c !" + WAITING, 120),
    Suite("unit", "unit", "tests/unit/test_*.c", 120),
    Suite("tsan", "unit", "tests/unit/test_*.c", 900),
    Suite("test sanitize", "rule cases", ["{build}/sluice", "check", "--strict", "rules/library"], 20),
    Suite("test sanitize", "meaning of the language", ["{build}/sluice", "check", "--strict", "tests/cases/meaning"], 20),
    Suite("test", "demo", [PY, "tests/support/demo.py", "{build}/sluice", "build/demo"], 60),
    Suite("test", "reference pages", [PY, "tests/support/docs.py", "{build}/sluice", "docs/reference", "--check"], 20),
    Suite("test", "reference's own test", [PY, "tests/reference/test_reference.py"], 30),
    Suite("test", "live: errors", [PY, "tests/live/errors.py", "{build}/sluice", "build/errors", "--points", "short"], 240,
          beside=True),
    Suite("test", "comparison with the reference",
          [PY, "tests/reference/compare.py", "--sluice", "{build}/sluice", "--seconds", "45"], 75),
    Suite("test", "simulator", ["{build}/tests/sim/sim", "--seeds", "2000"], 120, beside=True),
    Suite("sanitize", "simulator", ["{build}/tests/sim/sim", "--seeds", "60"], 60, beside=True),
    Suite("test", "hostile packs", [PY, "tests/fuzz/hostile.py", "{build}/sluice", "build/hostile"], 180),
    Suite("test", "fuzzed packs",
          [PY, "tests/fuzz/fuzz.py", "build/fuzz/tests/fuzz/fuzz_pack", "build/fuzz-pack", "--runs", "20000"], 180, beside=True),
    Suite("test", "commands", [PY, "tests/cases/commands.py", "{build}/sluice", "build/commands"], 60),
    Suite("sanitize", "commands", [PY, "tests/cases/commands.py", "{build}/sluice", "{build}/commands"], 120),
    Suite("test", "layout of rules", [PY, "tests/cases/layout.py", "{build}/sluice", "build/layout"], 60),
    Suite("test", "rule language page",
          [PY, "tests/cases/tutorial.py", "{build}/sluice", "build/tutorial"], 30),
    Suite("test", "mapping page", [PY, "tests/cases/mapping.py", "{build}/sluice", "build/mapping"], 30),
    Suite("test", "broken feed", [PY, "tests/cases/broken.py", "{build}/sluice", "build/broken"], 60),
    Suite("sanitize", "broken feed",
          [PY, "tests/cases/broken.py", "{build}/sluice", "{build}/broken"], 120),
    Suite("test", "twice the same", [PY, "tests/cases/twice.py", "{build}/sluice", "build/twice"], 60),
    Suite("test", "output schemas",
          [PY, "tests/cases/schemas.py", "docs/reference", "build/demo", "build/broken", "build/twice"], 30),
    Suite("test", "AMLSim",
          [PY, "tests/cases/amlsim/amlsim.py", "{build}/sluice", "{data}", "build/amlsim"], 60, "{data}"),
    Suite("test", "live: parity",
          [PY, "tests/live/parity.py", "{build}/sluice", "build/parity", "--people", "50", "--records", "500",
           "--rounds", "4x2"], 120),
    Suite("test", "live: kills", [PY, "tests/live/kills.py", "{build}/sluice", "build/kills", "--kills", "3"], 120),
    Suite("test", "live: fault points",
          [PY, "tests/live/faults.py", "{build}/faults/sluice", "build/fault-points", "--points", "visit_sent", "call_sent",
           "memory_dropped"], 120),
    Suite("test", "live: redis loss", [PY, "tests/live/redis_loss.py", "{build}/sluice", "build/redis-loss"], 120),
    Suite("test", "live: state", [PY, "tests/live/state_check.py", "{build}/sluice", "build/state-check"], 120),
    Suite("test", "live: packs", [PY, "tests/live/packs.py", "{build}/sluice", "build/packs"], 120),
    Suite("test", "live: chaos", [PY, "tests/live/chaos.py", "{build}/sluice", "build/chaos", "--rows", "short"], 120),
    Suite("test", "live: brokers", [PY, "tests/live/brokers.py", "{build}/sluice", "build/brokers", "--rows", "short"], 120),
    Suite("test bench-smoke", "bench-smoke", "bench/bench_*.c --smoke", 60),
    Suite("bench", "bench", "bench/bench_*.c", 900),
]

ENVIRONMENT = {
    "CK_DEFAULT_TIMEOUT": "30",
    "CK_VERBOSITY": "normal",
    "PYTHONDONTWRITEBYTECODE": "1",
    "ASAN_OPTIONS": "detect_leaks=1:strict_string_checks=1:exitcode=99",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99",
    "TSAN_OPTIONS": "halt_on_error=1:exitcode=99:ignore_noninstrumented_modules=1",
}

CHECK_LINE = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)$", re.M)
COUNT_LINE = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)


class Result(collections.namedtuple("Result", "name passed failed skipped says seconds output")):
    def word(self):
        return "FAIL" if self.failed else "skip" if self.skipped and not self.passed else "ok"


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def counts(output):
    """(passed, failed, skipped) as the suite states them, or None."""
    found = CHECK_LINE.findall(output)
    if found:
        checks = sum(int(c) for c, _, _ in found)
        bad = sum(int(f) + int(e) for _, f, e in found)
        return checks - bad, bad, 0
    found = COUNT_LINE.fullmatch(last_line(output))
    return tuple(int(n or 0) for n in found.groups()) if found else None


def judge(name, code, output, seconds):
    if code == SKIPPED:
        return Result(name, 0, 0, 1, last_line(output), seconds, output)
    passed, failed, skipped = counts(output) or (1 if code == 0 else 0, 0 if code == 0 else 1, 0)
    check_line = CHECK_LINE.search(output)
    says = check_line.group() if check_line else last_line(output)
    if code != 0:
        failed = max(failed, 1)
        says = "exit %d: %s" % (code, says) if code > 0 else "signal %d: %s" % (-code, says)
    elif passed + failed + skipped == 0:
        failed, says = 1, "ran no check at all"
    return Result(name, passed, failed, skipped, says, seconds, output)


def run(name, command, budget_s):
    """Runs one command to its end or to the end of its budget, then ends all its children."""
    missing = [word for word in command[:2] if "/" in word and not os.path.exists(word)]
    if missing:
        says = "%s does not exist" % missing[0]
        return Result(name, 0, 1, 0, says, 0.0, says + "\n")
    start = time.monotonic()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, start_new_session=True,
                             env={**ENVIRONMENT, **os.environ})
    late = False
    try:
        output, _ = child.communicate(timeout=max(budget_s, 0.1))
    except subprocess.TimeoutExpired:
        late = True
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        output, _ = child.communicate()
    text = output.decode("utf-8", "replace")
    seconds = time.monotonic() - start
    if late:
        says = "over its budget of %.0f s" % budget_s
        return Result(name, 0, 1, 0, says, seconds, text + "\n" + says + "\n")
    return judge(name, child.returncode, text, seconds)


def is_long(source):
    """It has set itself a limit of its own, longer than that of most."""
    with open(source, encoding="utf-8") as text:
        return "tcase_set_timeout" in text.read()


def run_programs(suite, build, jobs):
    """One program per matching source, side by side; the budget is that of all together."""
    pattern, *words = suite.command.split()
    arguments = [word for word in words if not word.startswith("!")]
    others = {source for word in words if word.startswith("!") for source in glob.glob(word[1:])}
    sources = sorted(set(glob.glob(pattern)) - others, key=lambda source: (not is_long(source), source))  # or the longest would end last
    end = time.monotonic() + suite.budget_s
    if not sources:
        says = "no source matches " + pattern
        yield Result(suite.name, 0, 1, 0, says, 0.0, says + "\n")
        return

    def one(source):
        program = os.path.join(build, source[:-2])
        return run("%s %s" % (suite.name, os.path.basename(program)), [program] + arguments,
                   end - time.monotonic())

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(one, sources)


def run_suite(suite, build, data, jobs):
    if suite.needs and not os.path.exists(suite.needs.format(data=data)):
        says = "no data at " + suite.needs.format(data=data)
        yield Result(suite.name, 0, 0, 1, says, 0.0, says + "\n")
    elif isinstance(suite.command, str):
        yield from run_programs(suite, build, 1 if suite.name == "bench" else jobs)
    else:
        command = [word.format(build=build, data=data, python=PYTHON) for word in suite.command]
        yield run(suite.name, command, suite.budget_s)


def run_group(suites, build, data, jobs):
    """The results as they come. Those of a suite that others run beside come when the one beside it has ended."""
    def all_of(suite):
        return list(run_suite(suite, build, data, jobs))

    with concurrent.futures.ThreadPoolExecutor(max(len(suites), 1)) as pool:
        running = []
        for suite in suites:
            if suite.beside:
                running.append(pool.submit(all_of, suite))
            else:
                yield from run_suite(suite, build, data, jobs)
            ended = [future for future in running if future.done()]
            running = [future for future in running if future not in ended]
            for future in ended:
                yield from future.result()
        for future in running:
            yield from future.result()


def show(result, build, log, whole):
    print("%-4s %-36s %6.1f s  %s" % (result.word(), os.path.basename(build) + ": " + result.name,
                                      result.seconds, result.says), flush=True)
    if result.failed or whole:
        tail = result.output.splitlines()
        tail = tail if whole else tail[-40:]
        print("".join("     | %s\n" % line for line in tail) + "     | whole output: " + log, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", metavar="BUILD:GROUP")
    parser.add_argument("--amlsim-data", default="", help="folder of the AMLSim data")
    # More than there are processors: tests of groups and timeouts wait most of the time.
    parser.add_argument("--jobs", type=int, default=2 * min(os.cpu_count() or 2, 4) + 1)
    parser.add_argument("--show", action="store_true", help="print the whole output of each suite")
    parser.add_argument("--logs", default="build/test", help="where outputs and the summary go")
    options = parser.parse_args()

    os.makedirs(options.logs, exist_ok=True)
    passed = failed = skipped = 0
    for build, _, group in (run.rpartition(":") for run in options.runs):
        suites = [suite for suite in SUITES if group in suite.groups.split()]
        if not suites:
            parser.error("no suite is in the group %s" % group)
        for result in run_group(suites, build, options.amlsim_data, options.jobs):
            log = "%s/%s.%s.log" % (options.logs, os.path.basename(build),
                                    re.sub(r"[^a-zA-Z0-9_-]+", "_", result.name))
            with open(log, "w", encoding="utf-8") as out:
                out.write(result.output)
            show(result, build, log, options.show)
            passed, failed, skipped = (passed + result.passed, failed + result.failed,
                                       skipped + result.skipped)
    summary = "%d passed, %d failed" % (passed, failed) + (", %d skipped" % skipped if skipped else "")
    with open(options.logs + "/summary", "w", encoding="utf-8") as out:
        out.write(summary + "\n")
    print(summary, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
