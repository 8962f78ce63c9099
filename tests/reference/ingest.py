"""Records of the feeds become events (docs/semantics.md, section 1). Only good records come here."""
import copy
import datetime
import decimal
import json
import re

import identity
import messages
import tags
from vocabulary import DAY, ZONE, value_of

TOPICS = {"call": "calls", "transaction": "transactions", "listing": "lists", "binding": "directory",
          "person": "directory", "account": "directory", "number": "directory", "sms": "sms", "login": "accounts",
          "change": "accounts", "warning": "warnings-in", "outcome": "outcomes", "override": "lists"}
LEGS = {"call": ("caller", "device", "caller.person", "callee", "callee.person"),
        "transaction": ("payee", "device", "payee.person", "payer", "payer.person"),
        "binding": ("entity", "holder"), "account": ("entity", "holder"), "number": ("entity", "holder"),
        "person": ("entity",), "listing": ("entity",),
        "sms": ("sender", "sender.person", "domain", "receiver", "receiver.person"),
        "login": ("user", "device", "user.person"),
        "change": ("owner", "owner.person"), "warning": ("entity", "holder"), "outcome": ("entity", "holder"),
        "override": ("entity",), "mark": ("entity", "holder"), "timeout": ("entity", "holder")}
DIRECTORY = ("binding", "person", "account", "number")
STREAMS = {"caller": "call_out", "callee": "call_in", "payee": "payment_in", "payer": "payment_out",
           "sender": "sms_out", "receiver": "sms_in", "user": "login", "owner": "change", "device": "use", "domain": "link"}
OTHER_END = {"caller": "callee", "callee": "caller", "payee": "payer", "payer": "payee", "sender": "receiver",
             "receiver": "sender", "domain": "receiver"}
USER_OF_DEVICE = {"call": "caller", "transaction": "payer", "login": "user"}
USES = {"call": "call", "transaction": "pay", "login": "login"}
THINGS = ("device", "domain")
THING = re.compile("[ -~]{1,64}")


def stream_of(kind, leg):
    """The history that an event of this kind enters at a leg, None if it enters none."""
    return "warning" if kind == "warning" else STREAMS.get(leg.split(".")[0])


def other_role(kind, leg):
    """Who is the other end at a leg; None: there is none."""
    role = leg.split(".")[0]
    return USER_OF_DEVICE[kind] if role == "device" else OTHER_END.get(role)


def thing_word(token):
    """The 32 bits that records keep of a device or domain."""
    return None if token is None else int.from_bytes(token[:4], "little") or 1


class Party:
    """One end of an event. Nobody: token is None."""

    def __init__(self):
        self.entity = None
        self.token = None
        self.holder = None
        self.holder_known = False
        self.kind = self.region = None
        self.mask = self.bank = ""


class Event:
    def __init__(self, kind, record):
        self.kind = kind
        self.phase = record.get("phase", "")
        self.id = record["id"]
        self.source = record.get("source") or TOPICS[kind]
        self.payment_id = record.get("payment_id")
        self.message_id = self.source, self.id
        self.record_id = ("payment", self.payment_id) if self.payment_id else self.message_id
        self.parties = {}
        self.time = self.judged = moment(record["time"])
        self.duration = None
        self.amount = self.balance_before = self.balance_after = None
        self.region = self.channel = self.purpose = self.arrival = None
        self.answered = self.forwarded = None
        self.tags = tags.Found()
        self.template = self.domain = self.device = self.cell = self.cause = None
        self.has_link = self.what = self.about = self.tier = self.origin = self.result = None

    @property
    def is_judged(self):
        """What happened, not what is known: directory records move no clock."""
        return self.kind not in DIRECTORY

    @property
    def id_fields(self):
        return self.source, self.id, self.phase

    def party(self, leg):
        role = leg.split(".")[0]
        return self.parties["entity" if role == "holder" else role]

    def is_person_leg(self, leg):
        return leg == "holder" or leg.endswith(".person") or self.party(leg).entity == "person"

    def leg_token(self, leg):
        party = self.party(leg)
        return party.holder if leg == "holder" or leg.endswith(".person") else party.token

    def legs(self):
        return [leg for leg in LEGS[self.kind] if self.leg_token(leg) is not None
                and not (leg == "holder" and self.party(leg).entity == "person")]


def moment(value):
    """Epoch milliseconds, RFC 3339, or a date (midnight in Asia/Shanghai)."""
    if isinstance(value, (int, decimal.Decimal)):
        return int(value)
    if len(value) == 10:
        days = datetime.date.fromisoformat(value).toordinal() - datetime.date(1970, 1, 1).toordinal()
        return days * DAY - ZONE
    found = re.fullmatch(r"(.{19})(?:\.(\d+))?(Z|[+-]\d\d:\d\d)", value)
    clock = datetime.datetime.fromisoformat(found.group(1).replace("t", "T") + found.group(3).replace("Z", "+00:00"))
    since = clock - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return (since.days * 86400 + since.seconds) * 1000 + int(((found.group(2) or "") + "000")[:3])


def minor_units(value):
    return None if value is None else int(decimal.Decimal(value).scaleb(2))


def truth(value):
    return None if value is None else int(value)


def county(value):
    """330502/001/12 lies in 330502; another form is unknown."""
    found = re.fullmatch(r"(\d{6})(/.*)?", value or "")
    return (int(found.group(1)) or None) if found and len(value) <= 24 else None


def unwrapped(record):
    """The data of a CloudEvents envelope, which says the rest."""
    if record.get("specversion") is None:
        return record
    outside = {name: record[name] for name in ("id", "source", "type", "time") if record.get(name) is not None}
    return {**outside, **{name: value for name, value in record["data"].items() if value is not None
                          or name not in outside}}


class MarkEvent:
    """A mark on its way: from a decision, not from a record."""
    kind, phase, source, is_judged = "mark", "", "mark", True

    def __init__(self, event_id, party, of_person, time, mark, level, until):
        self.id = event_id
        self.parties = {"entity": copy.copy(party)}  # which the pages that it visits may know better
        self.of_person = of_person  # it is the holder that is marked, not the number or account
        self.time = self.judged = time
        self.mark, self.level, self.until = mark, level, until

    @property
    def id_fields(self):
        return self.source, self.id, self.phase

    def party(self, leg):
        return self.parties["entity"]

    def is_person_leg(self, leg):
        return leg == "holder" or self.party(leg).entity == "person"

    def leg_token(self, leg):
        party = self.party(leg)
        return party.holder if leg == "holder" else party.token

    def legs(self):
        if self.of_person:
            return ["holder"]
        held = self.party("entity").entity != "person" and self.party("entity").holder is not None
        return ["entity"] + ["holder"] * held


def met(entity, token, mask):
    """The other end of records, as the page knows it: not who holds it."""
    party = Party()
    party.entity = entity
    party.token, party.mask = token, mask
    party.holder = identity.stand_in(party.entity, token)
    return party


class Directory:
    """Who holds what and what is stated: of each fact the latest word, by time, then arrival."""

    def __init__(self):
        self.facts = {}  # (token, what) -> (time, value)

    def state(self, token, what, value, time):
        if (token, what) not in self.facts or self.facts[token, what][0] <= time:
            self.facts[token, what] = time, value

    def get(self, token, what):
        return self.facts.get((token, what), (0, None))[1]


class Ingest:
    def __init__(self, pack_tags=()):
        self.tags = pack_tags
        self.directory = Directory()
        self.kinds = identity.NumberKinds()
        self.read = 0

    def events(self, path):
        """The events of a file of records, one after the other, as the directory is when each is read."""
        with open(path, encoding="utf-8") as source:
            for line in source:
                if line.strip():
                    self.read += 1
                    yield self.event(json.loads(line, parse_float=decimal.Decimal))

    def name(self, entity, raw):
        party = Party()
        party.entity = entity
        if raw.startswith("token:"):
            party.token = bytes.fromhex(raw[6:])
            return party
        text = messages.domain_of(raw) if entity == "domain" else identity.normal(entity, raw)
        party.token = identity.token_of(entity, text)
        party.mask = identity.mask_of(entity, text)
        party.kind = self.kinds.kind(text) if entity == "number" else None
        return party

    def event(self, record):
        record = unwrapped(record)
        event = Event(record["type"], record)
        event.region = county(record.get("region"))
        getattr(self, "read_" + ("fact" if event.kind in DIRECTORY else event.kind))(event, record)
        for role, party in event.parties.items():
            self.resolve(event, role, party)
        for role in THINGS:
            if role in event.parties:
                setattr(event, role, thing_word(event.parties[role].token))
        return event

    def thing(self, entity, raw):
        """A device; what names none is passed over."""
        return self.name(entity, str(raw)) if raw is not None and THING.fullmatch(str(raw)) else Party()

    def read_call(self, event, record):
        caller = record.get("caller")
        event.parties["caller"] = self.name("number", caller) if caller not in (None, "anonymous") else Party()
        if event.parties["caller"].token is None:
            event.parties["caller"].kind = value_of("NUMBER_KIND", "hidden")
        event.parties["callee"] = self.name("number", record["callee"])
        event.parties["device"] = self.thing("device", record.get("imei"))
        cell = str(record.get("cell") or "")
        event.cell = messages.mark(0x82, cell) if THING.fullmatch(cell) else None
        event.cause = value_of("CALL_CAUSE", record.get("cause"))
        event.answered, event.forwarded = truth(record.get("answered")), truth(record.get("forwarded"))
        if record.get("duration_ms") is not None:
            event.duration = int(record["duration_ms"])
        elif record.get("duration_s") is not None:
            event.duration = int(record["duration_s"]) * 1000
        if event.phase == "end":
            event.time -= event.duration or 0
        elif event.phase == "record":
            event.judged += event.duration or 0

    def read_transaction(self, event, record):
        for role in ("payee", "payer"):
            given = record.get(role)
            event.parties[role] = party = self.name("account", given["account"]) if given else Party()
            party.bank = (given or {}).get("bank") or ""
            party.kind = value_of("ACCOUNT_KIND", (given or {}).get("kind"))
        if record["currency"] == "CNY":
            event.amount = minor_units(record["amount"])
            event.balance_before = minor_units(record.get("balance_before"))
            event.balance_after = minor_units(record.get("balance_after"))
        event.parties["device"] = self.thing("device", record.get("device"))
        event.channel = value_of("CHANNEL", record.get("channel"))
        event.purpose = value_of("PURPOSE", record.get("purpose"))
        event.arrival = value_of("ARRIVAL", record.get("arrival"))

    def read_listing(self, event, record):
        entity, _, raw = record["entity"].partition(":")
        event.parties["entity"] = self.name(entity, raw)
        event.list = record["list"]
        event.removes = record["action"] == "remove"
        event.since = moment(record["from"]) if record.get("from") is not None else event.time
        event.until = moment(record["to"]) if record.get("to") is not None else None

    def read_sms(self, event, record):
        event.parties["sender"] = self.name("number", record["sender"])
        event.parties["receiver"] = self.name("number", record["receiver"])
        if record.get("urls") is not None:
            event.has_link = int(bool(record["urls"]))
        elif record.get("text") is not None:
            event.has_link = int(any(sign in record["text"] for sign in ("://", "www.", "WWW.")))
        if record.get("text") is not None:
            event.template = messages.template(record["text"])
        domain = messages.domain(record.get("text"), record.get("urls"))
        event.parties["domain"] = self.name("domain", domain) if domain is not None else Party()
        said = [text for text in record.get("tags") or () if isinstance(text, str)]
        event.tags = tags.find(self.tags, record.get("text"), said)

    def read_login(self, event, record):
        event.parties["user"] = self.name("account", record["account"])
        event.parties["device"] = self.thing("device", record.get("device"))
        event.what = value_of("LOGIN_WHAT", record["what"])

    def read_change(self, event, record):
        entity = "number" if record.get("number") is not None else "account"
        event.parties["owner"] = self.name(entity, record[entity])
        event.what = value_of("CHANGE_WHAT", record["what"])

    def read_subject(self, event, record):
        entity, _, raw = record["subject"].partition(":")
        event.parties["entity"] = self.name(entity, raw)
        event.about = record.get("typology")

    def read_warning(self, event, record):
        self.read_subject(event, record)
        event.origin = value_of("ORIGIN", record["origin"])
        event.tier = value_of("TIER", record.get("tier"))

    def read_outcome(self, event, record):
        self.read_subject(event, record)
        event.result = value_of("RESULT", record["result"])
        event.tier = value_of("TIER", record.get("tier"))
        event.episode = bytes.fromhex(record["episode"]) if record.get("episode") is not None else None

    def read_override(self, event, record):
        self.read_subject(event, record)
        entity, _, raw = record["other"].partition(":")
        event.other = self.name(entity, raw).token
        event.until = moment(record["to"])

    def read_fact(self, event, record):
        """A binding, person, account or number record, which changes the directory as it is read."""
        kind = event.kind
        entity = kind if kind != "binding" else "number" if record.get("number") is not None else "account"
        event.parties["entity"] = party = self.name(entity, record[entity])
        event.facts = {
            "opened": moment(record["opened"]) if record.get("opened") is not None else None,
            "class": value_of("ACCOUNT_CLASS", record.get("class")),
            "kind": value_of("NUMBER_KIND" if kind == "number" else "ACCOUNT_KIND", record.get("kind")),
            "birth_year": record.get("birth_year"),
            "vulnerable": truth(record.get("vulnerable")),
            "region": event.region if kind != "binding" else None,
            "region_text": record.get("region") if event.region is not None and kind == "person" else None,
            "adviser": record.get("adviser"),
        }
        year = event.facts["birth_year"]
        event.facts["birth_year"] = year if year is None or 1900 <= year <= 2100 else None
        for what in ("kind", "region"):
            if event.facts[what] is not None:
                self.directory.state(party.token, what, event.facts[what], event.time)
        event.names_holder = kind == "binding" or (kind != "person" and record.get("person") is not None)
        if event.names_holder:
            holder = record.get("person")
            party.holder = self.name("person", holder).token if holder is not None else None
            self.directory.state(party.token, "holder", party.holder, event.time)

    def resolve(self, event, role, party):
        """Holder, kind and region as the directory has them now."""
        if party.token is None or party.entity in THINGS:
            return
        if party.entity == "person":
            party.holder, party.holder_known = party.token, True
        elif role == "entity" and getattr(event, "names_holder", False):
            party.holder_known = party.holder is not None
        else:
            holder = self.directory.get(party.token, "holder")
            party.holder_known = holder is not None
            party.holder = holder or identity.stand_in(party.entity, party.token)
        stated = self.directory.get(party.token, "kind")
        if stated is not None and (party.entity == "number" or party.kind is None):
            party.kind = stated
        party.region = self.directory.get(party.token, "region")
        if party.region is None and party.holder_known:
            party.region = self.directory.get(party.holder, "region")
