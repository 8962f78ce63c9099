"""The match of a pattern at one visit (docs/semantics.md, section 3), by trying everything.

All ways to fill the single steps are tried, the latest record first, from the last step back; a repeated step then
takes what lies between its neighbours and satisfies it. The first way that is whole is the match.
"""
import evaluate
from vocabulary import once_per_tree

CALLS = ("call_in", "call_out")


@once_per_tree
def names_step(tree):
    """Does a tree of expressions read a step?"""
    if isinstance(tree, list):
        return any(names_step(item) for item in tree)
    if not isinstance(tree, dict):
        return False
    return tree.get("op") == "step" or tree.get("kind") == "step" or any(names_step(item) for item in tree.values())


@once_per_tree
def asked_steps(tree):
    """Names of the repeated steps that a filter asks."""
    if isinstance(tree, list):
        return {name for item in tree for name in asked_steps(item)}
    if not isinstance(tree, dict):
        return set()
    here = {tree["step"]} if tree.get("kind") == "step" else set()
    return here.union(*(asked_steps(item) for item in tree.values()))


def is_before(a, b):
    """Two records of one event, in and out, fill two steps no more than one would."""
    return a.place < b.place and not (a.record_id == b.record_id and a.time == b.time)


class Search:
    def __init__(self, visit, pattern, last):
        self.visit, self.pattern = visit, pattern
        self.steps, self.hand = pattern["steps"], last  # the record that ends the match
        self.after = None  # what is not younger is outside of the window
        self.names = [step["name"] for step in self.steps]
        self.singles = [place for place, step in enumerate(self.steps) if not step["repeated"]]

    def left_in(self, record, where):
        return "reversed" not in record.phases or evaluate.names_reversed(where)

    def holds(self, where, record):
        return where is None or self.visit.value(where, record) not in (0, None)

    def candidates(self, place):
        """Records that may stand at a single step, whatever stands at the others, the latest first."""
        step = self.steps[place]
        found = [self.hand]
        if place != len(self.steps) - 1:
            found = [r for r in reversed(self.visit.page.stream(step["stream"]))
                     if r.place < self.hand.place and r.time > self.after]
        return [r for r in found if self.left_in(r, step["where"])
                and (names_step(step["where"]) or self.holds(step["where"], r))]

    def end(self, place, record):
        """When the step was over; an open call is not over before the event in hand."""
        if self.steps[place]["stream"] not in CALLS:
            return record.time
        return self.visit.t if self.visit.call_is_open(record) else self.visit.call_ended(record)

    def is_within(self, place, record, before):
        within = self.steps[place]["within_ms"]
        end = self.end(place - 1, before) if within else None
        return not within or (end is not None and record.time - end < within)

    def taken(self, place, bound):
        """What a repeated step takes, the single steps given."""
        step, last = self.steps[place], len(self.steps) - 1
        found = []
        for record in self.visit.page.stream(step["stream"]):
            if place == 0:
                after = record.time > self.after
            else:
                before = bound[self.names[place - 1]]
                after = is_before(before, record) and self.is_within(place, record, before)
            follows = self.hand if place == last else bound[self.names[place + 1]]
            in_time = is_before(record, follows) or (place == last and record is self.hand)
            if after and in_time and self.left_in(record, step["where"]) and self.holds(step["where"], record):
                found.append(record)
        return found

    def in_turn(self):
        """The repeated steps, each after those whom its filter asks."""
        left, turn = [place for place, step in enumerate(self.steps) if step["repeated"]], []
        while left:
            turn.append(next(place for place in left
                             if not asked_steps(self.steps[place]["where"]) & {self.steps[other]["name"] for other in left}))
            left.remove(turn[-1])
        return turn

    def is_whole(self, bound):
        """Do these records at the single steps make a match? What repeated steps take is put beside them."""
        matches = self.visit.matches
        matches[self.pattern["name"]] = bound
        for place in self.in_turn():
            step, found = self.steps[place], self.taken(place, bound)
            if not step["least"] <= len(found) <= step["most"]:
                return False
            if place == len(self.steps) - 1 and found[-1] is not self.hand:
                return False
            bound[step["name"]] = found
        for place, step in enumerate(self.steps):
            if step["repeated"]:
                continue
            record = bound[step["name"]]
            if place > 0:
                before = bound[self.names[place - 1]]
                before = before[-1] if isinstance(before, list) else before
                if not is_before(before, record) or not self.is_within(place, record, before):
                    return False
            if not self.holds(step["where"], record):
                return False
        return not self.is_broken(bound)

    def is_broken(self, bound):
        flat = [r for found in bound.values() for r in (found if isinstance(found, list) else [found])]
        first = min(flat, key=lambda r: r.place)
        for without in self.pattern["without"]:
            for record in self.visit.page.stream(without["stream"]):
                if (is_before(first, record) and is_before(record, self.hand) and not any(record is r for r in flat)
                        and self.left_in(record, without["where"]) and self.holds(without["where"], record)):
                    return True
        return False

    def fill(self, singles, bound):
        if not singles:
            whole = dict(bound)
            return whole if self.is_whole(whole) else None
        place = singles[-1]
        for record in self.candidates(place):
            if bound and record.place >= min(r.place for r in bound.values()) and record is not self.hand:
                continue
            found = self.fill(singles[:-1], {**bound, self.names[place]: record})
            if found is not None:
                return found
        return None

    def begins(self):
        """May the event in hand fill the last step? Then it says where the window begins."""
        page = self.visit.page
        if self.hand is None or page.entity != self.pattern["page"] or self.hand.stream != self.steps[-1]["stream"]:
            return False
        if not self.left_in(self.hand, self.steps[-1]["where"]):
            return False
        days, time = self.pattern["workdays"], self.hand.time
        self.after = self.visit.workdays_start(days, time) - 1 if days else time - self.pattern["within_ms"]
        return True

    def find(self):
        return self.fill(self.singles, {}) if self.begins() else None


def search(visit, pattern):
    """Puts the match of the pattern, or None, among the visit's matches."""
    visit.matches[pattern["name"]] = None
    visit.matches[pattern["name"]] = Search(visit, pattern, visit.record).find()
