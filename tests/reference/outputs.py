"""The objects that go out, as docs/semantics.md, section 5 and 6, and docs/reference/*.schema.json have them.

Left out are `trace` and, of `evidence`, all but the event in hand: compare.py looks at their form only.
"""
import formats
import identity
from vocabulary import MINUTE, SECOND, TIERS, money, rfc3339, text_of

CURRENCY = "CNY"
VERSION_DIGITS = 12
NAMED_CHANNEL_WITHIN = 30 * MINUTE


def arrival(event):
    return text_of("ARRIVAL", event.arrival) if event.kind == "transaction" else ""


def subject(judgement):
    shown, page = judgement.subject().shown(), judgement.page
    if page.attribute("region_text") is not None:
        shown["region"] = page.attribute("region_text")
    elif page.attribute("region") is not None:
        shown["region"] = "%06d" % page.attribute("region")
    if page.attribute("adviser") is not None:
        shown["adviser"] = page.attribute("adviser")
    if page.attribute("vulnerable") is not None:
        shown["vulnerable"] = bool(page.attribute("vulnerable"))
    return shown


def amount_of(judgement):
    record = judgement.visit.record
    if judgement.event.kind != "transaction" or record.amount is None:
        return None
    return money(record.amount)


def late(judgement):
    """What came late, of a visit that is judged again."""
    return {"late": judgement.late.id} if hasattr(judgement, "late") else {}


# ---- warnings


def fired_of(judgement, typology):
    return [rule for rule in judgement.fired if rule["typology"] == typology["name"]]


def actions_of(judgement, typology, kind):
    """The actions of the typology's fired rules whose `if` is true, in order."""
    return [action for rule in fired_of(judgement, typology) for action in rule["actions"]
            if action["kind"] == kind and judgement.holds(action)]


def condition(visit, given):
    shown = {"text": given["text"], "value": None, "threshold": given["threshold_text"] or None}
    for side in ("value", "threshold"):
        if given[side] is not None:
            shown[side] = formats.plain(visit, given["unit"], visit.value(given[side]))
    whole = visit.value(given["whole"])
    shown["result"] = None if whole is None else bool(whole)
    return shown


def reason(judgement, rule, time, points, lifts_to, conditions):
    return {"rule": rule["name"], "title": rule["title"], "version": judgement.pack.hash[:VERSION_DIGITS],
            "time": rfc3339(time), "points": points, "lifts_to": lifts_to, "conditions": conditions}


def reason_now(judgement, rule):
    return reason(judgement, rule, judgement.t, judgement.reason_points[rule["name"]], judgement.reason_lifts[rule["name"]],
                  [condition(judgement.visit, given) for given in rule["conditions"]])


def highest_lift(lines):
    return max((line.tier for line in lines if line.tier is not None), key=TIERS.index, default=None)


def reasons(judgement, typology):
    """Of what fired now, in order; then of what fired earlier and is still in force, oldest first."""
    fired = fired_of(judgement, typology)
    made = [reason_now(judgement, rule) for rule in fired]
    names = {rule["name"] for rule in fired}
    earlier = []
    for place, rule in enumerate(judgement.pack.rules):
        lines = [line for line in judgement.in_force(typology) if line.rule == rule["name"]]
        if lines and rule["name"] not in names:
            earlier.append((lines[0].fired, place, rule, sum(line.points for line in lines),
                            highest_lift(lines), lines))
    earlier.sort(key=lambda one: one[:2])
    return made + [{**reason(judgement, rule, time, points, lift, []), **contradicted(lines)}
                   for time, _, rule, points, lift, lines in earlier]


def contradicted(lines):
    return {"contradicted": True} if any(line.contradicted for line in lines) else {}


def said(judgement, typology):
    """What the rules say, else what they are called."""
    texts = []
    for action in actions_of(judgement, typology, "say"):
        texts.append("".join(
            piece["text"] if piece.get("expr") is None
            else formats.spoken(judgement.visit, piece["unit"], judgement.visit.value(piece["expr"]))
            for piece in action["pieces"]))
    if not texts:
        texts = [rule["title"] or rule["name"] for rule in fired_of(judgement, typology)]
    return "；".join(texts)


def reach(judgement, typology, tier):
    named = [action["channel"] for action in actions_of(judgement, typology, "reach")]
    channels = [(name, NAMED_CHANNEL_WITHIN) for name in dict.fromkeys(named)] or judgement.pack.policy.tiers[tier]["channels"]
    return [{"channel": name, "deadline": rfc3339(judgement.t + within)} for name, within in channels]


def evidence(event):
    return [{"id": event.id, "type": event.kind, "time": rfc3339(event.time)}]


def warning(judgement, typology, episode):
    return {"type": "warning", "id": episode.warning.hex(), "time": rfc3339(judgement.t),
            "episode": episode.id.hex(), "tier": episode.tier, "typology": typology["name"],
            "title": typology["title"], "score": judgement.score(typology), "subject": subject(judgement),
            "amount_at_risk": amount_of(judgement), "currency": CURRENCY, "text": said(judgement, typology),
            "reasons": reasons(judgement, typology), "evidence": evidence(judgement.event),
            "reach": reach(judgement, typology, episode.tier), "receivers": judgement.pack.policy.tiers[episode.tier]["receivers"],
            "flags": list(judgement.flags), "origin": "own", "external": None, "pack": judgement.pack.hash,
            **late(judgement), **({"corrections": episode.corrections} if episode.corrections else {})}


# ---- requests, advice, decisions


def request_id(judgement, proposal):
    return identity.digest("request", judgement.pack.tenant, proposal.kind, proposal.target.token,
                           judgement.page.token, judgement.leg, *judgement.id_fields)


def advice_id(judgement, proposal):
    return identity.digest("advice", proposal.target.token, proposal.kind, judgement.page.token, judgement.leg,
                           *judgement.id_fields)


def payment(judgement, kind):
    """The payment in hand and the bank that can act on it."""
    event = judgement.event
    if event.kind != "transaction":
        return None
    party = event.parties["payee" if kind == "stop" else "payer"]
    return {"id": event.payment_id or event.id, "bank": party.bank or None, "amount": amount_of(judgement),
            "currency": CURRENCY, "time": rfc3339(judgement.visit.record.time)}


def seconds(span):
    return None if span is None else span // SECOND


def warning_id(proposal):
    return proposal.episode.warning.hex() if proposal.episode is not None else None


def stop(judgement, proposal):
    policy = judgement.pack.policy
    made = {"type": "stop", "id": request_id(judgement, proposal).hex(), "kind": proposal.kind,
            "time": rfc3339(judgement.t), "not_after": rfc3339(proposal.not_after),
            "duration_s": seconds(proposal.span), "target": proposal.target.shown(),
            "payment": payment(judgement, proposal.kind), "warning": warning_id(proposal), "tier": proposal.tier,
            "reasons": [reason_now(judgement, rule) for rule in judgement.fired if rule["name"] in proposal.reasons],
            "basis": policy.bases[proposal.kind], "approval": policy.approval(proposal.tier)}
    budgets = policy.budgets(proposal.kind)
    return {**made, "budgets": budgets} if budgets else made


def advice(judgement, proposal):
    made = {"type": "advice", "id": advice_id(judgement, proposal).hex(), "kind": proposal.kind,
            "because": proposal.because, "time": rfc3339(judgement.t), "target": proposal.target.shown(),
            "reasons": proposal.reasons, "warning": warning_id(proposal)}
    if proposal.span is not None:
        made["duration_s"] = seconds(proposal.span)
    if judgement.event.kind == "transaction":
        made["payment"] = payment(judgement, proposal.kind)
    return made


def shadow(judgement, rule):
    event = judgement.event
    made = identity.digest("shadow", rule["name"], judgement.page.token, judgement.leg, *judgement.id_fields)
    return {"type": "shadow", "id": made.hex(), "time": rfc3339(judgement.t), "rule": rule["name"],
            "title": rule["title"], "typology": rule["typology"], "event": event.id, "role": judgement.leg,
            "subject": subject(judgement), "points": judgement.reason_points[rule["name"]],
            "tier": judgement.would_be_tier(rule), "flags": judgement.shadow_flags[rule["name"]], "pack": judgement.pack.hash,
            **late(judgement)}


def decision_id(judgement):
    return identity.digest("decision", judgement.page.token, judgement.leg, *judgement.id_fields)


def sample_place(token, time_ms):
    """Of the decisions that nothing came of, those are written whose place is divisible by `decisions.sample`."""
    return (int.from_bytes(token[:8], "little") + time_ms) * 0x9E3779B97F4A7C15 % 2**64 >> 32


def decision(judgement):
    scores = {typology["name"]: judgement.score(typology) for typology in judgement.pack.typologies.values()
              if judgement.in_force(typology)}
    made = {"type": "decision", "id": decision_id(judgement).hex(), "time": rfc3339(judgement.t),
            "event": judgement.event.id, "role": judgement.leg, "subject": subject(judgement),
            "tier": judgement.tier, "fired": [rule["name"] for rule in judgement.fired],
            "guarded": judgement.guarded}
    if judgement.overridden:
        made["overridden"] = judgement.overridden
    if getattr(judgement, "contradicted", None):
        made["contradicted"] = judgement.contradicted
    if judgement.bounded:
        made["bounded"] = judgement.bounded
    if judgement.corrected():
        made["corrected"] = judgement.corrected()
    return {**made, "scores": scores, "flags": list(judgement.flags), **late(judgement)}
