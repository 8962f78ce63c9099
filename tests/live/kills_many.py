"""Hundreds of `kill -9` over one live run, of the process that reads the feeds and of two that judge.

    kills_many.py SLUICE WORKDIR [--kills N] [--seed S] [--jars FOLDER]

As kills.py, and what it proves in the end is the same, but the roles have processes of their own (one keeps few pages in memory), so that work goes on
while one of them starts again: each is killed at a seeded moment after its start, often before it is ready, and started
again at once. The city is fed without a pause. Before every tenth kill the broker or Redis stands still for a moment.
Decisions must have come out between one hundred kills and the next. How many kills met a process that started, and how many
one with something that is not in the store or not acknowledged, is said.
"""
import math
import signal
import sys
import time

from harness import Failed, Live, main, parser, wait_until
from kills import HELD, PORTION, TIGHT, Attack, conclude

RATE = 60                    # records a second
STARTING_S = (0.02, 0.4)     # one in five is killed so soon after its start
WORKING_S = (0.1, 3.0)       # the others so long after they are ready
LOOK_S = 0.1                 # whether they are
BUSY_S = 0.3                 # how long a moment with something on its way is waited for
KILL_S = 0.9                 # for each, about: how much is fed meanwhile
STALL_EVERY = 10
LOOK_EVERY = 100             # kills
REST_RATE = 1000             # for what is left in the end
ROLES = {"reads": "ingest", "judges-1": "engine", "judges-2": "engine"}
LAST_S = 60


class Victim:
    """A process that is killed again and again."""

    def __init__(self, attack, name):
        self.attack, self.name, self.role = attack, name, ROLES[name]
        self.launch()

    def launch(self):
        settings = {"SLUICE_PROCESS_NAME": self.name, "SLUICE_ENGINE_WORKERS": "1", **HELD,
                    **(TIGHT if self.name == "judges-2" else {})}
        self.service = self.attack.site.launch("--role", self.role, **settings)
        self.awaited = self.attack.rng.random() >= 0.2
        self.due = time.monotonic() + (LOOK_S if self.awaited else self.attack.rng.uniform(*STARTING_S))

    def is_due(self):
        """At the moment that was planned: is it, or is there another one?"""
        if not self.awaited:
            return True
        self.awaited = ": ready: " not in self.service.said()
        self.due = time.monotonic() + (LOOK_S if self.awaited else self.attack.rng.uniform(*WORKING_S))
        return False

    def owns(self):
        return sum(row["next"] >= 0 for rows in ("visits", "raw") for row in self.service.status()[rows])

    def in_flight(self):
        """What is not in the store or not acknowledged; None: it does not answer yet."""
        try:
            status = self.service.status()
        except Failed:
            if self.service.child.poll() is not None:
                raise  # by itself: its words say why
            return None
        return sum(row["unacked"] + row.get("waiting", 0) for row in status["visits"] + status["raw"] if row["next"] >= 0)

    def wait_busy(self):
        """As in_flight, when there is something, or after a moment in vain."""
        end = time.monotonic() + BUSY_S
        count = self.in_flight()
        while count == 0 and time.monotonic() < end:
            time.sleep(0.001)
            count = self.in_flight()
        return count


class Many(Attack):
    def __init__(self, live, options):
        super().__init__(live, options, 2 + math.ceil(options.kills * KILL_S * RATE / PORTION))
        self.service.stop()
        self.victims = [Victim(self, name) for name in ROLES]
        for victim in self.victims:
            victim.service.wait_for(": ready: ", LAST_S)
        wait_until(lambda: all(victim.owns() for victim in self.victims), LAST_S, lambda: "all have something: " + self.site.standing())
        self.killed = {role: 0 for role in ROLES.values()}
        self.starting = self.busy = 0
        self.ends = self.decisions_end()
        self.feeding = self.feed(RATE)

    def decisions_end(self):
        return sum(end for (topic, _), (_, end) in self.site.ends().items() if topic == "decisions")

    def keep_feeding(self):
        if self.feeding.child.poll() is None:
            return
        self.feeding.join()
        if not self.portions:
            raise Failed("the city is at its end before the kills are: make it larger")
        self.feeding = self.feed(RATE)

    def look(self, number):
        before, self.ends = self.ends, self.decisions_end()
        if self.ends <= before:
            raise Failed("no new decision came out in %d kills: this run proves nothing" % LOOK_EVERY)
        print("%d kills, %d decisions" % (number, self.ends), flush=True)

    def next_victim(self):
        while True:
            victim = min(self.victims, key=lambda each: each.due)
            time.sleep(max(0, victim.due - time.monotonic()))
            if victim.is_due():
                return victim

    def kill_one(self, number):
        victim = self.next_victim()
        stall = ("kafka", "redis")[number // STALL_EVERY % 2] if number % STALL_EVERY == 0 else None
        if stall:
            self.live.stack.send(stall, signal.SIGSTOP)
            time.sleep(self.rng.uniform(0.1, 0.4))
        try:
            count = victim.wait_busy()
            victim.service.kill9()
        finally:
            if stall:
                self.live.stack.send(stall, signal.SIGCONT)
        self.killed[victim.role] += 1
        self.starting += count is None
        self.busy += bool(count)
        victim.launch()

    def end(self):
        """All that is left comes, and is done; returns how long that took and how many steps came again."""
        self.feeding.join()
        while self.portions:
            self.feed(REST_RATE).join()
        for victim in self.victims:
            victim.service.wait_for(": ready: ", LAST_S)
        seconds = self.site.drain()
        replayed = sum(victim.service.sum("duplicate", "included") for victim in self.victims)
        for victim in self.victims:
            victim.service.stop()
        return seconds, replayed


def prove(options):
    with Live(options) as live:
        attack = Many(live, options)
        began = time.monotonic()
        for number in range(1, options.kills + 1):
            attack.keep_feeding()
            attack.kill_one(number)
            if number % LOOK_EVERY == 0:
                attack.look(number)
        took_s = time.monotonic() - began
        seconds, replayed = attack.end()
        if attack.busy < options.kills / 4:
            raise Failed("only %d of the killed had something in hand: this run proves nothing" % attack.busy)
        kills = "%d kills in %.0f s (%s; %d while it started, %d with something on its way)" % (
            options.kills, took_s, ", ".join("%d of %s" % (count, role) for role, count in attack.killed.items()), attack.starting, attack.busy)
        return conclude(attack, kills, seconds, replayed)


def arguments():
    made = parser(__doc__)
    made.add_argument("--kills", type=int, default=1000)
    made.add_argument("--seed", type=int, default=1)
    return made.parse_args()


if __name__ == "__main__":
    sys.exit(main("kills", prove, arguments()))
