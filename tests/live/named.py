"""Which pages a feed names, worked out from its records alone: tokens by the key, legs by the table of docs/semantics.md.

    named = Named(sluice, pack, key, partitions, directory, [events, ..])
    seen, sure = named.check(decisions)      decisions: lines by id, all of them (decisions.sample 1)

With the code of the slow reference (tests/reference/), none of the engine's. A decision names its page, role and
event in its id, so each visit that is judged gives one id that can be computed here. `check` fails if

- a decision came from a page, in a role or in a partition that the event's itinerary does not name, or
- a visit that must be judged whatever the order of arrival gave none.

A decision on a mark or a time-out has the id of that for its event, which no record has: of it the id, the role and the partition must
be those of the subject that it names.

The second is asked where nothing can excuse it: the event is there once, is no second word on a payment or call, and
nobody on its page is ever more than the lateness bound younger. One thing may: where two messages about a payment take
different ways (one names a device, the other does not), the second may overtake the first on the log. The page then
judges the second as both, and its decision must be there.
"""
import collections
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "reference"))
import identity  # noqa: E402
from ingest import Ingest  # noqa: E402
from itinerary import Itinerary  # noqa: E402

LATE_MS = 15 * 60 * 1000
ASKED = ("call", "transaction", "sms", "login", "change")
PHASES = ("start", "initiated", "end", "record", "posted", "reversed")  # as they come
Leg = collections.namedtuple("Leg", "event role token")


class Unnamed(Exception):
    """A decision that no record names, or a record without its decision."""


class Named:
    def __init__(self, sluice, pack, key, partitions, directory, events):
        identity.KEY = key
        done = subprocess.run([sluice, "check", "--json", pack], capture_output=True, text=True, check=True)
        self.partitions, self.itinerary, self.ingest = partitions, Itinerary(json.loads(done.stdout)), Ingest()
        collections.deque(self.ingest.events(directory), maxlen=0)  # who holds what is known before
        self.legs = {}                                     # id of the decision -> leg
        self.newest = collections.Counter()                # token -> largest judged time
        self.heard = collections.defaultdict(list)         # what an event is about -> phases
        self.pairs = collections.defaultdict(set)          # two ends of calls -> ids
        self.told = collections.defaultdict(list)          # what an event is about -> events
        for path in events:
            for event in self.ingest.events(path):
                self.note(event)

    @staticmethod
    def about(event):
        return event.kind, event.payment_id or (event.source, event.id)

    @staticmethod
    def ends(event):
        return frozenset(party.token for party in event.parties.values())

    def note(self, event):
        self.heard[self.about(event)].append(event.phase)
        if event.kind == "call":
            self.pairs[self.ends(event)].add(event.id)
        there = event.legs()
        self.told[self.about(event)].append(event)
        for place, role in enumerate(there):
            if place == 0 or role in self.itinerary.legs(event.kind):
                token = event.leg_token(role)
                self.newest[token] = max(self.newest[token], event.judged if event.is_judged else 0)
                self.legs[self.decision_id(token, role, event)] = Leg(event, role, token)

    @staticmethod
    def decision_id(token, role, event):
        return identity.digest("decision", token, role, *event.id_fields).hex()

    def must_be_judged(self, leg):
        event = leg.event
        phases = self.heard[self.about(event)]
        in_order = [PHASES.index(phase) for phase in phases if phase]
        return (event.kind in ASKED
                and len(set(phases)) == len(phases) and in_order == sorted(in_order)
                and (event.kind != "call" or len(self.pairs[self.ends(event)]) == 1)
                and self.newest[leg.token] <= event.judged + LATE_MS)

    def was_overtaken(self, leg, decisions):
        told = self.told[self.about(leg.event)]
        return len({tuple(event.legs()) for event in told}) > 1 and any(
            PHASES.index(event.phase) > PHASES.index(leg.event.phase)
            and self.decision_id(leg.token, leg.role, event) in decisions for event in told)

    def is_of_mark(self, ident, said):
        """Is it the decision of the page that it names on the mark or the time-out that it names?"""
        subject, role = said["subject"], said["role"]
        token = bytes.fromhex(subject["token"])
        if role == "holder" and subject["kind"] != "person":  # whom nobody has named
            token = identity.stand_in(subject["kind"], token)
        made = [identity.digest("decision", token, role, source, said["event"], "").hex() for source in ("mark", "timeout")]
        return (role in ("entity", "holder") and ident in made
                and said["trace"]["partition"] == int.from_bytes(token[:8], "little") % self.partitions)

    def check(self, decisions):
        """How many decisions on records were compared, and how many of them had to be there."""
        compared = 0
        for ident, line in decisions.items():
            leg, said = self.legs.get(ident), json.loads(line)
            if leg is None and self.is_of_mark(ident, said):
                continue
            compared += 1
            if leg is None:
                raise Unnamed("no record names the page of decision %s: %s" % (ident, line))
            partition = int.from_bytes(leg.token[:8], "little") % self.partitions
            if (said["event"], said["role"], said["trace"]["partition"]) != (leg.event.id, leg.role, partition):
                raise Unnamed("decision %s is not of %s as %s in partition %d: %s" % (
                    ident, leg.event.id, leg.role, partition, line))
        sure = [ident for ident, leg in self.legs.items() if self.must_be_judged(leg)]
        for ident in sure:
            leg = self.legs[ident]
            if ident not in decisions and not (leg.event.phase and self.was_overtaken(leg, decisions)):
                raise Unnamed("%s %s %s was not judged at its %s, page %s: decision %s is not there" % (
                    leg.event.kind, leg.event.id, leg.event.phase, leg.role, leg.token.hex(), ident))
        return compared, len(sure)
