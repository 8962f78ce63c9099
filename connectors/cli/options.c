#include "connectors/cli/options.h"

#include "rules/diag.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const short_forms[][2] = {{"-c", "--config"}, {"-h", "--help"}};
#define SHORT_FORMS (sizeof short_forms / sizeof short_forms[0])

/* "-c, --config FILE" */
static void print_left(const char *name, const char *takes)
{
    char left[64];
    const char *before = "";
    for (size_t i = 0; i < SHORT_FORMS; i++) {
        if (strcmp(short_forms[i][1] + 2, name) == 0) {
            before = short_forms[i][0];
        }
    }
    (void)snprintf(left, sizeof left, "%s%s--%s%s%s", before, before[0] == '\0' ? "" : ", ", name,
                   takes == NULL ? "" : " ", takes == NULL ? "" : takes);
    printf("  %-22s ", left);
}

static void print_row(const struct option_row *row)
{
    const struct option_count *count = row->value;
    print_left(row->name, row->takes);
    printf("%s", row->sentence);
    if (row->kind == OPTION_COUNT && count->high < INT64_MAX) {
        printf("; %" PRId64 " to %" PRId64, count->low, count->high);
    }
    if (row->kind == OPTION_COUNT && count->value >= count->low) {
        printf(", default %" PRId64, count->value);
    }
    printf("\n");
}

static void print_help(const struct usage *usage)
{
    printf("%s%s%s - %s\n\n", usage->command, usage->arguments[0] == '\0' ? "" : " ",
           usage->arguments, usage->sentence);
    for (size_t i = 0; i < usage->row_count; i++) {
        print_row(&usage->rows[i]);
    }
    print_left("help", NULL);
    printf("this page\n\nExample:\n  %s\n", usage->example);
}

static const struct option_row *find_row(const struct usage *usage, const char *name, size_t len)
{
    for (size_t i = 0; i < usage->row_count; i++) {
        if (strlen(usage->rows[i].name) == len && memcmp(usage->rows[i].name, name, len) == 0) {
            return &usage->rows[i];
        }
    }
    return NULL;
}

static int unknown_option(const struct usage *usage, const char *word, size_t len, struct err *err)
{
    struct diag_guess guess = diag_guess_start((struct str){word, len});
    for (size_t i = 0; i < usage->row_count; i++) {
        diag_guess_try(&guess, str_of(usage->rows[i].name));
    }
    if (guess.best.len > 0) {
        return err_set(err, ERR_USAGE, "--%.*s is no option; did you mean --%.*s?", (int)len, word,
                       (int)guess.best.len, guess.best.at);
    }
    return err_set(err, ERR_USAGE, "--%.*s is no option; see `%s --help`", (int)len, word,
                   usage->command);
}

static int set_count(const struct option_row *row, const char *text, struct err *err)
{
    struct option_count *count = row->value;
    char *end = NULL;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    bool whole = text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
    if (!whole || number < count->low || number > count->high) {
        return err_set(err, ERR_USAGE,
                       "--%s takes a whole number from %" PRId64 " to %" PRId64 ", not \"%s\"",
                       row->name, count->low, count->high, text);
    }
    count->value = number;
    return 0;
}

static int set_value(const struct option_row *row, const char *text, struct err *err)
{
    if (row->kind == OPTION_COUNT) {
        return set_count(row, text, err);
    } else if (row->kind == OPTION_TEXT) {
        *(const char **)row->value = text;
    } else {
        struct option_list *list = row->value;
        if (list->count == OPTION_LIST_MAX) {
            return err_set(err, ERR_USAGE, "--%s can be given %d times at most", row->name,
                           OPTION_LIST_MAX);
        }
        list->items[list->count++] = text;
    }
    return 0;
}

/* `-c` for `--config`; the word itself if it is no short form. */
static const char *long_form(const char *word)
{
    for (size_t i = 0; i < SHORT_FORMS; i++) {
        if (strcmp(word, short_forms[i][0]) == 0) {
            return short_forms[i][1];
        }
    }
    return word;
}

/* `-` alone is standard input. */
static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0';
}

/* Reads the option at argv[at]; returns how many words it took, or -1. */
static int read_option(int argc, char **argv, int at, const struct usage *usage, struct err *err)
{
    if (strncmp(long_form(argv[at]), "--", 2) != 0) {
        return err_set(err, ERR_USAGE, "%s is no option: they are written --name; see `%s --help`",
                       argv[at], usage->command);
    }
    const char *word = long_form(argv[at]) + 2;
    const char *equals = strchr(word, '=');
    size_t len = equals == NULL ? strlen(word) : (size_t)(equals - word);
    const struct option_row *row = find_row(usage, word, len);
    if (row == NULL) {
        return unknown_option(usage, word, len, err);
    }
    if (row->kind == OPTION_FLAG) {
        if (equals != NULL) {
            return err_set(err, ERR_USAGE, "--%s takes no value", row->name);
        }
        *(bool *)row->value = true;
        return 1;
    }
    const char *value = equals != NULL ? equals + 1 : at + 1 < argc ? argv[at + 1] : "";
    if (value[0] == '\0') {
        return err_set(err, ERR_USAGE, "--%s lacks its value %s; see `%s --help`", row->name,
                       row->takes, usage->command);
    }
    return set_value(row, value, err) != 0 ? -1 : equals != NULL ? 1 : 2;
}

int options_read(int argc, char **argv, const struct usage *usage, struct err *err)
{
    int plain_count = 0;
    int at = 1;
    bool ended = false;
    const char *kept[OPTION_LIST_MAX];
    while (at < argc) {
        if (!ended && strcmp(argv[at], "--") == 0) {
            ended = true;
            at++;
        } else if (!ended && strcmp(long_form(argv[at]), "--help") == 0) {
            print_help(usage);
            return OPTIONS_HELP;
        } else if (!ended && is_option(argv[at])) {
            int words = read_option(argc, argv, at, usage, err);
            if (words < 0) {
                return -1;
            }
            at += words;
        } else if (plain_count == OPTION_LIST_MAX) {
            return err_set(err, ERR_USAGE, "more than %d arguments", OPTION_LIST_MAX);
        } else {
            kept[plain_count++] = argv[at++];
        }
    }
    for (int i = 0; i < plain_count; i++) {
        argv[argc - plain_count + i] = (char *)(uintptr_t)kept[i];
    }
    return argc - plain_count;
}

int options_fail(const struct usage *usage, const struct err *err)
{
    (void)fprintf(stderr, "%s: %s\n", usage->command, err->text);
    return err_exit_code(err);
}
