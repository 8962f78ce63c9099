"""What a comparison must have seen: nothing is proved by what never happens.

Each row says in how many of a thousand packs its name happens (measured over 600 packs, rounded down). A run fails
if a name did not happen in so many packs that this would be chance once in a million runs.
"""
import math

CHANCE = 1e-6
EXPECTED = {
    "warnings": 763,
    "warning low": 593,
    "warning medium": 196,
    "warning high": 213,
    "warning urgent": 246,
    "warning late": 300,
    "stop protect": 120,
    "stop stop": 53,
    "stop delay": 125,
    "stop watch": 216,
    "advice rule": 120,
    "advice tier": 645,
    "advice posted": 116,
    "advice deadline": 20,
    "guarded": 353,
    "fired on listing": 138,
    "fired on call_start": 286,
    "fired on call_end": 446,
    "fired on transaction": 660,
    "fired on settlement": 291,
    "fired on sms": 451,
    "fired on login": 141,
    "fired on change": 186,
    "fired on warning": 141,
    "fired on outcome": 93,
    "fired on binding": 10,
    "fired on number": 10,
    "fired on account": 10,
    "fired on person": 10,
    "overridden": 151,
    "closed by an outcome": 30,
    "duplicates": 905,
    "too late": 575,
    "patterns matched": 85,
    "steps that took several": 53,
    "earlier reasons": 96,
    "named channels": 185,
    "marks": 328,
    "shadow": 221,
    "shadow with a tier": 131,
    "stop with a budget": 58,
    "said": 680,
    "titles instead of words": 413,
    "library rules that fired": 83,
    "raised": 195,
    "fired on binding": 20,
    "fired on number": 20,
    "fired on account": 20,
    "fired on person": 20,
    "fired at a device": 20,
    "fired at a domain": 20,
    "fired on mark": 20,
    "marks of many": 20,
    "marks on marks": 20,
    "marks three deep": 10,
    "judged again": 400,
    "fired late": 60,
    "warned late": 30,
    "contradicted": 50,
    "contradicted reasons": 10,
    "approximate": 20,
    "records dropped": 60,
    "came back": 588,
}


def packs_needed(share):
    """How many packs without it are too many."""
    return math.ceil(math.log(CHANCE) / math.log(1 - min(share, 999) / 1000))


def missing(packs_with, packs):
    """Names that did not happen in so many packs and should have."""
    return [name for name, share in EXPECTED.items() if not packs_with[name] and packs >= packs_needed(share)]
