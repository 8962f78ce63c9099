"""The reference page of the shipped rules, from their files and from what `sluice check --json` says of them.

A file's section begins with the comment that the file begins with: what it is about, and where its numbers are from.
"""
import json
import os
import re

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
LIBRARY = "rules/library"
BLOCK = re.compile(r"^(?:(?:shadow|draft|retired|absolute) )*(rule|ordinary)\b *(\w*)", re.M)
CASE = re.compile(r"^    (fires|quiet)\b", re.M)
INTRODUCTION = """# The shipped rules

Written by `make docs` from `rules/library/`. Every number in these files is a starting value, to be calibrated on a
city's own data; how to work on a pack is in [packs.md](../packs.md).

| column | what it says |
|---|---|
| rule, at | its name, and on which event it runs at whose page |
| recognises | its title |
| points | what one firing gives, and the tier that it reaches alone: with no `if` holding, to all of them |
| leaves alone | its `unless` clauses; each has a case that fires without it |
| cases | how many fire, and how many nearly do |
"""


def sections(folder):
    """[(file name, opening comment, [(rule, fires, quiet)], how many `ordinary` cases)], by file name."""
    found = []
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".rule"):
            continue
        with open(os.path.join(folder, name), encoding="utf-8") as source:
            text = source.read()
        comment = re.match(r"(?:#.*\n)*", text).group()
        blocks = list(BLOCK.finditer(text)) + [None]
        rules = []
        for block, after in zip(blocks, blocks[1:]):
            cases = CASE.findall(text[block.end():after.start() if after else len(text)])
            if block.group(1) == "rule":
                rules.append((block.group(2), cases.count("fires"), cases.count("quiet")))
        ordinary = sum(1 for block in blocks[:-1] if block.group(1) == "ordinary")
        found.append((name, " ".join(line[1:].strip() for line in comment.splitlines()), rules, ordinary))
    return found


def tier_of(points, tiers):
    reached = [tier for tier, least in tiers.items() if points >= least]
    return reached[-1] if reached else "no tier"


def points_of(rule, tiers):
    """`60 to 90 points: high to urgent; up to urgent`, or "-" for a rule that neither scores nor raises."""
    least = most = 0
    by_card = False
    for action in rule["actions"]:
        if action["kind"] == "score":
            points = action["points"].get("value")
            by_card = by_card or points is None
            most += points or 0
            least += points or 0 if action["if"] is None else 0
    raises = [action["tier"] for action in rule["actions"] if action["kind"] == "raise"]
    if by_card:
        text = "its scorecard's points"
    elif not most:
        text = ""
    elif least == most:
        text = "%d: %s" % (most, tier_of(most, tiers))
    else:
        low, high = tier_of(least, tiers), tier_of(min(most, 100), tiers)
        text = "%d to %d: %s" % (least, min(most, 100), low if low == high else low + " to " + high)
    return "; ".join(filter(None, [text] + ["lifts to " + tier for tier in raises])) or "-"


def cell(text):
    return text.replace("|", "\\|")


def library_page(program, output_of):
    pack = json.loads(output_of(program, "check", "--json", os.path.relpath(os.path.join(ROOT, LIBRARY))))
    rules = {rule["name"]: rule for rule in pack["rules"]}
    typologies = {row["name"]: row for row in pack["typologies"]}
    text = INTRODUCTION.splitlines()
    for name, comment, rows, ordinary in sections(os.path.join(ROOT, LIBRARY)):
        text += ["", "## " + name, "", comment.split(" - ", 1)[-1]]
        if ordinary:
            text += ["", "%d `ordinary` cases." % ordinary]
        if not rows:
            continue
        text += ["", "| rule, at | typology | recognises | points | leaves alone | cases |", "|---|---|---|---|---|---|"]
        for rule_name, fires, quiet in rows:
            rule = rules[rule_name]
            typology = typologies.get(rule["typology"] or "", {"name": "", "title": "", "tiers": {}})
            state = "" if rule["state"] == "live" else " (%s)" % rule["state"]
            trigger = "mark `%s`" % pack["marks"][rule["mark"]] if "mark" in rule else rule["trigger"]
            text.append("| `%s`%s, %s at `%s` | %s | %s | %s | %s | %d + %d |" % (
                rule_name, state, trigger, rule["leg"], (typology["name"] + " " + typology["title"]).strip(),
                cell(rule["title"] or "-"), points_of(rule, typology["tiers"]),
                cell("; ".join(row["text"] or row["source"] for row in rule["unless"]) or "-"), fires, quiet))
    return text
