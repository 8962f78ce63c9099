"""Random expressions of the rule language that type-check: made by unit, from the engine's own table of words.

An expression is text. What is composed stands in parentheses, so that it can be put anywhere.
"""
import functools
import os
import re

from vocabulary import ROOT, TIERS, VALUE_SETS

ROWS = {"WORD": ("text", "unit", "scopes"), "STREAM": ("text", "pages", "event", "party", "ends"),
        "ATTRIBUTE": ("text", "unit", "pages"), "AGGREGATE": ("text",), "ACTION": ("text",), "TRIGGER": ("text",),
        "CHANNEL_WORD": ("text",), "RECEIVER": ("text",), "BUDGET_PER": ("text",), "BUDGET_BY": ("text",)}
ENUMS = {"NUMBER_KIND": "NUMBER_KIND", "ACCOUNT_KIND": "ACCOUNT_KIND", "ACCOUNT_CLASS": "ACCOUNT_CLASS",
         "CHANNEL": "CHANNEL", "PURPOSE": "PURPOSE", "ARRIVAL": "ARRIVAL", "LOGIN_WHAT": "LOGIN_WHAT",
         "CHANGE_WHAT": "CHANGE_WHAT", "TIER": "TIER", "ORIGIN": "ORIGIN", "RESULT": "RESULT", "TYPOLOGY": None,
         "CALL_CAUSE": "CALL_CAUSE", "USE_WHAT": "USE_WHAT"}
REFS = ("NUMBER_REF", "ACCOUNT_REF", "USER_REF", "TEMPLATE", "DOMAIN", "DEVICE", "CELL")
ORDERED = ("COUNT", "MONEY", "DURATION", "TIME", "RATIO", "POINTS")
WITH_SMALLEST = ORDERED + ("TIER",)
SCALED = ("COUNT", "MONEY", "DURATION", "RATIO", "POINTS")
VALUE_UNITS = ORDERED + tuple(ENUMS) + REFS + ("REGION",)
STREAM_LETTER = {"call_in": "i", "call_out": "o", "payment_in": "I", "payment_out": "O", "sms_in": "S", "sms_out": "R",
                 "login": "G", "change": "H", "warning": "W", "use": "U", "link": "L"}
PAGE_LETTER = {"number": "n", "account": "a", "person": "p", "device": "d", "domain": "w"}
LITERALS = {
    "COUNT": ["0", "1", "1", "2", "2", "3", "4", "6", "9", "22"],
    "MONEY": ["0.00 CNY", "1.00 CNY", "900.00 CNY", "900.01 CNY", "5_000.00 CNY", "9_999.00 CNY", "9_999.99 CNY",
              "20_000.00 CNY", "49_999.00 CNY", "70_000.00 CNY", "120_000.00 CNY"],
    "DURATION": ["0s", "5s", "40s", "1m", "200s", "10m", "30m", "1h", "1h6m40s", "6h", "1d", "2d12h", "60d"],
    "RATIO": ["0%", "20%", "33.33%", "50%", "66.5%", "80%", "100%"],
    "POINTS": ["0", "1", "5", "10", "20", "25", "30", "45", "60", "100"],
    "REGION": ["330502", "330503", "330521"],
}
PERCENTILES = ("median", "p90", "p99")
WORKDAYS = ["1 workdays", "2 workdays", "5 workdays", "60 workdays"]
USUAL_FIELDS = (("payment_in", "amount"), ("payment_out", "amount"), ("call_out", "duration"))
OF_CALENDARS = ("workday", "holiday")
SPANS = ["1m", "10m", "1h", "1h", "2h", "6h", "12h", "24h", "24h", "3d", "7d"]
PERCENTS = ["0.01%", "50%", "33.33%", "80%", "90%", "100%", "150%"]
FACTORS = ["1.4", "0.5", "0.5", "2", "3", "0.125", "1.005", "999999", "1000000"]  # the last two overflow soon


@functools.lru_cache(maxsize=None)
def read_rows(kind, table="engine/eval/vocab.def"):
    """The rows of one kind of a table of the engine, as dicts; `name` is the row's own."""
    with open(os.path.join(ROOT, table), encoding="utf-8") as source:
        found = re.findall(r"^%s\((.*)\)" % kind, source.read(), re.M)
    rows = []
    for columns in found:
        name, *rest = [column.strip().strip('"') for column in columns.split(",")]
        rows.append(dict(zip(ROWS[kind], rest), name=name))
    return rows


WORDS, ATTRIBUTES = read_rows("WORD"), read_rows("ATTRIBUTE")
STREAMS = read_rows("STREAM", "engine/state/stream.def")


@functools.lru_cache(maxsize=None)
def words_of(letter, unit):
    """Fields of what the letter stands for; None has none."""
    return tuple(w["text"] for w in WORDS if w["unit"] == unit and letter and letter in w["scopes"])


@functools.lru_cache(maxsize=None)
def aggregate_ways(page, unit, left_out=()):
    """(word, stream, field or None) of the aggregates of a page that give the unit; `percentile` is one of three."""
    found = []
    for stream in STREAMS:
        if PAGE_LETTER[page] not in stream["pages"]:
            continue
        name = stream["text"]
        fields = [w for w in WORDS if STREAM_LETTER[name] in w["scopes"] and w["text"] not in left_out]
        found += {"COUNT": [("count", name, None)] * 4, "BOOL": [("any", name, None)] * 4,
                  "RATIO": [("share", name, None)], "TIME": [("first", name, None), ("last", name, None)],
                  }.get(unit, [])
        for field in fields:
            if unit == "COUNT" and field["unit"] not in ("BOOL", "TAGS"):
                found.append(("distinct", name, field["text"]))
            if unit == "COUNT" and field["unit"] in WITH_SMALLEST:
                found.append(("rising", name, field["text"]))
            if unit == "RATIO" and field["unit"] not in ("BOOL", "TAGS"):
                found.append(("top_share", name, field["text"]))
            if field["unit"] != unit:
                continue
            found += [("first", name, field["text"]), ("last", name, field["text"])]
            if unit in ("MONEY", "DURATION"):
                if (name, field["text"]) in USUAL_FIELDS:
                    found += [(word, name, field["text"])
                              for word in ("usual_median", "usual_p90", "usual_p99", "usual_max")]
                found += [("sum", name, field["text"])] * 2 + [("avg", name, field["text"])]
            if unit in WITH_SMALLEST:
                found += [(word, name, field["text"]) for word in ("min", "max", "percentile")]
    return tuple(found)


class Scope:
    """Where an expression stands: at which page, with which event in hand (c, t, l or None in a feature)."""

    def __init__(self, page, event=None, leg=None, earlier=()):
        self.page = page
        self.event = event
        self.place = None         # (trigger, subject) of the rule
        self.leg = leg
        self.earlier = earlier    # [(leg, page)] of the legs visited before
        self.stream = None        # the letter of the stream whose record a `where` looks at
        self.pattern = False      # a where of a pattern's step
        self.once = False         # in an aggregate's `since` inside a `where`: no record is looked at
        self.braces = True        # sets may be written here; not in a `say`
        self.depth = 2
        self.steps = ()           # [(path, letter of its stream)] of single steps whose fields have names
        self.repeated = ()        # [(path, stream)] of repeated ones
        self.matched = ()         # patterns that the event in hand may match
        self.on_mark = self.on_level = None  # of a rule on a mark: which, and the level that its `when` asks for

    def inside(self, **changes):
        other = Scope(self.page, self.event, self.leg, self.earlier)
        vars(other).update(vars(self))
        vars(other).update(changes)
        return other

    def deeper(self):
        return self.inside(depth=self.depth - 1)


class Expressions:
    def __init__(self, random):
        self.random = random
        self.consts = {}    # unit -> [name]
        self.sets = {}      # unit -> [name]
        self.lists = {}     # name -> page
        self.typologies = []  # names
        self.calendar = False  # is there one
        self.tags = []        # names
        self.features = {}  # (page, unit) -> [name]
        self.of_page = {}   # page -> [name] of typologies
        self.marks = ()     # names
        self.cards = {}     # (trigger, subject) -> [name] of scorecards
        self.carried = set()  # (leg, name): a pack hands on at most 16 values per kind of event
        self.carried_max = 10
        self.left_out = ()  # fields that nothing reads

    def chance(self, share):
        return self.random.random() < share

    def pick(self, items):
        return self.random.choice(list(items))

    # ---- values

    def enum_words(self, unit):
        return self.typologies if unit == "TYPOLOGY" else list(VALUE_SETS[ENUMS[unit]])

    def literal(self, scope, unit):
        if unit in ENUMS:
            # Where `own` is a field it cannot be an origin as well.
            field = self.words(scope, "BOOL") if unit == "ORIGIN" else ()
            return self.pick(word for word in self.enum_words(unit) if word not in field)
        return self.pick(LITERALS[unit])

    def words(self, scope, unit):
        """Fields of the record looked at, or of the event in hand."""
        letter = None if scope.once else scope.stream or scope.event
        found = list(words_of(letter, unit))
        if (scope.stream or scope.once) and scope.event:
            found += ["this." + word for word in words_of(scope.event, unit)]
        for step, of in scope.steps:
            found += ["%s.%s" % (step, word) for word in words_of(of, unit)]
        left_out = self.left_out if self.calendar else self.left_out + OF_CALENDARS
        return [word for word in found if word.split(".")[-1] not in left_out]

    def attributes(self, scope, unit):
        return ["subject." + a["text"] for a in ATTRIBUTES
                if a["unit"] == unit and PAGE_LETTER[scope.page] in a["pages"]]

    def carry(self, scope, unit):
        """Attributes and features of the legs before, within what a pack may hand on."""
        found = []
        for leg, page in scope.earlier if not scope.stream and not scope.once else ():
            names = [a["text"] for a in ATTRIBUTES if a["unit"] == unit and PAGE_LETTER[page] in a["pages"]]
            names += self.features.get((page, unit), [])
            found += [(leg, name) for name in names]
        return [one for one in found if one in self.carried or len(self.carried) < self.carried_max]

    def atoms(self, scope, unit):
        """Ways to name a value of the unit."""
        ways = []
        if self.words(scope, unit):
            ways += [lambda: self.pick(self.words(scope, unit))] * 4
        if self.attributes(scope, unit):
            ways += [lambda: self.pick(self.attributes(scope, unit))]
        if self.features.get((scope.page, unit)):
            ways += [lambda: self.pick(self.features[scope.page, unit])] * 2
        if self.carry(scope, unit):
            ways += [lambda: self.hand_on(self.pick(self.carry(scope, unit)))] * 2
        if unit == "POINTS" and self.of_page.get(scope.page):
            ways += [lambda: "points(%s)" % self.pick(self.of_page[scope.page])] * 2
        if unit == "POINTS" and not scope.stream and not scope.once and self.cards.get(scope.place):
            ways += [lambda: self.pick(self.cards[scope.place])] * 4
        if self.step_ways(scope, unit):
            ways += [lambda: "%s(%s)" % self.pick(self.step_ways(scope, unit))] * 3
        if unit == "BOOL" and scope.depth > 0 and scope.page in ("number", "person"):
            ways += [lambda: self.during(scope)] * 2
        if unit == "BOOL" and scope.matched and not scope.stream and not scope.once:
            ways += [lambda: "matches " + self.pick(scope.matched)] * 3
        if unit == "DURATION" and scope.depth > 0 and self.can(scope.deeper(), "TIME"):
            ways += [lambda: "ago(%s)" % self.value(scope.deeper(), "TIME")]
        if scope.depth > 0 and aggregate_ways(scope.page, unit, self.left_out):
            ways += [lambda: self.aggregate(scope, unit)] * 4
        return ways

    def hand_on(self, one):
        self.carried.add(one)
        return "%s.%s" % one

    def value(self, scope, unit):
        """A value of the unit that is not a constant; callers ask can() first."""
        if scope.depth > 0 and unit in SCALED and self.chance(0.2):
            inner = scope.deeper()
            if self.can(inner, unit):
                form = self.random.randrange(4)
                if form == 0:
                    return "(%s of %s)" % (self.pick(PERCENTS), self.value(inner, unit))
                if form == 1:
                    return "(%s x %s)" % (self.pick(FACTORS), self.value(inner, unit))
                return "(%s %s %s)" % (self.value(inner, unit), self.pick("+-"), self.any_value(inner, unit))
        if scope.depth > 0 and unit == "DURATION" and self.chance(0.1) and self.can(scope.deeper(), "TIME"):
            return "(%s - %s)" % (self.value(scope.deeper(), "TIME"), self.value(scope.deeper(), "TIME"))
        if scope.depth > 0 and unit == "TIME" and self.chance(0.1) and self.can(scope.deeper(), "TIME"):
            return "(%s %s %s)" % (self.value(scope.deeper(), "TIME"), self.pick("+-"), self.pick(SPANS))
        return self.pick(self.atoms(scope, unit))()

    def any_value(self, scope, unit):
        """A value or a constant of the unit."""
        if unit not in REFS and unit != "TIME" and (self.chance(0.6) or not self.can(scope, unit)):
            consts = self.consts.get(unit, [])
            return self.pick(consts) if consts and self.chance(0.4) else self.literal(scope, unit)
        return self.value(scope, unit)

    def can(self, scope, unit):
        return bool(self.atoms(scope.inside(depth=0) if scope.depth <= 0 else scope, unit))

    def step_ways(self, scope, unit):
        """(word, source) of the aggregates over what repeated steps have taken."""
        return [(word, step + ("." + field if field else "")) for step, stream in scope.repeated
                for word, of, field in map(self.named, aggregate_ways(scope.page, unit, self.left_out)) if of == stream and word not in ("share", "top_share") and not word.startswith("usual")]

    def during(self, scope):
        stream = self.pick(["call_in", "call_out"])
        looked = scope.inside(stream=STREAM_LETTER[stream], once=False, depth=0, repeated=())
        looked = looked.inside(steps=()) if scope.pattern else looked
        return "during(%s%s%s)" % (stream, " and %s after" % self.pick(SPANS) if self.chance(0.6) else "",
                                   " where " + self.condition(looked) if self.chance(0.4) else "")

    # ---- aggregates

    def named(self, way):
        """A way of AGGREGATE_WAYS, with the name of one percentile."""
        word, stream, field = way
        return self.pick(PERCENTILES) if word == "percentile" else word, stream, field

    def aggregate(self, scope, unit):
        word, stream, field = self.named(self.pick(aggregate_ways(scope.page, unit, self.left_out)))
        if word.startswith("usual"):
            return "%s(%s.%s)" % (word, stream, field)
        start = scope.inside(stream=None, once=bool(scope.stream or scope.once), depth=0)
        if scope.pattern:
            start = start.inside(steps=(), repeated=())
        form = self.random.random()
        if form < 0.75:
            workdays = WORKDAYS if self.calendar else []
            span = "in " + self.pick(SPANS + self.consts.get("SPAN", []) + workdays)
        elif form < 0.87 or not self.can(start, "TIME"):
            span = "in today"
        else:
            span = "since " + self.value(start, "TIME")
        where = ""
        if word == "share" or self.chance(0.45):
            looked = scope.inside(stream=STREAM_LETTER[stream], once=False, depth=scope.depth - 1, repeated=())
            if scope.pattern:
                looked = looked.inside(steps=())
            where = " where " + self.condition(looked)
        number = ""
        if word == "top_share":
            number = "%d, " % self.random.choice([1, 1, 2, 3, 16])
        elif word == "rising" and self.chance(0.5):
            number = self.pick(["1 x, ", "1.5 x, ", "3 x, ", "1.000001 x, "])
        return "%s(%s%s%s %s%s)" % (word, number, stream, "." + field if field else "", span, where)

    # ---- conditions

    def condition(self, scope):
        form = self.random.random()
        if scope.depth > 0 and form < 0.15:
            return "(%s and %s)" % (self.condition(scope.deeper()), self.condition(scope.deeper()))
        if scope.depth > 0 and form < 0.25:
            return "(%s or %s)" % (self.condition(scope.deeper()), self.condition(scope.deeper()))
        if form < 0.35:
            return "(not %s)" % self.condition(scope.inside(depth=max(scope.depth - 1, 0)))
        if form < 0.40:
            unit = self.pick([u for u in VALUE_UNITS if self.can(scope, u)])
            return "known(%s)" % self.value(scope, unit)
        if form < 0.43 and self.marks and not scope.once and not scope.stream:
            return self.marked(scope)
        if form < 0.53 and self.tag_holders(scope):
            return "(%s has %s)" % (self.pick(self.tag_holders(scope)), self.pick(self.tags))
        if form < 0.47 and self.memberships(scope):
            return self.membership(scope)
        if form < 0.62 and self.can(scope, "BOOL"):
            return self.pick(self.atoms(scope, "BOOL"))()
        return self.relation(scope)

    def tag_holders(self, scope):
        """How the tags of a message are written here; those of a step are asked for in its own `where`."""
        return self.words(scope.inside(steps=()), "TAGS") if self.tags else []

    def memberships(self, scope):
        """(who, list) that can be asked: a past record's other end cannot."""
        if scope.stream or scope.once:
            return []
        legs = [("subject", scope.page)]
        if scope.event in ("c", "t", "s", "g", "h"):
            legs += list(scope.earlier) + [(scope.leg, scope.page)]
        return [(leg, name) for leg, page in legs for name, kind in self.lists.items() if kind == page]

    def marked(self, scope):
        legs = ["subject"]
        if scope.event in ("c", "t", "s", "g", "h"):
            legs += [leg for leg, _ in scope.earlier] + [scope.leg]
        leg, name = self.pick(legs), self.pick(self.marks)
        if leg not in ("subject", scope.leg):
            if (leg, name) not in self.carried and len(self.carried) >= self.carried_max:
                leg = "subject"
            else:
                self.carried.add((leg, name))
        level = self.pick(["", "", " level == 1", " level == 2", " level <= 2", " level >= 2", " level != 2", " level > 1"])
        return "(%s marked %s%s)" % (leg, name, level)

    def membership(self, scope):
        who, name = self.pick(self.memberships(scope))
        return "(%s%s in %s)" % (who, self.pick(["", "", " not"]), name)

    def relation(self, scope):
        units = [u for u in VALUE_UNITS if self.can(scope, u)
                 and (u not in REFS + ("TIME",) or self.can(scope.deeper(), u))]
        unit = self.pick(units)
        left = self.value(scope, unit)
        if unit in REFS:
            return "(%s %s %s)" % (left, self.pick(["==", "!="]), self.value(scope.deeper(), unit))
        form = self.random.random()
        if scope.braces and unit != "TIME" and form < (0.6 if unit in ENUMS else 0.15):
            return "(%s%s in %s)" % (left, self.pick(["", "", " not"]), self.set_of(unit))
        if unit == "TIER" and form < 0.2:
            low, high = sorted(self.random.sample(range(len(TIERS)), 2))
            return "(%s between %s and %s)" % (left, TIERS[low], TIERS[high])
        if unit == "REGION" or unit in ENUMS:
            signs = ["==", "!="] + (["<", "<=", ">", ">="] if unit == "TIER" else [])
            return "(%s %s %s)" % (left, self.pick(signs), self.any_value(scope.deeper(), unit))
        if form < 0.25 and unit != "TIME":
            low, high = sorted(self.random.sample(range(len(LITERALS[unit])), 2))
            return "(%s between %s and %s)" % (left, LITERALS[unit][low], LITERALS[unit][high])
        sign = self.pick([">=", ">=", "<=", ">", "<", "==", "!="])
        return "(%s %s %s)" % (left, sign, self.any_value(scope.deeper(), unit))

    def set_of(self, unit):
        if self.sets.get(unit) and self.chance(0.4):
            return self.pick(self.sets[unit])
        return self.written_set(unit)

    def written_set(self, unit):
        if unit in ENUMS:
            values = self.enum_words(unit)
            return "{%s}" % ", ".join(self.random.sample(values, self.random.randint(1, min(3, len(values)))))
        values, ranges = LITERALS[unit], []
        for _ in range(self.random.randint(1, 3)):
            low, high = sorted(self.random.choices(range(len(values)), k=2))
            ranges.append(values[low] if low == high or self.chance(0.4) else "%s..%s" % (values[low], values[high]))
        return "{%s}" % ", ".join(ranges)
