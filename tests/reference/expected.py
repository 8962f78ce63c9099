"""What a comparison must have seen: nothing is proved by what never happens.

Each row says in how many of a thousand packs its name happens at least: half of what was measured over some hundred
packs. A run fails if a name did not happen in so many packs that this would be chance once in a million runs.
"""
import math

CHANCE = 1e-6
EXPECTED = {
    "warnings": 426,
    "warning low": 346,
    "warning medium": 183,
    "warning high": 149,
    "warning urgent": 139,
    "warning late": 92,
    "stop protect": 58,
    "stop stop": 37,
    "stop delay": 50,
    "stop watch": 161,
    "advice rule": 62,
    "advice tier": 390,
    "advice posted": 56,
    "advice deadline": 81,
    "guarded": 179,
    "fired on listing": 47,
    "fired on call_start": 183,
    "fired on call_end": 269,
    "fired on transaction": 345,
    "fired on settlement": 161,
    "fired on sms": 235,
    "fired on login": 51,
    "fired on change": 82,
    "fired on warning": 84,
    "fired on outcome": 32,
    "overridden": 39,
    "closed by an outcome": 70,
    "tiers corrected": 104,
    "corrections that held": 18,
    "warned after a correction": 15,
    "duplicates": 469,
    "too late": 244,
    "patterns matched": 270,
    "steps that took several": 53,
    "earlier reasons": 91,
    "named channels": 155,
    "marks": 205,
    "shadow": 218,
    "shadow with a tier": 115,
    "stop with a budget": 53,
    "said": 369,
    "titles instead of words": 246,
    "library rules that fired": 72,
    "raised": 106,
    "came back": 259,
    "fired at a device": 210,
    "fired at a domain": 20,
    "fired on mark": 184,
    "marks of many": 124,
    "marks on marks": 105,
    "marks three deep": 3,
    "approximate": 77,
    "records dropped": 97,
    "fired on binding": 50,
    "fired on number": 51,
    "fired on account": 58,
    "fired on person": 69,
    "judged again": 367,
    "fired late": 50,
    "warned late": 24,
    "contradicted": 22,
    "contradicted reasons": 2,
    "fired on timeout": 200,
    "time-outs": 236,
    "dark time-outs": 6,
    "absence that was none": 70,
    "waits that gave way": 12,
    "waits begun after their end": 69,
    "waits behind own warnings": 71,
    "waits whose record was dropped": 4,
    "approximate time-outs": 23,
}


def packs_needed(share):
    """How many packs without it are too many."""
    return math.ceil(math.log(CHANCE) / math.log(1 - min(share, 999) / 1000))


def missing(packs_with, packs):
    """Names that did not happen in so many packs and should have."""
    return [name for name, share in EXPECTED.items() if not packs_with[name] and packs >= packs_needed(share)]
