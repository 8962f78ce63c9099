#include "connectors/cli/diff_table.h"

#include "connectors/cli/json_look.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "rules/diag.h"

#include <inttypes.h>
#include <stdlib.h>

#define EXAMPLES_MAX 3 /* of each change in each row */

enum kind { KIND_RULE, KIND_WARNING, KIND_REQUEST, KIND_ADVICE };
static const char *const kind_texts[] = {"rule", "warning", "request", "advice"};

enum change { CHANGE_NONE, CHANGE_NEW, CHANGE_LOST, CHANGE_CHANGED };
static const char *const change_texts[] = {"same", "new", "lost", "changed"};

struct row {
    enum kind kind;
    struct buf name;
    uint64_t seen[2]; /* by side */
    uint64_t changes[4];
    struct buf examples[3 * EXAMPLES_MAX]; /* JSON objects */
    size_t example_count;
};

/* What one pack says to the event in hand. */
struct said {
    enum kind kind;
    struct buf name; /* of the rule, the typology, the kind of request */
    struct buf json;
    struct token key; /* decision, or subject, or target */
    bool met;         /* by the other pack, too */
};

struct side {
    struct said *items;
    size_t count, cap;
};

struct diff_table {
    struct side sides[2];
    struct row *rows;
    size_t row_count, row_cap;
};

struct diff_table *diff_table_new(void)
{
    return mem_alloc(1, sizeof(struct diff_table));
}

void diff_table_free(struct diff_table *table)
{
    if (table == NULL) {
        return;
    }
    for (int i = 0; i < 2; i++) {
        for (size_t k = 0; k < table->sides[i].cap; k++) {
            buf_fini(&table->sides[i].items[k].name);
            buf_fini(&table->sides[i].items[k].json);
        }
        mem_free(table->sides[i].items);
    }
    for (size_t i = 0; i < table->row_count; i++) {
        buf_fini(&table->rows[i].name);
        for (size_t k = 0; k < table->rows[i].example_count; k++) {
            buf_fini(&table->rows[i].examples[k]);
        }
    }
    mem_free(table->rows);
    mem_free(table);
}

/* ---- what is said ---- */

static void note(struct side *side, enum kind kind, struct str name, const struct token *key,
                 struct str json)
{
    void *items = side->items;
    mem_reserve(&items, &side->cap, side->count + 1, sizeof *side->items);
    side->items = items;
    struct said *said = &side->items[side->count++];
    said->kind = kind;
    said->key = *key;
    said->met = false;
    buf_clear(&said->name);
    buf_add_str(&said->name, name);
    buf_clear(&said->json);
    buf_add_str(&said->json, json);
}

void diff_table_take(struct diff_table *table, int side, const struct output *output)
{
    struct side *to = &table->sides[side];
    struct str fired;
    struct str name;
    switch (output->kind) {
    case OUTPUT_DECISION:
        fired = json_look(output->json, "fired");
        while (json_look_next(&fired, &name)) {
            note(to, KIND_RULE, json_look_inside(name), &output->id, output->json);
        }
        break;
    case OUTPUT_WARNING:
        note(to, KIND_WARNING, json_look_text(output->json, "typology"), &output->key,
             output->json);
        break;
    case OUTPUT_STOP: note(to, KIND_REQUEST, output->what, &output->key, output->json); break;
    case OUTPUT_ADVICE: note(to, KIND_ADVICE, output->what, &output->key, output->json); break;
    default: break; /* receipts and dead letters decide nothing */
    }
}

/* ---- comparing ---- */

static struct row *row_of(struct diff_table *table, const struct said *said)
{
    for (size_t i = 0; i < table->row_count; i++) {
        struct row *row = &table->rows[i];
        if (row->kind == said->kind && str_eq(buf_str(&row->name), buf_str(&said->name))) {
            return row;
        }
    }
    void *rows = table->rows;
    mem_reserve(&rows, &table->row_cap, table->row_count + 1, sizeof *table->rows);
    table->rows = rows;
    struct row *row = &table->rows[table->row_count++];
    *row = (struct row){.kind = said->kind};
    buf_add_str(&row->name, buf_str(&said->name));
    return row;
}

/* Who it is about: the decision's or warning's subject, the request's target. */
static struct str mask_of(struct str json)
{
    struct str subject = json_look(json, "subject");
    return json_look_text(subject.len > 0 ? subject : json_look(json, "target"), "mask");
}

static void copy_member(struct json_writer *w, const char *name, struct str json)
{
    struct str value = json_look_text(json, name);
    if (value.len > 0) {
        json_text(w, name, value);
    }
}

static void add_example(struct row *row, enum change change, const struct said *said,
                        const struct said *before)
{
    if (row->changes[change] > EXAMPLES_MAX) {
        return;
    }
    struct json_writer w = {.out = &row->examples[row->example_count++]};
    struct str json = buf_str(&said->json);
    struct str mask = mask_of(json);
    json_open(&w, NULL, '{');
    json_text(&w, "change", str_of(change_texts[change]));
    copy_member(&w, "time", json);
    copy_member(&w, "id", json);
    copy_member(&w, "event", json);
    copy_member(&w, "role", json);
    json_text(&w, "mask", mask);
    copy_member(&w, "tier", json);
    if (before != NULL) {
        json_text(&w, "tier_before", json_look_text(buf_str(&before->json), "tier"));
    }
    json_close(&w, '}');
}

static struct said *find_met(struct side *side, const struct said *wanted)
{
    for (size_t i = 0; i < side->count; i++) {
        struct said *said = &side->items[i];
        if (!said->met && said->kind == wanted->kind && token_eq(&said->key, &wanted->key) &&
            str_eq(buf_str(&said->name), buf_str(&wanted->name))) {
            return said;
        }
    }
    return NULL;
}

static void count(struct diff_table *table, enum change change, const struct said *said,
                  const struct said *before)
{
    struct row *row = row_of(table, said);
    row->seen[0] += change != CHANGE_NEW;
    row->seen[1] += change != CHANGE_LOST;
    row->changes[change]++;
    if (change != CHANGE_NONE) {
        add_example(row, change, said, before);
    }
}

/* A rule that fired in both is the same whatever tier the page has by others. */
static bool is_same(const struct said *a, const struct said *b)
{
    return a->kind != KIND_WARNING || str_eq(json_look_text(buf_str(&a->json), "tier"),
                                             json_look_text(buf_str(&b->json), "tier"));
}

void diff_table_settle(struct diff_table *table)
{
    struct side *first = &table->sides[0];
    struct side *second = &table->sides[1];
    for (size_t i = 0; i < first->count; i++) {
        struct said *said = &first->items[i];
        struct said *other = find_met(second, said);
        if (other == NULL) {
            count(table, CHANGE_LOST, said, NULL);
        } else {
            other->met = true;
            bool same = is_same(said, other);
            count(table, same ? CHANGE_NONE : CHANGE_CHANGED, other, same ? NULL : said);
        }
    }
    for (size_t i = 0; i < second->count; i++) {
        if (!second->items[i].met) {
            count(table, CHANGE_NEW, &second->items[i], NULL);
        }
    }
    first->count = 0;
    second->count = 0;
}

/* ---- telling ---- */

static bool row_differs(const struct row *row)
{
    return row->changes[CHANGE_NEW] + row->changes[CHANGE_LOST] + row->changes[CHANGE_CHANGED] > 0;
}

bool diff_table_differs(const struct diff_table *table)
{
    bool differs = false;
    for (size_t i = 0; i < table->row_count; i++) {
        differs = differs || row_differs(&table->rows[i]);
    }
    return differs;
}

static int row_order(const void *left, const void *right)
{
    const struct row *a = *(const struct row *const *)left;
    const struct row *b = *(const struct row *const *)right;
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    return str_compare(buf_str(&a->name), buf_str(&b->name));
}

/* The caller gives it back. */
static const struct row **sorted_rows(const struct diff_table *table)
{
    const struct row **rows = mem_alloc(table->row_count + 1, sizeof *rows);
    for (size_t i = 0; i < table->row_count; i++) {
        rows[i] = &table->rows[i];
    }
    qsort(rows, table->row_count, sizeof *rows, row_order);
    return rows;
}

static void example_text(struct buf *out, struct str json)
{
    static const char *const names[] = {"time", "event", "role", "mask"};
    struct str change = json_look_text(json, "change");
    struct str before = json_look_text(json, "tier_before");
    struct str tier = json_look_text(json, "tier");
    struct str id = json_look_text(json, "id");
    buf_add_format(out, "    %-8.*s", (int)change.len, change.at);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct str value = json_look_text(json, names[i]);
        buf_add_format(out, value.len > 0 ? " %.*s" : "%.*s", (int)value.len, value.at);
    }
    if (tier.len > 0) {
        buf_add_format(out, ", tier %.*s%s%.*s", (int)before.len, before.at,
                       before.len > 0 ? " now " : "", (int)tier.len, tier.at);
    }
    buf_add_format(out, "  (%.*s)\n", (int)id.len, id.at);
}

static size_t name_columns(const struct diff_table *table)
{
    size_t widest = 0;
    for (size_t i = 0; i < table->row_count; i++) {
        size_t columns = diag_columns(buf_str(&table->rows[i].name));
        widest = columns > widest ? columns : widest;
    }
    return widest;
}

void diff_table_text(const struct diff_table *table, struct buf *out)
{
    size_t widest = name_columns(table);
    const struct row **rows = sorted_rows(table);
    buf_add_format(out, "%-8s %*s %10s %10s %8s %8s %8s\n", "", (int)widest, "", "first", "second",
                   "new", "lost", "changed");
    for (size_t i = 0; i < table->row_count; i++) {
        const struct row *row = rows[i];
        struct str name = buf_str(&row->name);
        buf_add_format(out,
                       "%-8s %.*s%*s %10" PRIu64 " %10" PRIu64 " %8" PRIu64 " %8" PRIu64
                       " %8" PRIu64 "\n",
                       kind_texts[row->kind], (int)name.len, name.at,
                       (int)(widest - diag_columns(name)), "", row->seen[0], row->seen[1],
                       row->changes[CHANGE_NEW], row->changes[CHANGE_LOST],
                       row->changes[CHANGE_CHANGED]);
        for (size_t k = 0; k < row->example_count; k++) {
            example_text(out, buf_str(&row->examples[k]));
        }
    }
    mem_free(rows);
}

void diff_table_json(const struct diff_table *table, struct json_writer *w)
{
    const struct row **rows = sorted_rows(table);
    json_open(w, "rows", '[');
    for (size_t i = 0; i < table->row_count; i++) {
        const struct row *row = rows[i];
        json_open(w, NULL, '{');
        json_text(w, "kind", str_of(kind_texts[row->kind]));
        json_text(w, "name", buf_str(&row->name));
        json_int(w, "first", (int64_t)row->seen[0]);
        json_int(w, "second", (int64_t)row->seen[1]);
        for (int change = CHANGE_NEW; change <= CHANGE_CHANGED; change++) {
            json_int(w, change_texts[change], (int64_t)row->changes[change]);
        }
        json_open(w, "examples", '[');
        for (size_t k = 0; k < row->example_count; k++) {
            json_raw(w, NULL, buf_str(&row->examples[k]));
        }
        json_close(w, ']');
        json_close(w, '}');
    }
    json_close(w, ']');
    mem_free(rows);
}
