"""The runner's own test: what it must never call a success."""
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import run_tests  # noqa: E402

SHELL = "/bin/sh"
CASES = [
    # name, shell text, budget, (passed, failed, skipped)
    ("a plain success counts one", "true", 5, (1, 0, 0)),
    ("a plain failure counts one", "false", 5, (0, 1, 0)),
    ("exit 77 is skipped", "echo no data; exit 77", 5, (0, 0, 1)),
    ("Check's line is counted", "echo '100%: Checks: 12, Failures: 0, Errors: 0'", 5, (12, 0, 0)),
    ("Check's failures are counted",
     "echo '50%: Checks: 4, Failures: 1, Errors: 1'; exit 1", 5, (2, 2, 0)),
    ("Check without a check fails", "echo '100%: Checks: 0, Failures: 0, Errors: 0'", 5, (0, 1, 0)),
    ("a last line is counted", "echo x; echo '7 passed, 0 failed, 2 skipped'", 5, (7, 0, 2)),
    ("good counts do not hide a bad exit", "echo '7 passed, 0 failed'; exit 1", 5, (7, 1, 0)),
    ("bad counts do not hide behind exit 0", "echo '7 passed, 1 failed'", 5, (7, 1, 0)),
    ("over budget fails", "sleep 20 & sleep 20", 0.3, (0, 1, 0)),
    ("killed by a signal fails", "kill -ABRT $$", 5, (0, 1, 0)),
]


def main():
    failed = 0
    for name, text, budget_s, expected in CASES:
        result = run_tests.run(name, [SHELL, "-c", text], budget_s)
        got = (result.passed, result.failed, result.skipped)
        if got != expected or result.seconds > 5:
            print("%s: got %s in %.1f s, expected %s" % (name, got, result.seconds, expected))
            failed += 1
    absent = [run_tests.run("absent", [SHELL, "tests/absent.py"], 5),
              run_tests.run("absent", ["build/absent"], 5)]
    with tempfile.TemporaryDirectory() as folder:
        suite = run_tests.Suite("x", "x", folder + "/test_*.c", 5)
        absent += run_tests.run_suite(suite, folder, "", 2)
        with open(folder + "/test_a.c", "w", encoding="utf-8"):
            pass  # a source whose program was never built
        absent += run_tests.run_suite(suite, "", "", 2)
    for result in absent:
        if (result.passed, result.failed, result.skipped) != (0, 1, 0):
            print("something absent did not fail:", result)
            failed += 1
    with tempfile.TemporaryDirectory() as folder:
        waits = run_tests.Suite("x", "waits", [SHELL, "-c", "until [ -e %s/f ]; do sleep 0.02; done; false" % folder], 5, beside=True)
        frees = run_tests.Suite("x", "frees", [SHELL, "-c", "touch %s/f" % folder], 5)
        beside = {result.name: (result.failed, result.seconds) for result in run_tests.run_group([waits, frees], "", "", 2)}
        if beside["frees"][0] != 0 or beside["waits"][0] != 1 or beside["waits"][1] >= 5:
            print("the second did not run beside the first, or its failure was lost:", beside)
            failed += 1
    with tempfile.TemporaryDirectory() as folder:
        for name in ("test_a", "test_b"):
            with open(folder + "/" + name + ".c", "w", encoding="utf-8"):
                pass
        ran = [result.name for result in run_tests.run_suite(run_tests.Suite("x", "x", folder + "/test_*.c !" + folder + "/test_a*.c", 5), "", "", 2)]
        if ran != ["x test_b"]:
            print("what stands behind ! was not left out, or more was:", ran)
            failed += 1
    total = len(CASES) + len(absent) + 2
    print("%d passed, %d failed" % (total - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
