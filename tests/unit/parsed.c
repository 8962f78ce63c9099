#include "tests/unit/parsed.h"

#include "tests/unit/row_tests.h"

#include <check.h>
#include <string.h>

static const struct parse_mistake *table; /* of this process and of those that run its tests */

void parsed_init(struct parsed *parsed, struct str text)
{
    memset(parsed, 0, sizeof *parsed);
    rule_source_init(&parsed->source);
    ck_assert_int_eq(rule_source_add(&parsed->source, STR("t.rule"), text, NULL), 0);
    parse_pack(&parsed->pack, &parsed->source, &parsed->arena, &parsed->diags);
    diag_render(&parsed->shown, &parsed->diags, &parsed->source);
}

void parsed_fini(struct parsed *parsed)
{
    buf_fini(&parsed->shown);
    diag_fini(&parsed->diags);
    arena_fini(&parsed->arena);
    rule_source_fini(&parsed->source);
}

void parsed_check_shown(const struct parse_mistake *mistake)
{
    struct parsed parsed;
    parsed_init(&parsed, str_of(mistake->text));
    ck_assert_str_eq(buf_text(&parsed.shown), mistake->shown);
    parsed_fini(&parsed);
}

static void check_row(int row)
{
    parsed_check_shown(&table[row]);
}

int parsed_check_all(const char *suite_name, const struct parse_mistake *rows, int count)
{
    table = rows;
    return rows_run(suite_name, check_row, count);
}
