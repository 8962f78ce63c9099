#include "engine/ingest/event.h"

#include "engine/base/digest.h"
#include "engine/base/must.h"

#include <stddef.h>
#include <string.h>

struct value_row {
    enum value_set set;
    const char *text;
};

static const struct value_row value_rows[] = {
#define VALUE(set, name, text) {VALUE_SET_##set, text},
#include "engine/ingest/event.def"
};

#define VALUE_ROW_COUNT (sizeof value_rows / sizeof value_rows[0])

uint8_t event_value_find(enum value_set set, struct str text)
{
    uint8_t value = 0;
    for (size_t i = 0; i < VALUE_ROW_COUNT; i++) {
        if (value_rows[i].set == set) {
            value++;
            if (str_eq_text(text, value_rows[i].text)) {
                return value;
            }
        }
    }
    return 0;
}

struct str event_value_text(enum value_set set, uint8_t value)
{
    uint8_t seen = 0;
    for (size_t i = 0; i < VALUE_ROW_COUNT; i++) {
        if (value_rows[i].set == set && ++seen == value) {
            return str_of(value_rows[i].text);
        }
    }
    return STR("");
}

uint8_t event_value_count(enum value_set set)
{
    uint8_t count = 0;
    for (size_t i = 0; i < VALUE_ROW_COUNT; i++) {
        count = (uint8_t)(count + (value_rows[i].set == set));
    }
    return count;
}

void event_clear(struct event *event)
{
    memset(event, 0, sizeof *event);
#define FIELD(type, name, value) event->name = (type)(value);
#include "engine/ingest/event.def"
}

struct str event_kind_text(uint8_t kind)
{
    must(kind < EVENT_KIND_COUNT);
    return str_of(kind_infos[kind].text);
}

struct str event_phase_text(uint8_t phase)
{
    static const char *const texts[PHASE_COUNT] = {"",          "start",  "end",     "record",
                                                   "initiated", "posted", "reversed"};
    must(phase < PHASE_COUNT);
    return str_of(texts[phase]);
}

const struct entity_info entity_infos[ENTITY_KIND_COUNT] = {
    [ENTITY_NONE] = {"entity", 0},
#define ENTITY(name, text, letter) [ENTITY_##name] = {text, letter},
#include "engine/ingest/event.def"
};

const struct leg_info leg_infos[LEG_COUNT] = {
#define LEG(name, text, party, is_person, kind) {text, PARTY_##party, is_person, ENTITY_##kind},
#include "engine/ingest/event.def"
};

const struct kind_info kind_infos[EVENT_KIND_COUNT] = {
    [EVENT_NONE] = {"", 0, 0, 0},
#define KIND(name, text, first, last, judged) {text, LEG_##first, LEG_##last, judged},
#include "engine/ingest/event.def"
};

int event_other_party(uint8_t kind, int leg)
{
    switch (leg_infos[leg].party) {
    case PARTY_FROM: return PARTY_TO;
    case PARTY_TO: return PARTY_FROM;
    default: return kind == EVENT_SMS ? PARTY_TO : PARTY_FROM;
    }
}

uint32_t event_thing_word(const struct token *token)
{
    uint32_t word;
    memcpy(&word, token->bytes, sizeof word);
    return word == 0 && !token_is_zero(token) ? 1 : word;
}

const struct token *event_leg_token(const struct event *event, int leg)
{
    const struct party *party = &event->party[leg_infos[leg].party];
    return leg_infos[leg].is_person ? &party->holder : &party->token;
}

uint8_t event_leg_kind(const struct event *event, int leg)
{
    return leg_infos[leg].is_person ? (uint8_t)ENTITY_PERSON
                                    : event->party[leg_infos[leg].party].entity;
}

/* Somebody is there; a person whom the record itself names is no second leg as holder. */
static bool leg_is_taken(const struct event *event, int leg)
{
    bool again =
        leg_infos[leg].is_person && event->party[leg_infos[leg].party].entity == ENTITY_PERSON;
    return !again && !token_is_zero(event_leg_token(event, leg));
}

bool event_has_leg(const struct event *event, int leg)
{
    must(event->kind < EVENT_KIND_COUNT);
    const struct kind_info *kind = &kind_infos[event->kind];
    return event->kind != EVENT_NONE && leg >= kind->first_leg && leg <= kind->last_leg &&
           leg_is_taken(event, leg);
}

int event_next_leg(const struct event *event, int after)
{
    must(event->kind < EVENT_KIND_COUNT);
    int leg = after < 0 ? kind_infos[event->kind].first_leg : after + 1;
    for (; event->kind != EVENT_NONE && leg <= kind_infos[event->kind].last_leg; leg++) {
        if (leg_is_taken(event, leg)) {
            return leg;
        }
    }
    return LEG_COUNT;
}

uint64_t name_key(struct str name)
{
    uint8_t full[DIGEST_BYTES];
    digest_sha256(full, name.at, name.len);
    uint64_t key;
    memcpy(&key, full, sizeof key);
    return key;
}

/* A frame's event: kind, phase, parties (presence bit each), a bit mask of the fields that differ
 * from their default, those fields, then the texts (length byte, bytes) that are not empty. */
enum {
#define FIELD(type, name, value) EVENT_BIT_##name,
#define TEXT(name, max) EVENT_BIT_##name,
#include "engine/ingest/event.def"
    EVENT_BIT_COUNT
};
_Static_assert(EVENT_BIT_COUNT < 64, "one word says which fields are there");
#define TEXT(name, max) _Static_assert((max) <= UINT8_MAX, "a text is led by a length byte");
#include "engine/ingest/event.def"

/* Everything there is, with a length byte for each text. */
#define EVENT_ENCODED_MAX (sizeof(struct event) + EVENT_BIT_COUNT + 16)

static uint8_t *put(uint8_t *at, const void *bytes, size_t count)
{
    memcpy(at, bytes, count);
    return at + count;
}

static uint8_t *party_encode(uint8_t *at, const struct party *p)
{
    at = put(at, p, offsetof(struct party, mask));
    at = put(at, p->mask, p->mask_len);
    return put(at, p->bank, p->bank_len);
}

/* A hidden caller is nobody, but its kind says that it was hidden. */
static bool party_says_something(const struct party *party)
{
    return party->entity != ENTITY_NONE || party->kind != 0;
}

void event_encode(struct buf *out, const struct event *event)
{
    uint64_t present = 0;
#define FIELD(type, name, value) \
    present |= (uint64_t)(event->name != (type)(value)) << EVENT_BIT_##name;
#define TEXT(name, max) present |= (uint64_t)(event->name##_len != 0) << EVENT_BIT_##name;
#include "engine/ingest/event.def"
    uint8_t head[3] = {event->kind, event->phase, 0};
    for (unsigned i = 0; i < PARTY_COUNT; i++) {
        head[2] = (uint8_t)(head[2] | party_says_something(&event->party[i]) << i);
    }
    buf_reserve(out, EVENT_ENCODED_MAX); /* once, not for each of some forty pieces */
    uint8_t *at = (uint8_t *)out->at + out->len;
    at = put(at, head, sizeof head);
    at = put(at, &present, sizeof present);
    for (unsigned i = 0; i < PARTY_COUNT; i++) {
        if (head[2] >> i & 1) {
            at = party_encode(at, &event->party[i]);
        }
    }
#define FIELD(type, name, value)                        \
    if (present >> EVENT_BIT_##name & 1) {              \
        at = put(at, &event->name, sizeof event->name); \
    }
#define TEXT(name, max)                               \
    if (present >> EVENT_BIT_##name & 1) {            \
        at = put(at, &event->name##_len, 1);          \
        at = put(at, event->name, event->name##_len); \
    }
#include "engine/ingest/event.def"
    out->len = (size_t)(at - (uint8_t *)out->at);
}

struct reader {
    const uint8_t *at;
    size_t left;
    bool bad;
};

/* Inlined, so that the fields, whose sizes are known, are moved and not copied by a call each. */
__attribute__((always_inline)) static inline void take(struct reader *r, void *to, size_t count)
{
    if (r->bad || r->left < count) {
        r->bad = true;
        return;
    }
    memcpy(to, r->at, count);
    r->at += count;
    r->left -= count;
}

static void take_text(struct reader *r, uint8_t *len, char *text, size_t max)
{
    take(r, len, 1);
    if (r->bad || *len > max) {
        r->bad = true;
        *len = 0;
        return;
    }
    take(r, text, *len);
}

static void party_decode(struct reader *r, struct party *p)
{
    take(r, p, offsetof(struct party, mask));
    if (r->bad || p->entity >= ENTITY_KIND_COUNT || p->mask_len > EVENT_MASK_MAX ||
        p->bank_len > EVENT_BANK_MAX) {
        r->bad = true;
        p->mask_len = 0;
        p->bank_len = 0;
        return;
    }
    take(r, p->mask, p->mask_len);
    take(r, p->bank, p->bank_len);
}

size_t event_decode(struct event *event, const uint8_t *bytes, size_t count)
{
    struct reader r = {bytes, count, false};
    uint8_t head[3] = {0};
    uint64_t present = 0;
    event_clear(event);
    take(&r, head, sizeof head);
    take(&r, &present, sizeof present);
    if (r.bad || head[0] >= EVENT_KIND_COUNT || head[1] >= PHASE_COUNT ||
        head[2] >> PARTY_COUNT != 0 || present >> EVENT_BIT_COUNT != 0) {
        return 0;
    }
    event->kind = head[0];
    event->phase = head[1];
    for (unsigned i = 0; i < PARTY_COUNT; i++) {
        if (head[2] >> i & 1) {
            party_decode(&r, &event->party[i]);
        }
    }
#define FIELD(type, name, value)                    \
    if (present >> EVENT_BIT_##name & 1) {          \
        take(&r, &event->name, sizeof event->name); \
    }
#define TEXT(name, max)                                      \
    if (present >> EVENT_BIT_##name & 1) {                   \
        take_text(&r, &event->name##_len, event->name, max); \
    }
#include "engine/ingest/event.def"
    return r.bad || event->began_kind >= EVENT_KIND_COUNT ? 0 : count - r.left;
}
