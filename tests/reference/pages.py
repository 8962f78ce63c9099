"""What is known of one number, account or person: lists of all that ever happened, in order of time, then arrival.

Nothing is kept that can be worked out: gap, first_time, known_for, two_way and every window are found by
looking through the lists each time (docs/semantics.md, sections 2 and 3). Nothing is forgotten either, but for the
payment_id of a (source, id): a page knows only the newest ALIASES_MAX, and for pages that are spent, which go whole.
A record stands in several lists, so that one is looked through that holds little else than what is asked for.
"""
import bisect
import collections

from vocabulary import DAY, LATENESS, MINUTE

COPY_STARTS_APART = MINUTE
TWO_WAY_WITHIN = 30 * DAY
ALIASES_MAX = 16
EXPIRY_STEPS = 128
OUTCOMES_MAX = 8
OVERRIDES_MAX = 16
MARKS_MAX = 16
DIRECTION = {"call_in": "in", "payment_in": "in", "sms_in": "in", "call_out": "out", "payment_out": "out",
             "sms_out": "out", "use": "out", "link": "out"}


class Record:
    """One call or payment as one page sees it."""

    def __init__(self, stream, arrival, time, record_id, peer, member):
        self.stream = stream
        self.arrival = arrival      # how many records the page had before it
        self.time = time
        self.place = time, arrival
        self.record_id = record_id
        self.peer = peer            # token of the other end, None: nobody
        self.peer_kind = None
        self.member = member        # token of the own number or account
        self.phases = set()         # first: start, initiated; last: end, record; posted; reversed
        self.ended_by_copy = False  # only the other carrier has told its end so far
        self.late = False
        self.duration = None        # as reported
        self.answered = self.forwarded = None
        self.amount = self.region = self.channel = self.purpose = None
        self.own = False
        self.tags = self.template = self.domain = self.device = self.cell = None
        self.use = None             # what a device was used for: one of "call", "login", "pay"
        self.sender = None          # at a domain: token of who sent the message
        self.has_link = self.what = self.about = self.tier = self.origin = None
        self.external = self.closed = False
        self.dropped = False        # the page keeps it no more; as it was then:
        self.was_known = None       # amount or duration
        self.was_reversed = self.had_end = False

    @property
    def is_act(self):
        """Something that the page's entity did; a warning is what others think of it."""
        return self.stream != "warning"

    @property
    def has_end(self):
        return "last" in self.phases

    def drop(self):
        self.dropped = True
        self.was_known = self.amount if self.stream.startswith("payment") else self.duration
        self.was_reversed, self.had_end = "reversed" in self.phases, self.has_end


class Records:
    """By time, then arrival."""

    def __init__(self):
        self.places, self.list = [], []

    def add(self, record):
        at = bisect.bisect(self.places, record.place)
        self.places.insert(at, record.place)
        self.list.insert(at, record)

    def remove(self, record):
        at = self.list.index(record)
        del self.places[at], self.list[at]

    def before(self, record):
        return self.list[:bisect.bisect_left(self.places, record.place)]


class Page:
    def __init__(self, entity, token):
        self.entity = entity        # number, account, person, device, domain
        self.token = token
        self.mask = ""
        self.arrivals = 0           # how many records of all streams, dropped ones too
        self.kept_of = collections.defaultdict(Records)     # stream -> records that are not dropped
        self.dropped_of = collections.defaultdict(Records)  # stream -> those that are
        self.with_peer = collections.defaultdict(Records)   # token of another end -> all records with it, dropped or not
        self.acts = Records()       # all that the entity did, dropped or not
        self.aliases = []           # (message id, record id) of payments, the newest last
        self.peer_entities = {}     # token of another end -> what it is
        self.peer_masks = {}        # token of another end -> its mask, "" while nobody has said it
        self.holder = None          # of a number or account: whom the last event named
        self.attributes = {}        # name -> (time, value)
        self.masks = None           # (time, mask) of the latest binding of a person
        self.listings = {}          # list -> (time, from, to or None, removed)
        self.newest_judged = None
        self.kept = []              # late.Kept, by time
        self.points = []            # decide.Points
        self.episodes = []          # decide.Episode
        self.outcomes = []          # ids, the newest last
        self.marks = {}             # (name, level) -> (from, until)
        self.overrides = {}         # token of the other -> (time, until)
        self.waits = []             # waits.Wait, in the order in which they were begun
        self.stand_in = None        # (kind, token) of the number or account that it stands for
        self.member_masks = {}      # of a person: token of a number or account -> the first mask said

    # ---- records

    def stream(self, name):
        """Records of one stream by time, then arrival."""
        return self.kept_of[name].list

    def dropped(self, name):
        return self.dropped_of[name].list

    def drop(self, record):
        record.drop()
        self.kept_of[record.stream].remove(record)
        self.dropped_of[record.stream].add(record)

    def find(self, stream, names, peer, amount):
        """The record of the same call or payment; two payments of another amount or other end are two."""
        return next((r for r in reversed(self.stream(stream)) if r.record_id in names and r.peer == peer
                     and (not (stream.startswith("payment") or r.use == "pay") or None in (r.amount, amount)
                          or r.amount == amount)), None)

    def note_alias(self, message_id, record_id):
        """A (source, id) came with this payment_id."""
        if (message_id, record_id) not in self.aliases:
            others = [alias for alias in self.aliases if alias[0] != message_id]
            self.aliases = (others + [(message_id, record_id)])[-ALIASES_MAX:]

    def names_of(self, message_id):
        """What the payment of a message without payment_id may be known by."""
        return {message_id} | {named for known, named in self.aliases if known == message_id}

    def find_copy(self, stream, time, duration, has_end, peer, member):
        """The record that the other carrier's copy of a call is about, the newest if there are several."""
        if peer is None:
            return None
        for record in reversed(self.stream(stream)):
            if record.peer != peer or record.member != member:
                continue
            if record.has_end and has_end and record.duration is not None and duration is not None:
                overlap = (record.time < time + duration and time < record.time + record.duration
                           or record.time == time)
            else:
                overlap = abs(record.time - time) <= COPY_STARTS_APART
            if overlap:
                return record
        return None

    def add(self, stream, time, record_id, peer, member, peer_mask="", peer_entity=None):
        record = Record(stream, self.arrivals, time, record_id, peer, member)
        self.arrivals += 1
        if peer is not None:
            self.peer_entities[peer] = peer_entity
            self.peer_masks[peer] = self.peer_masks.get(peer) or peer_mask
            self.with_peer[peer].add(record)
        record.late = record.is_act and any(r.time > time for r in self.acts.list[-1:])
        self.kept_of[stream].add(record)
        if record.is_act:
            self.acts.add(record)
        return record

    # ---- what a record is against the others

    def gap(self, record):
        earlier = self.acts.before(record)
        return record.time - earlier[-1].time if earlier else None

    def first_time(self, record):
        return record.peer is None or not self.with_peer[record.peer].before(record)

    def two_way(self, record):
        return record.peer is not None and any(
            DIRECTION[r.stream] != DIRECTION[record.stream] and r.time > record.time - TWO_WAY_WITHIN
            for r in self.with_peer[record.peer].before(record))

    def known_for(self, record):
        if record.peer is None:
            return 0
        return record.time - self.with_peer[record.peer].list[0].time

    def first_seen(self):
        """Devices and domains do nothing else than what is seen of them."""
        return self.acts.list[0].time if self.acts.list else None

    # ---- attributes and lists

    def set_attribute(self, name, value, time):
        if value is not None and (name not in self.attributes or self.attributes[name][0] <= time):
            self.attributes[name] = (time, value)

    def attribute(self, name):
        return self.attributes.get(name, (0, None))[1]

    def set_listing(self, name, time, since, until, removed):
        if name not in self.listings or self.listings[name][0] <= time:
            self.listings[name] = (time, since, until, removed)

    def is_member(self, name, t):
        if name not in self.listings:
            return 0
        _, since, until, removed = self.listings[name]
        return int(not removed and since <= t and (until is None or t < until))

    def set_override(self, other, time, until):
        if other not in self.overrides or self.overrides[other][0] <= time:
            self.overrides[other] = time, until
        # A page's bound is the engine's own matter: streams here stay below it.
        assert len(self.overrides) <= OVERRIDES_MAX

    def is_silent_about(self, other, t):
        time, until = self.overrides.get(other, (0, 0))
        return time <= t < until

    def set_mark(self, name, level, since, until):
        known = self.marks.get((name, level))
        if known is not None:
            since = since if known[1] <= since else min(since, known[0])
            until = max(until, known[1])
        self.marks[name, level] = since, until
        # A page's bound is the engine's own matter: packs here stay below it.
        assert len(self.marks) <= MARKS_MAX

    def mark_level(self, name, t):
        """The lowest in force, 0: none."""
        return min((level for (mark, level), (since, until) in self.marks.items() if mark == name and since <= t < until),
                   default=0)

    def note_outcome(self, record_id):
        """False if it is one of the newest, which it then stays."""
        if record_id in self.outcomes:
            return False
        self.outcomes = (self.outcomes + [record_id])[-OUTCOMES_MAX:]
        return True

    # ---- the end

    def spent_from(self, expiry, typologies):
        """When the log's clock has come so far, nothing holds the page any more; None if something holds it for ever."""
        ends = [until for _, _, until, removed in self.listings.values() if not removed]
        if self.attributes or self.masks or None in ends or self.waits:
            return None
        ends += [self.newest_judged] * (self.newest_judged is not None)
        ends += [points.until for points in self.points]
        ends += [episode.closes(typologies) for episode in self.episodes]
        ends += [until for _, until in self.overrides.values()]
        ends += [until for _, until in self.marks.values()]
        if not ends:
            return None
        step = max(1, expiry // EXPIRY_STEPS)
        return -(-(max(ends) + expiry) // step) * step

    def saw(self, t):
        if self.newest_judged is None or t > self.newest_judged:
            self.newest_judged = t
            self.kept = [kept for kept in self.kept if kept.t >= t - LATENESS]
