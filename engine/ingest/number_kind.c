#include "engine/ingest/number_kind.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/ingest/event.h"

#include <string.h>

#define SYMBOL_COUNT 11                        /* ten digits and "+" */
#define RAW_DIGITS_MAX (NUMBER_DIGITS_MAX + 4) /* with "0086" in front */

/* A tree over the symbols of the prefixes; a node's rows are a chain. Indices + 1, 0 is none. */
struct node {
    uint16_t next[SYMBOL_COUNT];
    uint16_t row;
};

struct number_kinds {
    struct number_kind_row *rows;
    uint16_t *row_after; /* chain of rows with one prefix */
    struct node *nodes;
    size_t node_count;
    size_t node_cap;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Puts `count` digits to the front of the text and drops `drop` of its first ones. */
static void replace_front(char *text, size_t *len, size_t drop, struct str with)
{
    must(drop <= *len && *len - drop + with.len <= RAW_DIGITS_MAX + 1);
    memmove(text + with.len, text + drop, *len - drop);
    memcpy(text, with.at, with.len);
    *len = *len - drop + with.len;
}

static bool is_mobile_at(const char *text, size_t len, size_t at)
{
    return len == at + 11 && text[at] == '1' && text[at + 1] >= '3';
}

/* After "+86": a fixed line is written without its trunk 0, all else as at home. Area codes: 10,
 * 2x, and three digits from 3 to 9; 400 and 800 are services; what is shorter is a service. */
static bool lacks_trunk_zero(const char *text, size_t len)
{
    if (len != 10 && len != 11) {
        return false;
    }
    if (text[0] == '1') {
        return len == 10 && text[1] == '0';
    }
    bool is_service = memcmp(text, "400", 3) == 0 || memcmp(text, "800", 3) == 0;
    return text[0] != '0' && !is_service;
}

/* One step towards the normal form; false: it is reached. Every step makes the text shorter. */
static bool step_to_normal_form(char *text, size_t *len)
{
    if (*len > 2 && memcmp(text, "00", 2) == 0) {
        replace_front(text, len, 2, STR("+"));
    } else if (*len > 3 && memcmp(text, "+86", 3) == 0) {
        replace_front(text, len, 3, STR(""));
        if (lacks_trunk_zero(text, *len)) {
            replace_front(text, len, 0, STR("0"));
        }
    } else if (*len > 2 && memcmp(text, "86", 2) == 0 && is_mobile_at(text, *len, 2)) {
        replace_front(text, len, 2, STR(""));
    } else if (*len > 1 && text[0] == '0' && is_mobile_at(text, *len, 1)) {
        replace_front(text, len, 1, STR(""));
    } else {
        return false;
    }
    return true;
}

bool number_normalise(struct str raw, char *out, size_t *len)
{
    char text[RAW_DIGITS_MAX + 1];
    size_t text_len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.at[i];
        if (c == ' ' || c == '-' || c == '(' || c == ')') {
            continue;
        }
        if ((!is_digit(c) && !(c == '+' && text_len == 0)) || text_len == sizeof text) {
            return false;
        }
        text[text_len++] = c;
    }
    while (step_to_normal_form(text, &text_len)) {
        /* carriers put one prefix before another: "+86 00 852 .." */
    }
    size_t digit_count = text_len - (text_len > 0 && text[0] == '+');
    if (digit_count == 0 || digit_count > NUMBER_DIGITS_MAX) {
        return false;
    }
    memcpy(out, text, text_len);
    *len = text_len;
    return true;
}

static unsigned symbol_of(char c)
{
    return c == '+' ? 10 : (unsigned)(c - '0');
}

static uint16_t add_node(struct number_kinds *kinds)
{
    void *nodes = kinds->nodes;
    mem_reserve(&nodes, &kinds->node_cap, kinds->node_count + 1, sizeof *kinds->nodes);
    kinds->nodes = nodes;
    kinds->nodes[kinds->node_count] = (struct node){{0}, 0};
    must(kinds->node_count < UINT16_MAX - 1);
    return (uint16_t)++kinds->node_count;
}

static void add_row(struct number_kinds *kinds, uint16_t row)
{
    const char *prefix = kinds->rows[row - 1].prefix;
    must(strlen(prefix) <= NUMBER_PREFIX_MAX);
    size_t node = 1;
    for (const char *c = prefix; *c != '\0'; c++) {
        must(is_digit(*c) || (*c == '+' && c == prefix));
        uint16_t next = kinds->nodes[node - 1].next[symbol_of(*c)];
        if (next == 0) {
            next = add_node(kinds);
            kinds->nodes[node - 1].next[symbol_of(*c)] = next;
        }
        node = next;
    }
    kinds->row_after[row - 1] = kinds->nodes[node - 1].row;
    kinds->nodes[node - 1].row = row;
}

struct number_kinds *number_kinds_new(const struct number_kind_row *rows, size_t count)
{
    must(count < UINT16_MAX);
    struct number_kinds *kinds = mem_alloc(1, sizeof *kinds);
    kinds->rows = mem_alloc(count, sizeof *rows);
    kinds->row_after = mem_alloc(count, sizeof *kinds->row_after);
    if (count > 0) {
        memcpy(kinds->rows, rows, count * sizeof *rows);
    }
    (void)add_node(kinds);
    for (size_t i = 0; i < count; i++) {
        add_row(kinds, (uint16_t)(i + 1));
    }
    return kinds;
}

void number_kinds_free(struct number_kinds *kinds)
{
    if (kinds != NULL) {
        mem_free(kinds->rows);
        mem_free(kinds->row_after);
        mem_free(kinds->nodes);
        mem_free(kinds);
    }
}

uint8_t number_kinds_find(const struct number_kinds *kinds, struct str number)
{
    if (kinds == NULL) {
        return NUMBER_KIND_UNKNOWN;
    }
    uint8_t found = NUMBER_KIND_IRREGULAR;
    size_t digit_count = number.len - (number.len > 0 && number.at[0] == '+');
    size_t node = 1;
    for (size_t i = 0; node != 0; i++) {
        for (uint16_t row = kinds->nodes[node - 1].row; row != 0; row = kinds->row_after[row - 1]) {
            const struct number_kind_row *r = &kinds->rows[row - 1];
            if (digit_count >= r->min_digits && digit_count <= r->max_digits) {
                found = r->kind;
                break;
            }
        }
        node = i < number.len ? kinds->nodes[node - 1].next[symbol_of(number.at[i])] : 0;
    }
    return found;
}
