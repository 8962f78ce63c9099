"""A feed with 5 % broken records decides exactly as the feed without them.

    broken.py build/release/sluice build/broken

A small city is replayed as it is, and with broken records of every kind of KINDS between its events: truncated, of
wrong types, not UTF-8, of 10 MB, of 100,000 nested brackets, with members given twice, NUL, halves of surrogate
pairs, numbers at and past their edges. Then again its payments as CSV through a mapping, with broken rows.

What must hold: warnings, requests, advice, decisions and receipts are the same (but for `trace`); there is one dead
letter a broken record, in their order, with the expected reason, topic, offset, size, bytes and place in the file;
summary.json counts read = accepted + refused, each refused one by its reason; every reason that a file can meet
occurs; no dead letter's detail names an identifier.

Exit 0 if all that holds, 1 if not, 3 if a command fails.
"""
import base64
import collections
import csv
import io
import json
import os
import random
import shutil
import sys

from replays import Failed, gen_city, identifiers_of, leaks, read_bytes, read_json, read_lines, replay, \
    without_position

SEED = 20260302
CITY = {"people": 400, "hours": 24, "frauds": 4, "seed": 7}
SHARE = 0.05
COMPLAINTS_SHOWN = 20
KEPT_BYTES = 4096  # of a refused record, in its dead letter
DECIDED = ("warnings.jsonl", "stops.jsonl", "advice.jsonl", "decisions.jsonl", "receipts.jsonl", "shadow.jsonl")
TOPICS = {"call": "calls", "transaction": "transactions", "listing": "lists", "sms": "sms", "login": "accounts",
          "change": "accounts", "warning": "warnings-in", "outcome": "outcomes", "override": "lists"}
# A record of a file has no stamp to compare with, and none ends the program.
NEVER_IN_FILES = {"future_time", "quarantined"}
MB = 1024 * 1024

# What stands for a base: a good record of the city, or one made here.
CALL, RECORD, PAYMENT = "call start", "call record", "payment"
MADE = {
    "binding": {"type": "binding", "id": "x-1", "time": 1772416800000, "number": "12000000001", "person": "P-1"},
    "person": {"type": "person", "id": "x-2", "time": 1772416800000, "person": "P-1", "birth_year": 1958},
    "listing": {"type": "listing", "id": "x-3", "time": 1772416800000, "list": "fraud_accounts",
                "entity": "account:6217000000000000022", "action": "add"},
    "sms": {"type": "sms", "id": "x-4", "time": 1772416800000, "sender": "106912345678", "receiver": "12000000001",
            "text": "code 123456"},
    "login": {"type": "login", "id": "x-5", "time": 1772416800000, "account": "6222000000000000011", "what": "enter"},
    "change": {"type": "change", "id": "x-6", "time": 1772416800000, "number": "12000000001", "what": "power_off"},
    "warning": {"type": "warning", "id": "x-7", "time": 1772416800000, "origin": "ministry",
                "subject": "number:12000000001", "typology": "fake_police", "tier": "medium"},
    "outcome": {"type": "outcome", "id": "x-8", "time": 1772416800000, "subject": "person:P-1",
                "typology": "fake_police", "result": "dissuaded"},
    "correction": {"type": "outcome", "id": "x-11", "time": 1772416800000, "subject": "person:P-1",
                   "typology": "fake_police", "result": "corrected", "tier": "low"},
    "override": {"type": "override", "id": "x-9", "time": 1772416800000, "subject": "person:P-1",
                 "other": "account:6217000000000000022", "to": 1772503200000},
    "envelope": {"specversion": "1.0", "id": "x-10", "source": "/cmcc", "type": "call", "time": 1772416800000,
                 "data": {"phase": "start", "callee": "12000000001"}},
}


def nested(levels, opening, closing, inside="0"):
    return opening * levels + inside + closing * levels


# ---- broken by one value: (base, path of a member, JSON text put there or None to leave it out, reason) -----------

VALUES = [
    # wrong types
    (PAYMENT, "amount", "true", "wrong_type"), (PAYMENT, "amount", "{}", "wrong_type"),
    (PAYMENT, "amount", "[1]", "wrong_type"), (PAYMENT, "payer", '"6222000004665696"', "wrong_type"),
    (PAYMENT, "payee", "[]", "wrong_type"), (PAYMENT, "payer.account", "6222000004665696", "wrong_type"),
    (PAYMENT, "payee.bank", "{}", "wrong_type"), (PAYMENT, "currency", "156", "wrong_type"),
    (PAYMENT, "channel", "1", "wrong_type"), (PAYMENT, "time", "false", "wrong_type"),
    (CALL, "callee", "12009382991", "wrong_type"), (CALL, "caller", "{}", "wrong_type"),
    (CALL, "id", "7", "wrong_type"), (CALL, "phase", "3", "wrong_type"), (CALL, "region", "330503", "wrong_type"),
    (CALL, "type", "7", "wrong_type"), (RECORD, "answered", '"yes"', "wrong_type"),
    (RECORD, "duration_s", '"75"', "wrong_type"), ("person", "birth_year", '"1958"', "wrong_type"),
    ("person", "birth_year", "1958.5", "wrong_type"), ("binding", "account", '"6222000004665696"', "wrong_type"),
    # numbers at and past their edges
    (PAYMENT, "amount", "-0.01", "bad_amount"), (PAYMENT, "amount", "1e2", "bad_amount"),
    (PAYMENT, "amount", "0.001", "bad_amount"), (PAYMENT, "amount", "10000000000000.01", "bad_amount"),
    (PAYMENT, "amount", "9223372036854775807", "bad_amount"),
    (PAYMENT, "amount", "18446744073709551616", "bad_amount"), (PAYMENT, "amount", "9" * 400, "bad_amount"),
    (PAYMENT, "amount", '"%s"' % ("9" * 4000), "bad_amount"), (PAYMENT, "amount", "1E400", "bad_amount"),
    (PAYMENT, "amount", '""', "bad_amount"), (PAYMENT, "amount", '"NaN"', "bad_amount"),
    (PAYMENT, "amount", '"12,5"', "bad_amount"), (PAYMENT, "amount", '"1."', "bad_amount"),
    (PAYMENT, "amount", '"+1"', "bad_amount"), (PAYMENT, "balance_before", "-1", "bad_amount"),
    (PAYMENT, "amount", "NaN", "not_json"), (PAYMENT, "amount", "-Infinity", "not_json"),
    (PAYMENT, "amount", "01", "not_json"), (PAYMENT, "amount", "+1", "not_json"),
    (PAYMENT, "amount", ".5", "not_json"), (PAYMENT, "amount", "1.", "not_json"),
    (PAYMENT, "amount", "0x10", "not_json"), (PAYMENT, "amount", "-", "not_json"), (PAYMENT, "amount", "1e", "not_json"),
    (CALL, "time", "-1", "bad_time"), (CALL, "time", "0", "bad_time"), (CALL, "time", "946684799999", "bad_time"),
    (CALL, "time", "253402300800000", "bad_time"), (CALL, "time", "9223372036854775808", "bad_time"),
    (CALL, "time", "1772416800000.5", "bad_time"), (CALL, "time", "1.7724168e12", "bad_time"),
    (CALL, "time", '"1999-12-31T23:59:59.999Z"', "bad_time"), (CALL, "time", '"2026-02-30T10:00:00Z"', "bad_time"),
    (CALL, "time", '"2026-03-02T10:00:00"', "bad_time"), (CALL, "time", '"2026-03-02T23:59:60Z"', "bad_time"),
    (CALL, "time", '""', "bad_time"), (RECORD, "duration_s", "-1", "bad_time"),
    (RECORD, "duration_s", "604801", "bad_time"), (RECORD, "duration_s", "1.5", "bad_time"),
    (RECORD, "duration_s", "18446744073709551616", "bad_time"), (RECORD, "time", '"9999-12-31T23:59:59Z"', "bad_time"),
    # identifiers, NUL and other control characters among them
    (CALL, "callee", '"twelve"', "bad_identifier"), (CALL, "callee", '""', "bad_identifier"),
    (CALL, "callee", '"+"', "bad_identifier"), (CALL, "callee", '"%s"' % ("1" * 129), "bad_identifier"),
    (CALL, "caller", '"token:12"', "bad_identifier"), (CALL, "caller", r'"1200\u0000938"', "bad_identifier"),
    (CALL, "id", '""', "bad_identifier"), (CALL, "id", '"%s"' % ("i" * 65), "bad_identifier"),
    (CALL, "id", r'"c\u0000"', "bad_identifier"), (CALL, "source", r'"\u001f"', "bad_identifier"),
    (PAYMENT, "payer.account", '"6222;0011"', "bad_identifier"),
    (PAYMENT, "payee.account", r'"6222\u00000011"', "bad_identifier"),
    ("listing", "entity", '"cell:46000-1"', "bad_identifier"),
    # halves of surrogate pairs
    (CALL, "id", r'"\ud83d"', "bad_utf8"), (CALL, "id", r'"\ude00"', "bad_utf8"),
    (CALL, "id", r'"\ud83d\u0041"', "bad_utf8"), (CALL, "remark", r'"\ud83d\ud83d"', "bad_utf8"),
    (CALL, "remark", r'[{"deep":"\udc00"}]', "bad_utf8"), (CALL, "id", r'"\ud83"', "not_json"),
    (CALL, "id", r'"\x41"', "not_json"), (CALL, "id", '"tab\there"', "not_json"),
    # words and members
    (CALL, "type", '"telegram"', "unknown_type"), (CALL, "phase", '"posted"', "unknown_value"),
    (PAYMENT, "phase", '"begun"', "unknown_value"), ("listing", "action", '"drop"', "unknown_value"),
    (PAYMENT, "currency", '"yuan"', "unknown_currency"), (PAYMENT, "currency", '"cny"', "unknown_currency"),
    (CALL, "type", None, "missing_member"), (CALL, "id", None, "missing_member"),
    (CALL, "callee", None, "missing_member"), (CALL, "callee", "null", "missing_member"),
    (PAYMENT, "amount", None, "missing_member"), (PAYMENT, "currency", None, "missing_member"),
    (PAYMENT, "time", None, "missing_member"), (PAYMENT, "payee", "{}", "missing_member"),
    ("binding", "number", None, "missing_member"), ("person", "person", "null", "missing_member"),
    # the other feeds
    ("sms", "receiver", None, "missing_member"), ("sms", "sender", '"anonymous"', "bad_identifier"),
    ("sms", "text", "[]", "wrong_type"), ("sms", "urls", '"http://a"', "wrong_type"),
    ("login", "account", '"6222;11"', "bad_identifier"), ("login", "what", "1", "wrong_type"),
    ("change", "account", '"6222000000000000011"', "wrong_type"), ("change", "number", "null", "missing_member"),
    ("warning", "subject", '"12000000001"', "bad_identifier"), ("warning", "origin", None, "missing_member"),
    ("outcome", "typology", None, "missing_member"), ("outcome", "episode", '"17"', "bad_identifier"),
    ("outcome", "tier", '"high"', "unknown_value"), ("outcome", "result", '"corrected"', "missing_member"),
    ("correction", "tier", None, "missing_member"), ("correction", "tier", "null", "missing_member"),
    ("correction", "tier", '"severe"', "unknown_value"), ("correction", "tier", "2", "wrong_type"),
    ("correction", "result", '"corect"', "unknown_value"), ("correction", "result", None, "missing_member"),
    ("override", "to", None, "missing_member"), ("override", "other", '"P-2"', "bad_identifier"),
    # envelopes
    ("envelope", "specversion", '"2.0"', "unknown_value"), ("envelope", "specversion", "1", "wrong_type"),
    ("envelope", "data", '"{}"', "wrong_type"), ("envelope", "data", None, "missing_member"),
    ("envelope", "data", '{"phase":"start"}', "missing_member"), ("envelope", "time", '"today"', "bad_time"),
    ("envelope", "type", '"cn.cmcc.call"', "unknown_type"),
    # nesting, inside the limit of bytes and past it
    (CALL, "remark", nested(32, "[", "]"), "too_deep"), (CALL, "remark", nested(32, '{"a":', "}"), "too_deep"),
    (CALL, "remark", "[" * 20000, "too_deep"), (CALL, "remark", nested(100000, "[", "]"), "too_large"),
    (CALL, "remark", nested(100000, '{"a":', "}"), "too_large"),
    # sizes
    (CALL, "remark", '"%s"' % ("x" * 65536), "too_large"), (CALL, "remark", '"%s"' % ("x" * MB), "too_large"),
    (CALL, "remark", "0," + ",".join('"m%d":0' % i for i in range(257)), "too_many_members"),
    # members given twice
    (CALL, "callee", '"12009382991","callee":"12009382991"', "duplicate_member"),
    (CALL, "id", r'"c-1","\u0069d":"c-1"', "duplicate_member"), (CALL, "remark", '1,"remark":2', "duplicate_member"),
    (PAYMENT, "payer.account", '"6222000004665696","account":"6222000004665696"', "duplicate_member"),
]

# Broken as a whole: bytes of a good record -> broken bytes.
WHOLE = [
    ("not UTF-8", lambda rng, line: line.replace(b'"id":"', b'"id":"\xff', 1), "bad_utf8"),
    ("an overlong NUL", lambda rng, line: line.replace(b'"id":"', b'"id":"\xc0\x80', 1), "bad_utf8"),
    ("a surrogate in UTF-8", lambda rng, line: line.replace(b'"id":"', b'"id":"\xed\xa0\x80', 1), "bad_utf8"),
    ("past U+10FFFF", lambda rng, line: line.replace(b'"id":"', b'"id":"\xf4\x90\x80\x80', 1), "bad_utf8"),
    ("half a character at the end", lambda rng, line: line + "止".encode()[:2], "bad_utf8"),
    ("GB 18030", lambda rng, line: line.replace(b'"id":"', '"id":"止付'.encode("gb18030"), 1), "bad_utf8"),
    ("truncated", lambda rng, line: line[:rng.randrange(1, len(line))], "not_json"),
    ("truncated by a brace", lambda rng, line: line[:-1], "not_json"),
    ("without its beginning", lambda rng, line: line[rng.randrange(1, len(line)):], "not_json"),
    ("NUL in a text", lambda rng, line: line.replace(b'"id":"', b'"id":"\0', 1), "not_json"),
    ("NUL between members", lambda rng, line: line.replace(b",", b",\0", 1), "not_json"),
    ("NUL at the end", lambda rng, line: line + b"\0", "not_json"),
    ("NUL alone", lambda rng, line: b"\0", "not_json"),
    ("two records", lambda rng, line: line + line, "not_json"),
    ("a comma too many", lambda rng, line: line[:-1] + b",}", "not_json"),
    ("single quotes", lambda rng, line: line.replace(b'"', b"'"), "not_json"),
    ("a byte order mark", lambda rng, line: b"\xef\xbb\xbf" + line, "not_json"),
    ("an array around it", lambda rng, line: b"[" + line + b"]", "not_json"),
    ("a number", lambda rng, line: b"42", "not_json"),
    ("another format", lambda rng, line: b"<call id='c-1'/>", "not_json"),
    ("nothing in it", lambda rng, line: b"{}", "missing_member"),
    ("brackets alone", lambda rng, line: b"[" * 100000, "too_large"),
    ("10 MB of one byte", lambda rng, line: b"x" * (10 * MB), "too_large"),
]

BEFORE_ITS_TYPE = {"not_json", "bad_utf8", "too_large", "too_deep", "too_many_members", "duplicate_member",
                   "unknown_type"}

Broken = collections.namedtuple("Broken", "what reason topic bytes")


def put(record, path, text):
    """The record's JSON with other JSON text as the value of a member, or (None) without it."""
    record = json.loads(json.dumps(record))
    *parents, name = path.split(".")
    place = record
    for parent in parents:
        place = place[parent]
    if text is None:
        del place[name]
    else:
        place[name] = "@here@"
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).replace('"@here@"', text or "", 1).encode()


def make_values(bases, rng):
    for base, path, text, reason in VALUES:
        record = rng.choice(bases[base]) if base in bases else MADE[base]
        no_record = path == "specversion" or (path == "data" and not (text or "").startswith("{"))
        feed = reason in BEFORE_ITS_TYPE or path == "type" or no_record
        yield Broken("%s: %s = %s" % (base, path, "nothing" if text is None else text[:40]), reason,
                     "feed" if feed else TOPICS.get(record["type"], "directory"), put(record, path, text))


def make_whole(lines, rng):
    for what, make, reason in WHOLE:
        yield Broken(what, reason, "feed", make(rng, rng.choice(lines)))


def in_turn(count, rng, make_kinds):
    """count broken records: all kinds as often as it takes, but for the last time."""
    made = []
    while len(made) < count:
        kinds = make_kinds()
        rng.shuffle(kinds)
        made += kinds[:count - len(made)]
    rng.shuffle(made)
    return made


def make_records(lines, rng, count):
    records = [json.loads(line) for line in lines]
    bases = {
        CALL: [r for r in records if r["type"] == "call" and r["phase"] == "start" and "caller" in r],
        RECORD: [r for r in records if r["type"] == "call" and r["phase"] == "record"],
        PAYMENT: [r for r in records if r["type"] == "transaction" and "payer" in r and "payee" in r],
    }
    return in_turn(count, rng, lambda: [*make_values(bases, rng), *make_whole(lines, rng)])


# ---- good records at their edges ----------------------------------------------------------------------------------

EDGES = [  # nearly broken: members put into a good payment, as JSON text; they stand in both feeds
    {"amount": '"10000000000000.00"'}, {"amount": "0"}, {"amount": "0.01"}, {"currency": '"ZZZ"'},
    {"time": '"2000-01-01T00:00:00Z"'}, {"time": "1772416800000"}, {"source": '"%s"' % ("s" * 32)},
    {"remark": '"\U0001f600止付"'}, {"remark": r'"\ud83d\ude00\u0000"'}, {"remark": nested(31, "[", "]")},
    {"remark": r'{"a":{"b":1,"b":2}}'}, {"remark": "0," + ",".join('"m%d":0' % i for i in range(245))},
    {"remark": '"%s"' % ("x" * 65000)}, {"amount": "1.00 "}, {"payer": "null"},
]


def edge_records():
    for number, members in enumerate(EDGES):
        record = {"type": "transaction", "phase": "initiated", "id": "e-%02d" % number, "time": 1772416800000,
                  "payer": {"account": "6222000000000000011"}, "payee": {"account": "6217000000000000022"},
                  "amount": "1.00", "currency": "CNY"}
        for path, text in members.items():
            yield put(record, path, text)
    full = put(record, "remark", '""')
    yield full.replace(b'"remark":""', b'"remark":"%s"' % (b"x" * (65536 - len(full))))


# ---- the two feeds ------------------------------------------------------------------------------------------------

def mix(good, broken, rng):
    """Lines of both, good ones in their order, at seeded places: [(bytes, Broken or None)]"""
    places = sorted(rng.randrange(len(good) + 1) for _ in broken)
    mixed, at = [], 0
    for place, record in zip(places, broken):
        mixed += [(line, None) for line in good[at:place]]
        mixed.append((record.bytes, record))
        at = place
    return mixed + [(line, None) for line in good[at:]]


def write_feed(path, mixed, rng, header=b""):
    """Writes one record a line, some ended by CRLF, blank lines between; returns where each record begins."""
    offsets = []
    with open(path, "wb") as out:
        out.write(header)
        for line, _ in mixed:
            if rng.random() < 0.01:
                out.write(rng.choice((b"\n", b"\r\n", b"  \n")))
            offsets.append(out.tell())
            out.write(line + (b"\r\n" if rng.random() < 0.02 else b"\n"))
    return offsets


# ---- what must hold -----------------------------------------------------------------------------------------------

def expected_letters(mixed, offsets, counts):
    """One dict a broken record, in order; counts: records so far by topic, continued."""
    for (line, broken), place in zip(mixed, offsets):
        topic = broken.topic if broken else TOPICS.get(json.loads(line)["type"], "directory")
        offset = counts[topic]
        counts[topic] += 1
        if broken:
            yield {"what": broken.what, "reason": broken.reason, "topic": topic, "offset": offset, "place": place,
                   "bytes": line}


def check_letter(letter, wanted, feed):
    """Complaints about one dead letter."""
    for name in ("reason", "topic", "offset"):
        if letter[name] != wanted[name]:
            yield "%s: %s is %s, not %s (%s)" % (wanted["what"], name, letter[name], wanted[name], letter["detail"])
    if letter["partition"] != 0 or letter["size"] != len(wanted["bytes"]):
        yield "%s: partition %d, size %d, not 0 and %d" % (
            wanted["what"], letter["partition"], letter["size"], len(wanted["bytes"]))
    if feed not in letter["detail"] or str(wanted["place"]) not in letter["detail"]:
        yield "%s: the detail does not name %s and byte %d: %s" % (
            wanted["what"], feed, wanted["place"], letter["detail"])
    if base64.b64decode(letter["bytes_base64"]) != wanted["bytes"][:KEPT_BYTES]:
        yield "%s: its first bytes are not kept" % wanted["what"]


def check_letters(out, wanted, feed, identifiers):
    letters = read_lines(out, "dead-letters.jsonl")
    if len(letters) != len(wanted):
        yield "%d dead letters for %d broken records" % (len(letters), len(wanted))
    for letter, one in zip(letters, wanted):
        yield from check_letter(letter, one, feed)
    details = os.path.join(out, "details.txt")
    with open(details, "w", encoding="utf-8") as copy:
        copy.writelines(letter["detail"] + "\n" for letter in letters)
    for _, text in leaks(identifiers, [details]):
        yield "a detail names the identifier %s" % text.decode()


def check_decided(plain, mixed):
    """The same decisions with and without the broken records."""
    for name in DECIDED:
        good, tried = ([without_position(one) for one in read_lines(out, name)] for out in (plain, mixed))
        if good != tried:
            first = next((i for i, pair in enumerate(zip(good, tried)) if pair[0] != pair[1]),
                         min(len(good), len(tried)))
            yield "%s: %d without the broken records, %d with them; number %d differs" % (
                name, len(good), len(tried), first + 1)


def check_summary(plain, mixed, good, wanted):
    before, after = read_json(plain, "summary.json"), read_json(mixed, "summary.json")
    refused = collections.Counter(one["reason"] for one in wanted)
    for summary, reasons in ((before, {}), (after, refused)):
        if summary["refused"] != reasons:
            yield "summary: refused %s, not %s" % (summary["refused"], dict(reasons))
        if summary["accepted"] != good or summary["read"] != good + sum(reasons.values()):
            yield "summary: read %d and accepted %d of %d good and %d broken records" % (
                summary["read"], summary["accepted"], good, sum(reasons.values()))
    for name in sorted(set(before) - {"read", "refused"}):
        if before[name] != after[name]:
            yield "summary: %s is %s, without the broken records %s" % (name, after[name], before[name])


def figures(out, wanted, good):
    counts = {name: len(read_lines(out, name)) for name in DECIDED}
    return "%d good and %d broken (%.1f %%, %d reasons), %d decisions, %d warnings, %d requests, %d advice" % (
        good, len(wanted), 100.0 * len(wanted) / (good + len(wanted)), len({one["reason"] for one in wanted}),
        counts["decisions.jsonl"], counts["warnings.jsonl"], counts["stops.jsonl"], counts["advice.jsonl"])


def check_reasons(wanted):
    """Every reason that a file can meet was tried."""
    schema = os.path.join(os.path.dirname(__file__), "../../docs/reference/dead-letter.schema.json")
    with open(schema, encoding="utf-8") as source:
        reasons = set(json.load(source)["properties"]["reason"]["enum"]) - NEVER_IN_FILES
    if reasons != {one["reason"] for one in wanted}:
        yield "reasons not tried: %s" % ", ".join(sorted(reasons - {one["reason"] for one in wanted}))


# ---- JSON lines ---------------------------------------------------------------------------------------------------

def lines_of(path):
    with open(path, "rb") as source:
        return source.read().splitlines()


def try_json(sluice, folder, directory, events, rng):
    """(complaints, figures)"""
    good = lines_of(events)
    for record in edge_records():
        good.insert(rng.randrange(len(good)), record)
    broken = make_records(lines_of(events), rng, round(len(good) * SHARE / (1 - SHARE)))
    plain_feed, mixed_feed = os.path.join(folder, "good.jsonl"), os.path.join(folder, "mixed.jsonl")
    mixed = mix(good, broken, rng)
    write_feed(plain_feed, [(line, None) for line in good], random.Random(1))
    offsets = write_feed(mixed_feed, mixed, rng)
    plain = replay(sluice, os.path.join(folder, "good"), directory, plain_feed)
    tried = replay(sluice, os.path.join(folder, "mixed"), directory, mixed_feed)

    residents = len(lines_of(directory))
    wanted = list(expected_letters(mixed, offsets, collections.Counter(directory=residents)))
    bad = list(check_decided(plain, tried)) + list(check_summary(plain, tried, residents + len(good), wanted))
    bad += list(check_letters(tried, wanted, mixed_feed, identifiers_of(directory, events)))
    bad += list(check_reasons(wanted))
    for name in DECIDED:
        if not read_bytes(plain, name):
            bad.append("%s is empty: nothing was compared" % name)
    return bad, figures(plain, wanted, len(good))


# ---- CSV ----------------------------------------------------------------------------------------------------------

COLUMNS = ("id", "payment_id", "phase", "time", "payer", "payee", "amount", "currency", "channel", "purpose", "memo")
MAPPING = """type: transaction
columns:
  - {column: id, member: id}
  - {column: payment_id, member: payment_id}
  - {column: phase, member: phase}
  - {column: time, member: time}
  - {column: payer, member: payer.account}
  - {column: payee, member: payee.account}
  - {column: amount, member: amount}
  - {column: currency, member: currency}
  - {column: channel, member: channel}
  - {column: purpose, member: purpose}
"""
MEMOS = ("", "rent", "rent, March", 'said "urgent"', "two\nlines", "止付")

CELLS = [  # (column, cell, reason): one broken cell
    ("amount", "12,5", "bad_amount"), ("amount", "-1", "bad_amount"), ("amount", "1e2", "bad_amount"),
    ("amount", "10000000000000.01", "bad_amount"), ("amount", "", "missing_member"),
    ("amount", "twelve", "bad_amount"), ("time", "yesterday", "bad_time"), ("time", "2026-03-02 10:00", "bad_time"),
    ("time", "", "missing_member"), ("id", "", "missing_member"), ("id", "i" * 65, "bad_identifier"),
    ("id", "c\0", "bad_identifier"), ("payer", "6222;0011", "bad_identifier"), ("payee", "62\0", "bad_identifier"),
    ("payee", "token:12", "bad_identifier"), ("currency", "yuan", "unknown_currency"),
    ("phase", "maybe", "unknown_value"), ("memo", "x" * 70000, "too_large"), ("memo", "x" * (10 * MB), "too_large"),
]
ROWS = [  # (what, bytes of a good row -> broken bytes, reason)
    ("a row cut short", lambda row: row[:row.rindex(b",")], "missing_member"),
    ("an empty row but for one cell", lambda row: b"x", "missing_member"),
    ("a cell too many", lambda row: row + b",x", "wrong_type"),
    ("quotes that never close", lambda row: b'"' + row, "wrong_type"),
    ("quotes that never close, in a later cell", lambda row: row.replace(b",CNY", b',"CNY'), "wrong_type"),
    ("quotes inside a cell", lambda row: b'ab"c' + row, "wrong_type"),
    ("text behind closing quotes", lambda row: b'"ab"c' + row, "wrong_type"),
    ("not UTF-8", lambda row: b"\xff" + row, "bad_utf8"),
    ("GB 18030", lambda row: row + "止付".encode("gb18030"), "bad_utf8"),
]


def csv_row(record, **cells):
    row = {"id": record["id"], "payment_id": record.get("payment_id", ""), "phase": record["phase"],
           "time": record["time"], "payer": record.get("payer", {}).get("account", ""),
           "payee": record.get("payee", {}).get("account", ""), "amount": record["amount"],
           "currency": record["currency"], "channel": record.get("channel", ""),
           "purpose": record.get("purpose", ""), "memo": "", **cells}
    text = io.StringIO()
    csv.DictWriter(text, COLUMNS, lineterminator="\n").writerow(row)
    return text.getvalue()[:-1].encode()


def make_row_kinds(payments, rng):
    for column, cell, reason in CELLS:
        topic = "feed" if reason == "too_large" else "transactions"
        yield Broken("%s = %s" % (column, cell[:40]), reason, topic, csv_row(rng.choice(payments), **{column: cell}))
    for what, make, reason in ROWS:
        yield Broken(what, reason, "feed", make(csv_row(rng.choice(payments))))


def try_csv(sluice, folder, directory, events, rng):
    payments = [record for record in map(json.loads, lines_of(events)) if record["type"] == "transaction"]
    good = [csv_row(record, memo=rng.choice(MEMOS)) for record in payments]
    broken = in_turn(round(len(good) * SHARE / (1 - SHARE)), rng, lambda: list(make_row_kinds(payments, rng)))
    header = (",".join(COLUMNS) + "\n").encode()
    mapping = os.path.join(folder, "mapping.yaml")
    with open(mapping, "w", encoding="utf-8") as out:
        out.write(MAPPING)
    plain_feed, mixed_feed = os.path.join(folder, "good.csv"), os.path.join(folder, "mixed.csv")
    mixed = mix(good, broken, rng)
    write_feed(plain_feed, [(row, None) for row in good], random.Random(1), header)
    offsets = write_feed(mixed_feed, mixed, rng, header)
    plain = replay(sluice, os.path.join(folder, "good-csv"), directory, plain_feed, "--map", mapping)
    tried = replay(sluice, os.path.join(folder, "mixed-csv"), directory, mixed_feed, "--map", mapping)

    residents = len(lines_of(directory))
    typed = [(b'{"type":"transaction"}' if record is None else line, record) for line, record in mixed]
    wanted = list(expected_letters(typed, offsets, collections.Counter(directory=residents)))
    bad = list(check_decided(plain, tried)) + list(check_summary(plain, tried, residents + len(good), wanted))
    bad += list(check_letters(tried, wanted, mixed_feed, identifiers_of(directory, events)))
    if not read_bytes(plain, "warnings.jsonl"):
        bad.append("no warning from the CSV: nothing was compared")
    return bad, figures(plain, wanted, len(good))


def main(arguments):
    if len(arguments) != 2 or arguments[0].startswith("-"):
        print(__doc__.strip())
        return 0 if arguments == ["--help"] else 2
    sluice, folder = arguments
    rng = random.Random(SEED)
    try:
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        directory, events = gen_city(sluice, os.path.join(folder, "city"), **CITY)
        of_json, json_figures = try_json(sluice, folder, directory, events, rng)
        of_csv, csv_figures = try_csv(sluice, folder, directory, events, rng)
    except (Failed, OSError) as error:
        print("broken: %s" % error)
        return 3
    complaints = of_json + ["CSV: " + complaint for complaint in of_csv]
    for complaint in complaints[:COMPLAINTS_SHOWN]:
        print("does not hold: " + complaint)
    print("broken: %s; JSON lines: %s; CSV rows: %s" % (
        "%d things do not hold" % len(complaints) if complaints else "all the same", json_figures, csv_figures))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
