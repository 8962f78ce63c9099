#include "engine/base/digest.h"
#include "engine/eval/decision_inside.h"
#include "engine/eval/score.h"

#include <string.h>

static struct token shadow_id(const struct decision *d, const struct rule *rule)
{
    struct digest_id id;
    digest_id_begin(&id, "shadow");
    digest_id_text(&id, rule->name);
    digest_id_token(&id, &d->visit.page->token);
    digest_id_text(&id, str_of(leg_infos[d->visit.leg].text));
    decision_add_event(d, &id);
    return digest_id_end(&id);
}

/* The tier that its typology would have after this event: by the points in force and its own. */
static uint8_t would_be_tier(const struct decision *d, const struct decision_fired *fired)
{
    const struct rule *rule = decision_rule(d, fired);
    if (rule->typology == TYPOLOGY_NONE) {
        return TIER_NONE;
    }
    const struct typology *typology = &d->program->typologies[rule->typology];
    uint8_t raised = TIER_NONE;
    uint8_t lifts_to = decision_lifts_to(d, rule);
    int64_t points = score_typology(d->visit.page, typology->key, d->vm.t, &raised);
    return score_tier(typology, points + fired->points, lifts_to > raised ? lifts_to : raised);
}

static int emit_one(struct decision *d, const struct decision_fired *fired, struct err *err)
{
    const struct rule *rule = decision_rule(d, fired);
    struct token id = shadow_id(d, rule);
    struct json_writer w;
    output_begin(d, &w, "shadow", &id);
    json_time(&w, "time", d->vm.t);
    json_text(&w, "rule", rule->name);
    json_text(&w, "title", rule->title);
    if (rule->typology == TYPOLOGY_NONE) {
        json_null(&w, "typology");
    } else {
        json_text(&w, "typology", d->program->typologies[rule->typology].name);
    }
    json_text(&w, "event", EVENT_TEXT(d->visit.event, id));
    json_text(&w, "role", str_of(leg_infos[d->visit.leg].text));
    output_write_late(d, &w);
    output_write_subject(d, &w);
    json_int(&w, "points", fired->points);
    output_write_tier(&w, would_be_tier(d, fired));
    output_write_flags(d, fired->flags, &w);
    json_text(&w, "pack", (struct str){d->program->hash_hex, 64});
    output_write_trace(d, &w);
    json_close(&w, '}');
    struct token key = {{0}}; /* all firings of a rule stand in one order */
    memcpy(key.bytes, &rule->key, sizeof rule->key);
    return output_emit(d, OUTPUT_SHADOW, &id, &key, STR(""), err);
}

int shadow_emit(struct decision *d, struct err *err)
{
    for (uint32_t i = 0; i < d->shadowed_count; i++) {
        if (emit_one(d, &d->shadowed[i], err) != 0) {
            return -1;
        }
    }
    return 0;
}
