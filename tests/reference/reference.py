"""The whole decision path, slow and plain: what docs/semantics.md says, without index, cap or summary.

    reference.py --pack pack.json --directory directory.jsonl --events events.jsonl --out DIR

pack.json is what `sluice check --json PACK` prints. Writes warnings, stops, advice and decisions (all that were
judged) as JSON lines. The same as a function: run(Pack(checked), directory, events) -> Outputs.
"""
import argparse
import collections
import json
import os

import identity
import itinerary
import late
import outputs
import policy
import retention
import waits
from decide import Judgement, is_person, take_outcome
from evaluate import Visit
from ingest import STREAMS, USES, Ingest, MarkEvent, met, other_role, stream_of
from pages import Page
from vocabulary import DAY, LATENESS, value_of

FACTS = {"number": ("opened", "kind", "region"), "account": ("opened", "kind", "class", "region"),
         "person": ("birth_year", "vulnerable", "region", "region_text", "adviser")}
CLASS_OF_PHASE = {"start": "first", "initiated": "first", "end": "last", "record": "last",
                  "posted": "posted", "reversed": "reversed"}


WARNINGS_MAX = 512  # trial.py sets the retention of the engine's pages to it


class Pack:
    """A checked pack, as `sluice check --json` prints it: names resolved, units known.

    hash; typologies {name, title, page, tiers {low: points or null ..}, closes_ms}; features {name, page, unit, expr};
    days {first, last, workday} of the calendars;
    patterns {name, page, within_ms, steps [{name, stream, where, repeated, least, most, within_ms}],
    without [{stream, where}]};
    rules {name, title, typology or null, page, leg, trigger, when,
    unless [{text, source, expr}], conditions [{text, whole, value, threshold, threshold_text, unit}],
    actions [{kind, if, ..}]}. Expressions are trees of {op, ..}: evaluate.py reads them.
    """

    def __init__(self, checked, tenant="city"):
        self.hash = checked["hash"]
        self.tags = checked.get("tags", ())
        self.typologies = {t["name"]: t for t in checked["typologies"]}
        self.features = {f["name"]: f for f in checked["features"]}
        # Day since 1970 -> what the first calendar that names it says.
        self.days = {day: "workday" if days["workday"] else "holiday" for days in reversed(checked["days"])
                     for day in range(days["first"], days["last"] + 1)}
        self.workdays_starts = {}  # (count, today's start) -> where so many workdays begin
        self.patterns = {p["name"]: p for p in checked.get("patterns", ())}
        self.itinerary = itinerary.Itinerary(checked)
        self.rules = [rule for rule in checked["rules"] if rule.get("state") != "draft"]
        self.rules_of = {}  # (page, triggers) -> rules
        # Pattern -> do shadow rules alone run on its time-out? Without a rule nothing waits.
        self.dark = {name: all(rule.get("state") == "shadow" for rule in self.rules if rule.get("pattern") == name)
                     for name in {rule["pattern"] for rule in self.rules if "pattern" in rule}}
        self.tenant = tenant
        self.marks = checked.get("marks", [])
        self.policy = policy.Policy(checked.get("policy"))
        self.carried = sorted(set(carried_of([self.rules, checked["features"], checked.get("patterns", [])])))


    def rules_on(self, page, triggers):
        """Rules about pages of this kind that run on one of the triggers, in order."""
        if (page, triggers) not in self.rules_of:
            self.rules_of[page, triggers] = [rule for rule in self.rules if rule["page"] == page and rule["trigger"] in triggers]
        return self.rules_of[page, triggers]


def carried_of(tree):
    """All (leg, source, name) that a tree of expressions carries."""
    if isinstance(tree, list):
        for item in tree:
            yield from carried_of(item)
    elif isinstance(tree, dict):
        if tree.get("op") == "carried":
            yield tree["leg"], tree["source"], tree["name"]
        for item in tree.values():
            yield from carried_of(item)


class BeyondBounds(Exception):
    """A page would keep more than the engine can: which is forgotten then is the engine's own matter."""


class Outputs:
    def __init__(self, sample):
        self.warnings, self.stops, self.advice, self.decisions, self.shadow = [], [], [], [], []
        self.sample = sample  # of the decisions that nothing came of, one in so many is kept; 0: none
        self.judged_again = self.fired_late = self.warned_late = 0
        self.contradicted = 0
        self.judged = self.duplicates = self.too_late = self.came_back = self.closed = self.marks = 0
        self.corrected = self.held = 0
        self.marks_of_many = self.marks_on_marks = self.marks_three_deep = 0
        self.dropped = 0
        self.begun_late = self.begun_own = self.came = self.timeouts = self.dark_timeouts = self.waits_lost = 0
        self.waits_dropped = self.loose_timeouts = 0
        self.matched = self.gathered = 0  # patterns, and repeated steps of them that took more than one record
        self.fired = collections.Counter()  # rule -> how often
        self.guarded = collections.Counter()
        self.overridden = collections.Counter()

    def take(self, judgement, dark=False):
        self.judged += not dark
        self.fired.update(rule["name"] for rule in judgement.fired)
        self.guarded.update(one["rule"] for one in judgement.guarded)
        self.held += judgement.held
        self.warnings += judgement.warnings
        self.stops += [outputs.stop(judgement, p) for p in judgement.requests]
        self.advice += [outputs.advice(judgement, p) for p in judgement.advice]
        self.overridden.update(judgement.overridden)
        self.shadow += [outputs.shadow(judgement, rule) for rule in judgement.shadowed]
        place = outputs.sample_place(judgement.subject().token, judgement.t)
        if isinstance(judgement, late.Again):
            self.take_again(judgement)
        elif not dark and (judgement.is_written or (self.sample and place % self.sample == 0)):
            self.decisions.append(outputs.decision(judgement))

    def take_again(self, judgement):
        self.judged_again += 1
        self.fired_late += len(judgement.fired)
        self.warned_late += len(judgement.warnings)
        self.contradicted += len(judgement.contradicted)
        if judgement.is_written:
            self.decisions.append(outputs.decision(judgement))


class Engine:
    def __init__(self, pack, sample, expiry, retention):
        self.pack = pack
        self.retention = retention  # None: pages keep everything
        self.expiry = expiry
        self.pages = {}
        self.kinds = {}  # token -> kind of its page
        self.clock = None
        self.waiting = None  # visits, in the order in which they were sent
        self.out = Outputs(sample)

    def page(self, entity, token):
        return self.pages.setdefault((entity, token), Page(entity, token))

    def forget_spent(self, token):
        """Whether a page went when its time came or when it is asked for again makes no difference."""
        page = self.pages.get((self.kinds.get(token), token))
        spent_from = page and page.spent_from(self.expiry, self.pack.typologies)
        if spent_from is not None and self.clock is not None and spent_from <= self.clock:
            del self.pages[page.entity, token]
            del self.kinds[token]
            self.out.came_back += 1

    def step(self, event):
        if event.is_judged:
            self.clock = event.judged if self.clock is None else max(self.clock, event.judged)
            self.drain(self.end_waits())
        self.drain([(event, event.legs()[0], {}, set())])

    def drain(self, visits):
        self.waiting = collections.deque(visits)
        while self.waiting:
            visiting, leg, carried, loose = self.waiting.popleft()
            marks = self.visit(visiting, leg, carried, loose)
            if marks is None:
                continue
            legs = visiting.legs()
            planned = self.pack.itinerary.legs(visiting.kind)
            after = [other for other in legs[legs.index(leg) + 1:] if other in planned]
            # What a visit sends is taken in the order in which it was sent.
            self.waiting.extend([(visiting, other, carried, loose) for other in after[:1]] + marks)

    def visit(self, event, leg, carried, loose):
        """Applies and judges an event at one page. The marks that it sends; None if the page knew it and all ends."""
        party = event.party(leg)
        entity = "person" if event.is_person_leg(leg) else party.entity
        token = event.leg_token(leg)
        self.forget_spent(token)
        if self.kinds.setdefault(token, entity) != entity:
            return []  # named by the token of another kind of entity: that page stays as it is
        page = self.page(entity, token)
        if event.is_person_leg(leg) and not party.holder_known:
            page.stand_in = party.entity, party.token
        t, newest = event.judged, page.newest_judged
        if event.kind in ("mark", "listing") and newest is not None:
            t = max(t, newest)
        record, triggers, marks = None, (), []
        if event.kind in ("call", "transaction"):
            record, triggers = self.take_record(page, event, leg)
            if triggers is None:
                self.out.duplicates += 1
                return None
        elif stream_of(event.kind, leg) is not None:
            record, known = self.take_note(page, event, leg)
            if known:
                self.out.duplicates += 1
                return None
            triggers = (event.kind,)
        elif event.kind == "outcome":
            if not page.note_outcome(event.record_id):
                self.out.duplicates += 1
                return None
            closed, corrected = take_outcome(page, event, self.pack.typologies)
            self.out.closed += closed
            self.out.corrected += corrected
            triggers = ("outcome",)
        elif event.kind == "mark":
            before = page.mark_level(event.mark, t)
            page.set_mark(event.mark, event.level, event.time, event.until)
            if page.mark_level(event.mark, t) == event.level and not 0 < before <= event.level:
                triggers = ("mark",)
            if entity != "person" and page.holder is not None:
                party.holder, party.holder_known = page.holder, True
        elif event.kind == "override":
            page.set_override(event.other, event.judged, event.until)
        elif event.kind == "listing":
            page.set_listing(event.list, event.time, event.since, event.until, event.removes)
            triggers = ("listing",)
        elif not event.is_judged:
            self.take_facts(page, event, leg)
            # A directory is read whole now and then: its records are judged where a rule asks, as soon as they are known.
            triggers = (event.kind,) if self.is_asked(event.kind, leg, entity) else ()
            t = t if newest is None else max(t, newest)
        if entity != "person" and event.kind != "mark":
            page.holder = party.holder if party.holder_known else None
        if entity != "person" and party.mask:
            page.mask = party.mask
        if event.is_judged and event.kind != "mark":
            page.saw(t)
        if record is not None and record.dropped:
            record = None  # as many as the page keeps are younger
            self.out.too_late += bool(triggers)
            triggers = ()
        visit = Visit(self.pack, page, leg, event, record, t, dict(carried), set(loose))
        for key in self.pack.carried:
            if key[0] == leg:
                carried[key] = visit.of_page(key[1], key[2])
                look = retention.Look(visit)
                if key[1] == "feature":
                    look.settle(self.pack.features[key[2]]["expr"])
                if look.approximate:
                    loose.add(key)
        if triggers and newest is not None and t < newest - LATENESS:
            self.out.too_late += 1
        elif triggers:
            flags = ["late"] if record is not None and record.late else []
            known = triggers == ("settlement",)  # what waits no more behind it is not begun again
            begin = lambda: self.begin_waits(visit, record, event.id_fields, known) if record is not None else []
            judgement = Judgement(visit, triggers, self.clock or 0, flags, begin)
            judgement.judge()
            late.keep(page, judgement)
            self.take(judgement, marks)
            self.count_matches(visit)
        in_time = event.is_judged and event.kind not in ("mark", "listing") and (newest is None or newest - LATENESS <= t)
        if in_time and (triggers or record is not None):
            # Those that are younger: also what a mark was judged by that came from a page ahead.
            late.judge_again(page, event, leg, self.clock, lambda again: self.take(again, marks))
        return marks

    def count_matches(self, visit):
        self.out.matched += sum(match is not None for match in visit.matches.values())
        self.out.gathered += sum(isinstance(found, list) and len(found) > 1
                                 for match in visit.matches.values() for found in (match or {}).values())

    # ---- waits

    def begin_waits(self, visit, record, id_fields, known):
        """The live rules on time-outs for whose wait another gave way."""
        crowded = waits.begin(visit, record, id_fields, self.clock or 0, known)
        self.out.begun_late += any(wait.due > wait.until for wait in visit.page.waits)
        self.out.waits_lost += len(crowded)
        return [rule["name"] for name in crowded for rule in self.pack.rules
                if rule.get("pattern") == name and rule.get("state") != "shadow"]

    def end_waits(self):
        """Judges what is due; the marks that are sent. A page's waits end in the order of their ends."""
        marks = []
        waiting = [page for page in self.pages.values() if page.waits]
        for page in sorted(waiting, key=lambda page: page.token):
            ended = [wait for wait in page.waits if wait.due <= self.clock]
            page.waits = [wait for wait in page.waits if wait.due > self.clock]
            for wait in sorted(ended, key=lambda wait: wait.until):
                marks += self.end_wait(page, wait)
        return marks

    def end_wait(self, page, wait):
        if wait.record.dropped:
            self.out.waits_dropped += 1
            return []
        event = waits.TimeoutEvent(page, wait)
        visit = Visit(self.pack, page, event.leg, event, None, wait.until, {})
        visit.waited = wait
        if not waits.end(visit, wait):
            self.out.came += 1
            return []
        self.out.timeouts += not wait.dark
        self.out.dark_timeouts += wait.dark
        judgement, marks = Judgement(visit, ("timeout",), self.clock, []), []
        judgement.judge()
        self.out.loose_timeouts += judgement.look.approximate
        self.take(judgement, marks, wait.dark)
        self.count_matches(visit)
        return marks

    def is_asked(self, trigger, leg, entity):
        """Has the pack a rule for this trigger on this page?"""
        legs = ("entity",) if leg == "entity" else ("entity", "holder")
        return any(rule["leg"] in legs for rule in self.pack.rules_on(entity, (trigger,)))

    def take(self, judgement, marks, dark=False):
        """What a judgement sends and tells; its warnings become records of its page."""
        page = judgement.page
        marks += [self.mark(judgement, *mark) for mark in judgement.marks.items()]
        self.out.take(judgement, dark)
        for about, tier, warning in judgement.sent:
            record = page.add("warning", judgement.t, ("own", warning), None, None)
            record.about, record.tier, record.origin = about, value_of("TIER", tier), value_of("ORIGIN", "own")
            self.drop(page, record)
            before = len(page.waits)
            self.begin_waits(judgement.visit, record, ("own", warning.hex(), ""), False)
            self.out.begun_own += len(page.waits) > before
        if len(page.stream("warning")) > WARNINGS_MAX:
            raise BeyondBounds("a page has more than %d warnings" % WARNINGS_MAX)

    def mark(self, judgement, what, how):
        """The visit of a mark: (event, leg, carried, loose). Through other marks it keeps the time of what began it."""
        (name, level, token), (span, leg) = what, how
        page = judgement.page
        event_id = identity.digest("mark", page.token, judgement.leg, *judgement.id_fields, name, level, token)
        on_mark = judgement.event.kind == "mark"
        party = judgement.event.party(leg) if leg else met(page.peer_entities[token], token, page.peer_masks[token])
        event = MarkEvent(event_id.hex(), party, leg is not None and is_person(leg),
                          judgement.event.time if on_mark else judgement.t, name, level, judgement.t + span,
                          judgement.event.began if on_mark else (judgement.event.kind, judgement.event.id))
        event.depth = judgement.event.depth + 1 if on_mark else 0
        self.out.marks += 1
        self.out.marks_of_many += leg is None
        self.out.marks_on_marks += on_mark
        self.out.marks_three_deep += event.depth == 2
        return event, event.legs()[0], {}, set()

    def drop(self, page, record):
        """A record that is new may be one too many."""
        if self.retention is not None:
            self.out.dropped += self.retention.drop(page, record.stream)

    def take_note(self, page, event, leg):
        """(record, was it known): a message, login, change or warning says all at once."""
        stream, own = stream_of(event.kind, leg), event.party(leg)
        other = event.parties.get(other_role(event.kind, leg))
        peer = other.token if other is not None else None
        note_member(page, own)
        known = page.find(stream, {event.record_id}, peer, None)
        if known is not None:
            return known, True
        record = page.add(stream, event.time, event.record_id, peer, own.token, other.mask if other is not None else "",
                          other.entity if other is not None else None)
        record.peer_kind = other.kind if other is not None else None
        record.external = event.kind == "warning"
        for name in ("region", "tags", "template", "domain", "device", "has_link", "what", "about", "tier", "origin"):
            setattr(record, name, getattr(event, name))
        record.use = USES[event.kind] if stream == "use" else None
        record.sender = event.parties["sender"].token if stream == "link" else None
        self.drop(page, record)
        return record, False

    @staticmethod
    def take_facts(page, event, leg):
        party = event.party(leg)
        if leg == "holder":
            note_member(page, party)
            if page.masks is None or page.masks[0] <= event.time:
                page.masks = event.time, party.mask
                page.mask = party.mask
            return
        for name in FACTS[page.entity]:
            page.set_attribute(name, event.facts[name], event.time)

    @staticmethod
    def find_known(page, event, stream, other):
        """The record that the message is about; it and the message then go by the payment_id, if either has one."""
        if event.kind == "call":
            return page.find(stream, {event.record_id}, other.token, None)
        if event.record_id == event.message_id:
            record = page.find(stream, page.names_of(event.message_id), other.token, event.amount)
            if record is not None:
                event.record_id = record.record_id
            return record
        page.note_alias(event.message_id, event.record_id)
        record = page.find(stream, {event.record_id, event.message_id}, other.token, event.amount)
        if record is not None:
            record.record_id = event.record_id
        return record

    def take_record(self, page, event, leg):
        """(record, triggers): triggers None for a duplicate, () for what is kept and not judged."""
        stream, own, other = STREAMS[leg.split(".")[0]], event.party(leg), event.parties[other_role(event.kind, leg)]
        phase = CLASS_OF_PHASE[event.phase]
        record = self.find_known(page, event, stream, other)
        if record is not None:
            if phase in record.phases and not (phase == "last" and record.ended_by_copy):
                return record, None
            fills = phase == "first"  # the beginning, after something that comes after it
            update(record, event, other, fill=fills)
            record.phases.add(phase)
            if phase == "last":
                record.ended_by_copy = False
            if fills:
                return record, ()
            return record, {"last": ("call_end",)}.get(phase, ("settlement",))
        note_member(page, own)
        if event.kind == "call" and stream != "use":
            copy = page.find_copy(stream, event.time, event.duration, phase == "last", other.token, own.token)
            if copy is not None:
                update(copy, event, other, fill=True)
                if phase == "last" and not copy.has_end:
                    copy.phases.add("last")
                    copy.ended_by_copy = True
                return copy, ()
        record = page.add(stream, event.time, event.record_id, other.token, own.token, other.mask, other.entity)
        record.own = is_own(event)
        record.use = USES[event.kind] if stream == "use" else None
        update(record, event, other, fill=True)
        record.phases.add(phase)
        self.drop(page, record)
        if event.kind == "call":
            return record, ("call_start",) if phase == "first" else ("call_start", "call_end")
        return record, ("transaction",) if phase == "first" else ("transaction", "settlement")


def is_own(event):
    """Both holders are known and the same."""
    ends = [party for role, party in event.parties.items() if role != "device"]
    return all(end.token is not None and end.holder_known for end in ends) and ends[0].holder == ends[1].holder


def note_member(page, own):
    """A person's own number or account is shown by the first mask that was said of it."""
    if page.entity == "person" and own.entity != "person":
        page.member_masks[own.token] = page.member_masks.get(own.token) or own.mask


def update(record, event, other, fill):
    """What a message says about its record; fill: only what is missing."""
    last = CLASS_OF_PHASE[event.phase] == "last"
    if fill and record.peer_kind is None:
        record.peer_kind = other.kind
    for name in ("duration", "answered", "forwarded", "amount", "region", "channel", "purpose", "device", "cell"):
        said, known = getattr(event, name), getattr(record, name)
        replaces = last and name in ("duration", "answered", "forwarded")
        fills = fill or name in ("device", "cell")
        if said is not None and (replaces and not fill or fills and known is None):
            setattr(record, name, said)


def run(pack, directory, events, sample=1, expiry=400 * DAY, kept=None):
    engine, ingest = Engine(pack, sample, expiry, kept), Ingest(pack.tags)
    for path in (directory, events):
        for event in ingest.events(path) if path else ():
            engine.step(event)
    engine.out.read = ingest.read
    return engine.out


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("pack", "events", "out"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--directory")
    options = parser.parse_args()
    with open(options.pack, encoding="utf-8") as source:
        checked = json.load(source)
    out = run(Pack(checked), options.directory, options.events)
    os.makedirs(options.out, exist_ok=True)
    for name in ("warnings", "stops", "advice", "decisions", "shadow"):
        with open(os.path.join(options.out, name + ".jsonl"), "w", encoding="utf-8") as target:
            for one in getattr(out, name):
                target.write(json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n")
    print("reference: %d read, %d warnings, %d stops, %d advice, %d decisions" % (
        out.read, len(out.warnings), len(out.stops), len(out.advice), len(out.decisions)))


if __name__ == "__main__":
    main()
