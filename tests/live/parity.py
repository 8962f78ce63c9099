"""The live service decides what a replay of the same files decides, id for id.

    parity.py SLUICE WORKDIR [--records N] [--rounds 1x1,4x2] [--jars FOLDER]

Plays a generated city in lockstep through a real broker and a real Redis, with the clock of the events,
and reads the output topics back: once with one partition and one worker, once with four partitions and
two workers. With one partition the pack has marks that marks set, with several none: there what different branches of
an event send meets in an order of its own (docs/semantics.md, section 4), which a replay of the log has and one of the
files has not. People answer the warnings: outcomes that correct or end them are played in with the rest. Compared by id
and content, traces aside (a file's partitions are not the log's). Fails if no delay, protect or
stop was asked for, or if no tier that a person has said stood.
"""
import json
import os
import shutil
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "reference"))
import desk  # noqa: E402
from harness import (KINDS, Failed, Live, compare, count_asked, count_marks, count_things, main, pack_with_marks,
                     pack_without_chains, parser, read, read_folder)

COMPARED = [kind for kind in KINDS if kind != "receipts"]


def without_place(outputs):
    """By id, without partition and lsn."""
    found = {}
    for kind in COMPARED:
        found[kind] = {}
        for ident, line in outputs[kind].items():
            one = json.loads(line)
            one.pop("trace", None)
            found[kind][ident] = json.dumps(one, sort_keys=True)
    return found


def directory_of(city, events):
    """Who holds what of the events' numbers and accounts: each record costs a round trip in lockstep."""
    text = read(events)
    rows = [json.loads(line) for line in read(os.path.join(city, "directory.jsonl")).splitlines()]
    named = [row for row in rows if '"%s"' % row.get("number", row.get("account")) in text]
    people = {row.get("person") for row in named}
    kept = [row for row in rows if row in named or (row["type"] == "person" and row["person"] in people)]
    path = os.path.join(city, "directory-of-events.jsonl")
    with open(path, "w", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for row in kept)
    return path


def answered(site, pack, directory, events):
    """The events, and behind what made a warning what people say of it."""
    out, path = site.path("unanswered"), site.path("events.jsonl")
    site.sluice("replay", "--pack", pack, "--out", out, "--directory", directory, "--events", events)
    shutil.copyfile(events, path)
    desk.answer(3, path, [json.loads(line) for line in read(os.path.join(out, "warnings.jsonl")).splitlines()])
    return path


def count_corrected(decisions):
    count = sum("corrected" in json.loads(line) for line in decisions.values())
    if count == 0:
        raise Failed("no tier that a person has said stood")
    return count


def one_round(live, city, events, packs, partitions, workers):
    site = live.site("p%d" % partitions, partitions, workers)
    with_marks = partitions == 1
    pack = site.pack = packs[not with_marks]
    directory = directory_of(city, events)
    files = ["--directory", directory, "--events", answered(site, pack, directory, events)]
    out = site.path("replay")
    site.sluice("replay", "--pack", pack, "--out", out, *files)
    service = site.start()
    began = time.monotonic()
    site.feed_in_time(service, *files).join(900)
    seconds = time.monotonic() - began
    service.stop()
    outputs = site.outputs(COMPARED)
    ids = compare(without_place(outputs), without_place(read_folder(out, COMPARED)), COMPARED)
    marked = count_marks(outputs["decisions"]) if with_marks else 0
    said = "%d partitions, %d workers: %d ids the same, %d firings on marks, %d about devices and domains, " \
        "%d with a corrected tier, %d requests, %.0f s" % (
            partitions, workers, ids, marked, count_things(outputs["decisions"]), count_corrected(outputs["decisions"]),
            count_asked(outputs["stops"]), seconds)
    print(said, flush=True)
    return said


def prove(options):
    rounds = [tuple(int(number) for number in each.split("x")) for each in options.rounds.split(",")]
    if any(len(each) != 2 for each in rounds):
        raise Failed("--rounds takes partitions x workers, as in 1x1,4x2")
    with Live(options) as live:
        city = live.city("city", "--seed", "3", "--people", str(options.people))
        events, = live.portions(city, [options.records])
        packs = pack_with_marks(live.path("pack")), pack_without_chains(live.path("plain"))
        return "; ".join(one_round(live, city, events, packs, *each) for each in rounds)


def arguments():
    made = parser(__doc__)
    made.add_argument("--records", type=int, default=2000)
    made.add_argument("--people", type=int, default=120)
    made.add_argument("--rounds", default="1x1,4x2", help="partitions x workers, separated by commas")
    return made.parse_args()


if __name__ == "__main__":
    sys.exit(main("parity", prove, arguments()))
