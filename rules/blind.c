#include "rules/blind.h"

#include "engine/eval/vocab.h"
#include "rules/check_inside.h"

static bool looks(const struct checked_expr *expr, int stream);

/* The event is one of the page's records, and of those that the window ends with. */
static bool aggregate_looks(const struct checked_aggregate *aggregate, int stream)
{
    return aggregate->span == SPAN_STEP || aggregate->stream == stream ||
           looks(aggregate->where, stream) || looks(aggregate->since, stream);
}

/* stream: that the event feeds on the page. */
static bool looks(const struct checked_expr *expr, int stream)
{
    if (expr == NULL) {
        return false;
    }
    switch (expr->op) {
    case CHECKED_WORD:
    case CHECKED_TAG:
    case CHECKED_ATTRIBUTE:
    case CHECKED_MEMBER:
    case CHECKED_CARRIED:
    case CHECKED_MARK_LEVEL:
    case CHECKED_MATCHES:
    case CHECKED_STEP: return true;
    case CHECKED_FEATURE: return expr->feature->is_card || looks(expr->feature->value, stream);
    case CHECKED_AGGREGATE: return aggregate_looks(expr->aggregate, stream);
    default: break;
    }
    return looks(expr->a, stream) || looks(expr->b, stream) || looks(expr->c, stream);
}

/* Does so much come, and of so many kinds, that its coming alone says little? */
static bool is_ordinary(uint8_t trigger)
{
    switch (vocab_triggers[trigger].event) {
    case EVENT_CALL:
    case EVENT_TRANSACTION:
    case EVENT_SMS:
    case EVENT_LOGIN:
    case EVENT_CHANGE: return true;
    default: return false;
    }
}

void blind_find(const struct checked *checked, struct diag_list *diags)
{
    for (size_t i = 0; i < checked->rule_count; i++) {
        const struct checked_rule *rule = &checked->rules[i];
        uint8_t event = vocab_triggers[rule->trigger].event;
        if (is_ordinary(rule->trigger) && !looks(rule->when, stream_of_leg(event, rule->leg))) {
            struct diag *diag =
                diag_add(diags, DIAG_WARNING, rule->when->span,
                         "rule `%.*s` asks nothing of the event: while this holds, it fires at "
                         "each %s",
                         DIAG_STR(rule->name), vocab_triggers[rule->trigger].text);
            diag_hint(diags, diag, "ask what it is like; if each is meant, add `known(time)`");
        }
    }
}
