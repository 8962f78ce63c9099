"""Which pages an event visits (docs/semantics.md, section 1), worked out from the checked rules alone.

`sluice check --json` says so too, in `visits`; compare.py holds the two against each other.
"""
from ingest import LEGS, stream_of

PAGE_OF = {"caller": "number", "callee": "number", "payer": "account", "payee": "account", "sender": "number",
           "receiver": "number", "user": "account", "device": "device", "domain": "domain"}
TRIGGER_EVENT = {"call_start": "call", "call_end": "call", "transaction": "transaction", "settlement": "transaction"}
STREAM_EVENT = {"call_in": "call", "call_out": "call", "payment_in": "transaction", "payment_out": "transaction",
                "sms_in": "sms", "sms_out": "sms", "login": "login", "change": "change", "warning": "warning"}
OF_THINGS = {"device": "use", "domain": "link"}
# Whom a page has met it may have met by a call or a message; a payment meets accounts.
MEETINGS = (("call_in", "call_out", "sms_in", "sms_out"), ("payment_in", "payment_out"), ("use",), ("link",))
OF_MEETINGS = ("first_time", "known_for", "two_way")
OF_THE_WHOLE_PAGE = ("gap", "late")
KEEPS = {"number": ("call_in", "call_out", "sms_in", "sms_out", "change", "warning"),
         "account": ("payment_in", "payment_out", "login", "change", "warning"), "person": tuple(STREAM_EVENT),
         "device": ("use", "warning"), "domain": ("link", "warning")}


def stream_at(kind, page):
    """The history that an event of this kind enters on pages of this kind, of two either; None if it enters none."""
    legs = [leg for leg in LEGS.get(kind, ()) if page_of_leg(leg) in (page, None)]
    return next((stream_of(kind, leg) for leg in legs if stream_of(kind, leg)), None)


def page_of_leg(leg):
    return "person" if leg.endswith(".person") or leg == "holder" else PAGE_OF.get(leg)


class Itinerary:
    def __init__(self, checked):
        self.features = {feature["name"]: feature for feature in checked["features"]}
        self.patterns = {pattern["name"]: pattern for pattern in checked.get("patterns", ())}
        self.reads = set()   # (page, stream)
        self.visits = {kind: set() for kind in LEGS}
        self.marked_persons = False
        for feature in checked["features"]:
            if "trigger" in feature:  # a scorecard
                self.walk(feature["expr"], feature["page"], TRIGGER_EVENT.get(feature["trigger"], feature["trigger"]))
        for pattern in self.patterns.values():
            absence = [pattern["absence"]] if pattern["absence"] and pattern["absence"]["stream"] else []
            for part in pattern["steps"] + pattern["without"] + absence:
                self.reads.add((pattern["page"], part["stream"]))
                self.walk(part["where"], pattern["page"], pattern["event"], part["stream"])
        for rule in checked["rules"]:
            kind = TRIGGER_EVENT.get(rule["trigger"], rule["trigger"])
            self.visits[kind].add(rule["leg"])
            if rule["page"] == "person" and kind in ("warning", "outcome", "mark", "timeout", "binding", "account", "number"):
                self.visits[kind].add("holder")
            self.walk(rule, rule["page"], kind)
            if rule["page"] == "person":
                for other in ("binding", "account", "number", "outcome"):
                    self.visits[other].add("holder")
        for kind in LEGS:
            for leg in LEGS[kind]:
                if (page_of_leg(leg), stream_of(kind, leg)) in self.reads:
                    self.visits[kind].add(leg)
        if ("person", "warning") in self.reads:
            self.visits["outcome"].add("holder")  # it ends warnings
        if self.marked_persons:
            self.visits["mark"].add("holder")
        self.planned = {kind: self.in_order(kind) for kind in LEGS}

    def word(self, word, page, of):
        """What a field of a record of the stream `of` on this page depends on."""
        meetings = next((group for group in MEETINGS if of in group), ())
        for stream in KEEPS[page]:
            acts = word in OF_THE_WHOLE_PAGE and stream != "warning"
            if acts or (word in OF_MEETINGS and stream in meetings):
                self.reads.add((page, stream))

    def attribute(self, name, page):
        """When a device or domain was first seen its records tell."""
        if name == "first_seen":
            self.reads.add((page, OF_THINGS[page]))

    def walk(self, tree, page, kind, looked_at=None):
        """All that stands below a rule or feature of a page; looked_at: the stream whose record a `where` looks at."""
        if isinstance(tree, list):
            for item in tree:
                self.walk(item, page, kind, looked_at)
            return
        if not isinstance(tree, dict):
            return
        op = tree.get("op")
        if op == "word":
            self.word(tree["word"], page, stream_at(kind, page))
        elif op == "record":
            self.word(tree["word"], page, looked_at)
        elif op == "attribute":
            self.attribute(tree["name"], page)
        elif op == "mark_level":
            self.marked_persons = self.marked_persons or page == "person"
        elif op == "step":
            steps = {step["name"]: step for step in self.patterns[tree["pattern"]]["steps"]}
            self.word(tree["word"], page, steps[tree["step"]]["stream"])
        elif op == "feature":
            feature = self.features[tree["name"]]
            # A scorecard is a feature of the event in hand.
            event = TRIGGER_EVENT.get(feature["trigger"], feature["trigger"]) if "trigger" in feature else None
            self.walk(feature["expr"], page, event)
        elif op == "carried":
            self.visits[kind].add(tree["leg"])
            if tree["source"] == "mark" and page_of_leg(tree["leg"]) == "person":
                self.marked_persons = True
            if tree["source"] == "attribute":
                self.attribute(tree["name"], page_of_leg(tree["leg"]))
            if tree["source"] == "feature":
                self.walk(self.features[tree["name"]]["expr"], page_of_leg(tree["leg"]), None)
        elif op == "aggregate":
            self.reads.add((page, tree["stream"]))
            looked_at = tree["stream"]
            self.word(tree["word"], page, looked_at)
        for item in tree.values():
            self.walk(item, page, kind, looked_at)

    def legs(self, kind):
        return self.planned[kind]

    def in_order(self, kind):
        """The legs of an event; the first is always visited."""
        return [leg for leg in LEGS[kind] if leg == LEGS[kind][0] or leg in self.visits[kind]]
