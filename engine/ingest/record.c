#include "engine/base/must.h"
#include "engine/ingest/record_form.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum need { OPTIONAL, REQUIRED };

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
        struct record_reading reading = {row, m, out, why};
        if (record_read_form(&reading) != 0) {
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
        struct record_reading reading = {row, &d->envelope[i], out, why};
        must(row != NULL); /* members that records of all kinds have */
        if ((*seen & bit) == 0 && record_read_form(&reading) != 0) {
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
