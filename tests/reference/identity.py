"""Identifiers become tokens, masks and kinds of number."""
import functools
import hashlib
import hmac
import os
import re

from vocabulary import ROOT, VALUE_SETS

KEY = b"sluice-demonstration-key"
KIND_BYTE = {"number": 1, "account": 2, "person": 3, "device": 4, "domain": 5}
MASK_MAX = 24


def digest(*fields):
    """H of engine/base/digest.h: every field led by its length; texts, tokens, numbers of 8 bytes."""
    message = b""
    for field in fields:
        if isinstance(field, str):
            field = field.encode()
        elif isinstance(field, int):
            field = field.to_bytes(8, "little")
        message += len(field).to_bytes(4, "little") + field
    return hashlib.sha256(message).digest()[:16]


@functools.lru_cache(maxsize=10000)
def token_of(entity, text):
    return hmac.new(KEY, bytes([KIND_BYTE[entity]]) + text.encode(), hashlib.sha256).digest()[:16]


def name_value(name):
    """How typologies are compared: 60 bits of the key of their name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little") >> 4


@functools.lru_cache(maxsize=10000)
def stand_in(entity, token):
    return hashlib.sha256(b"stand-in" + bytes([KIND_BYTE[entity]]) + token).digest()[:16]


@functools.lru_cache(maxsize=10000)
def normal_number(raw):
    """Domestic numbers in digits, fixed lines with trunk 0 and area code; foreign ones with + and country code."""
    text = re.sub(r"[ ()-]", "", raw)
    step = normal_step(text)
    while step != text:
        text, step = step, normal_step(step)
    return text


def normal_step(text):
    """One prefix less; the text itself if there is none."""
    if text.startswith("00") and len(text) > 2:
        return "+" + text[2:]
    if text.startswith("+86") and len(text) > 3:
        text = text[3:]
        beijing = len(text) == 10 and text.startswith("10")
        others = len(text) in (10, 11) and text[0] not in "01" and text[:3] not in ("400", "800")
        return "0" + text if beijing or others else text
    if re.fullmatch(r"861[3-9]\d{9}", text):
        return text[2:]
    return text[1:] if re.fullmatch(r"01[3-9]\d{9}", text) else text


def normal(entity, raw):
    if entity == "number":
        return normal_number(raw)
    return raw.replace(" ", "").upper() if entity == "account" else raw


def mask_of(entity, text):
    """138****8000, 6222***********1234; what is too short for that shows its last two digits."""
    if entity == "person":
        return ""
    if entity == "domain":
        return text if len(text) <= MASK_MAX else text[:8] + "***" + text[-13:]
    head, shortest = (4, 12) if entity == "account" or text.startswith("+") else (3, 11)
    if entity == "device":
        head, shortest = 2, 8
    tail = 4
    if len(text) < shortest:
        head, tail = 0, 2 if len(text) >= 5 else 0
    stars = min(len(text), MASK_MAX) - head - tail
    return text[:head] + "*" * stars + (text[-tail:] if tail else "")


class NumberKinds:
    """The rows of number_kinds.yaml: {prefix: "13", length: 11, kind: mobile}"""

    def __init__(self, path=os.path.join(ROOT, "rules/library/number_kinds.yaml")):
        self.rows = []
        with open(path, encoding="utf-8") as source:
            for line in source:
                found = re.match(r"- \{(.*)\}", line)
                if not found:
                    continue
                row = dict(re.findall(r'(\w+): *"?([^",}]+)"?', found.group(1)))
                least = int(row.get("min_length", row.get("length", 0)))
                most = int(row.get("max_length", row.get("length", 99)))
                self.rows.append((row["prefix"], least, most, VALUE_SETS["NUMBER_KIND"][row["kind"]]))

    def kind(self, number):
        digits = len(number.lstrip("+"))
        rows = [row for row in self.rows if number.startswith(row[0]) and row[1] <= digits <= row[2]]
        if not rows:
            return VALUE_SETS["NUMBER_KIND"]["irregular"]
        return max(rows, key=lambda row: len(row[0]))[3]
