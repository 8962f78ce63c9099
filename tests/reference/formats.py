"""How values are shown to people: in the conditions of a reason, and in a `say` (docs/semantics.md, section 6)."""
from evaluate import entity_value
from identity import name_value
from ingest import thing_word
from vocabulary import DAY, HOUR, MINUTE, SECOND, money, rfc3339, text_of

PARTS = ((DAY, "d", "天"), (HOUR, "h", "小时"), (MINUTE, "m", "分钟"), (SECOND, "s", "秒"), (1, "ms", None))
VALUE_SET_OF = {"a number kind": "NUMBER_KIND", "an account kind": "ACCOUNT_KIND",
                "an account class": "ACCOUNT_CLASS", "a channel": "CHANNEL", "a purpose": "PURPOSE",
                "an arrival mode": "ARRIVAL", "a kind of login": "LOGIN_WHAT", "a kind of change": "CHANGE_WHAT",
                "a tier": "TIER", "an origin": "ORIGIN", "a result": "RESULT", "a cause": "CALL_CAUSE",
                "a kind of use": "USE_WHAT"}


def parts_of(duration):
    """[(how many, short name, spoken name)] of the parts that are not zero, the largest first."""
    left, found = abs(duration), []
    for size, short, spoken in PARTS:
        if left >= size:
            found.append((left // size, short, spoken))
            left %= size
    return found


def plain_duration(value):
    return ("-" if value < 0 else "") + ("".join("%d%s" % part[:2] for part in parts_of(value)) or "0s")


def spoken_duration(value):
    pieces = ["%d %s" % (count, spoken) for count, _, spoken in parts_of(value) if spoken is not None]
    return ("-" if value < 0 else "") + " ".join(pieces[:2]) if pieces else "0 秒"


def spoken_money(value):
    return "%s%s.%02d" % ("-" if value < 0 else "", format(abs(value) // 100, ","), abs(value) % 100)


def ratio(value):
    """8050 basis points are 80.5%"""
    whole, rest = divmod(abs(value), 100)
    fraction = (".%02d" % rest).rstrip("0") if rest else ""
    return "%s%d%s%%" % ("-" if value < 0 else "", whole, fraction)


def mask_of_value(visit, value):
    """The mask of a number or account: an end of the event in hand, else whom the page has met, else ?"""
    for role in ("caller", "callee", "payer", "payee", "sender", "receiver", "user", "owner", "entity"):
        party = visit.event.parties.get(role)
        if party is not None and party.mask and entity_value(party.token) == value:
            return party.mask
    masks = [mask for token, mask in visit.page.peer_masks.items() if mask and entity_value(token) == value]
    return masks[0] if masks else "?"


def mask_of_thing(visit, value):
    """The mask of the device or domain of the event in hand; of others only 32 bits are known."""
    for role in ("device", "domain"):
        party = visit.event.parties.get(role)
        if party is not None and party.mask and thing_word(party.token) == value:
            return party.mask
    return "%08x" % value


def same_in_both(visit, unit, value):
    if unit in VALUE_SET_OF:
        return text_of(VALUE_SET_OF[unit], value)
    if unit == "a typology":
        return next((name for name in visit.pack.typologies if name_value(name) == value), "?")
    if unit == "a ratio":
        return ratio(value)
    if unit == "a time":
        return rfc3339(value)
    if unit in ("a device", "a domain"):
        return mask_of_thing(visit, value)
    if unit in ("a template", "a cell"):
        return "%08x" % value
    if unit == "a region":
        return "%06d" % value
    if unit in ("a phone number", "an account", "a number or an account"):
        return mask_of_value(visit, value)
    return str(value)


def plain(visit, unit, value):
    """For `value` and `threshold` of a condition; None is null."""
    if value is None:
        return None
    if unit == "money":
        return money(value)
    if unit == "a duration":
        return plain_duration(value)
    if unit == "yes or no":
        return "true" if value else "false"
    return same_in_both(visit, unit, value)


def spoken(visit, unit, value):
    """For a {...} of a `say`."""
    if value is None:
        return "-"
    if unit == "money":
        return spoken_money(value)
    if unit == "a duration":
        return spoken_duration(value)
    if unit == "yes or no":
        return "是" if value else "否"
    return same_in_both(visit, unit, value)
