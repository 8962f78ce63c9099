"""What a comparison must have seen: nothing is proved by what never happens.

Each row says in how many of a thousand packs its name happens at least: half of what was measured over some hundred
packs. A run fails if a name did not happen in so many packs that this would be chance once in a million runs.
"""
import math

CHANCE = 1e-6
EXPECTED = {
    "warnings": 381,
    "warning low": 296,
    "warning medium": 98,
    "warning high": 106,
    "warning urgent": 123,
    "warning late": 150,
    "stop protect": 60,
    "stop stop": 9,
    "stop delay": 62,
    "stop watch": 108,
    "advice rule": 60,
    "advice tier": 322,
    "advice posted": 58,
    "advice deadline": 9,
    "guarded": 176,
    "fired on listing": 69,
    "fired on call_start": 143,
    "fired on call_end": 223,
    "fired on transaction": 330,
    "fired on settlement": 145,
    "fired on sms": 225,
    "fired on login": 70,
    "fired on change": 93,
    "fired on warning": 70,
    "fired on outcome": 46,
    "overridden": 75,
    "closed by an outcome": 70,
    "tiers corrected": 115,
    "corrections that held": 28,
    "warned after a correction": 19,
    "duplicates": 452,
    "too late": 287,
    "patterns matched": 42,
    "steps that took several": 25,
    "earlier reasons": 48,
    "named channels": 92,
    "marks": 164,
    "shadow": 110,
    "shadow with a tier": 65,
    "stop with a budget": 29,
    "said": 340,
    "titles instead of words": 206,
    "library rules that fired": 41,
    "raised": 97,
    "came back": 294,
    "fired at a device": 209,
    "fired at a domain": 40,
    "fired on mark": 162,
    "marks of many": 87,
    "marks on marks": 87,
    "marks three deep": 6,
    "approximate": 90,
    "records dropped": 100,
    "fired on binding": 10,
    "fired on number": 10,
    "fired on account": 10,
    "fired on person": 10,
    "judged again": 200,
    "fired late": 30,
    "warned late": 15,
    "contradicted": 25,
    "contradicted reasons": 5,
    "fired on timeout": 75,
    "time-outs": 90,
    "dark time-outs": 7,
    "absence that was none": 45,
    "waits that gave way": 7,
    "waits begun after their end": 25,
    "waits behind own warnings": 25,
    "waits whose record was dropped": 5,
    "approximate time-outs": 5,
}


def packs_needed(share):
    """How many packs without it are too many."""
    return math.ceil(math.log(CHANCE) / math.log(1 - min(share, 999) / 1000))


def missing(packs_with, packs):
    """Names that did not happen in so many packs and should have."""
    return [name for name, share in EXPECTED.items() if not packs_with[name] and packs >= packs_needed(share)]
