/* test_vm_word.c - what words and attributes are of records, of the event in hand and of the page.
 */
#include "engine/eval/vm.h"

#include "tests/unit/small_event.h"
#include "tests/unit/small_pack.h"
#include "tests/unit/vm_bench.h"

#include <check.h>
#include <stdlib.h>

/* A call that began `ago` before T0, read at T0. */
static const struct {
    const char *name;
    int64_t ago_ms, duration_ms;
    uint16_t flags;
    int word;
    int64_t value;
} calls[] = {
    {"a call going on lasts until now", HOUR, U, RECORD_STARTED, WORD_DURATION, HOUR},
    {"a call going on is open", HOUR, U, RECORD_STARTED, WORD_OPEN, 1},
    {"a call going on has not ended", HOUR, U, RECORD_STARTED, WORD_ENDED, U},
    {"open just under six hours", 6 * HOUR - 1, U, RECORD_STARTED, WORD_OPEN, 1},
    {"its duration then", 6 * HOUR - 1, U, RECORD_STARTED, WORD_DURATION, 6 * HOUR - 1},
    {"taken for closed after six hours", 6 * HOUR, U, RECORD_STARTED, WORD_OPEN, 0},
    {"its duration is unknown then", 6 * HOUR, U, RECORD_STARTED, WORD_DURATION, U},
    {"an ended call", HOUR, MINUTE, RECORD_ENDED, WORD_DURATION, MINUTE},
    {"an ended call is not open", HOUR, MINUTE, RECORD_ENDED, WORD_OPEN, 0},
    {"when it ended", HOUR, MINUTE, RECORD_ENDED, WORD_ENDED, T0 - HOUR + MINUTE},
    {"ended, nobody said when", HOUR, U, RECORD_ENDED, WORD_ENDED, U},
    {"ended, nobody said how long", HOUR, U, RECORD_ENDED, WORD_DURATION, U},
    {"nobody said if answered", HOUR, U, RECORD_ANSWERED, WORD_ANSWERED, U},
    {"answered", HOUR, U, RECORD_ANSWERED | RECORD_ANSWERED_KNOWN, WORD_ANSWERED, 1},
    {"not answered", HOUR, U, RECORD_ANSWERED_KNOWN, WORD_ANSWERED, 0},
    {"nobody said if forwarded", HOUR, U, 0, WORD_FORWARDED, U},
    {"not forwarded", HOUR, U, RECORD_FORWARDED_KNOWN, WORD_FORWARDED, 0},
    {"nobody at the other end", HOUR, U, 0, WORD_CALLER, U},
    {"nobody is met first each time", HOUR, U, 0, WORD_FIRST_TIME, 1},
    {"and known for no time", HOUR, U, 0, WORD_KNOWN_FOR, 0},
    {"no gap before the first", HOUR, U, 0, WORD_GAP, U},
    {"no region told", HOUR, U, 0, WORD_REGION, U},
    {"hour of the call in the zone of packs", 10 * HOUR + 1, U, 0, WORD_HOUR, 23},
    {"hour of midnight", 10 * HOUR, U, 0, WORD_HOUR, 0},
};

START_TEST(fields_of_a_call)
{
    struct program *p = program_new();
    uint32_t code =
        pack_of_window(p, AGGREGATE_LAST, STREAM_CALL_IN, calls[_i].word, DAY, CODE_NONE);
    vm_verified(p);
    struct token token = {{0xaa, 1}};
    struct page *page = page_new(&token, ENTITY_NUMBER);
    struct retention retention;
    retention_defaults(&retention);
    struct record draft = {.time_ms = T0 - calls[_i].ago_ms,
                           .value = calls[_i].duration_ms,
                           .flags = calls[_i].flags,
                           .member = RECORD_MEMBER_NONE};
    page_add_record(page, STREAM_CALL_IN, &draft, NULL, &retention);
    int64_t value = vm_result(p, page, code, T0);
    ck_assert_msg(value == calls[_i].value, "%s: %lld", calls[_i].name, (long long)value);
    page_free(page);
    program_free(p);
}
END_TEST

/* The newest record of another stream, read at T0. */
static const struct {
    const char *name;
    int stream, word;
    struct record record;
    int64_t value;
} notes[] = {
    {"a link", STREAM_SMS_IN, WORD_HAS_LINK, {.flags = RECORD_LINK | RECORD_LINK_KNOWN}, 1},
    {"no link", STREAM_SMS_IN, WORD_HAS_LINK, {.flags = RECORD_LINK_KNOWN}, 0},
    {"nobody said if a link", STREAM_SMS_OUT, WORD_HAS_LINK, {.flags = 0}, U},
    {"the sender's kind", STREAM_SMS_IN, WORD_SENDER_KIND, {.peer_kind = 9}, 9},
    {"no kind", STREAM_SMS_OUT, WORD_RECEIVER_KIND, {.peer_kind = 0}, U},
    {"nobody", STREAM_SMS_OUT, WORD_RECEIVER, {.peer_kind = 0}, U},
    {"what of a login", STREAM_LOGIN, WORD_WHAT_OF_LOGIN, {.place = 2U << RECORD_REGION_BITS}, 2},
    {"what of a change",
     STREAM_CHANGE,
     WORD_WHAT_OF_CHANGE,
     {.place = 8U << RECORD_REGION_BITS},
     8},
    {"an unknown what", STREAM_CHANGE, WORD_WHAT_OF_CHANGE, {.place = 330502}, U},
    {"where", STREAM_CHANGE, WORD_REGION, {.place = 330502}, 330502},
    {"about", STREAM_WARNING, WORD_ABOUT, {.value = 77}, 77},
    {"about nothing", STREAM_WARNING, WORD_ABOUT, {.value = U}, U},
    {"tier", STREAM_WARNING, WORD_WARNING_TIER, {.place = 3U << (RECORD_REGION_BITS + 6)}, 3},
    {"no tier", STREAM_WARNING, WORD_WARNING_TIER, {.place = 1U << RECORD_REGION_BITS}, U},
    {"origin", STREAM_WARNING, WORD_WARNING_ORIGIN, {.place = 2U << RECORD_REGION_BITS}, 2},
    {"another's warning is open", STREAM_WARNING, WORD_WARNING_OPEN, {.flags = RECORD_EXTERNAL}, 1},
    {"until an outcome",
     STREAM_WARNING,
     WORD_WARNING_OPEN,
     {.flags = RECORD_EXTERNAL | RECORD_CLOSED},
     0},
    {"an own one without an episode is not", STREAM_WARNING, WORD_WARNING_OPEN, {.value = 77}, 0},
};

START_TEST(fields_of_other_records)
{
    struct program *p = program_new();
    uint32_t code =
        pack_of_window(p, AGGREGATE_LAST, notes[_i].stream, notes[_i].word, DAY, CODE_NONE);
    vm_verified(p);
    struct token token = {{0xaa, 1}};
    struct page *page = page_new(&token, ENTITY_PERSON);
    struct retention retention;
    retention_defaults(&retention);
    struct record draft = notes[_i].record;
    draft.time_ms = T0 - HOUR;
    draft.member = RECORD_MEMBER_NONE;
    page_add_record(page, notes[_i].stream, &draft, NULL, &retention);
    int64_t value = vm_result(p, page, code, T0);
    ck_assert_msg(value == notes[_i].value, "%s: %lld", notes[_i].name, (long long)value);
    page_free(page);
    program_free(p);
}
END_TEST

/* Tags of a message that is looked at: what it has, and what it certainly has not. */
static const struct {
    const char *name;
    struct record record;
    int64_t value;
} tagged[] = {
    {"the first", {.value = 7, .place = 99}, 1},
    {"the fourth", {.value = INT64_C(7) << 48, .place = 99}, 1},
    {"the fifth", {.value = 1, .place = 7 << 16 | 99}, 1},
    {"none of them", {.value = INT64_C(0x0001000200030700), .place = 8 << 16 | 99}, 0},
    {"looked through for other tags", {.value = 1, .place = 98}, U},
    {"one that it has all the same", {.value = 7, .place = 98}, 1},
    {"nobody knows all of them", {.value = 1, .place = 0}, U},
};

START_TEST(tags_of_messages)
{
    struct program *p = program_new();
    uint32_t at = program_add_tags(p);
    p->tags[at].hash = 7;
    p->tag_set = 99;
    struct insn has[] = {pack_insn(OP_RECORD_TAG, 0), pack_insn(OP_END, 0)};
    struct insn has_not[] = {pack_insn(OP_RECORD_TAG, 0), pack_insn(OP_NOT, 0),
                             pack_insn(OP_END, 0)};
    uint32_t where = pack_code(p, has, 2);
    uint32_t where_not = pack_code(p, has_not, 3);
    uint32_t some = pack_of_window(p, AGGREGATE_ANY, STREAM_SMS_IN, WORD_NONE, DAY, where);
    uint32_t none = pack_of_window(p, AGGREGATE_ANY, STREAM_SMS_IN, WORD_NONE, DAY, where_not);
    vm_verified(p);
    struct token token = {{0xaa, 1}};
    struct page *page = page_new(&token, ENTITY_PERSON);
    struct retention retention;
    retention_defaults(&retention);
    struct record draft = tagged[_i].record;
    draft.time_ms = T0 - HOUR;
    draft.member = RECORD_MEMBER_NONE;
    page_add_record(page, STREAM_SMS_IN, &draft, NULL, &retention);
    ck_assert_msg(vm_result(p, page, some, T0) == (tagged[_i].value == 1), "%s", tagged[_i].name);
    ck_assert_msg(vm_result(p, page, none, T0) == (tagged[_i].value == 0), "%s", tagged[_i].name);
    page_free(page);
    program_free(p);
}
END_TEST

/* T0 is Monday 2026-03-02, 10:00. */
static const struct {
    const char *name;
    int word;
    int64_t after_ms, value;
} clocks[] = {
    {"Monday is 1", WORD_WEEKDAY, 0, 1},
    {"Sunday is 7", WORD_WEEKDAY, -10 * HOUR - 1, 7},
    {"a day begins at midnight of the zone", WORD_WEEKDAY, 14 * HOUR, 2},
    {"one moment before ten at night", WORD_NIGHT, 12 * HOUR - 1, 0},
    {"ten at night", WORD_NIGHT, 12 * HOUR, 1},
    {"one moment before six", WORD_NIGHT, 20 * HOUR - 1, 1},
    {"six in the morning", WORD_NIGHT, 20 * HOUR, 0},
    {"hour", WORD_HOUR, 0, 10},
    {"the time itself", WORD_TIME, 5, T0 + 5},
    {"a balance nobody told", WORD_BALANCE_BEFORE, 0, U},
};

START_TEST(clock_of_the_event)
{
    struct program *p = program_new();
    uint32_t code = pack_of_word(p, clocks[_i].word);
    vm_verified(p);
    struct page *page = vm_page();
    int64_t value = vm_result(p, page, code, T0 + clocks[_i].after_ms);
    ck_assert_msg(value == clocks[_i].value, "%s: %lld", clocks[_i].name, (long long)value);
    page_free(page);
    program_free(p);
}
END_TEST

static const struct {
    const char *name;
    int slot;
    int64_t value;
    int attribute;
    int64_t t, result;
} attributes[] = {
    {"age by the year", PAGE_BIRTH_YEAR, 1950, ATTRIBUTE_AGE, T0, 76},
    {"older with the new year of the zone", PAGE_BIRTH_YEAR, 1950, ATTRIBUTE_AGE,
     INT64_C(1767196800000), 76},
    {"not a moment before", PAGE_BIRTH_YEAR, 1950, ATTRIBUTE_AGE, INT64_C(1767196800000) - 1, 75},
    {"no birth year, no age", PAGE_BIRTH_YEAR, U, ATTRIBUTE_AGE, T0, U},
    {"vulnerable", PAGE_VULNERABLE, TRUTH_YES, ATTRIBUTE_VULNERABLE, T0, 1},
    {"not vulnerable", PAGE_VULNERABLE, TRUTH_NO, ATTRIBUTE_VULNERABLE, T0, 0},
    {"nobody knows", PAGE_VULNERABLE, TRUTH_UNKNOWN, ATTRIBUTE_VULNERABLE, T0, U},
    {"nobody said", PAGE_VULNERABLE, U, ATTRIBUTE_VULNERABLE, T0, U},
    {"opened", PAGE_OPENED, 5, ATTRIBUTE_OPENED, T0, 5},
    {"class", PAGE_CLASS, 2, ATTRIBUTE_CLASS, T0, 2},
    {"kind", PAGE_KIND, 3, ATTRIBUTE_KIND_OF_ACCOUNT, T0, 3},
    {"region", PAGE_REGION, 130100, ATTRIBUTE_REGION, T0, 130100},
};

START_TEST(attributes_as_of_t)
{
    struct page *page = vm_page();
    page_set_attribute(page, attributes[_i].slot, attributes[_i].value, T0);
    int64_t value = vm_attribute(page, attributes[_i].attribute, attributes[_i].t);
    ck_assert_msg(value == attributes[_i].result, "%s: %lld", attributes[_i].name,
                  (long long)value);
    page_free(page);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vm_word");
    TCase *tests = tcase_create("vm_word");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, fields_of_a_call, 0, VM_ROWS(calls));
    tcase_add_loop_test(tests, fields_of_other_records, 0, VM_ROWS(notes));
    tcase_add_loop_test(tests, tags_of_messages, 0, VM_ROWS(tagged));
    tcase_add_loop_test(tests, clock_of_the_event, 0, VM_ROWS(clocks));
    tcase_add_loop_test(tests, attributes_as_of_t, 0, VM_ROWS(attributes));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
