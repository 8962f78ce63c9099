/* vocab.h - enums and look-ups of the words in vocab.def.
 *
 * "caller.kind" is WORD_CALLER_KIND, a number kind, readable from a call in hand and from a call_in
 * record.
 *
 * Memory:  constants.
 * Threads: any.
 * Errors:  a name that is no word gives -1.
 */
#ifndef SLUICE_EVAL_VOCAB_H
#define SLUICE_EVAL_VOCAB_H

#include "engine/base/str.h"
#include "engine/ingest/event.h"
#include "engine/state/stream.h"

#include <stdbool.h>
#include <stdint.h>

enum unit {
#define UNIT(name, text) UNIT_##name,
#include "engine/eval/vocab.def"
    UNIT_TYPES
};
enum trigger {
#define TRIGGER(name, text, event) TRIGGER_##name,
#include "engine/eval/vocab.def"
    TRIGGER_COUNT
};
enum word {
#define WORD(name, text, unit, scopes) WORD_##name,
#include "engine/eval/vocab.def"
    WORD_COUNT
};
#define WORD_NONE WORD_COUNT
enum attribute {
#define ATTRIBUTE(name, text, unit, pages) ATTRIBUTE_##name,
#include "engine/eval/vocab.def"
    ATTRIBUTE_COUNT
};
enum aggregate_kind {
#define AGGREGATE(name, text, needs) AGGREGATE_##name,
#include "engine/eval/vocab.def"
    AGGREGATE_KINDS
};
enum advice_kind {
#define ADVICE(name, text) ADVICE_##name,
#include "engine/eval/vocab.def"
    ADVICE_COUNT
};
enum action_kind {
#define ACTION(name, text) ACTION_##name,
#include "engine/eval/vocab.def"
    ACTION_COUNT
};
enum channel_word {
#define CHANNEL_WORD(name, text) CHANNEL_WORD_##name,
#include "engine/eval/vocab.def"
    CHANNEL_WORD_COUNT
};
enum receiver {
#define RECEIVER(name, text) RECEIVER_##name,
#include "engine/eval/vocab.def"
    RECEIVER_COUNT
};
enum budget_per {
#define BUDGET_PER(name, text) BUDGET_PER_##name,
#include "engine/eval/vocab.def"
    BUDGET_PER_COUNT
};
enum budget_by {
#define BUDGET_BY(name, text) BUDGET_BY_##name,
#include "engine/eval/vocab.def"
    BUDGET_BY_COUNT
};
enum opcode {
#define OPCODE(name, pops, pushes) OP_##name,
#include "engine/eval/vocab.def"
    OP_COUNT
};

/* One row of any of the tables; unused columns are 0 or NULL. */
struct vocab_row {
    const char *text;  /* as written in rules and outputs */
    const char *where; /* scopes of a word, pages of a stream or attribute */
    uint8_t unit;      /* enum unit */
    uint8_t event;     /* enum event_kind */
    uint8_t needs;     /* aggregates: 0, 1, 2; opcodes: values popped */
    uint8_t pushes;    /* opcodes */
};

extern const struct vocab_row vocab_units[UNIT_TYPES];
extern const struct vocab_row vocab_tiers[TIER_LIMIT];
extern const struct vocab_row vocab_triggers[TRIGGER_COUNT];
extern const struct vocab_row vocab_streams[STREAM_COUNT];
extern const struct vocab_row vocab_words[WORD_COUNT];
extern const struct vocab_row vocab_attributes[ATTRIBUTE_COUNT];
extern const struct vocab_row vocab_aggregates[AGGREGATE_KINDS];
extern const struct vocab_row vocab_advice[ADVICE_COUNT];
extern const struct vocab_row vocab_actions[ACTION_COUNT];
extern const struct vocab_row vocab_channels[CHANNEL_WORD_COUNT];
extern const struct vocab_row vocab_receivers[RECEIVER_COUNT];
extern const struct vocab_row vocab_budget_per[BUDGET_PER_COUNT];
extern const struct vocab_row vocab_budget_by[BUDGET_BY_COUNT];
extern const struct vocab_row vocab_opcodes[OP_COUNT];

/* Index of the row with this text, or -1. */
int vocab_find(const struct vocab_row *rows, int count, struct str text);
/* Field of this text in the scope with that letter (several may have the text), or -1. */
int vocab_find_word(struct str text, char scope);
/* Does this entity kind own the stream or attribute ("np" holds n for numbers)? */
bool vocab_on_page(const struct vocab_row *row, uint8_t entity_kind);
/* May this word be read in the scope with that letter? */
bool vocab_in_scope(const struct vocab_row *row, char scope);
/* Scope letter of an event in hand ('c', 't', .., 0) and of a stream's records ('i', 'o', ..). */
char vocab_event_scope(uint8_t event_kind);
char vocab_stream_scope(uint8_t stream);
/* Does a rule of this trigger, at this leg and for this kind of page, run at another leg? One about
 * persons runs on a warning, an outcome or a time-out at the person it names, and at the holder of
 * what it names. */
bool vocab_runs_at(uint8_t trigger, uint8_t rule_leg, uint8_t page, int leg);
/* Set of values behind an enumerated unit (UNIT_CHANNEL -> VALUE_SET_CHANNEL), or -1; the words of
 * UNIT_TYPOLOGY are names of the pack. */
int vocab_value_set(uint8_t unit);
/* "number", "account", .. */
struct str vocab_entity_text(uint8_t entity_kind);
uint8_t vocab_entity_find(struct str text);

#endif
