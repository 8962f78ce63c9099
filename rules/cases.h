/* cases.h - runs the cases that stand beside the rules: `fires`, `quiet` and `ordinary`.
 *
 *     struct case_report report;
 *     cases_run(&pack, &setup, &report);
 *     fputs(buf_text(&report.text), stderr);         what failed, with file, line and remedy
 *     cases_report_fini(&report);
 *
 * Each case runs the whole pack from an empty state in one process (engine/local.h), like a replay
 * of its events. In `fires` the rule must fire at least once, in `quiet` never, and in `ordinary`
 * no rule of the pack may open a warning. A case that fails says which rules fired or were held
 * back by an `unless`, when and at whose page.
 *
 * A guard that no case needs guards nothing: cases_find_needless leaves each `unless` out in turn
 * and runs the cases in which it held its rule back.
 *
 * Memory:  the report owns its text until cases_report_fini.
 * Threads: one.
 * Errors:  a failed case is an ordinary outcome, counted; mistakes in how a case is written are
 *          diagnostics of the checker (check.h), not of this file.
 */
#ifndef SLUICE_RULES_CASES_H
#define SLUICE_RULES_CASES_H

#include "engine/base/str.h"
#include "engine/settings.h"
#include "rules/compile.h"

#include <stdint.h>

struct case_report {
    uint32_t passed, failed;
    uint32_t rules_without_fires; /* live rules that no `fires` case shows */
    struct buf text;              /* one block per failed case */
    struct case_held *held;       /* cases in which an `unless` held a rule back */
    size_t held_count, held_cap;
};

struct case_held {
    const struct ast_case *test;
    struct str rule;    /* that it stands beside; empty for `ordinary` */
    struct buf guarded; /* JSON of the decisions' members of that name, one behind the other */
};

void cases_run(const struct compiled *compiled, const struct settings *settings,
               struct case_report *report);
/* Adds a warning for each `unless` that no case needs. All cases of the report passed. */
void cases_find_needless(const struct compiled *compiled, const struct settings *settings,
                         const struct case_report *report, struct diag_list *diags);
void cases_report_fini(struct case_report *report);

#endif
