#include "engine/eval/decision.h"

#include "engine/base/digest.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/eval/decision_inside.h"
#include "engine/eval/pattern.h"
#include "engine/eval/score.h"
#include "engine/ingest/record.h"

#include <string.h>

/* 2^64 / golden ratio: spreads times that follow each other. */
#define SAMPLE_FACTOR UINT64_C(0x9E3779B97F4A7C15)

/* Of a field: its length and at most so many bytes. What is judged again names two events by
 * source, id and phase, and as what the late one came; beside them an output has what it is, two
 * tokens, a role, a name and a number, or less. */
#define NAME_BYTES 96 /* of a typology or mark, rules/lex.h */
#define FIELD_BYTES(count) (4 + (count))
#define WORD_BYTES FIELD_BYTES(32) /* kinds, roles, phases, tenants */
#define TWO_EVENTS_BYTES                                                                      \
    (2 * (FIELD_BYTES(sizeof(((struct event *)NULL)->source)) + FIELD_BYTES(EVENT_ID_BYTES) + \
          WORD_BYTES) +                                                                       \
     WORD_BYTES)
_Static_assert(TWO_EVENTS_BYTES + 4 * WORD_BYTES + 2 * FIELD_BYTES(TOKEN_BYTES) +
                       FIELD_BYTES(NAME_BYTES) + FIELD_BYTES(8) <=
                   DIGEST_ID_BYTES_MAX,
               "there is room for all that an output's id is made of");

struct decision *decision_new(const struct settings *settings, uint32_t partition,
                              struct sink *sink)
{
    struct decision *d = mem_alloc(1, sizeof *d);
    d->settings = settings;
    settings_retention(settings, &d->retention);
    d->partition = partition;
    d->sink = sink;
    return d;
}

static void drop_program(struct decision *d)
{
    if (d->program != NULL) {
        vm_fini(&d->vm);
        d->program = NULL;
    }
    mem_free(d->fired);
    mem_free(d->guarded);
    mem_free(d->overridden);
    mem_free(d->bounded);
    mem_free(d->shadowed);
    mem_free(d->holds);
    mem_free(d->episodes);
    mem_free(d->fired_of);
    mem_free(d->fired_keys);
    mem_free(d->warned);
}

void decision_free(struct decision *d)
{
    if (d == NULL) {
        return;
    }
    drop_program(d);
    mem_free(d->proposals);
    mem_free(d->reasons);
    buf_fini(&d->json);
    buf_fini(&d->text);
    mem_free(d);
}

void decision_use(struct decision *d, const struct program *program)
{
    drop_program(d);
    vm_init(&d->vm, program);
    d->program = program;
    d->fired = mem_alloc(program->rules_count, sizeof *d->fired);
    d->guarded = mem_alloc(program->rules_count, sizeof *d->guarded);
    d->overridden = mem_alloc(program->rules_count, sizeof *d->overridden);
    d->bounded = mem_alloc(program->rules_count, sizeof *d->bounded);
    d->shadowed = mem_alloc(program->rules_count, sizeof *d->shadowed);
    d->holds = mem_alloc(program->actions_count, sizeof *d->holds);
    d->episodes = mem_alloc(program->typologies_count, sizeof *d->episodes);
    d->fired_of = mem_alloc(program->typologies_count, sizeof *d->fired_of);
    d->fired_keys = mem_alloc(program->rules_count, sizeof *d->fired_keys);
    d->warned = mem_alloc(program->typologies_count, sizeof *d->warned);
}

void decision_set_watch(struct decision *d, const struct decision_watch *watch)
{
    d->watch = *watch;
}

bool decision_is_asked(const struct decision *d, const struct page *page, int leg,
                       unsigned triggers)
{
    const struct program *p = d->program;
    for (unsigned trigger = 0; trigger < TRIGGER_COUNT; trigger++) {
        uint32_t count = (triggers >> trigger & 1) != 0 ? p->by_trigger_count[trigger][leg] : 0;
        for (uint32_t i = 0; i < count; i++) {
            if (p->rules[p->by_trigger[trigger][leg][i]].page == page->entity) {
                return true;
            }
        }
    }
    return false;
}

void decision_begin(struct decision *d, const struct decision_visit *visit)
{
    must(d->program != NULL);
    d->visit = *visit;
    d->timeout = CODE_NONE;
    d->waited = NULL;
    d->warned_count = 0;
    d->mark_count = 0;
    vm_begin(&d->vm, visit->page, visit->event, visit->hand, visit->leg, visit->judged_ms,
             visit->carried);
    d->vm.carried_loose = visit->carried_loose;
    if (visit->again != NULL) {
        vm_see_again(&d->vm, visit->again->kept);
    }
}

void decision_end(struct decision *d)
{
    for (uint32_t i = 0; i < d->warned_count; i++) {
        const struct episode *episode = &d->episodes[d->warned[i]];
        struct record draft = {.time_ms = d->vm.t,
                               .id = token_low64(&episode->warning_id),
                               .value = value_of_key(episode->typology_key),
                               .place = record_place(0, ORIGIN_OWN, episode->tier),
                               .member = RECORD_MEMBER_NONE};
        const struct record *record =
            page_add_record(d->visit.page, STREAM_WARNING, &draft, NULL, &d->retention);
        if (record != NULL) {
            waiting_begin_own(d, record, episode);
        }
    }
}

bool decision_is_approximate(const struct decision *d)
{
    return d->flags.approximate;
}

uint32_t decision_bounded_count(const struct decision *d)
{
    return d->bounded_count;
}

uint64_t decision_take_overflows(struct decision *d)
{
    uint64_t overflows = d->vm.overflows;
    d->vm.overflows = 0;
    return overflows;
}

uint64_t decision_take_given_up(struct decision *d)
{
    uint64_t given_up = d->vm.given_up;
    d->vm.given_up = 0;
    return given_up;
}

void decision_set_came(struct decision *d, int64_t came_ms)
{
    d->came_ms = came_ms;
}

uint64_t decision_take_waits_lost(struct decision *d)
{
    uint64_t waits_lost = d->waits_lost;
    d->waits_lost = 0;
    return waits_lost;
}

/* ---- carried values ------------------------------------------------------------------------- */

static void carry_member(int64_t *slot, unsigned pair, bool member)
{
    uint64_t bits = *slot == VALUE_UNKNOWN ? 0 : (uint64_t)*slot;
    bits |= (UINT64_C(1) | (uint64_t)member << 1) << (2 * pair);
    *slot = (int64_t)bits;
}

void decision_carry(struct decision *d, int64_t *carried, uint16_t *loose)
{
    const struct program *p = d->program;
    for (size_t i = 0; i < p->carries_count; i++) {
        const struct carry *c = &p->carries[i];
        if (c->event != d->visit.event->kind || c->leg != d->visit.leg) {
            continue;
        }
        switch (c->source) {
        case CARRY_FEATURE:
            (void)vm_take_flags(&d->vm);
            carried[c->slot] = vm_feature(&d->vm, (uint32_t)c->index);
            *loose = (uint16_t)(*loose | (unsigned)vm_take_flags(&d->vm).approximate << c->slot);
            break;
        case CARRY_ATTRIBUTE:
            carried[c->slot] = vm_attribute(d->visit.page, c->index, d->vm.t);
            break;
        case CARRY_MARK:
            carried[c->slot] = page_mark_level(d->visit.page, p->marks[c->index].key, d->vm.t);
            break;
        default:
            carry_member(&carried[c->slot], c->pair,
                         page_is_member(d->visit.page, p->lists[c->index].key, d->vm.t) == 1);
            break;
        }
    }
}

/* ---- rules ---------------------------------------------------------------------------------- */

bool decision_is_overridden(const struct decision *d)
{
    const struct party *other =
        &d->visit.event->party[event_other_party(d->visit.event->kind, d->visit.leg)];
    if (d->visit.again != NULL) {
        return d->visit.again->kept->overridden;
    }
    return d->visit.page->override_count > 0 && other->entity != ENTITY_NONE &&
           (page_has_override(d->visit.page, &other->token, d->vm.t) ||
            (other->holder_known && page_has_override(d->visit.page, &other->holder, d->vm.t)));
}

/* Of a shadow rule that did not fire nothing is told. */
static void note_guarded(struct decision *d, uint32_t rule, uint32_t guard)
{
    if (!d->program->rules[rule].shadow) {
        d->guarded[d->guarded_count++] = (struct decision_guarded){rule, guard};
    }
}

static void note_overridden(struct decision *d, uint32_t rule)
{
    if (!d->program->rules[rule].shadow) {
        d->overridden[d->overridden_count++] = rule;
    }
}

void decision_note_bounded(struct decision *d, uint32_t rule)
{
    d->flags.bounded = true;
    for (uint32_t i = 0; i < d->bounded_count; i++) {
        if (d->bounded[i] == rule) {
            return;
        }
    }
    d->bounded[d->bounded_count++] = rule;
}

void decision_take_flags(struct decision *d, uint32_t rule, struct decision_fired *shadowed)
{
    struct vm_flags flags = vm_take_flags(&d->vm);
    if (!d->program->rules[rule].shadow) {
        d->flags.approximate |= flags.approximate;
        if (flags.bounded) {
            decision_note_bounded(d, rule);
        }
    } else if (shadowed != NULL) {
        shadowed->flags.approximate |= flags.approximate;
        shadowed->flags.bounded |= flags.bounded;
    }
}

/* Is the rule about this page, and about this mark or this wait? */
static bool is_meant(const struct decision *d, const struct rule *rule)
{
    return rule->page == d->visit.page->entity &&
           (rule->trigger != TRIGGER_MARK ||
            d->program->marks[rule->mark].key == d->visit.event->mark_key) &&
           (rule->trigger != TRIGGER_TIMEOUT || rule->pattern == d->timeout);
}

/* Fired, guarded, overridden or nothing of it. */
static void judge_rule(struct decision *d, uint32_t index)
{
    const struct program *p = d->program;
    const struct rule *rule = &p->rules[index];
    if (!is_meant(d, rule)) {
        return;
    }
    d->asked = true;
    if (rule->trigger == TRIGGER_TIMEOUT) {
        (void)pattern_matches(&d->vm, d->timeout); /* the rule has read that it is over */
    }
    if (vm_run(&d->vm, rule->when) != 1) {
        return;
    }
    for (uint32_t i = 0; i < rule->guard_count; i++) {
        uint32_t guard = rule->guard_first + i;
        if (vm_run(&d->vm, p->guards[guard].code) == 1) {
            note_guarded(d, index, guard);
            return;
        }
    }
    if (!rule->absolute && decision_is_overridden(d)) {
        note_overridden(d, index);
    } else if (rule->shadow) {
        d->shadowed[d->shadowed_count++] = (struct decision_fired){.rule = index};
    } else {
        d->fired[d->fired_count++] = (struct decision_fired){.rule = index};
    }
}

/* The rules of all triggers of the visit, in pack order. */
static void judge_triggers(struct decision *d, unsigned triggers)
{
    const struct program *p = d->program;
    uint32_t at[TRIGGER_COUNT] = {0};
    for (;;) {
        uint32_t next = UINT32_MAX;
        int from = 0;
        for (int trigger = 0; trigger < TRIGGER_COUNT; trigger++) {
            if ((triggers >> trigger & 1) == 0 ||
                at[trigger] == p->by_trigger_count[trigger][d->visit.leg]) {
                continue;
            }
            uint32_t rule = p->by_trigger[trigger][d->visit.leg][at[trigger]];
            if (rule < next) {
                next = rule;
                from = trigger;
            }
        }
        if (next == UINT32_MAX) {
            return;
        }
        at[from]++;
        uint32_t shadowed = d->shadowed_count;
        judge_rule(d, next);
        decision_take_flags(d, next, d->shadowed_count > shadowed ? &d->shadowed[shadowed] : NULL);
    }
}

/* What the actions of these rules need, on the page as the rules saw it. */
static void evaluate_actions(struct decision *d, struct decision_fired *fired, uint32_t count)
{
    const struct program *p = d->program;
    for (uint32_t i = 0; i < count; i++) {
        const struct rule *rule = decision_rule(d, &fired[i]);
        fired[i].points = score_of_rule(&d->vm, rule);
        for (uint32_t k = 0; k < rule->action_count; k++) {
            uint32_t only_if = p->actions[rule->action_first + k].only_if;
            d->holds[rule->action_first + k] = only_if == CODE_NONE || vm_run(&d->vm, only_if) == 1;
        }
        decision_take_flags(d, fired[i].rule, &fired[i]);
    }
}

uint8_t decision_lifts_to(const struct decision *d, const struct rule *rule)
{
    uint8_t tier = TIER_NONE;
    for (uint32_t k = 0; k < rule->action_count; k++) {
        const struct action *action = &d->program->actions[rule->action_first + k];
        if (action->kind == ACTION_RAISE && action->what > tier && decision_holds(d, rule, k)) {
            tier = action->what;
        }
    }
    return tier;
}

/* ---- points and episodes -------------------------------------------------------------------- */

static void write_points(struct decision *d)
{
    /* No judged event is older than this, and no time-out to come, so no judgement can see points
     * that ended before; values that a visit carries away which is too late here may lack them. A
     * long call that ends now began as long ago, and so may what waits behind its beginning. Code
     * reads points as they were before the visit, so that the lines of the second rule are worth
     * what they were before those of the first were written. Where nothing has happened yet but
     * records of the directory came, nothing is forgotten. */
    int64_t newest_ms = d->visit.page->newest_judged_ms;
    int64_t forget_before_ms = TIME_NONE;
    if (newest_ms != TIME_NONE) {
        forget_before_ms = newest_ms - d->settings->engine_lateness_ms;
        int64_t first_ms = waiting_first_ms(d, forget_before_ms - RECORD_DURATION_MS_MAX);
        forget_before_ms = first_ms < forget_before_ms ? first_ms : forget_before_ms;
    }
    for (uint32_t i = 0; i < d->fired_count; i++) {
        const struct rule *rule = decision_rule(d, &d->fired[i]);
        if (rule->typology != TYPOLOGY_NONE) {
            if (!score_fire(&d->vm, rule, forget_before_ms)) {
                decision_note_bounded(d, d->fired[i].rule);
            }
            d->fired_of[rule->typology] = true;
        }
    }
    /* Of `if`s that were asked again: noted already, each with its rule. */
    (void)vm_take_flags(&d->vm);
}

/* Id of the episode that this event would open. */
static struct token opener_id(const struct decision *d, const struct typology *typology)
{
    struct digest_id id;
    digest_id_begin(&id, "episode");
    digest_id_token(&id, &d->visit.page->token);
    digest_id_text(&id, typology->name);
    decision_add_event(d, &id);
    return digest_id_end(&id);
}

/* Keys of the rules of a typology that fired; returns how many. */
static uint32_t find_keys(struct decision *d, uint32_t typology)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < d->fired_count; i++) {
        const struct rule *rule = decision_rule(d, &d->fired[i]);
        if (rule->typology == (int32_t)typology) {
            d->fired_keys[count++] = rule->key;
        }
    }
    return count;
}

/* An episode that is open, or what has fired in one, has given way to this typology's. */
static void note_crowded(struct decision *d, uint32_t typology)
{
    for (uint32_t i = 0; i < d->fired_count; i++) {
        if (decision_rule(d, &d->fired[i])->typology == (int32_t)typology) {
            decision_note_bounded(d, d->fired[i].rule);
        }
    }
}

static void take_into_episode(struct decision *d, uint32_t index)
{
    const struct typology *typology = &d->program->typologies[index];
    struct page *page = d->visit.page;
    uint8_t raised = TIER_NONE;
    int64_t points = score_typology(page, typology->key, d->vm.t, &raised);
    bool crowded = episode_is_crowded(page, typology->key, d->vm.t);
    struct episode_firing firing = {.t = d->vm.t,
                                    .tier = score_tier(typology, points, raised),
                                    .opener = opener_id(d, typology),
                                    .rule_keys = d->fired_keys,
                                    .rule_count = find_keys(d, index)};
    struct episode_taken taken;
    episode_take(page, typology, &firing, &taken);
    d->episodes[index] = taken.episode;
    if (taken.change == EPISODE_OPENED || taken.change == EPISODE_RAISED) {
        d->warned[d->warned_count++] = index;
    }
    if (taken.forgot || (taken.change == EPISODE_OPENED && crowded)) {
        note_crowded(d, index);
    }
}

/* All warnings of a decision have its flags, so none goes out before they are known. */
static int write_episodes(struct decision *d, struct err *err)
{
    for (uint32_t i = 0; i < d->program->typologies_count; i++) {
        if (d->fired_of[i]) {
            take_into_episode(d, i);
        }
    }
    for (uint32_t i = 0; i < d->warned_count; i++) {
        if (warning_emit(d, d->warned[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- the decision --------------------------------------------------------------------------- */

static struct token decision_id(const struct decision *d)
{
    struct digest_id id;
    digest_id_begin(&id, "decision");
    digest_id_token(&id, &d->visit.page->token);
    digest_id_text(&id, str_of(leg_infos[d->visit.leg].text));
    decision_add_event(d, &id);
    return digest_id_end(&id);
}

/* Is it written whatever its id? Of what is judged again, what is new. */
static bool matters(const struct decision *d)
{
    if (d->visit.again != NULL) {
        return d->fired_count > 0 || d->contradicted_count > 0;
    }
    return d->fired_count > 0 || d->overridden_count > 0 || d->tier != TIER_NONE;
}

/* Is it one of the few of those that nothing came of? By subject and time: both are cheaper to ask
 * than the id, which nobody needs of what is not written. */
static bool is_sampled(const struct decision *d)
{
    if (d->settings->decisions_sample == 0 || d->visit.again != NULL) {
        return false;
    }
    struct decision_target subject = output_subject(d);
    uint64_t place = (token_low64(&subject.token) + (uint64_t)d->vm.t) * SAMPLE_FACTOR;
    return (place >> 32) % (uint64_t)d->settings->decisions_sample == 0;
}

static int write_decision(struct decision *d, struct err *err)
{
    if (!matters(d) && !is_sampled(d)) {
        return 0;
    }
    struct token id = decision_id(d);
    return output_decision(d, &id, err);
}

static int act(struct decision *d, struct err *err)
{
    memset(d->fired_of, 0, d->program->typologies_count * sizeof *d->fired_of);
    write_points(d);
    marking_propose(d);
    if (write_episodes(d, err) != 0) {
        return -1;
    }
    d->tier = episode_subject_tier(d->visit.page, d->vm.t);
    request_propose(d);
    for (uint32_t i = 0; i < d->proposal_count; i++) {
        if (output_proposal(d, i, err) != 0) {
            return -1;
        }
    }
    return 0;
}

static void tell_judging(struct decision *d, unsigned triggers)
{
    if (d->watch.judging != NULL) {
        struct decision_judgement judgement = {.visit = &d->visit,
                                               .program = d->program,
                                               .triggers = triggers,
                                               .overridden = decision_is_overridden(d),
                                               .id = decision_id(d),
                                               .timeout = d->timeout,
                                               .waited = d->waited};
        d->watch.judging(d->watch.self, &judgement);
    }
}

void decision_find_fired(struct decision *d, unsigned triggers)
{
    must(triggers != 0);
    tell_judging(d, triggers);
    d->asked = false;
    d->fired_count = 0;
    d->guarded_count = 0;
    d->overridden_count = 0;
    d->shadowed_count = 0;
    d->bounded_count = 0;
    d->contradicted_count = 0;
    d->flags = (struct vm_flags){false, false};
    (void)vm_take_flags(&d->vm);
    judge_triggers(d, triggers);
}

int decision_act(struct decision *d, struct err *err)
{
    evaluate_actions(d, d->fired, d->fired_count);
    evaluate_actions(d, d->shadowed, d->shadowed_count);
    if (d->fired_count > 0) {
        if (act(d, err) != 0) {
            return -1;
        }
    } else {
        d->tier = episode_subject_tier(d->visit.page, d->vm.t);
    }
    if (shadow_emit(d, err) != 0) {
        return -1;
    }
    return waiting_is_dark(d) ? 0 : write_decision(d, err);
}

int decision_judge(struct decision *d, unsigned triggers, uint32_t *fired, struct err *err)
{
    decision_find_fired(d, triggers);
    *fired = d->fired_count;
    waiting_begin(d, triggers);
    return decision_act(d, err);
}
