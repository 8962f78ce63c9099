"""The reference's own test: values worked out by hand, one small stream told whole, and what compare.py must notice.

    test_reference.py   the last line is `N passed, N failed`
"""
import argparse
import collections
import hashlib
import hmac
import json
import os
import sys
import tempfile

import compare
import decide
import evaluate
import expressions
import formats
import generate
import identity
import ingest
import itinerary
import packs
import pages
import reference
import retention
import tags
import trial
from vocabulary import DAY, HOUR, MINUTE, SECOND, civil, day_start, money, rfc3339

MONDAY = 1772416800000  # 2026-03-02T10:00:00+08:00
CHECKS = []             # (name, got, expected)


def check(name, got, expected):
    CHECKS.append((name, got, expected))


# ---- small values


def check_identity():
    by_hand = b"\x04\x00\x00\x00seed" + b"\x10\x00\x00\x00" + bytes(range(16)) + b"\x08\x00\x00\x00\x07" + bytes(7)
    check("an id's fields are led by their lengths", identity.digest("seed", bytes(range(16)), 7),
          hashlib.sha256(by_hand).digest()[:16])
    check("a token is the keyed hash of kind and text", identity.token_of("number", "13800138000"),
          hmac.new(b"sluice-demonstration-key", b"\x0113800138000", hashlib.sha256).digest()[:16])
    check("a stand-in is named after its account", identity.stand_in("account", bytes(16)),
          hashlib.sha256(b"stand-in\x02" + bytes(16)).digest()[:16])
    for raw, normal in (("+86 138-0013-8000", "13800138000"), ("008613800138000", "13800138000"),
                        ("8613800138000", "13800138000"), ("013800138000", "13800138000"),
                        ("+86 572 12345678", "057212345678"), ("+86 10 12345678", "01012345678"),
                        ("0012025550123", "+12025550123"), ("95588", "95588"), ("+86 400 123 4567", "4001234567")):
        check("normal form of " + raw, identity.normal_number(raw), normal)
    for entity, text, mask in (("number", "13800138000", "138****8000"), ("number", "95588", "***88"),
                               ("number", "7", "*"), ("number", "+85291234567", "+852****4567"),
                               ("account", "6222000000000000011", "6222***********0011"), ("account", "A1", "**")):
        check("mask of " + text, identity.mask_of(entity, text), mask)


def check_time():
    check("local time with ms", rfc3339(MONDAY + 120), "2026-03-02T10:00:00.120+08:00")
    check("year, month, day, hour and weekday", civil(MONDAY), (2026, 3, 2, 10, 1))
    check("a day begins at local midnight", day_start(MONDAY), MONDAY - 10 * HOUR)
    check("midnight is of its own day", day_start(MONDAY - 10 * HOUR), MONDAY - 10 * HOUR)
    check("an offset is taken off", ingest.moment("2026-03-02T02:00:00Z"), MONDAY)
    check("fractions past ms are cut", ingest.moment("2026-03-02T10:00:00.0019+08:00"), MONDAY + 1)
    check("a date is its local midnight", ingest.moment("2026-03-02"), MONDAY - 10 * HOUR)


def check_values():
    for num, den, expected in ((5, 2, 2), (7, 2, 4), (-5, 2, -2), (-7, 2, -4), (4, 3, 1), (5, 3, 2), (-5, 3, -2)):
        check("%d / %d, halves to even" % (num, den), evaluate.half_even(num, den), expected)
    check("money in reasons", money(-7000050), "-70000.50")
    check("money in texts", formats.spoken_money(123456789), "1,234,567.89")
    for value, plain, spoken in ((0, "0s", "0 秒"), (999, "999ms", "0 秒"), (90500, "1m30s500ms", "1 分钟 30 秒"),
                                 (DAY + 5 * MINUTE, "1d5m", "1 天 5 分钟"), (-HOUR, "-1h", "-1 小时"),
                                 (-999, "-999ms", "0 秒"),
                                 (93784005, "1d2h3m4s5ms", "1 天 2 小时"), (45 * MINUTE, "45m", "45 分钟")):
        check("duration %d in reasons" % value, formats.plain_duration(value), plain)
        check("duration %d in texts" % value, formats.spoken_duration(value), spoken)
    for value, shown in ((8000, "80%"), (8050, "80.5%"), (8025, "80.25%"), (5, "0.05%"), (-150, "-1.5%"), (0, "0%")):
        check("ratio %d" % value, formats.ratio(value), shown)
    yes, no, unknown = 1, 0, None
    for a, b, both, either in ((yes, yes, yes, yes), (yes, no, no, yes), (no, no, no, no), (yes, unknown, unknown, yes),
                               (no, unknown, no, unknown), (unknown, unknown, unknown, unknown)):
        check("%s and %s" % (a, b), evaluate.both(a, b), both)
        check("%s and %s" % (b, a), evaluate.both(b, a), both)
        check("%s or %s" % (a, b), evaluate.either(a, b), either)
        check("%s or %s" % (b, a), evaluate.either(b, a), either)


def check_retention():
    for op, least, other, expected in (
            (">=", 5, 5, True), (">=", 5, 6, False), ("<", 5, 5, True), ("<", 4, 5, False), (">", 5, 5, False),
            (">", 6, 5, True), ("<=", 6, 5, True), ("==", 5, 5, False), ("!=", 6, 5, True), ("+", 6, 5, False),
            (">=", None, 5, False), (">=", None, None, True), ("-", 6, None, True)):
        check("at least %s %s %s decides" % (least, op, other), retention.decides(op, least, other), expected)
    kept, page = retention.Retention(1), pages.Page("account", b"a")
    kept.limits["account_payments"] = 9, 2
    for number in range(12):
        page.add("payment_in", MONDAY + number * 10 * HOUR, number, None, None).amount = 10 ** number
        kept.drop(page, "payment_in")
    check("of twelve nine are too many, and eight stay whatever their age", len(page.stream("payment_in")), 8)
    check("the oldest are dropped", [r.was_known for r in page.dropped("payment_in")], [1, 10, 100, 1000])
    visit = evaluate.Visit(None, page, "payee", None, None, MONDAY + 110 * HOUR, {})
    for span, many, behind in ((80, 8, False), (81, 10, True), (96, 10, True), (97, 12, True), (1000, 12, True)):
        every = {"op": "aggregate", "kind": "count", "stream": "payment_in", "word": None, "where": None,
                 "span": {"kind": "ms", "ms": span * HOUR}}
        check("%d hours with the sums of whole days" % span, visit.value(every), many)
        look = retention.Look(visit)
        look.settle(every)
        check("%d hours are approximate" % span, look.approximate, behind)


# ---- a stream told whole

COUNT = {"op": "aggregate", "kind": "distinct", "stream": "payment_in", "word": "payer",
         "span": {"kind": "ms", "ms": HOUR}, "where": None}
THREE = {"op": ">=", "a": COUNT, "b": {"op": "const", "value": 3}}
LATE_HOUR = {"op": "==", "a": {"op": "word", "word": "hour"}, "b": {"op": "const", "value": 23}}
PACK = {
    "hash": "ab" * 32,
    "typologies": [{"name": "mule", "title": "涉案账户", "page": "account", "closes_ms": DAY,
                    "tiers": {"low": 20, "high": 60}}],
    "features": [],
    "days": [],
    "rules": [{
        "name": "fan_in", "title": "Three payers", "typology": "mule", "page": "account", "leg": "payee",
        "absolute": False, "trigger": "transaction", "when": THREE,
        "unless": [{"text": "", "source": "hour == 23", "expr": LATE_HOUR}],
        "conditions": [{"text": "distinct(payment_in.payer in 1h) >= 3", "whole": THREE, "value": COUNT,
                        "threshold": THREE["b"], "threshold_text": "", "unit": "a count"}],
        "actions": [{"kind": "score", "if": None, "points": {"op": "const", "value": 65}, "span_ms": DAY},
                    {"kind": "delay", "if": None, "target": "payer"},
                    {"kind": "stop", "if": None, "target": "payee", "span_ms": HOUR},
                    {"kind": "say", "if": None, "pieces": [{"text": "收到 "}, {"expr": COUNT, "unit": "a count"}]}],
    }],
}
MULE = "6222000000000000019"


def payment(number, payer, time, **more):
    return {"type": "transaction", "id": "p-%d" % number, "phase": "initiated", "time": time, "currency": "CNY",
            "payer": {"account": payer, "bank": "B-" + payer}, "payee": {"account": MULE}, "amount": "30.00", **more}


def run(records, expiry=400 * DAY, pack=None, kept=None):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "events.jsonl")
        generate.write_lines(path, records)
        return reference.run(reference.Pack(pack or PACK), None, path, expiry=expiry, kept=kept)


def by_hand(*fields):
    """The id of an output, spelled out apart from identity.digest."""
    message = b""
    for field in fields:
        field = field.encode() if isinstance(field, str) else field
        message += bytes([len(field), 0, 0, 0]) + field
    return hashlib.sha256(message).digest()[:16]


def check_tags():
    check("full width and small letters", tags.folded("ＣｏＤＥ\u3000１\u200b2"), "code 12")
    near = lambda text, within: tags.is_near(text, "ab", "ba", within)
    check("near in any order, not overlapping", [near(text, 1) for text in ("aba", "abba", "baxab", "ab..ba")],
          [False, True, True, False])
    sign = {"kind": "feed", "text": "OTP"}
    many = [{"name": "t%d" % n, "signs": [{"kind": "text", "text": "x"}]} for n in range(6)]
    check("a feed's word is none of the text", tags.find([{"name": "t", "signs": [sign]}], "OTP", []).has("t"), 0)
    check("without a text who knows", tags.find([{"name": "t", "signs": [sign]}], None, []).has("t"), None)
    check("five are kept", [tags.find(many, "x", []).has("t%d" % n) for n in (0, 4, 5)], [1, 1, None])
    check("fewer are all", tags.find(many, "y", []).has("t5"), 0)


def check_stream():
    out = run([payment(n, "A%d" % n, MONDAY + n * MINUTE) for n in (1, 2, 3)])
    token = identity.token_of("account", MULE)
    payer = identity.token_of("account", "A3")
    event = ("transactions", "p-3", "initiated")
    episode = by_hand("episode", token, "mule", *event)
    warning = by_hand("warning", episode, "high", bytes(8)).hex()
    at, version = "2026-03-02T10:03:00.000+08:00", "ab" * 6
    reasons = [{"rule": "fan_in", "title": "Three payers", "version": version, "time": at, "points": 65, "lifts_to": None,
                "conditions": [{"text": "distinct(payment_in.payer in 1h) >= 3", "value": "3", "threshold": "3", "result": True}]}]
    check("one warning, whole", out.warnings, [{
        "type": "warning", "id": warning, "time": at, "episode": episode.hex(), "tier": "high", "typology": "mule",
        "title": "涉案账户", "score": 65,
        "subject": {"kind": "account", "token": token.hex(), "mask": "6222***********0019"},
        "amount_at_risk": "30.00", "currency": "CNY", "text": "收到 3",
        "reasons": reasons,
        "evidence": [{"id": "p-3", "type": "transaction", "time": at}],
        "reach": [{"channel": "phone", "deadline": "2026-03-02T10:18:00.000+08:00"},
                  {"channel": "station", "deadline": "2026-03-02T12:03:00.000+08:00"}],
        "receivers": ["county", "station"], "flags": [], "origin": "own", "external": None, "pack": "ab" * 32}])
    check("one request, whole", out.stops, [{
        "type": "stop", "id": by_hand("request", "city", "delay", payer, token, "payee", *event).hex(),
        "kind": "delay", "time": at, "not_after": "2026-03-02T10:13:00.000+08:00", "duration_s": None,
        "target": {"kind": "account", "token": payer.hex(), "mask": "**"},
        "payment": {"id": "p-3", "bank": "B-A3", "amount": "30.00", "currency": "CNY", "time": at},
        "warning": warning, "tier": "high", "basis": "反电信网络诈骗法 第十八条", "reasons": reasons, "approval": {"mode": "before"}}])
    check("what high does not allow is advice, whole", out.advice, [{
        "type": "advice", "id": by_hand("advice", token, "stop", token, "payee", *event).hex(), "kind": "stop",
        "because": "tier", "time": at,
        "target": {"kind": "account", "token": token.hex(), "mask": "6222***********0019"}, "reasons": ["fan_in"],
        "warning": warning, "duration_s": 3600,
        "payment": {"id": "p-3", "bank": None, "amount": "30.00", "currency": "CNY", "time": at}}])
    check("nobody asks about the payers", [one["role"] for one in out.decisions], ["payee"] * 3)
    decision = out.decisions[2]
    check("the decision's id", decision["id"], by_hand("decision", token, "payee", *event).hex())
    check("the decision's tier, rules and scores", (decision["tier"], decision["fired"], decision["scores"]),
          ("high", ["fan_in"], {"mule": 65}))


def check_corners():
    three = [payment(n, "A%d" % n, MONDAY + n * MINUTE) for n in (1, 2, 3)]
    again = run(three + [three[2]])
    check("a message twice counts once", (len(again.warnings), again.duplicates), (1, 1))
    named = payment(1, "A1", MONDAY, payment_id="x")
    for name, messages, expected in (
            ("a payment_id may be left out later", [named, payment(1, "A1", MONDAY)], (1, 1)),
            ("a payment_id may be given later", [payment(1, "A1", MONDAY), named], (1, 1)),
            ("two banks, one payment_id", [named, dict(named, id="q", source="ccb")], (1, 1)),
            ("two payment_ids under one id", [named, dict(named, payment_id="y")], (2, 0))):
        out = run(messages)
        check(name, (len(out.decisions), out.duplicates), expected)
    edge = run([payment(1, "A1", MONDAY), payment(2, "A2", MONDAY + 1), payment(3, "A3", MONDAY + HOUR)])
    check("what is just out of the window", len(edge.warnings), 0)
    inside = run([payment(1, "A1", MONDAY + 1), payment(2, "A2", MONDAY + 1), payment(3, "A3", MONDAY + HOUR)])
    check("what is just in the window", len(inside.warnings), 1)
    night = run([payment(n, "A%d" % n, MONDAY + 13 * HOUR + n) for n in (1, 2, 3)])
    check("a guard holds", (night.warnings, night.decisions[2]["guarded"]),
          ([], [{"rule": "fan_in", "unless": "hour == 23"}]))
    late = run([three[0], three[1], payment(4, "A1", MONDAY + 10 * MINUTE), three[2]])
    check("late is judged at its time, and says so", [(w["time"], w["flags"]) for w in late.warnings],
          [("2026-03-02T10:03:00.000+08:00", ["late"])])
    lost = run([three[0], three[1], payment(4, "A1", MONDAY + 18 * MINUTE + 1), three[2]])
    check("too late is kept and not judged", (len(lost.warnings), lost.too_late), (0, 1))
    fourth = run(three + [payment(4, "A4", MONDAY + 4 * MINUTE)])
    check("evidence for an open warning is silent", len(fourth.warnings), 1)
    back = run([dict(three[0]), dict(three[0], phase="reversed", time=MONDAY + MINUTE), three[1], three[2]])
    check("a reversed payment does not count", len(back.warnings), 0)


def check_full_page():
    """Nine typologies on one page: the ninth takes the place of the one that closes first, and keeps it when it comes again."""
    judgement = decide.Judgement.__new__(decide.Judgement)
    judgement.page = argparse.Namespace(episodes=[])
    judgement.pack = argparse.Namespace(typologies={"T%d" % n: {"closes_ms": HOUR} for n in range(10)})
    for n in range(8):
        judgement.keep(decide.Episode("T%d" % n, b"", MONDAY + (n + 5) % 8, "low", None), None)
    ninth = decide.Episode("T8", b"", MONDAY + 9, "low", None)
    judgement.keep(ninth, None)
    judgement.keep(decide.Episode("T8", b"", MONDAY + 10, "low", None), ninth)
    check("what closes first gives way", [e.typology for e in judgement.page.episodes],
          ["T0", "T1", "T2", "T8", "T4", "T5", "T6", "T7"])


def rule_of_marks(name, page, leg, trigger, when, **action):
    """One that sets the mark `suspect`, or one that does nothing."""
    made = {"name": name, "title": "", "typology": None, "page": page, "leg": leg, "absolute": False, "trigger": trigger,
            "when": when, "unless": [], "conditions": [],
            "actions": [{"kind": "mark", "if": None, "mark": 0, "span_ms": HOUR, **action}] if action else []}
    return {**made, "mark": 0} if trigger == "mark" else made


def check_marks():
    """P's payment to A comes late, when A has paid B, and B has paid C; what A had paid before is not P's."""
    level = {"op": "mark_level", "mark": 0}
    since = {"op": ">=", "a": {"op": "record", "word": "time"}, "b": {"op": "word", "word": "time"}}
    each = {"op": "aggregate", "kind": "each", "stream": "payment_out", "word": "payee", "span": {"kind": "ms", "ms": HOUR},
            "where": since}
    large = {"op": ">=", "a": {"op": "word", "word": "amount"}, "b": {"op": "const", "value": 500000}}

    def at_level(number):
        return {"op": "==", "a": level, "b": {"op": "const", "value": number}}

    pack = dict(PACK, typologies=[], marks=["suspect"], rules=[
        rule_of_marks("paid", "account", "payer", "transaction", large, target="payee", level=1),
        rule_of_marks("left_2", "account", "entity", "mark", at_level(1), each=each, level=2),
        rule_of_marks("left_3", "account", "entity", "mark", at_level(2), each=each, level=3),
        rule_of_marks("last", "account", "entity", "mark", at_level(3)),
        rule_of_marks("holders", "person", "entity", "mark", at_level(3))])

    def pays(number, payer, payee, minute, amount="10.00"):
        return dict(payment(number, payer, MONDAY + minute * MINUTE, amount=amount), payee={"account": payee})

    out = run([pays(1, "AA", "DD", 5), pays(2, "AA", "BB", 15), pays(3, "BB", "CC", 17), pays(4, "PP", "AA", 12, "5000.00")],
              pack=pack)
    made = [one for one in out.decisions if one["role"] in ("entity", "holder") and one["fired"]]
    account = {name: identity.token_of("account", name) for name in ("AA", "BB", "CC", "PP")}
    check("a mark goes on along the money", [(one["fired"], one["subject"]["token"]) for one in made],
          [(["left_2"], account["AA"].hex()), (["left_3"], account["BB"].hex()), (["last"], account["CC"].hex()),
           (["holders"], account["CC"].hex())])
    # The holder's page knows of no payment: nothing there is younger than the mark.
    check("each page takes it in when it is", [one["time"][11:16] for one in made], ["10:15", "10:17", "10:17", "10:12"])
    # A number in an id has eight bytes.
    first = by_hand("mark", account["PP"], "payer", "transactions", "p-4", "initiated", "suspect", b"\x01" + bytes(7), account["AA"])
    check("and its id is of who set it, and on whom", made[0]["event"], first.hex())
    second = by_hand("mark", account["AA"], "entity", "mark", first.hex(), "", "suspect", b"\x02" + bytes(7), account["BB"])
    check("also through marks", made[1]["event"], second.hex())
    again = run([pays(1, "PP", "AA", 0, "5000.00"), pays(2, "QQ", "AA", 1, "5000.00"), pays(3, "QQ", "AA", 60, "5000.00")],
                pack=pack)
    check("no rule runs twice for a level that is there", again.fired["left_2"], 1)


def check_flags():
    """Nine payments, of which the page keeps eight and waits behind eight; the ninth is a minute late."""
    count = {"op": "aggregate", "kind": "count", "stream": "payment_in", "word": None, "where": None, "reversed_too": False,
             "span": {"kind": "ms", "ms": 30 * DAY}}
    many = {"op": ">=", "a": count, "b": {"op": "const", "value": 20}}
    got = {"name": "got", "stream": "payment_in", "where": None, "repeated": True, "least": 1, "most": 99, "within_ms": 0}
    pattern = {"name": "held", "page": "account", "event": "transaction", "workdays": 0, "within_ms": DAY, "steps": [got],
               "without": [], "absence": {"stream": None, "where": None, "within_ms": HOUR}}
    plain = {"title": "", "page": "account", "absolute": False, "state": "live", "typology": None, "unless": [],
             "conditions": [], "actions": []}
    pack = dict(PACK, typologies=[], patterns=[pattern], rules=[
        dict(plain, name="counted", trigger="transaction", leg="payee", when=many),
        dict(plain, name="over", trigger="timeout", pattern="held", leg="entity",
             when={"op": "known", "a": {"op": "word", "word": "time"}})])
    records = [payment(n, "A%d" % n, MONDAY + n * MINUTE) for n in (1, 2, 3, 4, 5, 6, 7, 9, 8)]
    records.append(dict(payment(10, "B", MONDAY + 3 * HOUR), payee={"account": "6222000000000000027"}))
    small = retention.Retention(1)
    small.limits["account_payments"] = 8, 90
    for name, kept, last, over in (("that keeps all", None, ["late", "bounded"], []),
                                   ("that keeps eight", small, ["late", "approximate", "bounded"], ["approximate"])):
        out = run(records, pack=pack, kept=kept)
        paid = [one for one in out.decisions if one["role"] == "payee" and one["event"] == "p-8"]
        ended = [one for one in out.decisions if one["role"] == "entity"]
        check("flags stand in their order on a page " + name, [(one["flags"], one["bounded"]) for one in paid], [(last, ["over"])])
        check("a wait that ends says what its match looked at on a page " + name, [one["flags"] for one in ended], [over] * 8)
        check("the first to end gave way on a page " + name, [one["time"][11:16] for one in ended],
              ["11:02", "11:03", "11:04", "11:05", "11:06", "11:07", "11:08", "11:09"])


def check_expiry():
    """128 s, so steps of one second; a day's points and the episode hold the page of the mule."""
    def came_back(*after):
        out = run([payment(n, "A%d" % n, MONDAY + ms) for n, ms in enumerate(after)], expiry=128 * SECOND)
        return out.came_back, len(out.warnings)

    check("a page is not forgotten before its time", came_back(0, 127999, 255999), (0, 1))
    check("and it is at its time", came_back(0, 128000), (1, 0))
    check("points and episode hold it", came_back(1, 2, 3, DAY + 128999), (0, 1))
    check("and then no more", came_back(1, 2, 3, DAY + 129000), (1, 1))


def check_itinerary():
    def visits(**rule):
        made = dict(PACK["rules"][0], unless=[], conditions=[], actions=[], **rule)
        planned = itinerary.Itinerary(dict(PACK, rules=[made]))
        return planned.legs("transaction"), planned.legs("call"), planned.legs("binding")

    gap = {"op": "word", "word": "gap"}
    met = {"op": "word", "word": "first_time"}
    met_by_phone = dict(COUNT, kind="any", stream="call_in", word=None, where={"op": "record", "word": "two_way"})
    age = {"op": "carried", "leg": "payee.person", "source": "attribute", "name": "age"}
    check("a stream that is read, on pages of the kind", visits(when=THREE), (["payee"], ["caller"], ["entity"]))
    check("meetings are in both directions", visits(when=met)[0], ["payee", "payer"])
    check("a person's silence is broken by anything", visits(when=gap, page="person", leg="payer.person"),
          (["payee", "payee.person", "payer.person"], ["caller", "caller.person", "callee.person"],
           ["entity", "holder"]))
    check("past records meet their own kind", visits(when=met_by_phone, page="person", leg="payer.person")[:2],
          (["payee", "payer.person"], ["caller", "caller.person", "callee.person"]))
    check("what is carried was visited", visits(when=age)[0], ["payee", "payee.person"])


# ---- the comparison's own parts


def check_comparison():
    one = {"id": "00" * 16, "time": "t", "fired": [], "tier": None, "a": {"b": [1, 2]}}
    check("equal outputs do not differ", trial.describe("decisions", [one], [dict(one)]), None)
    other = dict(one, a={"b": [1, 3]})
    check("the place of a difference", list(trial.differences("", one, other)), [(".a.b[1]", 2, 3)])
    check("a member too many", list(trial.differences("", one, dict(one, c=1))), [(".c", "absent", 1)])
    check("a member missing", [d[0] for d in trial.differences("", one, {"id": one["id"]})],
          [".time", ".fired", ".tier", ".a"])
    check("1 is not true", list(trial.differences("x", 1, True)), [("x", 1, True)])
    for name, got in (("a value", [other]), ("nothing", []), ("one more", [one, one])):
        check(name + " is noticed", trial.describe("decisions", [one], got) is None, False)
    second = dict(one, id="01" + "00" * 15)
    check("order is noticed", trial.describe("decisions", [one, second], [second, one]) is None, False)
    sampled = [dict(one, subject={"token": "00" * 16}, time="1970-01-01T08:00:00.00%d+08:00" % ms) for ms in range(3)]
    check("a sample of those with nothing is kept", [trial.is_sampled(d, 2) for d in sampled], [True, False, True])
    check("by the time and the subject alike", [trial.is_sampled(dict(sampled[0], subject={"token": "%02x" % n + "00" * 15}), 2)
                                                for n in range(3)], [True, False, True])
    check("0 keeps none of them", trial.is_sampled(sampled[0], 0), False)
    check("what fired is always kept", trial.is_sampled(dict(sampled[1], fired=["r"]), 2), True)


def check_bounds():
    """A warning on a page that may have none: the stream is cut in half, and has none."""
    before, reference.WARNINGS_MAX = reference.WARNINGS_MAX, 0
    three = [payment(n, "A%d" % n, MONDAY + n * MINUTE) for n in (1, 2, 3)]
    with tempfile.TemporaryDirectory() as folder:
        generate.write_lines(os.path.join(folder, "events.jsonl"), three)
        generate.write_lines(os.path.join(folder, "directory.jsonl"), [])
        try:
            run(three)
            said = None
        except reference.BeyondBounds as error:
            said = str(error)
        out = trial.refer(1, folder, argparse.Namespace(pack=reference.Pack(PACK)))
        with open(os.path.join(folder, "events.jsonl"), encoding="utf-8") as source:
            left = len(source.readlines())
    reference.WARNINGS_MAX = before
    check("a page's bound is said", said, "a page has more than 0 warnings")
    check("a stream is cut until it fits", (left, out.warnings), (1, []))


def check_generators():
    check("one seed, one pack", packs.Pack(3).files(), packs.Pack(3).files())
    check("two seeds, two packs", packs.Pack(3).files() == packs.Pack(4).files(), False)
    streams = [json.dumps(generate.Stream(5, 20).events()) for _ in range(2)]
    check("one seed, one stream", streams[0], streams[1])
    texts = " ".join(" ".join(packs.Pack(seed).files().values()) for seed in range(100))
    small = [seed for seed in range(200) if retention.retention_of(seed) is not None]
    for text in ("gap", "timeout of"):
        check("packs with small pages use " + text, any(text in "".join(packs.Pack(seed).files().values()) for seed in small), True)
    for word in expressions.WORDS:
        check("random packs use " + word["text"], word["text"] in texts, True)
    for row in ("AGGREGATE", "ACTION", "TRIGGER"):
        for text in (row["text"] for row in expressions.read_rows(row)):
            check("random packs use " + text, text in texts, True)
    check_distances()


def check_ledger():
    ledger = compare.Ledger(None, 5)
    for seed, events in ((6, 10), (5, 1), (8, 100)):
        result = trial.Result(seed)
        result.counts["events"] = events
        ledger.take(result)
    check("a ledger counts what has no gap before it", ledger.totals(), {"next": 7, "packs": 2, "events": 11, "decisions": 0})


def distances(seeds, size):
    """How often two calls between the same two numbers stand so far apart, each from where the first began or ended."""
    found = collections.Counter()
    for seed in range(seeds):
        calls = []  # (start, ends, end)
        for record in generate.Stream(seed, size).events():
            if record.get("type") == "call" and record.get("phase") == "record" and isinstance(record.get("caller"), str):
                start, lasts = ingest.moment(record["time"]), record.get("duration_ms", record.get("duration_s", 0) * SECOND)
                calls.append((start, sorted(identity.normal_number(record[name]) for name in ("caller", "callee")), start + lasts))
        for start, ends, _ in calls:
            for time, others, end in calls:
                if ends == others:
                    found.update({start - time, start - end})
    return found


def check_distances():
    far, near = distances(1200, generate.FEW), distances(600, 60)
    for apart in (-1, 0, 1):
        check("calls of the same two stand 30 days and %d ms apart" % apart, far[30 * DAY + apart] > 0, True)
        for span in (10 * MINUTE, 30 * MINUTE, HOUR, DAY):
            check("calls of the same two stand %d ms apart" % (span + apart), near[span + apart] > 0, True)


def main():
    check_identity()
    check_time()
    check_values()
    check_retention()
    check_tags()
    check_stream()
    check_corners()
    check_full_page()
    check_marks()
    check_flags()
    check_expiry()
    check_itinerary()
    check_comparison()
    check_bounds()
    check_generators()
    check_ledger()
    failed = [one for one in CHECKS if one[1] != one[2]]
    for name, got, expected in failed:
        print("%s:\n  got      %s\n  expected %s" % (name, got, expected))
    print("%d passed, %d failed" % (len(CHECKS) - len(failed), len(failed)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
