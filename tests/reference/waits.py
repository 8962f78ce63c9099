"""Patterns that wait: what begins behind a record, and what is judged when it is over (docs/semantics.md, section 3)."""
import identity
from ingest import Party
from sequences import Search, is_before

WAITS_MAX = {False: 8, True: 4}  # of a page, by whether shadow rules alone run on the time-out


class Wait:
    def __init__(self, pattern, event_id, until, due, record, dark):
        self.pattern = pattern  # its name
        self.id = event_id
        self.until = until      # as of then it is judged
        self.due = due          # the log's clock at which that happens
        self.record = record    # at the last step
        self.dark = dark


class TimeoutEvent:
    """The end of a wait: from a page, not from a record."""
    kind, phase, source, is_judged = "timeout", "", "timeout", True

    def __init__(self, page, wait):
        self.id = wait.id.hex()
        self.time = self.judged = wait.until
        self.pattern = wait.pattern
        party = Party()
        party.entity, party.token, party.mask = page.entity, page.token, page.mask
        if page.entity == "person":
            party.holder, party.holder_known = page.token, True
        if page.stand_in is not None:
            party.entity, party.token = page.stand_in
            party.holder_known, party.mask = False, page.member_masks.get(party.token, "")
        self.parties = {"entity": party}
        self.leg = "entity" if page.stand_in is None else "holder"

    @property
    def id_fields(self):
        return self.source, self.id, self.phase

    def party(self, leg):
        return self.parties["entity"]

    def leg_token(self, leg):
        party = self.party(leg)
        return party.holder if leg == "holder" else party.token


def begin(visit, record, id_fields, clock, once):
    """Begins what waits behind a record; once: not what is over already. The patterns that made another give way."""
    crowded = []
    for pattern in visit.pack.patterns.values():
        dark = visit.pack.dark.get(pattern["name"])
        search = Search(visit, pattern, record)
        if dark is None or search.find() is None:
            continue
        end = search.end(len(pattern["steps"]) - 1, record)
        until = None if end is None else end + pattern["absence"]["within_ms"]
        if until is None or (once and until <= clock):
            continue
        event_id = identity.digest("timeout", visit.page.token, pattern["name"], *id_fields, until)
        fresh = Wait(pattern["name"], event_id, until, max(until, clock + 1), record, dark)
        if not put(visit.page, fresh):
            crowded.append(pattern["name"])
    return crowded


def put(page, fresh):
    """False if one gave way."""
    for place, known in enumerate(page.waits):
        if known.pattern == fresh.pattern and known.record is fresh.record:
            if fresh.until > known.until:
                fresh.dark = known.dark
                page.waits[place] = fresh
            return True
    page.waits.append(fresh)
    alike = [wait for wait in page.waits if wait.dark == fresh.dark]
    if len(alike) <= WAITS_MAX[fresh.dark]:
        return True
    page.waits.remove(min(alike, key=lambda wait: wait.until))
    return False


def end(visit, wait):
    """Is the pattern still matched up to the record, and has nothing come that must not? Then its steps can be read."""
    pattern = visit.pack.patterns[wait.pattern]
    search = Search(visit, pattern, wait.record)
    visit.matches[wait.pattern] = match = search.find()
    if match is None:
        return False
    absence = pattern["absence"]
    if absence["stream"] is None:
        return True
    return not any(is_before(wait.record, record) and record.time < wait.until and search.left_in(record, absence["where"])
                   and search.holds(absence["where"], record) for record in visit.page.stream(absence["stream"]))
