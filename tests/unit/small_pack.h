/* small_pack.h - programs made by hand, for tests of what runs them.
 *
 *     struct program *p = program_new();
 *     int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
 *     pack_rule(p, "big", mule, LEG_PAYEE, TRIGGER_TRANSACTION, pack_word(p, WORD_AMOUNT, OP_GE,
 * 100)); pack_score(p, 40, HOUR); pack_ready(p);
 *
 * Memory:  the program is freed with program_free.
 * Threads: one.
 * Errors:  a program that does not verify ends the test with the reason on stderr.
 */
#ifndef SLUICE_TESTS_SMALL_PACK_H
#define SLUICE_TESTS_SMALL_PACK_H

#include "engine/eval/program.h"

#include <stdint.h>

#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* An instruction with its operand; a constant of the program, as an operand. */
struct insn pack_insn(int op, int64_t c);
int32_t pack_const(struct program *p, int64_t value);
/* A run of instructions; the last one must be END. Returns where it begins. */
uint32_t pack_code(struct program *p, const struct insn *insns, int count);
uint32_t pack_value(struct program *p, int64_t value);
uint32_t pack_yes(struct program *p);
/* word op value, of the event in hand */
uint32_t pack_word(struct program *p, int word, int op, int64_t value);
/* a word of the event alone */
uint32_t pack_of_word(struct program *p, int word);
/* aggregate over a window, alone or compared; where: CODE_NONE for all records */
uint32_t pack_of_window(struct program *p, int aggregate, int stream, int word, int64_t span_ms,
                        uint32_t where);
uint32_t pack_window(struct program *p, int aggregate, int stream, int word, int64_t span_ms,
                     uint32_t where, int op, int64_t value);
/* in a where: field op value */
uint32_t pack_record(struct program *p, int word, int op, int64_t value);
/* carried value op value; membership pair of a slot; membership of the subject */
uint32_t pack_carried(struct program *p, int slot, int op, int64_t value);
uint32_t pack_carried_member(struct program *p, int slot, int pair);
uint32_t pack_member(struct program *p, uint32_t list);

/* Thresholds of low, medium, high, urgent; closes after 72 h. */
int32_t pack_typology(struct program *p, const char *name, int page, int low, int medium, int high,
                      int urgent);
uint32_t pack_list(struct program *p, const char *name, int entity);
uint32_t pack_feature(struct program *p, const char *name, int page, uint32_t code);
void pack_carry(struct program *p, int event, int leg, int slot, int source, int pair,
                uint32_t index);
/* Guards, conditions and actions go to the rule added last. */
struct rule *pack_rule(struct program *p, const char *name, int32_t typology, int leg, int trigger,
                       uint32_t when);
void pack_unless(struct program *p, const char *text, uint32_t code);
void pack_condition(struct program *p, const char *text, uint32_t whole, uint32_t value,
                    uint32_t threshold, int unit);
struct action *pack_action(struct program *p, int kind, int target, int64_t span_ms);
void pack_score(struct program *p, int points, int64_t span_ms);
/* A rule of accounts: four units without a payment behind one give 10 points for seven. */
void pack_lull(struct program *p, int32_t typology, int64_t unit_ms);
/* A text, a value in it (CODE_NONE: none) and its unit. */
void pack_say(struct program *p, const char *text, uint32_t code, int unit);
/* Visits every leg, names itself by `name`, verifies. */
struct program *pack_ready(struct program *p, const char *name);

#endif
