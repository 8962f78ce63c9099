#include "engine/base/mem.h"
#include "engine/eval/decision_inside.h"
#include "engine/eval/format.h"
#include "engine/eval/score.h"

#include <stdlib.h>

#define MINUTE_MS ((int64_t)60 * 1000)
#define REACH_MS (30 * MINUTE_MS) /* for a channel that a rule names */
#define VERSION_DIGITS 12

static bool is_of(const struct decision *d, const struct decision_fired *fired, uint32_t typology)
{
    return decision_rule(d, fired)->typology == (int32_t)typology;
}

/* ---- text ----------------------------------------------------------------------------------- */

static void say(struct decision *d, const struct action *action)
{
    struct format_context context = {d->visit.event, d->visit.page, d->program};
    for (uint32_t i = 0; i < action->say_count; i++) {
        const struct say_piece *piece = &d->program->say_pieces[action->say_first + i];
        if (piece->code == CODE_NONE) {
            buf_add_str(&d->text, piece->text);
        } else {
            format_spoken(&d->text, &context, piece->unit, vm_run(&d->vm, piece->code));
        }
    }
}

static void separate(struct decision *d)
{
    if (d->text.len > 0) {
        buf_add_text(&d->text, "；");
    }
}

/* The words of the fired rules of the typology. */
static void say_all(struct decision *d, uint32_t typology)
{
    for (uint32_t i = 0; i < d->fired_count; i++) {
        const struct rule *rule = decision_rule(d, &d->fired[i]);
        for (uint32_t k = 0; k < rule->action_count && is_of(d, &d->fired[i], typology); k++) {
            const struct action *action = &d->program->actions[rule->action_first + k];
            if (action->kind == ACTION_SAY && decision_holds(d, rule, k)) {
                separate(d);
                say(d, action);
            }
        }
    }
}

static void name_all(struct decision *d, uint32_t typology)
{
    for (uint32_t i = 0; i < d->fired_count; i++) {
        const struct rule *rule = decision_rule(d, &d->fired[i]);
        if (is_of(d, &d->fired[i], typology)) {
            separate(d);
            buf_add_str(&d->text, rule->title.len > 0 ? rule->title : rule->name);
        }
    }
}

static struct str compose_text(struct decision *d, uint32_t typology)
{
    buf_clear(&d->text);
    say_all(d, typology);
    if (d->text.len == 0) {
        name_all(d, typology);
    }
    return buf_str(&d->text);
}

/* ---- reasons -------------------------------------------------------------------------------- */

static void write_value(struct decision *d, struct json_writer *w, const char *name, uint32_t code,
                        uint8_t unit)
{
    struct format_context context = {d->visit.event, d->visit.page, d->program};
    int64_t value = code == CODE_NONE ? VALUE_UNKNOWN : vm_run(&d->vm, code);
    if (value == VALUE_UNKNOWN) {
        json_null(w, name);
        return;
    }
    buf_clear(&d->text);
    format_plain(&d->text, &context, unit, value);
    json_text(w, name, buf_str(&d->text));
}

static void write_condition(struct decision *d, struct json_writer *w,
                            const struct condition *condition, struct evidence *evidence)
{
    json_open(w, NULL, '{');
    json_text(w, "text", condition->text);
    write_value(d, w, "value", condition->value, condition->unit);
    if (condition->threshold_text.len > 0) {
        json_text(w, "threshold", condition->threshold_text);
    } else {
        write_value(d, w, "threshold", condition->threshold, condition->unit);
    }
    int64_t result = vm_run(&d->vm, condition->whole);
    if (result == VALUE_UNKNOWN) {
        json_null(w, "result");
    } else {
        json_bool(w, "result", result == 1);
    }
    json_close(w, '}');
    if (result == 1 && evidence != NULL) { /* once more, noting the records that made it true */
        vm_collect(&d->vm, condition->whole, evidence);
    }
}

static void open_reason(const struct decision *d, struct json_writer *w, const struct rule *rule,
                        int64_t time_ms, int64_t points, uint8_t lifts_to, bool contradicted)
{
    json_open(w, NULL, '{');
    json_text(w, "rule", rule->name);
    json_text(w, "title", rule->title);
    json_text(w, "version", (struct str){d->program->hash_hex, VERSION_DIGITS});
    json_time(w, "time", time_ms);
    json_int(w, "points", points);
    if (lifts_to == TIER_NONE) {
        json_null(w, "lifts_to");
    } else {
        json_text(w, "lifts_to", str_of(vocab_tiers[lifts_to].text));
    }
    if (contradicted) {
        json_bool(w, "contradicted", true);
    }
    json_open(w, "conditions", '[');
}

static void close_reason(struct json_writer *w)
{
    json_close(w, ']');
    json_close(w, '}');
}

/* A rule's firing at an earlier event, whose points still count. */
struct earlier {
    uint32_t rule;
    int64_t time_ms, points;
    uint8_t lifts_to; /* enum tier */
    bool contradicted;
};

static uint32_t rule_of_key(const struct program *p, uint64_t key)
{
    uint32_t rule = 0;
    while (rule < p->rules_count && p->rules[rule].key != key) {
        rule++;
    }
    return rule;
}

static bool fired_now(const struct decision *d, uint32_t rule)
{
    for (uint32_t i = 0; i < d->fired_count; i++) {
        if (d->fired[i].rule == rule) {
            return true;
        }
    }
    return false;
}

static int earlier_compare(const void *a, const void *b)
{
    const struct earlier *left = a;
    const struct earlier *right = b;
    if (left->time_ms != right->time_ms) {
        return left->time_ms < right->time_ms ? -1 : 1;
    }
    return left->rule < right->rule ? -1 : left->rule > right->rule;
}

/* At most one per line of the page's points. */
static uint32_t find_earlier(const struct decision *d, uint32_t typology, struct earlier *found)
{
    const struct page *page = d->visit.page;
    const struct program *p = d->program;
    uint32_t count = 0;
    for (uint32_t i = 0; i < page->points_count; i++) {
        const struct points *line = &page->points[i];
        bool in_force = line->fired_ms <= d->vm.t && d->vm.t < line->until_ms;
        uint32_t rule = rule_of_key(p, line->rule_key);
        if (line->typology_key != p->typologies[typology].key || !in_force ||
            rule == p->rules_count || fired_now(d, rule)) {
            continue;
        }
        uint32_t at = 0;
        while (at < count && found[at].rule != rule) {
            at++;
        }
        if (at == count) {
            found[count++] =
                (struct earlier){rule, line->fired_ms, 0, TIER_NONE, line->contradicted};
        }
        found[at].points += line->points;
        found[at].lifts_to = line->raise > found[at].lifts_to ? line->raise : found[at].lifts_to;
    }
    qsort(found, count, sizeof *found, earlier_compare);
    return count;
}

void warning_write_reason(struct decision *d, struct json_writer *w,
                          const struct decision_fired *fired, struct evidence *evidence)
{
    const struct rule *rule = decision_rule(d, fired);
    open_reason(d, w, rule, d->vm.t, fired->points, decision_lifts_to(d, rule), false);
    for (uint32_t k = 0; k < rule->condition_count; k++) {
        write_condition(d, w, &d->program->conditions[rule->condition_first + k], evidence);
    }
    close_reason(w);
}

static void write_reasons(struct decision *d, struct json_writer *w, uint32_t typology,
                          struct evidence *evidence)
{
    const struct program *p = d->program;
    json_open(w, "reasons", '[');
    for (uint32_t i = 0; i < d->fired_count; i++) {
        if (is_of(d, &d->fired[i], typology)) {
            warning_write_reason(d, w, &d->fired[i], evidence);
        }
    }
    struct earlier found[PAGE_POINTS_MAX];
    uint32_t count = find_earlier(d, typology, found);
    for (uint32_t i = 0; i < count; i++) {
        open_reason(d, w, &p->rules[found[i].rule], found[i].time_ms, found[i].points,
                    found[i].lifts_to, found[i].contradicted);
        close_reason(w);
    }
    json_close(w, ']');
}

/* ---- evidence ------------------------------------------------------------------------------- */

struct shown_record {
    uint8_t stream;
    const struct record *record;
};

static int record_compare(const void *a, const void *b)
{
    const struct shown_record *left = a;
    const struct shown_record *right = b;
    if (left->record->time_ms != right->record->time_ms) {
        return left->record->time_ms < right->record->time_ms ? -1 : 1;
    }
    if (left->stream != right->stream) {
        return left->stream < right->stream ? -1 : 1;
    }
    /* Records of a stream lie in one array, by time and arrival. */
    return left->record < right->record ? -1 : left->record > right->record;
}

/* Kind of the event that a record is of. */
static uint8_t event_of(const struct shown_record *shown)
{
    static const uint8_t of_use[] = {[USE_WHAT_CALL] = EVENT_CALL,
                                     [USE_WHAT_SMS] = EVENT_SMS,
                                     [USE_WHAT_LOGIN] = EVENT_LOGIN,
                                     [USE_WHAT_PAY] = EVENT_TRANSACTION};
    if (shown->stream != STREAM_USE) {
        return vocab_streams[shown->stream].event;
    }
    uint32_t what = shown->record->use_what;
    return what < sizeof of_use ? of_use[what] : (uint8_t)EVENT_NONE;
}

static void write_record(const struct decision *d, struct json_writer *w,
                         const struct shown_record *shown)
{
    const struct record *record = shown->record;
    const struct peer *peer =
        record->peer == 0 ? NULL : page_find_peer(d->visit.page, record->peer);
    uint8_t event = event_of(shown);
    struct kept_visit kept;
    struct event told;
    json_open(w, NULL, '{');
    if (kept_find(d->visit.page, record, &kept, &told)) {
        json_text(w, "id", EVENT_TEXT(&told, id));
    }
    json_text(w, "type", event_kind_text(event));
    json_time(w, "time", record->time_ms);
    if (event == EVENT_TRANSACTION && record->value != VALUE_UNKNOWN) {
        json_money(w, "amount", record->value);
    }
    if (peer != NULL && peer->mask_len > 0) {
        json_text(w, "mask", (struct str){peer->mask, peer->mask_len});
    }
    json_close(w, '}');
}

static void write_evidence(const struct decision *d, struct json_writer *w,
                           const struct evidence *evidence)
{
    struct shown_record shown[VM_EVIDENCE_MAX];
    for (uint32_t i = 0; i < evidence->count; i++) {
        shown[i] = (struct shown_record){evidence->item[i].stream, evidence->item[i].record};
    }
    qsort(shown, evidence->count, sizeof *shown, record_compare);
    json_open(w, "evidence", '[');
    json_open(w, NULL, '{');
    json_text(w, "id", EVENT_TEXT(d->visit.event, id));
    json_text(w, "type", event_kind_text(d->visit.event->kind));
    json_time(w, "time", d->visit.event->time_ms);
    json_close(w, '}');
    for (uint32_t i = 0; i < evidence->count; i++) {
        write_record(d, w, &shown[i]);
    }
    json_close(w, ']');
}

/* ---- reach ---------------------------------------------------------------------------------- */

static void write_channel(const struct decision *d, struct json_writer *w, uint8_t channel,
                          int64_t within_ms)
{
    json_open(w, NULL, '{');
    json_text(w, "channel", str_of(vocab_channels[channel].text));
    json_time(w, "deadline", d->vm.t + within_ms);
    json_close(w, '}');
}

/* Channels that fired rules of the typology name, each once. */
static unsigned write_named_channels(const struct decision *d, struct json_writer *w,
                                     uint32_t typology)
{
    unsigned named = 0;
    for (uint32_t i = 0; i < d->fired_count; i++) {
        const struct rule *rule = decision_rule(d, &d->fired[i]);
        for (uint32_t k = 0; k < rule->action_count && is_of(d, &d->fired[i], typology); k++) {
            const struct action *action = &d->program->actions[rule->action_first + k];
            if (action->kind == ACTION_REACH && decision_holds(d, rule, k) &&
                (named >> action->what & 1) == 0) {
                named |= 1U << action->what;
                write_channel(d, w, action->what, REACH_MS);
            }
        }
    }
    return named;
}

static void write_reach(const struct decision *d, struct json_writer *w, uint32_t typology,
                        uint8_t tier)
{
    const struct policy_tier *policy = &d->program->policy.tiers[tier];
    json_open(w, "reach", '[');
    if (write_named_channels(d, w, typology) == 0) {
        for (int i = 0; i < policy->reach_count; i++) {
            write_channel(d, w, policy->reach[i].channel, policy->reach[i].within_ms);
        }
    }
    json_close(w, ']');
    json_open(w, "receivers", '[');
    for (int i = 0; i < policy->receiver_count; i++) {
        json_text(w, NULL, str_of(vocab_receivers[policy->receivers[i]].text));
    }
    json_close(w, ']');
}

/* ---- the warning ---------------------------------------------------------------------------- */

int warning_emit(struct decision *d, uint32_t index, struct err *err)
{
    const struct typology *typology = &d->program->typologies[index];
    const struct episode *episode = &d->episodes[index];
    struct decision_target subject = output_subject(d);
    struct evidence evidence = {.count = 0};
    uint8_t raised = TIER_NONE;
    struct json_writer w;
    output_begin(d, &w, "warning", &episode->warning_id);
    json_time(&w, "time", d->vm.t);
    json_token(&w, "episode", &episode->id);
    output_write_late(d, &w);
    json_text(&w, "tier", str_of(vocab_tiers[episode->tier].text));
    if (episode->corrections > 0) {
        json_int(&w, "corrections", episode->corrections);
    }
    json_text(&w, "typology", typology->name);
    json_text(&w, "title", typology->title);
    json_int(&w, "score", score_typology(d->visit.page, typology->key, d->vm.t, &raised));
    output_write_subject(d, &w);
    output_write_amount(d, &w, "amount_at_risk");
    json_text(&w, "currency", STR(OUTPUT_CURRENCY));
    json_text(&w, "text", compose_text(d, index));
    write_reasons(d, &w, index, &evidence);
    write_evidence(d, &w, &evidence);
    write_reach(d, &w, index, episode->tier);
    output_write_flags(d, d->flags, &w);
    json_text(&w, "origin", STR("own"));
    json_null(&w, "external");
    json_text(&w, "pack", (struct str){d->program->hash_hex, 64});
    output_write_trace(d, &w);
    json_close(&w, '}');
    return output_emit(d, OUTPUT_WARNING, &episode->warning_id, &subject.token,
                       str_of(vocab_tiers[episode->tier].text), err);
}
