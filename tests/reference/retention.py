"""Pages that keep few records: what is dropped, what its daily sums give back, and which values that makes approximate.

The other modules forget nothing; a comparison with small settings does (docs/semantics.md, section 3). Streams of such a
case come in order of time, so that what a page no longer has is never asked for by anything late.
"""
import random

import evaluate
import sequences
from vocabulary import DAY, ZONE

NEWEST_KEPT = 8
GROUPS = {"calls": ("call_in", "call_out"), "messages": ("sms_in", "sms_out"), "payments": ("payment_in", "payment_out"),
          "others": ("login", "change", "warning")}
# {(kind of page, stream): the settings' name}
KEPT = {(entity, stream): "%s_%s" % (entity, group)
        for entity, groups in {"person": ("calls", "messages", "payments", "others"),
                               "number": ("calls", "messages", "others"), "account": ("payments", "others")}.items()
        for group in groups for stream in GROUPS[group]}
KEPT.update({("device", "use"): "device_uses", ("domain", "link"): "domain_links", ("device", "warning"): "thing_warnings",
             ("domain", "warning"): "thing_warnings"})
LIBRARY_EVERY = 5  # cases with the shipped rules
SMALL_EVERY = 4
GROWS = ("count", "distinct", "max", "rising")
SUMMED = ("amount", "duration")
USUAL = ("payment_in", "payment_out", "call_out")


class Retention:
    """How many records of a stream a page keeps, and of how many days."""

    def __init__(self, seed):
        dice = random.Random("retention %d" % seed)
        self.limits = {name: (dice.choice((8, 8, 9, 12, 20, 256)), dice.choice((1, 1, 2, 5, 90)))
                       for name in sorted(set(KEPT.values()))}
        # Then nothing is placed among what was there before: the page of a new holder may have dropped what was, and what
        # lies between that and a record that it gets at its start nobody knows.
        self.steady = dice.random() < 0.5

    def settings(self):
        """{name: value} for the environment."""
        named = {}
        for name, (records, days) in self.limits.items():
            named["RETENTION_%s" % name.upper()] = records
            named["RETENTION_%s_DAYS" % name.upper()] = days
        return named

    def drop(self, page, stream):
        """Takes from the stream what exceeds it, the oldest first; how many records."""
        most, days = self.limits[KEPT[page.entity, stream]]
        kept, dropped = page.stream(stream), 0
        while len(kept) > most or (len(kept) > NEWEST_KEPT and kept[-1].time - kept[0].time > days * DAY):
            page.drop(kept[0])
            dropped += 1
        return dropped


def retention_of(seed):
    """The small settings of a case of random rules, or None: then nothing is dropped."""
    return Retention(seed) if seed % SMALL_EVERY == 1 and seed % LIBRARY_EVERY != 0 else None


# ---- what was dropped, in a span


def start_of(visit, expr):
    """(where the span begins, whether that moment is in it); None if that is unknown, or the span is a match's."""
    span = expr["span"]
    if span["kind"] == "ms":
        return visit.t - span["ms"], False
    if span["kind"] == "usual":
        return visit.t - 91 * DAY, False
    if span["kind"] == "since":
        start = visit.value(span["start"])
        return None if start is None else (start, True)
    if span["kind"] == "step":
        return None
    return (evaluate.day_start(visit.t) if span["kind"] == "today" else visit.workdays_start(span["count"], visit.t)), True


def day_end(record):
    return ((record.time + ZONE) // DAY + 1) * DAY - ZONE


def reaches_behind(visit, expr):
    start, dropped = start_of(visit, expr), visit.page.dropped(expr["stream"])
    return start is not None and any(r.time >= start[0] if start[1] else r.time > start[0] for r in dropped)


def summed(visit, expr):
    """The dropped records that daily sums give back to a `count` or `sum` without `where`, whole days of them."""
    plain = expr["kind"] == "count" or (expr["kind"] == "sum" and expr["word"] in SUMMED)
    if not plain or expr["where"] is not None or not reaches_behind(visit, expr):
        return []
    start = start_of(visit, expr)[0]
    return [r for r in visit.page.dropped(expr["stream"]) if not r.was_reversed and day_end(r) > start]


def summed_usual(visit, expr):
    """Sizes of the dropped records whose day lies in the span of a `usual_..`."""
    stream = expr["stream"]
    found = [r for r in visit.page.dropped(stream) if stream in USUAL and r.was_known is not None and not r.was_reversed
             and (stream != "call_out" or r.had_end)]
    return [r.was_known for r in found if visit.t - 91 * DAY < day_end(r) <= visit.t - DAY]


# ---- what is approximate


class Exact:
    """A value that is what it would be if nothing had been dropped."""


class Loose:
    """One that reaches behind; it is at least so much, None: nobody knows."""

    def __init__(self, least=None):
        self.least = least


EXACT = Exact()


def decides(op, least, other):
    """Does `value op other` have its answer from what the value is at least?"""
    if other is None:
        return True
    return least is not None and {">=": least >= other, "<": least >= other}.get(op, least > other and op in (">", "<=", "==", "!="))


TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def aggregates_of(tree):
    """The outermost aggregates of a filter: each is computed once, whatever becomes of it."""
    if isinstance(tree, list):
        return [found for item in tree for found in aggregates_of(item)]
    if not isinstance(tree, dict):
        return []
    if tree.get("op") == "aggregate":
        return [tree]
    return [found for item in tree.values() for found in aggregates_of(item)]


class Look:
    """Follows the evaluation of expressions at one visit, and notes whether something approximate mattered."""

    def __init__(self, visit):
        self.visit = visit
        self.approximate = False
        # Where nothing was dropped, and what was carried here is exact, all is.
        self.is_needed = bool(visit.carried_loose) or any(dropped.list for dropped in visit.page.dropped_of.values())

    def settle(self, expr, looked_at=None):
        """Something is made of the value that cannot be told from here."""
        if self.is_needed and self.loose(expr, looked_at) is not EXACT:
            self.approximate = True

    def value(self, expr, looked_at):
        return self.visit.value(expr, looked_at)

    def loose(self, expr, looked_at=None):
        op = expr["op"]
        if op == "feature":
            return self.loose(self.visit.pack.features[expr["name"]]["expr"])
        if op == "carried":
            return self.carried(expr)
        if op == "aggregate":
            # Inside a filter it is a number that is there already.
            return EXACT if looked_at is not None else self.aggregate(expr)
        if op in ("matches", "step"):
            self.pattern(expr["pattern"])
        elif op in ("and", "or"):
            self.settle(expr["a"], looked_at)
            first = self.value(expr["a"], looked_at)
            if first is None or (first != 0) == (op == "and"):
                self.settle(expr["b"], looked_at)
        elif op == "choose":
            for part in "abc":
                self.settle(expr[part], looked_at)
        elif op == "between":
            for part in ("a", "low", "high"):
                self.settle(expr[part], looked_at)
        elif "b" in expr:
            self.pair(op, expr["a"], expr["b"], looked_at)
        elif "a" in expr:
            self.settle(expr["a"], looked_at)
        return EXACT

    def pair(self, op, a, b, looked_at):
        """A comparison, or a sum: the one loose side may be decided by the other."""
        left, right = self.loose(a, looked_at), self.loose(b, looked_at)
        if left is not EXACT and right is not EXACT:
            self.approximate = True
        elif left is not EXACT:
            self.approximate |= not decides(op, left.least, self.value(b, looked_at))
        elif right is not EXACT:
            self.approximate |= not decides(TURNED.get(op, op), right.least, self.value(a, looked_at))

    def carried(self, expr):
        key = expr["leg"], expr["source"], expr["name"]
        if expr["leg"] == self.visit.leg:
            return self.loose(self.visit.pack.features[key[2]]["expr"]) if key[1] == "feature" else EXACT
        return Loose() if key in self.visit.carried_loose else EXACT

    def aggregate(self, expr):
        visit = self.visit
        for inner in aggregates_of(expr["where"]):
            self.settle(inner)
        if expr["span"]["kind"] == "since":
            self.settle(expr["span"]["start"])
        if expr["span"]["kind"] == "step":
            self.pattern(expr["span"]["pattern"])
            return EXACT
        records = visit.span(expr["stream"], expr["span"])
        if records is None:
            return EXACT
        value = visit.value(expr)
        self.filter(expr, records)
        settled = (expr["kind"] == "any" and value == 1) or (expr["kind"] == "last" and value is not None)
        if settled or not reaches_behind(visit, expr):
            return EXACT
        grows = expr["kind"] in GROWS or (expr["kind"] == "sum" and expr["word"] in SUMMED)
        return Loose(visit.exact_part(expr) if grows else None)

    def pattern(self, name):
        """A match is approximate if what was searched in vain, or taken whole, reaches behind. The filters of steps read nothing that
        could, in these packs."""
        visit, pattern = self.visit, self.visit.pack.patterns[name]
        waited = visit.waited if visit.waited is not None and visit.waited.pattern == name else None
        match, search = visit.match(name), sequences.Search(visit, pattern, waited.record if waited else visit.record)
        if not search.begins():
            return
        looked = []  # (stream, from when on, whether that moment is in it)
        for place, step in enumerate(pattern["steps"]):
            if match is None:
                looked.append((step["stream"], search.after, False))
            elif step["repeated"] and place > 0:
                looked.append((step["stream"], match[search.names[place - 1]].time, True))
            elif step["repeated"]:
                looked.append((step["stream"], search.after, False))
        if match is not None:
            first = match[search.names[0]]
            oldest = first[0] if isinstance(first, list) else first
            looked += [(without["stream"], oldest.time, True) for without in pattern["without"]]
        if waited and pattern["absence"]["stream"] is not None:
            looked.append((pattern["absence"]["stream"], waited.record.time, True))
        self.approximate |= any(r.time >= start if inside else r.time > start
                                for stream, start, inside in looked for r in visit.page.dropped(stream))

    def filter(self, expr, records):
        """What the filter reads, of the records that are looked at at all."""
        if expr["where"] is None:
            return
        looked = list(records) if expr["kind"] == "first" else list(reversed(records))
        if not evaluate.names_reversed(expr["where"]):
            looked = [r for r in looked if "reversed" not in r.phases]
        ends = expr["kind"] in ("any", "first", "last")
        run, newer = 0, None
        for record in looked:
            field = None if ends or expr["word"] is None else self.visit.field(record, expr["word"])
            if not ends and expr["word"] is not None and field is None:
                continue
            self.settle(expr["where"], record)
            counts = self.visit.value(expr["where"], record) not in (0, None)
            if counts and ends:
                return
            if counts and expr["kind"] == "rising":
                if run and not evaluate.rises(field, newer, expr["num"], expr["den"]):
                    return
                run, newer = run + 1, field
