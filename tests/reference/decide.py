"""From values to points, tiers, episodes, warnings and requests (docs/semantics.md, section 4)."""
import identity
import outputs
import retention
from ingest import other_role
from vocabulary import HOUR, MINUTE, TIERS, text_of

LINE_MAX = SCORE_MAX = 100
POINTS_MAX = 64
EPISODES_MAX = 8
EPISODE_RULES_MAX = 128
MARKS_MAX = 64
NOT_AFTER = {"2h": 2 * HOUR, "next_day": 24 * HOUR}


def tier_rank(tier):
    return -1 if tier is None else TIERS.index(tier)


def highest(tiers):
    return max(tiers, key=tier_rank, default=None)


def is_person(leg):
    return leg == "holder" or leg.endswith(".person")


class Points:
    """A score line or a raise of a rule's newest firing."""

    def __init__(self, rule, fired, until, points=0, tier=None):
        self.rule, self.typology = rule["name"], rule["typology"]
        self.fired, self.until = fired, until
        self.points, self.tier = points, tier
        self.contradicted = False  # by what came late, the rule would not have fired

    def in_force(self, t):
        return self.fired <= t < self.until


class Episode:
    def __init__(self, typology, episode_id, t, tier, closed_before):
        self.typology = typology
        self.id = episode_id
        self.last_fired = t
        self.tier = tier
        self.closed_before = closed_before  # when the one before it closed
        self.opened = t
        self.closed = None                  # when an outcome closed it
        self.warning = None                 # id of its newest warning
        self.rules = set()                  # names of those that have fired in it
        self.corrections = 0                # how often a person has corrected its tier
        self.corrected = False              # the tier is a person's, and stands

    def closes(self, typologies):
        return self.closed if self.closed is not None else self.last_fired + typologies[self.typology]["closes_ms"]

    def is_open(self, t, typologies):
        return self.closed is None and t < self.closes(typologies)


def take_outcome(page, event, typologies):
    """What a person says of a warning: whether it was of any; (episodes closed, episodes corrected)."""
    t = event.judged
    episode = next((e for e in page.episodes if e.typology == event.about), None)
    if episode is not None and not (episode.is_open(t, typologies) and episode.opened <= t):
        episode = None
    named = event.episode is not None and event.episode[:8] != bytes(8)  # zeros name none
    if named and (episode is None or episode.id[:8] != event.episode[:8]):
        return 0, 0
    about = [r for r in page.stream("warning") if r.about == event.about]
    if text_of("RESULT", event.result) == "corrected":
        return 0, correct(event, episode, about)
    return close(event, episode, about, page), 0


def correct(event, episode, about):
    """The tier is another one: of the episode, its warnings, and those of others that are open."""
    for record in about:
        of_it = episode is not None and (episode.closed_before is None or record.time >= episode.closed_before)
        if not record.closed and (record.time <= event.judged if record.external else of_it):
            record.tier = event.tier
    if episode is not None:
        episode.tier, episode.corrected = text_of("TIER", event.tier), True
        episode.corrections += 1
    return int(episode is not None)


def close(event, episode, about, page):
    """How it ended: closes the episode, ends its points, marks warnings."""
    t = event.judged
    for record in about:
        record.closed = record.closed or (record.external and record.time <= t)
    if episode is not None:
        episode.closed = max(t, episode.last_fired)
        for line in page.points:
            if line.typology == event.about and line.fired <= episode.closed:
                line.until = min(line.until, episode.closed)
        for record in about:
            record.closed = record.closed or record.time <= episode.closed and not record.external
    return int(episode is not None)


class Target:
    def __init__(self, kind, token, mask):
        self.kind, self.token, self.mask = kind, token, mask

    def shown(self):
        return {"kind": self.kind, "token": self.token.hex(), "mask": self.mask}


class Judgement:
    """What one visit decides: fills lists of outputs."""

    def __init__(self, visit, triggers, clock, flags, begin_waits=None):
        self.visit, self.page, self.event, self.t = visit, visit.page, visit.event, visit.t
        self.leg, self.pack = visit.leg, visit.pack
        self.triggers, self.clock, self.flags = triggers, clock, flags
        self.id_fields = self.event.id_fields
        self.look = retention.Look(visit)
        self.fired, self.guarded, self.overridden = [], [], []
        self.shadowed = []        # rules that fired and may do nothing
        self.shadow_lines = {}    # the lines that they would have set
        self.shadow_flags = {}    # rule name -> flags of its firing
        self.reason_points = {}   # rule name -> points of this firing
        self.reason_lifts = {}    # rule name -> highest tier to which this firing lifts, or None
        self.now = {}             # typology -> the episode that took or made of this event
        self.warnings, self.requests, self.advice = [], [], []
        self.marks = {}           # (name, level, token) -> [how long, leg; None: of `each`], in order
        self.bounded = []         # rules for whose waits or marks there was no place
        self.held = 0             # tiers that a person's word kept from rising
        self.sent = []            # (typology's name, tier, id) of the warnings
        self.begin_waits = begin_waits or (lambda: [])  # of the patterns; rules that met a bound

    # ---- rules

    def rules(self):
        """Those that run here, in the order of the pack."""
        for rule in self.pack.rules_on(self.page.entity, self.triggers):
            # A rule about persons runs on a warning at the person it names and at the holder of what it names.
            here = rule["leg"] == self.leg or (rule["leg"], self.leg) == ("entity", "holder")
            asked = "mark" not in rule or self.pack.marks[rule["mark"]] == self.event.mark
            asked = asked and rule.get("pattern") in (None, getattr(self.event, "pattern", None))
            if asked and here:
                yield rule

    def is_overridden(self):
        """Has a person said that nothing is to be done about the page's entity and the other end, or its holder?"""
        other = self.event.parties.get(other_role(self.event.kind, self.leg))
        if other is None or other.token is None:
            return False
        named = [other.token] + [other.holder] * other.holder_known
        return any(self.page.is_silent_about(token, self.t) for token in named)

    def judge(self):
        for rule in self.rules():
            self.look_at(rule)
            if not self.visit.is_true(rule["when"]):
                continue
            guards = [g for g in rule["unless"] if self.visit.is_true(g["expr"])]
            silent = not rule["absolute"] and self.is_overridden()
            if rule.get("state") == "shadow":
                self.shadowed += [rule] if not guards and not silent else []
            elif guards:
                self.guarded.append({"rule": rule["name"], "unless": guards[0]["text"] or guards[0]["source"]})
            elif silent:
                self.overridden.append(rule["name"])
            else:
                self.fired.append(rule)
        self.leave_new()
        self.bounded = self.begin_waits()
        self.set_marks()
        # All values are those before any of this event's points.
        firings = [(rule, self.firing(rule)) for rule in self.fired]
        self.shadow_lines = {rule["name"]: self.firing(rule) for rule in self.shadowed}
        if self.look.approximate:
            self.flags.append("approximate")
        if self.bounded:
            self.flags.append("bounded")
        for rule, lines in firings:
            if rule["typology"] is not None:
                self.set_points(rule, lines)
        for typology in self.pack.typologies.values():
            if any(rule["typology"] == typology["name"] for rule in self.fired):
                self.take_in(typology)
        self.tier = highest(e.tier for e in self.page.episodes if e.is_open(self.t, self.pack.typologies))
        self.act()

    def look_at(self, rule):
        """What the engine reads of the rule: its condition, exceptions up to the first that holds, and, of one that fires, all of
        its actions."""
        look = retention.Look(self.visit)
        if not look.is_needed:
            self.shadow_flags[rule["name"]] = list(self.flags)
            return
        if "pattern" in rule:
            look.pattern(rule["pattern"])  # that it is over
        look.settle(rule["when"])
        silent = not rule["absolute"] and self.is_overridden()
        fires = self.visit.is_true(rule["when"])
        for guard in rule["unless"] if fires else ():
            if fires:
                look.settle(guard["expr"])
                fires = not self.visit.is_true(guard["expr"])
        for action in rule["actions"] if fires and not silent else ():
            if action["if"] is not None:
                look.settle(action["if"])
            if action["kind"] == "score" and self.holds(action):
                look.settle(action["points"])
            if "each" in action and rule.get("state") != "shadow" and self.holds(action):
                look.settle(action["each"])
        if rule.get("state") == "shadow":
            self.shadow_flags[rule["name"]] = self.flags + ["approximate"] * look.approximate
        else:
            self.look.approximate |= look.approximate
    def leave_new(self):
        """Of a first judgement all is new."""

    @property
    def is_written(self):
        return bool(self.fired or self.overridden or self.tier is not None)

    def holds(self, action):
        return action["if"] is None or self.visit.is_true(action["if"])

    # ---- points

    def firing(self, rule):
        """The lines that a firing sets: score lines, and a raise that holds as long as the longest of them."""
        lines = []
        for action in rule["actions"]:
            if action["kind"] == "score" and self.holds(action):
                points = self.visit.value(action["points"])
                if points is not None and points > 0:
                    lines.append(Points(rule, self.t, self.t + action["span_ms"], min(points, LINE_MAX)))
        self.reason_points[rule["name"]] = sum(line.points for line in lines)
        self.reason_lifts[rule["name"]] = highest(
            a["tier"] for a in rule["actions"] if a["kind"] == "raise" and self.holds(a))
        if rule["typology"] is None:
            return []
        closes = self.pack.typologies[rule["typology"]]["closes_ms"]
        until = max((line.until for line in lines), default=self.t + closes)
        for action in rule["actions"]:
            if action["kind"] == "raise" and self.holds(action):
                lines.append(Points(rule, self.t, until, tier=action["tier"]))
        return lines

    def trace(self, rule):
        """That a firing gave no points, which it could have: over at once, and still the newest."""
        could = any(action["kind"] in ("score", "raise") for action in rule["actions"])
        return [Points(rule, self.t, self.t)] if could else []

    def set_points(self, rule, lines):
        own = [p for p in self.page.points if p.rule == rule["name"]]
        if any(p.fired > self.t for p in own):
            return
        self.page.points = [p for p in self.page.points if p.rule != rule["name"]] + (lines or self.trace(rule))
        # A page's bound is the engine's own matter: packs here stay below it.
        assert sum(self.t < p.until for p in self.page.points) <= POINTS_MAX

    def in_force(self, typology):
        return [p for p in self.page.points if p.typology == typology["name"] and p.in_force(self.t)]

    def score(self, typology):
        return min(SCORE_MAX, sum(p.points for p in self.in_force(typology)))

    def would_be_tier(self, rule):
        """What a shadow rule would have made of the typology's points after this event."""
        if rule["typology"] is None:
            return None
        return self.tier_of(self.pack.typologies[rule["typology"]], self.shadow_lines[rule["name"]])

    def tier_of(self, typology, more=()):
        lines = self.in_force(typology) + list(more)
        score = min(SCORE_MAX, sum(p.points for p in lines))
        reached = [tier for tier, least in typology["tiers"].items() if least is not None and score >= least >= 0]
        return highest(reached + [p.tier for p in lines if p.tier is not None])

    # ---- episodes

    def take_in(self, typology):
        tier, typologies = self.tier_of(typology), self.pack.typologies
        episode = next((e for e in self.page.episodes if e.typology == typology["name"]), None)
        is_open = episode is not None and episode.is_open(self.t, typologies)
        closing = episode and (episode.closed_before if is_open else episode.closed)
        if closing is not None and self.t < closing:
            if tier is not None:  # of the time before: its own warning, not kept
                self.now[typology["name"]] = past = self.open(typology, tier, None)
                self.warn(typology, past)
        elif is_open:
            self.now[typology["name"]] = episode
            episode.last_fired = max(episode.last_fired, self.t)
            new = self.fired_of(typology) - episode.rules
            episode.rules |= new
            self.held += episode.corrected and not new and tier_rank(tier) > tier_rank(episode.tier)
            episode.corrected = episode.corrected and not new
            if not episode.corrected and tier_rank(tier) > tier_rank(episode.tier):
                episode.tier = tier
                self.warn(typology, episode)
        elif tier is not None:
            before = episode.closes(typologies) if episode is not None else None
            fresh = self.open(typology, tier, before)
            fresh.rules = self.fired_of(typology)
            self.keep(fresh, episode)
            self.now[typology["name"]] = fresh
            self.warn(typology, fresh)

    def keep(self, fresh, known):
        """In the place of the typology's last one; on a full page in that of the one that closes first."""
        episodes = self.page.episodes
        if known is None and len(episodes) == EPISODES_MAX:
            known = min(episodes, key=lambda e: e.closes(self.pack.typologies))
        if known is None:
            episodes.append(fresh)
        else:
            episodes[episodes.index(known)] = fresh
        # A page's bound is the engine's own matter: packs here stay below it.
        assert sum(len(episode.rules) for episode in episodes) <= EPISODE_RULES_MAX

    def fired_of(self, typology):
        return {rule["name"] for rule in self.fired if rule["typology"] == typology["name"]}

    def corrected(self):
        """Typologies whose tier is a person's."""
        standing = {e.typology for e in self.page.episodes if e.corrected and e.is_open(self.t, self.pack.typologies)}
        return [name for name in self.pack.typologies if name in standing]

    def open(self, typology, tier, closed_before):
        episode_id = identity.digest("episode", self.page.token, typology["name"], *self.id_fields)
        return Episode(typology["name"], episode_id, self.t, tier, closed_before)

    def warn(self, typology, episode):
        episode.warning = identity.digest("warning", episode.id, episode.tier, episode.corrections)
        self.sent.append((typology["name"], episode.tier, episode.warning))
        self.warnings.append(outputs.warning(self, typology, episode))

    # ---- requests and advice

    def act(self):
        for rule in self.fired:
            episode = self.now.get(rule["typology"])
            tier = self.tier if rule["typology"] is None else episode.tier if episode else None
            for action in rule["actions"]:
                if action["kind"] in ("protect", "stop", "delay", "watch", "advise") and self.holds(action):
                    self.propose(rule, action, tier, episode)

    def set_marks(self):
        """The marks of this decision: one for each name, level and target, at most so many."""
        for rule in self.fired:
            for action in rule["actions"]:
                if action["kind"] == "mark" and self.holds(action):
                    for token, leg in self.whom(rule, action):
                        self.set_mark(rule, (self.pack.marks[action["mark"]], action["level"], token),
                                      [action["span_ms"], leg])

    def whom(self, rule, action):
        """(token, leg) of an end of the event, (token, None) of those that a page has met."""
        if "each" in action:
            return [(token, None) for token in self.visit.aggregate(action["each"]) or ()]
        leg = self.leg if action["target"] == rule["leg"] else action["target"]
        token = self.event.leg_token(leg)
        return [] if token is None else [(token, leg)]

    def set_mark(self, rule, key, mark):
        if key in self.marks:
            self.marks[key][0] = max(self.marks[key][0], mark[0])
        elif len(self.marks) < MARKS_MAX:
            self.marks[key] = mark
        elif rule["name"] not in self.bounded:
            self.bounded.append(rule["name"])

    def propose(self, rule, action, tier, episode):
        kind, event = action["kind"], self.event
        named = self.leg if action.get("target") == rule["leg"] else action["target"]
        target = self.target("payer" if kind == "delay" else named)
        if target is None:
            return
        fund = kind in ("delay", "protect") and event.kind == "transaction"
        not_after = self.t + (NOT_AFTER.get(outputs.arrival(event), 10 * MINUTE) if fund else 30 * MINUTE)
        because = None
        posted = fund and self.visit.record is not None and "posted" in self.visit.record.phases
        if posted:
            target = self.target("payee") or target
        if not self.pack.policy.allows(tier, kind):
            because = "tier"
        elif posted:
            because = "posted"
        elif not_after < self.clock:
            because = "deadline"
        elif kind == "advise":
            because = "rule"
        span = action["span_ms"] if kind in ("protect", "stop", "watch") else None
        span = self.pack.policy.capped(kind, span)
        name = action["advice"] if kind == "advise" else kind
        if because is None:
            merge(self.requests, Proposal(name, target, because, span, rule, tier, episode, not_after))
        else:
            merge(self.advice, Proposal(name, target, because, span, rule, tier, episode, not_after))

    def target(self, leg):
        """The entity of a leg; the number or account itself where its person is nobody known."""
        event = self.event
        if event.leg_token(leg) is None:
            return None
        party = event.party(leg)
        if is_person(leg) and party.holder_known:
            mask = self.page.mask if party.holder == self.page.token else ""
            return Target("person", party.holder, mask)
        return Target(party.entity, party.token, party.mask)

    def subject(self):
        """Whom the page stands for: a stand-in for its number or account."""
        if is_person(self.leg) and not self.event.party(self.leg).holder_known:
            party = self.event.party(self.leg)
            return Target(party.entity, party.token, party.mask)
        return Target(self.page.entity, self.page.token, self.page.mask)


class Proposal:
    """A request, or advice if `because` says why it is not one."""

    def __init__(self, kind, target, because, span, rule, tier, episode, not_after):
        self.kind, self.target, self.because, self.span = kind, target, because, span
        self.reasons = [rule["name"]]
        self.tier, self.episode, self.not_after = tier, episode, not_after


def merge(proposals, fresh):
    """The same kind and target in one decision is one: as long as the longest, for the reasons of all, with the
    weight of the highest tier."""
    for known in proposals:
        if known.kind == fresh.kind and known.target.token == fresh.target.token:
            known.span = max((s for s in (known.span, fresh.span) if s is not None), default=None)
            known.reasons += [name for name in fresh.reasons if name not in known.reasons]
            if tier_rank(fresh.tier) > tier_rank(known.tier):
                known.tier, known.episode, known.because = fresh.tier, fresh.episode, fresh.because
            return
    proposals.append(fresh)
