#include "connectors/file/csv_value.h"

#include "engine/base/caltime.h"
#include "engine/base/json_write.h"
#include "engine/base/must.h"
#include "engine/ingest/record.h"

#include <inttypes.h>

enum as { AS_TEXT, AS_MINOR, AS_DURATION, AS_TIME };

struct csv_unit {
    const char *name;
    uint32_t forms; /* a bit for each enum record_form it may be of */
    enum as as;
    int64_t unit_ms; /* of one; 0: step_ms of the value */
};

#define MONEY (1U << RECORD_MONEY)
#define SECONDS (1U << RECORD_SECONDS)
#define MILLISECONDS (1U << RECORD_MILLISECONDS)
#define TIME (1U << RECORD_TIME)
#define MOMENT (1U << RECORD_MOMENT)

static const struct csv_unit units[] = {
    {"yuan", MONEY, AS_TEXT, 0},
    {"fen", MONEY, AS_MINOR, 0},
    {"major", MONEY, AS_TEXT, 0},
    {"minor", MONEY, AS_MINOR, 0},
    {"ms", MILLISECONDS, AS_DURATION, 1},
    {"s", SECONDS | MILLISECONDS, AS_DURATION, 1000},
    {"min", SECONDS | MILLISECONDS, AS_DURATION, INT64_C(60) * 1000},
    {"h", SECONDS | MILLISECONDS, AS_DURATION, INT64_C(3600) * 1000},
    {"rfc3339", TIME | MOMENT, AS_TEXT, 0},
    {"epoch_ms", TIME | MOMENT, AS_TIME, 1},
    {"epoch_s", TIME | MOMENT, AS_TIME, 1000},
    {"step", TIME, AS_TIME, 0},
};
enum { UNIT_COUNT = sizeof units / sizeof units[0] };
const struct csv_unit *const csv_unit_step = &units[UNIT_COUNT - 1];

static bool is_of(const struct csv_unit *unit, int form)
{
    return (unit->forms >> form & 1U) != 0;
}

const struct csv_unit *csv_unit_find(int form, struct str name)
{
    for (int i = 0; i < UNIT_COUNT; i++) {
        if (is_of(&units[i], form) && str_eq_text(name, units[i].name)) {
            return &units[i];
        }
    }
    return NULL;
}

void csv_unit_list(int form, struct buf *out)
{
    const char *before = "";
    for (int i = 0; i < UNIT_COUNT; i++) {
        if (is_of(&units[i], form)) {
            buf_add_format(out, "%s%s", before, units[i].name);
            before = ", ";
        }
    }
}

/* Without sign. Zeros in front are what some systems fill a field with; a time with them is rather
 * a date without its dashes. */
static bool read_count(struct str cell, size_t digits_max, int64_t *count)
{
    *count = 0;
    for (size_t i = 0; i < cell.len && i < digits_max; i++) {
        if (cell.at[i] < '0' || cell.at[i] > '9') {
            return false;
        }
        *count = *count * 10 + (cell.at[i] - '0');
    }
    return cell.len > 0 && cell.len <= digits_max;
}

static int refuse(const struct csv_value *value, uint64_t row, enum refusal_reason reason,
                  const char *what, struct refusal *why)
{
    return refusal_set(why, reason, "row %" PRIu64 ": %s: %s", row, value->path, what);
}

static int write_minor(const struct csv_value *value, struct str cell, uint64_t row,
                       struct buf *out, struct refusal *why)
{
    int64_t minor;
    if (!read_count(cell, 18, &minor)) {
        return refuse(value, row, REFUSAL_BAD_AMOUNT, "not a whole number of at most 18 digits",
                      why);
    }
    buf_add_format(out, "\"%" PRId64 ".%02d\"", minor / 100, (int)(minor % 100));
    return 0;
}

static int write_duration(const struct csv_value *value, struct str cell, uint64_t row,
                          struct buf *out, struct refusal *why)
{
    int64_t count;
    int64_t unit_ms = value->unit->unit_ms;
    if (!read_count(cell, 18, &count) || count > RECORD_DURATION_MS_MAX / unit_ms) {
        return refuse(value, row, REFUSAL_BAD_TIME, "not a whole number up to 7 days", why);
    }
    int64_t member_ms = value->form == RECORD_SECONDS ? 1000 : 1;
    must(unit_ms % member_ms == 0);
    buf_add_format(out, "%" PRId64, count * unit_ms / member_ms);
    return 0;
}

static int write_time(const struct csv_value *value, struct str cell, uint64_t row, struct buf *out,
                      struct refusal *why)
{
    int64_t count;
    int64_t unit_ms = value->unit->unit_ms > 0 ? value->unit->unit_ms : value->step_ms;
    int64_t base_ms = value->unit == csv_unit_step ? value->base_ms : 0;
    must(unit_ms > 0);
    if (!read_count(cell, 15, &count) || (cell.at[0] == '0' && cell.len > 1)) {
        return refuse(value, row, REFUSAL_BAD_TIME, "not a whole number of at most 15 digits", why);
    }
    if (count > (CALTIME_MAX_MS - base_ms) / unit_ms) {
        return refuse(value, row, REFUSAL_BAD_TIME, "after 9999", why);
    }
    buf_add_format(out, "%" PRId64, base_ms + count * unit_ms);
    return 0;
}

static void write_truth(struct str cell, struct buf *out)
{
    static const char *const words[][2] = {{"true", "true"},   {"1", "true"},  {"yes", "true"},
                                           {"false", "false"}, {"0", "false"}, {"no", "false"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (str_eq_text(cell, words[i][0])) {
            buf_add_text(out, words[i][1]);
            return;
        }
    }
    json_quote(out, cell); /* the decoder refuses it as wrong_type */
}

/* As the feeds have it. What JSON would not take as a number is quoted: the decoder says what is
 * wrong with it. */
static void write_plain(const struct csv_value *value, struct str cell, struct buf *out)
{
    int64_t number;
    bool is_number = read_count(cell, 18, &number) && (cell.at[0] != '0' || cell.len == 1);
    bool wants_number = value->form == RECORD_SECONDS || value->form == RECORD_MILLISECONDS ||
                        value->form == RECORD_YEAR;
    if (value->form == RECORD_TRUTH) {
        write_truth(cell, out);
    } else if (value->form == RECORD_URLS || value->form == RECORD_TAGS) { /* a cell holds one */
        buf_add_char(out, '[');
        json_quote(out, cell);
        buf_add_char(out, ']');
    } else if (wants_number && is_number) {
        buf_add_str(out, cell);
    } else {
        json_quote(out, cell);
    }
}

int csv_value_write(const struct csv_value *value, struct str cell, uint64_t row, struct buf *out,
                    struct refusal *why)
{
    switch (value->unit == NULL ? AS_TEXT : value->unit->as) {
    case AS_MINOR: return write_minor(value, cell, row, out, why);
    case AS_DURATION: return write_duration(value, cell, row, out, why);
    case AS_TIME: return write_time(value, cell, row, out, why);
    case AS_TEXT: break;
    }
    write_plain(value, cell, out);
    return 0;
}
