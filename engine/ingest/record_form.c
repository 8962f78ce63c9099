#include "engine/ingest/record_form.h"

#include "engine/base/caltime.h"
#include "engine/base/must.h"
#include "engine/ingest/identity.h"

#include <stdio.h>
#include <string.h>

#define MOMENT_MIN_MS INT64_C(-2208988800000) /* 1900-01-01T00:00:00Z */

static void *destination(const struct record_reading *r)
{
    return (char *)r->out + r->row->offset;
}

static int refuse(const struct record_reading *r, enum refusal_reason reason, const char *what)
{
    const struct record_member *m = r->row;
    return refusal_set(r->why, reason, "%s%s%s: %s", m->object.at, m->object.len > 0 ? "." : "",
                       m->name.at, what);
}

static int refuse_type(const struct record_reading *r, const char *wanted)
{
    char what[64];
    (void)snprintf(what, sizeof what, "%s where %s should be", json_type_text(r->value->type),
                   wanted);
    return refuse(r, REFUSAL_WRONG_TYPE, what);
}

static bool has_control(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.at[i] < ' ' || text.at[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

static int read_text(const struct record_reading *r, size_t max)
{
    if (r->value->type != JSON_TEXT) {
        return refuse_type(r, "text");
    }
    if (r->value->value.len == 0 || r->value->value.len > max) {
        char what[64];
        (void)snprintf(what, sizeof what, "%zu bytes, not 1 to %zu", r->value->value.len, max);
        return refuse(r, REFUSAL_BAD_IDENTIFIER, what);
    }
    if (has_control(r->value->value)) {
        return refuse(r, REFUSAL_BAD_IDENTIFIER, "a control character");
    }
    memcpy(destination(r), &r->value->value, sizeof r->value->value);
    return 0;
}

/* Characters of a text that is UTF-8: the bytes that do not continue one. */
static size_t count_characters(struct str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += ((unsigned char)text.at[i] & 0xc0) != 0x80;
    }
    return count;
}

static int read_name(const struct record_reading *r)
{
    if (read_text(r, EVENT_ID_BYTES) != 0) {
        return -1;
    }
    size_t count = count_characters(r->value->value);
    if (count > r->row->argument) {
        char what[64];
        (void)snprintf(what, sizeof what, "%zu characters, not 1 to %u", count,
                       (unsigned)r->row->argument);
        return refuse(r, REFUSAL_BAD_IDENTIFIER, what);
    }
    return 0;
}

/* Texts of entities are checked when they are normalised; 128 bytes leave room for blanks and
 * dashes. */
static int read_entity(const struct record_reading *r)
{
    return read_text(r, 128);
}

static int read_caller(const struct record_reading *r)
{
    if (r->value->type == JSON_TEXT && str_eq(r->value->value, STR("anonymous"))) {
        return 0;
    }
    return read_entity(r);
}

/* The record is good without it: whoever sends "" for what is not known loses no call. */
static int read_thing(const struct record_reading *r)
{
    if (r->value->type != JSON_TEXT && r->value->type != JSON_NUMBER) {
        return refuse_type(r, "text");
    }
    if (!identity_is_thing(r->value->value)) {
        r->out->unknown_value_count++;
        return 0;
    }
    memcpy(destination(r), &r->value->value, sizeof r->value->value);
    return 0;
}

static int read_named(const struct record_reading *r)
{
    if (read_entity(r) != 0) {
        return -1;
    }
    struct str *entity = destination(r);
    for (uint8_t kind = ENTITY_NONE + 1; kind < ENTITY_KIND_COUNT; kind++) {
        struct str prefix = str_of(entity_infos[kind].text);
        if (str_starts(*entity, prefix) && entity->len > prefix.len &&
            entity->at[prefix.len] == ':') {
            entity->at += prefix.len + 1;
            entity->len -= prefix.len + 1;
            r->out->entity_kind[r->row->argument] = kind;
            return 0;
        }
    }
    return refuse(r, REFUSAL_BAD_IDENTIFIER,
                  "does not begin with number:, account:, person:, device: or domain:");
}

#define INTEGER_LARGE INT64_C(1000000000000000)
_Static_assert(INTEGER_LARGE > CALTIME_MAX_MS && INTEGER_LARGE > RECORD_DURATION_MS_MAX,
               "what is not read to its end lies outside every bound");

/* A JSON number without fraction and exponent. Of very many digits only so many are read that it is
 * past INTEGER_LARGE. */
static bool integer_of(struct str text, int64_t *out)
{
    bool is_negative = text.len > 0 && text.at[0] == '-';
    int64_t size = 0;
    for (size_t at = is_negative; at < text.len; at++) {
        if (text.at[at] < '0' || text.at[at] > '9') {
            return false;
        }
        size = size < INTEGER_LARGE ? size * 10 + (text.at[at] - '0') : size;
    }
    *out = is_negative ? -size : size;
    return text.len > is_negative;
}

static int read_time(const struct record_reading *r, bool is_moment)
{
    int64_t time_ms = 0;
    bool ok = false;
    if (r->value->type == JSON_NUMBER) {
        ok = integer_of(r->value->value, &time_ms);
    } else if (r->value->type == JSON_TEXT) {
        ok = caltime_parse(&time_ms, r->value->value) ||
             (is_moment && caltime_parse_date(&time_ms, r->value->value, CALTIME_ZONE_MS));
    } else {
        return refuse_type(r, "a time");
    }
    if (!ok) {
        return refuse(r, REFUSAL_BAD_TIME,
                      is_moment ? "neither RFC 3339 with offset nor a date nor epoch milliseconds"
                                : "neither RFC 3339 with offset nor epoch milliseconds");
    }
    if (time_ms < (is_moment ? MOMENT_MIN_MS : CALTIME_MIN_MS) || time_ms > CALTIME_MAX_MS) {
        return refuse(r, REFUSAL_BAD_TIME,
                      is_moment ? "before 1900 or after 9999" : "before 2000 or after 9999");
    }
    memcpy(destination(r), &time_ms, sizeof time_ms);
    return 0;
}

static int read_money(const struct record_reading *r)
{
    if (r->value->type != JSON_TEXT && r->value->type != JSON_NUMBER) {
        return refuse_type(r, "an amount");
    }
    struct str text = r->value->value;
    int64_t minor = 0;
    size_t at = 0;
    size_t decimals = 0;
    for (; at < text.len && text.at[at] >= '0' && text.at[at] <= '9' &&
           minor <= RECORD_AMOUNT_MINOR_MAX;
         at++) {
        minor = minor * 10 + (text.at[at] - '0');
    }
    size_t whole = at;
    if (whole > 0 && at < text.len && text.at[at] == '.') {
        for (at++; at < text.len && text.at[at] >= '0' && text.at[at] <= '9' && decimals < 3;
             at++) {
            minor = decimals < 2 ? minor * 10 + (text.at[at] - '0') : minor;
            decimals++;
        }
        whole = decimals > 0 ? whole : 0;
    }
    for (size_t i = decimals; i < 2; i++) {
        minor *= 10;
    }
    if (text.len > 0 && text.at[0] == '-') {
        return refuse(r, REFUSAL_BAD_AMOUNT, "negative");
    }
    if (minor > RECORD_AMOUNT_MINOR_MAX) {
        return refuse(r, REFUSAL_BAD_AMOUNT, "more than 10^15 minor units");
    }
    if (decimals > 2) {
        return refuse(r, REFUSAL_BAD_AMOUNT, "more than two decimals");
    }
    if (whole == 0 || at < text.len) {
        return refuse(r, REFUSAL_BAD_AMOUNT, "not digits with at most two decimals");
    }
    memcpy(destination(r), &minor, sizeof minor);
    return 0;
}

static int read_currency(const struct record_reading *r)
{
    if (r->value->type != JSON_TEXT) {
        return refuse_type(r, "text");
    }
    struct str text = r->value->value;
    bool ok = text.len == 3;
    for (size_t i = 0; ok && i < 3; i++) {
        ok = text.at[i] >= 'A' && text.at[i] <= 'Z';
    }
    if (!ok) {
        return refuse(r, REFUSAL_UNKNOWN_CURRENCY, "not three capital letters");
    }
    memcpy(destination(r), &text, sizeof text);
    return 0;
}

static int read_duration(const struct record_reading *r, int64_t unit_ms)
{
    int64_t count = 0;
    if (r->value->type != JSON_NUMBER) {
        return refuse_type(r, "a whole number");
    }
    if (!integer_of(r->value->value, &count) || count < 0 ||
        count > RECORD_DURATION_MS_MAX / unit_ms) {
        return refuse(r, REFUSAL_BAD_TIME, "not a whole number up to 7 days");
    }
    count *= unit_ms;
    memcpy(destination(r), &count, sizeof count);
    return 0;
}

static bool region_of(struct str text, uint32_t *code)
{
    if (text.len < 6 || (text.len > 6 && text.at[6] != '/') || text.len > 24 || has_control(text)) {
        return false;
    }
    int64_t value = 0;
    bool ok = integer_of((struct str){text.at, 6}, &value) && value > 0;
    *code = (uint32_t)value;
    return ok;
}

static int read_region(const struct record_reading *r)
{
    uint32_t code = 0;
    if (r->value->type != JSON_TEXT) {
        return refuse_type(r, "text");
    }
    if (!region_of(r->value->value, &code)) {
        r->out->unknown_value_count++;
        return 0;
    }
    r->out->region = code;
    r->out->region_text = r->value->value;
    return 0;
}

static int read_truth(const struct record_reading *r)
{
    if (r->value->type != JSON_TRUE && r->value->type != JSON_FALSE) {
        return refuse_type(r, "true or false");
    }
    *(uint8_t *)destination(r) = r->value->type == JSON_TRUE ? TRUTH_YES : TRUTH_NO;
    return 0;
}

static int read_value(const struct record_reading *r)
{
    if (r->value->type != JSON_TEXT) {
        return refuse_type(r, "text");
    }
    uint8_t value = event_value_find((enum value_set)r->row->argument, r->value->value);
    r->out->unknown_value_count += value == 0 && !str_eq(r->value->value, STR("unknown"));
    *(uint8_t *)destination(r) = value;
    return 0;
}

static int read_word(const struct record_reading *r)
{
    if (r->value->type != JSON_TEXT) {
        return refuse_type(r, "text");
    }
    uint8_t value = event_value_find((enum value_set)r->row->argument, r->value->value);
    if (value == 0) {
        return refuse(r, REFUSAL_UNKNOWN_VALUE, "no word that it can be");
    }
    *(uint8_t *)destination(r) = value;
    return 0;
}

static int read_phase(const struct record_reading *r)
{
    if (r->value->type != JSON_TEXT) {
        return refuse_type(r, "text");
    }
    for (uint8_t phase = PHASE_NONE + 1; phase < PHASE_COUNT; phase++) {
        if ((r->row->argument >> phase & 1) != 0 &&
            str_eq(r->value->value, event_phase_text(phase))) {
            r->out->phase = phase;
            return 0;
        }
    }
    return refuse(r, REFUSAL_UNKNOWN_VALUE, "no phase of this type of record");
}

static int read_action(const struct record_reading *r)
{
    if (r->value->type != JSON_TEXT) {
        return refuse_type(r, "text");
    }
    r->out->list_removes = str_eq(r->value->value, STR("remove"));
    if (r->out->list_removes || str_eq(r->value->value, STR("add"))) {
        return 0;
    }
    return refuse(r, REFUSAL_UNKNOWN_VALUE, "neither add nor remove");
}

static int read_year(const struct record_reading *r)
{
    int64_t year = 0;
    if (r->value->type != JSON_NUMBER || !integer_of(r->value->value, &year)) {
        return refuse_type(r, "a whole number");
    }
    if (year < 1900 || year > 2100) {
        r->out->unknown_value_count++;
        return 0;
    }
    r->out->birth_year = year;
    return 0;
}

static int read_id(const struct record_reading *r)
{
    if (r->value->type != JSON_TEXT) {
        return refuse_type(r, "text");
    }
    struct str text = r->value->value;
    if (!hex_decode(destination(r), TOKEN_BYTES, text)) {
        return refuse(r, REFUSAL_BAD_IDENTIFIER, "not 32 hexadecimal digits");
    }
    return 0;
}

static bool text_has_link(struct str text)
{
    static const struct str signs[] = {{"://", 3}, {"www.", 4}, {"WWW.", 4}};
    for (size_t at = 0; at < text.len; at++) {
        for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
            if (str_starts((struct str){text.at + at, text.len - at}, signs[i])) {
                return true;
            }
        }
    }
    return false;
}

static int read_message(const struct record_reading *r)
{
    if (r->value->type != JSON_TEXT) {
        return refuse_type(r, "text");
    }
    *(uint8_t *)destination(r) = text_has_link(r->value->value) ? TRUTH_YES : TRUTH_NO;
    r->out->text = r->value->value;
    return 0;
}

static int read_tags(const struct record_reading *r)
{
    if (r->value->type != JSON_ARRAY) {
        return refuse_type(r, "an array");
    }
    memcpy(destination(r), &r->value->value, sizeof r->value->value);
    return 0;
}

static int read_urls(const struct record_reading *r)
{
    if (r->value->type != JSON_ARRAY) {
        return refuse_type(r, "an array");
    }
    memcpy(destination(r), &r->value->value, sizeof r->value->value);
    return 0;
}

static int read_object(const struct record_reading *r)
{
    if (r->value->type != JSON_OBJECT) {
        return refuse_type(r, "an object");
    }
    *(uint8_t *)destination(r) = 1;
    return 0;
}

int record_read_form(const struct record_reading *r)
{
    switch ((enum record_form)r->row->form) {
    case RECORD_UNUSED: return 0;
    case RECORD_TEXT: return read_text(r, r->row->argument);
    case RECORD_NAME: return read_name(r);
    case RECORD_ENTITY: return read_entity(r);
    case RECORD_CALLER: return read_caller(r);
    case RECORD_HOLDER: return read_entity(r);
    case RECORD_NAMED: return read_named(r);
    case RECORD_THING: return read_thing(r);
    case RECORD_TIME: return read_time(r, false);
    case RECORD_MOMENT: return read_time(r, true);
    case RECORD_MONEY: return read_money(r);
    case RECORD_CURRENCY: return read_currency(r);
    case RECORD_SECONDS: return read_duration(r, 1000);
    case RECORD_MILLISECONDS: return read_duration(r, 1);
    case RECORD_REGION: return read_region(r);
    case RECORD_TRUTH: return read_truth(r);
    case RECORD_VALUE: return read_value(r);
    case RECORD_WORD: return read_word(r);
    case RECORD_PHASE: return read_phase(r);
    case RECORD_ACTION: return read_action(r);
    case RECORD_YEAR: return read_year(r);
    case RECORD_ID: return read_id(r);
    case RECORD_MESSAGE: return read_message(r);
    case RECORD_TAGS: return read_tags(r);
    case RECORD_URLS: return read_urls(r);
    case RECORD_OBJECT: return read_object(r);
    }
    must(!"a form without a reader");
    return -1;
}
