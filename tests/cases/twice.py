"""The same input gives the same outputs: run twice, on other numbers of partitions, and in parts.

    twice.py build/release/sluice build/twice

A small city, with a few broken records in its feed and its directory, is replayed several times. What must hold:

- Two replays write the same files, byte for byte, and save the same pages.
- With 1, 4 and 16 partitions the outputs are the same, in the same order; receipts and `trace` name partitions.
- A replay in parts (`--first N --save`, then `--load --skip N`), put together, gives byte for byte the outputs of one,
  with 1, 4 and 16 partitions, wherever it is cut; the last part saves the pages that one run saves, and the
  summaries add up.
- So it is, too, where pages of which the directory knows nothing are forgotten after ten minutes.
- No file of all these, saved pages included, names a number, an account or a person.

Exit 0 if all that holds, 1 if not, 3 if a command fails.
"""
import collections
import os
import random
import shutil
import sys

from replays import Failed, LINES, file_names, gen_city, identifiers_of, leaks, read_bytes, read_json, read_lines, \
    replay, without_position

CITY = {"people": 300, "hours": 24, "frauds": 3, "seed": 11}
PARTITIONS = (1, 4, 16)
# Refused records are kept without their bytes, so that nothing of them can leak.
SETTINGS = {"SLUICE_INGEST_DEAD_LETTER_BYTES": "0"}
FORGETFUL = {"SLUICE_ENGINE_EXPIRY_MS": "600000"}
BROKEN = (b'{"type":"call"', b'{"type":"call","phase":"start","id":"b","time":0,"callee":"12000000001"}',
          b'{"type":"transaction","phase":"posted","id":"b","time":1772416800000}', b"\xff")
COMPLAINTS_SHOWN = 20


class Runs:
    """Replays of one city, each in a folder of its own."""

    def __init__(self, sluice, folder):
        self.sluice, self.folder = sluice, folder
        self.directory, self.events = gen_city(sluice, os.path.join(folder, "city"), **CITY)
        self.identifiers = identifiers_of(self.directory, self.events)
        rng = random.Random(1)
        self.record_count = add_broken(self.events, rng, 40)
        add_broken(self.directory, rng, 5)
        self.saved = []
        self.settings = SETTINGS

    def run(self, name, partitions, *more):
        return replay(self.sluice, os.path.join(self.folder, name), self.directory, self.events,
                      "--partitions", str(partitions), *more, **self.settings)

    def pages(self, name):
        self.saved.append(os.path.join(self.folder, name + ".pages"))
        return self.saved[-1]


def add_broken(path, rng, count):
    """Puts broken records between those of the file; returns how many there are then."""
    with open(path, "rb") as source:
        lines = source.read().splitlines()
    for _ in range(count):
        lines.insert(rng.randrange(len(lines)), rng.choice(BROKEN))
    with open(path, "wb") as out:
        out.write(b"\n".join(lines) + b"\n")
    return len(lines)


def thinned(path, to):
    """Every fifth record of a file."""
    with open(path, "rb") as source:
        lines = source.read().splitlines(keepends=True)
    with open(to, "wb") as out:
        out.writelines(lines[::5])
    return to


# ---- what must hold -----------------------------------------------------------------------------------------------

def check_twice(runs):
    first = runs.run("one", 4, "--save", runs.pages("one"))
    second = runs.run("two", 4, "--save", runs.pages("two"))
    if file_names(first) != sorted(LINES + ("summary.json",)):
        yield "the outputs are %s" % ", ".join(file_names(first))
    for name in file_names(first):
        if read_bytes(first, name) != read_bytes(second, name):
            yield "%s differs between two replays" % name
    if read_bytes(runs.folder, "one.pages") != read_bytes(runs.folder, "two.pages"):
        yield "the saved pages differ between two replays"
    for name in LINES:
        if not read_bytes(first, name):
            yield "%s is empty: nothing was compared" % name


def comparable(folder):
    """{file: outputs without positions}, receipts without their partitions."""
    found = {name: [without_position(one) for one in read_lines(folder, name)] for name in LINES}
    found["receipts.jsonl"] = sorted({(one["pack"], one["number"], one["time"]) for one in found["receipts.jsonl"]})
    return found


def check_partitions(runs, whole):
    found = {count: comparable(folder) for count, folder in whole.items()}
    for count in PARTITIONS[1:]:
        for name in LINES:
            if found[count][name] != found[PARTITIONS[0]][name]:
                yield "%s differs between %d and %d partitions" % (name, PARTITIONS[0], count)
        if read_bytes(whole[count], "summary.json") != read_bytes(whole[PARTITIONS[0]], "summary.json"):
            yield "summary.json differs between %d and %d partitions" % (PARTITIONS[0], count)
        receipts = read_lines(whole[count], "receipts.jsonl")
        if sorted(one["partition"] for one in receipts) != list(range(count)):
            yield "%d receipts of %d partitions" % (len(receipts), count)


def run_parts(runs, partitions, cuts):
    """Replays up to the first cut, from there to the next, and so on; returns the folders and the last pages."""
    folders, pages, done = [], None, 0
    for number, cut in enumerate(cuts + [None]):
        name = "part-%d-%s-%d" % (partitions, "-".join(map(str, cuts)), number)
        more = ["--load", pages, "--skip", str(done)] if pages else []
        more += ["--first", str(cut)] if cut is not None else []
        pages = runs.pages(name)
        folders.append(runs.run(name, partitions, "--save", pages, *more))
        done = cut
    return folders, pages


def add_up(summaries):
    """Counts of several summaries in one, as one run would state them."""
    total = {"pack": summaries[0]["pack"]}
    for name in set(summaries[0]) - {"pack"}:
        if isinstance(summaries[0][name], dict):
            total[name] = dict(sum((collections.Counter(one[name]) for one in summaries), collections.Counter()))
        else:
            total[name] = sum(one[name] for one in summaries)
    return total


def same_pages(parts, whole, partitions):
    """The same but for how often each partition was saved, and so for the digest at the end."""
    differing = sum(a != b for a, b in zip(parts[:-32], whole[:-32]))
    return len(parts) == len(whole) and differing <= partitions


def check_parts(runs, partitions, cuts, whole, whole_pages):
    folders, pages = run_parts(runs, partitions, cuts)
    what = "%d partitions, cut at %s of %d" % (partitions, " and ".join(map(str, cuts)), runs.record_count)
    for name in LINES:
        if b"".join(read_bytes(folder, name) for folder in folders) != read_bytes(whole, name):
            yield "%s: %s is not that of one run" % (what, name)
    if add_up([read_json(folder, "summary.json") for folder in folders]) != read_json(whole, "summary.json"):
        yield "%s: the summaries do not add up" % what
    if not same_pages(read_bytes(".", pages), read_bytes(".", whole_pages), partitions):
        yield "%s: the saved pages are not those of one run" % what
    for folder in folders:
        shutil.rmtree(folder)


def check_forgetful(runs):
    """The number of partitions and a cut change nothing where pages come and go."""
    runs.directory = thinned(runs.directory, os.path.join(runs.folder, "few.jsonl"))
    lasting_pages = runs.pages("lasting")
    runs.run("lasting", 4, "--save", lasting_pages)
    runs.settings = {**SETTINGS, **FORGETFUL}
    pages = {count: runs.pages("forgetful-%d" % count) for count in PARTITIONS}
    whole = {count: runs.run("forgetful-%d" % count, count, "--save", pages[count]) for count in PARTITIONS}
    yield from check_partitions(runs, whole)
    for count in PARTITIONS:
        yield from check_parts(runs, count, [runs.record_count // 3], whole[count], pages[count])
    if 2 * len(read_bytes(".", pages[4])) > len(read_bytes(".", lasting_pages)):
        yield "hardly a page was forgotten: nothing was compared"


def check_all(runs):
    """Complaints; at the end the figures as the last item."""
    bad = list(check_twice(runs))
    whole_pages = {count: runs.pages("whole-%d" % count) for count in PARTITIONS}
    whole = {count: runs.run("whole-%d" % count, count, "--save", whole_pages[count]) for count in PARTITIONS}
    bad += check_partitions(runs, whole)
    n = runs.record_count
    cuts = [[0], [1], [17], [n // 3], [n // 2], [n - 1], [n], [n // 4, n // 2, n - 7]]
    tried = 0
    for count in PARTITIONS:
        for at in cuts if count == 4 else cuts[3:5]:
            bad += check_parts(runs, count, at, whole[count], whole_pages[count])
            tried += 1
    bad += check_forgetful(runs)
    written = [os.path.join(folder, name) for folder in [os.path.join(runs.folder, "one"), *whole.values()]
               for name in file_names(folder)]
    scanned = written + runs.saved
    bad += ["%s names %s" % (path, text.decode()) for path, text in leaks(runs.identifiers, scanned)]
    if not leaks(runs.identifiers, [runs.events]):
        bad.append("the scan for identifiers finds none even in the input")
    summary = read_json(whole[4], "summary.json")
    return bad, "%d records, %d warnings, %d decisions: 2 replays, %s partitions, %d times in parts; none of %d " \
        "identifiers in %d files" % (summary["read"], sum(summary["warnings"].values()), summary["decisions"],
                                     ", ".join(map(str, PARTITIONS)), tried, len(runs.identifiers), len(scanned))


def main(arguments):
    if len(arguments) != 2 or arguments[0].startswith("-"):
        print(__doc__.strip())
        return 0 if arguments == ["--help"] else 2
    sluice, folder = arguments
    try:
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        bad, figures = check_all(Runs(sluice, folder))
    except (Failed, OSError) as error:
        print("twice: %s" % error)
        return 3
    for complaint in bad[:COMPLAINTS_SHOWN]:
        print("does not hold: " + complaint)
    print("twice: %s; %s" % (figures, "%d things do not hold" % len(bad) if bad else "all the same"))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
