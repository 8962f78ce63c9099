#include "connectors/file/csv_map.h"

#include "connectors/file/csv_value.h"
#include "connectors/file/yaml_check.h"
#include "connectors/file/yaml_read.h"
#include "engine/base/caltime.h"
#include "engine/base/json_write.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/ingest/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- the mapping file ---- */

struct yaml_pair {
    char *from; /* column or value */
    char *member;
    char *unit; /* of a column; NULL: the member's own */
};

struct yaml_time {
    char *unit;
    char *step_ms;
    char *base;
};

struct yaml_map {
    char *type;
    char *delimiter;
    char *row_id;
    struct yaml_time *time;
    struct yaml_pair *columns;
    unsigned columns_count;
    struct yaml_pair *constants;
    unsigned constants_count;
};

static const cyaml_schema_field_t column_fields[] =
    {CYAML_FIELD_STRING_PTR("column", CYAML_FLAG_POINTER, struct yaml_pair, from, 1, 128),
     CYAML_FIELD_STRING_PTR("member", CYAML_FLAG_POINTER, struct yaml_pair, member, 1,
                            RECORD_PATH_BYTES - 1),
     CYAML_FIELD_STRING_PTR("unit", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct yaml_pair,
                            unit, 0, 128),
     CYAML_FIELD_END};
static const cyaml_schema_value_t column_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_pair, column_fields)};
static const cyaml_schema_field_t constant_fields[] =
    {CYAML_FIELD_STRING_PTR("value", CYAML_FLAG_POINTER, struct yaml_pair, from, 1, 128),
     CYAML_FIELD_STRING_PTR("member", CYAML_FLAG_POINTER, struct yaml_pair, member, 1,
                            RECORD_PATH_BYTES - 1),
     CYAML_FIELD_END};
static const cyaml_schema_value_t constant_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_pair, constant_fields)};
static const cyaml_schema_field_t time_fields[] =
    {CYAML_FIELD_STRING_PTR("unit", CYAML_FLAG_POINTER, struct yaml_time, unit, 1, 16),
     CYAML_FIELD_STRING_PTR("step_ms", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct yaml_time,
                            step_ms, 0, 40),
     CYAML_FIELD_STRING_PTR("base", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct yaml_time,
                            base, 1, 64),
     CYAML_FIELD_END};
static const cyaml_schema_field_t map_fields[] =
    {CYAML_FIELD_STRING_PTR("type", CYAML_FLAG_POINTER, struct yaml_map, type, 1, 32),
     CYAML_FIELD_STRING_PTR("delimiter", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct yaml_map,
                            delimiter, 1, 8),
     CYAML_FIELD_STRING_PTR("row_id", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct yaml_map,
                            row_id, 0, 40),
     CYAML_FIELD_MAPPING_PTR("time", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct yaml_map,
                             time, time_fields),
     CYAML_FIELD_SEQUENCE("columns", CYAML_FLAG_POINTER, struct yaml_map, columns, &column_schema,
                          1, 64),
     CYAML_FIELD_SEQUENCE("constants", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct yaml_map,
                          constants, &constant_schema, 0, 64),
     CYAML_FIELD_END};
static const cyaml_schema_value_t map_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct yaml_map, map_fields)};

/* ---- the mapping as it is used ---- */

enum source { SOURCE_COLUMN, SOURCE_CONSTANT, SOURCE_ROW_ID };

struct item {
    struct csv_value value; /* its path is in the YAML data or constant */
    const char *from;       /* column name, constant value or id prefix */
    struct str object;      /* "payer" or "" */
    const char *name;       /* "account" */
    enum source source;
    unsigned index; /* in its list of the mapping file */
    size_t column;  /* position in a row */
};

struct csv_map {
    char *path; /* owned copy */
    struct yaml_file file;
    const struct yaml_map *yaml; /* in file */
    uint8_t kind;                /* enum event_kind */
    char delimiter;
    struct csv_value time; /* of all columns that are times */
    struct item *items;    /* those of the record itself first, then object by object */
    size_t item_count;
    size_t column_count;
    struct str cells[CSV_COLUMNS_MAX];
    struct buf unquoted;
};

void csv_map_free(struct csv_map *map)
{
    if (map != NULL) {
        yaml_read_free(&map->file);
        mem_free(map->path);
        mem_free(map->items);
        buf_fini(&map->unquoted);
        mem_free(map);
    }
}

/* Where an item stands: "columns[2].member". */
#define KEY_BYTES 64
static const char *key_of(const struct item *item, const char *part, char *key)
{
    static const char *const lists[] = {"columns", "constants"};
    if (item->source == SOURCE_ROW_ID) {
        return "row_id";
    }
    (void)snprintf(key, KEY_BYTES, "%s[%u].%s", lists[item->source], item->index, part);
    return key;
}

/* "id, time, payer.account, ..", for messages. */
static void list_members(uint8_t kind, struct buf *out)
{
    char path[RECORD_PATH_BYTES];
    const char *before = "";
    for (size_t i = 0;; i++) {
        struct str text = record_member_path(kind, i, path);
        if (text.len == 0) {
            return;
        }
        if (record_member_form(kind, text) != RECORD_OBJECT && strcmp(path, "type") != 0) {
            buf_add_format(out, "%s%s", before, path);
            before = ", ";
        }
    }
}

static int no_member(const struct csv_map *map, const char *key, const char *member,
                     struct err *err)
{
    struct buf known = {0};
    list_members(map->kind, &known);
    (void)yaml_read_fail(&map->file, err, key,
                         "records of type %s have no member %s to map to; they have %s",
                         map->yaml->type, member, buf_text(&known));
    buf_fini(&known);
    return -1;
}

static int set_unit(const struct csv_map *map, struct item *item, const char *unit, struct err *err)
{
    char key[KEY_BYTES];
    struct buf known = {0};
    bool is_time = item->value.form == RECORD_TIME;
    if (is_time) {
        item->value.unit = map->time.unit;
        item->value.step_ms = map->time.step_ms;
        item->value.base_ms = map->time.base_ms;
    }
    if (unit == NULL) {
        return 0;
    }
    item->value.unit = is_time ? NULL : csv_unit_find(item->value.form, str_of(unit));
    if (item->value.unit != NULL) {
        return 0;
    }
    (void)key_of(item, "unit", key);
    csv_unit_list(item->value.form, &known);
    if (is_time) {
        (void)yaml_read_fail(&map->file, err, key,
                             "the unit of %s stands apart, as time: {unit: %s}; remove it here",
                             item->value.path, unit);
    } else if (known.len > 0) {
        (void)yaml_read_fail(&map->file, err, key, "unit \"%s\" is none of %s's: %s", unit,
                             item->value.path, buf_text(&known));
    } else {
        (void)yaml_read_fail(&map->file, err, key,
                             "%s has no unit: amounts and durations have; remove it",
                             item->value.path);
    }
    buf_fini(&known);
    return -1;
}

static int add_item(struct csv_map *map, const struct item *from, const char *member,
                    const char *unit, struct err *err)
{
    char key[KEY_BYTES];
    struct item *item = &map->items[map->item_count];
    *item = *from;
    for (size_t i = 0; i < map->item_count; i++) {
        if (strcmp(map->items[i].value.path, member) == 0) {
            return yaml_read_fail(&map->file, err, key_of(item, "member", key),
                                  "member %s is given twice; keep one", member);
        }
    }
    item->value.path = member;
    item->value.form = record_member_form(map->kind, str_of(member));
    if (item->value.form < 0 || item->value.form == RECORD_OBJECT || strcmp(member, "type") == 0) {
        return no_member(map, key_of(item, "member", key), member, err);
    }
    const char *dot = strchr(member, '.');
    item->object = dot == NULL ? STR("") : (struct str){member, (size_t)(dot - member)};
    item->name = dot == NULL ? member : dot + 1;
    map->item_count++;
    return set_unit(map, item, unit, err);
}

static int add_items(struct csv_map *map, struct err *err)
{
    const struct yaml_map *yaml = map->yaml;
    map->items = mem_alloc(yaml->columns_count + yaml->constants_count + 1, sizeof *map->items);
    for (unsigned i = 0; i < yaml->columns_count; i++) {
        struct item item = {.from = yaml->columns[i].from, .source = SOURCE_COLUMN, .index = i};
        if (add_item(map, &item, yaml->columns[i].member, yaml->columns[i].unit, err) != 0) {
            return -1;
        }
    }
    for (unsigned i = 0; i < yaml->constants_count; i++) {
        struct item item = {.from = yaml->constants[i].from, .source = SOURCE_CONSTANT, .index = i};
        if (add_item(map, &item, yaml->constants[i].member, NULL, err) != 0) {
            return -1;
        }
    }
    struct item row_id = {.from = yaml->row_id, .source = SOURCE_ROW_ID};
    return yaml->row_id == NULL ? 0 : add_item(map, &row_id, "id", NULL, err);
}

/* Keeps the order inside each object; a handful of items, so insertion it is. */
static void group_items(struct csv_map *map)
{
    for (size_t i = 1; i < map->item_count; i++) {
        struct item moved = map->items[i];
        size_t at = i;
        for (; at > 0 && str_compare(map->items[at - 1].object, moved.object) > 0; at--) {
            map->items[at] = map->items[at - 1];
        }
        map->items[at] = moved;
    }
}

static int check_required(const struct csv_map *map, struct err *err)
{
    char path[RECORD_PATH_BYTES];
    for (size_t i = 0; record_member_path(map->kind, i, path).len > 0; i++) {
        bool given = !record_member_required(map->kind, i) || strcmp(path, "type") == 0;
        for (size_t k = 0; k < map->item_count && !given; k++) {
            given = strcmp(map->items[k].value.path, path) == 0;
        }
        if (!given) {
            return yaml_read_fail(&map->file, err, "type",
                                  "records of type %s need %s; add it to columns or constants%s",
                                  map->yaml->type, path,
                                  strcmp(path, "id") == 0 ? ", or number the rows with row_id"
                                                          : "");
        }
    }
    return 0;
}

/* ---- a record out of items ---- */

/* One member, with the brackets of its object around it where those begin and end. */
static int write_item(const struct item *item, struct str cell, uint64_t number, struct str *object,
                      struct buf *out, struct refusal *why)
{
    if (str_eq(item->object, *object)) {
        buf_add_char(out, ',');
    } else {
        buf_add_text(out, object->len > 0 ? "}," : ",");
        json_quote(out, item->object);
        buf_add_text(out, ":{");
        *object = item->object;
    }
    json_quote(out, str_of(item->name));
    buf_add_char(out, ':');
    return csv_value_write(&item->value, cell, number, out, why);
}

static struct str cell_of(const struct csv_map *map, const struct item *item, char *id,
                          size_t id_size, uint64_t number)
{
    if (item->source == SOURCE_COLUMN) {
        return map->cells[item->column];
    }
    if (item->source == SOURCE_CONSTANT) {
        return str_of(item->from);
    }
    int len = snprintf(id, id_size, "%s%" PRIu64, item->from, number);
    must(len > 0 && (size_t)len < id_size);
    return (struct str){id, (size_t)len};
}

/* What every record would be refused for is a mistake of the mapping; so is a word that none of
 * them would be understood by. */
static int check_constant(const struct csv_map *map, const struct item *item,
                          struct record_decoder *decoder, struct err *err)
{
    char id[64];
    char key[KEY_BYTES];
    struct raw_record raw;
    struct refusal why = {.reason = REFUSAL_NONE};
    struct buf record = {0};
    struct str object = STR("");
    buf_add_text(&record, "{\"type\":");
    json_quote(&record, str_of(map->yaml->type));
    int result = write_item(item, cell_of(map, item, id, sizeof id, 1), 1, &object, &record, &why);
    buf_add_text(&record, object.len > 0 ? "}}" : "}");
    if (result == 0) {
        result = record_decode(decoder, buf_str(&record), &raw, &why);
    }
    if (result != 0 && why.reason == REFUSAL_MISSING_MEMBER) {
        result = 0; /* the others are missing, of course */
    }
    if (result != 0) {
        struct str reason = refusal_text(why.reason);
        (void)yaml_read_fail(&map->file, err, key_of(item, "value", key),
                             "\"%s\": every record would be refused (%.*s: %s); correct it",
                             item->from, (int)reason.len, reason.at, why.detail);
    } else if (raw.unknown_value_count > 0) {
        result = yaml_read_fail(&map->file, err, key_of(item, "value", key),
                                "\"%s\" is no value that %s has; correct it, or leave it out",
                                item->from, item->value.path);
    }
    buf_fini(&record);
    return result;
}

static int check_constants(const struct csv_map *map, struct err *err)
{
    struct record_decoder *decoder = mem_alloc(1, sizeof *decoder);
    int result = 0;
    record_decoder_init(decoder);
    for (size_t i = 0; i < map->item_count && result == 0; i++) {
        if (map->items[i].source != SOURCE_COLUMN) {
            result = check_constant(map, &map->items[i], decoder, err);
        }
    }
    mem_free(decoder);
    return result;
}

static int convert_step(struct csv_map *map, const struct yaml_time *time, struct err *err)
{
    if (!caltime_parse(&map->time.base_ms, str_of(time->base)) ||
        map->time.base_ms < CALTIME_MIN_MS) {
        return yaml_read_fail(&map->file, err, "time.base",
                              "time.base: \"%s\" is no RFC 3339 time from 2000 on, such as "
                              "\"2026-01-01T00:00:00+08:00\"",
                              time->base);
    }
    if (!yaml_read_number(time->step_ms, &map->time.step_ms) || map->time.step_ms < 1 ||
        map->time.step_ms > 366 * CALTIME_DAY_MS) {
        return yaml_read_fail(
            &map->file, err, "time.step_ms",
            "time.step_ms: \"%s\" is no whole number of ms from 1 to a year's %" PRId64,
            time->step_ms, 366 * CALTIME_DAY_MS);
    }
    return 0;
}

static int convert_time(struct csv_map *map, struct err *err)
{
    const struct yaml_time *time = map->yaml->time;
    if (time == NULL) {
        return 0;
    }
    map->time.unit = csv_unit_find(RECORD_TIME, str_of(time->unit));
    if (map->time.unit == NULL) {
        struct buf known = {0};
        csv_unit_list(RECORD_TIME, &known);
        (void)yaml_read_fail(&map->file, err, "time.unit", "time.unit: \"%s\" is not one of %s",
                             time->unit, buf_text(&known));
        buf_fini(&known);
        return -1;
    }
    bool is_step = map->time.unit == csv_unit_step;
    if (is_step != (time->base != NULL) || is_step != (time->step_ms != NULL)) {
        return yaml_read_fail(&map->file, err, "time",
                              "time: step_ms and base belong to unit step; %s",
                              is_step ? "add both" : "remove them");
    }
    return is_step ? convert_step(map, time, err) : 0;
}

static int convert_map(struct csv_map *map, struct err *err)
{
    const struct yaml_map *yaml = map->yaml;
    map->kind = record_kind_find(str_of(yaml->type));
    if (map->kind == EVENT_NONE) {
        return yaml_read_fail(
            &map->file, err, "type",
            "type: \"%s\" is no type of record; call and transaction are the usual ones",
            yaml->type);
    }
    map->delimiter = yaml->delimiter == NULL ? ',' : yaml->delimiter[0];
    if (yaml->delimiter != NULL &&
        (yaml->delimiter[1] != '\0' || strchr("\"\r\n", yaml->delimiter[0]) != NULL)) {
        return yaml_read_fail(&map->file, err, "delimiter",
                              "delimiter: one ASCII character, no quote and no line end");
    }
    if (convert_time(map, err) != 0 || add_items(map, err) != 0 || check_required(map, err) != 0) {
        return -1;
    }
    group_items(map);
    return check_constants(map, err);
}

int csv_map_read(const char *path, struct csv_map **out, struct err *err)
{
    struct csv_map *map = mem_alloc(1, sizeof *map);
    map->path = mem_alloc(strlen(path) + 1, 1);
    memcpy(map->path, path, strlen(path));
    if (yaml_read_file(&map->file, map->path, "mapping", &map_schema, err) != 0) {
        mem_free(map->path);
        mem_free(map);
        return -1;
    }
    map->yaml = map->file.data;
    if (convert_map(map, err) != 0) {
        csv_map_free(map);
        return -1;
    }
    *out = map;
    return 0;
}

/* ---- rows ---- */

/* At the opening quote: the cell without quotes is appended to unquoted. False if the quotes do not
 * close, or something else than a delimiter follows. */
static bool read_quoted(struct csv_map *map, struct str row, size_t *at)
{
    for (size_t i = *at + 1; i < row.len; i++) {
        if (row.at[i] != '"') {
            buf_add_char(&map->unquoted, row.at[i]);
        } else if (i + 1 < row.len && row.at[i + 1] == '"') {
            buf_add_char(&map->unquoted, '"');
            i++;
        } else {
            *at = i + 1;
            return *at == row.len || row.at[*at] == map->delimiter;
        }
    }
    return false;
}

/* Splits a row into map->cells; returns their number, -1 for broken quotes or too many. */
static int split_row(struct csv_map *map, struct str row)
{
    int count = 0;
    size_t at = 0;
    buf_clear(&map->unquoted);
    buf_reserve(&map->unquoted, row.len + 1); /* so that views into it stay good */
    for (;;) {
        if (count == CSV_COLUMNS_MAX) {
            return -1;
        }
        struct str *cell = &map->cells[count++];
        size_t begin = at;
        if (at < row.len && row.at[at] == '"') {
            size_t from = map->unquoted.len;
            if (!read_quoted(map, row, &at)) {
                return -1;
            }
            *cell = (struct str){map->unquoted.at + from, map->unquoted.len - from};
        } else {
            while (at < row.len && row.at[at] != map->delimiter) {
                if (row.at[at] == '"') {
                    return -1;
                }
                at++;
            }
            *cell = (struct str){row.at + begin, at - begin};
        }
        if (at == row.len) {
            return count;
        }
        at++;
    }
}

static int wrong_column(const struct csv_map *map, const struct item *item, const char *name,
                        struct str row, size_t found, struct err *err)
{
    char key[KEY_BYTES];
    struct yaml_place place =
        yaml_check_find(buf_str(&map->file.text), key_of(item, "column", key));
    return err_set(err, ERR_USAGE,
                   "%s: %s column \"%s\" in the first row (%.*s), which %s:%zu:%zu maps to %s; "
                   "correct one of them",
                   name, found == 0 ? "no" : "more than one", item->from,
                   (int)(row.len < 200 ? row.len : 200), row.at, map->path, place.line,
                   place.column, item->value.path);
}

int csv_map_header(struct csv_map *map, const char *name, struct str row, struct err *err)
{
    if (str_starts(row, STR("\xef\xbb\xbf"))) { /* spreadsheets write a byte order mark */
        row = (struct str){row.at + 3, row.len - 3};
    }
    int count = split_row(map, row);
    if (count < 0) {
        return err_set(
            err, ERR_USAGE,
            "%s: the first row must name the columns: its quotes do not close or it has over "
            "%d of them",
            name, CSV_COLUMNS_MAX);
    }
    map->column_count = (size_t)count;
    for (size_t i = 0; i < map->item_count; i++) {
        struct item *item = &map->items[i];
        size_t found = 0;
        for (size_t k = map->column_count; k-- > 0 && item->source == SOURCE_COLUMN;) {
            if (str_eq_text(map->cells[k], item->from)) {
                item->column = k;
                found++;
            }
        }
        if (found != (item->source == SOURCE_COLUMN)) {
            return wrong_column(map, item, name, row, found, err);
        }
    }
    return 0;
}

bool csv_map_spans_lines(struct csv_map *map, struct str row)
{
    int count = split_row(map, row);
    if (count < 0 || (size_t)count != map->column_count) {
        return false;
    }
    for (size_t i = 0; i < map->item_count; i++) {
        const struct item *item = &map->items[i];
        struct str cell = item->source == SOURCE_COLUMN ? map->cells[item->column] : STR("");
        if (cell.len > 0 && memchr(cell.at, '\n', cell.len) != NULL) {
            return false;
        }
    }
    return true;
}

int csv_map_row(struct csv_map *map, struct str row, uint64_t number, struct buf *out,
                struct refusal *why)
{
    if (utf8_valid_prefix(row.at, row.len) < row.len) {
        return refusal_set(why, REFUSAL_BAD_UTF8, "row %" PRIu64 ": not UTF-8", number);
    }
    int count = split_row(map, row);
    if (count < 0) {
        return refusal_set(why, REFUSAL_WRONG_TYPE,
                           "row %" PRIu64 ": quotes that do not open or close a cell", number);
    }
    if ((size_t)count != map->column_count) {
        return refusal_set(why,
                           (size_t)count < map->column_count ? REFUSAL_MISSING_MEMBER
                                                             : REFUSAL_WRONG_TYPE,
                           "row %" PRIu64 ": %d cells, the header has %zu", number, count,
                           map->column_count);
    }
    buf_clear(out);
    buf_add_text(out, "{\"type\":");
    json_quote(out, str_of(map->yaml->type));
    struct str object = STR("");
    for (size_t i = 0; i < map->item_count; i++) {
        char id[64];
        struct str cell = cell_of(map, &map->items[i], id, sizeof id, number);
        if (cell.len == 0) {
            continue; /* an empty cell: the member is absent */
        }
        if (write_item(&map->items[i], cell, number, &object, out, why) != 0) {
            return -1;
        }
    }
    buf_add_text(out, object.len > 0 ? "}}" : "}");
    return 0;
}
