#include "engine/ingest/ingest.h"

#include "engine/base/caltime.h"
#include "engine/base/digest.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/ingest/identity.h"
#include "engine/ingest/message.h"
#include "engine/ingest/record.h"

#include <string.h>

struct ingest {
    struct identity *identity;
    const struct number_kinds *kinds;
    struct directory *directory;
    char currency[3];
    struct str topic;            /* that records must be of; "": any */
    const struct tagger *tagger; /* NULL: none */
    struct tagging *tagging;     /* made with the first message */
    struct message *message;     /* the same */
    bool tags_unknown;           /* a tag of the message taken last */
    struct ingest_counts counts;
    struct raw_record raw;
    struct record_decoder decoder;
};

struct ingest *ingest_new(const struct ingest_setup *setup)
{
    must(setup->directory != NULL);
    must(setup->currency.len == 0 || setup->currency.len == 3);
    struct ingest *in = mem_alloc(1, sizeof *in);
    struct str key = setup->key.len > 0 ? setup->key : STR(IDENTITY_DEMONSTRATION_KEY);
    in->identity =
        identity_new(key, setup->cache_entries > 0 ? setup->cache_entries : INGEST_CACHE_ENTRIES);
    in->kinds = setup->kinds;
    in->directory = setup->directory;
    in->tagger = setup->tagger;
    memcpy(in->currency, setup->currency.len > 0 ? setup->currency.at : "CNY", sizeof in->currency);
    record_decoder_init(&in->decoder);
    return in;
}

void ingest_free(struct ingest *in)
{
    if (in != NULL) {
        identity_free(in->identity);
        tagging_free(in->tagging);
        message_free(in->message);
        mem_free(in);
    }
}

const struct ingest_counts *ingest_counts(const struct ingest *in)
{
    return &in->counts;
}

void ingest_set_tagger(struct ingest *in, const struct tagger *tagger)
{
    in->tagger = tagger;
}

void ingest_expect(struct ingest *in, struct str topic)
{
    in->topic = topic;
}

void ingest_count_refused(struct ingest *in, const struct refusal *why)
{
    must(why->reason > REFUSAL_NONE && why->reason < REFUSAL_COUNT);
    in->counts.read++;
    in->counts.refused++;
    in->counts.refused_by[why->reason]++;
}

/* An entity's token and, if it came in plain text, its mask and kind. */
static int name_party(struct ingest *in, enum entity_kind kind, struct str raw, const char *what,
                      struct party *out, struct refusal *why)
{
    char text[IDENTITY_NORMAL_MAX];
    size_t len = 0;
    bool is_token = false;
    out->entity = (uint8_t)kind;
    if (identity_parse_token(raw, &is_token, &out->token)) {
        return 0;
    }
    if (is_token) {
        return refusal_set(why, REFUSAL_BAD_IDENTIFIER, "%s: token: and not 32 hexadecimal digits",
                           what);
    }
    if (!identity_normalise(kind, raw, text, &len)) {
        return refusal_set(why, REFUSAL_BAD_IDENTIFIER, "%s: characters or a length that no %s has",
                           what, entity_infos[kind].text);
    }
    struct str normal = {text, len};
    out->token = identity_token(in->identity, kind, normal);
    out->mask_len = identity_mask(kind, normal, out->mask);
    if (kind == ENTITY_NUMBER) {
        out->kind = number_kinds_find(in->kinds, normal);
    }
    return 0;
}

int ingest_name_entity(struct ingest *in, enum entity_kind kind, struct str raw, struct token *out,
                       struct refusal *why)
{
    struct party party = {0};
    int result = name_party(in, kind, raw, "entity", &party, why);
    *out = party.token;
    return result;
}

static const char *party_name(const struct raw_record *raw, unsigned i)
{
    if (i == PARTY_THING) {
        return raw->kind == EVENT_CALL ? "imei" : "device";
    }
    switch ((enum event_kind)raw->kind) {
    case EVENT_CALL: return i == PARTY_FROM ? "caller" : "callee";
    case EVENT_TRANSACTION: return i == PARTY_FROM ? "payer.account" : "payee.account";
    case EVENT_LISTING: return "entity";
    case EVENT_SMS: return i == PARTY_FROM ? "sender" : "receiver";
    case EVENT_WARNING:
    case EVENT_OUTCOME:
    case EVENT_OVERRIDE: return i == PARTY_FROM ? "subject" : "other";
    default: break;
    }
    return entity_infos[raw->entity_kind[i]].text;
}

/* Tokens of what the record names: the parties, and the person of a directory record. Nothing is
 * looked up. */
static int name_parties(struct ingest *in, const struct raw_record *raw, struct event *out,
                        struct refusal *why)
{
    for (unsigned i = 0; i < PARTY_COUNT; i++) {
        struct party *party = &out->party[i];
        if (raw->entity_kind[i] != ENTITY_NONE &&
            name_party(in, raw->entity_kind[i], raw->entity[i], party_name(raw, i), party, why) !=
                0) {
            return -1;
        }
        if (raw->account_kind[i] != 0) {
            party->kind = raw->account_kind[i];
        }
        party->bank_len = (uint8_t)raw->bank[i].len;
        must(party->bank_len <= EVENT_BANK_MAX);
        if (party->bank_len > 0) {
            memcpy(party->bank, raw->bank[i].at, party->bank_len);
        }
    }
    if (raw->kind == EVENT_CALL && raw->entity_kind[PARTY_FROM] == ENTITY_NONE) {
        out->party[PARTY_FROM].kind = NUMBER_KIND_HIDDEN;
    }
    if (raw->kind != EVENT_PERSON && raw->person.at != NULL) {
        struct party person = {0};
        if (name_party(in, ENTITY_PERSON, raw->person, "person", &person, why) != 0) {
            return -1;
        }
        out->party[PARTY_FROM].holder = person.token;
        out->party[PARTY_FROM].holder_known = 1;
    }
    return 0;
}

static void set_back(struct event *out, int64_t ahead_of_ms)
{
    if (out->judged_ms > ahead_of_ms + INGEST_AHEAD_CLAMPED_MS) {
        out->judged_ms = ahead_of_ms + INGEST_AHEAD_CLAMPED_MS;
        out->time_ms = out->time_ms < out->judged_ms ? out->time_ms : out->judged_ms;
        out->clamped = 1;
    }
}

/* Sets back what lies too far past the stamp, refuses what lies much too far. */
static int check_future(struct event *out, int64_t stamp_ms, struct refusal *why)
{
    if (!ingest_stamp_is_known(stamp_ms)) {
        return 0;
    }
    if (out->judged_ms > stamp_ms + INGEST_AHEAD_REFUSED_MS) {
        return refusal_set(why, REFUSAL_FUTURE_TIME,
                           "time: more than a day after the message's own timestamp");
    }
    set_back(out, stamp_ms);
    return 0;
}

static int place_in_time(const struct raw_record *raw, int64_t stamp_ms, struct event *out,
                         struct refusal *why)
{
    int64_t duration_ms = raw->duration_ms == VALUE_UNKNOWN ? 0 : raw->duration_ms;
    out->time_ms = raw->time_ms;
    out->judged_ms = raw->time_ms;
    if (raw->phase == PHASE_END) {
        out->time_ms -= duration_ms;
    } else if (raw->phase == PHASE_RECORD) {
        out->judged_ms += duration_ms;
    }
    if (out->judged_ms > CALTIME_MAX_MS) { /* no frame may say so */
        return refusal_set(why, REFUSAL_BAD_TIME, "time: with the duration after 9999");
    }
    return check_future(out, stamp_ms, why);
}

static uint64_t id_of_message(const struct raw_record *raw)
{
    struct digest_id id;
    digest_id_begin(&id, "record");
    digest_id_text(&id, raw->source);
    digest_id_text(&id, raw->id);
    struct token full = digest_id_end(&id);
    return token_low64(&full);
}

static uint64_t id_of_payment(struct str payment_id)
{
    struct digest_id id;
    digest_id_begin(&id, "record");
    digest_id_text(&id, payment_id);
    struct token full = digest_id_end(&id);
    return token_low64(&full);
}

/* What a page may know the call or payment by. */
static void set_ids(const struct raw_record *raw, struct event *out)
{
    uint64_t message_id = id_of_message(raw);
    out->record_id = raw->payment_id.len > 0 ? id_of_payment(raw->payment_id) : message_id;
    if (raw->kind == EVENT_TRANSACTION) {
        out->message_id = message_id;
    }
}

#define COPY_TEXT(event, raw, name)                                 \
    do {                                                            \
        must((raw)->name.len <= sizeof(event)->name);               \
        (event)->name##_len = (uint8_t)(raw)->name.len;             \
        if ((raw)->name.len > 0) {                                  \
            memcpy((event)->name, (raw)->name.at, (raw)->name.len); \
        }                                                           \
    } while (0)

static void copy_texts(const struct raw_record *raw, struct event *out)
{
    COPY_TEXT(out, raw, id);
    COPY_TEXT(out, raw, source);
    COPY_TEXT(out, raw, payment_id);
    COPY_TEXT(out, raw, currency);
    COPY_TEXT(out, raw, adviser);
    COPY_TEXT(out, raw, list_name);
    if (!event_is_judged(raw->kind)) { /* calls and payments carry the county code only */
        COPY_TEXT(out, raw, region_text);
    }
}

static void copy_fields(const struct ingest *in, const struct raw_record *raw, struct event *out)
{
    out->phase = raw->phase;
    set_ids(raw, out);
    out->duration_ms = raw->duration_ms;
    if (raw->currency.len == 0 ||
        memcmp(raw->currency.at, in->currency, sizeof in->currency) == 0) {
        out->amount_minor = raw->amount_minor;
        out->balance_before_minor = raw->balance_before_minor;
        out->balance_after_minor = raw->balance_after_minor;
    }
    out->region = raw->region;
    out->answered = raw->answered;
    out->forwarded = raw->forwarded;
    out->channel = raw->channel;
    out->purpose = raw->purpose;
    out->arrival = raw->arrival;
    out->opened_ms = raw->opened_ms;
    out->entity_kind_value = raw->stated_kind;
    out->account_class = raw->account_class;
    out->birth_year = raw->birth_year;
    out->vulnerable = raw->vulnerable;
    out->unbinds = raw->unbinds;
    out->list_key = raw->list_name.len > 0 ? name_key(raw->list_name) : 0;
    out->from_ms = raw->from_ms;
    out->to_ms = raw->to_ms;
    out->list_removes = raw->list_removes;
    uint8_t urls_have_link = record_urls_have_link(raw);
    out->has_link = urls_have_link != TRUTH_UNKNOWN ? urls_have_link : raw->text_has_link;
    out->what = raw->what;
    out->tier = raw->tier;
    out->origin = raw->origin;
    out->result = raw->result;
    out->cause = raw->cause;
    out->about_key = raw->typology.len > 0 ? name_key(raw->typology) : 0;
    out->episode_key = token_low64(&raw->episode);
    copy_texts(raw, out);
}

/* Where the message's link leads. */
static void set_domain(struct ingest *in, struct str domain, struct event *out)
{
    struct party *party = &out->party[PARTY_THING];
    if (domain.len > 0) {
        party->entity = ENTITY_DOMAIN;
        party->token = identity_token(in->identity, ENTITY_DOMAIN, domain);
        party->mask_len = identity_mask(ENTITY_DOMAIN, domain, party->mask);
    }
}

/* The cell of a call, as 32 bits. */
static void set_cell(struct ingest *in, const struct raw_record *raw, struct event *out)
{
    char room[1 + IDENTITY_TEXT_MAX];
    if (raw->cell.len > 0) {
        must(raw->cell.len <= IDENTITY_TEXT_MAX);
        memcpy(room + 1, raw->cell.at, raw->cell.len);
        out->cell_token = identity_mark(in->identity, IDENTITY_MARK_CELL, room, raw->cell.len);
    }
}

/* Template and domain of a message. */
static void set_marks(struct ingest *in, const struct raw_record *raw, struct event *out)
{
    struct message_marks marks;
    if (raw->kind != EVENT_SMS) {
        return;
    }
    if (in->message == NULL) {
        in->message = message_new();
    }
    message_look(in->message, in->identity, raw->text, raw->urls, &marks);
    out->template_token = marks.template_token;
    set_domain(in, marks.domain, out);
}

/* Tags of a message; its text goes no further. */
static void set_tags(struct ingest *in, const struct raw_record *raw, struct event *out)
{
    struct tags_found found;
    if (raw->kind != EVENT_SMS || in->tagger == NULL) {
        return;
    }
    if (in->tagging == NULL) {
        in->tagging = tagging_new();
    }
    tagger_find(in->tagger, in->tagging, raw->text, raw->text.at != NULL, raw->feed_tags, &found);
    for (uint32_t i = 0; i < found.count && i < 4; i++) {
        out->tags |= (uint64_t)found.hash[i] << (16 * i);
    }
    out->fifth_tag = found.hash[4];
    out->tag_set = found.set;
    in->tags_unknown = found.gave_up > 0 || found.dropped > 0;
}

void ingest_retag(struct ingest *in, const struct tagger *tagger, struct event *event)
{
    const struct tagger *own = in->tagger;
    event->tags = 0;
    event->fifth_tag = 0;
    event->tag_set = 0;
    in->tagger = tagger;
    set_tags(in, &in->raw, event);
    in->tagger = own;
}

/* What a directory record says goes into the directory. */
static void update_directory(struct ingest *in, const struct event *event)
{
    const struct party *party = &event->party[PARTY_FROM];
    switch ((enum event_kind)event->kind) {
    case EVENT_BINDING:
        (void)directory_bind(in->directory, party->entity, &party->token, &party->holder,
                             event->time_ms);
        return;
    case EVENT_ACCOUNT:
    case EVENT_NUMBER:
        if (party->holder_known) {
            (void)directory_bind(in->directory, party->entity, &party->token, &party->holder,
                                 event->time_ms);
        }
        break;
    case EVENT_PERSON: break;
    default: return;
    }
    struct directory_entry stated = {.token = party->token,
                                     .entity = party->entity,
                                     .kind = event->entity_kind_value,
                                     .region = event->region};
    directory_state(in->directory, &stated, event->time_ms);
}

/* Holder, kind and region as the directory has them now. */
static void resolve_party(const struct ingest *in, struct event *event, unsigned i)
{
    struct party *party = &event->party[i];
    const struct directory_entry *entry = directory_find(in->directory, &party->token);
    if (party->entity == ENTITY_NONE || entity_is_thing(party->entity)) {
        return;
    }
    bool states_holder = event->kind == EVENT_BINDING || party->holder_known;
    if (party->entity == ENTITY_PERSON) {
        party->holder = party->token;
        party->holder_known = 1;
    } else if (!states_holder && entry != NULL && !token_is_zero(&entry->holder)) {
        party->holder = entry->holder;
        party->holder_known = 1;
    } else if (!states_holder) {
        party->holder = identity_stand_in((enum entity_kind)party->entity, &party->token);
    }
    if (entry != NULL && entry->kind != 0 && (party->entity == ENTITY_NUMBER || party->kind == 0)) {
        party->kind =
            entry->kind; /* a payment's own word on an account goes before the directory's */
    }
    if (event->entity_kind_value != 0 && i == PARTY_FROM) {
        party->kind = event->entity_kind_value;
    }
    const struct directory_entry *holder =
        party->holder_known ? directory_find(in->directory, &party->holder) : NULL;
    party->region = entry != NULL && entry->region != 0 ? entry->region
                    : holder != NULL                    ? holder->region
                                                        : 0;
}

static int convert(struct ingest *in, int64_t stamp_ms, struct event *out, struct refusal *why)
{
    const struct raw_record *raw = &in->raw;
    if (name_parties(in, raw, out, why) != 0 || place_in_time(raw, stamp_ms, out, why) != 0) {
        return -1;
    }
    copy_fields(in, raw, out);
    in->tags_unknown = false;
    set_marks(in, raw, out);
    set_cell(in, raw, out);
    set_tags(in, raw, out);
    in->counts.tags_unknown += in->tags_unknown;
    update_directory(in, out);
    for (unsigned i = 0; i < PARTY_COUNT; i++) {
        resolve_party(in, out, i);
    }
    return 0;
}

void ingest_set_back(struct ingest *in, int64_t now_ms, struct event *event)
{
    uint8_t was = event->clamped;
    set_back(event, now_ms);
    in->counts.clamped += event->clamped - was;
}

int ingest_record(struct ingest *in, struct str bytes, int64_t stamp_ms, struct event *out,
                  struct refusal *why)
{
    event_clear(out);
    int result = record_decode(&in->decoder, bytes, &in->raw, why);
    out->kind = in->raw.kind;
    if (result == 0 && in->topic.len > 0 && !str_eq(record_topic(in->raw.kind), in->topic)) {
        result = refusal_set(why, REFUSAL_UNKNOWN_TYPE, "type: does not come on the topic %.*s",
                             (int)in->topic.len, in->topic.at);
    }
    if (result == 0) {
        result = convert(in, stamp_ms, out, why);
    }
    if (result != 0) {
        ingest_count_refused(in, why);
        event_clear(out);
        out->kind = in->raw.kind;
        return -1;
    }
    in->counts.read++;
    in->counts.accepted++;
    in->counts.unknown_members += in->raw.unknown_member_count;
    in->counts.unknown_values += in->raw.unknown_value_count;
    in->counts.clamped += out->clamped;
    in->counts.foreign_amounts +=
        in->raw.amount_minor != VALUE_UNKNOWN && out->amount_minor == VALUE_UNKNOWN;
    return 0;
}
