/* test_run_quarantine.c - what ended the program twice is in the topic before anything else, said,
 * and forgotten; what is in the topic is what is passed over. */
#include "connectors/cli/run_quarantine.h"

#include "connectors/cli/skip_topic.h"
#include "connectors/kafka/kafka_out.h"
#include "engine/base/must.h"
#include "engine/frame.h"
#include "tests/support/store_call.h"
#include "tests/unit/child.h"
#include "tests/unit/mock_kafka.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct mock_kafka mock;
static struct store_file *file;
static struct store store;

static void begin_store(void)
{
    file = store_call_file(2);
    store = store_file_store(file);
}

static void begin(void)
{
    mock_kafka_open(&mock, 2);
    mock_kafka_make(&mock, TOPIC_SKIPS);
    (void)snprintf(mock.settings.process_state_folder, sizeof mock.settings.process_state_folder,
                   "%s", scratch_path(""));
    begin_store();
}

/* Somebody has a partition's W there. */
static void flush(uint32_t partition, uint64_t w)
{
    static uint64_t number;
    struct err err = {.code = ERR_NONE};
    struct store_answer answer;
    struct store_checkpoint at;
    ck_assert_int_eq(store.open(store.self, partition, &at, NULL, NULL, &err), 0);
    struct store_flush call = {.partition = partition,
                               .expected = at.seq,
                               .next = {1, ++number},
                               .w = w,
                               .header = STR("a header")};
    ck_assert_int_eq(store.flush(store.self, &call, &err), 0);
    ck_assert_int_eq(store.answer(store.self, &answer, 0, &err), 1);
    ck_assert(!answer.conflict);
}

static struct deaths *open_deaths(void)
{
    struct err err = {.code = ERR_NONE};
    struct deaths *deaths = deaths_open(&mock.settings, &err);
    ck_assert_msg(deaths != NULL, "%s", err.text);
    return deaths;
}

static void live(const void *context)
{
    const struct token *entity = context;
    struct position position = {.inside = false};
    struct deaths *deaths = open_deaths();
    deaths_watch(deaths);
    deaths_watch_thread(deaths, &position);
    position_enter(&position, 1, lsn_of(7, 2), entity);
    must(entity == NULL);
}

static size_t read_topic(struct skip_topic *topic, struct skips *skips)
{
    struct err err = {.code = ERR_NONE};
    skips_fini(skips);
    int result = skip_topic_read(topic, 10000, skips, &err);
    ck_assert_msg(result == 0, "%s", err.text);
    return skips->count;
}

/* A start, and what it says. */
static void quarantine(const void *context)
{
    struct err err = {.code = ERR_NONE};
    (void)context;
    struct deaths *deaths = open_deaths();
    if (run_quarantine(&mock.settings, "sluice run", deaths, &store, &err) != 0) {
        (void)fprintf(stderr, "failed: %s\n", err.text);
    }
    _exit(0); /* the folder is the parent's */
}

#define STEP                                                                                    \
    "sluice run: the step of entity 07000000000000000000000000000000 at partition 1, frame 7, " \
    "lsn 117448704 has ended this program (SIGABRT) "

START_TEST(the_third_start_puts_it_into_the_topic)
{
    struct err err = {.code = ERR_NONE};
    struct token entity = {{7}};
    struct skips skips = {0};
    begin();
    struct skip_topic *topic = skip_topic_open(&mock.settings, &err);
    ck_assert_msg(topic != NULL, "%s", err.text);
    (void)child_run(live, &entity);
    struct deaths *deaths = open_deaths();
    ck_assert_int_eq(run_quarantine(&mock.settings, "sluice run", deaths, &store, &err), 0);
    deaths_close(deaths);
    ck_assert_uint_eq(read_topic(topic, &skips), 0);
    (void)child_run(live, &entity);
    deaths = open_deaths();
    ck_assert_int_eq(run_quarantine(&mock.settings, "sluice run", deaths, &store, &err), 0);
    deaths_close(deaths);
    ck_assert_uint_eq(read_topic(topic, &skips), 1);
    ck_assert_uint_eq(skips.items[0].epoch, 1);
    ck_assert_uint_eq(skips.items[0].partition, 1);
    ck_assert_uint_eq(skips.items[0].lsn, lsn_of(7, 2));
    ck_assert(token_eq(&skips.items[0].entity, &entity));
    deaths = open_deaths(); /* it is known elsewhere */
    ck_assert_ptr_null(deaths_repeated(deaths, 0));
    deaths_close(deaths);
    skips_fini(&skips);
    skip_topic_close(topic);
    mock_kafka_close(&mock);
    store_file_close(file);
}
END_TEST

/* Frame 7 is applied whole, by whomever, when W is 8; that of another partition says nothing. */
START_TEST(what_somebody_has_survived_is_not_put_there)
{
    static const struct {
        uint32_t partition;
        uint64_t w;
        size_t skips;
    } rows[] = {{1, 6, 1}, {1, 7, 1}, {1, 8, 0}, {1, 9, 0}, {0, 9, 1}};
    struct err err = {.code = ERR_NONE};
    struct token entity = {{7}};
    struct skips skips = {0};
    begin();
    flush(rows[_i].partition, rows[_i].w);
    struct skip_topic *topic = skip_topic_open(&mock.settings, &err);
    ck_assert_msg(topic != NULL, "%s", err.text);
    (void)child_run(live, &entity);
    (void)child_run(live, &entity);
    struct deaths *deaths = open_deaths();
    ck_assert_int_eq(run_quarantine(&mock.settings, "sluice run", deaths, &store, &err), 0);
    deaths_close(deaths);
    ck_assert_uint_eq(read_topic(topic, &skips), rows[_i].skips);
    deaths = open_deaths(); /* and it counts from the beginning */
    ck_assert_ptr_null(deaths_repeated(deaths, 0));
    ck_assert_ptr_null(deaths_single(deaths, 0));
    deaths_close(deaths);
    skips_fini(&skips);
    skip_topic_close(topic);
    mock_kafka_close(&mock);
    store_file_close(file);
}
END_TEST

static int store_is_away(void *self, uint32_t partition, struct store_checkpoint *at,
                         store_timer_fn *give, void *context, struct err *err)
{
    (void)self;
    (void)partition;
    (void)at;
    (void)give;
    (void)context;
    return err_set(err, ERR_OUTSIDE, "the store is away");
}

START_TEST(a_store_that_is_away_is_waited_for_by_the_next_start)
{
    struct err err = {.code = ERR_NONE};
    struct token entity = {{7}};
    begin();
    store.open = store_is_away;
    (void)child_run(live, &entity);
    struct deaths *deaths = open_deaths();
    ck_assert_int_eq(run_quarantine(&mock.settings, "sluice run", deaths, &store, &err), 0);
    deaths_close(deaths);
    (void)child_run(live, &entity);
    deaths = open_deaths();
    ck_assert_int_eq(run_quarantine(&mock.settings, "sluice run", deaths, &store, &err), -1);
    ck_assert_str_eq(err.text, "the store is away");
    deaths_close(deaths);
    deaths = open_deaths();
    ck_assert_ptr_nonnull(deaths_repeated(deaths, 0));
    deaths_close(deaths);
    mock_kafka_close(&mock);
    store_file_close(file);
}
END_TEST

/* A Kafka client of a parent is of no use in its child: this one finds no broker. */
START_TEST(it_is_said_with_its_remedy)
{
    struct token entity = {{7}};
    begin_store();
    settings_defaults(&mock.settings);
    (void)snprintf(mock.settings.process_name, sizeof mock.settings.process_name, "test");
    (void)snprintf(mock.settings.process_state_folder, sizeof mock.settings.process_state_folder,
                   "%s", scratch_path(""));
    (void)snprintf(mock.settings.kafka_brokers, sizeof mock.settings.kafka_brokers, "127.0.0.1:1");
    mock.settings.kafka_wait_s = 1;
    (void)child_run(live, &entity);
    struct child_end end = child_run(quarantine, NULL);
    ck_assert_str_eq(end.text, STEP "once; if it does so again, it is put under quarantine\n");
    (void)child_run(live, &entity);
    end = child_run(quarantine, NULL);
    ck_assert_msg(strstr(end.text, "failed: ") != NULL, "%s", end.text);
    ck_assert_ptr_null(strstr(end.text, "QUARANTINE")); /* not before it is in the topic */
    struct deaths *deaths = open_deaths();
    ck_assert_ptr_nonnull(deaths_repeated(deaths, 0)); /* and not forgotten before */
    deaths_close(deaths);
    store_file_close(file);
}
END_TEST

static void acknowledged(void *context, void *receipt)
{
    (void)context;
    (void)receipt;
}

static void write_record(struct str key, struct str bytes)
{
    struct err err = {.code = ERR_NONE};
    struct kafka_message message = {.key = key, .bytes = bytes};
    struct kafka_out *out = kafka_out_open(&mock.settings, "test", acknowledged, NULL, NULL, &err);
    ck_assert_msg(out != NULL, "%s", err.text);
    ck_assert(kafka_out_send(out, TOPIC_SKIPS, 0, &message, NULL));
    ck_assert_msg(kafka_out_settle(out, 10000, &err) == 0, "%s", err.text);
    kafka_out_close(out);
}

#define ENTITY "000102030405060708090a0b0c0d0e0f"

START_TEST(a_reader_knows_what_is_there_whenever_it_asks)
{
    struct err err = {.code = ERR_NONE};
    struct skips skips = {0};
    begin();
    write_record(STR("1:0:4096:" ENTITY), STR("{}"));
    write_record(STR("2:0:4096:" ENTITY), STR("{}")); /* of another log */
    struct skip_topic *topic = skip_topic_open(&mock.settings, &err);
    ck_assert_msg(topic != NULL, "%s", err.text);
    ck_assert_uint_eq(read_topic(topic, &skips), 1);
    write_record(STR("1:1:8192:" ENTITY), STR("{}"));
    write_record(STR("1:1:8192:" ENTITY), STR("{}"));
    ck_assert_uint_eq(read_topic(topic, &skips), 2);
    write_record(STR("1:0:4096:" ENTITY), (struct str){NULL, 0}); /* removed */
    ck_assert_uint_eq(read_topic(topic, &skips), 1);
    ck_assert_uint_eq(skips.items[0].lsn, 8192);
    write_record(STR("what is this"), STR("{}"));
    write_record(STR("1:1:12288:" ENTITY), STR("{}"));
    for (int i = 0; i < 2; i++) { /* nobody passes over it */
        err = (struct err){.code = ERR_NONE};
        ck_assert_int_eq(skip_topic_read(topic, 10000, &skips, &err), -1);
        ck_assert_int_eq(err.code, ERR_OUTSIDE);
        ck_assert_msg(strstr(err.text,
                             "the topic skips, offset 5: its key is not that of a step") != NULL,
                      "%s", err.text);
    }
    skips_fini(&skips);
    skip_topic_close(topic);
    mock_kafka_close(&mock);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("run_quarantine");
    TCase *tests = tcase_create("run_quarantine");
    suite_add_tcase(suite, tests);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, the_third_start_puts_it_into_the_topic);
    tcase_add_loop_test(tests, what_somebody_has_survived_is_not_put_there, 0, 5);
    tcase_add_test(tests, a_store_that_is_away_is_waited_for_by_the_next_start);
    tcase_add_test(tests, it_is_said_with_its_remedy);
    tcase_add_test(tests, a_reader_knows_what_is_there_whenever_it_asks);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
