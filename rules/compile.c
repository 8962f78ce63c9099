#include "rules/compile.h"

#include "rules/check.h"
#include "rules/emit.h"
#include "rules/layout.h"
#include "rules/parse.h"
#include "rules/plan.h"

#include <string.h>

/* The verifier stands between the compiler and the machine: what it refuses is a bug in here, and
 * costs the analyst a message instead of the engine its life. */
static struct program *compile_verify(struct compiled *compiled, struct program *program)
{
    struct err err;
    if (program_verify(program, &err) == 0) {
        return program;
    }
    program_free(program);
    struct span start = {0, 0, 0};
    struct diag *diag = diag_add(&compiled->diags, DIAG_ERROR, start,
                                 "the compiler made a faulty program of this pack: %s", err.text);
    diag_hint(&compiled->diags, diag, "please report it, with the pack");
    return NULL;
}

static struct program *compile_program(struct compiled *compiled, bool drafts)
{
    struct program *program = emit_program(compiled->checked, compiled->plan);
    rule_source_hash(program->hash, compile_named(compiled));
    rule_source_hash_hex(program->hash_hex, compile_named(compiled));
    program->tries_drafts = drafts;
    return compile_verify(compiled, program);
}

static bool compile_has_drafts(const struct checked *checked)
{
    for (size_t i = 0; i < checked->rule_count; i++) {
        if (checked->rules[i].state == AST_DRAFT) {
            return true;
        }
    }
    return false;
}

const struct rule_source *compile_named(const struct compiled *compiled)
{
    return compiled->canonical.file_count == 0 ? &compiled->source : &compiled->canonical;
}

/* packed: the bytes that were given are the pack; else their layout is. */
static int compile_passes(struct compiled *compiled, bool packed, struct err *err)
{
    struct plan *plan = arena_alloc(&compiled->arena, 1, sizeof *plan);
    parse_pack(&compiled->pack, &compiled->source, &compiled->arena, &compiled->diags);
    compiled->checked =
        check_pack(&compiled->pack, &compiled->source, &compiled->arena, &compiled->diags);
    if (diag_has_errors(&compiled->diags)) {
        return 0;
    }
    plan_make(plan, compiled->checked, &compiled->arena, &compiled->diags);
    if (diag_has_errors(&compiled->diags)) {
        return 0;
    }
    if (!packed &&
        layout_source(&compiled->canonical, &compiled->source, &compiled->pack, err) != 0) {
        compile_fini(compiled);
        return -1;
    }
    compiled->plan = plan;
    compiled->program = compile_program(compiled, false);
    if (compiled->program != NULL && compile_has_drafts(compiled->checked)) {
        compiled->trial = compile_program(compiled, true);
    }
    return 0;
}

static void compile_init(struct compiled *compiled)
{
    memset(compiled, 0, sizeof *compiled);
    rule_source_init(&compiled->source);
    rule_source_init(&compiled->canonical);
}

int compile_load(struct compiled *compiled, const char *path, struct err *err)
{
    compile_init(compiled);
    if (rule_source_load(&compiled->source, path, err) != 0) {
        compile_fini(compiled);
        return -1;
    }
    return compile_passes(compiled, false, err);
}

int compile_text(struct compiled *compiled, struct str name, struct str text, struct err *err)
{
    compile_init(compiled);
    if (rule_source_add(&compiled->source, name, text, err) != 0) {
        compile_fini(compiled);
        return -1;
    }
    return compile_passes(compiled, false, err);
}

int compile_packed(struct compiled *compiled, struct str bytes, struct err *err)
{
    compile_init(compiled);
    if (rule_source_unpack(&compiled->source, bytes, err) != 0) {
        compile_fini(compiled);
        return -1;
    }
    return compile_passes(compiled, true, err);
}

void compile_fini(struct compiled *compiled)
{
    program_free(compiled->program);
    program_free(compiled->trial);
    diag_fini(&compiled->diags);
    arena_fini(&compiled->arena);
    rule_source_fini(&compiled->source);
    rule_source_fini(&compiled->canonical);
    memset(compiled, 0, sizeof *compiled);
}
