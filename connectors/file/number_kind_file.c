#include "connectors/file/number_kind_file.h"

#include "connectors/file/yaml_read.h"
#include "engine/base/mem.h"
#include "engine/ingest/event.h"

#include <stdio.h>
#include <string.h>

#define NUMBER_KIND_ROWS_MAX 4096
#define KEY_BYTES 32

struct row {
    char *prefix;
    char *kind;
    char *length, *min_length, *max_length; /* NULL: not given */
};

#define LENGTH_FIELD(name) \
    CYAML_FIELD_STRING_PTR(#name, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct row, name, 0, 20)

static const cyaml_schema_field_t row_fields[] =
    {CYAML_FIELD_STRING_PTR("prefix", CYAML_FLAG_POINTER, struct row, prefix, 1, NUMBER_PREFIX_MAX),
     CYAML_FIELD_STRING_PTR("kind", CYAML_FLAG_POINTER, struct row, kind, 1, 32),
     LENGTH_FIELD(length),
     LENGTH_FIELD(min_length),
     LENGTH_FIELD(max_length),
     CYAML_FIELD_END};
static const cyaml_schema_value_t row_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct row, row_fields)};
static const cyaml_schema_value_t file_schema = {
    CYAML_VALUE_SEQUENCE(CYAML_FLAG_POINTER, struct row, &row_schema, 0, NUMBER_KIND_ROWS_MAX)};

static bool is_prefix(const char *text)
{
    const char *digits = text + (text[0] == '+');
    return digits[strspn(digits, "0123456789")] == '\0';
}

static int unknown_kind(const struct yaml_file *file, const char *key, const struct row *row,
                        struct err *err)
{
    struct buf kinds = {0};
    for (uint8_t kind = 1; kind <= event_value_count(VALUE_SET_NUMBER_KIND); kind++) {
        buf_add_text(&kinds, kind > 1 ? ", " : "");
        buf_add_str(&kinds, event_value_text(VALUE_SET_NUMBER_KIND, kind));
    }
    (void)yaml_read_fail(file, err, key,
                         "prefix %s: kind: \"%s\" is no kind of number; they are %s", row->prefix,
                         row->kind, buf_text(&kinds));
    buf_fini(&kinds);
    return -1;
}

/* 1 to NUMBER_DIGITS_MAX; 0 is none of these. */
static uint8_t digits_of(const char *text)
{
    int64_t digits = 0;
    bool good = text != NULL && yaml_read_number(text, &digits) && digits >= 1 &&
                digits <= NUMBER_DIGITS_MAX;
    return good ? (uint8_t)digits : 0;
}

static int convert_row(const struct yaml_file *file, size_t index, const struct row *row,
                       struct number_kind_row *out, struct err *err)
{
    uint8_t min_digits = digits_of(row->length != NULL ? row->length : row->min_length);
    uint8_t max_digits = digits_of(row->length != NULL ? row->length : row->max_length);
    bool both = row->length != NULL && (row->min_length != NULL || row->max_length != NULL);
    char key[KEY_BYTES];
    (void)snprintf(key, sizeof key, "[%zu]", index);
    if (!is_prefix(row->prefix)) {
        return yaml_read_fail(file, err, key,
                              "prefix: \"%s\" is not digits with at most one + in front",
                              row->prefix);
    }
    if (both || min_digits == 0 || max_digits < min_digits) {
        return yaml_read_fail(
            file, err, key,
            "prefix %s: give either length or min_length and max_length, 1 to %d digits",
            row->prefix, NUMBER_DIGITS_MAX);
    }
    out->kind = event_value_find(VALUE_SET_NUMBER_KIND, str_of(row->kind));
    if (out->kind == NUMBER_KIND_UNKNOWN) {
        return unknown_kind(file, key, row, err);
    }
    memcpy(out->prefix, row->prefix, strlen(row->prefix) + 1);
    out->min_digits = min_digits;
    out->max_digits = max_digits;
    return 0;
}

int number_kind_file_read(const char *path, struct number_kinds **out, struct err *err)
{
    struct yaml_file file;
    if (yaml_read_file(&file, path, "table of number kinds", &file_schema, err) != 0) {
        return -1;
    }
    const struct row *rows = file.data;
    struct number_kind_row *converted = mem_alloc(file.count, sizeof *converted);
    int result = 0;
    for (unsigned i = 0; i < file.count && result == 0; i++) {
        result = convert_row(&file, i, &rows[i], &converted[i], err);
    }
    if (result == 0) {
        *out = number_kinds_new(converted, file.count);
    }
    mem_free(converted);
    yaml_read_free(&file);
    return result;
}
