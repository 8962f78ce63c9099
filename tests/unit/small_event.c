#include "tests/unit/small_event.h"

#include "engine/base/digest.h"
#include "engine/base/err.h"
#include "engine/base/mem.h"
#include "engine/ingest/identity.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

struct token token_of(int entity, const char *name)
{
    struct digest_id id;
    digest_id_begin(&id, "test");
    digest_id_number(&id, (uint64_t)entity);
    digest_id_text(&id, str_of(name));
    return digest_id_end(&id);
}

static bool is_bound(const char *name)
{
    return isupper((unsigned char)name[0]) != 0;
}

struct token holder_of(int entity, const char *name)
{
    if (!is_bound(name)) {
        struct token token = token_of(entity, name);
        return identity_stand_in((enum entity_kind)entity, &token);
    }
    struct str person = {name, strcspn(name, ".")};
    char text[32];
    (void)snprintf(text, sizeof text, "%.*s", (int)person.len, person.at);
    return token_of(ENTITY_PERSON, text);
}

static struct party party_of(int entity, const char *name)
{
    struct party party = {0};
    if (name == NULL) {
        return party;
    }
    party.entity = (uint8_t)entity;
    party.token = token_of(entity, name);
    party.holder = holder_of(entity, name);
    party.holder_known = is_bound(name);
    party.mask_len = (uint8_t)snprintf(party.mask, sizeof party.mask, "%s***", name);
    return party;
}

static void set_id(struct event *event, const char *id, const char *source)
{
    struct digest_id record;
    event->id_len = (uint8_t)strlen(id);
    memcpy(event->id, id, event->id_len);
    event->source_len = (uint8_t)strlen(source);
    memcpy(event->source, source, event->source_len);
    digest_id_begin(&record, "record");
    digest_id_text(&record, str_of(source));
    digest_id_text(&record, str_of(id));
    struct token full = digest_id_end(&record);
    event->record_id = token_low64(&full);
}

static struct event event_new(int kind, const char *id, const char *source, int64_t time_ms)
{
    struct event event;
    event_clear(&event);
    event.kind = (uint8_t)kind;
    event.time_ms = time_ms;
    event.judged_ms = time_ms;
    set_id(&event, id, source);
    return event;
}

struct event event_payment(const char *id, int phase, const char *payer, const char *payee,
                           int64_t amount_minor, int64_t time_ms)
{
    struct event event = event_new(EVENT_TRANSACTION, id, "transactions", time_ms);
    event.phase = (uint8_t)phase;
    event.party[PARTY_FROM] = party_of(ENTITY_ACCOUNT, payer);
    event.party[PARTY_TO] = party_of(ENTITY_ACCOUNT, payee);
    event.amount_minor = amount_minor;
    event.message_id = event.record_id;
    return event;
}

void event_set_payment_id(struct event *event, const char *payment_id)
{
    if (payment_id == NULL) {
        return;
    }
    struct digest_id record;
    event->payment_id_len = (uint8_t)strlen(payment_id);
    memcpy(event->payment_id, payment_id, event->payment_id_len);
    digest_id_begin(&record, "record");
    digest_id_text(&record, str_of(payment_id));
    struct token full = digest_id_end(&record);
    event->record_id = token_low64(&full);
}

struct event event_call(const char *id, int phase, const char *caller, const char *callee,
                        int64_t duration_ms, int64_t time_ms)
{
    struct event event = event_new(EVENT_CALL, id, "calls", time_ms);
    event.phase = (uint8_t)phase;
    event.party[PARTY_FROM] = party_of(ENTITY_NUMBER, caller);
    event.party[PARTY_TO] = party_of(ENTITY_NUMBER, callee);
    event.duration_ms = duration_ms;
    if (phase != PHASE_START && duration_ms != VALUE_UNKNOWN) {
        event.judged_ms += duration_ms;
    }
    if (caller == NULL) {
        event.party[PARTY_FROM].kind = NUMBER_KIND_HIDDEN;
    }
    return event;
}

struct event event_binding(const char *id, int entity, const char *name, int64_t time_ms)
{
    struct event event = event_new(EVENT_BINDING, id, "directory", time_ms);
    event.party[PARTY_FROM] = party_of(entity, name);
    return event;
}

struct event event_listing(const char *id, const char *list, const char *account, bool removes,
                           int64_t time_ms)
{
    struct event event = event_new(EVENT_LISTING, id, "lists", time_ms);
    event.party[PARTY_FROM] = party_of(ENTITY_ACCOUNT, account);
    event.list_key = name_key(str_of(list));
    event.list_removes = removes;
    return event;
}

struct event event_message(const char *id, const char *sender, const char *receiver,
                           int64_t time_ms)
{
    struct event event = event_new(EVENT_SMS, id, "sms", time_ms);
    event.party[PARTY_FROM] = party_of(ENTITY_NUMBER, sender);
    event.party[PARTY_TO] = party_of(ENTITY_NUMBER, receiver);
    return event;
}

struct event event_login(const char *id, const char *account, const char *what, int64_t time_ms)
{
    struct event event = event_new(EVENT_LOGIN, id, "accounts", time_ms);
    event.party[PARTY_FROM] = party_of(ENTITY_ACCOUNT, account);
    event.what = event_value_find(VALUE_SET_LOGIN_WHAT, str_of(what));
    return event;
}

struct event event_change(const char *id, int entity, const char *name, const char *what,
                          int64_t time_ms)
{
    struct event event = event_new(EVENT_CHANGE, id, "accounts", time_ms);
    event.party[PARTY_FROM] = party_of(entity, name);
    event.what = event_value_find(VALUE_SET_CHANGE_WHAT, str_of(what));
    return event;
}

struct event event_warning(const char *id, int entity, const char *name, const char *typology,
                           int tier, int64_t time_ms)
{
    struct event event = event_new(EVENT_WARNING, id, "warnings-in", time_ms);
    event.party[PARTY_FROM] = party_of(entity, name);
    event.origin = ORIGIN_MINISTRY;
    event.tier = (uint8_t)tier;
    event.about_key = name_key(str_of(typology));
    return event;
}

struct event event_outcome(const char *id, int entity, const char *name, const char *typology,
                           const char *result, int64_t time_ms)
{
    struct event event = event_new(EVENT_OUTCOME, id, "outcomes", time_ms);
    event.party[PARTY_FROM] = party_of(entity, name);
    event.about_key = name_key(str_of(typology));
    event.result = event_value_find(VALUE_SET_RESULT, str_of(result));
    return event;
}

struct event event_correction(const char *id, int entity, const char *name, const char *typology,
                              int tier, int64_t time_ms)
{
    struct event event = event_outcome(id, entity, name, typology, "corrected", time_ms);
    event.tier = (uint8_t)tier;
    return event;
}

struct event event_override(const char *id, const char *person, int entity, const char *other,
                            int64_t to_ms, int64_t time_ms)
{
    struct event event = event_new(EVENT_OVERRIDE, id, "lists", time_ms);
    event.party[PARTY_FROM] = party_of(ENTITY_PERSON, person);
    event.party[PARTY_TO] = party_of(entity, other);
    event.to_ms = to_ms;
    return event;
}

void event_set_thing(struct event *event, int entity, const char *name)
{
    struct party *thing = &event->party[PARTY_THING];
    *thing = party_of(entity, name);
    thing->holder = (struct token){{0}};
    thing->holder_known = 0;
}

static int keep(void *self, const struct output *output, struct err *err)
{
    struct kept_outputs *kept = self;
    if (kept->fails_at != 0 && (int64_t)kept->count + 1 == kept->fails_at) {
        return err_set(err, ERR_OUTSIDE, "the sink is full");
    }
    void *items = kept->item;
    mem_reserve(&items, &kept->cap, kept->count + 1, sizeof *kept->item);
    kept->item = items;
    struct kept_output *item = &kept->item[kept->count++];
    item->kind = output->kind;
    item->id = output->id;
    item->key = output->key;
    item->json = mem_alloc(output->json.len + 1, 1);
    memcpy(item->json, output->json.at, output->json.len);
    return 0;
}

struct sink kept_sink(struct kept_outputs *kept)
{
    return (struct sink){kept, keep};
}

void kept_clear(struct kept_outputs *kept)
{
    for (size_t i = 0; i < kept->count; i++) {
        mem_free(kept->item[i].json);
    }
    kept->count = 0;
}

void kept_fini(struct kept_outputs *kept)
{
    kept_clear(kept);
    mem_free(kept->item);
}

size_t kept_count(const struct kept_outputs *kept, enum output_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < kept->count; i++) {
        count += kept->item[i].kind == kind;
    }
    return count;
}

const char *kept_json(const struct kept_outputs *kept, enum output_kind kind, size_t n)
{
    for (size_t i = 0; i < kept->count; i++) {
        if (kept->item[i].kind == kind && n-- == 0) {
            return kept->item[i].json;
        }
    }
    return "";
}

char *kept_text(const struct kept_outputs *kept, bool with_trace)
{
    struct buf text = {0};
    for (size_t i = 0; i < kept->count; i++) {
        const char *json = kept->item[i].json;
        const char *trace = strstr(json, ",\"trace\":");
        if (kept->item[i].kind == OUTPUT_RECEIPT) {
            continue;
        }
        size_t len = trace != NULL && !with_trace ? (size_t)(trace - json) : strlen(json);
        buf_add(&text, json, len);
        buf_add_char(&text, '\n');
    }
    (void)buf_text(&text);
    return text.at;
}
