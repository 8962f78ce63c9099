#include "engine/ingest/record.h"

#include "engine/base/caltime.h"
#include "engine/base/must.h"
#include "engine/ingest/identity.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define MOMENT_MIN_MS INT64_C(-2208988800000) /* 1900-01-01T00:00:00Z */

enum need { OPTIONAL, REQUIRED };

struct record_member {
    struct str object;
    struct str name;
    uint8_t kind; /* enum event_kind */
    uint8_t form; /* enum record_form */
    uint16_t argument;
    uint16_t offset; /* of the destination in struct raw_record */
    uint8_t need;    /* enum need */
};

static const struct record_member member_rows[] = {
#define MEMBER(kind, object, name, form, destination, argument, need)    \
    {STR(object),   STR(name), EVENT_##kind,                             \
     RECORD_##form, argument,  offsetof(struct raw_record, destination), \
     need},
#include "engine/ingest/record.def"
};

#define MEMBER_ROW_COUNT (sizeof member_rows / sizeof member_rows[0])
_Static_assert(MEMBER_ROW_COUNT < UINT8_MAX, "a slot holds a row's index + 1");

static const struct {
    const char *type;
    const char *topic;
} kind_rows[EVENT_KIND_COUNT] = {
    [EVENT_NONE] = {"", "feed"},
    [EVENT_MARK] = {"", ""},
    [EVENT_TIMEOUT] = {"", ""},
#define RECORD(kind, type, topic) [EVENT_##kind] = {type, topic},
#include "engine/ingest/record.def"
};

uint8_t record_kind_find(struct str type)
{
    for (uint8_t kind = EVENT_NONE + 1; kind < EVENT_RECORDS_END; kind++) {
        if (str_eq_text(type, kind_rows[kind].type)) {
            return kind;
        }
    }
    return EVENT_NONE;
}

struct str record_topic(uint8_t kind)
{
    must(kind < EVENT_KIND_COUNT);
    return str_of(kind_rows[kind].topic);
}

/* The index-th row of a kind, NULL past its last. */
static const struct record_member *row_at(uint8_t kind, size_t index)
{
    size_t row = 0;
    while (row < MEMBER_ROW_COUNT && member_rows[row].kind != kind) {
        row++;
    }
    row += index;
    return row < MEMBER_ROW_COUNT && member_rows[row].kind == kind ? &member_rows[row] : NULL;
}

int record_member_form(uint8_t kind, struct str path)
{
    char text[RECORD_PATH_BYTES];
    for (size_t i = 0; row_at(kind, i) != NULL; i++) {
        if (str_eq(record_member_path(kind, i, text), path)) {
            return row_at(kind, i)->form;
        }
    }
    return -1;
}

struct str record_member_path(uint8_t kind, size_t index, char *out)
{
    const struct record_member *m = row_at(kind, index);
    if (m == NULL) {
        return STR("");
    }
    int len = snprintf(out, RECORD_PATH_BYTES, "%s%s%s", m->object.at, m->object.len > 0 ? "." : "",
                       m->name.at);
    must(len > 0 && len < RECORD_PATH_BYTES);
    return (struct str){out, (size_t)len};
}

bool record_member_required(uint8_t kind, size_t index)
{
    const struct record_member *m = row_at(kind, index);
    return m != NULL && m->need == REQUIRED;
}

static size_t slot_of(uint32_t object_hash, uint32_t name_hash)
{
    return (name_hash + object_hash * 31) % RECORD_SLOT_COUNT;
}

void record_decoder_init(struct record_decoder *decoder)
{
    memset(decoder->slots, 0, sizeof decoder->slots);
    unsigned rows_of_kind[EVENT_KIND_COUNT] = {0};
    for (size_t i = 0; i < MEMBER_ROW_COUNT; i++) {
        const struct record_member *row = &member_rows[i];
        must(++rows_of_kind[row->kind] <= RECORD_MEMBER_ROWS_MAX);
        size_t slot =
            slot_of(row->object.len > 0 ? json_hash(row->object) : 0, json_hash(row->name));
        while (decoder->slots[row->kind][slot] != 0) {
            slot = (slot + 1) % RECORD_SLOT_COUNT;
        }
        decoder->slots[row->kind][slot] = (uint8_t)(i + 1);
    }
}

/* What a form's reader needs: the row, the value, where it goes. */
struct reading {
    const struct record_member *row;
    const struct json_member *value;
    struct raw_record *out;
    struct refusal *why;
};

static void *destination(const struct reading *r)
{
    return (char *)r->out + r->row->offset;
}

static int refuse(const struct reading *r, enum refusal_reason reason, const char *what)
{
    const struct record_member *m = r->row;
    return refusal_set(r->why, reason, "%s%s%s: %s", m->object.at, m->object.len > 0 ? "." : "",
                       m->name.at, what);
}

static int refuse_type(const struct reading *r, const char *wanted)
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

static int read_text(const struct reading *r, size_t max)
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

static int read_name(const struct reading *r)
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
static int read_entity(const struct reading *r)
{
    return read_text(r, 128);
}

static int read_caller(const struct reading *r)
{
    if (r->value->type == JSON_TEXT && str_eq(r->value->value, STR("anonymous"))) {
        return 0;
    }
    return read_entity(r);
}

/* The record is good without it: whoever sends "" for what is not known loses no call. */
static int read_thing(const struct reading *r)
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

static int read_named(const struct reading *r)
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

static int read_time(const struct reading *r, bool is_moment)
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

static int read_money(const struct reading *r)
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

static int read_currency(const struct reading *r)
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

static int read_duration(const struct reading *r, int64_t unit_ms)
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

static int read_region(const struct reading *r)
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

static int read_truth(const struct reading *r)
{
    if (r->value->type != JSON_TRUE && r->value->type != JSON_FALSE) {
        return refuse_type(r, "true or false");
    }
    *(uint8_t *)destination(r) = r->value->type == JSON_TRUE ? TRUTH_YES : TRUTH_NO;
    return 0;
}

static int read_value(const struct reading *r)
{
    if (r->value->type != JSON_TEXT) {
        return refuse_type(r, "text");
    }
    uint8_t value = event_value_find((enum value_set)r->row->argument, r->value->value);
    r->out->unknown_value_count += value == 0 && !str_eq(r->value->value, STR("unknown"));
    *(uint8_t *)destination(r) = value;
    return 0;
}

static int read_word(const struct reading *r)
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

static int read_phase(const struct reading *r)
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

static int read_action(const struct reading *r)
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

static int read_year(const struct reading *r)
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

static int read_id(const struct reading *r)
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

static int read_message(const struct reading *r)
{
    if (r->value->type != JSON_TEXT) {
        return refuse_type(r, "text");
    }
    *(uint8_t *)destination(r) = text_has_link(r->value->value) ? TRUTH_YES : TRUTH_NO;
    r->out->text = r->value->value;
    return 0;
}

static int read_tags(const struct reading *r)
{
    if (r->value->type != JSON_ARRAY) {
        return refuse_type(r, "an array");
    }
    memcpy(destination(r), &r->value->value, sizeof r->value->value);
    return 0;
}

static int read_urls(const struct reading *r)
{
    if (r->value->type != JSON_ARRAY) {
        return refuse_type(r, "an array");
    }
    memcpy(destination(r), &r->value->value, sizeof r->value->value);
    return 0;
}

static int read_object(const struct reading *r)
{
    if (r->value->type != JSON_OBJECT) {
        return refuse_type(r, "an object");
    }
    *(uint8_t *)destination(r) = 1;
    return 0;
}

static int read_form(const struct reading *r)
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

/* ---- envelopes ------------------------------------------------------------------------------ */

/* What an envelope may say besides its data; 1: in the place of its data, if that does not say it.
 */
static const struct {
    struct str name;
    bool stands_in;
} envelope_rows[] = {
    {{"id", 2}, true},
    {{"source", 6}, true},
    {{"type", 4}, true},
    {{"time", 4}, true},
    {{"specversion", 11}, false},
    {{"data", 4}, false},
    {{"datacontenttype", 15}, false},
    {{"dataschema", 10}, false},
    {{"subject", 7}, false},
};

/* The member of that name, NULL if there is none or only null. */
static const struct json_member *find_member(const struct json_doc *doc, struct str name)
{
    for (uint32_t i = 0; i < doc->count; i++) {
        const struct json_member *m = &doc->members[i];
        if (m->parent < 0 && m->type != JSON_NULL && str_eq(m->name, name)) {
            return m;
        }
    }
    return NULL;
}

/* Is what the envelope says its data is written in JSON? */
static bool is_json_type(const struct json_member *m)
{
    struct str text = m->value;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == ';') { /* parameters, such as the charset */
            text.len = i;
        }
    }
    bool suffix = text.len >= 5 && memcmp(text.at + text.len - 5, "+json", 5) == 0;
    return m->type == JSON_TEXT &&
           (suffix || str_eq(text, STR("application/json")) || str_eq(text, STR("text/json")));
}

static int check_envelope(const struct json_doc *doc, const struct json_member *version,
                          struct refusal *why)
{
    const struct json_member *content = find_member(doc, STR("datacontenttype"));
    const struct json_member *data = find_member(doc, STR("data"));
    if (version->type != JSON_TEXT) {
        return refusal_set(why, REFUSAL_WRONG_TYPE, "specversion: %s where text should be",
                           json_type_text(version->type));
    }
    if (!str_eq(version->value, STR("1.0"))) {
        return refusal_set(why, REFUSAL_UNKNOWN_VALUE, "specversion: not 1.0");
    }
    if (content != NULL && !is_json_type(content)) {
        return refusal_set(why, REFUSAL_UNKNOWN_VALUE, "datacontenttype: not JSON");
    }
    if (data == NULL) {
        return refusal_set(why, REFUSAL_MISSING_MEMBER, "data");
    }
    return data->type == JSON_OBJECT
               ? 0
               : refusal_set(why, REFUSAL_WRONG_TYPE, "data: %s where an object should be",
                             json_type_text(data->type));
}

/* Keeps what may stand in for the record's members; counts what no envelope has. */
static void keep_envelope(struct record_decoder *d, struct raw_record *out)
{
    for (uint32_t i = 0; i < d->doc.count; i++) {
        const struct json_member *m = &d->doc.members[i];
        size_t row = 0;
        while (row < sizeof envelope_rows / sizeof envelope_rows[0] &&
               !str_eq(envelope_rows[row].name, m->name)) {
            row++;
        }
        bool known = row < sizeof envelope_rows / sizeof envelope_rows[0];
        if (m->parent < 0 && known && envelope_rows[row].stands_in && m->type != JSON_NULL) {
            must(d->envelope_count < RECORD_ENVELOPE_MEMBERS);
            d->envelope[d->envelope_count++] = *m;
        }
        out->unknown_member_count += m->parent < 0 && !known;
    }
}

/* An envelope's data become the document. */
static int unwrap(struct record_decoder *d, struct raw_record *out, struct refusal *why)
{
    const struct json_member *version = find_member(&d->doc, STR("specversion"));
    d->envelope_count = 0;
    if (version == NULL) {
        return 0;
    }
    if (check_envelope(&d->doc, version, why) != 0) {
        return -1;
    }
    keep_envelope(d, out);
    struct str data = find_member(&d->doc, STR("data"))->value;
    return json_decode(&d->doc, data, d->data_scratch, why);
}

/* ---- the record ----------------------------------------------------------------------------- */

static const struct record_member *find_row(const struct record_decoder *d, uint8_t kind,
                                            const struct json_member *m)
{
    const struct json_member *object = m->parent < 0 ? NULL : &d->doc.members[m->parent];
    struct str object_name = object == NULL ? STR("") : object->name;
    size_t slot = slot_of(object == NULL ? 0 : object->hash, m->hash);
    for (; d->slots[kind][slot] != 0; slot = (slot + 1) % RECORD_SLOT_COUNT) {
        const struct record_member *row = &member_rows[d->slots[kind][slot] - 1];
        /* an object without a name ({"":{..}}) must not pass for the record itself */
        if (str_eq(row->name, m->name) && str_eq(row->object, object_name) &&
            (row->object.len > 0) == (object != NULL)) {
            return row;
        }
    }
    return NULL;
}

/* The record's own word on its type, else the envelope's. */
static const struct json_member *find_type(const struct record_decoder *d)
{
    for (uint32_t i = 0; i < d->doc.count; i++) {
        if (d->doc.members[i].parent < 0 && str_eq(d->doc.members[i].name, STR("type"))) {
            return &d->doc.members[i];
        }
    }
    for (uint32_t i = 0; i < d->envelope_count; i++) {
        if (str_eq(d->envelope[i].name, STR("type"))) {
            return &d->envelope[i];
        }
    }
    return NULL;
}

static int read_kind(const struct record_decoder *d, struct raw_record *out, struct refusal *why)
{
    const struct json_member *m = find_type(d);
    if (m == NULL) {
        return refusal_set(why, REFUSAL_MISSING_MEMBER, "type");
    }
    if (m->type != JSON_TEXT) {
        return refusal_set(why, REFUSAL_WRONG_TYPE, "type: %s where text should be",
                           json_type_text(m->type));
    }
    out->kind = record_kind_find(m->value);
    if (out->kind == EVENT_NONE) {
        return refusal_set(why, REFUSAL_UNKNOWN_TYPE, "type: none of the known types of record");
    }
    return 0;
}

static void clear_record(struct raw_record *out)
{
    memset(out, 0, sizeof *out);
    out->time_ms = VALUE_UNKNOWN;
    out->from_ms = VALUE_UNKNOWN;
    out->to_ms = VALUE_UNKNOWN;
    out->opened_ms = VALUE_UNKNOWN;
    out->duration_ms = VALUE_UNKNOWN;
    out->duration_s_ms = VALUE_UNKNOWN;
    out->amount_minor = VALUE_UNKNOWN;
    out->balance_before_minor = VALUE_UNKNOWN;
    out->balance_after_minor = VALUE_UNKNOWN;
    out->birth_year = VALUE_UNKNOWN;
}

/* Reads the members that have rows; *seen gets a bit per row of the kind. */
static int read_rows(struct record_decoder *d, struct raw_record *out, uint64_t *seen,
                     struct refusal *why)
{
    const struct record_member *first = row_at(out->kind, 0);
    for (uint32_t i = 0; i < d->doc.count; i++) {
        const struct json_member *m = &d->doc.members[i];
        const struct record_member *row = find_row(d, out->kind, m);
        if (row == NULL) {
            /* members of an object that is not known itself are not counted again */
            out->unknown_member_count +=
                m->parent < 0 || find_row(d, out->kind, &d->doc.members[m->parent]) != NULL;
            continue;
        }
        if (m->type == JSON_NULL && row->form != RECORD_HOLDER) {
            continue;
        }
        *seen |= UINT64_C(1) << (row - first);
        if (m->type == JSON_NULL) {
            out->unbinds = 1;
            continue;
        }
        struct reading reading = {row, m, out, why};
        if (read_form(&reading) != 0) {
            return -1;
        }
    }
    return 0;
}

/* What the record's own members leave open. */
static int read_envelope(struct record_decoder *d, struct raw_record *out, uint64_t *seen,
                         struct refusal *why)
{
    const struct record_member *first = row_at(out->kind, 0);
    for (uint32_t i = 0; i < d->envelope_count; i++) {
        const struct record_member *row = find_row(d, out->kind, &d->envelope[i]);
        uint64_t bit = UINT64_C(1) << (row - first);
        struct reading reading = {row, &d->envelope[i], out, why};
        must(row != NULL); /* members that records of all kinds have */
        if ((*seen & bit) == 0 && read_form(&reading) != 0) {
            return -1;
        }
        *seen |= bit;
    }
    return 0;
}

static int check_required(const struct raw_record *out, uint64_t seen, struct refusal *why)
{
    const struct record_member *first = row_at(out->kind, 0);
    for (const struct record_member *row = first;
         row < member_rows + MEMBER_ROW_COUNT && row->kind == out->kind; row++) {
        if (row->need == REQUIRED && (seen >> (row - first) & 1) == 0) {
            return refusal_set(why, REFUSAL_MISSING_MEMBER, "%s", row->name.at);
        }
    }
    return 0;
}

static int finish_transaction(struct raw_record *out, struct refusal *why)
{
    static const char *const names[PARTY_ENDS] = {"payer", "payee"};
    for (unsigned i = 0; i < PARTY_ENDS; i++) {
        if (out->given[i] != 0 && out->entity[i].at == NULL) {
            return refusal_set(why, REFUSAL_MISSING_MEMBER, "%s.account", names[i]);
        }
        out->entity_kind[i] = out->entity[i].at == NULL ? ENTITY_NONE : ENTITY_ACCOUNT;
    }
    if (out->given[PARTY_FROM] == 0 && out->given[PARTY_TO] == 0) {
        return refusal_set(why, REFUSAL_MISSING_MEMBER, "payer and payee: at least one of them");
    }
    return 0;
}

/* The one entity that a record is about: of a directory record, of a change. */
static int finish_entity(struct raw_record *out, struct refusal *why)
{
    if (out->number.at != NULL && out->account.at != NULL) {
        return refusal_set(why, REFUSAL_WRONG_TYPE, "number and account: give one of them");
    }
    struct str entity = out->kind == EVENT_PERSON ? out->person
                        : out->number.at != NULL  ? out->number
                                                  : out->account;
    if (entity.at == NULL) {
        return refusal_set(why, REFUSAL_MISSING_MEMBER, "number or account");
    }
    out->entity[PARTY_FROM] = entity;
    out->entity_kind[PARTY_FROM] = out->kind == EVENT_PERSON ? ENTITY_PERSON
                                   : out->number.at != NULL  ? ENTITY_NUMBER
                                                             : ENTITY_ACCOUNT;
    return 0;
}

/* Whoever mistypes "corrected" must not close what he wanted to correct. */
static int finish_outcome(struct raw_record *out, struct refusal *why)
{
    if (out->result == RESULT_CORRECTED && out->tier == TIER_NONE) {
        return refusal_set(why, REFUSAL_MISSING_MEMBER, "tier: to which it is corrected");
    }
    if (out->result != RESULT_CORRECTED && out->tier != TIER_NONE) {
        return refusal_set(why, REFUSAL_UNKNOWN_VALUE, "result: with a tier it is corrected");
    }
    return 0;
}

static int finish(struct raw_record *out, struct refusal *why)
{
    if (out->entity[PARTY_THING].at != NULL) {
        out->entity_kind[PARTY_THING] = ENTITY_DEVICE;
    }
    if (out->duration_ms == VALUE_UNKNOWN) {
        out->duration_ms = out->duration_s_ms;
    }
    if (out->source.len == 0) {
        out->source = record_topic(out->kind);
    }
    switch ((enum event_kind)out->kind) {
    case EVENT_CALL:
        out->entity_kind[PARTY_FROM] =
            out->entity[PARTY_FROM].at == NULL ? ENTITY_NONE : ENTITY_NUMBER;
        out->entity_kind[PARTY_TO] = ENTITY_NUMBER;
        return 0;
    case EVENT_TRANSACTION: return finish_transaction(out, why);
    case EVENT_BINDING:
    case EVENT_PERSON:
    case EVENT_ACCOUNT:
    case EVENT_NUMBER:
    case EVENT_CHANGE: return finish_entity(out, why);
    case EVENT_SMS:
        out->entity_kind[PARTY_FROM] = ENTITY_NUMBER;
        out->entity_kind[PARTY_TO] = ENTITY_NUMBER;
        return 0;
    case EVENT_LOGIN: out->entity_kind[PARTY_FROM] = ENTITY_ACCOUNT; return 0;
    case EVENT_OUTCOME: return finish_outcome(out, why);
    case EVENT_LISTING:
    case EVENT_WARNING:
    case EVENT_MARK:    /* of decisions, */
    case EVENT_TIMEOUT: /* and of waits, not of records */
    case EVENT_OVERRIDE: return 0;
    case EVENT_NONE:
    case EVENT_KIND_COUNT: break;
    }
    must(!"a decoded record has a kind");
    return -1;
}

uint8_t record_urls_have_link(const struct raw_record *raw)
{
    if (raw->urls.len == 0) {
        return TRUTH_UNKNOWN;
    }
    size_t at = 1; /* behind the bracket */
    while (strchr(" \t\r\n", raw->urls.at[at]) != NULL) {
        at++;
    }
    return raw->urls.at[at] == ']' ? TRUTH_NO : TRUTH_YES;
}

int record_decode(struct record_decoder *decoder, struct str bytes, struct raw_record *out,
                  struct refusal *why)
{
    uint64_t seen = 0;
    clear_record(out);
    if (json_decode(&decoder->doc, bytes, decoder->scratch, why) != 0 ||
        unwrap(decoder, out, why) != 0 || read_kind(decoder, out, why) != 0 ||
        read_rows(decoder, out, &seen, why) != 0 || read_envelope(decoder, out, &seen, why) != 0 ||
        check_required(out, seen, why) != 0) {
        return -1;
    }
    return finish(out, why);
}
