/* The checked pack as JSON. Expressions come from the checked tree, not from the program, so that
 * whoever compares decisions with those of the slow reference tests plan and emit too. */
#include "engine/base/json_write.h"
#include "engine/base/must.h"
#include "rules/check.h"
#include "rules/compile.h"

/* ---- expressions ---- */

static void export_expr(struct json_writer *w, const char *name, const struct checked_expr *expr);

static const char *const export_ops[CHECKED_OP_COUNT] = {
    [CHECKED_CONST] = "const",
    [CHECKED_WORD] = "word",
    [CHECKED_RECORD] = "record",
    [CHECKED_ATTRIBUTE] = "attribute",
    [CHECKED_TAG] = "tag",
    [CHECKED_RECORD_TAG] = "record_tag",
    [CHECKED_MEMBER] = "member",
    [CHECKED_CARRIED] = "carried",
    [CHECKED_FEATURE] = "feature",
    [CHECKED_AGGREGATE] = "aggregate",
    [CHECKED_MARK_LEVEL] = "mark_level",
    [CHECKED_POINTS] = "points",
    [CHECKED_CHOOSE] = "choose",
    [CHECKED_MATCHES] = "matches",
    [CHECKED_STEP] = "step",
    [CHECKED_NOT] = "not",
    [CHECKED_KNOWN] = "known",
    [CHECKED_AGO] = "ago",
    [CHECKED_SCALE] = "scale",
    [CHECKED_IN_SET] = "in",
    [CHECKED_AND] = "and",
    [CHECKED_OR] = "or",
    [CHECKED_ADD] = "+",
    [CHECKED_SUBTRACT] = "-",
    [CHECKED_EQUAL] = "==",
    [CHECKED_NOT_EQUAL] = "!=",
    [CHECKED_LESS] = "<",
    [CHECKED_LESS_EQUAL] = "<=",
    [CHECKED_GREATER] = ">",
    [CHECKED_GREATER_EQUAL] = ">=",
    [CHECKED_BETWEEN] = "between",
};

static void export_vocab(struct json_writer *w, const char *name, const struct vocab_row *rows,
                         int row)
{
    json_text(w, name, str_of(rows[row].text));
}

static void export_step(struct json_writer *w, const struct checked_pattern *pattern, uint8_t step)
{
    json_text(w, "pattern", pattern->name);
    json_text(w, "step", pattern->steps[step].name);
}

static void export_span(struct json_writer *w, const struct checked_aggregate *a)
{
    json_open(w, "span", '{');
    switch (a->span) {
    case SPAN_MS:
        json_text(w, "kind", STR("ms"));
        json_int(w, "ms", a->span_ms);
        break;
    case SPAN_TODAY: json_text(w, "kind", STR("today")); break;
    case SPAN_USUAL: json_text(w, "kind", STR("usual")); break;
    case SPAN_WORKDAYS:
        json_text(w, "kind", STR("workdays"));
        json_int(w, "count", a->workdays);
        break;
    case SPAN_STEP:
        json_text(w, "kind", STR("step"));
        export_step(w, a->pattern, a->step);
        break;
    default:
        json_text(w, "kind", STR("since"));
        export_expr(w, "start", a->since);
        break;
    }
    json_close(w, '}');
}

static void export_aggregate(struct json_writer *w, const struct checked_aggregate *a)
{
    export_vocab(w, "kind", vocab_aggregates, a->kind);
    export_vocab(w, "stream", vocab_streams, a->stream);
    if (a->word == WORD_NONE) {
        json_null(w, "word");
    } else {
        export_vocab(w, "word", vocab_words, a->word);
    }
    if (a->kind == AGGREGATE_TOP_SHARE) {
        json_int(w, "top", a->top);
    } else if (a->kind == AGGREGATE_RISING) {
        json_int(w, "num", a->factor.num);
        json_int(w, "den", a->factor.den);
    }
    export_span(w, a);
    export_expr(w, "where", a->where);
    json_bool(w, "reversed_too", a->reversed_too);
}

static void export_carried(struct json_writer *w, const struct checked_expr *expr)
{
    json_text(w, "leg", str_of(leg_infos[expr->leg].text));
    switch (expr->source) {
    case CARRY_FEATURE:
        json_text(w, "source", STR("feature"));
        json_text(w, "name", expr->feature->name);
        break;
    case CARRY_ATTRIBUTE:
        json_text(w, "source", STR("attribute"));
        export_vocab(w, "name", vocab_attributes, expr->attribute);
        break;
    case CARRY_MARK:
        json_text(w, "source", STR("mark"));
        json_int(w, "name", expr->value);
        break;
    default:
        json_text(w, "source", STR("member"));
        json_text(w, "name", expr->list->name);
        break;
    }
}

static void export_set(struct json_writer *w, const struct checked_set *set)
{
    json_open(w, "ranges", '[');
    for (size_t i = 0; i < set->range_count; i++) {
        json_open(w, NULL, '[');
        json_int(w, NULL, set->ranges[i].low);
        json_int(w, NULL, set->ranges[i].high);
        json_close(w, ']');
    }
    json_close(w, ']');
}

static void export_operands(struct json_writer *w, const struct checked_expr *expr)
{
    int count = checked_operand_count(expr->op);
    if (count > 0) {
        export_expr(w, "a", expr->a);
    }
    if (count > 1) {
        export_expr(w, expr->op == CHECKED_BETWEEN ? "low" : "b", expr->b);
    }
    if (count > 2) {
        export_expr(w, expr->op == CHECKED_BETWEEN ? "high" : "c", expr->c);
    }
}

/* null if there is none. */
static void export_expr(struct json_writer *w, const char *name, const struct checked_expr *expr)
{
    if (expr == NULL) {
        json_null(w, name);
        return;
    }
    json_open(w, name, '{');
    json_text(w, "op", str_of(export_ops[expr->op]));
    switch (expr->op) {
    case CHECKED_CONST: json_int(w, "value", expr->value); break;
    case CHECKED_WORD:
    case CHECKED_RECORD: export_vocab(w, "word", vocab_words, expr->word); break;
    case CHECKED_ATTRIBUTE: export_vocab(w, "name", vocab_attributes, expr->attribute); break;
    case CHECKED_TAG:
    case CHECKED_RECORD_TAG: json_text(w, "tag", expr->tag->name); break;
    case CHECKED_MEMBER: json_text(w, "list", expr->list->name); break;
    case CHECKED_CARRIED: export_carried(w, expr); break;
    case CHECKED_FEATURE: json_text(w, "name", expr->feature->name); break;
    case CHECKED_MARK_LEVEL: json_int(w, "mark", expr->value); break;
    case CHECKED_POINTS: json_int(w, "typology", expr->value); break;
    case CHECKED_AGGREGATE: export_aggregate(w, expr->aggregate); break;
    case CHECKED_MATCHES: json_text(w, "pattern", expr->pattern->name); break;
    case CHECKED_STEP:
        export_step(w, expr->pattern, expr->step);
        export_vocab(w, "word", vocab_words, expr->word);
        break;
    case CHECKED_SCALE:
        json_int(w, "num", expr->ratio.num);
        json_int(w, "den", expr->ratio.den);
        break;
    case CHECKED_IN_SET: export_set(w, expr->set); break;
    default: break;
    }
    export_operands(w, expr);
    json_close(w, '}');
}

/* ---- blocks ---- */

static void export_typologies(struct json_writer *w, const struct checked *checked)
{
    json_open(w, "typologies", '[');
    for (size_t i = 0; i < checked->typology_count; i++) {
        const struct checked_typology *typology = &checked->typologies[i];
        json_open(w, NULL, '{');
        json_text(w, "name", typology->name);
        json_text(w, "title", typology->title);
        json_text(w, "page", vocab_entity_text(typology->entity));
        json_open(w, "tiers", '{');
        for (int tier = TIER_LOW; tier < TIER_LIMIT; tier++) {
            if (typology->tier_points[tier] >= 0) {
                json_int(w, vocab_tiers[tier].text, typology->tier_points[tier]);
            }
        }
        json_close(w, '}');
        json_int(w, "closes_ms", typology->closes_ms);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void export_features(struct json_writer *w, const struct checked *checked)
{
    json_open(w, "features", '[');
    for (size_t i = 0; i < checked->feature_count; i++) {
        const struct checked_feature *feature = &checked->features[i];
        json_open(w, NULL, '{');
        json_text(w, "name", feature->name);
        json_text(w, "title", feature->title);
        json_text(w, "page", vocab_entity_text(feature->entity));
        export_vocab(w, "unit", vocab_units, (int)feature->unit);
        if (feature->is_card) {
            export_vocab(w, "trigger", vocab_triggers, feature->trigger);
        }
        export_expr(w, "expr", feature->value);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void export_lists(struct json_writer *w, const struct checked *checked)
{
    json_open(w, "lists", '[');
    for (size_t i = 0; i < checked->list_count; i++) {
        json_open(w, NULL, '{');
        json_text(w, "name", checked->lists[i].name);
        json_text(w, "title", checked->lists[i].title);
        json_text(w, "entity", vocab_entity_text(checked->lists[i].entity));
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void export_days(struct json_writer *w, const struct checked *checked)
{
    json_open(w, "days", '[');
    for (size_t i = 0; i < checked->day_count; i++) {
        json_open(w, NULL, '{');
        json_int(w, "first", checked->days[i].first);
        json_int(w, "last", checked->days[i].last);
        json_bool(w, "workday", checked->days[i].workday);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void export_steps(struct json_writer *w, const struct checked_pattern *pattern)
{
    json_open(w, "steps", '[');
    for (size_t i = 0; i < pattern->step_count; i++) {
        const struct checked_step *step = &pattern->steps[i];
        json_open(w, NULL, '{');
        json_text(w, "name", step->name);
        export_vocab(w, "stream", vocab_streams, step->stream);
        export_expr(w, "where", step->where);
        json_bool(w, "repeated", step->repeated);
        json_int(w, "least", step->least_count);
        json_int(w, "most", step->most_count);
        json_int(w, "within_ms", step->within_ms);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_open(w, "without", '[');
    for (size_t i = 0; i < pattern->without_count; i++) {
        json_open(w, NULL, '{');
        export_vocab(w, "stream", vocab_streams, pattern->withouts[i].stream);
        export_expr(w, "where", pattern->withouts[i].where);
        json_close(w, '}');
    }
    json_close(w, ']');
}

/* null: it ends with an event. stream null: it only waits. */
static void export_absence(struct json_writer *w, const struct checked_pattern *pattern)
{
    if (pattern->absence_ms == 0) {
        json_null(w, "absence");
        return;
    }
    json_open(w, "absence", '{');
    if (pattern->absence_asks) {
        export_vocab(w, "stream", vocab_streams, pattern->absence.stream);
    } else {
        json_null(w, "stream");
    }
    export_expr(w, "where", pattern->absence.where);
    json_int(w, "within_ms", pattern->absence_ms);
    json_close(w, '}');
}

static void export_patterns(struct json_writer *w, const struct checked *checked)
{
    json_open(w, "patterns", '[');
    for (size_t i = 0; i < checked->pattern_count; i++) {
        const struct checked_pattern *pattern = &checked->patterns[i];
        json_open(w, NULL, '{');
        json_text(w, "name", pattern->name);
        json_text(w, "title", pattern->title);
        json_text(w, "page", vocab_entity_text(pattern->entity));
        json_text(w, "event", event_kind_text(pattern->event));
        json_int(w, "workdays", pattern->workdays);
        json_int(w, "within_ms", pattern->within_ms);
        export_steps(w, pattern);
        export_absence(w, pattern);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void export_tags(struct json_writer *w, const struct checked *checked)
{
    static const char *const kinds[TAG_SIGN_KINDS] =
        {[TAG_SIGN_TEXT] = "text", [TAG_SIGN_REGEX] = "regex", [TAG_SIGN_FEED] = "feed"};
    json_open(w, "tags", '[');
    for (size_t i = 0; i < checked->tag_count; i++) {
        const struct checked_tag *tag = &checked->tags[i];
        json_open(w, NULL, '{');
        json_text(w, "name", tag->name);
        json_text(w, "title", tag->title);
        json_open(w, "signs", '[');
        for (uint32_t k = 0; k < tag->sign_count; k++) {
            json_open(w, NULL, '{');
            json_text(w, "kind", str_of(kinds[tag->signs[k].kind]));
            json_text(w, "text", tag->signs[k].text);
            if (tag->signs[k].near.len > 0) {
                json_text(w, "near", tag->signs[k].near);
                json_int(w, "within", tag->signs[k].within_chars);
            }
            json_close(w, '}');
        }
        json_close(w, ']');
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void export_visits(struct json_writer *w, const struct program *program)
{
    json_open(w, "visits", '{');
    for (uint8_t event = EVENT_CALL; event < EVENT_KIND_COUNT; event++) {
        json_open(w, event_kind_text(event).at, '[');
        for (int leg = 0; leg < LEG_COUNT; leg++) {
            if (program->visits[event][leg]) {
                json_text(w, NULL, str_of(leg_infos[leg].text));
            }
        }
        json_close(w, ']');
    }
    json_close(w, '}');
}

/* ---- the policy ---- */

static void export_policy_tier(struct json_writer *w, const char *name,
                               const struct policy_tier *tier)
{
    json_open(w, name, '{');
    json_open(w, "channels", '[');
    for (int i = 0; i < tier->reach_count; i++) {
        json_open(w, NULL, '{');
        export_vocab(w, "channel", vocab_channels, tier->reach[i].channel);
        json_int(w, "within_ms", tier->reach[i].within_ms);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_open(w, "receivers", '[');
    for (int i = 0; i < tier->receiver_count; i++) {
        export_vocab(w, NULL, vocab_receivers, tier->receivers[i]);
    }
    json_close(w, ']');
    json_open(w, "allows", '[');
    for (int action = 0; action < ACTION_COUNT; action++) {
        if (tier->allows[action]) {
            export_vocab(w, NULL, vocab_actions, action);
        }
    }
    json_close(w, ']');
    json_int(w, "approved_within_ms", tier->approved_within_ms);
    json_close(w, '}');
}

static void export_budget(struct json_writer *w, const struct policy_budget *budget)
{
    json_open(w, NULL, '{');
    export_vocab(w, "power", vocab_actions, budget->action);
    json_int(w, "count", budget->count);
    export_vocab(w, "per", vocab_budget_per, budget->per);
    if (budget->by < BUDGET_BY_COUNT) {
        export_vocab(w, "by", vocab_budget_by, budget->by);
    }
    json_close(w, '}');
}

/* null if the pack has none. */
static void export_policy(struct json_writer *w, const struct checked *checked)
{
    const struct policy *policy = &checked->policy;
    if (!checked->has_policy) {
        json_null(w, "policy");
        return;
    }
    json_open(w, "policy", '{');
    json_open(w, "tiers", '{');
    for (int tier = TIER_LOW; tier < TIER_LIMIT; tier++) {
        export_policy_tier(w, vocab_tiers[tier].text, &policy->tiers[tier]);
    }
    json_close(w, '}');
    json_open(w, "cap_ms", '{');
    for (int action = 0; action < ACTION_COUNT; action++) {
        if (policy->cap_ms[action] > 0) {
            json_int(w, vocab_actions[action].text, policy->cap_ms[action]);
        }
    }
    json_close(w, '}');
    json_open(w, "basis", '{');
    for (int action = 0; action < ACTION_COUNT; action++) {
        if (policy->basis[action].len > 0) {
            json_text(w, vocab_actions[action].text, policy->basis[action]);
        }
    }
    json_close(w, '}');
    json_open(w, "budgets", '[');
    for (int i = 0; i < policy->budget_count; i++) {
        export_budget(w, &policy->budgets[i]);
    }
    json_close(w, ']');
    json_close(w, '}');
}

/* ---- rules ---- */

static void export_say(struct json_writer *w, const struct checked_action *action)
{
    json_open(w, "pieces", '[');
    for (size_t i = 0; i < action->say_count; i++) {
        const struct checked_say *say = &action->say[i];
        json_open(w, NULL, '{');
        if (say->value == NULL) {
            json_text(w, "text", say->text);
        } else {
            export_expr(w, "expr", say->value);
            export_vocab(w, "unit", vocab_units, (int)say->value->unit);
        }
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void export_action(struct json_writer *w, const struct checked_action *action)
{
    json_open(w, NULL, '{');
    export_vocab(w, "kind", vocab_actions, action->kind);
    export_expr(w, "if", action->only_if);
    switch (action->kind) {
    case ACTION_SCORE:
        export_expr(w, "points", action->points);
        json_int(w, "span_ms", action->span_ms);
        break;
    case ACTION_RAISE: export_vocab(w, "tier", vocab_tiers, action->what); break;
    case ACTION_REACH: export_vocab(w, "channel", vocab_channels, action->what); break;
    case ACTION_SAY: export_say(w, action); break;
    case ACTION_ADVISE:
        export_vocab(w, "advice", vocab_advice, action->what);
        json_text(w, "target", str_of(leg_infos[action->target].text));
        break;
    case ACTION_MARK:
        if (action->points != NULL) {
            export_expr(w, "each", action->points);
        } else {
            json_text(w, "target", str_of(leg_infos[action->target].text));
        }
        json_int(w, "mark", action->mark);
        json_int(w, "level", action->what);
        json_int(w, "span_ms", action->span_ms);
        break;
    case ACTION_DELAY: json_text(w, "target", str_of(leg_infos[action->target].text)); break;
    default:
        json_text(w, "target", str_of(leg_infos[action->target].text));
        json_int(w, "span_ms", action->span_ms);
        break;
    }
    json_close(w, '}');
}

static void export_conditions(struct json_writer *w, const struct checked_rule *rule)
{
    json_open(w, "conditions", '[');
    for (size_t i = 0; i < rule->condition_count; i++) {
        const struct checked_condition *condition = &rule->conditions[i];
        json_open(w, NULL, '{');
        json_text(w, "text", condition->text);
        export_expr(w, "whole", condition->whole);
        export_expr(w, "value", condition->value);
        export_expr(w, "threshold", condition->threshold);
        json_text(w, "threshold_text", condition->threshold_text);
        export_vocab(w, "unit", vocab_units, (int)condition->unit);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static const char *const export_states[] = {
    [AST_LIVE] = "live",
    [AST_SHADOW] = "shadow",
    [AST_DRAFT] = "draft",
};

static void export_rule(struct json_writer *w, const struct checked_rule *rule)
{
    json_open(w, NULL, '{');
    json_text(w, "name", rule->name);
    json_text(w, "title", rule->title);
    export_vocab(w, "trigger", vocab_triggers, rule->trigger);
    if (rule->trigger == TRIGGER_MARK) {
        json_int(w, "mark", rule->mark);
    }
    if (rule->pattern != NULL) {
        json_text(w, "pattern", rule->pattern->name);
    }
    json_text(w, "leg", str_of(leg_infos[rule->leg].text));
    json_text(w, "page", vocab_entity_text(rule->entity));
    json_bool(w, "absolute", rule->absolute);
    json_text(w, "state", str_of(export_states[rule->state]));
    if (rule->typology == NULL) {
        json_null(w, "typology");
    } else {
        json_text(w, "typology", rule->typology->name);
    }
    export_expr(w, "when", rule->when);
    json_open(w, "unless", '[');
    for (size_t i = 0; i < rule->guard_count; i++) {
        json_open(w, NULL, '{');
        json_text(w, "text", rule->guards[i].title);
        json_text(w, "source", rule->guards[i].source);
        export_expr(w, "expr", rule->guards[i].condition);
        json_close(w, '}');
    }
    json_close(w, ']');
    export_conditions(w, rule);
    json_open(w, "actions", '[');
    for (size_t i = 0; i < rule->action_count; i++) {
        export_action(w, &rule->actions[i]);
    }
    json_close(w, ']');
    json_close(w, '}');
}

void compile_json(const struct compiled *compiled, struct buf *out)
{
    must(compiled->program != NULL); /* a pack with mistakes has gaps */
    const struct checked *checked = compiled->checked;
    struct json_writer w = {out, false};
    json_open(&w, NULL, '{');
    json_text(&w, "hash", str_of(compiled->program->hash_hex));
    export_typologies(&w, checked);
    export_features(&w, checked);
    export_lists(&w, checked);
    export_days(&w, checked);
    export_patterns(&w, checked);
    export_tags(&w, checked);
    json_open(&w, "marks", '[');
    for (size_t i = 0; i < checked->mark_count; i++) {
        json_text(&w, NULL, checked->marks[i].name);
    }
    json_close(&w, ']');
    export_policy(&w, checked);
    export_visits(&w, compiled->program);
    json_open(&w, "rules", '[');
    for (size_t i = 0; i < checked->rule_count; i++) {
        export_rule(&w, &checked->rules[i]);
    }
    json_close(&w, ']');
    json_close(&w, '}');
}
