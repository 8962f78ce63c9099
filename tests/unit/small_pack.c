#include "tests/unit/small_pack.h"

#include "engine/base/digest.h"
#include "engine/base/must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t pack_code(struct program *p, const struct insn *insns, int count)
{
    uint32_t first = (uint32_t)p->code_count;
    for (int i = 0; i < count; i++) {
        uint32_t at = program_add_code(p);
        p->code[at] = insns[i];
    }
    return first;
}

#define CODE(p, ...)                                 \
    pack_code(p, (const struct insn[]){__VA_ARGS__}, \
              (int)(sizeof((const struct insn[]){__VA_ARGS__}) / sizeof(struct insn)))

struct insn pack_insn(int op, int64_t c)
{
    return (struct insn){.op = (uint8_t)op, .c = (int32_t)c};
}

int32_t pack_const(struct program *p, int64_t value)
{
    uint32_t at = program_add_consts(p);
    p->consts[at] = value;
    return (int32_t)at;
}

uint32_t pack_value(struct program *p, int64_t value)
{
    int32_t at = pack_const(p, value);
    return CODE(p, pack_insn(OP_CONST, at), pack_insn(OP_END, 0));
}

uint32_t pack_yes(struct program *p)
{
    return pack_value(p, 1);
}

static uint32_t compared(struct program *p, int load, int64_t operand, int op, int64_t value)
{
    int32_t at = pack_const(p, value);
    return CODE(p, pack_insn(load, operand), pack_insn(OP_CONST, at), pack_insn(op, 0),
                pack_insn(OP_END, 0));
}

uint32_t pack_word(struct program *p, int word, int op, int64_t value)
{
    return compared(p, OP_WORD, word, op, value);
}

uint32_t pack_of_word(struct program *p, int word)
{
    return CODE(p, pack_insn(OP_WORD, word), pack_insn(OP_END, 0));
}

uint32_t pack_record(struct program *p, int word, int op, int64_t value)
{
    return compared(p, OP_RECORD, word, op, value);
}

uint32_t pack_carried(struct program *p, int slot, int op, int64_t value)
{
    return compared(p, OP_CARRIED, slot, op, value);
}

uint32_t pack_carried_member(struct program *p, int slot, int pair)
{
    return CODE(p, pack_insn(OP_CARRIED_MEMBER, slot << 8 | pair), pack_insn(OP_END, 0));
}

uint32_t pack_member(struct program *p, uint32_t list)
{
    return CODE(p, pack_insn(OP_MEMBER, list), pack_insn(OP_END, 0));
}

static uint32_t aggregate(struct program *p, int kind, int stream, int word, int64_t span_ms,
                          uint32_t where)
{
    uint32_t at = program_add_aggregates(p);
    p->aggregates[at] = (struct aggregate){.kind = (uint8_t)kind,
                                           .stream = (uint8_t)stream,
                                           .word = (uint8_t)word,
                                           .span = SPAN_MS,
                                           .span_ms = span_ms,
                                           .where = where};
    return at;
}

uint32_t pack_of_window(struct program *p, int kind, int stream, int word, int64_t span_ms,
                        uint32_t where)
{
    uint32_t at = aggregate(p, kind, stream, word, span_ms, where);
    return CODE(p, pack_insn(OP_AGGREGATE, at), pack_insn(OP_END, 0));
}

uint32_t pack_window(struct program *p, int kind, int stream, int word, int64_t span_ms,
                     uint32_t where, int op, int64_t value)
{
    uint32_t at = aggregate(p, kind, stream, word, span_ms, where);
    return compared(p, OP_AGGREGATE, at, op, value);
}

int32_t pack_typology(struct program *p, const char *name, int page, int low, int medium, int high,
                      int urgent)
{
    uint32_t at = program_add_typologies(p);
    struct typology *t = &p->typologies[at];
    t->name = program_text(p, str_of(name));
    t->key = name_key(t->name);
    t->page = (uint8_t)page;
    t->tier_points[TIER_NONE] = -1;
    t->tier_points[TIER_LOW] = low;
    t->tier_points[TIER_MEDIUM] = medium;
    t->tier_points[TIER_HIGH] = high;
    t->tier_points[TIER_URGENT] = urgent;
    t->closes_ms = 72 * HOUR;
    return (int32_t)at;
}

uint32_t pack_list(struct program *p, const char *name, int entity)
{
    uint32_t at = program_add_lists(p);
    p->lists[at].name = program_text(p, str_of(name));
    p->lists[at].key = name_key(p->lists[at].name);
    p->lists[at].entity = (uint8_t)entity;
    return at;
}

uint32_t pack_feature(struct program *p, const char *name, int page, uint32_t code)
{
    uint32_t at = program_add_features(p);
    p->features[at].name = program_text(p, str_of(name));
    p->features[at].page = (uint8_t)page;
    p->features[at].unit = UNIT_COUNT;
    p->features[at].code = code;
    return at;
}

void pack_carry(struct program *p, int event, int leg, int slot, int source, int pair,
                uint32_t index)
{
    uint32_t at = program_add_carries(p);
    p->carries[at] = (struct carry){(uint8_t)event,  (uint8_t)leg,  (uint8_t)slot,
                                    (uint8_t)source, (uint8_t)pair, (int32_t)index};
}

/* Of a leg that may be either, the page of an account. */
static uint8_t page_of_leg(int leg)
{
    uint8_t entity = leg_infos[leg].entity;
    return entity == ENTITY_NONE ? (uint8_t)ENTITY_ACCOUNT : entity;
}

struct rule *pack_rule(struct program *p, const char *name, int32_t typology, int leg, int trigger,
                       uint32_t when)
{
    uint32_t at = program_add_rules(p);
    struct rule *rule = &p->rules[at];
    rule->name = program_text(p, str_of(name));
    rule->title = STR("");
    rule->key = name_key(rule->name);
    rule->typology = typology;
    rule->leg = (uint8_t)leg;
    rule->page = page_of_leg(leg);
    rule->trigger = (uint8_t)trigger;
    rule->when = when;
    rule->guard_first = (uint32_t)p->guards_count;
    rule->condition_first = (uint32_t)p->conditions_count;
    rule->action_first = (uint32_t)p->actions_count;
    return rule;
}

static struct rule *last_rule(struct program *p)
{
    must(p->rules_count > 0);
    return &p->rules[p->rules_count - 1];
}

void pack_unless(struct program *p, const char *text, uint32_t code)
{
    uint32_t at = program_add_guards(p);
    p->guards[at].text = program_text(p, str_of(text));
    p->guards[at].source = STR("its source");
    p->guards[at].code = code;
    last_rule(p)->guard_count++;
}

void pack_condition(struct program *p, const char *text, uint32_t whole, uint32_t value,
                    uint32_t threshold, int unit)
{
    uint32_t at = program_add_conditions(p);
    p->conditions[at] = (struct condition){.text = program_text(p, str_of(text)),
                                           .whole = whole,
                                           .value = value,
                                           .threshold = threshold,
                                           .threshold_text = STR(""),
                                           .unit = (uint8_t)unit};
    last_rule(p)->condition_count++;
}

struct action *pack_action(struct program *p, int kind, int target, int64_t span_ms)
{
    uint32_t at = program_add_actions(p);
    p->actions[at] = (struct action){.kind = (uint8_t)kind,
                                     .target = (uint8_t)target,
                                     .code = CODE_NONE,
                                     .only_if = CODE_NONE,
                                     .span_ms = span_ms};
    last_rule(p)->action_count++;
    return &p->actions[at];
}

void pack_score(struct program *p, int points, int64_t span_ms)
{
    uint32_t code = pack_value(p, points);
    pack_action(p, ACTION_SCORE, LEG_CALLER, span_ms)->code = code;
}

void pack_say(struct program *p, const char *text, uint32_t code, int unit)
{
    uint32_t first = program_add_say_pieces(p);
    p->say_pieces[first].text = program_text(p, str_of(text));
    p->say_pieces[first].code = CODE_NONE;
    struct action *action = pack_action(p, ACTION_SAY, LEG_CALLER, 0);
    action->say_first = first;
    action->say_count = 1;
    if (code != CODE_NONE) {
        uint32_t second = program_add_say_pieces(p);
        p->say_pieces[second].code = code;
        p->say_pieces[second].unit = (uint8_t)unit;
        action->say_count = 2;
    }
}

void pack_lull(struct program *p, int32_t typology, int64_t unit_ms)
{
    uint32_t step = program_add_pattern_steps(p);
    p->pattern_steps[step] = (struct pattern_step){.stream = STREAM_PAYMENT_IN, .where = CODE_NONE};
    uint32_t pattern = program_add_patterns(p);
    p->patterns[pattern] = (struct pattern){.name = STR("lull"),
                                            .key = name_key(STR("lull")),
                                            .page = ENTITY_ACCOUNT,
                                            .within_ms = HOUR,
                                            .step_count = 1,
                                            .absence_ms = 4 * unit_ms,
                                            .absence_stream = STREAM_PAYMENT_IN,
                                            .absence_where = CODE_NONE};
    pack_rule(p, "nothing more", typology, LEG_ENTITY, TRIGGER_TIMEOUT, pack_yes(p))->page =
        ENTITY_ACCOUNT;
    pack_score(p, 10, 7 * unit_ms);
}

struct program *pack_ready(struct program *p, const char *name)
{
    struct err err;
    digest_sha256(p->hash, name, strlen(name));
    hex_encode(p->hash_hex, p->hash, sizeof p->hash);
    memset(p->visits, 1, sizeof p->visits);
    if (program_verify(p, &err) != 0) {
        (void)fprintf(stderr, "small pack %s: %s\n", name, err.text);
        abort();
    }
    return p;
}
