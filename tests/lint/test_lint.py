"""Lint's own test: plants each kind of mistake in a small tree and sees it reported, once, in its place."""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LINT = os.path.join(HERE, "lint.py")

HEADER = """/* %s - an example.
 *
 * Memory:  none.
 * Threads: any.
 * Errors:  none.
 */
#ifndef SLUICE_H
#define SLUICE_H
%s
#endif
"""


def header(name, text=""):
    return HEADER % (name, text)


LINES_OF = "| what |\n|---|\n| `nobody says this` |\n\n| line | means |\n|---|---|\n| `%s` | `nor this` |\n"

# A tree without mistakes, in which every foreign header is used by its owner.
GOOD = {
    "engine/base/str.h": header("str.h"),
    "engine/base/digest.c": '#include "engine/base/str.h"\n\n#include <openssl/evp.h>\n#include <string.h>\n',
    "engine/base/mem.c": "#include <stdlib.h>\n\nvoid *mem_alloc(void)\n{\n    return malloc(1);\n}\n",
    "engine/frame.h": header("frame.h", '\n#include "engine/ingest/event.h"\n'),
    "engine/worker.h": header("worker.h", '\n#include "engine/frame.h"\n'),
    "engine/ingest/event.h": header("event.h", '\n#include "engine/base/str.h"\n'),
    "engine/state/page.c": '#include "engine/frame.h"\n#include "engine/ingest/event.h"\n',
    "rules/lex.c": '#include "engine/worker.h"\n\n/* 1.5 times strcpy(a, b) and a float */\n'
                   'const char *lex_help = "double exit(1)";\n'
                   "#if (LEX)\n#define LEX(a) do { \\\n        (void)(a); \\\n    } while (0)\n#endif\n"
                   "#define LEX_TWICE(a) \\\n    do { \\\n        if (a) { \\\n        } \\\n    } while (0)\n",
    "connectors/file/file.h": header("file.h", '\n#include "engine/worker.h"\n'),
    "connectors/cli/main.c": '#include "connectors/file/file.h"\n\n#include <cyaml/cyaml.h>\n\n'
                             'static const char said[] = "step %" PRIu64 " of \\"%s\\" has "\n    "ended";\n',
    "tests/unit/test_lex.c": '#include "engine/state/page.c"\n\n#include <check.h>\n#include <stdlib.h>\n\n'
                             "int test_lex(void)\n{\n    free(NULL);\n    return 0;\n}\n",
    "tests/lint/long_functions.txt": "# path, name, lines\n",
    "tests/lint/untested.txt": "engine/base/digest.c tried elsewhere\nengine/base/mem.c tried elsewhere\n"
                               "engine/state/page.c tried elsewhere\nconnectors/cli/main.c tried elsewhere\n",
    "docs/operations.md": LINES_OF % 'step .. of ".." has ended',
    "docs/page.md": "[other](../docs/page.md#part) and [net](https://example.org)\n",
}


def long_function(name, lines):
    return "int %s(void)\n{\n%s    return 0;\n}\n" % (name, "    (void)0;\n" * (lines - 4))


UNFINISHED = "TO" + "DO"
PLACE = "/wo" + "rk/"

# name, path, text ("+" adds to what is there), what one line of the report must begin and end with
PLANTED = [
    ("base includes upwards", "engine/base/str.h", header("str.h", '\n#include "engine/ingest/event.h"\n'),
     "engine/base/str.h:10: engine/base includes engine/ingest/event.h"),
    ("a part includes the loop", "engine/state/page.c", '#include "engine/worker.h"\n',
     "engine/state/page.c:1: engine parts includes engine/worker.h"),
    ("engine includes rules", "engine/worker.h", header("worker.h", '\n#include "rules/lex.c"\n'),
     "engine/worker.h:10: engine includes rules/lex.c"),
    ("rules include connectors", "rules/lex.c", '#include "connectors/file/file.h"\n',
     "rules/lex.c:1: rules includes connectors/file/file.h"),
    ("a connector includes the command line", "connectors/file/file.h",
     header("file.h", '\n#include "connectors/cli/main.c"\n'),
     "connectors/file/file.h:10: connectors/file includes connectors/cli/main.c"),
    ("product includes tests", "rules/lex.c", '#include "tests/unit/test_lex.c"\n',
     "rules/lex.c:1: rules includes tests"),
    ("path not from the root", "rules/lex.c", '#include "lex.h"\n', 'rules/lex.c:1: "lex.h" is no file'),
    ("openssl outside its owner", "rules/lex.c", "#include <openssl/evp.h>\n",
     "rules/lex.c:1: <openssl/evp.h> belongs to engine/base/digest.c"),
    ("check outside the unit tests", "rules/lex.c", "#include <check.h>\n",
     "rules/lex.c:1: <check.h> belongs to tests/unit/"),
    ("a header without an owner", "rules/lex.c", "#include <jansson.h>\n",
     "rules/lex.c:1: <jansson.h> has no owner"),
    ("two owners of one library", "connectors/file/file.h", header("file.h", "\n#include <cyaml/cyaml.h>\n"),
     "connectors/file/file.h:10: <cyaml/cyaml.h> is already owned"),
    ("copy without bounds", "rules/lex.c", "int f(void)\n{\n    strcpy(a, b);\n}\n", "rules/lex.c:3: strcpy()"),
    ("forbidden in tests too", "tests/unit/test_lex.c", "int f(void)\n{\n    return rand();\n}\n",
     "tests/unit/test_lex.c:3: rand()"),
    ("memory beside mem.c", "rules/lex.c", "void *p = malloc(3);\n", "rules/lex.c:1: malloc()"),
    ("abort beside must.c", "engine/state/page.c", "x = y ? 0 : abort();\n", "engine/state/page.c:1: abort()"),
    ("exit beside the command line", "connectors/file/file.h", header("file.h", "\n#define F() exit(1)\n"),
     "connectors/file/file.h:10: exit()"),
    ("memory in brackets", "rules/lex.c", "void *p = (malloc)(3);\n", "rules/lex.c:1: malloc()"),
    ("memory in more brackets", "rules/lex.c", "void *p = ((malloc) )\n    (3);\n", "rules/lex.c:1: malloc()"),
    ("random bytes without their header", "connectors/cli/main.c", "long n = getrandom(p, 8, 0);\n",
     "connectors/cli/main.c:1: getrandom()"),
    ("the machine's clock in the engine", "engine/state/page.c", "x = clock_gettime(CLOCK_REALTIME, &t);\n",
     "engine/state/page.c:1: clock_gettime()"),
    ("floating point", "engine/state/page.c", "static double share;\n", "engine/state/page.c:1: double:"),
    ("a floating literal", "rules/lex.c", "int x = (int)(3 * 0.5);\n", "rules/lex.c:1: 0.5:"),
    ("if without braces", "rules/lex.c", "int f(void)\n{\n    if (g(1))\n        return 1;\n}\n",
     "rules/lex.c:3: if without braces"),
    ("else without braces", "rules/lex.c", "void f(void)\n{\n    if (g()) {\n    } else\n        h();\n}\n",
     "rules/lex.c:4: else without braces"),
    ("a loop of nothing after a block", "rules/lex.c", "void f(void)\n{\n    if (a) {\n    }\n    while (g());\n}\n",
     "rules/lex.c:5: while without braces"),
    ("if without braces in a macro", "rules/lex.c", "#define LEX(a) if (a) return\n",
     "rules/lex.c:1: if without braces"),
    ("a long function", "rules/lex.c", long_function("lex_all", 61), "rules/lex.c:1: lex_all has 61 lines"),
    ("a header without a contract", "engine/base/str.h", "#define X 1\n", "engine/base/str.h:1: a header opens"),
    ("a contract without threads", "engine/base/str.h", header("str.h").replace(" * Threads: any.\n", ""),
     "engine/base/str.h:1: the opening comment has no line Threads:"),
    ("a module without a test", "rules/parse.c", "int x;\n", "rules/parse.c:1: no tests/unit/test_parse.c"),
    ("an exception without a reason", "tests/lint/untested.txt", "+rules/lex.c\n",
     "tests/lint/untested.txt:5: rules/lex.c has no reason"),
    ("an exception that has a test", "tests/lint/untested.txt", "+rules/lex.c tried elsewhere\n",
     "tests/lint/untested.txt:5: rules/lex.c has a test now"),
    ("an exception for nothing", "tests/lint/untested.txt", "+rules/gone.c tried elsewhere\n",
     "tests/lint/untested.txt:5: rules/gone.c does not exist"),
    ("something unfinished", "docs/page.md", "a\n%s: more\n" % UNFINISHED, "docs/page.md:2: " + UNFINISHED),
    ("a place of one machine", "docs/page.md", "see %sx\n" % PLACE, "docs/page.md:1: names a place"),
    ("a line that nobody says", "docs/operations.md", LINES_OF % "step .. has stopped",
     "docs/operations.md:7: no part of the program says `step .. has stopped`"),
    ("a line that was split", "docs/operations.md", LINES_OF % "has ended .. step",
     "docs/operations.md:7: no part of the program says `has ended .. step`"),
    ("a dead link", "docs/page.md", "\n[x](nowhere.md)\n", "docs/page.md:2: nowhere.md leads nowhere"),
]
if shutil.which("clang-format"):
    PLANTED.append(("layout", "rules/lex.c", "int   x;\n", "rules/lex.c:1: layout differs"))


def plant(tree, root):
    for path, text in tree.items():
        there = os.path.join(root, path)
        os.makedirs(os.path.dirname(there), exist_ok=True)
        with open(there, "w", encoding="utf-8") as out:
            out.write(text)


def lint(tree, *arguments):
    """(exit code, lines, the list of long functions afterwards)"""
    with tempfile.TemporaryDirectory() as root:
        plant(tree, root)
        if any(line[0] == "layout" for line in PLANTED) and tree.get("layout"):
            shutil.copy(os.path.join(ROOT, ".clang-format"), root)
        done = subprocess.run([sys.executable, "-B", LINT, "--root", root, *arguments], capture_output=True,
                              text=True, check=False)
        with open(os.path.join(root, "tests/lint/long_functions.txt"), encoding="utf-8") as source:
            listed = source.read()
        return done.returncode, (done.stdout + done.stderr).splitlines(), listed


def planted(name, path, text):
    tree = dict(GOOD)
    tree[path] = tree[path] + text[1:] if text.startswith("+") else text
    if name == "layout":
        tree["layout"] = "on\n"
    return tree


def ratchet(lines, listed):
    tree = dict(GOOD)
    tree["rules/lex.c"] = long_function("lex_all", lines)
    tree["tests/lint/long_functions.txt"] = listed
    return tree


def check_ratchet():
    """Listed functions may stay or shrink, the list never grows."""
    entry = "# head\nrules/lex.c lex_all 70\n"
    code, lines, _ = lint(ratchet(70, entry))
    yield "a listed function may stay", code == 0, lines
    code, lines, _ = lint(ratchet(71, entry))
    yield "a listed function may not grow", code == 1 and "lex_all grew from 70 to 71" in lines[0], lines
    code, lines, _ = lint(ratchet(50, entry))
    yield "an entry that is done is removed", code == 1 and "no longer long" in lines[0], lines
    code, lines, listed = lint(ratchet(65, entry), "--update")
    yield "update shrinks an entry", code == 0 and listed == "# head\nrules/lex.c lex_all 65\n", lines
    code, lines, listed = lint(ratchet(50, entry), "--update")
    yield "update removes an entry", code == 0 and listed == "# head\n", lines
    code, lines, listed = lint(ratchet(71, entry), "--update")
    yield "update lets nothing grow", code == 1 and listed == entry, lines
    code, lines, listed = lint(ratchet(70, "# head\n"), "--update")
    yield "update adds nothing", code == 1 and listed == "# head\n", lines


def main():
    results = []
    code, lines, _ = lint(GOOD)
    results.append(("a good tree has no mistakes", code == 0 and lines == ["lint: 15 files, 0 mistakes"], lines))
    for name, path, text, expected in PLANTED:
        code, lines, _ = lint(planted(name, path, text))
        found = [line for line in lines if line.startswith(expected)]
        results.append((name, code == 1 and len(found) == 1, lines))
    results += check_ratchet()
    failed = [result for result in results if not result[1]]
    for name, _, lines in failed:
        print("not as expected: %s\n    %s" % (name, "\n    ".join(lines)))
    print("%d passed, %d failed" % (len(results) - len(failed), len(failed)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
