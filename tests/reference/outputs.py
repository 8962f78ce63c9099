"""The objects that go out, as docs/reference/*.schema.json has them, in Python."""
import identity
from vocabulary import DAY, HOUR, MINUTE, SECOND, money, rfc3339, text_of

CURRENCY = "CNY"
CHANNELS = {  # channel -> minutes until when, by tier: the policy of a pack that has none
}
UNIT_SETS = {"a number kind": "NUMBER_KIND", "an account kind": "ACCOUNT_KIND", "an account class": "ACCOUNT_CLASS",
             "a channel": "CHANNEL", "a purpose": "PURPOSE", "an arrival mode": "ARRIVAL"}


def arrival(event):
    return text_of("ARRIVAL", event.arrival) if event.kind == "transaction" else ""


def subject(judgement):
    target = judgement.subject()
    shown = target.shown()
    page = judgement.page
    for name in ("region_text", "adviser"):
        if page.attribute(name) is not None:
            shown[name.replace("_text", "")] = page.attribute(name)
    if page.attribute("vulnerable") is not None:
        shown["vulnerable"] = bool(page.attribute("vulnerable"))
    return shown


def amount_of(judgement):
    record = judgement.visit.record
    if judgement.event.kind != "transaction" or record is None or record.amount is None:
        return None
    return money(record.amount)


def shown_value(value, unit):
    if value is None:
        return None
    if unit == "money":
        return money(value)
    return str(value)


def reasons(judgement, typology):
    visit = judgement.visit
    for rule in judgement.fired:
        if rule["typology"] != typology["name"]:
            continue
        conditions = []
        for condition in rule["conditions"]:
            truth = visit.value(condition["whole"])
            side = {}
            for name in ("value", "threshold"):
                expr = condition[name]
                side[name] = shown_value(visit.value(expr), condition["unit"]) if expr is not None else None
            if condition["threshold"] is None and condition["threshold_text"]:
                side["threshold"] = condition["threshold_text"]
            conditions.append({"text": condition["text"], "value": side["value"], "threshold": side["threshold"],
                               "result": None if truth is None else bool(truth)})
        yield {"rule": rule["name"], "version": judgement.pack.hash[:12],
               "points": judgement.reason_points[rule["name"]], "conditions": conditions}


def said(judgement, typology):
    pieces = []
    for rule in judgement.fired:
        if rule["typology"] != typology["name"]:
            continue
        for action in rule["actions"]:
            if action["kind"] == "say" and judgement.holds(action):
                pieces.append("".join(
                    p["text"] if "text" in p else shown_value(judgement.visit.value(p["expr"]), p["unit"]) or "-"
                    for p in action["pieces"]))
    return "\n".join(pieces)


def warning(judgement, typology, episode):
    amount = amount_of(judgement)
    return {"type": "warning", "id": episode.warning.hex(), "time": rfc3339(judgement.t),
            "episode": episode.id.hex(), "tier": episode.tier, "typology": typology["name"],
            "title": typology["title"], "score": judgement.score(typology), "subject": subject(judgement),
            "amount_at_risk": amount, "currency": CURRENCY, "text": said(judgement, typology),
            "reasons": list(reasons(judgement, typology)), "flags": list(judgement.flags),
            "origin": "own", "external": None, "pack": judgement.pack.hash}


def request_id(judgement, proposal):
    return identity.digest("request", judgement.pack.tenant, proposal.kind, proposal.target.token,
                           judgement.page.token, judgement.leg, *judgement.event.id_fields)


def advice_id(judgement, proposal):
    return identity.digest("advice", proposal.target.token, proposal.kind, judgement.page.token, judgement.leg,
                           *judgement.event.id_fields)


def payment(judgement, kind):
    event = judgement.event
    if event.kind != "transaction":
        return None
    party = event.parties["payee" if kind == "stop" else "payer"]
    return {"id": event.payment_id or event.id, "bank": party.bank or None, "amount": amount_of(judgement),
            "currency": CURRENCY, "time": rfc3339(judgement.visit.record.time)}


def stop(judgement, proposal):
    within = proposal.tier == "urgent"
    return {"type": "stop", "id": request_id(judgement, proposal).hex(), "kind": proposal.kind,
            "time": rfc3339(judgement.t), "not_after": rfc3339(proposal.not_after),
            "duration_s": None if proposal.span is None else proposal.span // SECOND,
            "target": proposal.target.shown(), "payment": payment(judgement, proposal.kind),
            "warning": proposal.episode.warning.hex() if proposal.episode else None, "tier": proposal.tier,
            "reasons": proposal.reasons,
            "approval": {"mode": "within", "seconds": 900} if within else {"mode": "before"}}


def advice(judgement, proposal):
    made = {"type": "advice", "id": advice_id(judgement, proposal).hex(), "kind": proposal.kind,
            "because": proposal.because, "time": rfc3339(judgement.t), "target": proposal.target.shown(),
            "reasons": proposal.reasons,
            "warning": proposal.episode.warning.hex() if proposal.episode else None}
    if proposal.span is not None:
        made["duration_s"] = proposal.span // SECOND
    if judgement.event.kind == "transaction":
        made["payment"] = payment(judgement, proposal.kind)
    return made


def decision(judgement):
    event, pack = judgement.event, judgement.pack
    scores = {typology["name"]: judgement.score(typology) for typology in pack.typologies.values()
              if judgement.in_force(typology)}
    return {"type": "decision",
            "id": identity.digest("decision", judgement.page.token, judgement.leg, *event.id_fields).hex(),
            "time": rfc3339(judgement.t), "event": event.id, "role": judgement.leg, "subject": subject(judgement),
            "tier": judgement.tier, "fired": [rule["name"] for rule in judgement.fired],
            "guarded": judgement.guarded, "scores": scores, "flags": list(judgement.flags)}
