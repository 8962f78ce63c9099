#include "rules/cost.h"
#include "rules/explain_inside.h"
#include "rules/survey.h"

/* ---- in words ---- */

static void explain_head(struct buf *out, const struct explain *e)
{
    const struct checked_rule *rule = e->checked;
    const struct rule_source *source = &e->pack->source;
    struct rule_source_place place = rule_source_find(source, rule->name_span);
    bool any = rule->leg == LEG_ENTITY; /* of whatever kind the record names */
    buf_add_text(out, "rule ");
    buf_add_str(out, rule->name);
    if (rule->typology != NULL) {
        buf_add_text(out, " of ");
        buf_add_str(out, rule->typology->name);
    }
    if (rule->title.len > 0) {
        buf_add_text(out, " \"");
        buf_add_str(out, rule->title);
        buf_add_char(out, '"');
    }
    buf_add_format(out, "\n  %s:%zu:%zu\n", source->files[rule->name_span.file_index].path.at,
                   place.line, place.column);
    buf_add_text(out, "  runs on ");
    survey_add_trigger(out, e->pack->checked, rule);
    buf_add_text(out, " for ");
    buf_add_str(out, any ? vocab_entity_text(rule->entity) : str_of(leg_infos[rule->leg].text));
    buf_add_format(out, ", number %u of %u there; found by event and page alone\n", e->place,
                   e->place_count);
    buf_add_text(out, "  its condition is read from left to right until it is decided, then each "
                      "`unless`, then the actions\n");
}

struct explain_words {
    struct buf *out;
    enum explain_why last;
    bool any;
};

static void explain_tell(void *context, enum explain_why why, struct str text)
{
    static const char *const leads[] = {[EXPLAIN_FIRST] = "always, it is the first",
                                        [EXPLAIN_RULE] = "rules ",
                                        [EXPLAIN_CARRY] = "hands on ",
                                        [EXPLAIN_STREAM] = "its record of ",
                                        [EXPLAIN_HOLDER] = "shown as the holder"};
    struct explain_words *words = context;
    bool more = words->any && words->last == why;
    buf_add_text(words->out, more ? ", " : words->any ? "; " : "");
    buf_add_text(words->out, more ? "" : leads[why]);
    buf_add_str(words->out, text);
    buf_add_text(words->out, why == EXPLAIN_STREAM ? " is read" : "");
    words->last = why;
    words->any = true;
}

static void explain_itinerary(struct buf *out, const struct explain *e)
{
    const struct kind_info *kind = &kind_infos[e->event];
    if (e->checked->pattern != NULL) {
        buf_add_text(out, "  nothing visits another page: the one that waited is judged\n");
        return;
    }
    buf_add_format(out, "  %s visits\n", kind->text);
    for (int leg = kind->first_leg; leg <= kind->last_leg; leg++) {
        struct explain_words words = {.out = out};
        if (e->pack->plan->visits[e->event][leg]) {
            buf_add_format(out, "    %s: ", leg_infos[leg].text);
            explain_visit(e->pack, e->event, (uint8_t)leg, explain_tell, &words);
            buf_add_char(out, '\n');
        }
    }
}

static void explain_features(struct buf *out, const struct explain *e)
{
    for (size_t i = 0; i < e->pack->checked->feature_count; i++) {
        const struct checked_feature *feature = &e->pack->checked->features[i];
        bool shared = false;
        if (!e->features[i]) {
            continue;
        }
        buf_add_text(out, "  feature ");
        buf_add_str(out, feature->name);
        for (size_t k = 0; k < e->pack->checked->rule_count; k++) {
            const struct checked_rule *other = &e->pack->checked->rules[k];
            if (other != e->checked && explain_reads(e->pack, k, feature)) {
                buf_add_text(out, shared ? ", " : ", read by ");
                buf_add_str(out, other->name);
                shared = true;
            }
        }
        buf_add_text(out, shared ? " too: computed once a visit\n" : "\n");
    }
}

static void explain_carries(struct buf *out, const struct explain *e)
{
    for (size_t i = 0; i < e->carried_count; i++) {
        const struct carry *carry = e->carried[i].carry;
        buf_add_text(out, "  carried ");
        buf_add_str(out, e->carried[i].text);
        buf_add_format(out, ", from %s in slot %u", leg_infos[carry->leg].text, carry->slot);
        if (carry->source == CARRY_MEMBER) {
            buf_add_format(out, ", pair %u", carry->pair);
        }
        buf_add_char(out, '\n');
    }
}

static void explain_search(struct buf *out, const struct checked_pattern *pattern)
{
    buf_add_text(out, ", searched from the last step back, once a visit");
    if (pattern->absence_ms > 0) {
        buf_add_text(out, "; waits ");
        survey_add_length(out, pattern->absence_ms);
        buf_add_text(out, ", and is searched again");
    }
    buf_add_char(out, '\n');
}

static void explain_costs(struct buf *out, const struct explain *e)
{
    for (size_t i = 0; i < e->aggregate_count; i++) {
        const struct checked_feature *feature = e->aggregates[i].feature;
        buf_add_text(out, "  aggregate ");
        buf_add_str(out, e->aggregates[i].text);
        if (feature != NULL) {
            buf_add_text(out, ", in ");
            buf_add_str(out, feature->name);
        }
        buf_add_char(out, '\n');
    }
    for (size_t i = 0; i < e->pack->checked->pattern_count; i++) {
        if (e->patterns[i]) {
            buf_add_text(out, "  pattern ");
            buf_add_str(out, e->pack->checked->patterns[i].name);
            explain_search(out, &e->pack->checked->patterns[i]);
        }
    }
    buf_add_text(out, "  costs at most ");
    survey_add_number(out, cost_of_rule(e->pack->checked, e->checked));
    buf_add_text(out, " records looked at\n");
}

static void explain_program(struct buf *out, const struct explain *e)
{
    buf_add_text(out, "  program\n");
    for (size_t i = 0; i < e->piece_count; i++) {
        struct buf code = {0};
        buf_add_text(out, "    ");
        buf_add_str(out, e->pieces[i].name);
        buf_add_char(out, '\n');
        program_disassemble(e->pack->program, e->pieces[i].code, &code);
        bool line_begins = true;
        for (size_t k = 0; k < code.len; k++) {
            buf_add_text(out, line_begins ? "      " : "");
            buf_add_char(out, code.at[k]);
            line_begins = code.at[k] == '\n';
        }
        buf_fini(&code);
    }
}

void explain_text(struct buf *out, const struct compiled *pack, size_t rule)
{
    struct explain e;
    explain_collect(&e, pack, rule);
    explain_head(out, &e);
    explain_itinerary(out, &e);
    explain_features(out, &e);
    explain_carries(out, &e);
    explain_costs(out, &e);
    explain_program(out, &e);
    explain_fini(&e);
}

/* ---- as JSON ---- */

static void explain_json_why(void *context, enum explain_why why, struct str text)
{
    static const char *const names[] = {[EXPLAIN_FIRST] = "first",
                                        [EXPLAIN_RULE] = "rule",
                                        [EXPLAIN_CARRY] = "carries",
                                        [EXPLAIN_STREAM] = "stream",
                                        [EXPLAIN_HOLDER] = "holder"};
    struct json_writer *w = context;
    json_open(w, NULL, '{');
    json_text(w, "why", str_of(names[why]));
    if (text.len > 0) {
        json_text(w, "name", text);
    }
    json_close(w, '}');
}

static void explain_json_visits(struct json_writer *w, const struct explain *e)
{
    const struct kind_info *kind = &kind_infos[e->event];
    json_open(w, "visits", '[');
    for (int leg = kind->first_leg; leg <= kind->last_leg; leg++) {
        if (e->pack->plan->visits[e->event][leg]) {
            json_open(w, NULL, '{');
            json_text(w, "page", str_of(leg_infos[leg].text));
            json_open(w, "because", '[');
            explain_visit(e->pack, e->event, (uint8_t)leg, explain_json_why, w);
            json_close(w, ']');
            json_close(w, '}');
        }
    }
    json_close(w, ']');
}

static void explain_json_features(struct json_writer *w, const struct explain *e)
{
    json_open(w, "features", '[');
    for (size_t i = 0; i < e->pack->checked->feature_count; i++) {
        const struct checked_feature *feature = &e->pack->checked->features[i];
        if (!e->features[i]) {
            continue;
        }
        json_open(w, NULL, '{');
        json_text(w, "name", feature->name);
        json_open(w, "read_by", '[');
        for (size_t k = 0; k < e->pack->checked->rule_count; k++) {
            if (explain_reads(e->pack, k, feature)) {
                json_text(w, NULL, e->pack->checked->rules[k].name);
            }
        }
        json_close(w, ']');
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void explain_json_carries(struct json_writer *w, const struct explain *e)
{
    json_open(w, "carried", '[');
    for (size_t i = 0; i < e->carried_count; i++) {
        const struct carry *carry = e->carried[i].carry;
        json_open(w, NULL, '{');
        json_text(w, "text", e->carried[i].text);
        json_text(w, "from", str_of(leg_infos[carry->leg].text));
        json_int(w, "slot", carry->slot);
        if (carry->source == CARRY_MEMBER) {
            json_int(w, "pair", carry->pair);
        }
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void explain_json_patterns(struct json_writer *w, const struct explain *e)
{
    json_open(w, "patterns", '[');
    for (size_t i = 0; i < e->pack->checked->pattern_count; i++) {
        if (e->patterns[i]) {
            json_text(w, NULL, e->pack->checked->patterns[i].name);
        }
    }
    json_close(w, ']');
}

static void explain_json_aggregates(struct json_writer *w, const struct explain *e)
{
    json_open(w, "aggregates", '[');
    for (size_t i = 0; i < e->aggregate_count; i++) {
        const struct checked_feature *feature = e->aggregates[i].feature;
        json_open(w, NULL, '{');
        json_text(w, "text", e->aggregates[i].text);
        if (feature != NULL) {
            json_text(w, "feature", feature->name);
        }
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void explain_json_program(struct json_writer *w, const struct explain *e)
{
    json_open(w, "program", '[');
    for (size_t i = 0; i < e->piece_count; i++) {
        struct buf code = {0};
        program_disassemble(e->pack->program, e->pieces[i].code, &code);
        json_open(w, NULL, '{');
        json_text(w, "piece", e->pieces[i].name);
        json_text(w, "code", buf_str(&code));
        json_close(w, '}');
        buf_fini(&code);
    }
    json_close(w, ']');
}

void explain_json(struct json_writer *w, const struct compiled *pack, size_t rule)
{
    struct explain e;
    struct buf on = {0};
    explain_collect(&e, pack, rule);
    bool any = e.rule->leg == LEG_ENTITY;
    json_open(w, NULL, '{');
    json_text(w, "rule", e.checked->name);
    json_text(w, "title", e.checked->title);
    if (e.checked->typology != NULL) {
        json_text(w, "typology", e.checked->typology->name);
    }
    survey_add_trigger(&on, pack->checked, e.checked);
    json_text(w, "on", buf_str(&on));
    buf_fini(&on);
    json_text(w, "for",
              any ? vocab_entity_text(e.rule->page) : str_of(leg_infos[e.rule->leg].text));
    json_int(w, "number", e.place);
    json_int(w, "of", e.place_count);
    explain_json_visits(w, &e);
    explain_json_features(w, &e);
    explain_json_carries(w, &e);
    explain_json_aggregates(w, &e);
    explain_json_patterns(w, &e);
    json_int(w, "cost", cost_of_rule(pack->checked, e.checked));
    explain_json_program(w, &e);
    json_close(w, '}');
    explain_fini(&e);
}
