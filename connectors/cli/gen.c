#include "connectors/cli/gen.h"

#include "connectors/cli/city.h"
#include "connectors/cli/interrupt.h"
#include "connectors/cli/options.h"
#include "connectors/file/file_set.h"
#include "engine/base/caltime.h"
#include "engine/base/err.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What a city is written as. */
static const char *const gen_names[] = {"directory.jsonl", "events.jsonl", "truth.jsonl"};
static bool (*const gen_writers[])(struct city *, const struct city_out *) = {city_write_directory,
                                                                              city_write_events,
                                                                              city_write_truth};
enum { GEN_FILE_COUNT = sizeof gen_names / sizeof gen_names[0] };

struct gen_arguments {
    const char *out, *start;
    struct option_count seed, people, hours, frauds, history_days;
};

static int gen_start(int64_t *start_ms, const char *text, struct err *err)
{
    /* A past of two months and an end a month away must be times that Sluice accepts, too. */
    if (!caltime_parse(start_ms, str_of(text)) || *start_ms < CALTIME_MIN_MS + 100 * CITY_DAY_MS ||
        *start_ms > CALTIME_MAX_MS - 100 * CITY_DAY_MS) {
        return err_set(err, ERR_USAGE,
                       "--start takes a time like 2026-03-02T00:00:00+08:00 between April 2000 and "
                       "September 9999, not \"%s\"",
                       text);
    }
    return 0;
}

static int gen_plan(struct city_plan *plan, const struct gen_arguments *args, struct err *err)
{
    *plan = (struct city_plan){.seed = (uint64_t)args->seed.value,
                               .people = (uint32_t)args->people.value,
                               .hours = (uint32_t)args->hours.value,
                               .frauds = (uint32_t)args->frauds.value,
                               .history_days = (uint32_t)args->history_days.value};
    if (args->out == NULL) {
        return err_set(err, ERR_USAGE, "--out DIR is missing: where the city's files go");
    }
    return gen_start(&plan->start_ms, args->start, err);
}

/* One of the files, while it is written. */
struct gen_file {
    struct file_set *set;
    size_t file;
    struct err *err;
};

static bool gen_take_lines(void *context, struct str lines)
{
    struct gen_file *to = context;
    return interrupt_check(to->err) == 0 && file_set_write(to->set, to->file, lines, to->err) == 0;
}

static int gen_write(struct city *city, const char *folder, struct err *err)
{
    interrupt_catch(); /* until now there was nothing to clean up */
    struct file_set *set = file_set_open(folder, gen_names, GEN_FILE_COUNT, err);
    bool good = set != NULL;
    for (size_t i = 0; i < GEN_FILE_COUNT && good; i++) {
        struct gen_file to = {set, i, err};
        good = gen_writers[i](city, &(struct city_out){gen_take_lines, &to});
    }
    good = good && interrupt_check(err) == 0 && file_set_publish(set, err) == 0;
    file_set_close(set);
    if (!good) {
        /* A call that a signal ended says less than the signal. */
        (void)interrupt_check(err);
    }
    return good ? 0 : -1;
}

static int gen_city(const struct city_plan *plan, const char *folder, struct err *err)
{
    struct city city;
    city_init(&city, plan);
    city_live(&city);
    city_look_alike(&city);
    city_defraud(&city);
    city_settle(&city);
    city_talk(&city);
    int result = gen_write(&city, folder, err);
    if (result == 0) {
        (void)fprintf(stderr, "sluice gen: %zu people, %zu events, %u planted frauds in %s\n",
                      city.person_count, city.event_count, (unsigned)city.fraud_serial, folder);
    }
    city_fini(&city);
    return result;
}

int cmd_gen(int argc, char **argv)
{
    struct gen_arguments args = {.start = "2026-03-02T00:00:00+08:00",
                                 .seed = {1, 0, INT64_MAX},
                                 .people = {2000, CITY_PEOPLE_MIN, CITY_PEOPLE_MAX},
                                 .hours = {24, 1, CITY_HOURS_MAX},
                                 .frauds = {12, 0, CITY_FRAUDS_MAX},
                                 .history_days = {14, 0, CITY_HISTORY_DAYS_MAX}};
    const struct option_row rows[] = {
        {"out", OPTION_TEXT, &args.out, "DIR", "folder for the files; made if its parent exists"},
        {"seed", OPTION_COUNT, &args.seed, "N", "another city for each"},
        {"people", OPTION_COUNT, &args.people, "N", "residents"},
        {"hours", OPTION_COUNT, &args.hours, "N", "of full ordinary life"},
        {"start", OPTION_TEXT, &args.start, "TIME",
         "when they begin, default 2026-03-02T00:00:00+08:00"},
        {"frauds", OPTION_COUNT, &args.frauds, "N", "planted of each kind"},
        {"history", OPTION_COUNT, &args.history_days, "DAYS",
         "of thin life before; unless 0, with rents and salaries of the month before"},
    };
    const struct usage usage =
        {"sluice gen",
         "city --out DIR",
         "a made-up city: directory.jsonl, events.jsonl in order of arrival, truth.jsonl with the "
         "planted frauds; the same options give the same bytes",
         "sluice gen city --seed 1 --people 2000 --hours 24 --out city",
         rows,
         sizeof rows / sizeof rows[0]};
    struct err err = {.code = ERR_NONE};
    struct city_plan plan;
    int plain = options_read(argc, argv, &usage, &err);
    if (plain == OPTIONS_HELP) {
        return 0;
    }
    if (plain >= 0 && (argc - plain != 1 || strcmp(argv[plain], "city") != 0)) {
        plain = err_set(&err, ERR_USAGE,
                        "one word says what to make, and `city` is all there is: "
                        "sluice gen city --out DIR");
    }
    bool good =
        plain >= 0 && gen_plan(&plan, &args, &err) == 0 && gen_city(&plan, args.out, &err) == 0;
    if (good) {
        return 0;
    }
    int code = options_fail(&usage, &err);
    interrupt_obey();
    return code;
}
