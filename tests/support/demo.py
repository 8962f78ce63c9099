"""A day of a small city: generated, replayed, and compared with what was planted in it.

    demo.py build/release/sluice build/demo

What counts, and how:

- Planted payments are those of truth.jsonl: what victims send, what a mule account passes on, what
  is split below limits. A payment that only funds a planted account is not counted.
- A warning belongs to a fraud when its evidence names a planted payment or call of that fraud, or a
  warning that does (nobody answers the call that follows a warning). An
  episode (all warnings with one episode id) without any is a false warning. Precision is the share
  of episodes that are not false.
- A warning is there when its event has been read: not before any event that stands earlier in the
  file happened. An event that arrives late warns late, whatever time stands in it.
- A payment is warned in time if a warning of its fraud is there before the payment is posted, that is
  when the money is gone. A fraud is warned in time if a warning is there before its last payment is
  posted: something can still be held back.

Exit 0 if the demonstration holds (see FLOORS), 1 if not, 3 if a command fails.
"""
import collections
import datetime
import json
import os
import subprocess
import sys
import time

TIERS = ("urgent", "high", "medium", "low")
TYPOLOGIES = ("fake_service", "mule", "structuring")
MONEY_ROLES = ("victim", "drain", "split")
# In hundredths: of the planted frauds warned in time, of the episodes that are not false.
FLOORS = {"frauds in time": 50, "precision": 60}
COMMAND_SECONDS = 50
ASKS_SHOWN = 6


class Failed(Exception):
    pass


def epoch(text):
    return datetime.datetime.fromisoformat(text).timestamp()


def percent(part, whole):
    return 100 * part // whole if whole else 0


def read_lines(path, may_be_absent=False):
    if may_be_absent and not os.path.exists(path):
        return
    try:
        with open(path, encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    yield json.loads(line)
                except ValueError as error:
                    raise Failed("%s:%d: not JSON: %s" % (path, number, error)) from error
    except OSError as error:
        raise Failed("cannot read %s: %s" % (path, error.strerror)) from error


def run(arguments):
    """Seconds that the command took."""
    print("$ " + " ".join(arguments), flush=True)
    began = time.monotonic()
    try:
        done = subprocess.run(arguments, stdin=subprocess.DEVNULL, timeout=COMMAND_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise Failed("%s took longer than %d s" % (arguments[0], COMMAND_SECONDS)) from error
    except OSError as error:
        raise Failed("cannot run %s: %s; build it with `make build`" % (arguments[0], error.strerror)) from error
    if done.returncode != 0:
        raise Failed("%s %s ended with exit code %d" % (arguments[0], arguments[1], done.returncode))
    return time.monotonic() - began


# ---- what was planted, what came in, what came out ----------------------------------------------

Planted = collections.namedtuple("Planted", "fraud_of payments_of typology_of variant_of")


def read_truth(path):
    fraud_of, payments_of, typology_of, variant_of = {}, collections.defaultdict(list), {}, {}
    for row in read_lines(path):
        fraud = row["fraud"]
        typology_of[fraud] = row["typology"]
        variant_of[fraud] = row["variant"]
        fraud_of[row.get("payment") or row["call"]] = fraud
        if row["role"] in MONEY_ROLES:
            payments_of[fraud].append((epoch(row["posted"]), cents(row["amount"])))
    return Planted(fraud_of, payments_of, typology_of, variant_of)


def cents(text):
    whole, _, fraction = text.partition(".")
    return int(whole) * 100 + int((fraction + "00")[:2])


def yuan(minor):
    return "{:,}.{:02d}".format(minor // 100, minor % 100)


def read_arrivals(path):
    """By event id: when its first message is read. And how many records there are."""
    arrivals, now, count = {}, 0.0, 0
    for event in read_lines(path):
        count += 1
        due = epoch(event["time"])
        if event.get("phase") == "record":
            due += event["duration_s"]
        now = max(now, due)
        arrivals.setdefault(event["id"], now)
    return arrivals, count


def read_episodes(warnings, arrivals, planted):
    """One dict an episode, with its best tier, its fraud (None: false) and when it was first there."""
    episodes, frauds_of_warning = {}, {}
    for warning in warnings:
        evidence = [piece.get("id") for piece in warning.get("evidence", [])]
        there = epoch(warning["time"])
        if evidence and evidence[0] in arrivals:
            there = max(there, arrivals[evidence[0]])
        episode = episodes.setdefault(warning["episode"], {
            "typology": warning["typology"], "tier": warning["tier"], "frauds": {}, "first": warning})
        episode["tier"] = min(episode["tier"], warning["tier"], key=TIERS.index)
        named = {planted.fraud_of[name] for name in evidence if name in planted.fraud_of}
        subject = warning["subject"]["token"]
        for piece in warning.get("evidence", []):  # older evidence has no id
            named |= frauds_of_warning.get((subject, piece["time"]), set()) if piece["type"] == "warning" else set()
        frauds_of_warning[subject, warning["time"]] = named | frauds_of_warning.get((subject, warning["time"]), set())
        for fraud in named:
            episode["frauds"][fraud] = min(there, episode["frauds"].get(fraud, there))
    return list(episodes.values())


# ---- the report ---------------------------------------------------------------------------------

def print_table(title, rows, columns, cells):
    print("\n" + title)
    widths = [max(14, len(column) + 2) for column in columns]
    print("  %-16s" % "" + "".join(column.rjust(width) for column, width in zip(columns, widths)) + "%10s" % "all")
    for row in rows:
        numbers = [cells.get((row, column), 0) for column in columns]
        print("  %-16s" % row + "".join("%*d" % pair for pair in zip(widths, numbers)) + "%10d" % sum(numbers))


def print_kinds(title, counts):
    print("\n" + title)
    for name, count in sorted(counts.items()):
        print("  %-32s%6d" % (name, count))
    if not counts:
        print("  none")


def print_frauds(planted, warned_at):
    """(frauds, in time) over all typologies; prints each typology and each kind of case."""
    by_kind = collections.defaultdict(collections.Counter)
    totals = collections.Counter()
    for fraud, payments in planted.payments_of.items():
        at = warned_at.get(fraud)
        last = max(posted for posted, _ in payments)
        word = "missed" if at is None else "in time" if at < last else "late"
        stopped = [amount for posted, amount in payments if at is not None and at < posted]
        typology = planted.typology_of[fraud]
        for kind in ((typology, ""), (typology, planted.variant_of[fraud])):
            by_kind[kind].update({
                "frauds": 1, word: 1, "payments": len(payments), "payments in time": len(stopped),
                "money": sum(amount for _, amount in payments), "money in time": sum(stopped)})
        totals.update({"frauds": 1, word: 1})
    print("\nPlanted frauds: was a warning there before the last of the money was gone?")
    print("  %-38s%7s%8s%6s%8s%17s%28s" % ("", "frauds", "in time", "late", "missed", "payments in time",
                                       "CNY in time"))
    for (typology, variant), n in sorted(by_kind.items()):
        print("  %-38s%7d%8d%6d%8d%17s%28s" % (
            "  " + variant if variant else typology, n["frauds"], n["in time"], n["late"], n["missed"],
            "%d of %d" % (n["payments in time"], n["payments"]),
            "%d%% of %s" % (percent(n["money in time"], n["money"]), yuan(n["money"]))))
    return totals


def shown_condition(condition):
    """Whether it held, and what stood on its sides."""
    text = "%s: %s" % (condition["text"], {True: "yes", False: "no", None: "unknown"}[condition["result"]])
    if condition["threshold"] is not None:
        text += " (%s against %s)" % (condition["value"] or "unknown", condition["threshold"])
    return text


def print_example(warnings, stops):
    chosen = [w for w in warnings if w["tier"] == "urgent"] or [w for w in warnings if w["tier"] == "high"]
    if not chosen:
        return
    asked_for = collections.defaultdict(list)
    for stop in stops:
        asked_for[stop.get("warning")].append(stop)
    # The one that asks for most says most.
    warning = max(chosen, key=lambda w: len(asked_for[w["id"]]))
    subject = warning["subject"]
    print("\nOne of them, as a person would read it")
    print("  %s  %s %s (%s), score %s" % (warning["time"], warning["tier"].upper(), warning.get("title", ""),
                                     warning["typology"], warning.get("score", "-")))
    print("  about     %s %s%s" % (subject["kind"], subject["mask"] or "-", "".join(
        ", %s %s" % (name, subject[name]) for name in ("region", "adviser") if name in subject)))
    print("  text      %s" % warning.get("text", "-"))
    print("  at risk   %s %s" % (warning.get("amount_at_risk", "-"), warning.get("currency", "")))
    for reason in warning.get("reasons", []):
        lifts_to = reason.get("lifts_to")
        print("  because   %s, %s points%s" % (reason["rule"], reason.get("points", "-"),
                                               ", lifts to " + lifts_to if lifts_to else ""))
        for condition in reason.get("conditions", []):
            print("              %s" % shown_condition(condition))
    print("  evidence  %s" % ", ".join("%s %s" % (p.get("type", "?"), p.get("id") or p.get("mask") or "-")
                                    for p in warning.get("evidence", [])))
    for reach in warning.get("reach", []):
        print("  reach     %s by %s" % (reach["channel"], reach.get("deadline", "-")))
    for stop in asked_for[warning["id"]][:ASKS_SHOWN]:
        print("  asks      %s %s, at the latest %s" % (stop["kind"], stop["target"].get("mask", "-"),
                                                  stop.get("not_after", "-")))
    if len(asked_for[warning["id"]]) > ASKS_SHOWN:
        print("            and %d more, at later payments of the same episode" % (
            len(asked_for[warning["id"]]) - ASKS_SHOWN))


def complaints(tiers, requests, in_time_percent, precision):
    if not tiers["urgent"] + tiers["high"]:
        yield "no warning of tier urgent or high"
    if not sum(requests[kind] for kind in ("delay", "protect", "stop")):
        yield "no request to delay, protect or stop"
    if in_time_percent < FLOORS["frauds in time"]:
        yield "%d%% of the planted frauds were warned in time, the floor is %d%%" % (
            in_time_percent, FLOORS["frauds in time"])
    if precision < FLOORS["precision"]:
        yield "precision is %d%%, the floor is %d%%" % (precision, FLOORS["precision"])


def report(city, out, seconds):
    planted = read_truth(os.path.join(city, "truth.jsonl"))
    arrivals, events = read_arrivals(os.path.join(city, "events.jsonl"))
    warnings = list(read_lines(os.path.join(out, "warnings.jsonl")))
    stops = list(read_lines(os.path.join(out, "stops.jsonl")))
    advice = list(read_lines(os.path.join(out, "advice.jsonl")))
    decisions = sum(1 for _ in read_lines(os.path.join(out, "decisions.jsonl")))
    dead = sum(1 for _ in read_lines(os.path.join(out, "dead-letters.jsonl"), may_be_absent=True))
    episodes = read_episodes(warnings, arrivals, planted)

    print("\n%d events, %d decisions written, %d dead letters, %d warnings in %d episodes" % (
        events, decisions, dead, len(warnings), len(episodes)))
    typologies = sorted(set(TYPOLOGIES) | {e["typology"] for e in episodes})
    print_table("Warnings by tier and typology", TIERS, typologies,
                collections.Counter((w["tier"], w["typology"]) for w in warnings))
    print_table("Episodes (all warnings about one fraud) by the highest tier each reached", TIERS, typologies,
                collections.Counter((e["tier"], e["typology"]) for e in episodes))
    false = [e for e in episodes if not e["frauds"]]
    print_table("False ones among them: no planted payment or call in evidence", TIERS, typologies,
                collections.Counter((e["tier"], e["typology"]) for e in false))
    requests = collections.Counter(stop["kind"] for stop in stops)
    print_kinds("Requests (sent to banks, for approval)", requests)
    print_kinds("Advice (kind, because)", collections.Counter(
        "%s, %s" % (a["kind"], a.get("because", "-")) for a in advice))

    warned_at = {}
    for episode in episodes:
        for fraud, at in episode["frauds"].items():
            warned_at[fraud] = min(at, warned_at.get(fraud, at))
    totals = print_frauds(planted, warned_at)
    print_example(warnings, stops)

    precision = percent(len(episodes) - len(false), len(episodes))
    in_time = percent(totals["in time"], totals["frauds"])
    bad = list(complaints(collections.Counter(e["tier"] for e in episodes), requests, in_time, precision))
    print("\nFiles: %s (input and truth), %s (output)" % (city, out))
    for complaint in bad:
        print("does not hold: " + complaint)
    print("demo: %d of %d planted frauds warned in time (%d late, %d missed), %d episodes, %d false, precision "
          "%d%%, %d requests, %d events in %.2f s = %d events/s" % (
              totals["in time"], totals["frauds"], totals["late"], totals["missed"], len(episodes), len(false),
              precision, len(stops), events, seconds, int(events / max(seconds, 0.001))))
    return 1 if bad else 0


def main(arguments):
    if len(arguments) != 2 or arguments[0].startswith("-"):
        print(__doc__.strip())
        return 0 if arguments == ["--help"] else 2
    sluice, folder = arguments
    city, out = os.path.join(folder, "city"), os.path.join(folder, "out")
    try:
        os.makedirs(folder, exist_ok=True)
        run([sluice, "gen", "city", "--out", city, "--seed", "1"])
        seconds = run([sluice, "replay", "--pack", "rules/library",
                       "--directory", os.path.join(city, "directory.jsonl"),
                       "--events", os.path.join(city, "events.jsonl"), "--out", out])
        return report(city, out, seconds)
    except (Failed, OSError) as error:
        print("demo: %s" % error, file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
