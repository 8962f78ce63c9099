"""Visits that were judged of late, kept whole, and judged again when something older comes (docs/semantics.md, 4)."""
from decide import Judgement
from evaluate import Visit

KEPT_MAX = 8


class Kept:
    """A visit as it was judged: what people had said and decisions had set by then stays as it was."""

    def __init__(self, judgement):
        visit = judgement.visit
        self.visit, self.triggers = visit, judgement.triggers
        self.t = visit.t
        self.arrivals = visit.page.arrivals
        self.points = {name: visit.points_of(name) for name in visit.pack.typologies}
        self.marks = {name: visit.page.mark_level(name, visit.t) for name in visit.pack.marks}
        self.overridden = judgement.is_overridden()
        # rule -> would it, by what came late, not have fired?
        self.fired = {rule["name"]: False for rule in judgement.fired + judgement.shadowed}


def keep(page, judgement):
    """Before the warnings of the judgement become records."""
    if any(True for _ in judgement.rules()):
        page.kept.append(Kept(judgement))
        page.kept.sort(key=lambda kept: kept.t)  # stable: of one time, in the order in which they came
        del page.kept[:-KEPT_MAX]


class Again(Judgement):
    """One judgement of a kept visit, because `late` came to `leg` of its page. Only what is new acts."""

    def __init__(self, kept, late, leg, clock):
        was = kept.visit
        visit = Visit(was.pack, was.page, was.leg, was.event, was.record, was.t, was.carried, was.carried_loose)
        visit.again = kept
        super().__init__(visit, kept.triggers, clock, ["late"])
        self.kept, self.late = kept, late
        self.id_fields = [*was.event.id_fields, leg, *late.id_fields]
        self.contradicted = []

    def is_overridden(self):
        return self.kept.overridden

    def leave_new(self):
        known = self.kept.fired
        now = {rule["name"] for rule in self.fired}
        shadow = {rule["name"] for rule in self.pack.rules if rule.get("state") == "shadow"}
        for name in [name for name in known if name not in shadow]:
            if name not in now and not known[name]:
                self.contradicted.append(name)
            known[name] = name not in now
            for line in self.page.points:
                if line.rule == name and line.fired == self.t:
                    line.contradicted = known[name]
        self.fired = [rule for rule in self.fired if rule["name"] not in known]
        self.shadowed = [rule for rule in self.shadowed if rule["name"] not in known]
        known.update({rule["name"]: False for rule in self.fired + self.shadowed})

    @property
    def is_written(self):
        return bool(self.fired or self.contradicted)


def judge_again(page, late, leg, clock, take):
    """Those that are younger than what came late, in the order of time; `take` is told of each."""
    for kept in list(page.kept):
        if kept.t > late.judged:
            judgement = Again(kept, late, leg, clock)
            judgement.judge()
            take(judgement)
