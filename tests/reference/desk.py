"""People at work on a stream: outcomes about the very warnings that it makes, where those would have come.

Outcomes drawn at random nearly never meet a warning that is open.
"""
import json
import random

from ingest import moment
from vocabulary import HOUR, MINUTE, SECOND, TIERS, rfc3339

EVERY = 3          # of the cases: their stream is judged once more
ANSWERED = 0.7     # of the warnings
ANSWERS_MAX = 3    # to one warning
BEHIND = (0, 0, 1, 2, 4, 8)  # so many records after what caused it
DELAYS = (-HOUR, -1, 0, 1, SECOND, MINUTE, 10 * MINUTE, 2 * HOUR)
RESULTS = ("dissuaded", "false_alarm", "loss", "unknown", "odd")


class Desk:
    def __init__(self, seed, lines):
        self.dice = random.Random("desk %d" % seed)
        self.lines = lines
        self.causes = {}   # id of an event -> places of its records
        self.answers = []  # (place, record)
        for place, line in enumerate(lines):
            self.causes.setdefault(json.loads(line)["id"], []).append(place)

    def answer(self, warning):
        """A warning's cause may be none of the records: a time-out."""
        named = warning["evidence"][warning["evidence"][0]["type"] == "mark"]["id"]
        places = self.causes.get(named) or range(len(self.lines))
        place = self.dice.choice(places) + self.dice.choice(BEHIND)
        time = self.dice.choice(DELAYS)
        record = {"type": "outcome", "id": "d-%d" % len(self.answers), "time": rfc3339(moment(warning["time"]) + time),
                  "subject": "%s:token:%s" % (warning["subject"]["kind"], warning["subject"]["token"]),
                  "typology": warning["typology"]}
        if self.dice.random() < 0.3:
            record["episode"] = warning["episode"] if self.dice.random() < 0.8 else warning["id"]
        if self.dice.random() < 0.8:
            # What is set low can rise again.
            record.update(result="corrected", tier="low" if self.dice.random() < 0.5 else self.dice.choice(TIERS))
        else:
            record["result"] = self.dice.choice(RESULTS)
        self.answers.append((place, record))

    def whole(self):
        lines = list(self.lines)
        for place, record in sorted(self.answers, key=lambda one: -one[0]):
            lines.insert(place + 1, json.dumps(record, ensure_ascii=False) + "\n")
        return lines


def answer(seed, path, warnings):
    """Writes the stream at `path` anew, with answers to the warnings that it made."""
    with open(path, encoding="utf-8") as source:
        desk = Desk(seed, source.readlines())
    for warning in warnings:
        if desk.dice.random() < ANSWERED:
            for _ in range(desk.dice.randint(1, ANSWERS_MAX)):
                desk.answer(warning)
    with open(path, "w", encoding="utf-8") as out:
        out.writelines(desk.whole())
