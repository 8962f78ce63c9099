"""The value sets and constants that reference and generator share, read from the engine's own tables.

Only names and numbers come from there (an enumerated value is its place in its set, from 1); what they
mean is written in docs/semantics.md and, in Python, in the other modules of this folder.
"""
import datetime
import functools
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
ZONE = 8 * HOUR                    # Asia/Shanghai
LATENESS = 15 * MINUTE             # later than this: kept, not judged
TIERS = ("low", "medium", "high", "urgent")
INT64_MAX = 2 ** 63 - 1


def read_value_sets():
    """{"CHANNEL": {"mobile": 1, ...}, ...}"""
    sets = {}
    with open(os.path.join(ROOT, "engine/ingest/event.def"), encoding="utf-8") as source:
        for name, text in re.findall(r'^(?:VALUE\((\w+)|TIER\(\w+), (?:\w+, )?"([^"]*)"\)', source.read(), re.M):
            values = sets.setdefault(name or "TIER", {})
            values[text] = len(values) + 1
    return sets


VALUE_SETS = read_value_sets()


def value_of(name, text):
    """Number of a value, or None for no value and for a text that is none."""
    return VALUE_SETS[name].get(text)


def text_of(name, number):
    return next((text for text, value in VALUE_SETS[name].items() if value == number), "")


def once_per_tree(question):
    """For questions about trees of expressions: what is answered stays in the tree, beside what it says itself."""
    place = "answer to " + question.__name__

    def ask(tree):
        if not isinstance(tree, dict):
            return question(tree)
        if place not in tree:
            tree[place] = question(tree)
        return tree[place]
    return ask


def checked(number):
    """An integer of the engine: past 64 bits it is unknown."""
    return number if number is not None and -INT64_MAX <= number <= INT64_MAX else None


@functools.lru_cache(maxsize=100000)
def civil(time_ms):
    """(year, month, day, hour, weekday 1-7) in Asia/Shanghai."""
    local = time_ms + ZONE
    days, in_day = local // DAY, local % DAY
    date = datetime.date.fromordinal(datetime.date(1970, 1, 1).toordinal() + days)
    return date.year, date.month, date.day, in_day // HOUR, date.isoweekday()


def day_start(time_ms):
    return (time_ms + ZONE) // DAY * DAY - ZONE


def rfc3339(time_ms):
    """2026-03-02T10:00:00.120+08:00"""
    year, month, day, hour, _ = civil(time_ms)
    rest = (time_ms + ZONE) % HOUR
    return "%04d-%02d-%02dT%02d:%02d:%02d.%03d+08:00" % (
        year, month, day, hour, rest // MINUTE, rest % MINUTE // SECOND, rest % SECOND)


def money(minor):
    """7000000 is 70000.00"""
    return "%s%d.%02d" % ("-" if minor < 0 else "", abs(minor) // 100, abs(minor) % 100)
