#include "connectors/cli/gen.h"

#include "connectors/cli/city.h"
#include "engine/base/caltime.h"
#include "engine/base/err.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GEN_PATH_BYTES 4096

static const char gen_help[] =
    "usage: sluice gen city --out DIR [options]\n"
    "\n"
    "Makes a synthetic city and writes it to DIR: directory.jsonl (people, numbers, accounts),\n"
    "events.jsonl (calls and payments in order of arrival), truth.jsonl (the planted frauds).\n"
    "The same options give the same bytes.\n"
    "\n"
    "  --out DIR          folder to write to; made if its parent exists\n"
    "  --seed N           0 to 18446744073709551615 (1)\n"
    "  --people N         residents, 50 to 1000000 (2000)\n"
    "  --hours N          of full ordinary life, 1 to 720 (24)\n"
    "  --start TIME       RFC 3339 with offset (2026-03-02T00:00:00+08:00)\n"
    "  --frauds N         of each typology, 0 to 1000 (12)\n"
    "  --history DAYS     of thin life before the start, 0 to 60 (14); unless 0, rents and\n"
    "                     salaries of the month before come first\n"
    "  --help             this text\n"
    "\n"
    "example: sluice gen city --seed 1 --people 2000 --hours 24 --out /tmp/city\n"
    "         sluice replay --pack rules/library --directory /tmp/city/directory.jsonl \\\n"
    "             --events /tmp/city/events.jsonl --out /tmp/out\n";

struct gen_file {
    const char *name;
    bool (*write)(struct city *, const struct city_out *);
};

static const struct gen_file gen_files[] = {
    {"directory.jsonl", city_write_directory},
    {"events.jsonl", city_write_events},
    {"truth.jsonl", city_write_truth},
};
#define GEN_FILE_COUNT (sizeof gen_files / sizeof gen_files[0])

/* A whole decimal number inside the range, nothing before or behind it. */
static int gen_number(uint64_t *value, const char *option, const char *text, uint64_t least,
                      uint64_t most, struct err *err)
{
    uint64_t number = 0;
    bool good = *text != '\0';
    for (const char *c = text; *c != '\0' && good; c++) {
        uint64_t digit = (uint64_t)(*c - '0');
        good = *c >= '0' && *c <= '9' && number <= (UINT64_MAX - digit) / 10;
        number = number * 10 + digit;
    }
    if (!good || number < least || number > most) {
        return err_set(err, ERR_USAGE,
                       "--%s must be a whole number from %" PRIu64 " to %" PRIu64 ", not \"%s\"",
                       option, least, most, text);
    }
    *value = number;
    return 0;
}

struct gen_args {
    struct city_plan plan;
    const char *out;
    bool help;
};

static int gen_take_option(struct gen_args *args, int letter, const char *text, struct err *err)
{
    uint64_t number = 0;
    int bad = 0;
    switch (letter) {
    case 'o': args->out = text; break;
    case 's':
        bad = gen_number(&number, "seed", text, 0, UINT64_MAX, err);
        args->plan.seed = number;
        break;
    case 'p':
        bad = gen_number(&number, "people", text, CITY_PEOPLE_MIN, CITY_PEOPLE_MAX, err);
        args->plan.people = (uint32_t)number;
        break;
    case 'u':
        bad = gen_number(&number, "hours", text, 1, CITY_HOURS_MAX, err);
        args->plan.hours = (uint32_t)number;
        break;
    case 'f':
        bad = gen_number(&number, "frauds", text, 0, CITY_FRAUDS_MAX, err);
        args->plan.frauds = (uint32_t)number;
        break;
    case 'y':
        bad = gen_number(&number, "history", text, 0, CITY_HISTORY_DAYS_MAX, err);
        args->plan.history_days = (uint32_t)number;
        break;
    case 't':
        /* A past of two months and an end a month away must be times that Sluice accepts, too. */
        if (!caltime_parse(&args->plan.start_ms, str_of(text)) ||
            args->plan.start_ms < CALTIME_MIN_MS + 100 * CITY_DAY_MS ||
            args->plan.start_ms > CALTIME_MAX_MS - 100 * CITY_DAY_MS) {
            bad = err_set(
                err, ERR_USAGE,
                "--start must be a time like 2026-03-02T00:00:00+08:00 between April 2000 and September "
                "9999, not \"%s\"",
                text);
        }
        break;
    case 'h': args->help = true; break;
    default: break;
    }
    return bad;
}

static int gen_parse(struct gen_args *args, int argc, char **argv, struct err *err)
{
    static const struct option options[] = {
        {"out", required_argument, NULL, 'o'},
        {"seed", required_argument, NULL, 's'},
        {"people", required_argument, NULL, 'p'},
        {"hours", required_argument, NULL, 'u'},
        {"frauds", required_argument, NULL, 'f'},
        {"history", required_argument, NULL, 'y'},
        {"start", required_argument, NULL, 't'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    *args = (struct gen_args){
        .plan = {.seed = 1, .people = 2000, .hours = 24, .history_days = 14, .frauds = 12}};
    (void)caltime_parse(&args->plan.start_ms, STR("2026-03-02T00:00:00+08:00"));
    optind = 0; /* start anew: main has used getopt, too */
    opterr = 0;
    int letter;
    while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (letter == '?') {
            return err_set(err, ERR_USAGE,
                           "\"%s\" is no option, or lacks its value; see `sluice gen city --help`",
                           argv[optind - 1]);
        }
        if (gen_take_option(args, letter, optarg, err) != 0) {
            return -1;
        }
        if (args->help) {
            return 0;
        }
    }
    if (optind < argc) {
        return err_set(err, ERR_USAGE, "unexpected \"%s\"; see `sluice gen city --help`",
                       argv[optind]);
    }
    if (args->out == NULL || *args->out == '\0') {
        return err_set(err, ERR_USAGE,
                       "--out DIR is missing: say where to write; see `sluice gen city --help`");
    }
    return 0;
}

static bool gen_take_lines(void *context, struct str lines)
{
    return fwrite(lines.at, 1, lines.len, context) == lines.len;
}

static int gen_path(char path[GEN_PATH_BYTES], const char *folder, const char *name, bool temporary,
                    struct err *err)
{
    int length = temporary
                     ? snprintf(path, GEN_PATH_BYTES, "%s/.%s.%ld", folder, name, (long)getpid())
                     : snprintf(path, GEN_PATH_BYTES, "%s/%s", folder, name);
    if (length < 0 || length >= GEN_PATH_BYTES) {
        return err_set(err, ERR_USAGE, "--out is too long: a path may have %d bytes",
                       GEN_PATH_BYTES - 1);
    }
    return 0;
}

static int gen_write_file(struct city *city, const struct gen_file *file, const char *folder,
                          struct err *err)
{
    char path[GEN_PATH_BYTES];
    if (gen_path(path, folder, file->name, true, err) != 0) {
        return -1;
    }
    FILE *stream = fopen(path, "wb");
    if (stream == NULL) {
        return err_set(err, ERR_OUTSIDE,
                       "cannot write to folder \"%s\": %s; choose another with --out", folder,
                       strerror(errno));
    }
    bool good = file->write(city, &(struct city_out){gen_take_lines, stream});
    int cause = errno;
    if (fclose(stream) != 0 && good) {
        good = false;
        cause = errno;
    }
    if (!good) {
        return err_set(err, ERR_OUTSIDE, "cannot write %s in \"%s\": %s; nothing was kept",
                       file->name, folder, strerror(cause));
    }
    return 0;
}

/* Puts the finished files under their names, or, if one cannot be, removes those already there. */
static int gen_publish(const char *folder, struct err *err)
{
    for (size_t i = 0; i < GEN_FILE_COUNT; i++) {
        char from[GEN_PATH_BYTES];
        char to[GEN_PATH_BYTES];
        if (gen_path(from, folder, gen_files[i].name, true, err) != 0 ||
            gen_path(to, folder, gen_files[i].name, false, err) != 0) {
            return -1;
        }
        if (rename(from, to) == 0) {
            continue;
        }
        int cause = errno;
        for (size_t k = 0; k < i; k++) {
            if (gen_path(to, folder, gen_files[k].name, false, NULL) == 0) {
                (void)unlink(to);
            }
        }
        return err_set(err, ERR_OUTSIDE, "cannot put %s in place in \"%s\": %s; nothing was kept",
                       gen_files[i].name, folder, strerror(cause));
    }
    return 0;
}

static void gen_remove_temporaries(const char *folder)
{
    for (size_t i = 0; i < GEN_FILE_COUNT; i++) {
        char path[GEN_PATH_BYTES];
        if (gen_path(path, folder, gen_files[i].name, true, NULL) == 0) {
            (void)unlink(path);
        }
    }
}

static int gen_write(struct city *city, const char *folder, struct err *err)
{
    bool made = mkdir(folder, 0777) == 0;
    if (!made && errno != EEXIST) {
        return err_set(
            err, ERR_OUTSIDE,
            "cannot make folder \"%s\": %s; make its parent, or choose another with --out", folder,
            strerror(errno));
    }
    int result = 0;
    for (size_t i = 0; i < GEN_FILE_COUNT && result == 0; i++) {
        result = gen_write_file(city, &gen_files[i], folder, err);
    }
    if (result == 0) {
        result = gen_publish(folder, err);
    }
    if (result != 0) {
        gen_remove_temporaries(folder);
        if (made) {
            (void)rmdir(folder);
        }
    }
    return result;
}

int cmd_gen(int argc, char **argv)
{
    struct err err = {ERR_NONE, false, ""};
    struct gen_args args;
    if (gen_parse(&args, argc, argv, &err) != 0) {
        fprintf(stderr, "sluice gen city: %s\n", err.text);
        return err_exit_code(&err);
    }
    if (args.help) {
        fputs(gen_help, stdout);
        return 0;
    }
    struct city city;
    city_init(&city, &args.plan);
    city_live(&city);
    city_look_alike(&city);
    city_defraud(&city);
    city_settle(&city);
    int result = gen_write(&city, args.out, &err);
    if (result != 0) {
        fprintf(stderr, "sluice gen city: %s\n", err.text);
    } else {
        fprintf(stderr, "sluice gen city: %zu people, %zu events, %u planted frauds in %s\n",
                city.person_count, city.event_count, (unsigned)city.fraud_serial, args.out);
    }
    city_fini(&city);
    return result == 0 ? 0 : err_exit_code(&err);
}
