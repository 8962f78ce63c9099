/* test_program_table.c - the verifier refuses each way of breaking what is carried, rules, actions
 * and typologies. */
#include "tests/unit/broken_program.h"
#include "tests/unit/row_tests.h"
#include "tests/unit/small_pack.h"

static void carry_event(struct program *p)
{
    p->carries[0].event = EVENT_KIND_COUNT;
}
static void carry_leg(struct program *p)
{
    p->carries[0].leg = LEG_COUNT;
}
static void carry_slot(struct program *p)
{
    p->carries[0].slot = PROGRAM_CARRIED_MAX;
}
static void carry_source(struct program *p)
{
    p->carries[0].source = CARRY_MEMBER + 1;
}
static void carry_pair(struct program *p)
{
    p->carries[0].pair = PROGRAM_MEMBER_PAIRS_MAX;
}
static void carry_index(struct program *p)
{
    p->carries[0].index = 1;
}
static void carry_attribute(struct program *p)
{
    p->carries[0].source = CARRY_ATTRIBUTE;
    p->carries[0].index = ATTRIBUTE_COUNT;
}
static void carry_list(struct program *p)
{
    p->carries[0].source = CARRY_MEMBER;
    p->carries[0].index = -1;
}
static void rule_leg(struct program *p)
{
    p->rules[0].leg = LEG_COUNT;
}
static void rule_page(struct program *p)
{
    p->rules[0].page = ENTITY_KIND_COUNT;
}
static void rule_trigger(struct program *p)
{
    p->rules[0].trigger = TRIGGER_COUNT;
}
static void rule_typology(struct program *p)
{
    p->rules[0].typology = 1;
}
static void rule_typology_below(struct program *p)
{
    p->rules[0].typology = TYPOLOGY_NONE - 1;
}
static void rule_guards(struct program *p)
{
    p->rules[0].guard_count = 2;
}
static void rule_conditions(struct program *p)
{
    p->rules[0].condition_first = UINT32_MAX;
}
static void rule_actions(struct program *p)
{
    p->rules[0].action_count++;
}
static void guard_code(struct program *p)
{
    p->guards[0].code = CODE_NONE;
}
static void condition_code(struct program *p)
{
    p->conditions[0].whole = CODE_NONE;
}
static void condition_value(struct program *p)
{
    p->conditions[0].value = CODE_NONE - 1;
}
static void condition_threshold(struct program *p)
{
    p->conditions[0].threshold = CODE_NONE - 1;
}
static void action_kind(struct program *p)
{
    p->actions[0].kind = ACTION_COUNT;
}
static void action_target(struct program *p)
{
    p->actions[0].target = LEG_COUNT;
}
static void action_points(struct program *p)
{
    p->actions[0].code = CODE_NONE;
}
static void action_if(struct program *p)
{
    p->actions[0].only_if = CODE_NONE - 1;
}
static void action_tier(struct program *p)
{
    p->actions[1].what = TIER_LIMIT;
}
static void action_advice(struct program *p)
{
    p->actions[1].kind = ACTION_ADVISE;
    p->actions[1].what = ADVICE_COUNT;
}
static void action_channel(struct program *p)
{
    p->actions[1].kind = ACTION_REACH;
    p->actions[1].what = CHANNEL_WORD_COUNT;
}
static void action_ends_before(struct program *p)
{
    p->actions[0].span_ms = -1;
}
static void action_never_ends(struct program *p)
{
    p->actions[0].span_ms = PROGRAM_SPAN_MS_LIMIT;
}
static void typology_page(struct program *p)
{
    p->typologies[0].page = ENTITY_KIND_COUNT;
}
static void typology_closes_before(struct program *p)
{
    p->typologies[0].closes_ms = -1;
}
static void typology_never_closes(struct program *p)
{
    p->typologies[0].closes_ms = INT64_MAX;
}
static void say_pieces(struct program *p)
{
    p->actions[2].say_count = 3;
}
static void say_code(struct program *p)
{
    p->say_pieces[1].code = CODE_NONE - 1;
}

static const struct broken_row rows[] = {
    {"the program itself is whole", broken_not, NULL},
    {"carried by no event", carry_event, "carried value 0"},
    {"carried from no leg", carry_leg, "carried value 0"},
    {"carried in no slot", carry_slot, "carried value 0"},
    {"carried from no source", carry_source, "carried value 0"},
    {"carried in no pair", carry_pair, "carried value 0"},
    {"no such feature is carried", carry_index, "carried value 0"},
    {"no such attribute is carried", carry_attribute, "carried value 0"},
    {"no such list is carried", carry_list, "carried value 0"},
    {"a rule of no leg", rule_leg, "rule big leaves"},
    {"a rule on no page", rule_page, "rule big leaves"},
    {"a rule of no trigger", rule_trigger, "rule big leaves"},
    {"a rule of no typology that exists", rule_typology, "rule big leaves"},
    {"a rule of a typology below none", rule_typology_below, "rule big leaves"},
    {"a guard too many", rule_guards, "rule big leaves"},
    {"conditions from nowhere", rule_conditions, "rule big leaves"},
    {"an action too many", rule_actions, "rule big leaves"},
    {"a guard without code", guard_code, "has no end"},
    {"a condition without code", condition_code, "has no end"},
    {"a condition with a wrong left side", condition_value, "has no end"},
    {"a condition with a wrong right side", condition_threshold, "has no end"},
    {"an action of no kind", action_kind, "an action of big"},
    {"an action at no leg", action_target, "an action of big"},
    {"a score without points", action_points, "has no end"},
    {"an action with a wrong if", action_if, "has no end"},
    {"a raise to no tier", action_tier, "an action of big"},
    {"advice of no kind", action_advice, "an action of big"},
    {"a channel that is none", action_channel, "an action of big"},
    {"points that end before they begin", action_ends_before, "an action of big"},
    {"points that end after all time", action_never_ends, "an action of big"},
    {"a typology of no page", typology_page, "typology mule"},
    {"a typology that closes before it opens", typology_closes_before, "typology mule"},
    {"a typology that closes after all time", typology_never_closes, "typology mule"},
    {"a text with a piece too many", say_pieces, "an action of big"},
    {"a text with a wrong value", say_code, "has no end"},
};

static void check_row(int row)
{
    broken_check(broken_program(), &rows[row]);
}

int main(void)
{
    return rows_run("program_table", check_row, BROKEN_ROWS(rows));
}
