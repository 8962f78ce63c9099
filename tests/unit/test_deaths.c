/* test_deaths.c - what counts as a death by a step, and what is left of it for the next life of the
 * process. */
#include "connectors/cli/deaths.h"

#include "engine/base/must.h"
#include "engine/base/str.h"
#include "tests/unit/child.h"
#include "tests/unit/scratch.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LSN UINT64_C(79104602112)
#define FILE_NAME "sluice-here-sluice.deaths"

static struct settings settings;

static void begin(void)
{
    settings_defaults(&settings);
    (void)snprintf(settings.process_name, sizeof settings.process_name, "here");
    (void)snprintf(settings.process_state_folder, sizeof settings.process_state_folder, "%s",
                   scratch_path(""));
}

/* ---- ways to die ----------------------------------------------------------------------------- */

static void wrong_pointer(void)
{
    volatile uintptr_t nowhere =
        4096; /* not NULL: a sanitizer would end the process in its own way */
    *(volatile int *)nowhere = 1;
}

static void broken_fact(void)
{
    must(settings.visits_partitions < 0);
}

static volatile int deep;
static int fall(int n)
{
    volatile char room[4096] = {(char)n};
    deep = n;
    return n < 0 ? 0 : fall(n + 1) + room[0];
}

static void no_stack_left(void)
{
    deep = fall(1);
}

static void by_another(int number)
{
    pid_t me = getpid();
    pid_t other = fork();
    if (other == 0) {
        (void)kill(me, number);
        _exit(0);
    }
    (void)waitpid(other, NULL, 0);
    for (;;) {
        (void)pause();
    }
}

static void segv_by_another(void)
{
    by_another(SIGSEGV);
}

static void abort_by_another(void)
{
    by_another(SIGABRT);
}

static void killed_by_another(void)
{
    by_another(SIGKILL);
}

struct way {
    const char *name;
    void (*die)(void);
    bool inside;
    int signal;
    bool counts;
};

static const struct way ways[] = {
    {"a wrong pointer", wrong_pointer, true, SIGSEGV, true},
    {"a broken fact", broken_fact, true, SIGABRT, true},
    {"no stack left", no_stack_left, true, SIGSEGV, true},
    {"a wrong pointer outside of any step", wrong_pointer, false, SIGSEGV, false},
    {"a broken fact outside of any step", broken_fact, false, SIGABRT, false},
    {"SIGSEGV by another process", segv_by_another, true, SIGSEGV, false},
    {"SIGABRT by another process", abort_by_another, true, SIGABRT, false},
    {"SIGKILL by another process", killed_by_another, true, SIGKILL, false},
};
#define WAYS (sizeof ways / sizeof ways[0])

static const struct token entity = {{0xab, 0xcd}};

static struct deaths *open_deaths(void)
{
    struct err err = {.code = ERR_NONE};
    struct deaths *deaths = deaths_open(&settings, &err);
    ck_assert_msg(deaths != NULL, "%s", err.text);
    return deaths;
}

/* A life of the process that ends in a step. */
static void live(const void *context)
{
    const struct way *way = context;
    struct position position = {.inside = false};
    struct deaths *deaths = open_deaths();
    deaths_watch(deaths);
    deaths_watch_thread(deaths, &position);
    position_enter(&position, 3, LSN, &entity);
    if (!way->inside) {
        position_leave(&position);
    }
    way->die();
}

static void die(const struct way *way)
{
    struct child_end end = child_run(live, way);
    ck_assert_msg(end.signal == way->signal, "%s: signal %d", way->name, end.signal);
}

START_TEST(what_counts)
{
    const struct way *way = &ways[_i];
    begin();
    die(way);
    struct deaths *deaths = open_deaths();
    const struct death *death = deaths_single(deaths, 0);
    ck_assert_msg((death != NULL) == way->counts, "%s", way->name);
    if (way->counts) {
        ck_assert_uint_eq(death->partition, 3);
        ck_assert_uint_eq(death->lsn, LSN);
        ck_assert(token_eq(&death->entity, &entity));
        ck_assert_uint_eq(death->signal, (uint32_t)way->signal);
        ck_assert_ptr_null(deaths_single(deaths, 1));
    }
    ck_assert_ptr_null(deaths_repeated(deaths, 0));
    deaths_close(deaths);
}
END_TEST

START_TEST(the_second_one_repeats_the_first)
{
    begin();
    die(&ways[0]);
    die(&ways[1]); /* at the same step, in another way */
    struct deaths *deaths = open_deaths();
    ck_assert_ptr_nonnull(deaths_repeated(deaths, 0));
    ck_assert_ptr_null(deaths_repeated(deaths, 1));
    ck_assert_ptr_null(deaths_single(deaths, 0));
    deaths_close(deaths);
    die(&ways[0]); /* a third one, of a process that another one's skip did not reach */
    deaths = open_deaths();
    ck_assert_ptr_nonnull(deaths_repeated(deaths, 0));
    ck_assert_ptr_null(deaths_repeated(deaths, 1));
    ck_assert_ptr_null(deaths_single(deaths, 0));
    deaths_close(deaths);
}
END_TEST

START_TEST(forgotten_is_all_but_the_singles)
{
    struct err err = {.code = ERR_NONE};
    begin();
    die(&ways[0]);
    struct deaths *deaths = open_deaths();
    ck_assert_int_eq(deaths_forget(deaths, &err), 0);
    deaths_close(deaths);
    die(&ways[0]);
    deaths = open_deaths();
    ck_assert_ptr_nonnull(deaths_repeated(deaths, 0));
    ck_assert_int_eq(deaths_forget(deaths, &err), 0);
    ck_assert_ptr_null(deaths_repeated(deaths, 0));
    deaths_close(deaths);
    deaths = open_deaths();
    ck_assert_ptr_null(deaths_repeated(deaths, 0));
    ck_assert_ptr_null(deaths_single(deaths, 0));
    deaths_close(deaths);
}
END_TEST

/* What is in the file stays there, and is said again by the next life. */
START_TEST(a_full_disk_takes_nothing_away)
{
    struct err err = {.code = ERR_NONE};
    struct rlimit before;
    begin();
    die(&ways[0]);
    die(&ways[0]);
    settings.visits_epoch = 2; /* of another log: one that stays */
    die(&ways[0]);
    ck_assert_ptr_ne(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){20, before.rlim_max}), 0);
    struct deaths *deaths = open_deaths();
    ck_assert_int_eq(deaths_forget(deaths, &err), -1);
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
    ck_assert_ptr_nonnull(strstr(err.text, "No space left"));
    deaths_close(deaths);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    settings.visits_epoch = 1;
    deaths = open_deaths();
    ck_assert_ptr_nonnull(deaths_repeated(deaths, 0));
    ck_assert_int_eq(deaths_forget(deaths, &err), 0);
    deaths_close(deaths);
    die(&ways[0]); /* into the new file */
    deaths = open_deaths();
    ck_assert_ptr_nonnull(deaths_single(deaths, 0));
    ck_assert_ptr_null(deaths_repeated(deaths, 0));
    ck_assert(!scratch_has(FILE_NAME ".new"));
    deaths_close(deaths);
}
END_TEST

START_TEST(another_log_has_other_steps)
{
    begin();
    die(&ways[0]);
    settings.visits_epoch = 2;
    struct deaths *deaths = open_deaths();
    ck_assert_ptr_null(deaths_single(deaths, 0));
    deaths_close(deaths);
}
END_TEST

/* A disk that was full, or somebody's hands. */
START_TEST(what_is_no_record_is_passed_over)
{
    struct err err = {.code = ERR_NONE};
    begin();
    scratch_write(FILE_NAME,
                  STR("sixty bytes and some more that are no death of any process, says x"));
    struct deaths *deaths = open_deaths();
    ck_assert_ptr_null(deaths_single(deaths, 0));
    ck_assert_int_eq(deaths_forget(deaths, &err), 0);
    deaths_close(deaths);
    die(&ways[0]); /* at its place, now */
    deaths = open_deaths();
    ck_assert_ptr_nonnull(deaths_single(deaths, 0));
    deaths_close(deaths);
}
END_TEST

START_TEST(a_place_where_nothing_can_be_kept_is_refused)
{
    struct err err = {.code = ERR_NONE};
    char wanted[2 * sizeof err.text];
    begin();
    ck_assert_int_eq(symlink("/etc/passwd", scratch_path(FILE_NAME)), 0); /* somebody else's trap */
    ck_assert_ptr_null(deaths_open(&settings, &err));
    ck_assert_int_eq(err.code, ERR_USAGE);
    (void)snprintf(wanted, sizeof wanted,
                   "%s/" FILE_NAME ": Too many levels of symbolic links; here the process keeps "
                   "what has ended it, so that a step cannot do so for ever: name a folder that is "
                   "its own in process.state_folder",
                   settings.process_state_folder);
    ck_assert_str_eq(err.text, wanted);
    (void)unlink(scratch_path(FILE_NAME));
    ck_assert_int_eq(mkfifo(scratch_path(FILE_NAME), 0600), 0);
    ck_assert_ptr_null(deaths_open(&settings, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "it is no file of this user"));
    (void)snprintf(settings.process_state_folder, sizeof settings.process_state_folder, "%s",
                   "/nowhere/at/all");
    ck_assert_ptr_null(deaths_open(&settings, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "/nowhere/at/all/" FILE_NAME ": No such file"));
}
END_TEST

START_TEST(without_the_setting_the_environment_says_where)
{
    begin();
    ck_assert_int_eq(setenv("STATE_DIRECTORY", settings.process_state_folder, 1), 0);
    settings.process_state_folder[0] = '\0';
    deaths_close(open_deaths());
    ck_assert(scratch_has(FILE_NAME));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("deaths");
    TCase *tests = tcase_create("deaths");
    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, what_counts, 0, WAYS);
    tcase_add_test(tests, the_second_one_repeats_the_first);
    tcase_add_test(tests, forgotten_is_all_but_the_singles);
    tcase_add_test(tests, a_full_disk_takes_nothing_away);
    tcase_add_test(tests, another_log_has_other_steps);
    tcase_add_test(tests, what_is_no_record_is_passed_over);
    tcase_add_test(tests, a_place_where_nothing_can_be_kept_is_refused);
    tcase_add_test(tests, without_the_setting_the_environment_says_where);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
