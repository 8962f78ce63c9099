"""Streams of events made to be nasty: few hot entities, equal times, shuffled, repeated and broken-up messages.

    generate.py SEED DIR   writes DIR/directory.jsonl and DIR/events.jsonl

One seed gives one stream, on every machine. Bounds (docs/architecture.md): fewer records per page than it keeps.
"""
import json
import os
import random
import sys

import identity
from vocabulary import DAY, HOUR, MINUTE, SECOND, rfc3339

START = 1772416800000  # 2026-03-02T10:00:00+08:00, a Monday
# Few events may lie far apart: a page keeps its newest 8 records of a stream whatever their age.
FEW = 8
FAR_APART = (0, 0, 1, 29 * DAY, 30 * DAY - 1, 30 * DAY, 30 * DAY, 30 * DAY + 1, 60 * DAY)
CALLS_MAX = 60  # a person's page keeps 64 a direction
# Windows, steps, waits, bounds and closings end at round distances from what happened before, or from its end, with the
# same entities: events stand just there, a millisecond before and after.
DISTANCES = (0, MINUTE, 10 * MINUTE, 10 * MINUTE, 15 * MINUTE, 15 * MINUTE, 30 * MINUTE, 30 * MINUTE, HOUR, HOUR, 2 * HOUR,
             6 * HOUR, 12 * HOUR, DAY)
DAYS_APART = (DAY, 2 * DAY, 3 * DAY, 5 * DAY)       # what pages that keep few records keep
MONTHS_APART = (0, HOUR, 30 * DAY, 30 * DAY, 30 * DAY)  # who answers within 30 days is known both ways
LAST = START + 6 * DAY
LISTS = {"fraud_accounts": "account", "bad_accounts": "account", "bad_numbers": "number", "watched_people": "person",
         "bad_devices": "device", "bad_domains": "domain"}
DEVICES = ["861234567890123", "d-77", "d-78", "d", "d 79 \"x\"", "0123456"]
CELLS = ["46000-1a2b-3c", "基站", "46000-1a2b-3d", "46001-1", "x", 46001]
DOMAINS = ["a.example", "example.com.cn", "c.example", "10.0.0.1"]
NUMBERS = ["13800138000", "12000000001", "17012345678", "+85291234567", "+12025550123", "95588123", "106912345678",
           "057212345678", "12070000001", "19912345678", "7"]
SPELLINGS = {"13800138000": ["+86 138-0013-8000", "008613800138000", "8613800138000"],
             "057212345678": ["+86 572 12345678", "(0572)12345678"], "+12025550123": ["0012025550123"]}
ACCOUNTS = ["6222%015d" % n for n in range(11, 20)] + ["ZH01", "A1"]
TYPOLOGIES = ["mule0", "mule1", "T0", "T1", "T2", "诈骗0", "诈骗2", "fake_police"]  # as packs.py names them, and another
# Parts of texts, some of which begin where others end; signs of tags are made of them too.
TEXT_PARTS = ["code", "123456", "贷款", "款贷", "贷", "aa", "ab", "aba", "ＡＢ", "x", "http://a", " ", "验证码", "。"]
FEED_TAGS = ["OTP", "LOAN", "otp", "贷"]
BANKS = ["102100099996", "105100000017", "103100000026"]


class Stream:
    def __init__(self, seed, size, in_order=False, steady=False):
        self.random = random.Random(seed)
        self.steady = steady      # nobody gets another holder
        self.size = size
        self.in_order = in_order  # nothing comes late, twice or from both carriers; few take part in much
        # What comes late changes most where much happens at once.
        self.shuffled = self.chance(0.3) and not in_order
        self.span = self.random.choice([20 * MINUTE, HOUR] if self.shuffled else [2 * HOUR, 12 * HOUR, 26 * HOUR, 5 * DAY])
        self.grain = self.random.choice([1, SECOND, MINUTE, 5 * MINUTE])
        self.far_apart = size <= FEW
        pick = lambda items, low, high: self.random.sample(items, self.random.randint(low, high))
        # More payments with a payment_id, on their way at once between two accounts, than a page notes.
        crowded = size > FEW and self.chance(0.25)
        self.named = 0.9 if crowded else 0.4
        least, most = (2, 2) if self.far_apart or crowded or in_order else (3, 7)
        self.numbers, self.accounts = pick(NUMBERS, least, most), pick(ACCOUNTS, least, most)
        self.devices = pick(DEVICES, 1, 3)
        self.persons = ["P-%d" % n for n in range(self.random.randint(2, 5))]
        self.serial = self.calls = 0
        self.past = []     # (when it was or ended, the two that took part or None)
        self.company = None  # the two of what the event in hand follows
        self.records = []  # (arrival, order, record)

    def chance(self, share):
        return self.random.random() < share

    def moment(self):
        """Now and then at a round distance from something that was: then `company` took part in that."""
        self.company = None
        if self.past and self.chance(0.5 if self.far_apart else 0.25):
            time, self.company = self.random.choice(self.past)
            time += self.random.choice([-1, 0, 0, 1])
            if self.far_apart:
                return min(time + self.random.choice(MONTHS_APART), START + FAR_APART[-1])
            days = DAYS_APART if self.in_order and self.chance(0.3) else DISTANCES
            return min(time + self.random.choice(days), LAST)
        if self.far_apart:
            return START + self.random.choice(FAR_APART)
        return START + self.random.randrange(self.span) // self.grain * self.grain

    def two(self, known):
        """Two ends, mostly the company, and that mostly the other way round."""
        if self.company is not None and self.company[0] in known and self.chance(0.8):
            one, other = self.company
            return (other, one) if self.chance(0.6) else (one, other)
        return self.random.choice(known), self.random.choice(known)

    def happened(self, time, two=None):
        self.past.append((time, two))

    def name(self, prefix):
        """Some are of many bytes in few characters."""
        self.serial += 1
        return "%s%s-%d" % ("编" * 48 if self.serial % 23 == 0 else "", prefix, self.serial)

    def put(self, record, judged):
        """Arrives when it is judged, or somewhat later, seldom beyond the lateness bound; seldom twice."""
        late = 0
        if self.in_order:
            pass
        elif self.chance(0.6 if self.shuffled else 0.25):
            late = self.random.randrange(15 * MINUTE) if self.chance(0.8) else 15 * MINUTE + self.random.choice([0, 0, 1])
        elif self.chance(0.05):
            late = self.random.randrange(2 * HOUR)
        if self.chance(0.3):
            record["strange"] = self.random.choice([1, None, {"a": [1, 2]}, "x"])
        if isinstance(record["time"], int) and self.chance(0.5):
            record["time"] = rfc3339(record["time"])
        if self.chance(0.1):
            record = self.wrapped(record)
        self.records.append((judged + late, len(self.records), record))
        if self.chance(0.06) and not self.in_order:
            again = judged + late + self.random.randrange(HOUR)
            self.records.append((again, len(self.records), dict(record)))

    def wrapped(self, record):
        """In a CloudEvents envelope, which says some of it in the place of the data, or beside it."""
        record = dict(record)
        envelope = {"specversion": "1.0", "type": record["type"], "id": record["id"], "time": record["time"]}
        for name in ("type", "id", "time"):
            if self.chance(0.5):
                del record[name]
            elif self.chance(0.3):
                envelope[name] = self.random.choice(["other", None])
        envelope["data"] = record
        return envelope

    # ---- who

    def number(self, number=None):
        number = number or self.random.choice(self.numbers)
        if self.chance(0.1):
            return self.random.choice(SPELLINGS.get(number, [number]))
        if self.chance(0.05):
            return "token:" + identity.token_of("number", number).hex()
        return number

    def account(self, account=None):
        account = account or self.random.choice(self.accounts)
        if self.chance(0.05):
            return "token:" + identity.token_of("account", account).hex()
        return account.lower() if self.chance(0.03) else account

    def device(self):
        device = self.random.choice(self.devices)
        return "token:" + identity.token_of("device", device).hex() if self.chance(0.05) else device

    def with_device(self, record, name="device"):
        """Some say that they do not know it; one names an account by mistake."""
        form = self.random.random()
        if form < 0.6:
            record[name] = self.device()
        elif form < 0.68:
            record[name] = self.random.choice(["", None, "x" * 65, "设备-1", 861234567890123, "token:" + identity.token_of("account", self.accounts[0]).hex()])
        return record

    # ---- records

    def call(self):
        start, seconds = self.moment(), self.random.choice([0, 5, 40, 200, 600, 1800, 4000])
        caller, callee = self.two(self.numbers)
        for time in (start, start + seconds * SECOND):
            self.happened(time, (caller, callee))
        caller = None if self.chance(0.12) else caller
        copies = 2 if caller and self.chance(0.3) and not self.far_apart and not self.in_order else 1
        self.calls += copies
        for _ in range(copies):
            base = {"type": "call", "id": self.name("c"), "callee": self.number(callee)}
            if caller or self.chance(0.5):
                base["caller"] = self.number(caller) if caller else self.random.choice([None, "anonymous"])
            if self.chance(0.2):
                base["source"] = self.random.choice(["cmcc", "ctcc"])
            if self.chance(0.5):
                base["region"] = self.random.choice(["330502", "330503/001/12", "nowhere"])
            if self.chance(0.4):
                base["cell"] = self.random.choice(CELLS)
            self.with_device(base, "imei")
            self.messages_of_call(base, start, seconds)
            start += self.random.choice([0, 1, -1, 40 * SECOND, 61 * SECOND])

    def messages_of_call(self, base, start, seconds):
        modes = self.random.choice([("record",), ("start", "end"), ("start",), ("start", "record"), ("end",),
                                    ("start", "end", "record")])
        if self.in_order:
            modes = modes if modes[0] == "start" and modes[-1] != "record" else ("start", "end")
        for phase in modes:
            record = dict(base, phase=phase)
            judged = start if phase == "start" else start + seconds * SECOND
            if phase == "end" and seconds > 5 and self.chance(0.15):
                judged += self.random.choice([-3, -1, 2]) * SECOND  # by another clock than the start
            record["time"] = judged if phase == "end" else start
            if phase != "start":
                if self.chance(0.9):
                    name = self.random.choice(["duration_s", "duration_ms"])
                    record[name] = seconds if name == "duration_s" else seconds * SECOND
                else:
                    judged = record["time"]
                if self.chance(0.4):
                    record["cause"] = self.random.choice(["normal", "busy", "no_answer", "odd"])
                for name in ("answered", "forwarded"):
                    if self.chance(0.6):
                        record[name] = self.chance(0.6)
            self.put(record, judged)

    def payment(self):
        time = self.moment()
        payer, payee = self.two(self.accounts)
        self.happened(time, (payer, payee))
        payee = None if self.chance(0.12) else payee
        cash_in = payee is not None and self.chance(0.06)
        base = {"type": "transaction", "id": self.name("p"), "currency": "CNY"}
        base["amount"] = self.random.choice(["%d.%02d" % (self.random.choice([1, 900, 5000, 9999, 49999, 70000]),
                                                          self.random.choice([0, 0, 1, 99])),
                                             "%d" % self.random.randrange(90000), self.random.randrange(5000)])
        if self.chance(0.08):
            base["currency"] = "USD"
        if not cash_in:
            base["payer"] = {"account": self.account(payer)}
        if payee:
            base["payee"] = {"account": self.account(payee)}
        for side in ("payer", "payee"):
            if side in base and self.chance(0.5):
                base[side]["bank"] = self.random.choice(BANKS)
            if side in base and self.chance(0.2):
                base[side]["kind"] = self.random.choice(["personal", "merchant", "bank", "odd"])
        payment_ids, banks = self.naming_of_payment()
        for phase in self.random.choice([("initiated",), ("initiated", "posted"), ("initiated", "posted"), ("posted",),
                                         ("initiated", "posted", "reversed"), ("reversed",),
                                         ("initiated", "reversed")]):
            for bank in banks:
                self.message_of_payment({**base, **bank, **payment_ids.get(phase, {}), "phase": phase}, time)
            time += self.random.choice([0, 3 * SECOND, 40 * SECOND, HOUR, self.span // 2])

    def naming_of_payment(self):
        """({phase: the payment_id it gives}, [what tells each bank's messages apart])."""
        banks = [{}] if self.chance(0.7) else [{"source": "icbc"}]
        if not self.chance(self.named):
            return {}, banks
        payment_id = {"payment_id": self.name("pay")}
        given = self.random.choice([("initiated", "posted", "reversed"), ("initiated",), ("posted", "reversed"),
                                    ("posted",), ("initiated", "reversed")])
        if self.chance(0.25) and not self.far_apart:
            banks.append({"source": "ccb", "id": self.name("p")})
        return {phase: payment_id for phase in given}, banks

    def message_of_payment(self, record, time):
        if self.chance(0.2) and not self.in_order:
            time -= self.random.randrange(10 * MINUTE)  # what settles may be stamped before what begins
        record["time"] = time
        options = {"channel": ["mobile", "atm", "counter", "odd"], "purpose": ["transfer", "spend", "cash", "odd"],
                   "arrival": ["realtime", "2h", "next_day", "normal"], "region": ["330502", "330503"],
                   "balance_before": ["80000.00", "0", 120000.5]}
        for name, values in options.items():
            if self.chance(0.5):
                record[name] = self.random.choice(values)
        if "payment_id" in record and record["phase"] != "initiated" and self.chance(0.3):
            record["id"] += "-" + record["phase"]
        self.put(self.with_device(record), time)

    def fact(self, time):
        """A directory record: true of the day before the stream, or of a moment in it."""
        kind = self.random.choice(["binding", "binding", "person", "account", "account", "number"])
        kind = "person" if self.steady and time >= START else kind
        record = {"type": kind, "id": self.name("b"), "time": time}
        if kind == "binding":
            side = self.random.choice(["number", "account"])
            record[side] = getattr(self, side)()
            record["person"] = None if self.chance(0.1) else self.random.choice(self.persons)
            return record
        record["person"] = self.random.choice(self.persons)
        if kind == "person":
            options = {"birth_year": [1958, 1990, 2012, 1800], "vulnerable": [True, False],
                       "region": ["330502/001/12", "330503"], "adviser": ["A-17", "A-2"]}
        else:
            if self.chance(0.4):
                del record["person"]
            record[kind] = getattr(self, kind)()
            options = {"opened": ["2015-03-01", "2026-02-20", START - 3 * HOUR], "region": ["330502", "330521"],
                       "kind": ["personal", "merchant", "corporate"] if kind == "account" else ["mobile", "official"]}
            if kind == "account":
                options["class"] = ["i", "ii", "iii"]
        for name, values in options.items():
            if self.chance(0.6):
                record[name] = self.random.choice(values)
        return record

    def message(self):
        time = self.moment()
        sender, receiver = self.two(self.numbers)
        self.happened(time, (sender, receiver))
        record = {"type": "sms", "id": self.name("m"), "time": time, "sender": self.number(sender),
                  "receiver": self.number(receiver)}
        if self.chance(0.4):
            record["text"] = self.text()
        if self.chance(0.3):
            record["tags"] = self.random.choice([[], ["OTP"], ["LOAN", "otp"], [1, "贷", {"OTP": ["LOAN"]}], None])
        if self.chance(0.4):
            record["urls"] = self.random.choice([[], ["http://a.example/x"], None, ["no link", 7, "HTTPS://u:p@Www.B.Example.com.cn:8/"],
                                                 ["http://com.cn/", "http://10.0.0.1/x", "http://c.example"]])
        self.put(record, time)

    def text(self):
        if self.chance(0.2):
            return self.random.choice(["code 123456", "see http://a.example", "www.b.example", "code 7", "see http://x.A.example/1?2 now", ""])
        parts = TEXT_PARTS + ["\u200b", "C", "ｃ", "\u3000", "😀", "1"]
        return "".join(self.random.choice(parts) for _ in range(self.random.choice([1, 3, 8, 30])))

    def login(self):
        time = self.moment()
        account = self.two(self.accounts)[0]
        self.happened(time, (account, account))
        record = {"type": "login", "id": self.name("l"), "time": time, "account": self.account(account),
                  "what": self.random.choice(["enter", "enter", "bind_device", "reset_password", "odd"])}
        self.put(self.with_device(self.with_region(record)), time)

    def change(self):
        time, side = self.moment(), self.random.choice(["number", "account"])
        self.happened(time)
        record = {"type": "change", "id": self.name("g"), "time": time, side: getattr(self, side)(),
                  "what": self.random.choice(["power_off", "power_off", "forwarding_on", "sim_changed", "account_opened",
                                              "limit_raised", "unknown"])}
        self.put(self.with_region(record), time)

    def with_region(self, record):
        if self.chance(0.5):
            record["region"] = self.random.choice(["330502", "330503/001/12", "nowhere"])
        return record

    def subject(self):
        side = self.random.choice(["number", "account", "person", "person", "device", "domain"])
        return "%s:%s" % (side, self.named_of(side))

    def named_of(self, side):
        if side in ("person", "domain"):
            return self.random.choice(self.persons if side == "person" else DOMAINS)
        return getattr(self, side)()

    def warning(self):
        time = self.moment()
        self.happened(time)
        record = {"type": "warning", "id": self.name("w"), "time": time, "subject": self.subject(),
                  "origin": self.random.choice(["ministry", "ministry", "bank", "own", "police"])}
        if self.chance(0.9):
            record["typology"] = self.random.choice(TYPOLOGIES)
        if self.chance(0.8):
            record["tier"] = self.random.choice(["low", "medium", "high", "urgent", "odd"])
        self.put(record, time)

    def outcome(self):
        time = self.moment()
        record = {"type": "outcome", "id": self.name("o"), "time": time, "subject": self.subject(),
                  "typology": self.random.choice(TYPOLOGIES),
                  "result": self.random.choice(["dissuaded", "false_alarm", "loss", "unknown"])}
        if self.chance(0.1):
            record["episode"] = "%032x" % self.random.choice([0, self.random.randrange(2 ** 128)])
        self.put(record, time)

    def override(self):
        time = self.moment()
        record = {"type": "override", "id": self.name("x"), "time": time, "subject": self.subject(),
                  "other": self.subject(), "to": time + self.random.choice([0, 10 * MINUTE, 3 * HOUR, 5 * DAY])}
        self.put(record, time)

    def listing(self):
        name = self.random.choice(list(LISTS))
        entity = LISTS[name] if self.chance(0.95) else "number"
        time = self.moment()
        record = {"type": "listing", "id": self.name("x"), "time": time, "list": name,
                  "entity": "%s:%s" % (entity, self.named_of(entity)),
                  "action": "remove" if self.chance(0.3) else "add"}
        if self.chance(0.3):
            record["from"] = time + self.random.choice([-HOUR, 0, 10 * MINUTE, DAY])
        if self.chance(0.3):
            record["to"] = rfc3339(time + self.random.choice([0, 10 * MINUTE, 3 * HOUR]))
        self.put(record, time)

    # ---- whole

    def directory(self):
        return [self.fact(START - DAY + self.random.randrange(3) * HOUR)
                for _ in range(self.random.randint(4, 5 * len(self.accounts)))]

    def events(self):
        for _ in range(self.size):
            kind = self.random.random()
            if kind < 0.25 and self.calls < CALLS_MAX - 1:
                self.call()
            elif kind < 0.60:
                self.payment()
            elif kind < 0.66:
                self.listing()
            elif kind < 0.95:
                self.random.choice([self.message, self.message, self.login, self.change, self.warning, self.outcome,
                                    self.override])()
            else:
                time = self.moment()
                self.put(self.fact(time), time)
        return [record for _, _, record in sorted(self.records, key=lambda item: item[:2])]


def write_lines(path, records):
    with open(path, "w", encoding="utf-8") as out:
        for record in records:
            out.write(json.dumps(record, ensure_ascii=False) + "\n")


def write_stream(seed, size, folder, in_order=False, steady=False):
    os.makedirs(folder, exist_ok=True)
    stream = Stream(seed, size, in_order, steady)
    write_lines(os.path.join(folder, "directory.jsonl"), stream.directory())
    write_lines(os.path.join(folder, "events.jsonl"), stream.events())


if __name__ == "__main__":
    write_stream(int(sys.argv[1]), 60, sys.argv[2])
