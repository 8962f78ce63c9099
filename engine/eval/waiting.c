/* Patterns that wait: what begins with the records of a visit, and what is judged at its end. */
#include "engine/base/digest.h"
#include "engine/eval/decision_inside.h"
#include "engine/eval/pattern.h"

#include <string.h>

/* A record that may fill the last step of a pattern, and the event that says so. */
struct waiting_cause {
    const struct record *record;
    int stream;
    struct str source, id, phase; /* of the event */
    /* A payment that was known: what waits no more behind it is not begun again. */
    bool is_known;
};

static struct token timeout_id(const struct decision *d, const struct pattern *pattern,
                               const struct waiting_cause *cause, int64_t until_ms)
{
    struct digest_id id;
    digest_id_begin(&id, "timeout");
    digest_id_token(&id, &d->visit.page->token);
    digest_id_text(&id, pattern->name);
    digest_id_text(&id, cause->source);
    digest_id_text(&id, cause->id);
    digest_id_text(&id, cause->phase);
    digest_id_number(&id, (uint64_t)until_ms);
    return digest_id_end(&id);
}

/* Live rules on its time-out have met a bound. */
static void note_bounded(struct decision *d, uint32_t pattern)
{
    const struct program *p = d->program;
    for (uint32_t i = 0; i < p->by_trigger_count[TRIGGER_TIMEOUT][LEG_ENTITY]; i++) {
        uint32_t rule = p->by_trigger[TRIGGER_TIMEOUT][LEG_ENTITY][i];
        if (p->rules[rule].pattern == pattern && !p->rules[rule].shadow) {
            decision_note_bounded(d, rule);
        }
    }
}

static void begin_wait(struct decision *d, uint32_t index, const struct waiting_cause *cause,
                       int64_t until_ms)
{
    const struct pattern *pattern = &d->program->patterns[index];
    struct page *page = d->visit.page;
    bool over = until_ms <= d->visit.clock_ms;
    if (over && cause->is_known) {
        return;
    }
    struct wait wait = {.pattern_key = pattern->key,
                        .id = timeout_id(d, pattern, cause, until_ms),
                        .until_ms = until_ms,
                        .due_ms = over ? d->visit.clock_ms + 1 : until_ms,
                        .record_ms = cause->record->time_ms,
                        .record_arrival = cause->record->arrival,
                        .stream = (uint8_t)cause->stream,
                        .shadow = pattern->waits == PATTERN_WAITS_DARK};
    if (!page_begin_wait(page, &wait)) {
        d->waits_lost++;
        note_bounded(d, index);
    }
}

static void begin_waits(struct decision *d, const struct waiting_cause *cause)
{
    const struct program *p = d->program;
    for (uint32_t i = 0; i < p->waiting_count[cause->stream]; i++) {
        uint32_t index = p->waiting[cause->stream][i];
        const struct pattern *pattern = &p->patterns[index];
        if (pattern->page != d->visit.page->entity) {
            continue;
        }
        int64_t until_ms = 0;
        int64_t begins = pattern_begins(&d->vm, index, cause->record, &until_ms);
        if (begins == VALUE_UNKNOWN) {
            note_bounded(d, index);
        } else if (begins == 1) {
            begin_wait(d, index, cause, until_ms);
        }
    }
}

void waiting_begin(struct decision *d, unsigned triggers)
{
    const struct event *event = d->visit.event;
    int stream = stream_of_leg(event->kind, d->visit.leg);
    if (d->visit.hand == NULL || stream == STREAM_COUNT) {
        return;
    }
    struct waiting_cause cause = {.record = d->visit.hand,
                                  .stream = stream,
                                  .source = EVENT_TEXT(event, source),
                                  .id = EVENT_TEXT(event, id),
                                  .phase = event_phase_text(event->phase),
                                  .is_known = triggers == 1U << TRIGGER_SETTLEMENT};
    begin_waits(d, &cause);
}

void waiting_begin_own(struct decision *d, const struct record *record,
                       const struct episode *episode)
{
    char hex[2 * TOKEN_BYTES + 1];
    hex_encode(hex, episode->warning_id.bytes, TOKEN_BYTES);
    struct waiting_cause cause = {.record = record,
                                  .stream = STREAM_WARNING,
                                  .source = STR("own"),
                                  .id = str_of(hex),
                                  .phase = STR("")};
    vm_drop_hand(&d->vm);
    begin_waits(d, &cause);
}

bool waiting_is_dark(const struct decision *d)
{
    return d->timeout != CODE_NONE && d->program->patterns[d->timeout].waits == PATTERN_WAITS_DARK;
}

static bool can_wait(const struct program *p, uint8_t entity)
{
    for (int stream = 0; stream < STREAM_COUNT; stream++) {
        for (uint32_t i = 0; i < p->waiting_count[stream]; i++) {
            if (p->patterns[p->waiting[stream][i]].page == entity) {
                return true;
            }
        }
    }
    return false;
}

int64_t waiting_first_ms(const struct decision *d, int64_t record_ms)
{
    const struct page *page = d->visit.page;
    int64_t first_ms = d->vm.t;
    if (record_ms < first_ms && can_wait(d->program, page->entity)) {
        first_ms = record_ms;
    }
    for (uint32_t i = 0; i < page->wait_count; i++) {
        first_ms = page->waits[i].until_ms < first_ms ? page->waits[i].until_ms : first_ms;
    }
    return first_ms;
}

/* ---- the end -------------------------------------------------------------------------------- */

/* The pattern that waited, if the pack still has it; CODE_NONE: it has not. */
static uint32_t find_pattern(const struct decision *d, const struct decision_timeout *timeout)
{
    const struct program *p = d->program;
    for (uint32_t i = 0; i < p->waiting_count[timeout->wait->stream]; i++) {
        uint32_t index = p->waiting[timeout->wait->stream][i];
        if (p->patterns[index].key == timeout->wait->pattern_key &&
            p->patterns[index].page == timeout->page->entity) {
            return index;
        }
    }
    return CODE_NONE;
}

/* The page's entity; of a stand-in, the number or account that it stands for. Returns the leg. */
static int make_party(const struct page *page, struct party *party)
{
    const char *mask = page->mask;
    uint8_t mask_len = page->mask_len;
    party->entity = page->entity;
    party->token = page->token;
    if (page->entity == ENTITY_PERSON) {
        party->holder = page->token;
        party->holder_known = page->stand_in == 0;
    }
    if (page->stand_in) {
        party->entity = page->stand_in_entity;
        party->token = page->stand_in_token;
        for (uint32_t i = 0; i < page->member_count; i++) {
            if (token_eq(&page->members[i].token, &party->token)) {
                mask = page->members[i].mask;
                mask_len = page->members[i].mask_len;
            }
        }
    }
    party->mask_len = mask_len;
    memcpy(party->mask, mask, mask_len);
    return page->stand_in ? LEG_HOLDER : LEG_ENTITY;
}

static int make_event(const struct decision_timeout *timeout, struct event *event)
{
    const struct wait *wait = timeout->wait;
    char hex[2 * TOKEN_BYTES + 1];
    event_clear(event);
    event->kind = EVENT_TIMEOUT;
    event->time_ms = wait->until_ms;
    event->judged_ms = wait->until_ms;
    event->record_id = token_low64(&wait->id);
    hex_encode(hex, wait->id.bytes, TOKEN_BYTES);
    event->id_len = 2 * TOKEN_BYTES;
    memcpy(event->id, hex, event->id_len);
    event->source_len = sizeof "timeout" - 1;
    memcpy(event->source, "timeout", event->source_len);
    return make_party(timeout->page, &event->party[PARTY_FROM]);
}

bool decision_begin_timeout(struct decision *d, const struct decision_timeout *timeout,
                            struct event *event)
{
    uint32_t pattern = find_pattern(d, timeout);
    const struct record *record = page_wait_record(timeout->page, timeout->wait);
    if (pattern == CODE_NONE || record == NULL) {
        return false;
    }
    for (unsigned i = 0; i < PROGRAM_CARRIED_MAX; i++) {
        d->carried_none[i] = VALUE_UNKNOWN;
    }
    struct decision_visit visit = {.page = timeout->page,
                                   .event = event,
                                   .carried = d->carried_none,
                                   .leg = make_event(timeout, event),
                                   .judged_ms = timeout->wait->until_ms,
                                   .clock_ms = timeout->clock_ms,
                                   .lsn = timeout->lsn};
    decision_begin(d, &visit);
    d->timeout = pattern;
    d->waited = record;
    return pattern_ends(&d->vm, pattern, record, timeout->wait->until_ms);
}
