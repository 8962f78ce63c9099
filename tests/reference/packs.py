"""Random rule packs, for the comparison of the engine with the slow reference.

    packs.py SEED DIR   writes a pack of a few files into DIR

One seed gives one pack. Whatever comes out compiles; thresholds are such that in the streams of generate.py rules do
fire, seldom or often.
"""
import datetime
import os
import random
import sys

import generate
from expressions import ENUMS, LITERALS, PAGE_LETTER, STREAM_LETTER, STREAMS, Expressions, Scope, aggregate_ways, read_rows
from retention import retention_of
from vocabulary import TIERS

FILES = ("a.rule", "b.rule", "中.rule")
PAGES = ("number", "account", "person", "person", "device", "domain")
TRIGGERS = {"call_start": "c", "call_end": "c", "transaction": "t", "settlement": "t", "listing": "l", "sms": "s",
            "login": "g", "change": "h", "warning": "w", "outcome": "u", "mark": "m", "binding": "b", "number": "b", "account": "b",
            "person": "b"}
ABOUT = ("l", "w", "u", "m", "b", "x")  # events of one entity, which is `subject`; x: a time-out
FACTS_ABOUT = {"binding": ("number", "account", "person"), "number": ("number", "person"), "account": ("account", "person"),
               "person": ("person",)}
LEGS = {"c": (("caller", "number"), ("device", "device"), ("caller.person", "person"), ("callee", "number"),
              ("callee.person", "person")),
        "t": (("payee", "account"), ("device", "device"), ("payee.person", "person"), ("payer", "account"),
              ("payer.person", "person")),
        "s": (("sender", "number"), ("sender.person", "person"), ("domain", "domain"), ("receiver", "number"),
              ("receiver.person", "person")),
        "g": (("user", "account"), ("device", "device"), ("user.person", "person"))}
FEATURE_UNITS = ("POINTS", "COUNT", "MONEY", "DURATION", "RATIO", "TIME", "BOOL", "REGION") + tuple(ENUMS)
POWERS = ("protect", "stop", "delay", "advise", "watch")
MARKS = ("suspect", "污点", "called")
ANSWERED = (("c", "call_start"), ("c", "call_end"), ("t", "transaction"), ("s", "sms"))
ENDS = {"call_in": "caller", "call_out": "callee", "sms_in": "sender", "sms_out": "receiver", "payment_in": "payer",
        "payment_out": "payee", "use": "user", "link": "receiver"}
HOLDS = {"protect": "ap", "stop": "a", "watch": "napdw"}
ADVICE = {"no_counter": "ap", "credit_only": "a", "block_account": "a", "suspend_number": "n", "limit_number": "n",
          "block_port": "n", "block_url": "w", "reverify": "nap"}
LONG_SPANS = ("1h", "6h", "12h", "24h", "36h", "2d", "3d", "5d", "30d", "today")
SIGNS = (">=", ">=", "<", "<=", ">", "==", "!=")
LENGTHS = ("1m", "10m", "1h", "6h", "24h", "48h")
TYPOLOGIES_MAX, PROBES_MAX = 5, 3  # together no more than a page keeps open warnings
TITLES = ("", "", '"诈骗"', '"three or more"', '"\\"引号\\" 与 \\\\"', '"两\\n行"')
SAY_TEXTS = ("转出 ", ", 共 ", "来自 ", "\\\"引\\\"", " / ", "€ ", "。")
REGEXES = ("code [0-9]{4,6}", "(aa|ab)+b", "贷.{0,3}款", "[^a-z ]x", "^abc", "http:\\/\\/[a-z]+", "A{3}")
POINTS = ("5", "10", "20", "25", "40", "45", "60", "100", "10 + 15", "1.5 x 10", "2 x (3 + 4)")


class Pack:
    def __init__(self, seed):
        self.random = random.Random("pack %d" % seed)
        self.write = Expressions(self.random)
        self.write.lists = dict(generate.LISTS)
        self.blocks = ["list %s%s of %s" % (name, self.title(), kind) for name, kind in generate.LISTS.items()]
        self.typologies = {}  # page -> [(name, tiers)]
        self.patterns = []    # (name, event, leg, steps)
        self.waiting = []     # (name, page, steps) of those that wait
        self.rule_count = 0
        self.marking = self.chance(0.4)
        small = retention_of(seed)
        self.small = small is not None  # then steps ask nothing that could be approximate
        self.write.left_out = () if small is None or small.steady else ("gap",)
        self.new_cards = {}   # (trigger, subject) -> [name]

    def chance(self, share):
        return self.write.chance(share)

    def pick(self, items):
        return self.write.pick(items)

    def title(self):
        title = self.pick(TITLES)
        return " " + title if title else ""

    # ---- blocks

    def consts(self):
        for unit in ("COUNT", "MONEY", "DURATION", "RATIO", "REGION"):
            if self.chance(0.6):
                name = "k_" + unit.lower()
                self.blocks.append("const %s%s = %s" % (name, self.title(), self.pick(LITERALS[unit])))
                self.write.consts[unit] = [name]
        if self.chance(0.5):
            self.blocks.append("const k_span = %s" % self.pick(["1h", "2h", "24h", "1h30m"]))
            self.write.consts["SPAN"] = ["k_span"]
        for unit in ("MONEY", "COUNT", "NUMBER_KIND", "CHANNEL"):
            if self.chance(0.6):
                name = "s_" + unit.lower()
                self.blocks.append("const %s = %s" % (name, self.write.written_set(unit)))
                self.write.sets[unit] = [name]

    def add_calendars(self):
        """The days around those of the streams: holidays, and weekends that are worked."""
        self.write.calendar = self.chance(0.7)
        days = [datetime.date(2026, 2, 16) + datetime.timedelta(days=n) for n in range(30)]
        for number in range(self.random.randint(1, 2) if self.write.calendar else 0):
            lines = ["calendar cal%d%s" % (number, self.title())]
            for _ in range(self.random.randint(0, 4)):
                first = days.pop(self.random.randrange(len(days)))
                last = first + datetime.timedelta(days=1)
                pair = last in days and self.chance(0.5)
                if pair:
                    days.remove(last)
                lines.append("%s %s%s" % (self.pick(["holidays", "workdays"]), first, "..%s" % last if pair else ""))
            self.blocks.append("\n    ".join(lines))

    def add_features(self):
        for number in range(self.random.randint(2, 7)):
            page, unit = self.pick(PAGES), self.pick(FEATURE_UNITS)
            scope = Scope(page)
            if unit == "BOOL":
                text = self.write.condition(scope)
            elif self.write.can(scope, unit):
                text = self.write.value(scope, unit)
            else:
                continue
            name = "f%d" % number
            self.blocks.append("feature %s%s for %s = %s" % (name, self.title(), page, text))
            self.write.features.setdefault((page, unit), []).append(name)

    def add_typologies(self):
        for number in range(self.random.randint(2, TYPOLOGIES_MAX)):
            page = self.pick(PAGES)
            name = self.pick(["mule", "诈骗", "T"]) + str(number)
            tiers = sorted(self.random.sample(TIERS, self.random.choice([1, 2, 3, 4, 4])), key=TIERS.index)
            points = sorted(self.random.sample((5, 15, 20, 35, 40, 60, 80, 85, 100), len(tiers)))
            self.blocks.append("typology %s%s for %s tiers %s closes after %s" % (
                name, self.title(), page, " ".join("%s %d" % pair for pair in zip(tiers, points)),
                self.pick(["1ms", "10m", "1h", "6h", "24h", "3d"])))
            self.typologies.setdefault(page, []).append((name, tiers))
            self.write.typologies.append(name)
            self.write.of_page.setdefault(page, []).append(name)

    def add_cards(self):
        for number in range(self.random.randint(0, 3)):
            trigger, subject, scope = self.scope()
            units = [u for u in ("COUNT", "MONEY", "DURATION", "RATIO", "POINTS") if self.write.can(scope, u)]
            lines = ["scorecard card%d%s for %s on %s" % (number, self.title(), subject, trigger)]
            for _ in range(self.random.randint(1, 4)):
                unit = self.pick(units)
                steps = ["%s %s: %d" % (self.pick(["<", "<=", ">", ">=", "==", "!="]),
                                        self.write.any_value(scope.inside(depth=0), unit), self.pick([0, 5, 10, 25, 100]))
                         for _ in range(self.random.randint(1, 3))]
                lines.append("    band %s %s else %d unknown %d" % (
                    self.write.value(scope.inside(depth=1), unit), " ".join(steps), self.pick([0, 5]), self.pick([0, 5, 20])))
            self.blocks.append("\n".join(lines))
            self.new_cards.setdefault((trigger, subject), []).append("card%d" % number)
        self.write.cards = self.new_cards  # none reads another

    # ---- patterns

    def where_of_step(self, page, place, steps, in_hand):
        """A condition on the records of a step that may ask the others."""
        name, stream, repeated = steps[place]
        # What a device is used for is of several kinds: none of them is in hand.
        event, leg, earlier = in_hand if place == len(steps) - 1 and page != "device" else (None, None, ())
        scope = Scope(page, event, leg, earlier).inside(
            stream=STREAM_LETTER[stream], pattern=True, depth=1,
            steps=[(other, STREAM_LETTER[of]) for other, of, many in steps if other != name and not many],
            repeated=[(other, of) for other, of, many in steps[place + 1:] + steps[:place] * (not repeated) if many])
        return self.write.condition(scope)

    def add_pattern(self):
        """One that a rule on calls, payments or messages may match."""
        event = self.pick("cttts")
        place = self.random.randrange(len(LEGS[event]))
        leg, page = LEGS[event][place]
        kept = [row["text"] for row in STREAMS if PAGE_LETTER[page] in row["pages"]]
        last = {"caller": "call_out", "callee": "call_in", "payee": "payment_in", "payer": "payment_out",
                "sender": "sms_out", "receiver": "sms_in", "device": "use", "domain": "link"}[leg.split(".")[0]]
        number = len(self.patterns)
        name, steps = "p%d" % number, []
        for at in range(self.random.choice([2, 2, 3, 3, 4])):
            repeated = self.chance(0.5) and not (steps and steps[0][2])
            steps.insert(0, ("s%d%d" % (number, at), self.pick(kept) if at else last, repeated))
        spans = ["1h", "6h", "24h", "3d", "3d", "60d"] + ["5 workdays", "1 workdays"] * bool(self.write.calendar)
        lines = ["pattern %s%s for %s within %s" % (name, self.title(), page, self.pick(spans))]
        for at, (step, stream, repeated) in enumerate(steps):
            where = " where " + self.where_of_step(page, at, steps, (event, leg, LEGS[event][:place])) if self.chance(0.35) and not self.small else ""
            times = self.pick([" at least 2 times", " at least 1 times", " at most 3 times", " at least 2 times at most 5 times"])
            within = " within " + self.pick(["10m", "30m", "1h"]) if at and self.chance(0.3) else ""
            lines.append("    %s%s: %s%s%s%s" % ("then " if at else "", step, stream, where, times if repeated else "", within))
        for _ in range(self.pick([0, 0, 0, 1, 2])):
            stream = self.pick(kept)
            singles = [(step, STREAM_LETTER[of]) for step, of, many in steps if not many]
            scope = Scope(page).inside(stream=STREAM_LETTER[stream], pattern=True, depth=1, steps=singles,
                                       repeated=[(step, of) for step, of, many in steps if many])
            lines.append("    without %s" % stream if self.small else "    without %s where %s" % (stream, self.write.condition(scope)))
        self.blocks.append("\n".join(lines))
        self.patterns.append((name, event, leg, steps))

    def add_waiting(self):
        """One that ends in an absence; on a page with many records more wait than it keeps."""
        page = self.pick(PAGES + ("person",))
        kept = [row["text"] for row in STREAMS if PAGE_LETTER[page] in row["pages"]]
        number, steps = len(self.waiting), []
        for at in range(self.random.choice([1, 1, 1, 2, 3])):
            repeated = self.chance(0.3) and not (steps and steps[-1][2])
            steps.append(("w%d%d" % (number, at), self.pick(kept + ["warning"]), repeated))
        lines = ["pattern n%d%s for %s within %s" % (number, self.title(), page, self.pick(["1h", "6h", "24h", "3d"]))]
        for at, (step, stream, repeated) in enumerate(steps):
            where = " where " + self.where_of_step(page, at, steps, (None, None, ())) if self.chance(0.35) and not self.small else ""
            times = self.pick([" at least 2 times", " at least 1 times", " at most 3 times"])
            within = " within " + self.pick(["10m", "30m", "1h"]) if at and self.chance(0.3) else ""
            lines.append("    %s%s: %s%s%s%s" % ("then " if at else "", step, stream, where, times if repeated else "", within))
        length = self.pick(["1ms", "1m", "10m", "30m", "1h", "6h", "24h"] + self.write.consts.get("SPAN", []))
        if self.chance(0.4):
            lines.append("    then wait " + length)
        else:
            stream, where = self.pick(kept), ""
            if self.chance(0.5) and not self.small:
                scope = Scope(page).inside(stream=STREAM_LETTER[stream], pattern=True, depth=1,
                                           steps=[(step, STREAM_LETTER[of]) for step, of, many in steps if not many],
                                           repeated=[(step, of) for step, of, many in steps if many])
                where = " where " + self.write.condition(scope)
            lines.append("    then no %s%s within %s" % (stream, where, length))
        if self.chance(0.2):
            lines.append("    without %s" % self.pick(kept))
        self.blocks.append("\n".join(lines))
        self.waiting.append(("n%d" % number, page, steps))

    def timeout_scope(self):
        name, page, steps = self.pick(self.waiting)
        scope = Scope(page, "x", "entity").inside(
            matched=[name], steps=[("%s.%s" % (name, step), STREAM_LETTER[of]) for step, of, many in steps if not many],
            repeated=[("%s.%s" % (name, step), of) for step, of, many in steps if many])
        return "timeout of " + name, page, scope

    def add_timeout(self, name, page):
        """A rule that fires whenever it is over; of some patterns a shadow rule alone runs on it."""
        kinds = self.typologies.get(page, [])
        typology = " of " + self.pick(kinds)[0] if kinds else ""
        self.blocks.append("%srule over_%s%s for %s on timeout of %s\n    when known(time)\n    %s\n    watch subject for %s" % (
            self.pick(["", "shadow "]), name, typology, page, name, "score %s for 1h" % self.pick(POINTS) if kinds else "", self.pick(LENGTHS)))

    def with_patterns(self, scope):
        """The scope of a rule, with what it may ask of the patterns that its event may match."""
        here = [pattern for pattern in self.patterns if pattern[1:3] == (scope.event, scope.leg)]
        return scope.inside(
            matched=[name for name, _, _, _ in here],
            steps=[("%s.%s" % (name, step), STREAM_LETTER[of]) for name, _, _, steps in here for step, of, many in steps if not many],
            repeated=[("%s.%s" % (name, step), of) for name, _, _, steps in here for step, of, many in steps if many])

    def add_tags(self):
        for number in range(self.random.choice([0, 1, 3, 7])):
            name = self.pick(["otp", "贷款", "t"]) + str(number)
            signs = [self.sign() for _ in range(self.random.randint(1, 4))]
            self.blocks.append("tag %s%s = %s" % (name, self.title(), " or ".join(signs)))
            self.write.tags.append(name)

    def add_tag_probe(self, name):
        """What one message has, or certainly has not, fires by itself."""
        has = self.pick(["tags has", "tags has", "not tags has"])
        self.blocks.append("rule tagged%d for %s on sms\n    when %s %s\n    watch subject for 1m" % (
            self.rule_count, self.pick(["sender", "receiver"]), has, name))
        self.rule_count += 1

    def sign(self):
        """Parts of the texts that generate.py writes; regular expressions that Python reads as PCRE2 does."""
        form = self.random.random()
        if form < 0.35:
            return '"%s"' % self.pick(generate.TEXT_PARTS)
        if form < 0.6:
            return '"%s" near "%s" within %d' % (self.pick(generate.TEXT_PARTS), self.pick(generate.TEXT_PARTS),
                                                 self.random.choice([0, 1, 2, 5, 20]))
        return "/%s/" % self.pick(REGEXES) if form < 0.75 else 'feed "%s"' % self.pick(generate.FEED_TAGS)

    # ---- rules

    def scope(self):
        """(trigger, subject as written, scope) of a rule."""
        trigger, subject, scope = self.any_scope()
        scope.place = trigger, subject
        return trigger, subject, scope

    def any_scope(self):
        if self.waiting and self.chance(0.3):
            return self.timeout_scope()
        trigger = self.pick(["call_start", "call_end", "call_end", "transaction", "transaction", "transaction",
                             "settlement", "listing"] * 2 +
                            ["sms", "sms", "login", "change", "change", "warning", "warning", "outcome", "binding", "number",
                             "account", "person"] + ["mark"] * (5 if self.write.marks else 0))
        event = TRIGGERS[trigger]
        if event == "m":
            page = self.pick(PAGES)
            scope = Scope(page, event, "entity")
            scope.on_mark, scope.on_level = self.pick(MARKS), self.pick([None, 1, 1, 2])
            return "mark " + scope.on_mark, page, scope
        if event in ABOUT:
            page = self.pick(FACTS_ABOUT.get(trigger, PAGES))
            return trigger, page, Scope(page, event, "entity")
        if event == "h":  # of a number or an account, which the rule says, or of their holder
            page = self.pick(("number", "account", "person"))
            leg = "owner.person" if page == "person" else "owner"
            return trigger, leg if page == "person" else page, Scope(page, event, leg)
        place = self.random.randrange(len(LEGS[event]))
        leg, page = LEGS[event][place]
        return trigger, leg, self.with_patterns(Scope(page, event, leg, LEGS[event][:place]))

    def targets(self, scope, letters):
        subject = ["subject"] if PAGE_LETTER[scope.page] in letters else []
        if scope.event in ABOUT:
            return subject
        if scope.event == "h":
            owner = "na" if scope.page == "person" else PAGE_LETTER[scope.page]
            return subject + ["owner"] * all(letter in letters for letter in owner) + ["owner.person"] * ("p" in letters)
        return [leg for leg, page in LEGS[scope.event] if PAGE_LETTER[page] in letters] + subject

    def when(self, scope):
        """Easy to fire half of the time; what is random seldom is."""
        if self.chance(0.4):
            return self.write.condition(scope.inside(depth=1))
        if scope.matched and self.chance(0.5):
            return "matches " + self.pick(scope.matched)
        parts = [self.write.condition(scope.inside(depth=2)) for _ in range(self.random.randint(1, 3))]
        return self.pick([" and ", " and ", " or ", "\n       or "]).join(parts)

    def say(self, scope, least=1, most=4):
        pieces = []
        for _ in range(self.random.randint(least, most)):
            pieces.append(self.pick(SAY_TEXTS))
            shown = scope.inside(depth=1, braces=False)
            units = [u for u in FEATURE_UNITS + ("NUMBER_REF", "ACCOUNT_REF") if self.write.can(shown, u)]
            if self.chance(0.8):
                pieces.append("{%s}" % self.write.value(shown, self.pick(units)))
        return '"%s"' % "".join(pieces)

    def add_probe(self):
        """A rule that fires at every event and tells what it sees: its warnings are over in a millisecond."""
        trigger, subject, scope = self.scope()
        name = "probe%d" % self.rule_count
        self.blocks.append("typology %s for %s tiers low 1 closes after 1ms" % (name, scope.page))
        self.blocks.append("rule %s of %s for %s on %s\n    when known(time)\n    score 1 for 1ms\n    say %s" % (
            name, name, subject, trigger, self.say(scope, 6, 14)))
        self.rule_count += 1

    # ---- pages that keep few records

    def of_the_past(self, scope, unit):
        """An aggregate over more than a small page keeps, often."""
        ways = [way for way in map(self.write.named, aggregate_ways(scope.page, unit, self.write.left_out)) if not way[0].startswith("usual")]
        word, stream, field = self.pick(ways)
        where = ""
        if word == "share" or self.chance(0.25):
            where = " where " + self.write.condition(scope.inside(stream=STREAM_LETTER[stream], depth=0, repeated=()))
        number = {"top_share": "2, ", "rising": self.pick(["", "1.5 x, "])}.get(word, "")
        return "%s(%s%s%s in %s%s)" % (word, number, stream, "." + field if field else "", self.pick(LONG_SPANS), where)

    def add_past_features(self):
        for page in PAGES:
            for unit in ("COUNT", "COUNT", "MONEY", "DURATION"):
                if aggregate_ways(page, unit, self.write.left_out):
                    name = "past%d" % len(self.blocks)
                    text = self.of_the_past(Scope(page), unit)
                    if unit == "COUNT" and self.chance(0.3):
                        unit, text = "BOOL", "%s %s %s" % (text, self.pick(SIGNS), self.random.randint(0, 12))
                    self.blocks.append("feature %s for %s = %s" % (name, page, text))
                    self.write.features.setdefault((page, unit), []).append(name)

    def add_past_rule(self):
        """Fires now and then, and its decision says whether what it looked at was exact."""
        trigger, subject, scope = self.scope()
        unit = self.pick(["COUNT", "COUNT", "MONEY", "DURATION"])
        limit = str(self.random.randint(0, 14)) if unit == "COUNT" else self.write.literal(scope, unit)
        if self.write.carry(scope, unit) and self.chance(0.5):
            value = self.write.hand_on(self.pick(self.write.carry(scope, unit)))
        elif self.write.features.get((scope.page, unit)) and self.chance(0.3):
            value = self.pick(self.write.features[scope.page, unit])
        elif aggregate_ways(scope.page, unit, self.write.left_out):
            value = self.of_the_past(scope, unit)
        else:
            return
        parts = [value, self.pick(SIGNS), limit]
        if self.chance(0.2):
            parts = [limit, parts[1], value]
        self.blocks.append("%srule past%d for %s on %s\n    when %s\n    watch subject for 1m" % (
            "shadow " if self.chance(0.15) else "", self.rule_count, subject, trigger, " ".join(parts)))
        self.rule_count += 1

    def action(self, scope, tiers):
        kinds = ["protect", "stop", "watch", "advise"] * 2
        kinds += ["score", "score", "raise", "say", "reach"] * 2 if tiers else []
        kinds += ["delay"] * 3 if scope.event == "t" else []
        kinds += ["mark"] * 3 if self.marking else []
        kind = self.pick(kinds)
        if kind == "score":
            points = self.pick(POINTS)
            if self.write.can(scope, "POINTS") and self.chance(0.3):
                points = self.write.value(scope.inside(depth=1), "POINTS")
            return "score %s for %s" % (points, self.pick(LENGTHS + ("1ms",)))
        if kind == "raise":
            return "raise " + self.pick(tiers)
        if kind == "delay":
            return "delay transaction"
        if kind == "say":
            return "say " + self.say(scope)
        if kind == "reach":
            return "reach " + self.pick(row["text"] for row in read_rows("CHANNEL_WORD"))
        if kind == "mark":
            return self.mark(scope)
        name = self.pick(ADVICE) if kind == "advise" else ""
        targets = self.targets(scope, ADVICE[name] if name else HOLDS[kind])
        if not targets:
            return None
        if kind == "advise":
            return "advise %s %s" % (name, self.pick(targets))
        lasts = "" if kind == "protect" and self.chance(0.2) else " for " + self.pick(LENGTHS)
        return "%s %s%s" % (kind, self.pick(targets), lasts)

    def mark(self, scope):
        """A mark that a rule sets. One on a mark sets a later mark, or its own with a higher level: no circle."""
        many = self.each(scope)
        targets = self.targets(scope, "napdw") + [many] * 2 * (many is not None)
        name, level = self.pick(MARKS), self.pick([1, 1, 2, 3])
        if scope.event == "m":
            later = MARKS[MARKS.index(scope.on_mark) + 1:]
            name = self.pick(later + (scope.on_mark,) * (2 if scope.on_level else 0) or [None])
            level = self.random.randint(scope.on_level + 1, 3) if name == scope.on_mark else level
        written = "" if level == 1 and self.chance(0.5) else " level %d" % level
        return "mark %s %s%s for %s" % (self.pick(targets), name, written, self.pick(LENGTHS)) if name else None

    def each(self, scope):
        """The other ends of a stream's records, or of a repeated step's."""
        kept = [row["text"] for row in STREAMS if PAGE_LETTER[scope.page] in row["pages"] and row["text"] in ENDS]
        steps = [(path, stream) for path, stream in scope.repeated if stream in ENDS]
        if not kept:
            return None  # a device's or a domain's page
        path, stream = self.pick(steps) if steps and self.chance(0.5) else (None, self.pick(kept))
        span = "" if path else " in " + self.pick(["10m", "1h", "6h", "24h", "today", "7d"])
        inside = scope.inside(stream=STREAM_LETTER[stream], depth=1)
        where = self.pick(["", "", " where time >= this.time - 1h", " where " + self.write.condition(inside)])
        return "each(%s.%s%s%s)" % (path or stream, ENDS[stream], span, where)

    def add_rule(self):
        trigger, subject, scope = self.scope()
        kinds = self.typologies.get(scope.page, [])
        typology, tiers = self.pick(kinds) if kinds and self.chance(0.85) else (None, ())
        state = self.pick(("shadow ", "shadow ", "draft ")) if self.chance(0.15) else ""
        absolute = "absolute " if self.chance(0.15) else ""
        lines = [state + absolute + "rule r%d%s for %s on %s%s" % (self.rule_count, " of " + typology if typology else "", subject,
                                                trigger, self.title()),
                 "    when   " + self.asked_level(scope) + self.when(scope) + ")" * bool(scope.on_level)]
        for _ in range(self.random.choice([0, 0, 1, 2])):
            lines.append("    unless%s %s" % (self.title(), self.write.condition(scope)))
        actions = ["score %s for %s" % (self.pick(POINTS), self.pick(LENGTHS))] if tiers and self.chance(0.8) else []
        actions += [self.action(scope, tiers) for _ in range(self.random.randint(1, 5))]
        for action in actions:
            if action is not None:
                only_if = " if " + self.write.condition(scope.inside(depth=1)) if self.chance(0.3) else ""
                lines.append("    " + action + only_if)
        self.blocks.append("\n".join(lines))
        self.rule_count += 1

    @staticmethod
    def asked_level(scope):
        return "subject marked %s level == %d and (" % (scope.on_mark, scope.on_level) if scope.on_level else ""

    def add_counter(self):
        """A rule about how much there was just now: one record that comes late makes or breaks it."""
        while True:
            trigger, subject, scope = self.scope()
            kinds = self.typologies.get(scope.page, [])
            if kinds and scope.event not in ("l", "m"):
                break
        stream = self.pick([row["text"] for row in STREAMS if PAGE_LETTER[scope.page] in row["pages"]])
        conditions = ["count(%s in %s) %s %d" % (stream, self.pick(["2m", "5m", "10m", "24h"]),
                                                self.pick([">=", ">=", "==", "<="]), self.random.choice([1, 2, 2, 3, 4, 6, 9]))]
        typology, tiers = self.pick(kinds)
        if self.chance(0.3):
            conditions.append("points(%s) %s %d" % (typology, self.pick(["<", ">="]), self.random.choice([1, 10, 40])))
        if self.write.marks and self.chance(0.3):
            conditions.append("%ssubject marked %s" % (self.pick(["", "not "]), self.pick(self.write.marks)))
        lines = ["%srule counter%d of %s for %s on %s" % ("shadow " if self.chance(0.15) else "", self.rule_count, typology, subject, trigger),
                 "    when   " + self.pick([" and ", " and ", " or "]).join(conditions),
                 "    score %s for %s" % (self.pick(POINTS), self.pick(LENGTHS))]
        lines += ["    " + action for action in (self.action(scope, tiers) for _ in range(3)) if action is not None]
        self.blocks.append("\n".join(lines))
        self.rule_count += 1

    def add_answered(self):
        """Rules about contact in both directions: what lies exactly 30 days back is none."""
        for event, trigger in ANSWERED:
            self.add_answered_on(event, trigger)

    def add_answered_on(self, event, trigger):
        leg = self.pick(leg for leg, page in LEGS[event] if page not in ("device", "domain"))
        self.blocks.append("rule answered%d for %s on %s\n    when two_way\n    watch subject for 1m" % (self.rule_count, leg, trigger))
        self.rule_count += 1

    def add_markers(self):
        """Rules that set every mark, now and then, so that the others can ask for them."""
        for number, mark in enumerate(MARKS):
            trigger, subject, scope = self.scope()
            self.blocks.append("rule marker%d for %s on %s\n    when known(time) and hour %s %d\n    mark %s %s level %d for %s" % (
                number, subject, trigger, self.pick(["<=", ">="]), self.random.randint(8, 14),
                self.pick(self.targets(scope, "napdw")), mark, self.random.randint(1, 3), self.pick(LENGTHS)))
        self.write.marks = MARKS

    def add_chain(self, name, page):
        """Marks that go on along what happened, one level further each time."""
        leg = self.pick(leg for letter in "ct" for leg, kind in LEGS[letter] if kind == page)
        self.blocks.append("rule chain0 for %s on %s\n    when known(time) and hour >= 9\n    mark subject %s level 1 for 24h" % (
            leg, "call_end" if leg.startswith("call") else "transaction", name))
        for level in (1, 2):
            whom = self.each(Scope(page, "m", "entity"))
            self.blocks.append("rule chain%d for %s on mark %s\n    when subject marked %s level == %d\n    mark %s %s level %d for 24h" % (
                level, page, name, name, level, whom, name, level + 1))

    def add_policy(self):
        """A policy with every tier and, now and then, caps, budgets and bases of its own."""
        lines = ["policy city%s" % self.title()]
        for tier in TIERS:
            channels = self.random.sample([row["text"] for row in read_rows("CHANNEL_WORD")], self.random.randint(1, 3))
            receivers = self.random.sample([row["text"] for row in read_rows("RECEIVER")], self.random.randint(1, 3))
            powers = self.random.sample(POWERS, self.random.randint(0, len(POWERS)))
            approval = self.pick(["", " approval before"] + [" approval within 10m"] * (tier == "urgent"))
            lines.append("    at %s channels %s receivers %s%s%s" % (
                tier, ", ".join("%s %s" % (name, self.pick(LENGTHS)) for name in channels), ", ".join(receivers),
                " allow " + ", ".join(powers) if powers else "", approval))
        for power in POWERS:
            if power in HOLDS and self.chance(0.3):
                lines.append("    cap %s %s" % (power, self.pick(LENGTHS)))
            if power != "advise" and self.chance(0.3):
                lines.append("    basis %s \"第%d条\"" % (power, self.random.randint(1, 60)))
            for _ in range(self.random.choice([0, 0, 1, 2]) if power != "advise" else 0):
                by = " by " + self.pick(row["text"] for row in read_rows("BUDGET_BY")) if self.chance(0.5) else ""
                per = self.pick(row["text"] for row in read_rows("BUDGET_PER"))
                lines.append("    budget %s %d per %s%s" % (power, self.random.randint(1, 500), per, by))
        self.blocks.append("\n".join(lines))

    # ---- whole

    def files(self):
        if self.marking:
            self.add_markers()
        self.consts()
        self.add_calendars()
        self.add_typologies()
        self.add_tags()
        self.add_features()
        if self.small:
            self.add_past_features()
        self.add_cards()
        for _ in range(self.pick([0, 1, 2, 3])):
            self.add_pattern()
        if self.marking:
            self.add_chain(self.pick(MARKS), self.pick(("number", "account", "person", "device")))
        for _ in range(self.pick([0, 1, 2, 3])):
            self.add_waiting()
        for _ in range(self.random.randint(6, 14)):
            self.add_rule()
        for name, page, steps in self.waiting:
            if self.chance(0.7):
                self.add_timeout(name, page)
        for _ in range(12 if self.small else 0):
            self.add_past_rule()
        for _ in range(self.random.randint(0, 8)):
            self.add_counter()
        if self.chance(0.4):
            self.add_answered()
        for name in self.write.tags:
            if self.chance(0.6):
                self.add_tag_probe(name)
        for _ in range(self.random.randint(0, PROBES_MAX)):
            self.add_probe()
        if self.chance(0.4):
            self.add_policy()
        texts = dict.fromkeys(FILES, "")
        for block in self.blocks:
            texts[self.pick(FILES)] += block + "\n\n"
        return {name: text for name, text in texts.items() if text}


def write_pack(seed, folder):
    os.makedirs(folder, exist_ok=True)
    for name, text in Pack(seed).files().items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
            out.write(text)


if __name__ == "__main__":
    write_pack(int(sys.argv[1]), sys.argv[2])
