"""The template of a message, and where its link leads (docs/semantics.md, section 1), in plain Python.

Of public suffixes only those that generate.py uses are known here; other endings are one label long.
"""
import hmac
import hashlib
import re

import identity
import tags

LINK = re.compile(r"(?:http://|https://|www\.)[!-~]*", re.ASCII)
SUFFIXES = ("com.cn", "co.uk")


def mark(what, text):
    found = int.from_bytes(hmac.new(identity.KEY, bytes([what]) + text.encode(), hashlib.sha256).digest()[:4], "little")
    return found or 1


def template(text):
    """What stands in it but digits and links."""
    return mark(0x81, re.sub(r"[0-9]+", "0", LINK.sub("\0", tags.folded(text))).replace("\0", "1"))


def domain_of(url):
    """Of the host the last label before the public suffix, with that; an address is its own."""
    host = re.sub(r"^.*?://", "", url, count=1) if "://" in url else url
    host = re.split(r"[/?#\\]", host)[0].rpartition("@")[2].split(":")[0].rstrip(".").lower()
    if not re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+", host, re.ASCII):
        return None
    if re.fullmatch(r"[0-9.]+", host, re.ASCII):
        return host
    labels = host.split(".")
    kept = 3 if ".".join(labels[-2:]) in SUFFIXES else 2
    return ".".join(labels[-kept:]) if len(labels) >= kept else None


def domain(text, urls):
    """Where the link of a message leads, None: nowhere known."""
    if urls is not None:
        found = next((name for name in map(domain_of, (u for u in urls if isinstance(u, str))) if name), None)
    else:
        links = LINK.findall(tags.folded(text)) if text is not None else []
        found = domain_of(links[0]) if links else None
    return found
