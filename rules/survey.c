#include "rules/survey.h"

#include "engine/base/arena.h"
#include "rules/cost.h"
#include "rules/layout.h"
#include "rules/warmth.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- numbers ---- */

void survey_add_number(struct buf *out, int64_t number)
{
    char digits[32];
    int count = snprintf(digits, sizeof digits, "%" PRId64, number);
    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0 && digits[i - 1] != '-') {
            buf_add_char(out, ',');
        }
        buf_add_char(out, digits[i]);
    }
}

void survey_add_length(struct buf *out, int64_t ms)
{
    static const struct {
        const char *text;
        int64_t ms;
    } units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
    if (ms == 0) {
        buf_add_text(out, "0s");
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (ms >= units[i].ms) {
            buf_add_format(out, "%" PRId64 "%s", ms / units[i].ms, units[i].text);
            ms %= units[i].ms;
        }
    }
}

/* ---- a table ---- */

enum { SURVEY_COLUMNS = 8 };

/* Cells are texts in the arena; the last columns are numbers, at their right. */
struct survey_table {
    struct arena arena;
    struct str (*rows)[SURVEY_COLUMNS];
    size_t count;
    size_t width[SURVEY_COLUMNS];
};

enum { SURVEY_STATE = 4, SURVEY_FIRST_NUMBER = 5 };

static void survey_cell(struct survey_table *table, size_t column, struct str text)
{
    size_t width = diag_columns(text);
    table->rows[table->count][column] = arena_copy(&table->arena, text);
    table->width[column] = width > table->width[column] ? width : table->width[column];
}

static void survey_number(struct survey_table *table, size_t column, int64_t number)
{
    struct buf text = {0};
    survey_add_number(&text, number);
    survey_cell(table, column, buf_str(&text));
    buf_fini(&text);
}

static void survey_pad(struct buf *out, size_t columns)
{
    for (size_t i = 0; i < columns; i++) {
        buf_add_char(out, ' ');
    }
}

static void survey_table_write(struct buf *out, const struct survey_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        for (size_t k = 0; k < SURVEY_COLUMNS; k++) {
            struct str text = table->rows[i][k];
            size_t rest = table->width[k] - diag_columns(text);
            bool number = k >= SURVEY_FIRST_NUMBER;
            survey_pad(out, k == 0 ? 0 : 2);
            survey_pad(out, number ? rest : 0);
            buf_add_str(out, text);
            survey_pad(out, number || k + 1 == SURVEY_COLUMNS ? 0 : rest);
        }
        buf_add_char(out, '\n');
    }
}

/* ---- costs ---- */

void survey_add_trigger(struct buf *out, const struct checked *checked,
                        const struct checked_rule *rule)
{
    buf_add_text(out, vocab_triggers[rule->trigger].text);
    if (rule->trigger == TRIGGER_MARK) {
        buf_add_char(out, ' ');
        buf_add_str(out, checked->marks[rule->mark].name);
    } else if (rule->pattern != NULL) {
        buf_add_text(out, " of ");
        buf_add_str(out, rule->pattern->name);
    }
}

/* Does it act, is it only told of, is it only tried; and does an override silence it? */
static struct str survey_state(const struct checked_rule *rule)
{
    switch (rule->state) {
    case AST_SHADOW: return rule->absolute ? STR("shadow, absolute") : STR("shadow");
    case AST_DRAFT: return rule->absolute ? STR("draft, absolute") : STR("draft");
    default: return rule->absolute ? STR("live, absolute") : STR("live");
    }
}

static void survey_warmth(struct survey_table *table, size_t column, int64_t after_ms)
{
    struct buf text = {0};
    survey_add_length(&text, after_ms);
    survey_cell(table, column, after_ms == 0 ? STR("at once") : buf_str(&text));
    buf_fini(&text);
}

static void survey_rule(struct survey_table *table, const struct checked *checked,
                        const struct checked_rule *rule, const struct retention *retention)
{
    bool any = rule->leg == LEG_ENTITY; /* of whatever kind the record names */
    struct buf on = {0};
    survey_cell(table, 0, rule->name);
    survey_cell(table, 1, rule->typology == NULL ? STR("-") : rule->typology->name);
    survey_add_trigger(&on, checked, rule);
    survey_cell(table, 2, buf_str(&on));
    buf_fini(&on);
    survey_cell(table, 3,
                any ? vocab_entity_text(rule->entity) : str_of(leg_infos[rule->leg].text));
    survey_cell(table, 4, survey_state(rule));
    survey_warmth(table, 5, warmth_of_rule(checked, rule, retention));
    survey_number(table, 6, cost_count_aggregates(checked, rule));
    survey_number(table, 7, cost_of_rule(checked, rule));
    table->count++;
}

/* Nothing is kept of a retired rule but that it is there. */
static void survey_retired(struct survey_table *table, const struct ast_rule *rule)
{
    survey_cell(table, 0, rule->head.name.text);
    for (size_t i = 1; i < SURVEY_COLUMNS; i++) {
        survey_cell(table, i, i == SURVEY_STATE ? STR("retired") : STR("-"));
    }
    table->count++;
}

static void survey_heads(struct survey_table *table)
{
    static const char *const heads[SURVEY_COLUMNS] = {"rule",  "of",         "on",         "for",
                                                      "state", "warm after", "aggregates", "cost"};
    for (size_t i = 0; i < SURVEY_COLUMNS; i++) {
        survey_cell(table, i, str_of(heads[i]));
    }
    table->count++;
}

static size_t survey_count_retired(const struct compiled *pack)
{
    size_t count = 0;
    for (const struct ast_rule *rule = pack->pack.rules; rule != NULL; rule = rule->next) {
        count += rule->state == AST_RETIRED;
    }
    return count;
}

void survey_rules(struct buf *out, const struct compiled *pack, const struct retention *retention)
{
    const struct checked *checked = pack->checked;
    struct survey_table table = {0};
    size_t retired = survey_count_retired(pack);
    if (checked->rule_count + retired == 0) {
        return;
    }
    table.rows = arena_alloc(&table.arena, checked->rule_count + retired + 1, sizeof *table.rows);
    survey_heads(&table);
    for (size_t i = 0; i < checked->rule_count; i++) {
        survey_rule(&table, checked, &checked->rules[i], retention);
    }
    for (const struct ast_rule *rule = pack->pack.rules; rule != NULL; rule = rule->next) {
        if (rule->state == AST_RETIRED) {
            survey_retired(&table, rule);
        }
    }
    survey_table_write(out, &table);
    arena_fini(&table.arena);
    for (uint8_t event = EVENT_NONE + 1; event < EVENT_KIND_COUNT; event++) {
        int64_t cost = cost_of_event(checked, pack->plan, event);
        if (cost > 0) {
            buf_add_format(out, "%s: at most ", kind_infos[event].text);
            survey_add_number(out, cost);
            buf_add_text(out, " of ");
            survey_add_number(out, COST_EVENT_MAX);
            buf_add_text(out, " records looked at\n");
        }
    }
}

uint8_t survey_dearest(const struct compiled *pack, int64_t *cost)
{
    for (uint8_t event = EVENT_NONE + 1; event < EVENT_KIND_COUNT; event++) {
        *cost = cost_of_event(pack->checked, pack->plan, event);
        if (*cost > COST_EVENT_MAX) {
            return event;
        }
    }
    return EVENT_NONE;
}

/* ---- windows ---- */

struct survey_windows {
    struct buf *out;
    const struct compiled *pack;
    const struct retention *retention;
    uint8_t entity; /* of the page that the expression is about */
};

/* How far a window reaches back at least; 0: that is not known here. */
static int64_t survey_span_ms(const struct checked_aggregate *aggregate)
{
    int64_t before = aggregate->workdays - 1; /* workdays before today */
    switch (aggregate->span) {
    case SPAN_MS: return aggregate->span_ms;
    case SPAN_WORKDAYS: return (before / 5 * 7 + before % 5) * 86400000;
    default: return 0;
    }
}

static void survey_window(struct survey_windows *w, const struct checked_expr *expr)
{
    const struct checked_aggregate *aggregate = expr->aggregate;
    int64_t kept_ms = w->retention->stream[w->entity][aggregate->stream].age_max_ms;
    if (survey_span_ms(aggregate) <= kept_ms) {
        return;
    }
    struct arena arena = {0};
    struct rule_source_place place = rule_source_find(&w->pack->source, expr->span);
    struct str page = vocab_entity_text(w->entity);
    struct str text = layout_flat(&arena, &w->pack->source, expr->span);
    buf_add_format(w->out, "%s:%zu:%zu: ", w->pack->source.files[expr->span.file_index].path.at,
                   place.line, place.column);
    buf_add_str(w->out, text);
    buf_add_text(w->out, " looks back ");
    survey_add_length(w->out, survey_span_ms(aggregate));
    buf_add_format(w->out, ", and the page of %s %.*s keeps ",
                   w->entity == ENTITY_ACCOUNT ? "an" : "a", (int)page.len, page.at);
    survey_add_length(w->out, kept_ms);
    buf_add_format(w->out, " of %s\n", stream_infos[aggregate->stream].text);
    arena_fini(&arena);
}

static void survey_windows_of(struct survey_windows *w, const struct checked_expr *expr)
{
    if (expr == NULL) {
        return;
    }
    if (expr->op == CHECKED_AGGREGATE) {
        survey_window(w, expr);
        survey_windows_of(w, expr->aggregate->where);
        survey_windows_of(w, expr->aggregate->since);
    }
    survey_windows_of(w, expr->a);
    survey_windows_of(w, expr->b);
    survey_windows_of(w, expr->c);
}

static void survey_windows_of_rule(struct survey_windows *w, const struct checked_rule *rule)
{
    w->entity = rule->entity;
    survey_windows_of(w, rule->when);
    for (size_t i = 0; i < rule->guard_count; i++) {
        survey_windows_of(w, rule->guards[i].condition);
    }
    for (size_t i = 0; i < rule->action_count; i++) {
        survey_windows_of(w, rule->actions[i].only_if);
        survey_windows_of(w, rule->actions[i].points);
        for (size_t k = 0; k < rule->actions[i].say_count; k++) {
            survey_windows_of(w, rule->actions[i].say[k].value);
        }
    }
}

void survey_windows(struct buf *out, const struct compiled *pack, const struct retention *retention)
{
    struct survey_windows w = {.out = out, .pack = pack, .retention = retention};
    const struct checked *checked = pack->checked;
    for (size_t i = 0; i < checked->feature_count; i++) {
        w.entity = checked->features[i].entity;
        survey_windows_of(&w, checked->features[i].value);
    }
    for (size_t i = 0; i < checked->rule_count; i++) {
        survey_windows_of_rule(&w, &checked->rules[i]);
    }
}

/* ---- what is cold ---- */

static bool survey_has_rule(const struct compiled *pack, struct str name)
{
    for (size_t i = 0; i < pack->checked->rule_count; i++) {
        if (str_eq(pack->checked->rules[i].name, name)) {
            return true;
        }
    }
    return false;
}

static void survey_cold_pages(struct buf *out, const struct compiled *pack,
                              const struct compiled *older)
{
    for (uint8_t event = EVENT_NONE + 1; event < EVENT_KIND_COUNT; event++) {
        for (int leg = kind_infos[event].first_leg; leg <= kind_infos[event].last_leg; leg++) {
            if (pack->plan->visits[event][leg] && !older->plan->visits[event][leg]) {
                buf_add_format(out,
                               "cold: %s has not visited %s yet; what it would have left there is "
                               "not in the page\n",
                               kind_infos[event].text, leg_infos[leg].text);
            }
        }
    }
}

static void survey_cold_points(struct buf *out, const struct compiled *pack,
                               const struct compiled *older)
{
    for (size_t i = 0; i < pack->checked->rule_count; i++) {
        const struct checked_rule *rule = &pack->checked->rules[i];
        int64_t points_ms = warmth_of_points(rule);
        if (points_ms > 0 && !survey_has_rule(older, rule->name)) {
            buf_add_format(out, "cold: points of the new rule %.*s, whole after ",
                           (int)rule->name.len, rule->name.at);
            survey_add_length(out, points_ms);
            buf_add_char(out, '\n');
        }
        if (rule->pattern != NULL && !survey_has_rule(older, rule->name)) {
            buf_add_format(out, "cold: waits of the new rule %.*s, whole after ",
                           (int)rule->name.len, rule->name.at);
            survey_add_length(out, rule->pattern->absence_ms);
            buf_add_char(out, '\n');
        }
    }
}

static void survey_cold_marks(struct buf *out, const struct compiled *pack,
                              const struct compiled *older)
{
    for (size_t i = 0; i < pack->checked->mark_count; i++) {
        struct str name = pack->checked->marks[i].name;
        int64_t mark_ms = warmth_of_mark(pack->checked, name);
        if (mark_ms > 0 && warmth_of_mark(older->checked, name) == 0) {
            buf_add_format(out, "cold: the new mark %.*s, whole after ", (int)name.len, name.at);
            survey_add_length(out, mark_ms);
            buf_add_char(out, '\n');
        }
    }
}

/* A message keeps which tags it has and under which set of them it was read. */
static void survey_cold_tags(struct buf *out, const struct compiled *pack,
                             const struct compiled *older, const struct retention *retention)
{
    if (pack->checked->tag_count == 0 || pack->program->tag_set == older->program->tag_set) {
        return;
    }
    buf_add_text(out, "cold: the tags have changed, and which ones a message from before has not "
                      "is unknown, whole after ");
    survey_add_length(out, warmth_of_tags(retention));
    buf_add_char(out, '\n');
}

void survey_cold(struct buf *out, const struct compiled *pack, const struct compiled *older,
                 const struct retention *retention)
{
    survey_cold_pages(out, pack, older);
    survey_cold_points(out, pack, older);
    survey_cold_marks(out, pack, older);
    survey_cold_tags(out, pack, older, retention);
}
