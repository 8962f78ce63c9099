"""Records that the service must refuse, among good ones.

    broken = mix(events, into, share, random.Random(1))

writes the lines of a file of events again, with broken ones between them, each of which occurs once; returns these as bytes.
"""
import json


def truncated(line, number, rng):
    return line[:-rng.randrange(1, 20)]


def wrong_type(line, number, rng):
    return json.dumps({**json.loads(line), "id": "broken-%d" % number, "time": [number]}).encode()


def no_utf8(line, number, rng):
    return json.dumps({**json.loads(line), "id": "broken-%d-X" % number}).encode().replace(b"-X\"", b"-\xff\xc0\"")


def unknown_type(line, number, rng):
    return json.dumps({**json.loads(line), "id": "broken-%d" % number, "type": "telegram"}).encode()


KINDS = (truncated, wrong_type, no_utf8, unknown_type)


def mix(events, into, share, rng):
    broken, seen = [], set()
    with open(events, "rb") as source, open(into, "wb") as out:
        for number, line in enumerate(source):
            out.write(line)
            if rng.random() >= share:
                continue
            bad = KINDS[len(broken) % len(KINDS)](line.rstrip(b"\n"), number, rng)
            if bad not in seen:
                seen.add(bad)
                broken.append(bad)
                out.write(bad + b"\n")
    return broken
