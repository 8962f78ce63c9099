#include "connectors/file/settings_file.h"

#include "connectors/file/yaml_read.h"
#include "engine/base/must.h"
#include "rules/diag.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

extern char **environ;

/* A setting as a row, whatever its type. */
struct row {
    const char *section, *name, *unit, *sentence;
    size_t offset; /* in struct settings */
    size_t loaded; /* in struct loaded */
    size_t bytes;  /* of a text; 0: a number */
    int64_t low, high;
    bool secret;
    const char *words; /* that it takes, with spaces between; NULL: any text */
};

/* What a file states: NULL where it says nothing. */
struct loaded {
#define SETTING_INT(section, name, unit, value, low, high, sentence) char *section##_##name;
#define SETTING_TEXT(section, name, value, max, secret, sentence) char *section##_##name;
#include "engine/settings.def"
};

static const struct row rows[] = {
#define SETTING_INT(section, name, unit, value, low, high, sentence) \
    {#section,                                                       \
     #name,                                                          \
     unit,                                                           \
     sentence,                                                       \
     offsetof(struct settings, section##_##name),                    \
     offsetof(struct loaded, section##_##name),                      \
     0,                                                              \
     low,                                                            \
     high,                                                           \
     false,                                                          \
     NULL},
#define SETTING_TEXT(section, name, value, max, secret, sentence) \
    {#section,                                                    \
     #name,                                                       \
     "",                                                          \
     sentence,                                                    \
     offsetof(struct settings, section##_##name),                 \
     offsetof(struct loaded, section##_##name),                   \
     (max) + 1,                                                   \
     0,                                                           \
     0,                                                           \
     secret,                                                      \
     NULL},
#define SETTING_WORD(section, name, value, words, sentence) \
    {#section,                                              \
     #name,                                                 \
     "",                                                    \
     sentence,                                              \
     offsetof(struct settings, section##_##name),           \
     offsetof(struct loaded, section##_##name),             \
     sizeof((struct settings *)NULL)->section##_##name,     \
     0,                                                     \
     0,                                                     \
     false,                                                 \
     words},
#include "engine/settings.def"
};
enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

/* ---- one value ----------------------------------------------------------------------------------
 */

/* Where a value came from (file and line, variable, option) is put in front of the message by who
 * knows it. */
static int set_number(struct settings *settings, const struct row *row, int64_t value,
                      struct err *err)
{
    if (value < row->low || value > row->high) {
        return err_set(err, ERR_USAGE,
                       "%s.%s is %" PRId64 "; it takes %" PRId64 " to %" PRId64 " (%s)",
                       row->section, row->name, value, row->low, row->high, row->unit);
    }
    memcpy((char *)settings + row->offset, &value, sizeof value);
    return 0;
}

static int at(const char *where, const struct err *why, struct err *err)
{
    return err_set(err, why->code, "%s: %s", where, why->text);
}

int settings_set_number(struct settings *settings, const char *key, const char *where,
                        int64_t value, struct err *err)
{
    size_t dot = strcspn(key, ".");
    size_t i = 0;
    while (i < ROW_COUNT && (!str_eq_text((struct str){key, dot}, rows[i].section) ||
                             strcmp(key + dot + 1, rows[i].name) != 0)) {
        i++;
    }
    must(i < ROW_COUNT);
    must(rows[i].bytes == 0);
    struct err why;
    return set_number(settings, &rows[i], value, &why) == 0 ? 0 : at(where, &why, err);
}

static bool has_word(const char *words, const char *word)
{
    size_t len = strlen(word);
    const char *at = words;
    while ((at = strstr(at, word)) != NULL && len > 0) {
        if ((at == words || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0')) {
            return strchr(word, ' ') == NULL;
        }
        at += len;
    }
    return false;
}

/* From a file or the environment, whatever the setting's type. */
static int set_text(struct settings *settings, const struct row *row, const char *text,
                    struct err *err)
{
    size_t len = strlen(text);
    int64_t number;
    if (row->bytes == 0) {
        return yaml_read_number(text, &number)
                   ? set_number(settings, row, number, err)
                   : err_set(err, ERR_USAGE, "%s.%s takes a whole number, not \"%s\"", row->section,
                             row->name, text);
    }
    if (row->words != NULL && !has_word(row->words, text)) {
        return err_set(err, ERR_USAGE, "%s.%s is \"%s\"; it takes one of: %s", row->section,
                       row->name, text, row->words);
    }
    if (len >= row->bytes) {
        return err_set(err, ERR_USAGE, "%s.%s has %zu bytes; it takes at most %zu", row->section,
                       row->name, len, row->bytes - 1);
    }
    memcpy((char *)settings + row->offset, text, len + 1);
    return 0;
}

/* ---- the file -----------------------------------------------------------------------------------
 */

static const char *section_at(size_t row)
{
    return row > 0 && strcmp(rows[row].section, rows[row - 1].section) == 0 ? NULL
                                                                            : rows[row].section;
}

/* Field schemas of all sections in one array, each section's run ended by an empty row. A section
 * is a struct loaded of its own, of which it fills its part; an empty one is a NULL. */
static void build_schema(cyaml_schema_field_t *fields, cyaml_schema_field_t *sections)
{
    static const cyaml_schema_field_t end = CYAML_FIELD_END;
    size_t at = 0;
    size_t section = 0;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (section_at(i) != NULL) {
            if (at > 0) {
                fields[at++] = end;
            }
            *sections = (cyaml_schema_field_t){.key = rows[i].section,
                                               .data_offset = (uint32_t)(section * sizeof(void *))};
            sections->value =
                (struct cyaml_schema_value){.type = CYAML_MAPPING,
                                            .flags = CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER_NULL,
                                            .data_size = sizeof(struct loaded)};
            sections->value.mapping.fields = &fields[at];
            sections++;
            section++;
        }
        cyaml_schema_field_t *field = &fields[at++];
        *field =
            (cyaml_schema_field_t){.key = rows[i].name, .data_offset = (uint32_t)rows[i].loaded};
        field->value.flags = CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER;
        field->value.type = CYAML_STRING;
        field->value.data_size = sizeof(char);
        field->value.string.max = UINT32_MAX;
    }
    fields[at] = end;
    *sections = end;
}

#define KEY_BYTES 128

static int take_loaded(struct settings *settings, const struct yaml_file *file, struct err *err)
{
    struct loaded *const *sections = file->data;
    size_t section = 0;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        section += i > 0 && section_at(i) != NULL;
        const char *text = NULL;
        if (sections[section] != NULL) {
            memcpy(&text, (const char *)sections[section] + rows[i].loaded, sizeof text);
        }
        struct err why;
        if (text != NULL && set_text(settings, &rows[i], text, &why) != 0) {
            char key[KEY_BYTES];
            (void)snprintf(key, sizeof key, "%s.%s", rows[i].section, rows[i].name);
            return yaml_read_fail(file, err, key, "%s", why.text);
        }
    }
    return 0;
}

static int read_file(struct settings *settings, const char *path, struct err *err)
{
    cyaml_schema_field_t fields[2 * ROW_COUNT + 1];
    cyaml_schema_field_t sections[ROW_COUNT + 1];
    build_schema(fields, sections);
    cyaml_schema_value_t top = {.type = CYAML_MAPPING,
                                .flags = CYAML_FLAG_POINTER_NULL,
                                .data_size = (uint32_t)(ROW_COUNT * sizeof(void *))};
    top.mapping.fields = sections;
    struct yaml_file file;
    if (yaml_read_file(&file, path, "settings", &top, err) != 0) {
        return -1;
    }
    int result = file.data == NULL ? 0 : take_loaded(settings, &file, err);
    yaml_read_free(&file);
    return result;
}

/* ---- the environment ----------------------------------------------------------------------------
 */

#define PREFIX "SLUICE_"
#define VARIABLE_BYTES 128

static void variable_name(const struct row *row, char *out)
{
    (void)snprintf(out, VARIABLE_BYTES, "%s%s_%s", PREFIX, row->section, row->name);
    for (char *c = out; *c != '\0'; c++) {
        *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
    }
}

static int unknown_variable(struct str name, struct err *err)
{
    char candidates[ROW_COUNT][VARIABLE_BYTES];
    struct diag_guess guess = diag_guess_start(name);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        variable_name(&rows[i], candidates[i]);
        diag_guess_try(&guess, str_of(candidates[i]));
    }
    if (guess.best.len > 0) {
        return err_set(err, ERR_USAGE, "environment: %.*s is no setting; did you mean %.*s?",
                       (int)name.len, name.at, (int)guess.best.len, guess.best.at);
    }
    return err_set(err, ERR_USAGE, "environment: %.*s is no setting; --print-config lists them",
                   (int)name.len, name.at);
}

static int take_variable(struct settings *settings, struct str name, const char *value,
                         struct err *err)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        char variable[VARIABLE_BYTES];
        variable_name(&rows[i], variable);
        if (str_eq_text(name, variable)) {
            struct err why;
            return set_text(settings, &rows[i], value, &why) == 0 ? 0 : at(variable, &why, err);
        }
    }
    return unknown_variable(name, err);
}

static int read_environment(struct settings *settings, struct err *err)
{
    for (char **entry = environ; *entry != NULL; entry++) {
        const char *equals = strchr(*entry, '=');
        if (equals == NULL || strncmp(*entry, PREFIX, strlen(PREFIX)) != 0) {
            continue;
        }
        struct str name = {*entry, (size_t)(equals - *entry)};
        if (take_variable(settings, name, equals + 1, err) != 0) {
            return -1;
        }
    }
    return 0;
}

int settings_read(struct settings *settings, const char *path, struct err *err)
{
    settings_defaults(settings);
    if (path != NULL && read_file(settings, path, err) != 0) {
        return -1;
    }
    return read_environment(settings, err);
}

/* ---- printing -----------------------------------------------------------------------------------
 */

static void print_text(const struct settings *settings, const struct row *row, FILE *out)
{
    const char *text = (const char *)settings + row->offset;
    struct buf quoted = {0};
    buf_add_char(&quoted, '"');
    for (const char *c = row->secret && *text != '\0' ? "***" : text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\') {
            buf_add_char(&quoted, '\\');
        }
        if ((unsigned char)*c < ' ' || *c == 127) {
            buf_add_format(&quoted, "\\x%02x", (unsigned)*c);
        } else {
            buf_add_char(&quoted, *c);
        }
    }
    (void)fprintf(out, "  %s: %s\"\n", row->name, buf_text(&quoted));
    buf_fini(&quoted);
}

void settings_print(const struct settings *settings, FILE *out)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct row *row = &rows[i];
        if (section_at(i) != NULL) {
            (void)fprintf(out, "%s%s:\n", i > 0 ? "\n" : "", row->section);
        }
        if (row->bytes > 0) {
            (void)fprintf(out, "  # %s\n", row->sentence);
            print_text(settings, row, out);
        } else {
            int64_t value;
            memcpy(&value, (const char *)settings + row->offset, sizeof value);
            (void)fprintf(out, "  # %s %" PRId64 " to %" PRId64 " %s.\n  %s: %" PRId64 "\n",
                          row->sentence, row->low, row->high, row->unit, row->name, value);
        }
    }
}
