/* test_frame.c - a frame gives back the visits that were put in, and no broken bytes. */
#include "engine/frame.h"

#include "connectors/cli/prng.h"
#include "engine/base/caltime.h"
#include "tests/unit/exact.h"
#include "tests/unit/mutate.h"
#include "tests/unit/small_event.h"

#include <check.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static struct visit visit_of(uint32_t n)
{
    struct visit visit;
    memset(&visit, 0, sizeof visit);
    visit.source = n % 3 == 0 ? SOURCE_FEED : SOURCE_VISITS + n;
    visit.place = (struct place){lsn_of(n, 1), token_of(ENTITY_ACCOUNT, "A"), n};
    visit.leg = (uint8_t)(n % LEG_COUNT);
    visit.carried_pack = UINT64_C(0x0102030405060708) + n;
    for (uint32_t i = 0; i < PROGRAM_CARRIED_MAX; i++) {
        visit.carried[i] = (n >> i & 1) != 0 ? (int64_t)i - 5 : VALUE_UNKNOWN;
    }
    visit.carried_loose = n % 5 < 2 ? 0 : (uint16_t)(n * 40503);
    visit.event = n % 2 == 0 ? event_payment("p-1", PHASE_INITIATED, "A", "M", 100 + n, T0)
                             : event_call("c-1", PHASE_RECORD, "A", "B", 60000, T0 + n);
    return visit;
}

static void check_same(const struct visit *a, const struct visit *b, uint32_t n)
{
    ck_assert_msg(a->source == b->source && a->leg == b->leg && a->carried_pack == b->carried_pack,
                  "visit %u", n);
    ck_assert_msg(place_compare(&a->place, &b->place) == 0, "place of %u", n);
    ck_assert_msg(memcmp(a->carried, b->carried, sizeof a->carried) == 0 &&
                      a->carried_loose == b->carried_loose,
                  "carried of %u", n);
    struct buf left = {0}, right = {0};
    event_encode(&left, &a->event);
    event_encode(&right, &b->event);
    ck_assert_msg(left.len == right.len && memcmp(left.at, right.at, left.len) == 0, "event of %u",
                  n);
    buf_fini(&left);
    buf_fini(&right);
}

START_TEST(visits_come_back)
{
    static const uint32_t counts[] = {0, 1, 2, FRAME_VISITS_MAX};
    uint8_t hash[32];
    memset(hash, 0x5a, sizeof hash);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct buf frame = {0};
        buf_add_text(&frame, "left from before");
        frame_begin(&frame, T0 - 7);
        if (i % 2 == 1) {
            frame_activate(&frame, 9, hash);
        }
        for (uint32_t n = 0; n < counts[i]; n++) {
            struct visit visit = visit_of(n * 2731);
            frame_add(&frame, &visit);
        }
        ck_assert_uint_eq(frame_visit_count(&frame), counts[i]);
        struct frame_reader reader;
        struct visit back;
        ck_assert(frame_open(&reader, buf_str(&frame)));
        ck_assert_int_eq(reader.head.clock_ms, T0 - 7);
        ck_assert_uint_eq(reader.head.visit_count, counts[i]);
        ck_assert_uint_eq(reader.head.pack_number, i % 2 == 1 ? 9 : 0);
        ck_assert(i % 2 == 0 || memcmp(reader.head.pack_hash, hash, sizeof hash) == 0);
        for (uint32_t n = 0; n < counts[i]; n++) {
            struct visit visit = visit_of(n * 2731);
            ck_assert(frame_next(&reader, &back));
            check_same(&visit, &back, n);
        }
        ck_assert_uint_eq(reader.left, 0);
        ck_assert(!frame_next(&reader, &back));
        buf_fini(&frame);
    }
}
END_TEST

START_TEST(a_frame_says_whose_clock_it_has)
{
    static const struct {
        int64_t begun_ms, later_ms, writer_ms, clock_ms; /* 0: not said */
    } rows[] = {
        {0, 0, 0, 0},
        {0, 0, T0, 0},
        {T0, T0 + 1, 0, T0 + 1},
        {T0, T0 - 1, 0, T0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf frame = {0};
        struct frame_reader reader;
        frame_begin(&frame, rows[i].begun_ms);
        frame_set_clock(&frame, rows[i].later_ms);
        if (rows[i].writer_ms != 0) {
            frame_set_writer(&frame, rows[i].writer_ms);
        }
        ck_assert(frame_open(&reader, buf_str(&frame)));
        ck_assert_int_eq(reader.head.clock_ms, rows[i].clock_ms);
        ck_assert_int_eq(reader.head.writer_ms, rows[i].writer_ms);
        buf_fini(&frame);
    }
}
END_TEST

/* Visits read before something is wrong, -1 if the head is. */
static int visits_read(struct str bytes)
{
    struct frame_reader reader;
    struct visit visit;
    if (!frame_open(&reader, bytes)) {
        return -1;
    }
    int count = 0;
    while (count < (int)reader.head.visit_count && frame_next(&reader, &visit)) {
        count++;
    }
    return count;
}

static struct buf three_visits(void)
{
    struct buf frame = {0};
    frame_begin(&frame, T0);
    for (uint32_t n = 0; n < 3; n++) {
        struct visit visit = visit_of(0xffff - n);
        frame_add(&frame, &visit);
    }
    return frame;
}

START_TEST(a_frame_cut_short_has_fewer_visits)
{
    struct buf frame = three_visits();
    int before = -1;
    for (size_t len = 0; len <= frame.len; len++) {
        struct str cut = exact_copy((struct str){frame.at, len});
        int count = visits_read(cut);
        if (count < before || (count == 3) != (len == frame.len)) {
            ck_abort_msg("%d visits in %zu of %zu bytes", count, len, frame.len);
        }
        before = count;
        exact_free(cut);
    }
    buf_fini(&frame);
}
END_TEST

START_TEST(changed_bytes_are_not_read_past)
{
    struct prng rng = prng_seed(1, "frame");
    int broken = 0;
    for (int round = 0; round < 20000; round++) {
        struct buf frame = three_visits();
        mutate_bytes(&frame, &rng);
        struct str changed = exact_copy(buf_str(&frame));
        broken += visits_read(changed) < 3;
        exact_free(changed);
        buf_fini(&frame);
    }
    ck_assert_int_gt(broken, 1000);
}
END_TEST

/* Positions: the head has 56 bytes; of a visit: length 0, leg 46, has loose 47. */
static const struct {
    const char *name;
    size_t at;
    uint8_t byte;
    int visits;
} wrong[] = {
    {"another magic", 0, 'X', -1},
    {"more visits than a frame has", 12, FRAME_VISITS_MAX + 1, -1},
    {"fewer visits than there are", 12, 2, 2},
    {"a visit of no length", 56, 0, 0},
    {"a visit shorter than its head", 56, 47, 0},
    {"a visit longer than the frame", 56 + 3, 1, 0},
    {"a leg that is none", 56 + 46, LEG_COUNT, 0},
    {"loose values that are not there", 56 + 47, 1, 0},
    {"loose values of another kind", 56 + 47, 2, 0},
};

START_TEST(each_lie_is_seen)
{
    struct buf frame = three_visits();
    frame.at[wrong[_i].at] = (char)wrong[_i].byte;
    if (wrong[_i].at == 56) {
        frame.at[57] = 0;
    }
    struct str changed = exact_copy(buf_str(&frame));
    int count = visits_read(changed);
    ck_assert_msg(count == wrong[_i].visits, "%s: %d", wrong[_i].name, count);
    exact_free(changed);
    buf_fini(&frame);
}
END_TEST

/* ---- what ingest lets no event say ----------------------------------------------------------- */

static const struct {
    const char *name;
    size_t field; /* offset in struct event */
    int64_t value;
    bool sound;
} values[] = {
#define FIELD_ROWS(field)                                                        \
    {#field " may be 0", offsetof(struct event, field), 0, true},                \
        {#field " unknown", offsetof(struct event, field), VALUE_UNKNOWN, true}, \
        {#field " too large", offsetof(struct event, field), INT64_MAX, false},  \
    {                                                                            \
#field " too small", offsetof(struct event, field), INT64_MIN + 1, false \
    }
    FIELD_ROWS(duration_ms),
    FIELD_ROWS(amount_minor),
    FIELD_ROWS(opened_ms),
    FIELD_ROWS(birth_year),
    FIELD_ROWS(from_ms),
    FIELD_ROWS(to_ms),
    {"a negative duration", offsetof(struct event, duration_ms), -1, false},
    {"a negative amount", offsetof(struct event, amount_minor), -1, false},
    {"the latest time", offsetof(struct event, time_ms), CALTIME_MAX_MS, true},
    {"a later time", offsetof(struct event, time_ms), CALTIME_MAX_MS + 1, false},
    {"a time before the zone's days", offsetof(struct event, time_ms), -1, false},
    {"no time", offsetof(struct event, time_ms), VALUE_UNKNOWN, false},
    {"judged at the latest time", offsetof(struct event, judged_ms), CALTIME_MAX_MS, true},
    {"judged later", offsetof(struct event, judged_ms), CALTIME_MAX_MS + 1, false},
    {"judged before the zone's days", offsetof(struct event, judged_ms), -1, false},
};

START_TEST(values_that_no_page_can_hold_are_no_visit)
{
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct buf frame = {0};
        struct visit visit = {.leg = LEG_PAYER};
        struct visit back;
        struct frame_reader reader;
        visit.event = event_payment("p-1", PHASE_POSTED, "A", "b", 100, T0);
        memcpy((char *)&visit.event + values[i].field, &values[i].value, sizeof values[i].value);
        frame_begin(&frame, T0);
        frame_add(&frame, &visit);
        ck_assert(frame_open(&reader, buf_str(&frame)));
        ck_assert_msg(frame_next(&reader, &back) == values[i].sound, "%s", values[i].name);
        buf_fini(&frame);
    }
}
END_TEST

START_TEST(places_grow_by_lsn_actor_and_part)
{
    static const struct {
        const char *name;
        struct place a, b;
        int order;
    } rows[] = {
        {"the same", {5, {{1}}, 2}, {5, {{1}}, 2}, 0},
        {"lsn first", {4, {{9}}, 9}, {5, {{1}}, 1}, -1},
        {"then the actor", {5, {{2}}, 1}, {5, {{1}}, 9}, 1},
        {"actors by all their bytes", {5, {{1, 255}}, 0}, {5, {{2, 0}}, 0}, -1},
        {"then the part", {5, {{1}}, 2}, {5, {{1}}, 3}, -1},
        {"large numbers are not negative", {UINT64_MAX, {{0}}, 0}, {1, {{0}}, 0}, 1},
        {"nor are large parts", {1, {{0}}, UINT32_MAX}, {1, {{0}}, 1}, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ck_assert_msg(place_compare(&rows[i].a, &rows[i].b) == rows[i].order, "%s", rows[i].name);
        ck_assert_msg(place_compare(&rows[i].b, &rows[i].a) == -rows[i].order, "%s, turned round",
                      rows[i].name);
    }
}
END_TEST

START_TEST(lsn_grows_with_offset_then_index)
{
    ck_assert_uint_eq(lsn_of(0, 0), 0);
    ck_assert(lsn_of(1, 0) > lsn_of(0, 4095));
    ck_assert(lsn_of(0, 2) - lsn_of(0, 1) == 4096);
    ck_assert(lsn_of((UINT64_C(1) << 40) - 1, 4095) > lsn_of((UINT64_C(1) << 40) - 1, 4094));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("frame");
    TCase *tests = tcase_create("frame");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, visits_come_back);
    tcase_add_test(tests, a_frame_says_whose_clock_it_has);
    tcase_add_test(tests, a_frame_cut_short_has_fewer_visits);
    tcase_add_test(tests, changed_bytes_are_not_read_past);
    tcase_add_loop_test(tests, each_lie_is_seen, 0, (int)(sizeof wrong / sizeof wrong[0]));
    tcase_add_test(tests, values_that_no_page_can_hold_are_no_visit);
    tcase_add_test(tests, places_grow_by_lsn_actor_and_part);
    tcase_add_test(tests, lsn_grows_with_offset_then_index);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
