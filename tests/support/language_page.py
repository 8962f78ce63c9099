"""The reference page of the rule language's vocabulary, made from the tables that the program is made from.

    language_page.lines() -> the lines of docs/reference/language.md

Units, events, words, attributes, aggregates and actions are rows of engine/eval/vocab.def; histories of
engine/state/stream.def; pages that an event visits and values of engine/ingest/event.def; reserved words of
rules/token.def. Which letter of a word's scopes stands for which event or history, engine/eval/vocab.c says.
"""
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NEEDS = {"0": "a stream", "1": "a field", "2": "a stream or a field"}


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as source:
        return source.read()


def rows(table, kind):
    """[[name, column, ..]] of one kind of row; texts without their quotes."""
    found = re.findall(r"^%s\((.*?)\)\s*(?:/\*.*)?$" % kind, read(table), re.M)
    return [[column.strip().strip('"') for column in row.split(",")] for row in found]


def scope_letters(prefix):
    """{letter: [NAME, ..]} of the events or the streams; records of the directory share one."""
    found = {}
    for name, letter in re.findall(r"\[%s_(\w+)\]\s*=\s*'(\w)'" % prefix, read("engine/eval/vocab.c")):
        found.setdefault(letter, []).append(name)
    return found


PAGES = {letter.strip("'"): text for _, text, letter in rows("engine/ingest/event.def", "ENTITY")}


def pages_of(letters):
    return ", ".join(PAGES[letter] for letter in letters) or "-"


def table(heads, lines):
    return ["", "| %s |" % " | ".join(heads), "|%s" % ("---|" * len(heads))] + ["| %s |" % " | ".join(line) for line in lines]


def code(words):
    return ", ".join("`%s`" % word for word in words)


def legs_of(kinds, legs, event):
    names = [leg[0] for leg in legs]
    first, last = next((kind[2], kind[3]) for kind in kinds if kind[0] == event)
    return legs[names.index(first):names.index(last) + 1]


def events():
    kinds, legs = rows("engine/ingest/event.def", "KIND"), rows("engine/ingest/event.def", "LEG")
    lines = []
    for _, text, event, *_ in rows("engine/eval/vocab.def", "TRIGGER"):
        visited = legs_of(kinds, legs, event)
        lines.append(["`%s`" % text, code(leg[1] for leg in visited)])
    return ["", "## Events", "",
            "What a rule runs `on`, and the pages that such an event visits, in this order. `entity` is whatever the record",
            "names, which the rule calls by its kind, `holder` the person who holds it; `owner` is a number or an account."] + \
        table(["event", "pages"], lines)


def streams():
    sides = {"FROM": "who does it, or has it done", "TO": "to whom it is done", "THING": "what it is done with"}
    kinds = {row[0]: "`%s`" % row[1] for row in rows("engine/ingest/event.def", "KIND")}
    kinds["NONE"] = "all that visit it"
    lines = [["`%s`" % text, pages_of(pages), kinds[event], sides[party], pages_of(ends) or "-"]
             for _, text, pages, event, party, ends, *_ in rows("engine/state/stream.def", "STREAM")]
    return ["", "## Streams", "", "The histories that pages keep."] + \
        table(["stream", "on pages of", "fed by", "at the page of", "other end"], lines)


def words():
    units = dict(row[:2] for row in rows("engine/eval/vocab.def", "UNIT"))
    of_event, of_stream = scope_letters("EVENT"), scope_letters("STREAM")
    kinds = {row[0]: row[1] for row in rows("engine/ingest/event.def", "KIND")}
    names = {row[0]: row[1] for row in rows("engine/state/stream.def", "STREAM")}
    lines = [["`%s`" % text, units[unit],
              code(kinds[name] for letter in scopes for name in of_event.get(letter, ())) or "-",
              code(names[name] for letter in scopes for name in of_stream.get(letter, ())) or "-"]
             for _, text, unit, scopes in rows("engine/eval/vocab.def", "WORD")]
    pages = [["`subject.%s`" % text, units[unit], pages_of(letters)]
             for _, text, unit, letters in rows("engine/eval/vocab.def", "ATTRIBUTE")]
    return ["", "## Words", "", "Fields of the event in hand, and of the records of a stream (in a `where`, in an aggregate)."] + \
        table(["word", "unit", "of the events", "of the records of"], lines) + \
        ["", "## Attributes", "", "What the directory says of a page's entity, and when a device or domain was first seen."] + table(["attribute", "unit", "of"], pages)


def values():
    sets = {}
    for name, text in re.findall(r'^(?:VALUE\((\w+)|TIER\(\w+), (?:\w+, )?"([^"]*)"\)', read("engine/ingest/event.def"), re.M):
        sets.setdefault(name or "TIER", []).append(text)
    lines = [[text, code(sets[name])] for name, text, *_ in rows("engine/eval/vocab.def", "UNIT") if name in sets]
    others = [text for name, text, *_ in rows("engine/eval/vocab.def", "UNIT") if name not in sets]
    return ["", "## Units", "", "Only values of one unit are compared or added. Those with words of their own:"] + \
        table(["unit", "values"], lines) + ["", "The others: %s." % ", ".join(others)]


def doing():
    lines = [[title, code(row[1] for row in rows("engine/eval/vocab.def", kind))]
             for title, kind in (("actions", "ACTION"), ("advice", "ADVICE"), ("channels (`reach`, `channels`)", "CHANNEL_WORD"),
                                 ("`receivers`", "RECEIVER"), ("budgets `per`", "BUDGET_PER"), ("budgets `by`", "BUDGET_BY"))]
    folds = [["`%s`" % text, NEEDS[needs]] for _, text, needs in rows("engine/eval/vocab.def", "AGGREGATE")]
    return ["", "## Aggregates", "", "What they are of: records of a stream, or the values of a field of them."] + \
        table(["aggregate", "of"], folds) + ["", "## What rules and policies do"] + table(["what", "words"], lines)


def reserved():
    found = rows("rules/token.def", "LEX_WORD")
    return ["", "## Reserved words", "", "No name of a pack is one of these:", "",
            code(text for _, text, _ in found) + "."]


def lines():
    return ["# The words of the rule language", "",
            "Written by `make docs` from the tables that the program is made from (`engine/eval/vocab.def`,",
            "`engine/ingest/event.def`, `engine/state/stream.def`, `rules/token.def`). What they mean is in",
            "[the rule language](../rule-language.md)."] + events() + streams() + words() + values() + doing() + reserved()


if __name__ == "__main__":
    print("\n".join(lines()))
