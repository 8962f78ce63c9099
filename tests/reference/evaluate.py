"""The value of an expression at one visit (docs/semantics.md, section 3).

Values are integers; None is unknown; yes and no are 1 and 0; a number or account is the integer that
its token begins with.
"""
import collections
import itertools

import retention
import sequences
from identity import name_value
from ingest import other_role
from vocabulary import DAY, HOUR, ZONE, civil, checked, day_start, once_per_tree, value_of

CALL_OPEN_AT_MOST = 6 * HOUR
PERCENT = {"median": 50, "p90": 90, "p99": 99, "usual_median": 50, "usual_p90": 90, "usual_p99": 99, "usual_max": 100}
USUAL_LEAST = 10
ROLES = ("caller", "callee", "payer", "payee", "sender", "receiver", "user")


def entity_value(token):
    """How numbers and accounts are compared: the first 8 bytes of the token, signed."""
    if token is None:
        return None
    value = int.from_bytes(token[:8], "little", signed=True)
    return value if value != -2 ** 63 else value + 1


def half_even(num, den):
    whole, rest = divmod(num, den)
    if 2 * rest > den or (2 * rest == den and whole % 2 == 1):
        whole += 1
    return whole


def negate(a):
    return None if a is None else int(a == 0)


def both(a, b):
    if a == 0 or b == 0:
        return 0
    return None if a is None or b is None else 1


def either(a, b):
    if a not in (0, None) or b not in (0, None):
        return 1
    return None if a is None or b is None else 0


def percentile(values, percent):
    """The smallest value that so many percent of the values do not exceed."""
    return next(v for v in sorted(values) if 100 * sum(w <= v for w in values) >= percent * len(values))


def about_as_large(value):
    """The middle of the values that share the highest four bits with this one."""
    low_bits = max(value.bit_length() - 4, 0)
    return (value >> low_bits << low_bits) + (1 << low_bits) // 2


def rises(older, newer, num, den):
    """Does a value exceed the one before, or is it at least num / den times that?"""
    return newer * den >= older * num if num else newer > older


def rising(values, num, den):
    """How many of the last values each exceed the one before, or are at least num / den times it."""
    run = min(len(values), 1)
    for older, newer in reversed(list(zip(values, values[1:]))):
        if not rises(older, newer, num, den):
            break
        run += 1
    return run


@once_per_tree
def names_reversed(where):
    """Does a filter ask whether the record was reversed? What an aggregate inside it asks is its own matter."""
    if not isinstance(where, dict) or where.get("op") == "aggregate":
        return False
    if where.get("op") == "record":
        return where["word"] == "reversed"
    return any(names_reversed(part) for part in where.values())


def is_night(hour):
    return int(hour >= 22 or hour < 6)


class Visit:
    """One event at one page, its record in: what expressions are evaluated against."""

    def __init__(self, pack, page, leg, event, record, t, carried, carried_loose=()):
        self.pack = pack
        self.page = page
        self.leg = leg
        self.event = event
        self.record = record
        self.t = t
        self.carried = carried      # (leg, source, name) -> value
        self.carried_loose = carried_loose  # of which some reach behind what their pages keep
        self.points = list(page.points)  # before this event's own
        self.again = None           # late.Kept: as it was judged before
        self.waited = None          # waits.Wait that is over
        self.matches = {}           # pattern -> its match: {step: record, or list of records}, None if there is none

    # ---- expressions

    def value(self, expr, looked_at=None):
        return OPERATORS[expr["op"]](self, expr, looked_at)

    def both(self, expr, looked_at):
        a = self.value(expr["a"], looked_at)
        return 0 if a == 0 else both(a, self.value(expr["b"], looked_at))

    def either(self, expr, looked_at):
        a = self.value(expr["a"], looked_at)
        return either(a, self.value(expr["b"], looked_at) if a in (0, None) else 0)

    def between(self, expr, looked_at):
        a, low, high = (self.value(expr[name], looked_at) for name in ("a", "low", "high"))
        return None if None in (a, low, high) else int(low <= a <= high)

    def field_of_step(self, expr):
        match = self.match(expr["pattern"])
        return None if match is None else self.field(match[expr["step"]], expr["word"])

    def points_of(self, typology):
        if self.again is not None:
            return self.again.points[typology]
        lines = [p.points for p in self.points if p.typology == typology and p.in_force(self.t)]
        return min(100, sum(lines))

    def mark_level(self, name):
        return self.page.mark_level(name, self.t) if self.again is None else self.again.marks[name]

    def match(self, name):
        if name not in self.matches:
            sequences.search(self, self.pack.patterns[name])
        return self.matches[name]

    def is_true(self, expr):
        return self.value(expr) not in (0, None)

    # ---- the event in hand

    def word(self, word):
        """A field of the event in hand, as its record on this page has it."""
        event, record = self.event, self.record
        if word in ("time", "hour", "weekday", "night", "workday", "holiday"):
            # A later message about a payment does not move it.
            time = record.time if event.kind == "transaction" else self.t
            time = event.time if event.kind in ("mark", "listing") or not event.is_judged else time
            if word == "workday":
                return int(self.is_workday(time))
            return int(self.named(time) == "holiday") if word == "holiday" else self.clock(word, time)
        if word in ("balance_before", "balance_after", "arrival", "cause"):
            return getattr(event, word)
        if word == "what":
            return event.what
        if word == "device" and self.page.entity == "device":
            return event.device
        role, _, rest = word.partition(".")
        if role in ROLES:
            return self.end(role, rest)
        if word == "about":
            return None if event.about is None else name_value(event.about)
        if word == "result":
            return event.result
        return self.field(record, word)

    def end(self, role, what):
        """An end of the event: the other one as the record has it, the own one as the event has it."""
        party = self.event.party(role)
        if what == "region":
            return party.region
        is_other = other_role(self.event.kind, self.leg) == role
        if what == "kind":
            return self.record.peer_kind if is_other else party.kind
        return entity_value(self.record.peer if is_other else party.token)

    @staticmethod
    def clock(word, time):
        if word == "time":
            return time
        _, _, _, hour, weekday = civil(time)
        return {"hour": hour, "weekday": weekday, "night": is_night(hour)}[word]

    # ---- the calendar

    def named(self, time):
        """What the pack's calendars call the day."""
        return self.pack.days.get((time + ZONE) // DAY)

    def is_workday(self, time):
        return self.named(time) == "workday" or self.named(time) is None and civil(time)[4] <= 5

    def workdays_start(self, count, time):
        """00:00 of the last but so many workdays before today, today counted; 90 days at most."""
        today, known = day_start(time), self.pack.workdays_starts
        if (count, today) not in known:
            known[count, today] = self.found_workdays_start(count, today)
        return known[count, today]

    def found_workdays_start(self, count, today):
        before = (today - n * DAY for n in range(1, 90) if self.is_workday(today - n * DAY))
        starts = [today, *itertools.islice(before, count - 1)]
        return starts[count - 1] if count <= len(starts) else today - 89 * DAY

    # ---- a record of the page

    def field(self, record, word):
        return FIELDS[word](self, record) if word in FIELDS else getattr(record, word)  # amount, region, channel, tier ..

    def warning_is_open(self, record):
        """An own one while its episode is, another's until an outcome."""
        if record.closed or record.external:
            return not record.closed
        episode = next((e for e in self.page.episodes if e.typology == record.about), None)
        return (episode is not None and episode.is_open(self.t, self.pack.typologies)
                and (episode.closed_before is None or record.time >= episode.closed_before))

    # ---- attributes, carried values

    def attribute(self, name):
        if name == "age":
            born = self.page.attribute("birth_year")
            return None if born is None else civil(self.t)[0] - born
        return self.page.first_seen() if name == "first_seen" else self.page.attribute(name)

    def of_page(self, source, name):
        if source == "mark":
            return self.mark_level(self.pack.marks[name])
        if source == "feature":
            return self.value(self.pack.features[name]["expr"])
        return self.attribute(name) if source == "attribute" else self.page.is_member(name, self.t)

    def carried_value(self, leg, source, name):
        if leg == self.leg:
            return self.of_page(source, name)
        return self.carried.get((leg, source, name))

    # ---- aggregates

    def span(self, stream, span):
        """Records of the span by (time, arrival), or None if where it begins is unknown."""
        records = [r for r in self.page.stream(stream) if r.time < self.t or r.time == self.t and self.was_there(r)]
        if span["kind"] == "usual":
            return [r for r in records if self.t - 91 * DAY < r.time <= self.t - DAY]
        if span["kind"] == "ms":
            return [r for r in records if r.time > self.t - span["ms"]]
        if span["kind"] == "since":
            start = self.value(span["start"])
        else:
            start = day_start(self.t) if span["kind"] == "today" else self.workdays_start(span["count"], self.t)
        return None if start is None else [r for r in records if r.time >= start]

    def was_there(self, record):
        """Of a visit that is judged again: what has its time and came after it was not."""
        return self.again is None or record.arrival < self.again.arrivals

    def has_ended(self, call):
        """By t: what is known by now may be of later. The end in hand is as it says."""
        in_hand = call is self.record and self.event is not None and self.event.phase in ("end", "record")
        return call.has_end and (in_hand or call.duration is None or call.time + call.duration <= self.t)

    def call_is_open(self, call):
        return not self.has_ended(call) and self.t - call.time < CALL_OPEN_AT_MOST

    def call_duration(self, call):
        if self.has_ended(call):
            return call.duration
        return self.t - call.time if self.call_is_open(call) else None

    def call_ended(self, call):
        return call.time + call.duration if self.has_ended(call) and call.duration is not None else None

    def aggregate(self, expr):
        """What is kept, and the daily sums of what is not."""
        exact = self.exact_part(expr)
        behind = retention.summed(self, expr)
        if exact is None or not behind:
            return exact
        if expr["kind"] == "count":
            return exact + len(behind)
        return checked(exact + sum(r.was_known for r in behind if r.was_known is not None))

    def exact_part(self, expr):
        kind, word = expr["kind"], expr["word"]
        of_step = expr["span"]["kind"] == "step"
        if of_step:
            match = self.match(expr["span"]["pattern"])
            records = None if match is None else match[expr["span"]["step"]]
        else:
            records = self.span(expr["stream"], expr["span"])
        if records is None:
            return None
        where = expr["where"]
        if not of_step and not names_reversed(where):
            records = [r for r in records if "reversed" not in r.phases]
        counted = [r for r in records if where is None or self.value(where, r) not in (0, None)]
        if kind == "each":  # whom the records met, the newest first
            return list(dict.fromkeys(r.peer for r in reversed(counted) if r.peer is not None))
        if kind == "count":
            return len(counted)
        if kind == "any":
            return int(bool(counted))
        if kind == "share":
            return 10000 * len(counted) // len(records) if records else None
        if kind in ("first", "last"):
            if not counted:
                return None
            record = counted[0] if kind == "first" else counted[-1]
            return record.time if word is None else self.field(record, word)
        known = [v for v in (self.field(r, word) for r in counted) if v is not None]
        if kind.startswith("usual"):
            about = [about_as_large(v) for v in known + retention.summed_usual(self, expr)]
            return percentile(about, PERCENT[kind]) if len(about) >= USUAL_LEAST else None
        if kind == "sum":
            return checked(sum(known))
        if kind == "distinct":
            return len(set(known))
        if kind == "rising":
            return rising(known, expr["num"], expr["den"])
        if not known:
            return None
        if kind == "avg":
            return half_even(sum(known), len(known))
        if kind in PERCENT:
            return percentile(known, PERCENT[kind])
        if kind == "top_share":
            often = [times for _, times in collections.Counter(known).most_common(expr["top"])]
            return 10000 * sum(often) // len(known)
        return min(known) if kind == "min" else max(known)


# ---- what the operators of expressions mean


def of_one(function):
    """Of one operand; nothing is known of what is unknown."""
    def operator(visit, expr, looked_at):
        a = visit.value(expr["a"], looked_at)
        return None if a is None else function(visit, expr, a)
    return operator


def of_two(function):
    """Of two operands that are both known."""
    def operator(visit, expr, looked_at):
        a, b = visit.value(expr["a"], looked_at), visit.value(expr["b"], looked_at)
        return None if a is None or b is None else function(a, b)
    return operator


# Operator -> function of visit, expression and the record that a `where` looks at.
OPERATORS = {
    "const": lambda visit, expr, looked_at: expr["value"],
    "word": lambda visit, expr, looked_at: visit.word(expr["word"]),
    "record": lambda visit, expr, looked_at: visit.field(looked_at, expr["word"]),
    "attribute": lambda visit, expr, looked_at: visit.attribute(expr["name"]),
    "tag": lambda visit, expr, looked_at: visit.event.tags.has(expr["tag"]),
    "record_tag": lambda visit, expr, looked_at: looked_at.tags.has(expr["tag"]),
    "member": lambda visit, expr, looked_at: visit.page.is_member(expr["list"], visit.t),
    "carried": lambda visit, expr, looked_at: visit.carried_value(expr["leg"], expr["source"], expr["name"]),
    "feature": lambda visit, expr, looked_at: visit.value(visit.pack.features[expr["name"]]["expr"]),
    "aggregate": lambda visit, expr, looked_at: visit.aggregate(expr),
    "mark_level": lambda visit, expr, looked_at: visit.mark_level(visit.pack.marks[expr["mark"]]),
    "points": lambda visit, expr, looked_at: visit.points_of(list(visit.pack.typologies)[expr["typology"]]),
    "choose": lambda visit, expr, looked_at: visit.value(expr["b" if visit.value(expr["c"], looked_at) == 1 else "a"], looked_at),
    "matches": lambda visit, expr, looked_at: int(visit.match(expr["pattern"]) is not None),
    "step": lambda visit, expr, looked_at: visit.field_of_step(expr),
    "now": lambda visit, expr, looked_at: visit.t,
    "known": lambda visit, expr, looked_at: int(visit.value(expr["a"], looked_at) is not None),
    "not": of_one(lambda visit, expr, a: negate(a)),
    "ago": of_one(lambda visit, expr, a: checked(visit.t - a)),
    "scale": of_one(lambda visit, expr, a: checked(half_even(a * expr["num"], expr["den"]))),
    "in": of_one(lambda visit, expr, a: int(any(low <= a <= high for low, high in expr["ranges"]))),
    "between": Visit.between,
    "and": Visit.both,
    "or": Visit.either,
    "+": of_two(lambda a, b: checked(a + b)),
    "-": of_two(lambda a, b: checked(a - b)),
    "==": of_two(lambda a, b: int(a == b)),
    "!=": of_two(lambda a, b: int(a != b)),
    "<": of_two(lambda a, b: int(a < b)),
    "<=": of_two(lambda a, b: int(a <= b)),
    ">": of_two(lambda a, b: int(a > b)),
    ">=": of_two(lambda a, b: int(a >= b)),
}


def field_of_peer(visit, record):
    return entity_value(record.peer)


def field_of_phase(name):
    return lambda visit, record: int(name in record.phases)


# Field -> function of visit and record, where it is not what the record has under its name.
FIELDS = {
    **{word: lambda visit, record, word=word: visit.clock(word, record.time) for word in ("time", "hour", "weekday", "night")},
    **{word: field_of_peer for word in ROLES},
    **{word + ".kind": lambda visit, record: record.peer_kind for word in ROLES},
    "sender": lambda visit, record: entity_value(record.sender if record.stream == "link" else record.peer),
    "gap": lambda visit, record: visit.page.gap(record),
    "first_time": lambda visit, record: int(visit.page.first_time(record)),
    "two_way": lambda visit, record: int(visit.page.two_way(record)),
    "known_for": lambda visit, record: visit.page.known_for(record),
    "what": lambda visit, record: value_of("USE_WHAT", record.use) if record.stream == "use" else record.what,
    "about": lambda visit, record: None if record.about is None else name_value(record.about),
    "own_account": lambda visit, record: entity_value(record.member) if visit.page.entity != "device" else None,
    "duration": lambda visit, record: visit.call_duration(record),
    "ended": lambda visit, record: visit.call_ended(record),
    "open": lambda visit, record: int(visit.warning_is_open(record) if record.stream == "warning" else visit.call_is_open(record)),
    "posted": field_of_phase("posted"),
    "reversed": field_of_phase("reversed"),
    "late": lambda visit, record: int(record.late),
    "own": lambda visit, record: int(record.own),
}
