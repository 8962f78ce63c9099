"""Packs that are made to be hard on the compiler: each ends, within bounds, with what is wrong and where.

    hostile.py build/release/sluice build/hostile

Each row is a pack, the exit code of `sluice check`, and how its output begins: the line that is to blame. A run has
CPU_SECONDS of processor time and MEMORY_BYTES of memory; both are far above what is used, and stop what does not end.
The last line is `N passed, N failed`.
"""
import collections
import hashlib
import os
import re
import resource
import subprocess
import sys

CPU_SECONDS = 60
MEMORY_BYTES = 2 << 30
LINES_MAX = 200  # of what is said about a pack with a million mistakes
BIG = 10_000_000

Row = collections.namedtuple("Row", "name text code says")
RULE = "rule r for payer.person on transaction when own watch payee for 1h\n"
WHEN = "rule r for payer.person on transaction when %s watch payee for 1h\n"
PAYMENT = "+0m transaction from P to P.b amount 1.00 CNY"
SMS = "rule r for receiver on sms when %s watch subject for 1h\n"


def rules(count):
    return "".join(RULE.replace(" r ", " r%d " % n, 1) for n in range(count))


def many(form, count):
    return "".join(form.replace("#", str(n)) for n in range(count))


def tag_names(count):
    """A pack takes no two tags whose names have the same 16 bits of hash."""
    taken, number = set(), 0
    while len(taken) < count:
        name = "t%d" % number
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little") % 0xffff
        if key not in taken:
            taken.add(key)
            yield name
        number += 1


def tags(count, form):
    return "".join("tag %s = %s\n" % (name, form.replace("#", name)) for name in tag_names(count))


def regex(pattern):
    return "tag t = /%s/\n" % pattern + SMS % "tags has t"


def regex_at_work(pattern):
    """Looked for in the longest text of a case, on which the machine gives up or not; it does not hang."""
    return regex(pattern) + 'quiet { +0m sms from S to P text "%s" }\n' % ("a" * 1990 + "b")


DEEP = r"try.rule:1:\d+: error: this is nested too deep\n"
LARGE = r"try.rule:1:\d+: error: this expression is too large\n"
NO_REGEX = "try.rule:1:%s: error: this regular expression cannot be used: %s\n"
PASSED = r"(?s).*: \d+ rules?, \d+ cases passed, 0 failed"
ROWS = [
    # deep
    Row("a million parentheses", lambda: WHEN % ("(" * 1000000 + "own" + ")" * 1000000), 1, DEEP),
    Row("a million nots", lambda: WHEN % ("not " * 1000000 + "own"), 1, DEEP),
    Row("filters in filters", lambda: WHEN % ("any(payment_out in 1h where " * 200000 + "own"), 1, DEEP),
    Row("features on features", lambda: "feature f0 for account = distinct(payment_in.payer in 1h)\n" + "".join(
        "feature f%d for account = f%d + f%d\n" % (n, n - 1, n - 1) for n in range(1, 5000)) + RULE, 1,
        r"try.rule:26:27: error: features and filters build on each other over more than 24 steps\n"),
    Row("a ring of features", lambda: "".join(
        "feature f%d for account = f%d\n" % (n, (n + 1) % 100000) for n in range(100000)) + RULE, 1,
        r"try.rule:24:27: error: features and constants build on each other over more than 24 steps\n"),
    Row("constants that double", lambda: "const c0 = 1\n" + "".join(
        "const c%d = c%d + c%d\n" % (n, n - 1, n - 1) for n in range(1, 50000)), 1,
        r"try.rule:64:13: error: this is too large to be computed\n"),
    # ten megabytes
    Row("one name", lambda: "a" * BIG, 1, r"try.rule:1:1: error: a name of 10000000 bytes\n"),
    Row("one number", lambda: "1" * BIG, 1, r"try.rule:1:1: error: this number is too large\n"),
    Row("a text without end", lambda: '"' + "x" * BIG, 1, r"try.rule:1:1: error: this text has no end\n"),
    Row("blanks", lambda: " " * BIG, 0, PASSED),
    Row("empty lines", lambda: "\n" * BIG, 0, PASSED),
    Row("one comment", lambda: "#" * BIG, 0, PASSED),
    Row("comments", lambda: "#\n" * (BIG // 2), 0, PASSED),
    Row("signs", lambda: "<" * BIG, 1, r"try.rule:1:1: error: expected a block"),
    Row("NULs", lambda: b"\0" * BIG, 1, r"try.rule:1:1: error: control character 0x00 in the text\n"),
    Row("no UTF-8", lambda: b"\xff" * BIG, 2, r"sluice check: try.rule: line 1: byte 1 of the file \(0xff\) is not"),
    Row("UTF-8 cut short", lambda: RULE.encode() + b"# \xe4\xb8", 2,
        r"sluice check: try.rule: line 2: byte 70 of the file \(0xe4\) is not"),
    Row("more than 16 MiB", lambda: " " * (17 << 20), 2, r"sluice check: try.rule: "),
    Row("a set of a million values", lambda: "const s = {%s}\n" % ",".join(str(2 * n) for n in range(1000000)), 0, PASSED),
    Row("a sum of a million values", lambda: "const s = " + "+".join("1" * 1000000) + "\n", 1, LARGE),
    Row("a hundred thousand actions", lambda: WHEN % "own" + "watch payee for 1h\n" * 100000, 0, PASSED),
    Row("very long names", lambda: "feature %s for account = 1\n" % ("n" * 1000000), 1,
        r"try.rule:1:9: error: a name of 1000000 bytes\n"),
    Row("a very long title", lambda: RULE.replace(" when", ' "%s" when' % ("t" * 1000000)), 0, PASSED),
    # many
    Row("20,000 rules", lambda: rules(20000), 0, PASSED),
    Row("20,001 rules", lambda: rules(20001), 1, r"try.rule:20001:6: error: a pack has at most 20000 rules\n"),
    Row("20,000 rules of one name", lambda: RULE * 20000, 1, r"try.rule:2:6: error: `r` is already a rule\n"),
    Row("20,000 features", lambda: many("feature f# for account = distinct(payment_in.payer in #h where amount > #.00 CNY)\n",
                                        20000).replace("in 0h", "in 1h"), 1, r"try.rule:2162:\d+: error: "),
    Row("50,000 patterns", lambda: many("pattern pat# for person within 48h a: call_in then b: payment_out\n", 50000) + RULE,
        0, PASSED),
    Row("100,000 blocks that nobody uses", lambda: many("list l# of account\n", 100000) + RULE, 0, PASSED),
    Row("a million mistakes", lambda: "rule " * 1000000, 1, r"try.rule:1:6: error: expected the name of the rule, found"),
    Row("names that are near many", lambda: many("const c# = bad#\n", 300000), 1, r"try.rule:1:12: error: unknown name `bad0`\n"),
    Row("typologies that are near many", lambda: many("typology t# for person tiers low 20 closes after 24h\n", 50000)
        + many("rule r# of tt# for payer.person on transaction when own watch payee for 1h\n", 19999), 1,
        r"try.rule:50001:12: error: unknown typology `tt0`\n"),
    Row("one set in a thousand rules", lambda: "const s = {%s}\n" % ",".join(str(2 * n) for n in range(500000))
        + many("rule r# for payee on transaction when hour in s watch payee for 1h\n", 1000), 1,
        r"try.rule:3:47: error: the sets of a pack hold at most 1048576 ranges"),
    # cases
    Row("a case of many events", lambda: RULE + "fires {\n" + (PAYMENT + "\n") * 200000 + "}\n", 1,
        r"try.rule:10003:1: error: a case has at most 10000 records\n"),
    Row("a case of many strangers", lambda: RULE + "fires {\n" + many(
        "+0m transaction from anyone to anyone amount 1.00 CNY every 1s 1000 times\n", 200) + "}\n", 1,
        r"try.rule:13:1: error: a case has at most 10000 records\n"),
    Row("as many as may be", lambda: RULE + many(
        "fires { +0m transaction from anyone to P amount 1.00 CNY every 1s 1000 times %s }\n" % PAYMENT, 190), 0, PASSED),
    Row("cases without end", lambda: RULE + many("fires { %s every 1s 1000 times }\n" % PAYMENT, 100000), 1,
        r"try.rule:202:1: error: the cases of a pack have at most 200000 records\n"),
    Row("guards without end", lambda: WHEN.replace(" watch", "\n" + "unless hour > 2\n" * 1000 + " watch") % "own", 1,
        r"try.rule:34:1: error: a rule has at most 32 `unless`\n"),
    # tags
    Row("4,096 tags of literals", lambda: tags(4096, '"w#x"') + SMS % "tags has t0"
        + 'fires { +0m sms from S to P text "wt0x" }\nquiet { +0m sms from S to P text "wtx" }\n', 0, PASSED),
    Row("4,097 tags", lambda: tags(4097, '"w#x"') + SMS % "tags has t0", 1,
        r"try.rule:4097:1: error: a pack has at most 4096 tags\n"),
    Row("4,096 tags of regular expressions", lambda: tags(4096, "/(a|b)+w#x[0-9]{1,20}/") + SMS % "tags has t0"
        + 'fires { +0m sms from S to P text "aawt0x7" }\n', 0, PASSED),
    Row("signs without end", lambda: "tag t = " + " or ".join('"a%d" near "b%d" within 5' % (n, n) for n in range(100000))
        + "\n" + SMS % "tags has t", 1, r"try.rule:1:1: error: a pack has at most 16384 signs of tags\n"),
    # regular expressions that explode
    Row("counts of counts", lambda: regex("((((a{1,1000}){1,1000}){1,1000}){1,1000})"), 1,
        NO_REGEX % (9, "regular expression is too large")),
    Row("a count that is no count", lambda: regex("a{99999}"), 1, NO_REGEX % (17, "number too big in {} quantifier")),
    Row("a large program", lambda: regex("((x{250}){250}){10}"), 1, NO_REGEX % (9, r"it takes \d+ bytes when compiled, at most 16384")),
    Row("a long one", lambda: regex("a|" * 100000), 1, NO_REGEX % (9, "it has 1 to 512 bytes")),
    Row("a deep one", lambda: regex("(" * 250 + "a" + ")" * 250), 0, PASSED),
    Row("a choice that doubles", lambda: regex_at_work("(a|aa)+$"), 0, PASSED),
    Row("a loop in a loop", lambda: regex_at_work("(a+)+$"), 0, PASSED),
    Row("loops side by side", lambda: regex_at_work("a*" * 200 + "c"), 0, PASSED),
    Row("recursion", lambda: regex_at_work("(a(?R)?)+$"), 0, PASSED),
    Row("400 loops in loops", lambda: tags(400, "/((a+)+)+#/") + SMS % "tags has t0"
        + 'quiet { +0m sms from S to P text "%s" }\n' % ("a" * 1990), 0, PASSED),
]


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def run(sluice, folder, text):
    """(exit code, negative for a signal; output; processor seconds; megabytes)."""
    with open(os.path.join(folder, "try.rule"), "wb") as out:
        out.write(text if isinstance(text, bytes) else text.encode("utf-8"))
    with open(os.path.join(folder, "said"), "wb") as said:
        child = subprocess.Popen([sluice, "check", "try.rule"], cwd=folder, stdin=subprocess.DEVNULL, stdout=said,
                                 stderr=subprocess.STDOUT, preexec_fn=limit)
        _, status, used = os.wait4(child.pid, 0)
    with open(os.path.join(folder, "said"), encoding="utf-8", errors="replace") as said:
        output = said.read()
    return os.waitstatus_to_exitcode(status), output, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024


def complaint(row, code, output):
    if code != row.code:
        return "ended with %d, not with %d: %s" % (code, row.code, output[:300])
    if not re.match(row.says, output):
        return "says %s" % output[:300]
    if code == 1 and len(output.splitlines()) > LINES_MAX:
        return "says %d lines" % len(output.splitlines())
    return None


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    sluice, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
    os.makedirs(folder, exist_ok=True)
    failed, slowest, largest = 0, (0, ""), (0, "")
    for row in ROWS:
        code, output, seconds, megabytes = run(sluice, folder, row.text())
        slowest, largest = max(slowest, (seconds, row.name)), max(largest, (megabytes, row.name))
        wrong = complaint(row, code, output)
        if wrong:
            failed += 1
            print("%s: %s" % (row.name, wrong))
    os.remove(os.path.join(folder, "try.rule"))
    print("hostile packs: the slowest took %.1f s of processor time (%s), the largest %d MB (%s)" % (*slowest, *largest))
    print("%d passed, %d failed" % (len(ROWS) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
