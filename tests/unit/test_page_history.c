/* test_page_history.c - what a record is against the others of its page, however late it comes. */
#include "engine/base/mem.h"
#include "engine/state/history.h"
#include "tests/unit/quiet_check.h"
#include "tests/unit/random_page.h"
#include "tests/unit/slow_page.h"

#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE ((int64_t)60 * 1000)
#define DAY (24 * 60 * MINUTE)
#define IN STREAM_PAYMENT_IN
#define OUT STREAM_PAYMENT_OUT
#define CALLED STREAM_CALL_IN
#define UNKNOWN VALUE_UNKNOWN

/* ---- one record against those before it ------------------------------------------------------ */

struct contact {
    int stream;
    uint64_t peer;
    int64_t time_ms;
};

static struct record *add(struct page *page, struct contact contact, uint64_t id,
                          const struct retention *retention)
{
    struct record draft = {.time_ms = contact.time_ms,
                           .id = id,
                           .value = VALUE_UNKNOWN,
                           .member = RECORD_MEMBER_NONE};
    struct token token = random_peer_token(contact.peer);
    struct peer_draft peer = {&token, ENTITY_ACCOUNT, 0, NULL};
    return page_add_record(page, contact.stream, &draft, contact.peer == 0 ? NULL : &peer,
                           retention);
}

/* says: F first_time, W two_way, L late */
static const struct {
    const char *name;
    struct contact contacts[4]; /* up to the first without a time */
    struct {
        uint64_t asked; /* which one is looked at after all have come, from 1 */
        const char *says;
        int64_t gap_ms, known_for_ms;
    } want;
} against[] = {
    {"the first record of a page", {{IN, 7, 100}}, {1, "F", UNKNOWN, 0}},
    {"silence before it, over all streams",
     {{IN, 7, 100}, {CALLED, 8, 130}, {OUT, 9, 150}},
     {3, "F", 20, 0}},
    {"one moment: the later arrival follows", {{IN, 7, 100}, {IN, 7, 100}}, {2, "", 0, 0}},
    {"one moment: the earlier keeps its place", {{IN, 7, 100}, {IN, 7, 100}}, {1, "F", UNKNOWN, 0}},
    {"met in another stream", {{CALLED, 7, 100}, {IN, 7, 150}}, {2, "", 50, 50}},
    {"nobody is always met for the first time", {{IN, 0, 100}, {IN, 0, 150}}, {2, "F", 50, 0}},
    {"an answer within 30 days",
     {{OUT, 7, 1}, {IN, 7, 30 * DAY}},
     {2, "W", 30 * DAY - 1, 30 * DAY - 1}},
    {"an answer after 30 days", {{OUT, 7, 1}, {IN, 7, 30 * DAY + 1}}, {2, "", 30 * DAY, 30 * DAY}},
    {"an answer at the same moment", {{OUT, 7, 100}, {IN, 7, 100}}, {2, "W", 0, 0}},
    {"what comes after is no answer", {{OUT, 7, 100}, {IN, 7, 100}}, {1, "F", UNKNOWN, 0}},
    {"the same direction is no answer", {{IN, 7, 100}, {CALLED, 7, 150}}, {2, "", 50, 50}},
    {"a call is answered by a payment", {{CALLED, 7, 100}, {OUT, 7, 150}}, {2, "W", 50, 50}},
    {"nobody answers nobody", {{OUT, 0, 100}, {IN, 0, 150}}, {2, "F", 50, 0}},
    {"late: its gap is from the one before",
     {{IN, 7, 100}, {OUT, 8, 200}, {IN, 9, 170}},
     {3, "FL", 70, 0}},
    {"late: shortens the gap of the next",
     {{IN, 7, 100}, {OUT, 8, 200}, {IN, 9, 170}},
     {2, "F", 30, 0}},
    {"late: not that of the one after",
     {{IN, 7, 100}, {OUT, 8, 200}, {IN, 8, 210}, {IN, 9, 170}},
     {3, "W", 10, 10}},
    {"late at a moment: follows those there",
     {{IN, 7, 100}, {OUT, 8, 200}, {IN, 9, 100}},
     {3, "FL", 0, 0}},
    {"late before the first: it has a gap now", {{IN, 7, 100}, {IN, 8, 40}}, {1, "F", 60, 0}},
    {"late before several of one moment: the first has a gap",
     {{IN, 7, 100}, {OUT, 8, 100}, {IN, 9, 40}},
     {1, "F", 60, 0}},
    {"late before several of one moment: the second has none",
     {{IN, 7, 100}, {OUT, 8, 100}, {IN, 9, 40}},
     {2, "F", 0, 0}},
    {"late: the younger was not the first", {{IN, 7, 100}, {IN, 7, 40}}, {1, "", 60, 60}},
    {"late: the younger was answered", {{IN, 7, 100}, {OUT, 7, 40}}, {1, "W", 60, 60}},
    {"late by 30 days: no answer",
     {{IN, 7, 40 * DAY}, {OUT, 7, 10 * DAY}},
     {1, "", 30 * DAY, 30 * DAY}},
    {"late by a little less: an answer",
     {{IN, 7, 40 * DAY}, {OUT, 7, 10 * DAY + 1}},
     {1, "W", 30 * DAY - 1, 30 * DAY - 1}},
    {"late and answered from before",
     {{OUT, 7, 100}, {OUT, 7, 300}, {IN, 7, 200}},
     {3, "WL", 100, 100}},
    {"late and answered 30 days before",
     {{OUT, 7, 1}, {OUT, 7, 31 * DAY}, {IN, 7, 30 * DAY + 1}},
     {3, "L", 30 * DAY, 30 * DAY}},
    {"late and answered a little later than that",
     {{OUT, 7, 2}, {OUT, 7, 31 * DAY}, {IN, 7, 30 * DAY + 1}},
     {3, "WL", 30 * DAY - 1, 30 * DAY - 1}},
    {"late and answered only later", {{OUT, 7, 300}, {IN, 7, 200}}, {2, "FL", UNKNOWN, 0}},
    {"late with another: the younger stays first", {{IN, 7, 100}, {IN, 8, 40}}, {1, "F", 60, 0}},
};

static void check_against(size_t i, const struct page *page, const struct record *r)
{
    const char *name = against[i].name;
    const char *says = against[i].want.says;
    ck_assert_msg(record_gap_ms(r) == against[i].want.gap_ms, "%s: gap %" PRId64, name,
                  record_gap_ms(r));
    ck_assert_msg(((r->flags & RECORD_FIRST_TIME) != 0) == (strchr(says, 'F') != NULL),
                  "%s: first_time", name);
    ck_assert_msg(((r->flags & RECORD_TWO_WAY) != 0) == (strchr(says, 'W') != NULL), "%s: two_way",
                  name);
    ck_assert_msg(((r->flags & RECORD_LATE) != 0) == (strchr(says, 'L') != NULL), "%s: late", name);
    ck_assert_msg(page_known_for_ms(page, r) == against[i].want.known_for_ms,
                  "%s: known_for %" PRId64, name, page_known_for_ms(page, r));
}

static uint64_t peer_low64(uint64_t peer)
{
    struct token token = random_peer_token(peer);
    return peer == 0 ? 0 : token_low64(&token);
}

START_TEST(a_record_against_the_others)
{
    struct retention retention;
    retention_defaults(&retention);
    for (size_t i = 0; i < sizeof against / sizeof against[0]; i++) {
        struct token token = random_peer_token(1);
        struct page *page = page_new(&token, ENTITY_PERSON);
        const struct contact *asked = &against[i].contacts[against[i].want.asked - 1];
        for (uint64_t k = 0; k < 4 && against[i].contacts[k].time_ms != 0; k++) {
            ck_assert_ptr_nonnull(add(page, against[i].contacts[k], k + 1, &retention));
        }
        struct record like = {.id = against[i].want.asked,
                              .peer = peer_low64(asked->peer),
                              .value = VALUE_UNKNOWN};
        const struct record *r = page_find_record(page, asked->stream, &like, like.id);
        ck_assert_msg(r != NULL, "%s: not found", against[i].name);
        check_against(i, page, r);
        page_free(page);
    }
}
END_TEST

START_TEST(a_draft_cannot_claim_what_the_page_knows)
{
    struct retention retention;
    retention_defaults(&retention);
    struct token token = random_peer_token(1);
    struct page *page = page_new(&token, ENTITY_PERSON);
    struct record draft = {.time_ms = 100,
                           .flags = RECORD_FIRST_TIME | RECORD_TWO_WAY | RECORD_LATE | RECORD_OWN,
                           .gap_low_ms = 77};
    struct token other = random_peer_token(7);
    struct peer_draft peer = {&other, ENTITY_ACCOUNT, 0, NULL};
    (void)page_add_record(page, IN, &draft, &peer, &retention);
    draft.time_ms = 200;
    const struct record *r = page_add_record(page, IN, &draft, &peer, &retention);
    ck_assert_uint_eq(r->flags, RECORD_OWN);
    ck_assert_int_eq(record_gap_ms(r), 100);
    ck_assert_uint_eq(r->peer, token_low64(&other));
    ck_assert(page->dirty);
    page_free(page);
}
END_TEST

/* ---- the same payment, the same call --------------------------------------------------------- */

struct known {
    uint64_t id, peer;
    int64_t time_ms, value;
    uint16_t flags;
    uint8_t member;
};

static struct page *page_with(int stream, const struct known *known, int count)
{
    struct retention retention;
    retention_defaults(&retention);
    struct token token = random_peer_token(1);
    struct page *page = page_new(&token, ENTITY_PERSON);
    for (int i = 0; i < count; i++) {
        struct record draft = {.time_ms = known[i].time_ms,
                               .id = known[i].id,
                               .value = known[i].value,
                               .flags = known[i].flags,
                               .member = known[i].member};
        struct token other = random_peer_token(known[i].peer);
        struct peer_draft peer = {&other, ENTITY_NUMBER, 0, NULL};
        (void)page_add_record(page, stream, &draft, known[i].peer == 0 ? NULL : &peer, &retention);
    }
    return page;
}

static const struct {
    const char *name;
    int stream;
    struct known known[3];
    int count;
    struct known asked;
    int64_t found_ms;  /* time of the one found, TIME_NONE */
    uint64_t other_id; /* 0: none */
} same[] = {
    {"same id and other end", IN, {{5, 7, 100, 300, 0, 0}}, 1, {5, 7, 0, 300, 0, 0}, 100, 0},
    {"another id", IN, {{5, 7, 100, 300, 0, 0}}, 1, {6, 7, 0, 300, 0, 0}, TIME_NONE, 0},
    {"another end", IN, {{5, 7, 100, 300, 0, 0}}, 1, {5, 8, 0, 300, 0, 0}, TIME_NONE, 0},
    {"another amount", IN, {{5, 7, 100, 300, 0, 0}}, 1, {5, 7, 0, 301, 0, 0}, TIME_NONE, 0},
    {"an amount not said may be any",
     IN,
     {{5, 7, 100, 300, 0, 0}},
     1,
     {5, 7, 0, VALUE_UNKNOWN, 0, 0},
     100,
     0},
    {"an amount not known may be any",
     OUT,
     {{5, 7, 100, VALUE_UNKNOWN, 0, 0}},
     1,
     {5, 7, 0, 300, 0, 0},
     100,
     0},
    {"a call's duration does not tell calls apart",
     CALLED,
     {{5, 7, 100, 300, 0, 0}},
     1,
     {5, 7, 0, 999, 0, 0},
     100,
     0},
    {"nobody at the other end", IN, {{5, 0, 100, 300, 0, 0}}, 1, {5, 0, 0, 300, 0, 0}, 100, 0},
    {"of several the newest",
     IN,
     {{5, 7, 100, 300, 0, 0}, {5, 7, 200, 300, 0, 0}, {6, 7, 300, 300, 0, 0}},
     3,
     {5, 7, 0, 300, 0, 0},
     200,
     0},
    {"an empty page", IN, {{0}}, 0, {5, 7, 0, 300, 0, 0}, TIME_NONE, 0},
    {"the other id", IN, {{5, 7, 100, 300, 0, 0}}, 1, {9, 7, 0, 300, 0, 0}, 100, 5},
    {"the other id, another end",
     IN,
     {{5, 7, 100, 300, 0, 0}},
     1,
     {9, 8, 0, 300, 0, 0},
     TIME_NONE,
     5},
    {"the other id, another amount",
     IN,
     {{5, 7, 100, 300, 0, 0}},
     1,
     {9, 7, 0, 301, 0, 0},
     TIME_NONE,
     5},
    {"of both ids the newest",
     IN,
     {{9, 7, 100, 300, 0, 0}, {5, 7, 200, 300, 0, 0}},
     2,
     {9, 7, 0, 300, 0, 0},
     200,
     5},
};

START_TEST(the_same_payment)
{
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        struct page *page = page_with(same[i].stream, same[i].known, same[i].count);
        struct record like = {.id = same[i].asked.id,
                              .peer = peer_low64(same[i].asked.peer),
                              .value = same[i].asked.value};
        uint64_t other_id = same[i].other_id != 0 ? same[i].other_id : like.id;
        const struct record *r = page_find_record(page, same[i].stream, &like, other_id);
        ck_assert_msg((r == NULL ? TIME_NONE : r->time_ms) == same[i].found_ms, "%s", same[i].name);
        page_free(page);
    }
}
END_TEST

static const struct {
    const char *name;
    struct alias noted[3];
    uint64_t asked, found;
} aliases[] = {
    {"nothing was noted", {{0, 0}}, 7, 7},
    {"the payment_id that came with it", {{7, 70}}, 7, 70},
    {"another message has its own", {{7, 70}, {8, 80}}, 7, 70},
    {"two banks, one payment_id", {{7, 70}, {8, 70}}, 8, 70},
    {"the latest word", {{7, 70}, {7, 71}}, 7, 71},
    {"and back", {{7, 70}, {7, 71}, {7, 70}}, 7, 70},
    {"a payment_id is no message", {{7, 70}}, 70, 70},
};

START_TEST(a_payments_other_name)
{
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
        struct page *page = page_with(IN, NULL, 0);
        for (int k = 0; k < 3 && aliases[i].noted[k].message_id != 0; k++) {
            page_set_alias(page, aliases[i].noted[k].message_id, aliases[i].noted[k].record_id);
        }
        ck_assert_msg(page_find_alias(page, aliases[i].asked) == aliases[i].found, "%s",
                      aliases[i].name);
        page_free(page);
    }
}
END_TEST

START_TEST(a_page_notes_sixteen_other_names)
{
    struct page *page = page_with(IN, NULL, 0);
    size_t bytes = page_memory_bytes(page);
    for (uint64_t id = 1; id <= PAGE_ALIASES_MAX; id++) {
        page_set_alias(page, id, 100 + id);
    }
    ck_assert_uint_ge(page_memory_bytes(page), bytes + PAGE_ALIASES_MAX * sizeof(struct alias));
    page->dirty = false;
    page_set_alias(page, 1, 101); /* the same again does not make it younger */
    ck_assert(!page->dirty);
    page_set_alias(page, 2, 202); /* another word does */
    ck_assert(page->dirty);
    page_set_alias(page, 50, 150);
    page_set_alias(page, 51, 151);
    ck_assert_uint_eq(page->alias_count, PAGE_ALIASES_MAX);
    ck_assert_uint_eq(page_find_alias(page, 1), 1);
    ck_assert_uint_eq(page_find_alias(page, 2), 202);
    ck_assert_uint_eq(page_find_alias(page, 3), 3);
    ck_assert_uint_eq(page_find_alias(page, 4), 104);
    ck_assert_uint_eq(page_find_alias(page, 51), 151);
    page_free(page);
}
END_TEST

#define ENDED RECORD_ENDED
#define NO_END VALUE_UNKNOWN
static const struct {
    const char *name;
    struct known known, asked;
    bool found;
} copies[] = {
    {"starts inside", {5, 7, 1000, 500, ENDED, 0}, {6, 7, 1499, 100, ENDED, 0}, true},
    {"starts where the other ends",
     {5, 7, 1000, 500, ENDED, 0},
     {6, 7, 1500, 100, ENDED, 0},
     false},
    {"ends where the other starts", {5, 7, 1000, 500, ENDED, 0}, {6, 7, 900, 100, ENDED, 0}, false},
    {"ends inside", {5, 7, 1000, 500, ENDED, 0}, {6, 7, 900, 101, ENDED, 0}, true},
    {"around it", {5, 7, 1000, 500, ENDED, 0}, {6, 7, 900, 9000, ENDED, 0}, true},
    {"equal starts of calls that took no time",
     {5, 7, 1000, 0, ENDED, 0},
     {6, 7, 1000, 0, ENDED, 0},
     true},
    {"the same id is no copy", {5, 7, 1000, 500, ENDED, 0}, {5, 7, 1000, 500, ENDED, 0}, false},
    {"another end", {5, 7, 1000, 500, ENDED, 0}, {6, 8, 1000, 500, ENDED, 0}, false},
    {"another own number", {5, 7, 1000, 500, ENDED, 0}, {6, 7, 1000, 500, ENDED, 1}, false},
    {"a hidden caller has none", {5, 0, 1000, 500, ENDED, 0}, {6, 0, 1000, 500, ENDED, 0}, false},
    {"no end yet: a minute apart", {5, 7, 1000, NO_END, 0, 0}, {6, 7, 61000, 5, ENDED, 0}, true},
    {"no end yet: a minute before", {5, 7, 61000, NO_END, 0, 0}, {6, 7, 1000, 5, ENDED, 0}, true},
    {"no end yet: over a minute", {5, 7, 1000, NO_END, 0, 0}, {6, 7, 61001, 5, ENDED, 0}, false},
    {"no end yet: over a minute before",
     {5, 7, 61001, NO_END, 0, 0},
     {6, 7, 1000, 5, ENDED, 0},
     false},
    {"the copy has no end", {5, 7, 1000, 90000, ENDED, 0}, {6, 7, 61001, NO_END, 0, 0}, false},
    {"an end without a duration counts as none",
     {5, 7, 1000, NO_END, ENDED, 0},
     {6, 7, 61000, 1, ENDED, 0},
     true},
    {"a duration without an end counts as none",
     {5, 7, 1000, 90000, 0, 0},
     {6, 7, 61001, 1, ENDED, 0},
     false},
};

START_TEST(the_other_carriers_copy)
{
    for (size_t i = 0; i < sizeof copies / sizeof copies[0]; i++) {
        struct page *page = page_with(CALLED, &copies[i].known, 1);
        const struct known *asked = &copies[i].asked;
        struct record draft = {.time_ms = asked->time_ms,
                               .id = asked->id,
                               .peer = peer_low64(asked->peer),
                               .value = asked->value,
                               .flags = asked->flags,
                               .member = asked->member};
        const struct record *r = page_find_call_copy(page, CALLED, &draft);
        ck_assert_msg((r != NULL) == copies[i].found, "%s", copies[i].name);
        ck_assert_ptr_null(page_find_call_copy(page, STREAM_CALL_OUT, &draft));
        page_free(page);
    }
}
END_TEST

/* The 65th number of a person and the 66th are not told apart, so neither's call is a copy. */
START_TEST(no_copy_of_numbers_that_are_not_told_apart)
{
    struct known known = {5, 7, 1000, 500, ENDED, RECORD_MEMBER_NONE};
    struct page *page = page_with(CALLED, &known, 1);
    struct record draft = {.time_ms = 1200,
                           .id = 9,
                           .peer = peer_low64(7),
                           .value = 10,
                           .flags = ENDED,
                           .member = RECORD_MEMBER_NONE};
    page->entity = ENTITY_PERSON;
    ck_assert_ptr_null(page_find_call_copy(page, CALLED, &draft));
    page->entity = ENTITY_NUMBER; /* which has no others */
    ck_assert_ptr_nonnull(page_find_call_copy(page, CALLED, &draft));
    page_free(page);
}
END_TEST

START_TEST(of_several_copies_the_newest)
{
    struct known known[] = {{5, 7, 1000, 500, ENDED, 0}, {6, 7, 1200, 500, ENDED, 0}};
    struct page *page = page_with(CALLED, known, 2);
    struct record draft = {.time_ms = 1300,
                           .id = 9,
                           .peer = peer_low64(7),
                           .value = 10,
                           .flags = ENDED};
    ck_assert_uint_eq(page_find_call_copy(page, CALLED, &draft)->id, 6);
    page_free(page);
}
END_TEST

/* ---- against the slow page ------------------------------------------------------------------- */

struct trial {
    struct page *page;
    struct slow_page *slow;
    bool forgets;                     /* more peers than it may know */
    bool gap_exact[SLOW_RECORDS_MAX]; /* the page could know what came before it */
};

/* Can a page know what came before t? It has dropped nothing younger, or keeps the first younger
 * record, whose gap tells. */
static bool knows_before(const struct trial *trial, int64_t t)
{
    const struct slow_page *slow = trial->slow;
    size_t next = SLOW_RECORDS_MAX;
    bool dropped_younger = false;
    for (size_t i = 0; i < slow->count; i++) {
        if (slow->records[i].time_ms > t && slow->records[i].stream != STREAM_WARNING) {
            dropped_younger = dropped_younger || !slow->records[i].retained;
            next = next == SLOW_RECORDS_MAX || slow_before(slow, i, next) ? i : next;
        }
    }
    return !dropped_younger || (slow->records[next].retained && trial->gap_exact[next]);
}

static void check_two_way(const struct trial *trial, size_t at, bool two_way)
{
    if (two_way) {
        quiet_check(slow_two_way(trial->slow, at, false), "%zu: two_way without contact", at);
    } else if (!trial->forgets) {
        bool exact = !slow_late(trial->slow, at);
        quiet_check(!slow_two_way(trial->slow, at, !exact), "%zu: two_way is missing", at);
    }
}

static void check_record(const struct trial *trial, size_t at, const struct record *r)
{
    const struct slow_page *slow = trial->slow;
    const struct slow_record *s = &slow->records[at];
    int64_t gap_ms = slow_gap(slow, at);
    quiet_check(r->time_ms == s->time_ms && r->id == s->id && r->peer == s->peer &&
                    r->value == s->value,
                "%zu: another record", at);
    quiet_check(((r->flags & RECORD_LATE) != 0) == slow_late(slow, at), "%zu: late", at);
    if (trial->gap_exact[at]) {
        quiet_check(record_gap_ms(r) == gap_ms, "%zu: gap %" PRId64 " instead of %" PRId64, at,
                    record_gap_ms(r), gap_ms);
    } else { /* what was dropped between is not known */
        quiet_check(record_gap_ms(r) == VALUE_UNKNOWN || record_gap_ms(r) >= gap_ms,
                    "%zu: gap %" PRId64 " below %" PRId64, at, record_gap_ms(r), gap_ms);
    }
    bool first_time = (r->flags & RECORD_FIRST_TIME) != 0;
    quiet_check(first_time == s->first_time, "%zu: first_time", at);
    if (!trial->forgets) {
        quiet_check(first_time == slow_never_met(slow, at), "%zu: first_time of all", at);
    }
    check_two_way(trial, at, (r->flags & RECORD_TWO_WAY) != 0);
    quiet_check(page_known_for_ms(trial->page, r) == slow_known_for(slow, at), "%zu: known_for",
                at);
}

static void check_stream(const struct trial *trial, int s)
{
    size_t indices[SLOW_RECORDS_MAX];
    size_t count = slow_stream(trial->slow, s, indices);
    const struct stream *stream = &trial->page->streams[s];
    const struct slow_stream *slow = &trial->slow->streams[s];
    quiet_check(stream->end - stream->begin == count, "stream %d keeps %zu", s, count);
    quiet_check(stream->dropped == slow->dropped &&
                    stream->dropped_until_ms == slow->dropped_until_ms,
                "stream %d: dropped", s);
    for (size_t i = 0; i < count; i++) {
        check_record(trial, indices[i], &stream->records[stream->begin + i]);
    }
    int64_t days[2] = {0, 0};
    int64_t want[2] = {0, 0};
    stream_days_add(stream, INT64_MIN, &days[0], &days[1]);
    slow_days(trial->slow, s, INT64_MIN, &want[0], &want[1]);
    quiet_check(days[0] == want[0] && days[1] == want[1] && stream->day_count == slow->day_count,
                "stream %d: daily sums", s);
}

static void check_peers(const struct trial *trial)
{
    quiet_check(trial->page->peer_count == trial->slow->peer_count, "so many peers");
    for (size_t i = 0; i < trial->slow->peer_count; i++) {
        const struct slow_peer *want = &trial->slow->peers[i];
        const struct peer *peer = page_find_peer(trial->page, want->low64);
        quiet_check(peer != NULL && peer->first_met_ms == want->first_ms, "peer %zu", i);
        int64_t last_ms =
            peer->last_in_ms > peer->last_out_ms ? peer->last_in_ms : peer->last_out_ms;
        quiet_check(last_ms == want->last_ms, "peer %zu: last contact", i);
    }
}

static void run_trial(uint64_t seed, bool forgets, int count)
{
    struct prng rng = prng_seed(seed, forgets ? "history, forgetful" : "history");
    struct random_life life = random_life(&rng, forgets);
    struct token token = random_peer_token(1);
    struct slow_page *slow = mem_alloc(1, sizeof *slow);
    struct trial trial = {page_new(&token, life.entity), slow, forgets, {false}};
    slow_init(slow, life.entity, &life.retention);
    for (int i = 0; i < count; i++) {
        struct random_record made = random_record(&rng, &life);
        struct token other = random_peer_token(made.peer);
        struct peer_draft peer = {&other, ENTITY_ACCOUNT, 0, NULL};
        struct slow_record want = {.stream = made.stream,
                                   .time_ms = made.draft.time_ms,
                                   .id = made.draft.id,
                                   .peer = peer_low64(made.peer),
                                   .value = made.draft.value,
                                   .reversed = (made.draft.flags & RECORD_REVERSED) != 0};
        trial.gap_exact[slow->count] = knows_before(&trial, want.time_ms);
        size_t at = slow_add(slow, &want);
        const struct record *r = page_add_record(trial.page, made.stream, &made.draft,
                                                 made.peer == 0 ? NULL : &peer, &life.retention);
        quiet_check((r != NULL) == slow->records[at].retained, "seed %" PRIu64 ": kept", seed);
        quiet_check(r == NULL || r->id == want.id, "seed %" PRIu64 ": another record", seed);
        for (int s = 0; s < STREAM_COUNT; s++) {
            check_stream(&trial, s);
        }
        check_peers(&trial);
    }
    page_free(trial.page);
    mem_free(slow);
}

START_TEST(a_page_that_forgets_nobody_agrees_with_the_slow_page)
{
    for (uint64_t seed = 1; seed <= 500; seed++) {
        run_trial(seed, false, 120);
    }
}
END_TEST

START_TEST(a_forgetful_page_agrees_with_the_slow_page)
{
    for (uint64_t seed = 1; seed <= 500; seed++) {
        run_trial(seed, true, 120);
    }
}
END_TEST

START_TEST(a_gap_has_48_bits)
{
    struct retention retention;
    retention_defaults(&retention);
    struct token token = random_peer_token(1);
    struct page *page = page_new(&token, ENTITY_PERSON);
    (void)add(page, (struct contact){IN, 7, 0}, 1, &retention);
    int64_t longest_ms = (INT64_C(1) << 48) - 2;
    ck_assert_int_eq(record_gap_ms(add(page, (struct contact){IN, 7, longest_ms}, 2, &retention)),
                     longest_ms);
    ck_assert_int_eq(record_gap_ms(
                         add(page, (struct contact){IN, 7, 3 * longest_ms}, 3, &retention)),
                     longest_ms);
    page_free(page);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("page_history");
    TCase *tests = tcase_create("page_history");
    tcase_add_test(tests, a_record_against_the_others);
    tcase_add_test(tests, a_draft_cannot_claim_what_the_page_knows);
    tcase_add_test(tests, the_same_payment);
    tcase_add_test(tests, a_payments_other_name);
    tcase_add_test(tests, a_page_notes_sixteen_other_names);
    tcase_add_test(tests, the_other_carriers_copy);
    tcase_add_test(tests, no_copy_of_numbers_that_are_not_told_apart);
    tcase_add_test(tests, of_several_copies_the_newest);
    tcase_add_test(tests, a_page_that_forgets_nobody_agrees_with_the_slow_page);
    tcase_add_test(tests, a_forgetful_page_agrees_with_the_slow_page);
    tcase_add_test(tests, a_gap_has_48_bits);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
