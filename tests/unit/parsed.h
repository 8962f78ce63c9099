/* parsed.h - a text of rules as the parser leaves it, before anybody has checked it.
 *
 *     struct parsed parsed;
 *     parsed_init(&parsed, STR("list bad of account"));
 *     ck_assert_str_eq(buf_text(&parsed.shown), "");        what an analyst is told
 *     parsed_fini(&parsed);
 *
 * The text is the file t.rule. A file that is a table of mistakes and nothing else says so:
 *
 *     int main(void) { return parsed_check_all("parse_case", mistakes, COUNT_OF(mistakes)); }
 *
 * Memory:  owns all that was parsed until parsed_fini; the text is the caller's. A table outlives
 *          its tests.
 * Threads: one.
 * Errors:  another text than that of a row fails the test.
 */
#ifndef SLUICE_UNIT_PARSED_H
#define SLUICE_UNIT_PARSED_H

#include "rules/parse.h"

struct parsed {
    struct rule_source source;
    struct arena arena;
    struct diag_list diags;
    struct ast_pack pack;
    struct buf shown;
};

struct parse_mistake {
    const char *text;
    const char *shown;
};

void parsed_init(struct parsed *parsed, struct str text);
void parsed_fini(struct parsed *parsed);
void parsed_check_shown(const struct parse_mistake *mistake);
/* Runs each row as a test of the suite of this name; the result is that of main. */
int parsed_check_all(const char *suite_name, const struct parse_mistake *rows, int count);

#endif
