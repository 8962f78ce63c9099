/* The made-up city: same seed, same bytes; nobody real; truths that are in the events. */
#include "connectors/cli/city.h"
#include "connectors/cli/gen.h"
#include "engine/base/caltime.h"
#include "engine/ingest/record.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct written {
    struct buf directory, events, truth;
};

static bool take_lines(void *context, struct str lines)
{
    buf_add_str(context, lines);
    return true;
}

/* Without messages, logins and changes. */
static void make_quiet_city(struct city *city, uint64_t seed, uint32_t people)
{
    struct city_plan plan = {.seed = seed,
                             .people = people,
                             .hours = 24,
                             .history_days = 5,
                             .frauds = 8};
    ck_assert(caltime_parse(&plan.start_ms, STR("2026-03-02T00:00:00+08:00")));
    city_init(city, &plan);
    city_live(city);
    city_look_alike(city);
    city_defraud(city);
    city_settle(city);
}

static void make_city(struct city *city, uint64_t seed, uint32_t people)
{
    make_quiet_city(city, seed, people);
    city_talk(city);
}

static struct written write_city(struct city *city)
{
    struct written all = {0};
    ck_assert(city_write_directory(city, &(struct city_out){take_lines, &all.directory}));
    ck_assert(city_write_events(city, &(struct city_out){take_lines, &all.events}));
    ck_assert(city_write_truth(city, &(struct city_out){take_lines, &all.truth}));
    return all;
}

static struct written write_seed(uint64_t seed)
{
    struct city city;
    make_city(&city, seed, 120);
    struct written all = write_city(&city);
    city_fini(&city);
    return all;
}

static void free_written(struct written *all)
{
    buf_fini(&all->directory);
    buf_fini(&all->events);
    buf_fini(&all->truth);
}

START_TEST(same_seed_same_bytes)
{
    struct written a = write_seed(7);
    struct written b = write_seed(7);
    struct written c = write_seed(8);
    ck_assert(str_eq(buf_str(&a.directory), buf_str(&b.directory)));
    ck_assert(str_eq(buf_str(&a.events), buf_str(&b.events)));
    ck_assert(str_eq(buf_str(&a.truth), buf_str(&b.truth)));
    ck_assert(!str_eq(buf_str(&a.directory), buf_str(&c.directory)));
    ck_assert(!str_eq(buf_str(&a.events), buf_str(&c.events)));
    ck_assert(!str_eq(buf_str(&a.truth), buf_str(&c.truth)));
    free_written(&a);
    free_written(&b);
    free_written(&c);
}
END_TEST

/* When the event would be read if nothing were late: a call's record when the call is over. */
static int64_t due_ms(const struct city_event *event)
{
    bool at_end = event->what == CITY_CALL_RECORD;
    return event->time_ms + (at_end ? (int64_t)event->duration_s * CITY_SECOND_MS : 0);
}

START_TEST(in_order_but_for_the_late)
{
    struct city city;
    make_city(&city, 1, 400);
    int64_t newest_ms = 0;
    size_t late = 0;
    for (size_t i = 0; i < city.event_count; i++) {
        int64_t due = due_ms(&city.events[i]);
        if (due < newest_ms) {
            late++;
            ck_assert_int_ge(due, newest_ms - CITY_LATE_MS - CITY_MINUTE_MS);
        } else {
            newest_ms = due;
        }
    }
    ck_assert_uint_gt(late, 0);
    ck_assert_uint_le(late * 100, city.event_count * 2);
    city_fini(&city);
}
END_TEST

static bool passes_luhn(const char *digits)
{
    unsigned sum = 0;
    size_t count = strlen(digits);
    for (size_t i = 0; i < count; i++) {
        unsigned digit = (unsigned)(digits[count - 1 - i] - '0');
        if (i % 2 == 1) {
            digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        }
        sum += digit;
    }
    return sum % 10 == 0;
}

START_TEST(no_real_account)
{
    ck_assert(passes_luhn("4539578763621486"));
    struct city city;
    make_city(&city, 3, 400);
    for (size_t i = 0; i < city.account_count; i++) {
        const char *text = city.accounts[i].text;
        ck_assert_uint_ge(strlen(text), 16);
        ck_assert_uint_le(strlen(text), 19);
        ck_assert_msg(!passes_luhn(text), "%s could be a real card", text);
    }
    city_fini(&city);
}
END_TEST

START_TEST(no_real_number)
{
    struct city city;
    make_city(&city, 4, 400);
    for (size_t i = 0; i < city.number_count; i++) {
        struct str text = str_of(city.numbers[i].text);
        bool domestic = text.len == 11 && str_starts(text, STR("120"));
        bool fiction = text.len == 13 && str_starts(text, STR("+447700900"));
        bool regional = text.len == 12 && str_starts(text, STR("+8521200"));
        ck_assert_msg(domestic || fiction || regional, "%s is nobody's to use", text.at);
    }
    city_fini(&city);
}
END_TEST

static int compare_text(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

START_TEST(names_are_unique)
{
    struct city city;
    make_city(&city, 5, 400);
    size_t count = city.account_count + city.number_count;
    const char **texts = calloc(count, sizeof *texts);
    ck_assert_ptr_nonnull(texts);
    for (size_t i = 0; i < count; i++) {
        texts[i] = i < city.account_count ? city.accounts[i].text
                                          : city.numbers[i - city.account_count].text;
    }
    qsort(texts, count, sizeof *texts, compare_text);
    for (size_t i = 1; i < count; i++) {
        ck_assert_str_ne(texts[i - 1], texts[i]);
    }
    free(texts);
    city_fini(&city);
}
END_TEST

static size_t count_events(const struct city *city, bool call, uint32_t serial,
                           const struct city_truth *truth)
{
    size_t found = 0;
    for (size_t i = 0; i < city->event_count; i++) {
        const struct city_event *event = &city->events[i];
        bool is_call = event->what <= CITY_CALL_END;
        bool is_note = event->what >= CITY_SMS;
        if (is_call != call || is_note || event->serial != serial) {
            continue;
        }
        found++;
        if (!call) {
            ck_assert_uint_eq(event->from, truth->payer);
            ck_assert_uint_eq(event->to, truth->payee);
            ck_assert_int_eq(event->amount_minor, truth->amount_minor);
            ck_assert_int_eq(event->time_ms, event->what == CITY_PAY_INITIATED ? truth->initiated_ms
                                                                               : truth->posted_ms);
        }
    }
    return found;
}

START_TEST(truth_is_in_the_events)
{
    struct city city;
    make_city(&city, 6, 200);
    size_t calls = 0;
    for (size_t i = 0; i < city.truth_count; i++) {
        const struct city_truth *truth = &city.truths[i];
        bool call = truth->call != CITY_NONE;
        ck_assert(call != (truth->payment != CITY_NONE));
        ck_assert_int_lt(truth->initiated_ms, truth->posted_ms);
        /* Payments: initiated and posted, perhaps one of them twice. Calls: a record or a pair. */
        size_t found = count_events(&city, call, call ? truth->call : truth->payment, truth);
        ck_assert_uint_ge(found, call ? 1 : 2);
        calls += call;
    }
    ck_assert_uint_eq(calls, 8);
    ck_assert_uint_eq(city.fraud_serial, 24);
    city_fini(&city);
}
END_TEST

/* What is told of calls and payments, and in which order, does not depend on the rest. */
START_TEST(notes_leave_calls_and_payments_alone)
{
    struct city quiet;
    struct city city;
    make_quiet_city(&quiet, 9, 400);
    make_city(&city, 9, 400);
    size_t at = 0;
    size_t kinds[CITY_CHANGE + 1] = {0};
    for (size_t i = 0; i < city.event_count; i++) {
        const struct city_event *event = &city.events[i];
        kinds[event->what]++;
        if (event->what < CITY_SMS) {
            ck_assert(at < quiet.event_count);
            const struct city_event *same = &quiet.events[at++];
            ck_assert(same->what == event->what && same->serial == event->serial &&
                      same->arrive_ms == event->arrive_ms &&
                      same->balance_minor == event->balance_minor);
        }
    }
    ck_assert_uint_eq(at, quiet.event_count);
    for (int what = 0; what <= CITY_CHANGE; what++) {
        ck_assert_msg(kinds[what] > 0, "none of kind %d", what);
    }
    city_fini(&quiet);
    city_fini(&city);
}
END_TEST

/* Every line is a record that ingest takes. */
START_TEST(every_record_is_good)
{
    struct written all = write_seed(11);
    static struct record_decoder decoder;
    struct raw_record raw;
    struct refusal why;
    size_t kinds[EVENT_KIND_COUNT] = {0};
    record_decoder_init(&decoder);
    for (size_t at = 0; at < all.events.len;) {
        const char *line = all.events.at + at;
        size_t len = (size_t)((const char *)memchr(line, '\n', all.events.len - at) - line);
        int result = record_decode(&decoder, (struct str){line, len}, &raw, &why);
        ck_assert_msg(result == 0 && raw.unknown_member_count == 0, "%.*s: %s", (int)len, line,
                      why.detail);
        kinds[raw.kind]++;
        bool of_account = raw.kind == EVENT_CHANGE && (raw.what == 3 || raw.what == 8);
        ck_assert_msg(raw.kind != EVENT_CHANGE ||
                          (raw.entity_kind[PARTY_FROM] == ENTITY_ACCOUNT) == of_account,
                      "%.*s", (int)len, line);
        at += len + 1;
    }
    ck_assert(kinds[EVENT_SMS] > 0 && kinds[EVENT_LOGIN] > 0 && kinds[EVENT_CHANGE] > 0);
    free_written(&all);
}
END_TEST

START_TEST(smallest_city_lives)
{
    struct city city;
    make_city(&city, 9, CITY_PEOPLE_MIN);
    ck_assert_uint_gt(city.event_count, 500);
    city_fini(&city);
}
END_TEST

static const struct {
    const char *name;
    const char *arguments[6];
    int code;
} wrong[] = {
    {"no folder", {"city"}, 2},
    {"no people", {"city", "--people", "49", "--out", "/tmp/x"}, 2},
    {"not a number", {"city", "--seed", "1x", "--out", "/tmp/x"}, 2},
    {"a seed past 63 bits", {"city", "--seed", "9223372036854775808", "--out", "/tmp/x"}, 2},
    {"no word", {"--out", "/tmp/x"}, 2},
    {"another word", {"town", "--out", "/tmp/x"}, 2},
    {"a start without offset", {"city", "--start", "2026-03-02T00:00:00", "--out", "/tmp/x"}, 2},
    {"an unknown option", {"city", "--nope"}, 2},
    {"a word too many", {"city", "--out", "/tmp/x", "more"}, 2},
    {"a folder inside a file", {"city", "--people", "50", "--out", "/dev/null/x"}, 3},
    {"a folder that is a file", {"city", "--people", "50", "--out", "/dev/null"}, 3},
};

static int run_gen(const char *const *arguments, size_t most)
{
    char *argv[8] = {(char *)(uintptr_t) "gen"};
    int argc = 1;
    while ((size_t)argc <= most && arguments[argc - 1] != NULL) {
        argv[argc] = (char *)(uintptr_t)arguments[argc - 1];
        argc++;
    }
    return cmd_gen(argc, argv);
}

START_TEST(wrong_arguments)
{
    int code = run_gen(wrong[_i].arguments, 6);
    ck_assert_msg(code == wrong[_i].code, "%s: exit code %d", wrong[_i].name, code);
}
END_TEST

START_TEST(files_appear_whole_or_not_at_all)
{
    static const char *const names[] = {"directory.jsonl", "events.jsonl", "truth.jsonl"};
    char folder[] = "/tmp/test_gen.XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(folder));
    char path[128];
    /* A folder stands where the second file should go: nothing is left but that. */
    (void)snprintf(path, sizeof path, "%s/events.jsonl", folder);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    const char *const arguments[] = {"city", "--people", "50", "--out", folder, NULL};
    ck_assert_int_eq(run_gen(arguments, 6), 3);
    ck_assert_int_eq(rmdir(path), 0);
    ck_assert_int_eq(rmdir(folder), 0); /* it is empty */
    ck_assert_int_eq(run_gen(arguments, 6), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        ck_assert_int_eq(unlink(path), 0);
    }
    ck_assert_int_eq(rmdir(folder), 0); /* no temporary file is left */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gen");
    TCase *cases = tcase_create("city");
    suite_add_tcase(suite, cases);
    tcase_add_test(cases, same_seed_same_bytes);
    tcase_add_test(cases, in_order_but_for_the_late);
    tcase_add_test(cases, no_real_account);
    tcase_add_test(cases, no_real_number);
    tcase_add_test(cases, names_are_unique);
    tcase_add_test(cases, truth_is_in_the_events);
    tcase_add_test(cases, notes_leave_calls_and_payments_alone);
    tcase_add_test(cases, every_record_is_good);
    tcase_add_test(cases, smallest_city_lives);
    tcase_add_loop_test(cases, wrong_arguments, 0, (int)(sizeof wrong / sizeof wrong[0]));
    tcase_add_test(cases, files_appear_whole_or_not_at_all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
