#include "connectors/cli/why_write.h"

#include "connectors/cli/json_look.h"
#include "engine/eval/format.h"
#include "engine/eval/pattern.h"
#include "engine/eval/vm.h"

/* ---- a judgement ---- */

struct why {
    struct buf *out;
    const struct decision_visit *visit;
    const struct program *program;
    bool overridden;
    struct vm vm;
};

static int64_t write_result(struct why *why, uint32_t code)
{
    int64_t value = vm_run(&why->vm, code);
    const char *word = value == VALUE_UNKNOWN ? "unknown" : value == 1 ? "true" : "false";
    buf_add_format(why->out, "    %-8s ", word);
    return value;
}

static void write_value(struct why *why, uint32_t code, uint8_t unit)
{
    struct format_context context = {why->visit->event, why->visit->page, why->program};
    int64_t value = vm_run(&why->vm, code);
    if (value == VALUE_UNKNOWN) {
        buf_add_text(why->out, "unknown");
    } else {
        format_plain(why->out, &context, unit, value);
    }
}

static void write_condition(struct why *why, const struct condition *condition)
{
    (void)write_result(why, condition->whole);
    buf_add_str(why->out, condition->text);
    if (condition->value != CODE_NONE) {
        buf_add_text(why->out, ": ");
        write_value(why, condition->value, condition->unit);
    }
    if (condition->threshold_text.len > 0) {
        buf_add_text(why->out, ", ");
        buf_add_str(why->out, condition->threshold_text);
    } else if (condition->threshold != CODE_NONE) {
        buf_add_text(why->out, ", ");
        write_value(why, condition->threshold, condition->unit);
    }
    buf_add_char(why->out, '\n');
}

/* Is a guard true? All are shown. */
static bool write_guards(struct why *why, const struct rule *rule)
{
    bool held = false;
    for (uint32_t i = 0; i < rule->guard_count; i++) {
        const struct guard *guard = &why->program->guards[rule->guard_first + i];
        held = write_result(why, guard->code) == 1 || held;
        buf_add_text(why->out, "unless ");
        if (guard->text.len > 0) {
            buf_add_char(why->out, '"');
            buf_add_str(why->out, guard->text);
            buf_add_text(why->out, "\": ");
        }
        buf_add_str(why->out, guard->source);
        buf_add_char(why->out, '\n');
    }
    return held;
}

static void write_actions(struct why *why, const struct rule *rule)
{
    for (uint32_t i = 0; i < rule->action_count; i++) {
        const struct action *action = &why->program->actions[rule->action_first + i];
        if (action->only_if != CODE_NONE) {
            (void)write_result(why, action->only_if);
            buf_add_format(why->out, "if of action %u, %s\n", i + 1,
                           vocab_actions[action->kind].text);
        }
    }
}

/* Did the rule fire when the visit was judged before? */
static bool had_fired(const struct why *why, const struct rule *rule)
{
    const struct decision_again *again = why->visit->again;
    for (uint32_t i = 0; again != NULL && i < again->kept->fired_count; i++) {
        if (again->kept->fired[i].index == (uint32_t)(rule - why->program->rules)) {
            return true;
        }
    }
    return false;
}

static const char *verdict(const struct why *why, const struct rule *rule, int64_t when, bool held)
{
    bool had = had_fired(why, rule);
    if (when == VALUE_UNKNOWN) {
        return had ? "would not fire any more, its condition is unknown"
                   : "does not fire, its condition is unknown";
    }
    if (when != 1 || held) {
        return had ? "would not fire any more" : when == 1 ? "is held back" : "does not fire";
    }
    if (why->overridden && !rule->absolute) {
        return "is silenced by an override";
    }
    return had ? "fires, as it did" : "fires";
}

static void write_rule(struct why *why, const struct rule *rule)
{
    struct buf detail = {0};
    struct buf *out = why->out;
    why->out = &detail;
    for (uint32_t i = 0; i < rule->condition_count; i++) {
        write_condition(why, &why->program->conditions[rule->condition_first + i]);
    }
    int64_t when = vm_run(&why->vm, rule->when);
    bool held = write_guards(why, rule);
    write_actions(why, rule);
    why->out = out;
    buf_add_text(out, "  ");
    buf_add_str(out, rule->name);
    if (rule->typology != TYPOLOGY_NONE) {
        buf_add_text(out, " of ");
        buf_add_str(out, why->program->typologies[rule->typology].name);
    }
    buf_add_format(out, ": %s\n", verdict(why, rule, when, held));
    buf_add_str(out, buf_str(&detail));
    buf_fini(&detail);
}

static bool is_asked(const struct decision_judgement *judgement, const struct rule *rule)
{
    const struct decision_visit *visit = judgement->visit;
    return (judgement->triggers >> rule->trigger & 1) != 0 && rule->page == visit->page->entity &&
           vocab_runs_at(rule->trigger, rule->leg, rule->page, visit->leg) &&
           (rule->trigger != TRIGGER_MARK ||
            judgement->program->marks[rule->mark].key == visit->event->mark_key) &&
           (rule->trigger != TRIGGER_TIMEOUT || rule->pattern == judgement->timeout);
}

void why_write_rules(struct buf *out, const struct decision_judgement *judgement)
{
    const struct decision_visit *visit = judgement->visit;
    const struct program *program = judgement->program;
    struct why why = {.out = out,
                      .visit = visit,
                      .program = program,
                      .overridden = judgement->overridden};
    vm_init(&why.vm, program);
    vm_begin(&why.vm, visit->page, visit->event, visit->hand, visit->leg, visit->judged_ms,
             visit->carried);
    if (visit->again != NULL) {
        vm_see_again(&why.vm, visit->again->kept);
    }
    if (judgement->timeout != CODE_NONE) {
        (void)pattern_ends(&why.vm, judgement->timeout, judgement->waited, why.vm.t);
    }
    for (size_t i = 0; i < program->rules_count; i++) {
        const struct rule *rule = &program->rules[i];
        if (is_asked(judgement, rule)) {
            write_rule(&why, rule);
        }
    }
    vm_fini(&why.vm);
}

/* ---- what was written ---- */

static void add_member(struct buf *out, const char *lead, struct str json, const char *name)
{
    struct str text = json_look_text(json, name);
    if (text.len > 0) {
        buf_add_text(out, lead);
        buf_add_str(out, text);
    }
}

static void add_subject(struct buf *out, struct str json)
{
    struct str subject = json_look(json, "subject");
    add_member(out, " at the page of ", subject, "kind");
    add_member(out, " ", subject, "mask");
}

void why_write_decision(struct buf *out, struct str json)
{
    struct str fired = json_look(json, "fired");
    struct str guarded = json_look(json, "guarded");
    struct str overridden = json_look(json, "overridden");
    struct str contradicted = json_look(json, "contradicted");
    struct str corrected = json_look(json, "corrected");
    struct str item;
    buf_add_text(out, "decision ");
    buf_add_str(out, json_look_text(json, "id"));
    add_member(out, "\n  ", json, "time");
    add_member(out, ", event ", json, "event");
    add_member(out, " as ", json, "role");
    add_subject(out, json);
    add_member(out, ", tier ", json, "tier");
    add_member(out, "\n  judged again because of ", json, "late");
    buf_add_char(out, '\n');
    while (json_look_next(&fired, &item)) {
        buf_add_text(out, "  fired ");
        buf_add_str(out, json_look_inside(item));
        buf_add_char(out, '\n');
    }
    while (json_look_next(&overridden, &item)) {
        buf_add_text(out, "  silenced by an override ");
        buf_add_str(out, json_look_inside(item));
        buf_add_char(out, '\n');
    }
    while (json_look_next(&contradicted, &item)) {
        buf_add_text(out, "  would not fire any more ");
        buf_add_str(out, json_look_inside(item));
        buf_add_char(out, '\n');
    }
    while (json_look_next(&corrected, &item)) {
        buf_add_text(out, "  a person's word is the tier of ");
        buf_add_str(out, json_look_inside(item));
        buf_add_char(out, '\n');
    }
    while (json_look_next(&guarded, &item)) {
        add_member(out, "  held back ", item, "rule");
        add_member(out, " by unless ", item, "unless");
        buf_add_char(out, '\n');
    }
}

static void write_reason(struct buf *out, struct str reason)
{
    struct str conditions = json_look(reason, "conditions");
    struct str condition;
    struct str points = json_look(reason, "points");
    add_member(out, "  rule ", reason, "rule");
    add_member(out, " at ", reason, "time");
    buf_add_format(out, ", %.*s points%s\n", (int)points.len, points.at,
                   json_look(reason, "contradicted").len > 0 ? ", would not fire any more" : "");
    while (json_look_next(&conditions, &condition)) {
        struct str result = json_look(condition, "result");
        bool unknown = str_eq_text(result, "null");
        result = unknown ? STR("unknown") : result;
        buf_add_format(out, "    %-8.*s ", (int)result.len, result.at);
        add_member(out, "", condition, "text");
        bool valued = json_look_text(condition, "value").len > 0;
        buf_add_text(out, unknown && !valued ? ": unknown" : "");
        add_member(out, ": ", condition, "value");
        add_member(out, ", ", condition, "threshold");
        buf_add_char(out, '\n');
    }
}

void why_write_warning(struct buf *out, struct str json)
{
    struct str reasons = json_look(json, "reasons");
    struct str reason;
    struct str score = json_look(json, "score");
    struct str corrections = json_look(json, "corrections");
    add_member(out, "warning ", json, "id");
    add_member(out, " of ", json, "typology");
    add_member(out, ", tier ", json, "tier");
    buf_add_format(out, ", %.*s points", (int)score.len, score.at);
    if (corrections.len > 0) {
        buf_add_format(out, ", corrections before: %.*s", (int)corrections.len, corrections.at);
    }
    add_member(out, "\n  ", json, "text");
    buf_add_char(out, '\n');
    while (json_look_next(&reasons, &reason)) {
        write_reason(out, reason);
    }
}
