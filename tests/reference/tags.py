"""The tags of a message, found the plain way: each sign of each tag looked for by itself (docs/semantics.md, section 1).

Regular expressions are those that mean the same in Python and in PCRE2: what packs.py writes.
"""
import re

KEPT = 5
NO_WIDTH = {*range(0x200b, 0x2010), *range(0x2060, 0x2065), 0xfeff}


def folded(text):
    """Small letters, plain ones for full-width ones, without characters that have no width."""
    out = []
    for char in text:
        code = ord(char)
        if 0xff01 <= code <= 0xff5e:
            char = chr(code - 0xff01 + ord("!"))
        elif code == 0x3000:
            char = " "
        elif code in NO_WIDTH:
            continue
        out.append(char.lower() if "A" <= char <= "Z" else char)
    return "".join(out)


def places(text, part):
    """Where it stands in the text, overlapping itself or not."""
    return [at for at in range(len(text) - len(part) + 1) if text.startswith(part, at)]


def is_near(text, one, other, within):
    """They do not overlap, and at most so many characters stand between them; which is first does not matter."""
    return any(0 <= second - (first + len(before)) <= within
               for before, after in ((one, other), (other, one))
               for first in places(text, before) for second in places(text, after))


def shows(sign, text, said):
    """text None: the feed gives none."""
    if sign["kind"] == "feed":
        return sign["text"] in said
    if text is None:
        return False
    if sign["kind"] == "regex":
        return re.search(sign["text"], text, re.IGNORECASE | re.ASCII) is not None
    if "near" in sign:
        return is_near(text, folded(sign["text"]), folded(sign["near"]), sign["within"])
    return folded(sign["text"]) in text


class Found:
    """The tags of one message; complete: it certainly has no other one of the pack."""

    def __init__(self, names=(), complete=False):
        self.names = names
        self.complete = complete

    def has(self, name):
        return 1 if name in self.names else 0 if self.complete else None


def find(tags, text, said):
    text = None if text is None else folded(text)
    names = [tag["name"] for tag in tags if any(shows(sign, text, said) for sign in tag["signs"])]
    return Found(names[:KEPT], text is not None and len(names) <= KEPT)
