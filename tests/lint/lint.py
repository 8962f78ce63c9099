"""Checks of the tree that a compiler does not make. Mistakes are printed as file:line: message.

    lint.py             check; exit 1 if anything is wrong
    lint.py --update    take functions that became shorter into long_functions.txt (it only shrinks)
    lint.py --root DIR  check another tree

What is checked, and why, is beside each check. To allow something, change the table here: that is a
decision and is reviewed as one.
"""
import argparse
import collections
import os
import re
import shutil
import subprocess
import sys

Mistake = collections.namedtuple("Mistake", "path line text")

# ---- tables ----------------------------------------------------------------------------------------
PRODUCT = ("engine/", "rules/", "connectors/")
FUNCTION_LINES_MAX = 60
LONG_FUNCTIONS = "tests/lint/long_functions.txt"
UNTESTED = "tests/lint/untested.txt"

# The one place that asks the system for random bytes, by header or by call.
RANDOM = ("connectors/cli/run_engine_open.c",)

# Who may include a foreign header. A tuple of several: any one of them, but only one.
OWNERS = [
    (r"openssl/.*", ("engine/base/digest.c",)),
    (r"(cyaml/.*|yaml\.h)", ("connectors/file/", "connectors/cli/")),
    (r"check\.h", ("tests/unit/",)),
    (r"librdkafka/rdkafka_mock\.h", ("tests/unit/mock_kafka.c",)),
    (r"librdkafka/.*", ("connectors/kafka/",)),
    (r"hiredis/.*", ("connectors/redis/",)),
    (r"microhttpd\.h", ("connectors/http/",)),
    (r"sys/prctl\.h", ("connectors/cli/thread_name.c",)),
    (r"sys/random\.h", RANDOM),
    (r"syslog\.h", ("connectors/kafka/",)),
    (r"pcre2\.h", ("engine/ingest/tagger.c",)),
    (r"hs(/hs)?\.h", ("engine/ingest/tagger.c",)),
    (r"libpsl\.h", ("engine/ingest/url.c",)),
]
# ISO C and POSIX: not foreign.
STANDARD = set("""assert ctype errno inttypes iso646 limits stdalign stdarg stdatomic stdbool stddef stdint
stdio stdlib stdnoreturn string threads time dirent dlfcn fcntl fnmatch getopt glob libgen poll pthread sched
semaphore signal strings unistd netdb arpa/inet netinet/in netinet/tcp sys/mman sys/resource sys/socket
sys/file sys/stat sys/time sys/types sys/uio sys/un sys/utsname sys/wait float math setjmp""".split())

# Calls that no code needs: the reason is the message. Where: everywhere but in the files named.
PLACES_ALL = ("engine/", "rules/", "connectors/", "bench/", "tests/")
FORBIDDEN = [
    ("strcpy strcat strncpy strncat sprintf vsprintf gets", PLACES_ALL, (),
     "copies without knowing the room; use struct buf or snprintf"),
    ("strtok", PLACES_ALL, (), "hidden state; use struct str"),
    ("atoi atol atoll atof", PLACES_ALL, (), "cannot report an error; use strtoll and check it"),
    ("alloca", PLACES_ALL, (), "the stack has no bound that we can check"),
    ("system popen", PLACES_ALL, (), "no shell is run by Sluice"),
    ("rand srand random srandom drand48", PLACES_ALL, (), "not the same everywhere; use a seeded generator"),
    ("getrandom getentropy arc4random", PLACES_ALL, RANDOM, "not the same everywhere; one place asks the system"),
    ("localtime localtime_r gmtime gmtime_r asctime ctime mktime strftime setlocale", PLACES_ALL, (),
     "depends on the machine; use caltime.h"),
    ("malloc calloc realloc free strdup strndup", PRODUCT, ("engine/base/mem.c",),
     "memory comes from mem.h or an arena"),
    ("abort", PRODUCT, ("engine/base/must.c",), "a bug is stated with must()"),
    ("exit _exit quick_exit", PRODUCT, ("engine/base/mem.c", "connectors/cli/"),
     "only the command line ends the process; return an err"),
    ("time clock gettimeofday clock_gettime", ("engine/", "rules/"), ("engine/base/clock.c",),
     "what decides is in the log; the machine's clock is not"),
]
# Between event and decision there is only integer arithmetic: two machines give the same answer.
NO_FLOAT = ("engine/", "rules/")
FLOAT = re.compile(r"\b(float|double|_Complex)\b|(?<![\w.])\d+\.\d+(?:[eE][+-]?\d+)?[fFlL]?\b")

# Written in pieces, so that this file does not find itself.
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX")) + r")\b")
WORKPLACE = ["/wo" + "rk/", "shared/" + "design", "shared/" + "style", "shared/" + "data", "/ro" + "ot/",
             "py" + "env", "issues " + "show"]
WORKPLACE_ALLOWED = {("Makefile", WORKPLACE[3])}  # where the AMLSim data is looked for

SKIPPED_FOLDERS = {".git", "build", "__pycache__"}


# ---- reading ---------------------------------------------------------------------------------------
def files(root):
    """All text files below root, as root-relative paths in order."""
    for folder, names, found in os.walk(root):
        names[:] = sorted(name for name in names if name not in SKIPPED_FOLDERS)
        for name in sorted(found):
            if name not in SKIPPED_FOLDERS:  # .git is a file in a second working tree
                yield os.path.relpath(os.path.join(folder, name), root)


def read(root, path):
    """The text, or None if the file is binary."""
    with open(os.path.join(root, path), "rb") as source:
        data = source.read()
    return None if b"\0" in data[:8192] else data.decode("utf-8", "replace")


STRIP = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'""", re.S)


def strip(text):
    """C text with comments and literals blanked, lines kept."""
    return STRIP.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def in_any(path, places):
    return any(path == place or (place.endswith("/") and path.startswith(place)) for place in places)


class Tree:
    def __init__(self, root):
        self.root = root
        self.texts = {path: text for path in files(root) if (text := read(root, path)) is not None}
        self.code = {path: strip(text) for path, text in self.texts.items()
                     if path.endswith((".c", ".h", ".def")) and in_any(path, PLACES_ALL)}


# ---- checks ----------------------------------------------------------------------------------------
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.M)


def layer(path):
    """(rank, name): an include may go to the same name or to a lower rank."""
    if path.startswith(("tests/", "bench/")):
        return 9, path.split("/")[0]
    if path.startswith("connectors/cli/"):
        return 8, "connectors/cli"
    if path.startswith("connectors/"):
        return 7, "/".join(path.split("/")[:2])
    if path.startswith("rules/"):
        return 6, "rules"
    if path.startswith("engine/base/"):
        return 1, "engine/base"
    if path.startswith("engine/"):
        # engine/ingest, state, eval and the frames and interfaces in engine/ are side by side, apart
        # from what runs them.
        runs = re.match(r"engine/(partition\w*|worker|local)\.", path)
        return (3, "engine") if runs else (2, "engine parts")
    return 10, path


def check_includes(tree):
    """Layers point downwards; nothing includes tests or bench; paths are written from the root."""
    for path, text in sorted(tree.code.items()):
        for found in INCLUDE.finditer(tree.texts[path]):
            if not text[found.start():found.end()].strip().startswith("#"):
                continue  # in a comment
            line = line_of(tree.texts[path], found.start(2))
            kind, name = found.groups()
            if kind == "<":
                yield from check_foreign(path, line, name)
                continue
            if name not in tree.texts:
                yield Mistake(path, line, '"%s" is no file of the tree; write the path from the root' % name)
                continue
            rank, part = layer(path)
            other_rank, other = layer(name)
            if other in ("tests", "bench") and rank != 9:
                yield Mistake(path, line, "%s includes %s: nothing includes tests or bench" % (part, other))
            elif part != other and other_rank >= rank and rank != 9:
                yield Mistake(path, line, "%s includes %s: layers point downwards, connectors/cli -> "
                              "connectors/* -> rules -> engine -> engine/base" % (part, name))


def owner_of(name):
    return next((owners for pattern, owners in OWNERS if re.fullmatch(pattern, name)), None)


def check_foreign(path, line, name):
    owners = owner_of(name)
    if owners is None:
        if not name.endswith(".h") or name[:-2] not in STANDARD:
            yield Mistake(path, line, "<%s> has no owner; name one in tests/lint/lint.py" % name)
    elif not in_any(path, owners):
        yield Mistake(path, line, "<%s> belongs to %s" % (name, " or ".join(owners)))


def check_single_owner(tree):
    """Where several may own a header, one does."""
    users = collections.defaultdict(dict)
    for path in sorted(tree.code):
        for found in INCLUDE.finditer(tree.texts[path]):
            owners = owner_of(found.group(2))
            if owners and len(owners) > 1 and in_any(path, owners):
                owner = next(owner for owner in owners if in_any(path, (owner,)))
                users[owners].setdefault(owner, Mistake(
                    path, line_of(tree.texts[path], found.start()),
                    "<%s> is already owned by another folder of %s" % (found.group(2), ", ".join(owners))))
    for _, by_owner in sorted(users.items()):
        yield from list(by_owner.values())[1:]


def check_forbidden(tree):
    for names, places, but, reason in FORBIDDEN:
        # A member or a declaration of the same name is not a call; (malloc)(3) is one.
        call = re.compile(r"(?<![\w.>])(%s)[\s)]*\(" % "|".join(names.split()))
        for path, text in sorted(tree.code.items()):
            if not in_any(path, places) or in_any(path, but):
                continue
            for found in call.finditer(text):
                yield Mistake(path, line_of(text, found.start()), "%s(): %s" % (found.group(1), reason))


def check_float(tree):
    for path, text in sorted(tree.code.items()):
        if in_any(path, NO_FLOAT):
            for found in FLOAT.finditer(text):
                yield Mistake(path, line_of(text, found.start()),
                              "%s: only integer arithmetic here" % found.group())


CONTROL = re.compile(r"\b(if|for|while|switch)\s*\(|\b(else|do)\b")
# #if and the like are no code; of a macro only its name is none.
DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(?:define[ \t]+\w+|[^\n]*)", re.M)


def ends_do(text, at):
    """Whether the while at `at` closes a do { }, in a macro too."""
    at = len(text[:at].rstrip(" \t\n\\")) - 1
    if text[at:at + 1] != "}":
        return False
    depth = 1
    while depth and at > 0:
        at -= 1
        depth += {"}": 1, "{": -1}.get(text[at], 0)
    return depth == 0 and re.search(r"\bdo[\s\\]*$", text[:at]) is not None


def check_braces(tree):
    """Every body has braces."""
    for path, text in sorted(tree.code.items()):
        text = DIRECTIVE.sub(lambda m: " " * len(m.group()), text)
        for found in CONTROL.finditer(text):
            word, at = found.group(1) or found.group(2), found.end()
            if found.group(1):
                depth = 1
                while depth and at < len(text):
                    depth += {"(": 1, ")": -1}.get(text[at], 0)
                    at += 1
            rest = text[at:].lstrip(" \t\n\\")
            good = rest.startswith("{") or (word == "else" and re.match(r"if\b", rest)) or (
                word == "while" and ends_do(text, found.start()))
            if not good:
                yield Mistake(path, line_of(text, found.start()), "%s without braces" % word)


def functions(text):
    """(name, first line, count of lines) of each function: its braces stand at the line's start."""
    lines = text.split("\n")
    start = None
    for number, line in enumerate(lines):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            first = start
            while first > 0 and lines[first - 1].strip() and not lines[first - 1].startswith(("}", "#")):
                first -= 1
            names = re.findall(r"(\w+)\s*\(", " ".join(lines[first:start]))
            if names and names[0] in ("START_TEST", "__attribute__"):
                names = re.findall(r"START_TEST\s*\(\s*(\w+)", " ".join(lines[first:start])) or names[1:]
            yield (names[0] if names else "?"), first + 1, number - first + 1
            start = None


def long_functions(tree):
    found = {}
    for path, text in sorted(tree.code.items()):
        for name, line, count in functions(text):
            if count > FUNCTION_LINES_MAX:
                found["%s %s" % (path, name)] = (path, line, count)
    return found


def allowed_functions(tree):
    allowed = {}
    for line in tree.texts.get(LONG_FUNCTIONS, "").splitlines():
        words = line.split("#")[0].split()
        if len(words) == 3 and words[2].isdigit():
            allowed["%s %s" % (words[0], words[1])] = int(words[2])
    return allowed


def check_long_functions(tree):
    """A ratchet: no new function over the limit, and no listed one grows."""
    allowed = allowed_functions(tree)
    found = long_functions(tree)
    for key, (path, line, count) in sorted(found.items()):
        if key not in allowed:
            yield Mistake(path, line, "%s has %d lines, more than %d; split it" %
                          (key.split()[1], count, FUNCTION_LINES_MAX))
        elif count > allowed[key]:
            yield Mistake(path, line, "%s grew from %d to %d lines" % (key.split()[1], allowed[key], count))
    for key in sorted(set(allowed) - set(found)):
        yield Mistake(LONG_FUNCTIONS, 1, "%s is no longer long; run lint.py --update" % key)


def update_long_functions(tree):
    path = os.path.join(tree.root, LONG_FUNCTIONS)
    found = long_functions(tree)
    allowed = allowed_functions(tree)
    lines = [line for line in tree.texts.get(LONG_FUNCTIONS, "").splitlines() if line.startswith("#")]
    lines += ["%s %d" % (key, min(count, found[key][2])) for key, count in sorted(allowed.items()) if key in found]
    with open(path, "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")


def check_contracts(tree):
    """A header is a contract: it opens with what it is and says Memory, Threads, Errors."""
    for path in sorted(tree.code):
        if not path.endswith(".h"):
            continue
        opening = re.match(r"/\*(.*?)\*/", tree.texts[path], re.S)
        words = opening.group(1) if opening else ""
        if not words.startswith(" %s - " % os.path.basename(path)):
            yield Mistake(path, 1, "a header opens with /* %s - what it is" % os.path.basename(path))
        for word in ("Memory:", "Threads:", "Errors:"):
            if not re.search(r"^ \* %s" % word, words, re.M):
                yield Mistake(path, 1, "the opening comment has no line %s" % word)


def check_tested(tree):
    """One test_<stem>.c per module; exceptions are named with their reason."""
    excepted = {}
    for number, line in enumerate(tree.texts.get(UNTESTED, "").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            path, _, reason = line.partition(" ")
            excepted[path] = number
            if not reason.strip():
                yield Mistake(UNTESTED, number, "%s has no reason" % path)
            if path not in tree.texts:
                yield Mistake(UNTESTED, number, "%s does not exist" % path)
    for path in sorted(tree.code):
        if path.endswith(".c") and in_any(path, PRODUCT):
            test = "tests/unit/test_" + os.path.basename(path)
            if test in tree.texts and path in excepted:
                yield Mistake(UNTESTED, excepted[path], "%s has a test now" % path)
            elif test not in tree.texts and path not in excepted:
                yield Mistake(path, 1, "no %s; write it, or give the reason in %s" % (test, UNTESTED))


def check_words(tree):
    """Nothing unfinished, and nothing of the place where it was written."""
    for path, text in sorted(tree.texts.items()):
        for number, line in enumerate(text.split("\n"), 1):
            if UNFINISHED.search(line):
                yield Mistake(path, number, "%s: finish it, or write it down in docs/roadmap.md" %
                              UNFINISHED.search(line).group())
            for words in WORKPLACE:
                if words in line and (path, words) not in WORKPLACE_ALLOWED:
                    yield Mistake(path, number, "names a place of one machine: %s" % words)


LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")


def check_links(tree):
    """Links between pages lead somewhere."""
    for path, text in sorted(tree.texts.items()):
        if not path.endswith(".md"):
            continue
        for found in LINK.finditer(text):
            target = found.group(1).split("#")[0]
            if not target or re.match(r"[a-z]+:", target):
                continue
            there = os.path.normpath(os.path.join(tree.root, os.path.dirname(path), target))
            if not os.path.exists(there):
                yield Mistake(path, line_of(text, found.start()), "%s leads nowhere" % target)


OPERATIONS = "docs/operations.md"
# Literals that stand together are one text; a macro between two of them stands for some characters.
LITERAL = re.compile(r'"(?:\\.|[^"\\\n])*"(?:\s*(?:[A-Z]\w+)?\s*"(?:\\.|[^"\\\n])*")*')
JOINT = re.compile(r'(?<!\\)"\s*([A-Z]\w+)?\s*"')
QUOTED = re.compile(r"`([^`\n]+)`")


def sentences(tree):
    """Every text that the product can print, with .. for a macro."""
    for path, text in sorted(tree.texts.items()):
        if path.endswith(".c") and in_any(path, PRODUCT):
            for found in LITERAL.finditer(text):
                yield JOINT.sub(lambda joint: ".." if joint.group(1) else "", found.group()).replace('\\"', '"')


def is_said(line, texts):
    """Whether some text has the parts of the line between its `..`, in this order."""
    wanted = re.compile(".*".join(re.escape(part) for part in line.split("..")), re.S)
    return any(wanted.search(text) for text in texts)


def check_said(tree):
    """What the page for operators quotes in its tables of lines is still said somewhere, so that a line is found there."""
    texts, in_table = None, False
    for number, line in enumerate(tree.texts.get(OPERATIONS, "").split("\n"), 1):
        in_table = line.startswith("|") and (in_table or line.startswith("| line |"))
        if not in_table or line.startswith(("| line |", "|---")):
            continue
        texts = texts or list(sentences(tree))
        for quoted in QUOTED.findall(line.split(" | ")[0]):
            if not is_said(quoted, texts):
                yield Mistake(OPERATIONS, number, "no part of the program says `%s`" % quoted)


def check_layout(tree):
    """make fmt would change nothing. Says so where clang-format is absent."""
    sources = sorted(path for path in tree.code if path.endswith((".c", ".h")))
    if not sources or ".clang-format" not in tree.texts:
        return
    if shutil.which("clang-format") is None:
        print("lint: clang-format is not installed, so the layout was not checked (make fmt installs it)")
        return
    version = subprocess.run(["clang-format", "--version"], capture_output=True, text=True, check=False).stdout
    if " version 14." not in version:
        print("lint: the layout is settled by clang-format 14, here is another, so it was not checked")
        return
    done = subprocess.run(["clang-format", "--dry-run", *sources], cwd=tree.root, capture_output=True,
                          text=True, check=False)
    seen = set()
    for path, line in re.findall(r"^(\S+?):(\d+):\d+: warning: code should be clang-formatted", done.stderr, re.M):
        if path not in seen:
            seen.add(path)
            yield Mistake(path, int(line), "layout differs from here on; run make fmt")
    if done.returncode != 0:
        yield Mistake(".clang-format", 1, "clang-format: " + (done.stderr.splitlines() or ["failed"])[0])


CHECKS = [check_includes, check_single_owner, check_forbidden, check_float, check_braces,
          check_long_functions, check_contracts, check_tested, check_words, check_links, check_said, check_layout]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    parser.add_argument("--update", action="store_true", help="shrink the list of long functions")
    options = parser.parse_args()
    tree = Tree(options.root)
    if options.update:
        update_long_functions(tree)
        tree = Tree(options.root)
    mistakes = [mistake for check in CHECKS for mistake in check(tree)]
    for mistake in mistakes:
        print("%s:%d: %s" % mistake)
    print("lint: %d files, %d mistakes" % (len(tree.texts), len(mistakes)))
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
