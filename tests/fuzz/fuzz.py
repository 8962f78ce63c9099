"""Hostile rule text never crashes or hangs the compiler: fuzz_pack.c under libFuzzer, on what the tree knows of packs.

    fuzz.py build/fuzz/tests/fuzz/fuzz_pack build/fuzz-pack [--runs N | --seconds N] [--seed N] [--keep]

Inputs begin from the shipped rules, the blocks of docs/rule-language.md, the packs of the unit tests and corpus.txt:
short texts, between lines of %%, that earlier runs found to reach what the others do not. The words of the language are libFuzzer's dictionary.
An input that crashes, leaks, takes more than 10 s or 1 GB fails, and its file is named. With --keep what is new in
coverage lies below the folder for the next run.
"""
import argparse
import ast
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = "tests/fuzz/corpus.txt"
INPUT_SECONDS = 10
MEMORY_MB = 1024
INPUT_BYTES = 4096
SHOWN_LINES = 40

BLOCK = re.compile(r"^```rule(?: refused)?\n(.*?)^```\n", re.M | re.S)
# A text of several lines in C: literals side by side.
C_TEXT = re.compile(r'"(?:\\.|[^"\\\n])*"(?:\s*"(?:\\.|[^"\\\n])*")*')
WORDS = (("rules/token.def", r'^LEX_\w+\(\w+, "([^"]+)"'), ("engine/eval/vocab.def", r'^\w+\(.*?"([^"]+)"'),
         ("engine/state/stream.def", r'^\w+\(.*?"([^"]+)"'), ("engine/ingest/event.def", r'^\w+\(.*?"([^"]+)"'))
SPELLINGS = ("1_000.00 CNY", "50%", "24h", "1h30m", "22:30", "2025-03-03", "5 workdays", "\\\"", "/a+/", "\\xe4\\xb8\\xad")


def read(path):
    with open(path, "rb") as source:
        return source.read()


def texts_of_c(path):
    """The packs among the texts of a unit test."""
    for found in C_TEXT.findall(read(path).decode("utf-8")):
        try:
            text = b"".join(ast.literal_eval("b" + piece if piece.isascii() else repr(piece[1:-1].encode()))
                            for piece in re.findall(r'"(?:\\.|[^"\\\n])*"', found))
        except (SyntaxError, ValueError):
            continue
        if b"\n" in text and b": error: " not in text and b": warning: " not in text:
            yield text


def inputs():
    for pattern in ("rules/library/*.rule", "tests/cases/amlsim/pack/*.rule"):
        for path in sorted(glob.glob(os.path.join(ROOT, pattern))):
            yield read(path)
    yield from read(os.path.join(ROOT, CORPUS)).split(b"\n%%\n")
    page = read(os.path.join(ROOT, "docs/rule-language.md")).decode("utf-8")
    for block in BLOCK.findall(page):
        yield block.encode("utf-8")
    for path in sorted(glob.glob(os.path.join(ROOT, "tests/unit/test_*.c"))):
        yield from texts_of_c(path)


def write_corpus(folder):
    os.makedirs(folder, exist_ok=True)
    count = 0
    for text in inputs():
        with open(os.path.join(folder, hashlib.sha1(text).hexdigest()), "wb") as out:
            out.write(text)
        count += 1
    return count


def write_words(path):
    words = set(SPELLINGS)
    for table, row in WORDS:
        words.update(re.findall(row, read(os.path.join(ROOT, table)).decode("utf-8"), re.M))
    with open(path, "w", encoding="utf-8") as out:
        out.writelines('"%s"\n' % word for word in sorted(words) if word.isascii())
    return len(words)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("fuzzer")
    parser.add_argument("folder")
    parser.add_argument("--runs", type=int, default=20000)
    parser.add_argument("--seconds", type=int, default=0, help="so long instead of a number of runs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="go on from the inputs of the last run, too")
    return parser.parse_args()


def main():
    options = arguments()
    if not os.access(options.fuzzer, os.X_OK):
        print("%s is no program; build it with `make MODE=fuzz fuzzers`" % options.fuzzer)
        return 2
    if not options.keep:
        shutil.rmtree(options.folder, ignore_errors=True)
    corpus, words = os.path.join(options.folder, "corpus"), os.path.join(options.folder, "words")
    count = write_corpus(corpus)
    write_words(words)
    bound = ["-max_total_time=%d" % options.seconds] if options.seconds else ["-runs=%d" % options.runs]
    done = subprocess.run([os.path.abspath(options.fuzzer), *bound, "-seed=%d" % options.seed,
                           "-max_len=%d" % INPUT_BYTES, "-timeout=%d" % INPUT_SECONDS,
                           "-rss_limit_mb=%d" % MEMORY_MB, "-dict=" + words, "-print_final_stats=1",
                           "-artifact_prefix=%s/" % options.folder, corpus],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    said = done.stdout.decode("utf-8", "replace")
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", said)
    covered = re.findall(r"cov: (\d+)", said)
    if done.returncode != 0 or runs is None:
        print("\n".join(said.splitlines()[-SHOWN_LINES:]))
        print("fuzz-smoke: the compiler did not survive an input, see above; its file is in %s" % options.folder)
        return 1
    print("fuzz-smoke: %s inputs from %d packs, seed %d, %s edges of the compiler reached; no crash, no leak, none "
          "over %d s or %d MB" % (runs.group(1), count, options.seed, covered[-1], INPUT_SECONDS, MEMORY_MB))
    return 0


if __name__ == "__main__":
    sys.exit(main())
