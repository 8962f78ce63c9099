/* Any bytes, as the one file of a pack: the compiler says what is wrong with them, or makes a
 * program that the verifier lets through and that runs the cases written beside it, as `sluice
 * check` does. What compiles is named by its layout, which compiles to the same name. */
#include "engine/base/must.h"
#include "rules/blind.h"
#include "rules/cases.h"
#include "rules/compile.h"
#include "rules/dead.h"
#include "rules/survey.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct compiled compile(struct str text)
{
    struct compiled pack;
    struct err err;
    must(compile_text(&pack, STR("try.rule"), text, &err) == 0);
    must((pack.program == NULL) == diag_has_errors(&pack.diags));
    return pack;
}

static void compile_again(const struct compiled *pack)
{
    struct compiled again = compile(compile_named(pack)->files[0].text);
    must(again.program != NULL);
    must(strcmp(again.program->hash_hex, pack->program->hash_hex) == 0);
    compile_fini(&again);
}

static void run_cases(const struct compiled *pack, struct diag_list *diags)
{
    struct settings settings;
    struct case_report report;
    settings_defaults(&settings);
    cases_run(pack, &settings, &report);
    if (report.failed == 0) {
        cases_find_needless(pack, &settings, &report, diags);
    }
    cases_report_fini(&report);
}

/* What people and programs are told of a pack that compiles. */
static void describe(struct compiled *pack, struct buf *out)
{
    struct settings settings;
    struct retention retention;
    int64_t cost;
    settings_defaults(&settings);
    settings_retention(&settings, &retention);
    compile_json(pack, out);
    survey_rules(out, pack, &retention);
    survey_windows(out, pack, &retention);
    (void)survey_dearest(pack, &cost);
    dead_find(pack->checked, &pack->diags);
    blind_find(pack->checked, &pack->diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct buf out = {0};
    struct compiled pack = compile((struct str){(const char *)data, len});
    if (pack.program != NULL) {
        compile_again(&pack);
        describe(&pack, &out);
        run_cases(&pack, &pack.diags);
    }
    diag_render(&out, &pack.diags, &pack.source);
    buf_fini(&out);
    compile_fini(&pack);
    return 0;
}
