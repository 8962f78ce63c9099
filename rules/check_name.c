#include "rules/check_inside.h"

#include "engine/base/must.h"

/* ---- the table ---- */

void check_names_init(struct check *c, size_t count_max)
{
    size_t slot_count = 16;
    while (slot_count < 2 * count_max) {
        slot_count *= 2;
    }
    c->names = arena_alloc(c->arena, count_max, sizeof *c->names);
    c->slots = arena_alloc(c->arena, slot_count, sizeof *c->slots);
    c->slot_mask = slot_count - 1;
}

static size_t check_slot_first(const struct check *c, enum check_space space, struct str text)
{
    uint64_t hash = 0xcbf29ce484222325 + (uint64_t)space; /* FNV-1a */
    for (size_t i = 0; i < text.len; i++) {
        hash = (hash ^ (unsigned char)text.at[i]) * 0x100000001b3;
    }
    return (size_t)(hash ^ hash >> 32) & c->slot_mask;
}

/* The slot of the name, or the empty one where it would stand. */
static uint32_t *check_slot(const struct check *c, enum check_space space, struct str text)
{
    for (size_t at = check_slot_first(c, space, text);; at = (at + 1) & c->slot_mask) {
        uint32_t *slot = &c->slots[at];
        if (*slot == 0) {
            return slot;
        }
        const struct check_name *name = &c->names[*slot - 1];
        if (name->space == space && str_eq(name->text, text)) {
            return slot;
        }
    }
}

struct check_name *check_find(struct check *c, enum check_space space, struct str text)
{
    uint32_t slot = *check_slot(c, space, text);
    return slot == 0 ? NULL : &c->names[slot - 1];
}

/* ---- definitions ---- */

static const char *check_kind_text(enum check_name_kind kind)
{
    static const char *const texts[] = {
        [CHECK_NAME_CONST] = "a constant",    [CHECK_NAME_FEATURE] = "a feature",
        [CHECK_NAME_TAG] = "a tag",           [CHECK_NAME_LIST] = "a list",
        [CHECK_NAME_TYPOLOGY] = "a typology", [CHECK_NAME_RULE] = "a rule",
        [CHECK_NAME_CALENDAR] = "a calendar", [CHECK_NAME_CARD] = "a scorecard",
        [CHECK_NAME_POLICY] = "a policy",     [CHECK_NAME_MARK] = "a mark",
        [CHECK_NAME_PATTERN] = "a pattern",
    };
    return texts[kind];
}

const char *check_reserved(struct str text)
{
    if (str_eq_text(text, "subject") || str_eq_text(text, "this")) {
        return "a word of the language";
    }
    if (vocab_find(vocab_streams, STREAM_COUNT, text) >= 0) {
        return "a stream";
    }
    if (vocab_find(vocab_words, WORD_COUNT, text) >= 0) {
        return "a field of events";
    }
    return vocab_find(vocab_attributes, ATTRIBUTE_COUNT, text) >= 0 ? "an attribute" : NULL;
}

void check_define(struct check *c, enum check_space space, enum check_name_kind kind,
                  const struct ast_name *name, uint32_t index)
{
    if (!ast_has(name)) {
        return; /* its block is broken, and that has been said */
    }
    const char *reserved = space == CHECK_SPACE_VALUE ? check_reserved(name->text) : NULL;
    if (reserved != NULL) {
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, name->span, "`%.*s` is already %s",
                                     DIAG_STR(name->text), reserved);
        diag_hint(c->diags, diag, "choose another name: one name has one meaning");
        return;
    }
    uint32_t *slot = check_slot(c, space, name->text);
    if (*slot != 0) {
        const struct check_name *first = &c->names[*slot - 1];
        struct diag *diag = diag_add(c->diags, DIAG_ERROR, name->span, "`%.*s` is already %s",
                                     DIAG_STR(name->text), check_kind_text(first->kind));
        diag_note(c->diags, diag, first->span, "the first one");
        diag_hint(c->diags, diag, "choose another name: one name has one meaning");
        return;
    }
    must(2 * c->name_count <= c->slot_mask);
    c->names[c->name_count] =
        (struct check_name){name->text, name->span, space, kind, index, false};
    *slot = (uint32_t)++c->name_count;
}

/* ---- guesses ---- */

void check_guess_names(const struct check *c, struct diag_guess *guess, enum check_space space,
                       enum check_name_kind kind)
{
    for (size_t i = 0; i < c->name_count && diag_shows_last(c->diags); i++) {
        if (c->names[i].space == space && c->names[i].kind == kind) {
            diag_guess_try(guess, c->names[i].text);
        }
    }
}

void check_guess_rows(struct diag_guess *guess, const struct vocab_row *rows, int first, int count)
{
    for (int i = first; i < count; i++) {
        diag_guess_try(guess, str_of(rows[i].text));
    }
}
