#include "engine/eval/vocab.h"

#include "engine/base/must.h"

#include <string.h>

const struct vocab_row vocab_units[UNIT_TYPES] = {
#define UNIT(name, text_) {.text = text_},
#include "engine/eval/vocab.def"
};
const struct vocab_row vocab_tiers[TIER_LIMIT] = {
    {.text = "none"},
#define TIER(name, text_) {.text = text_},
#include "engine/ingest/event.def"
};
const struct vocab_row vocab_triggers[TRIGGER_COUNT] = {
#define TRIGGER(name, text_, event_) {.text = text_, .event = EVENT_##event_},
#include "engine/eval/vocab.def"
};
const struct vocab_row vocab_streams[STREAM_COUNT] = {
#define STREAM(name, text_, pages, event_, party, ends) \
    {.text = text_, .where = pages, .event = EVENT_##event_},
#include "engine/state/stream.def"
};
const struct vocab_row vocab_words[WORD_COUNT] = {
#define WORD(name, text_, unit_, scopes) {.text = text_, .where = scopes, .unit = UNIT_##unit_},
#include "engine/eval/vocab.def"
};
const struct vocab_row vocab_attributes[ATTRIBUTE_COUNT] = {
#define ATTRIBUTE(name, text_, unit_, pages) {.text = text_, .where = pages, .unit = UNIT_##unit_},
#include "engine/eval/vocab.def"
};
const struct vocab_row vocab_aggregates[AGGREGATE_KINDS] = {
#define AGGREGATE(name, text_, needs_) {.text = text_, .needs = needs_},
#include "engine/eval/vocab.def"
};
const struct vocab_row vocab_advice[ADVICE_COUNT] = {
#define ADVICE(name, text_) {.text = text_},
#include "engine/eval/vocab.def"
};
const struct vocab_row vocab_actions[ACTION_COUNT] = {
#define ACTION(name, text_) {.text = text_},
#include "engine/eval/vocab.def"
};
const struct vocab_row vocab_channels[CHANNEL_WORD_COUNT] = {
#define CHANNEL_WORD(name, text_) {.text = text_},
#include "engine/eval/vocab.def"
};
const struct vocab_row vocab_receivers[RECEIVER_COUNT] = {
#define RECEIVER(name, text_) {.text = text_},
#include "engine/eval/vocab.def"
};
const struct vocab_row vocab_budget_per[BUDGET_PER_COUNT] = {
#define BUDGET_PER(name, text_) {.text = text_},
#include "engine/eval/vocab.def"
};
const struct vocab_row vocab_budget_by[BUDGET_BY_COUNT] = {
#define BUDGET_BY(name, text_) {.text = text_},
#include "engine/eval/vocab.def"
};
const struct vocab_row vocab_opcodes[OP_COUNT] = {
#define OPCODE(name, pops, pushes_) {.text = #name, .needs = pops, .pushes = pushes_},
#include "engine/eval/vocab.def"
};

int vocab_find(const struct vocab_row *rows, int count, struct str text)
{
    for (int i = 0; i < count; i++) {
        if (str_eq_text(text, rows[i].text)) {
            return i;
        }
    }
    return -1;
}

bool vocab_on_page(const struct vocab_row *row, uint8_t entity_kind)
{
    must(entity_kind < ENTITY_KIND_COUNT);
    char letter = entity_infos[entity_kind].letter;
    return letter != 0 && strchr(row->where, letter) != NULL;
}

bool vocab_in_scope(const struct vocab_row *row, char scope)
{
    return scope != 0 && strchr(row->where, scope) != NULL;
}

int vocab_find_word(struct str text, char scope)
{
    for (int word = 0; word < WORD_COUNT; word++) {
        if (str_eq_text(text, vocab_words[word].text) &&
            vocab_in_scope(&vocab_words[word], scope)) {
            return word;
        }
    }
    return -1;
}

char vocab_event_scope(uint8_t event_kind)
{
    static const char letters[EVENT_KIND_COUNT] =
        {[EVENT_CALL] = 'c',    [EVENT_TRANSACTION] = 't', [EVENT_LISTING] = 'l',
         [EVENT_SMS] = 's',     [EVENT_LOGIN] = 'g',       [EVENT_CHANGE] = 'h',
         [EVENT_WARNING] = 'w', [EVENT_OUTCOME] = 'u',     [EVENT_BINDING] = 'b',
         [EVENT_NUMBER] = 'b',  [EVENT_ACCOUNT] = 'b',     [EVENT_PERSON] = 'b',
         [EVENT_MARK] = 'm',    [EVENT_TIMEOUT] = 'x'};
    must(event_kind < EVENT_KIND_COUNT);
    return letters[event_kind];
}

char vocab_stream_scope(uint8_t stream)
{
    static const char letters[STREAM_COUNT] =
        {[STREAM_CALL_IN] = 'i',     [STREAM_CALL_OUT] = 'o', [STREAM_PAYMENT_IN] = 'I',
         [STREAM_PAYMENT_OUT] = 'O', [STREAM_SMS_IN] = 'S',   [STREAM_SMS_OUT] = 'R',
         [STREAM_LOGIN] = 'G',       [STREAM_CHANGE] = 'H',   [STREAM_WARNING] = 'W',
         [STREAM_USE] = 'U',         [STREAM_LINK] = 'L'};
    must(stream < STREAM_COUNT);
    return letters[stream];
}

bool vocab_runs_at(uint8_t trigger, uint8_t rule_leg, uint8_t page, int leg)
{
    bool at_holder = rule_leg == LEG_ENTITY && page == ENTITY_PERSON &&
                     kind_infos[vocab_triggers[trigger].event].last_leg == LEG_HOLDER;
    return leg == rule_leg || (leg == LEG_HOLDER && at_holder);
}

int vocab_value_set(uint8_t unit)
{
    switch (unit) {
    case UNIT_NUMBER_KIND: return VALUE_SET_NUMBER_KIND;
    case UNIT_ACCOUNT_KIND: return VALUE_SET_ACCOUNT_KIND;
    case UNIT_ACCOUNT_CLASS: return VALUE_SET_ACCOUNT_CLASS;
    case UNIT_CHANNEL: return VALUE_SET_CHANNEL;
    case UNIT_PURPOSE: return VALUE_SET_PURPOSE;
    case UNIT_ARRIVAL: return VALUE_SET_ARRIVAL;
    case UNIT_LOGIN_WHAT: return VALUE_SET_LOGIN_WHAT;
    case UNIT_CHANGE_WHAT: return VALUE_SET_CHANGE_WHAT;
    case UNIT_TIER: return VALUE_SET_TIER;
    case UNIT_ORIGIN: return VALUE_SET_ORIGIN;
    case UNIT_RESULT: return VALUE_SET_RESULT;
    case UNIT_CALL_CAUSE: return VALUE_SET_CALL_CAUSE;
    case UNIT_USE_WHAT: return VALUE_SET_USE_WHAT;
    default: return -1;
    }
}

struct str vocab_entity_text(uint8_t entity_kind)
{
    must(entity_kind < ENTITY_KIND_COUNT);
    return str_of(entity_kind == ENTITY_NONE ? "" : entity_infos[entity_kind].text);
}

uint8_t vocab_entity_find(struct str text)
{
    for (uint8_t kind = ENTITY_NUMBER; kind < ENTITY_KIND_COUNT; kind++) {
        if (str_eq_text(text, entity_infos[kind].text)) {
            return kind;
        }
    }
    return ENTITY_NONE;
}
