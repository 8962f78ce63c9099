#include "rules/plan.h"

#include "engine/base/must.h"

#include <string.h>

enum { PLAN_CARRIES_MAX = EVENT_KIND_COUNT * (PROGRAM_CARRIED_MAX + PROGRAM_MEMBER_PAIRS_MAX) };

struct planner {
    struct plan *plan;
    const struct checked *checked;
    struct diag_list *diags;
    bool *features_seen;
    bool marked_persons;                   /* somebody asks what is marked on persons' pages */
    uint8_t slots[EVENT_KIND_COUNT];       /* taken */
    uint8_t pairs[EVENT_KIND_COUNT];       /* of the membership slot, taken */
    uint8_t member_slot[EVENT_KIND_COUNT]; /* + 1; 0: none yet */
};

/* Where an expression is computed. */
struct plan_place {
    uint8_t event; /* of the rule; EVENT_NONE in features */
    uint8_t entity;
    int looked_at; /* in a where: the stream of its records */
};

/* ---- what is read ---- */

static void plan_read(struct planner *p, uint8_t entity, int stream)
{
    p->plan->reads[entity][stream] = true;
}

/* The stream that an event feeds on pages of this kind; STREAM_COUNT: none. Of two, such as those
 * of caller and callee, either: their other ends are of one kind. */
static int plan_stream(uint8_t event, uint8_t entity)
{
    int stream = STREAM_COUNT;
    for (int leg = kind_infos[event].first_leg;
         event != EVENT_NONE && leg <= kind_infos[event].last_leg && stream == STREAM_COUNT;
         leg++) {
        if (leg_infos[leg].entity == entity || leg_infos[leg].entity == ENTITY_NONE) {
            stream = stream_of_leg(event, leg);
        }
    }
    return stream;
}

/* Streams behind a field of a record of the stream `of`; the event in hand is a record of its page.
 * Whom a page has met it may have met by a call or a message. */
static void plan_read_word(struct planner *p, uint8_t entity, int of, uint8_t word)
{
    bool acts = word == WORD_GAP || word == WORD_LATE;
    bool ends = word == WORD_FIRST_TIME || word == WORD_KNOWN_FOR || word == WORD_TWO_WAY;
    bool met = of != STREAM_COUNT && stream_has_ends(of);
    for (int stream = 0; stream < STREAM_COUNT; stream++) {
        bool same = met && strcmp(stream_infos[stream].ends, stream_infos[of].ends) == 0;
        if (((acts && stream_is_act(stream)) || (ends && same)) &&
            vocab_on_page(&vocab_streams[stream], entity)) {
            plan_read(p, entity, stream);
        }
    }
}

/* When a device or domain was first seen its records tell; the directory tells the others. */
static void plan_read_attribute(struct planner *p, uint8_t entity, uint8_t attribute)
{
    if (attribute == ATTRIBUTE_FIRST_SEEN) {
        plan_read(p, entity, entity == ENTITY_DEVICE ? STREAM_USE : STREAM_LINK);
    }
}

/* ---- what is carried ---- */

static int32_t plan_index(const struct checked_expr *carried)
{
    switch (carried->source) {
    case CARRY_FEATURE: return (int32_t)carried->feature->index;
    case CARRY_ATTRIBUTE: return carried->attribute;
    case CARRY_MARK: return (int32_t)carried->value;
    default: return (int32_t)carried->list->index;
    }
}

const struct carry *plan_find(const struct plan *plan, uint8_t event,
                              const struct checked_expr *carried)
{
    int32_t index = plan_index(carried);
    for (size_t i = 0; i < plan->carry_count; i++) {
        const struct carry *carry = &plan->carries[i];
        if (carry->event == event && carry->leg == carried->leg &&
            carry->source == carried->source && carry->index == index) {
            return carry;
        }
    }
    return NULL;
}

static void plan_too_many(struct planner *p, const struct checked_expr *carried, uint8_t event,
                          const char *what, int max)
{
    struct str kind = event_kind_text(event);
    struct diag *diag = diag_add(p->diags, DIAG_ERROR, carried->span,
                                 "one %s too many is carried by a %.*s", what, DIAG_STR(kind));
    diag_hint(p->diags, diag,
              "an event carries at most %d from page to page; write a rule at the page where it "
              "is known",
              max);
}

/* Gives the carry a slot, or a pair in that of the memberships; false if none is left. */
static bool plan_take_slot(struct planner *p, const struct checked_expr *carried,
                           struct carry *carry)
{
    uint8_t event = carry->event;
    bool member = carry->source == CARRY_MEMBER;
    bool fresh = !member || p->member_slot[event] == 0;
    if (fresh && p->slots[event] == PROGRAM_CARRIED_MAX) {
        plan_too_many(p, carried, event, "value", PROGRAM_CARRIED_MAX);
        return false;
    }
    if (member && p->pairs[event] == PROGRAM_MEMBER_PAIRS_MAX) {
        plan_too_many(p, carried, event, "list membership", PROGRAM_MEMBER_PAIRS_MAX);
        return false;
    }
    carry->slot = fresh ? p->slots[event]++ : (uint8_t)(p->member_slot[event] - 1);
    if (member) {
        p->member_slot[event] = (uint8_t)(carry->slot + 1);
        carry->pair = p->pairs[event]++;
    }
    return true;
}

static void plan_carry(struct planner *p, const struct checked_expr *carried, uint8_t event)
{
    if (plan_find(p->plan, event, carried) != NULL) {
        return;
    }
    must(p->plan->carry_count < PLAN_CARRIES_MAX);
    struct carry carry = {.event = event,
                          .leg = carried->leg,
                          .source = carried->source,
                          .index = plan_index(carried)};
    if (plan_take_slot(p, carried, &carry)) {
        p->plan->carries[p->plan->carry_count++] = carry;
        p->plan->visits[event][carried->leg] = true;
    }
}

/* ---- the walk ---- */

static void plan_expr(struct planner *p, const struct plan_place *place,
                      const struct checked_expr *expr);

static void plan_feature(struct planner *p, const struct checked_feature *feature)
{
    if (!p->features_seen[feature->index]) {
        uint8_t event = feature->is_card ? vocab_triggers[feature->trigger].event : EVENT_NONE;
        struct plan_place place = {event, feature->entity, STREAM_COUNT};
        p->features_seen[feature->index] = true;
        plan_expr(p, &place, feature->value);
    }
}

static void plan_aggregate(struct planner *p, const struct plan_place *place,
                           const struct checked_aggregate *aggregate)
{
    struct plan_place inside = *place;
    inside.looked_at = aggregate->stream;
    plan_read(p, place->entity, aggregate->stream);
    if (aggregate->word != WORD_NONE) {
        plan_read_word(p, place->entity, inside.looked_at, aggregate->word);
    }
    if (aggregate->since != NULL) {
        plan_expr(p, place, aggregate->since);
    }
    if (aggregate->where != NULL) {
        plan_expr(p, &inside, aggregate->where);
    }
}

static void plan_expr(struct planner *p, const struct plan_place *place,
                      const struct checked_expr *expr)
{
    const struct checked_expr *operands[3] = {expr->a, expr->b, expr->c};
    switch (expr->op) {
    case CHECKED_WORD:
        plan_read_word(p, place->entity, plan_stream(place->event, place->entity), expr->word);
        break;
    case CHECKED_RECORD: plan_read_word(p, place->entity, place->looked_at, expr->word); break;
    case CHECKED_STEP:
        plan_read_word(p, place->entity, expr->pattern->steps[expr->step].stream, expr->word);
        break;
    case CHECKED_FEATURE: plan_feature(p, expr->feature); break;
    case CHECKED_ATTRIBUTE: plan_read_attribute(p, place->entity, expr->attribute); break;
    case CHECKED_CARRIED:
        plan_carry(p, expr, place->event);
        if (expr->source == CARRY_ATTRIBUTE) {
            plan_read_attribute(p, leg_infos[expr->leg].entity, expr->attribute);
        }
        if (expr->source == CARRY_FEATURE) {
            plan_feature(p, expr->feature);
        }
        p->marked_persons |= expr->source == CARRY_MARK && leg_infos[expr->leg].is_person;
        break;
    case CHECKED_MARK_LEVEL: p->marked_persons |= place->entity == ENTITY_PERSON; break;
    case CHECKED_AGGREGATE: plan_aggregate(p, place, expr->aggregate); break;
    default: break;
    }
    for (int i = 0; i < checked_operand_count(expr->op); i++) {
        plan_expr(p, place, operands[i]);
    }
}

static void plan_optional(struct planner *p, const struct plan_place *place,
                          const struct checked_expr *expr)
{
    if (expr != NULL) {
        plan_expr(p, place, expr);
    }
}

static void plan_rule(struct planner *p, const struct checked_rule *rule)
{
    struct plan_place place = {vocab_triggers[rule->trigger].event, rule->entity, STREAM_COUNT};
    for (int leg = kind_infos[place.event].first_leg; leg <= kind_infos[place.event].last_leg;
         leg++) {
        if (vocab_runs_at(rule->trigger, rule->leg, rule->entity, leg)) {
            p->plan->visits[place.event][leg] = true;
        }
    }
    plan_expr(p, &place, rule->when);
    for (size_t i = 0; i < rule->guard_count; i++) {
        plan_expr(p, &place, rule->guards[i].condition);
    }
    for (size_t i = 0; i < rule->action_count; i++) {
        const struct checked_action *action = &rule->actions[i];
        plan_optional(p, &place, action->points);
        plan_optional(p, &place, action->only_if);
        for (size_t k = 0; k < action->say_count; k++) {
            plan_optional(p, &place, action->say[k].value);
        }
    }
}

static void plan_searched(struct planner *p, const struct checked_pattern *pattern, uint8_t stream,
                          const struct checked_expr *where)
{
    struct plan_place place = {pattern->event, pattern->entity, stream};
    plan_read(p, pattern->entity, stream);
    plan_optional(p, &place, where);
}

static void plan_pattern(struct planner *p, const struct checked_pattern *pattern)
{
    for (size_t i = 0; i < pattern->step_count; i++) {
        plan_searched(p, pattern, pattern->steps[i].stream, pattern->steps[i].where);
    }
    for (size_t i = 0; i < pattern->without_count; i++) {
        plan_searched(p, pattern, pattern->withouts[i].stream, pattern->withouts[i].where);
    }
    if (pattern->absence_asks) {
        plan_searched(p, pattern, pattern->absence.stream, pattern->absence.where);
    }
}

/* ---- the itinerary ---- */

static void plan_visits(struct planner *p)
{
    /* Their pages are shown by a binding, and an outcome ends what is open there. */
    static const uint8_t holders[] = {EVENT_BINDING, EVENT_ACCOUNT, EVENT_NUMBER, EVENT_OUTCOME};
    bool(*visits)[LEG_COUNT] = p->plan->visits;
    for (uint8_t event = EVENT_NONE + 1; event < EVENT_KIND_COUNT; event++) {
        const struct kind_info *kind = &kind_infos[event];
        visits[event][kind->first_leg] = true;
        for (int leg = kind->first_leg + 1; leg <= kind->last_leg; leg++) {
            int stream = stream_of_leg(event, leg);
            if (stream < STREAM_COUNT && p->plan->reads[leg_infos[leg].entity][stream]) {
                visits[event][leg] = true;
            }
        }
    }
    if (p->plan->reads[ENTITY_PERSON][STREAM_WARNING]) {
        visits[EVENT_OUTCOME][LEG_HOLDER] = true; /* it ends warnings */
    }
    visits[EVENT_MARK][LEG_HOLDER] |= p->marked_persons;
    for (size_t i = 0; i < p->checked->rule_count; i++) {
        if (p->checked->rules[i].entity == ENTITY_PERSON) {
            for (size_t k = 0; k < sizeof holders; k++) {
                visits[holders[k]][LEG_HOLDER] = true;
            }
        }
    }
}

void plan_make(struct plan *plan, const struct checked *checked, struct arena *arena,
               struct diag_list *diags)
{
    struct planner p = {.plan = plan, .checked = checked, .diags = diags};
    *plan = (struct plan){.carries = arena_alloc(arena, PLAN_CARRIES_MAX, sizeof *plan->carries)};
    p.features_seen = arena_alloc(arena, checked->feature_count, sizeof *p.features_seen);
    for (size_t i = 0; i < checked->pattern_count; i++) {
        plan_pattern(&p, &checked->patterns[i]);
    }
    for (size_t i = 0; i < checked->rule_count; i++) {
        plan_rule(&p, &checked->rules[i]);
    }
    for (size_t i = 0; i < checked->feature_count; i++) {
        if (checked->features[i].is_card) { /* its code is made, whether or not a rule asks */
            plan_feature(&p, &checked->features[i]);
        }
    }
    plan_visits(&p);
}
