"""A step that ends the program does not end it for ever, and is passed over alike by whoever comes to it.

    poison.py PROGRAM WORKDIR [--seed S] [--jars FOLDER]

A copy of the tree is built with three mistakes planted: a broken must() at the first page of some payments, a wrong
pointer at a later page of others, when everything of that step is decided, and the same where the waits of a
pattern end, at one page of eight. The service built from it takes a portion of a city with such payments among it; whenever it dies it is
started again, as a service manager would. It must come through, with each planted step, and no other, under quarantine:
also when it is ended by a signal from outside in between. Then the program without the mistakes goes on: first with
what is in Redis, then with a Redis that was emptied, so that it comes to the same steps once more, and passes them over.
Each time ids, contents, records, pages and headers are those of a replay of the log.
"""
import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time

from harness import HERE, Failed, Live, main, pack_with_marks, parser

sys.path.insert(0, os.path.join(HERE, "..", "support"))
import planting  # noqa: E402

SIZE = 2400                              # of the first portion; behind it come two of a third of that
BEGIN, END = "666666.01", "777777.01"    # amounts of payments that end the program
EACH = 2
DEATHS_MAX = 120
DYING_S = 2
OWN = (-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGILL)
MISTAKES = [
    ("engine/partition.c", "    step_take(page, &visit->event, visit->leg, &p->limits, &taken);\n",
     "    must(visit->event.amount_minor != 66666601 || visit->leg != LEG_PAYEE);\n"
     "    step_take(page, &visit->event, visit->leg, &p->limits, &taken);\n"),
    ("engine/partition.c", "    if (taken.after_younger && late_judge_again(",
     "    if (visit->event.amount_minor == 77777701 && seen.leg == LEG_PAYER) {\n"
     "        volatile int *volatile nowhere = NULL;\n"
     "        *nowhere = 1;\n"
     "    }\n"
     "    if (taken.after_younger && late_judge_again("),
    ("engine/partition_wait.c", "    p->header.counters.waits_ended++;\n",
     "    p->header.counters.waits_ended++;\n"
     "    if (page->token.bytes[0] % 8 == 0) {\n"
     "        __builtin_trap();\n"
     "    }\n"),
]


def build(options):
    """The program with the mistakes, from a copy of the tree with all objects that they do not touch."""
    tree = planting.copy_tree(os.path.join(options.workdir, "tree"))
    built = os.path.dirname(options.sluice)
    for folder, names, found in os.walk(os.path.join(planting.ROOT, built)):
        names[:] = [name for name in names if name not in ("tests", "bench")]
        into = os.path.join(tree, os.path.relpath(folder, planting.ROOT))
        os.makedirs(into, exist_ok=True)
        for name in found:
            shutil.copy2(os.path.join(folder, name), into)
    try:
        for path, old, new in MISTAKES:
            whole = os.path.join(tree, path)
            with open(whole, encoding="utf-8") as source:
                text = source.read()
            if text.count(old) != 1:
                raise Failed("`%s` stands %d times in %s" % (old, text.count(old), path))
            planting.write(whole, text.replace(old, new))
        planting.build(tree, "build")
    except planting.Wrong as wrong:
        raise Failed("the planted mistakes: %s" % wrong) from wrong
    return os.path.join(tree, options.sluice)


def poison(path, rng):
    """Some transfers get an amount that the program does not survive. The ids, by amount."""
    with open(path, encoding="utf-8") as source:
        events = [json.loads(line) for line in source]
    chosen = [event for event in events if event["type"] == "transaction" and event["phase"] == "initiated"
              and "account" in event.get("payee", {}) and "account" in event.get("payer", {})]
    ids = {BEGIN: set(), END: set()}
    for number, event in enumerate(rng.sample(chosen, 2 * EACH)):
        amount = (BEGIN, END)[number % 2]
        ids[amount].add(event["id"])
        for same in events:  # all messages about it
            if same["type"] == "transaction" and same["id"] == event["id"]:
                same["amount"] = amount
    with open(path, "w", encoding="utf-8") as out:
        out.writelines(json.dumps(event, ensure_ascii=False) + "\n" for event in events)
    return ids


class Trial:
    def __init__(self, live, options, broken):
        self.live, self.good, self.broken = live, live.sluice, broken
        self.rng = random.Random(options.seed)
        city = live.city("city", "--seed", str(options.seed), "--people", "400")
        self.portions = live.portions(city, [SIZE, SIZE // 3, SIZE // 3])
        self.ids = poison(self.portions[0], self.rng)
        self.site = live.site("poison")
        self.site.pack = pack_with_marks(live.path("pack"))
        self.directory = os.path.join(city, "directory.jsonl")
        self.deaths = self.outside = 0
        self.service = None

    def launch(self, program):
        self.live.sluice = program
        self.service = self.site.launch(SLUICE_ENGINE_FLUSH_REST_MS="20")
        self.live.sluice = self.good

    def is_dead(self):
        """Its connections are gone a moment before it is."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.service.child.wait(DYING_S)
        return self.service.child.poll() is not None

    def note_death(self):
        code = self.service.child.wait()
        if code not in OWN:
            raise Failed("the service ended with %d: %s" % (code, self.service.tail()))
        self.deaths += 1
        if self.deaths > DEATHS_MAX:
            raise Failed("after %d deaths the service still does not come through: %s" % (self.deaths, self.service.tail()))

    def settle(self, program):
        """Until all is drained; a service that dies by a step is started again."""
        while True:
            try:
                self.service.wait_for(": ready: ", 60)
                return self.site.drain()
            except Failed:
                if not self.is_dead():
                    raise
                self.note_death()
                self.launch(program)

    def end_from_outside(self):
        """By the signals that a step raises, while it works: nothing of that is put under quarantine."""
        for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGSEGV):
            try:
                self.service.wait_for(": ready: ", 60)
                time.sleep(self.rng.uniform(0, 0.3))
                self.service.child.send_signal(number)
            except Failed:
                if not self.is_dead():
                    raise
            self.note_death()
            self.outside += 1
            self.launch(self.broken)

    def quarantined(self):
        """Ids of the events in dead letters of steps, by the amount that is to blame; how many steps there are, each
        message about a payment having its own, and how many of them are waits."""
        found, waits = {BEGIN: set(), END: set()}, 0
        letters = self.site.letters_of_steps().values()
        for letter in map(json.loads, letters):
            if "event" not in letter:
                waits += 1
            elif letter["role"] == "payee":
                found[BEGIN].add(letter["event"])
            elif letter["role"] == "payer":
                found[END].add(letter["event"])
            else:
                raise Failed("a step is under quarantine that nothing was planted for: %s" % letter)
        return found, len(letters), waits

    def check(self, what):
        found, steps, waits = self.quarantined()
        if found != self.ids:
            raise Failed("%s: under quarantine are %s, planted were %s" % (what, found, self.ids))
        with open(os.path.join(self.site.path("log"), "dead-letters.jsonl"), encoding="utf-8") as source:
            replayed = set(source.read().splitlines())
        if replayed != set(self.site.letters_of_steps().values()):
            raise Failed("%s: the dead letters of steps are not those of the log: %s" % (what, replayed))
        if waits == 0:
            raise Failed("no wait ended the program: this run proves nothing")
        return steps, waits

    def empty_redis(self):
        host, port = self.live.stack.redis.split(":")
        with socket.create_connection((host, int(port))) as link:
            link.sendall(b"*1\r\n$8\r\nFLUSHALL\r\n")
            if not link.recv(100).startswith(b"+OK"):
                raise Failed("Redis does not empty itself")

    def go_on(self, what, *feeds):
        self.service = self.site.start()
        for feed in feeds:
            self.site.feed(*feed).join()
        self.site.drain()
        missing = self.service.metrics()["sluice_visits_unaccounted"]
        if missing != 0:
            raise Failed("%s: %d visits are unaccounted for" % (what, missing))
        self.service.stop()
        proof = self.site.prove()
        self.check(what)
        return proof


def prove(options):
    shutil.rmtree(options.workdir, ignore_errors=True)
    os.makedirs(options.workdir)
    broken = build(options)
    options.workdir = os.path.join(options.workdir, "run")
    with Live(options) as live:
        trial = Trial(live, options, broken)
        trial.launch(broken)
        trial.site.feed("--directory", trial.directory).join()
        trial.site.feed("--events", trial.portions[0]).join()
        trial.end_from_outside()
        began = time.monotonic()
        trial.settle(broken)
        trial.site.feed("--events", trial.portions[1]).join()  # from here on the clock passes the waits that stand
        trial.settle(broken)
        seconds = time.monotonic() - began
        trial.service.stop()
        first = trial.site.prove()
        steps, waits = trial.check("the program with mistakes")
        deaths = trial.deaths - trial.outside
        if not 2 * steps - trial.outside <= deaths <= 2 * steps:  # a signal from outside may come just after one
            raise Failed("%d steps are under quarantine after %d deaths of their own: each is to have two" % (steps, deaths))
        trial.go_on("the program without", ["--events", trial.portions[2]])
        trial.empty_redis()
        last = trial.go_on("from the beginning of the log")
        if any(first.live[kind].items() - last.live[kind].items() for kind in first.live):
            raise Failed("outputs have changed since the quarantine")
    return ("%d steps (%d of them waits) ended the program %d times and are passed over, as is nothing else; %d signals from outside "
            "count for nothing; through after %.0f s; then without the mistakes, and with Redis emptied: %d visits, %d ids the same; %s" % (
                steps, waits, deaths, trial.outside, seconds, last.visits, last.ids, last.checked))


def arguments():
    made = parser(__doc__)
    made.add_argument("--seed", type=int, default=1)
    return made.parse_args()


if __name__ == "__main__":
    sys.exit(main("poison", prove, arguments()))
