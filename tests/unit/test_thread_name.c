/* test_thread_name.c - a thread has the name that it gave itself, and no other thread has it. */
#include "connectors/cli/thread_name.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SELF "/proc/thread-self/comm"

static void read_name(char *out, size_t size)
{
    FILE *file = fopen(SELF, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(fgets(out, (int)size, file));
    (void)fclose(file);
    out[strcspn(out, "\n")] = '\0';
}

struct row {
    const char *proves, *what;
    int number;
    const char *expect;
};

static void *name_self(void *context)
{
    const struct row *row = context;
    char name[64];
    thread_name_set(row->what, row->number);
    read_name(name, sizeof name);
    ck_assert_msg(strcmp(name, row->expect) == 0, "%s: %s", row->proves, name);
    return NULL;
}

START_TEST(each_thread_names_itself)
{
    static struct row rows[] = {
        {"a worker", "engine", 0, "engine-0"},
        {"the last of many", "ingest", 255, "ingest-255"},
        {"15 bytes are kept", "a-very-long-name", 1, "a-very-long-nam"},
    };
    char before[64];
    char after[64];
    read_name(before, sizeof before);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        pthread_t thread;
        ck_assert_int_eq(pthread_create(&thread, NULL, name_self, &rows[i]), 0);
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
    }
    read_name(after, sizeof after);
    ck_assert_str_eq(before, after);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("thread_name");
    TCase *tests = tcase_create("names");
    tcase_add_test(tests, each_thread_names_itself);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
