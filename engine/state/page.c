#include "engine/state/page.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/state/history.h"

#include <string.h>

#define DAY_MS ((int64_t)24 * 3600 * 1000)

void retention_defaults(struct retention *retention)
{
    static const struct {
        uint8_t entity, first, last;
        uint8_t days;
        uint32_t records_max;
    } rows[] = {
        {ENTITY_PERSON, STREAM_CALL_IN, STREAM_CALL_OUT, 14, 64},
        {ENTITY_PERSON, STREAM_SMS_IN, STREAM_SMS_OUT, 7, 48},
        {ENTITY_PERSON, STREAM_PAYMENT_IN, STREAM_PAYMENT_OUT, 90, 128},
        {ENTITY_PERSON, STREAM_LOGIN, STREAM_WARNING, 90, 16},
        {ENTITY_NUMBER, STREAM_CALL_IN, STREAM_CALL_OUT, 7, 256},
        {ENTITY_NUMBER, STREAM_SMS_IN, STREAM_SMS_OUT, 3, 256},
        {ENTITY_NUMBER, STREAM_LOGIN, STREAM_WARNING, 90, 16},
        {ENTITY_ACCOUNT, STREAM_PAYMENT_IN, STREAM_PAYMENT_OUT, 14, 256},
        {ENTITY_ACCOUNT, STREAM_LOGIN, STREAM_WARNING, 90, 16},
        {ENTITY_DEVICE, STREAM_USE, STREAM_USE, 7, 64},
        {ENTITY_DEVICE, STREAM_WARNING, STREAM_WARNING, 90, 16},
        {ENTITY_DOMAIN, STREAM_LINK, STREAM_LINK, 7, 64},
        {ENTITY_DOMAIN, STREAM_WARNING, STREAM_WARNING, 90, 16},
    };
    *retention = (struct retention){.peers_max = PAGE_PEERS_MAX};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int stream = rows[i].first; stream <= rows[i].last; stream++) {
            retention->stream[rows[i].entity][stream].records_max = rows[i].records_max;
            retention->stream[rows[i].entity][stream].age_max_ms = rows[i].days * DAY_MS;
        }
    }
}

/* An empty page, whatever was there before. */
static void page_init(struct page *page, const struct token *token, uint8_t entity)
{
    memset(page, 0, sizeof *page);
    page->token = *token;
    page->entity = entity;
    page->newest_judged_ms = TIME_NONE;
    page->first_seen_ms = TIME_NONE;
    page->newest_record_ms = TIME_NONE;
    page->texts_ms = TIME_NONE;
    page->mask_ms = TIME_NONE;
    page->stored_due_ms = TIME_NEVER;
    page->timer_ms = TIME_NEVER;
    for (int i = 0; i < PAGE_ATTRIBUTE_COUNT; i++) {
        page->attributes[i] = (struct attribute_value){VALUE_UNKNOWN, TIME_NONE};
    }
    for (int i = 0; i < STREAM_COUNT; i++) {
        page->streams[i].dropped_until_ms = TIME_NONE;
    }
}

struct page *page_new(const struct token *token, uint8_t entity)
{
    must(entity < ENTITY_KIND_COUNT);
    struct page *page = mem_alloc(1, sizeof *page);
    page_init(page, token, entity);
    return page;
}

/* All that it holds, but what is noted of the store. */
static void free_content(struct page *page)
{
    mem_free(page->members);
    mem_free(page->memberships);
    mem_free(page->points);
    mem_free(page->episodes);
    mem_free(page->episode_rules);
    mem_free(page->aliases);
    mem_free(page->overrides);
    mem_free(page->held);
    mem_free(page->waits);
    mem_free(page->outcomes);
    mem_free(page->peers);
    mem_free(page->peer_index);
    mem_free(page->usuals);
    mem_free(page->kept);
    for (int i = 0; i < STREAM_COUNT; i++) {
        mem_free(page->streams[i].records);
        mem_free(page->streams[i].days);
    }
}

void page_free(struct page *page)
{
    if (page == NULL) {
        return;
    }
    free_content(page);
    mem_free(page->marks);
    mem_free(page);
}

void page_forget(struct page *page, uint64_t applied_lsn)
{
    const struct page old = *page;
    must(!page_is_forgotten(page));
    free_content(page);
    page_init(page, &old.token, ENTITY_NONE);
    page->applied_lsn = applied_lsn;
    page->dirty = old.dirty;
    page->unflushed_lsn = old.unflushed_lsn;
    page->unflushed_ms = old.unflushed_ms;
    page->marks = old.marks;
    page->mark_count = old.mark_count;
    page->mark_cap = old.mark_cap;
    page->stored_due_ms = old.stored_due_ms;
    page->timer_ms = old.timer_ms;
    page->weighed_bytes = old.weighed_bytes;
}

size_t page_memory_bytes(const struct page *page)
{
    size_t bytes = sizeof *page + peer_memory_bytes(page);
    bytes += page->member_cap * sizeof *page->members;
    bytes += page->membership_cap * sizeof *page->memberships;
    bytes += page->points_cap * sizeof *page->points;
    bytes += page->episode_cap * sizeof *page->episodes;
    bytes += page->episode_rule_cap * sizeof *page->episode_rules;
    bytes += page->mark_cap * sizeof *page->marks;
    bytes += page->alias_cap * sizeof *page->aliases;
    bytes += page->override_cap * sizeof *page->overrides;
    bytes += page->held_cap * sizeof *page->held;
    bytes += page->wait_cap * sizeof *page->waits;
    bytes += page->outcome_cap * sizeof *page->outcomes;
    bytes += page->usual_cap * sizeof *page->usuals;
    bytes += page->kept_cap;
    for (int i = 0; i < STREAM_COUNT; i++) {
        bytes += page->streams[i].cap * sizeof *page->streams[i].records;
        bytes += page->streams[i].day_cap * sizeof *page->streams[i].days;
    }
    return bytes;
}

void *page_reserve(void *array, uint32_t *cap, uint32_t need, size_t item_bytes)
{
    if (need <= *cap) {
        return array;
    }
    must(need < UINT32_MAX / 2);
    uint32_t grown = *cap < 2 ? 2 : *cap;
    while (grown < need) {
        grown += grown / 4 + 1;
    }
    array = mem_grow(array, *cap, grown, item_bytes);
    *cap = grown;
    return array;
}

bool page_set_attribute(struct page *page, int attribute, int64_t value, int64_t time_ms)
{
    must(attribute >= 0 && attribute < PAGE_ATTRIBUTE_COUNT);
    struct attribute_value *slot = &page->attributes[attribute];
    if (time_ms < slot->time_ms) {
        return false;
    }
    *slot = (struct attribute_value){value, time_ms};
    page->dirty = true;
    return true;
}

uint8_t page_member(struct page *page, const struct token *token, uint8_t entity, const char *mask,
                    uint8_t mask_len)
{
    must(mask_len <= EVENT_MASK_MAX);
    for (uint32_t i = 0; i < page->member_count; i++) {
        struct member *known = &page->members[i];
        if (!token_eq(&known->token, token)) {
            continue;
        }
        if (known->mask_len == 0 && mask_len > 0) {
            memcpy(known->mask, mask, mask_len);
            known->mask_len = mask_len;
            page->dirty = true;
        }
        return (uint8_t)i;
    }
    if (page->member_count >= PAGE_MEMBERS_MAX) {
        return RECORD_MEMBER_NONE;
    }
    page->members = page_reserve(page->members, &page->member_cap, page->member_count + 1,
                                 sizeof *page->members);
    struct member *member = &page->members[page->member_count];
    *member = (struct member){.token = *token, .entity = entity, .mask_len = mask_len};
    if (mask_len > 0) {
        memcpy(member->mask, mask, mask_len);
    }
    page->dirty = true;
    return (uint8_t)page->member_count++;
}

/* A removal is over when it is said. */
static int64_t membership_end_ms(const struct membership *entry)
{
    return entry->removed ? entry->set_ms : entry->to_ms;
}

/* Does a give way before b? */
static bool membership_before(const struct membership *a, const struct membership *b)
{
    int64_t a_ms = membership_end_ms(a);
    int64_t b_ms = membership_end_ms(b);
    if (a_ms != b_ms) {
        return a_ms < b_ms;
    }
    if (a->removed != b->removed) {
        return a->removed;
    }
    return a->set_ms < b->set_ms;
}

static bool membership_add(struct page *page, const struct membership *entry)
{
    if (page->membership_count < PAGE_MEMBERSHIPS_MAX) {
        page->memberships = page_reserve(page->memberships, &page->membership_cap,
                                         page->membership_count + 1, sizeof *page->memberships);
        page->memberships[page->membership_count++] = *entry;
        page->dirty = true;
        return true;
    }
    uint32_t first = 0;
    for (uint32_t i = 1; i < page->membership_count; i++) {
        if (membership_before(&page->memberships[i], &page->memberships[first])) {
            first = i;
        }
    }
    bool refused = membership_before(entry, &page->memberships[first]);
    struct membership gone = refused ? *entry : page->memberships[first];
    if (!refused) {
        page->memberships[first] = *entry;
        page->dirty = true;
    }
    return membership_end_ms(&gone) <= entry->set_ms;
}

bool page_set_membership(struct page *page, const struct membership *entry)
{
    for (uint32_t i = 0; i < page->membership_count; i++) {
        struct membership *known = &page->memberships[i];
        if (known->list_key == entry->list_key) {
            if (entry->set_ms >= known->set_ms) {
                *known = *entry;
                page->dirty = true;
            }
            return true;
        }
    }
    return membership_add(page, entry);
}

int64_t page_is_member(const struct page *page, uint64_t list_key, int64_t t)
{
    for (uint32_t i = 0; i < page->membership_count; i++) {
        const struct membership *known = &page->memberships[i];
        if (known->list_key == list_key) {
            return !known->removed && known->from_ms <= t && t < known->to_ms;
        }
    }
    return 0;
}

/* ---- overrides and outcomes ----------------------------------------------------------------- */

/* Does a give way before b? */
static bool override_before(const struct override_entry *a, const struct override_entry *b)
{
    return a->to_ms != b->to_ms ? a->to_ms < b->to_ms : a->set_ms < b->set_ms;
}

static bool override_add(struct page *page, const struct override_entry *entry)
{
    if (page->override_count < PAGE_OVERRIDES_MAX) {
        page->overrides = page_reserve(page->overrides, &page->override_cap,
                                       page->override_count + 1, sizeof *page->overrides);
        page->overrides[page->override_count++] = *entry;
        page->dirty = true;
        return true;
    }
    uint32_t first = 0;
    for (uint32_t i = 1; i < page->override_count; i++) {
        if (override_before(&page->overrides[i], &page->overrides[first])) {
            first = i;
        }
    }
    bool over = page->overrides[first].to_ms <= entry->set_ms;
    if (!override_before(entry, &page->overrides[first])) {
        page->overrides[first] = *entry;
        page->dirty = true;
    }
    return over;
}

bool page_set_override(struct page *page, const struct override_entry *entry)
{
    for (uint32_t i = 0; i < page->override_count; i++) {
        struct override_entry *known = &page->overrides[i];
        if (token_eq(&known->other, &entry->other)) {
            if (entry->set_ms >= known->set_ms) {
                *known = *entry;
                page->dirty = true;
            }
            return true;
        }
    }
    return override_add(page, entry);
}

bool page_has_override(const struct page *page, const struct token *other, int64_t t)
{
    for (uint32_t i = 0; i < page->override_count; i++) {
        const struct override_entry *known = &page->overrides[i];
        if (token_eq(&known->other, other)) {
            return known->set_ms <= t && t < known->to_ms;
        }
    }
    return false;
}

bool page_note_outcome(struct page *page, uint64_t id)
{
    for (uint32_t i = 0; i < page->outcome_count; i++) {
        if (page->outcomes[i] == id) {
            return false;
        }
    }
    if (page->outcome_count == PAGE_OUTCOMES_MAX) {
        page->outcome_count--;
        memmove(page->outcomes, page->outcomes + 1, page->outcome_count * sizeof *page->outcomes);
    }
    page->outcomes = page_reserve(page->outcomes, &page->outcome_cap, page->outcome_count + 1,
                                  sizeof *page->outcomes);
    page->outcomes[page->outcome_count++] = id;
    page->dirty = true;
    return true;
}
