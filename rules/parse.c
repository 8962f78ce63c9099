#include "rules/parse.h"

#include "rules/parse_inside.h"

#include <string.h>

/* ---- tokens ---- */

void *parse_new(struct parse *p, size_t bytes)
{
    return arena_alloc(p->arena, 1, bytes);
}

void parse_step(struct parse *p)
{
    p->last = p->token.span;
    p->token = lex_next(&p->lex);
}

bool parse_at(const struct parse *p, enum lex_kind kind)
{
    return p->token.kind == kind;
}

bool parse_accept(struct parse *p, enum lex_kind kind)
{
    if (!parse_at(p, kind)) {
        return false;
    }
    parse_step(p);
    return true;
}

struct span parse_span_from(const struct parse *p, struct span start)
{
    return span_join(start, p->last.end > start.end ? p->last : start);
}

bool parse_at_block(const struct parse *p)
{
    return parse_at(p, LEX_END) || lex_role_of(p->token.kind) == LEX_ROLE_BLOCK;
}

/* ---- mistakes ---- */

static bool parse_said_here(const struct parse *p, struct span span)
{
    return p->has_said && p->said.file_index == span.file_index && p->said.start == span.start;
}

struct diag *parse_error(struct parse *p, struct span span, const char *message)
{
    if (parse_said_here(p, span)) {
        return &p->diags->surplus;
    }
    p->said = span;
    p->has_said = true;
    return diag_add(p->diags, DIAG_ERROR, span, "%s", message);
}

static bool parse_at_blank(const struct parse *p, uint32_t at)
{
    struct str text = p->source->files[p->token.span.file_index].text;
    return at >= text.len || (unsigned char)text.at[at] <= ' ';
}

/* The token in hand touches the one before, and that is no number, time or date. */
static bool parse_is_behind_name(const struct parse *p)
{
    struct str before = rule_source_text(p->source, p->last);
    return p->last.end == p->token.span.start && before.len > 0 &&
           (before.at[0] < '0' || before.at[0] > '9');
}

struct diag *parse_expected(struct parse *p, const char *what)
{
    struct span span = p->token.span;
    if (parse_said_here(p, span)) {
        return &p->diags->surplus;
    }
    p->said = span;
    p->has_said = true;
    if (parse_at(p, LEX_MINUS) && parse_is_behind_name(p) && !parse_at_blank(p, span.end)) {
        struct diag *diag = diag_add(p->diags, DIAG_ERROR, span, "expected %s, found `-`", what);
        diag_hint(p->diags, diag, "a name has letters, digits and `_`, and no `-`");
        return diag;
    }
    switch (p->token.kind) {
    case LEX_END:
        return diag_add(p->diags, DIAG_ERROR, span, "expected %s, found %s", what, p->end_text);
    case LEX_TEXT:
    case LEX_REGEX:
        return diag_add(p->diags, DIAG_ERROR, span, "expected %s, found %s", what,
                        lex_kind_text(p->token.kind));
    default:
        return diag_add(p->diags, DIAG_ERROR, span, "expected %s, found `%.*s`", what,
                        DIAG_STR(rule_source_text(p->source, span)));
    }
}

void parse_hint_word(struct parse *p, struct diag *diag, enum lex_role role)
{
    if (!parse_at(p, LEX_NAME)) {
        return;
    }
    struct diag_guess guess = diag_guess_start(p->token.text);
    for (int kind = 0; kind < LEX_KIND_COUNT; kind++) {
        if (lex_role_of((enum lex_kind)kind) == role) {
            diag_guess_try(&guess, str_of(lex_kind_text((enum lex_kind)kind)));
        }
    }
    (void)diag_hint_guess(p->diags, diag, &guess);
}

bool parse_expect(struct parse *p, enum lex_kind kind, const char *what)
{
    if (parse_accept(p, kind)) {
        return true;
    }
    struct diag *diag = parse_expected(p, what);
    if (kind == LEX_ASSIGN && parse_at(p, LEX_EQUAL)) {
        diag_hint(p->diags, diag, "a name is given its value with `=`");
    }
    if (parse_at(p, LEX_NAME) && lex_role_of(kind) != LEX_ROLE_NONE) {
        struct diag_guess guess = diag_guess_start(p->token.text);
        diag_guess_try(&guess, str_of(lex_kind_text(kind)));
        (void)diag_hint_guess(p->diags, diag, &guess);
    }
    return false;
}

/* ---- small parts ---- */

bool parse_name(struct parse *p, struct ast_name *name, const char *what)
{
    if (parse_at(p, LEX_NAME)) {
        *name = (struct ast_name){p->token.text, p->token.span};
        parse_step(p);
        return true;
    }
    struct diag *diag = parse_expected(p, what);
    if (lex_role_of(p->token.kind) != LEX_ROLE_NONE && !p->token.line_start) {
        diag_hint(p->diags, diag, "`%s` is a word of the language and cannot be a name",
                  lex_kind_text(p->token.kind));
    } else if (parse_at(p, LEX_TEXT)) {
        diag_hint(p->diags, diag, "names stand without quotes");
    }
    return false;
}

bool parse_path(struct parse *p, struct ast_path *path, const char *what)
{
    struct ast_name parts[AST_PATH_PARTS_MAX];
    struct span start = p->token.span;
    size_t count = 0;
    do {
        if (count == AST_PATH_PARTS_MAX) {
            diag_hint(p->diags, parse_error(p, p->token.span, "this path is too long"),
                      "a path has at most %d parts", AST_PATH_PARTS_MAX);
            return false;
        }
        if (!parse_name(p, &parts[count], count == 0 ? what : "a name after `.`")) {
            return false;
        }
        count++;
    } while (parse_accept(p, LEX_DOT));
    path->parts = arena_alloc(p->arena, count, sizeof *path->parts);
    memcpy(path->parts, parts, count * sizeof *parts);
    path->part_count = count;
    path->span = parse_span_from(p, start);
    return true;
}

bool parse_whole(struct parse *p, int64_t *value, struct span *span, const char *what)
{
    if (!parse_at(p, LEX_NUMBER)) {
        (void)parse_expected(p, what);
        return false;
    }
    if (p->token.decimals != 0) {
        diag_hint(p->diags, parse_expected(p, what), "a whole number, without decimals");
        return false;
    }
    *value = p->token.value;
    if (span != NULL) {
        *span = p->token.span;
    }
    parse_step(p);
    return true;
}

/* The bytes of the file behind a span, blanks left out. */
static struct str parse_behind(const struct parse *p, struct span span)
{
    struct str text = p->source->files[span.file_index].text;
    size_t at = span.end;
    while (at < text.len && text.at[at] == ' ') {
        at++;
    }
    return (struct str){text.at + at, text.len - at};
}

/* `24 h`: the unit that stands behind a blank, empty if none does. */
static struct str parse_far_unit(const struct parse *p)
{
    struct str rest = parse_behind(p, p->token.span);
    size_t len = 0;
    while (len < rest.len && rest.at[len] >= 'a' && rest.at[len] <= 'z') {
        len++;
    }
    struct str unit = {rest.at, len};
    static const char *const units[] = {"d", "h", "m", "s", "ms"};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (str_eq_text(unit, units[i])) {
            return unit;
        }
    }
    return (struct str){0};
}

static struct diag *parse_expected_duration(struct parse *p, const char *what)
{
    struct diag *diag = parse_expected(p, what);
    if (parse_at(p, LEX_NUMBER)) {
        struct str number = diag_clip(rule_source_text(p->source, p->token.span));
        struct str unit = parse_far_unit(p);
        if (unit.len != 0) {
            diag_hint(p->diags, diag, "write the unit without a blank: `%.*s%.*s`",
                      DIAG_STR(number), DIAG_STR(unit));
            return diag;
        }
        diag_hint(p->diags, diag, "a duration has a unit: `%.*ss`, `%.*sm`, `%.*sh` or `%.*sd`",
                  DIAG_STR(number), DIAG_STR(number), DIAG_STR(number), DIAG_STR(number));
    }
    return diag;
}

bool parse_duration(struct parse *p, int64_t *ms, const char *what)
{
    if (!parse_at(p, LEX_DURATION)) {
        (void)parse_expected_duration(p, what);
        return false;
    }
    *ms = p->token.value;
    parse_step(p);
    return true;
}

bool parse_length(struct parse *p, struct ast_length *length, const char *what)
{
    *length = (struct ast_length){.span = p->token.span};
    if (parse_at(p, LEX_NAME)) {
        return parse_name(p, &length->name, what);
    }
    return parse_duration(p, &length->ms, what);
}

bool parse_title(struct parse *p, struct str *title, struct span *span)
{
    if (!parse_at(p, LEX_TEXT)) {
        return false;
    }
    *title = p->token.text;
    if (span != NULL) {
        *span = p->token.span;
    }
    parse_step(p);
    return true;
}

/* ---- files ---- */

struct parse_block_row {
    enum lex_kind word;
    struct ast_head *(*read)(struct parse *p);
};

static const struct parse_block_row parse_blocks[] = {
    {LEX_TYPOLOGY, parse_typology},   {LEX_TAG, parse_tag},
    {LEX_LIST, parse_list},           {LEX_CONST, parse_const},
    {LEX_CALENDAR, parse_calendar},   {LEX_FEATURE, parse_feature},
    {LEX_SCORECARD, parse_scorecard}, {LEX_PATTERN, parse_pattern},
    {LEX_POLICY, parse_policy},       {LEX_RULE, parse_rule},
    {LEX_SHADOW, parse_rule},         {LEX_DRAFT, parse_rule},
    {LEX_RETIRED, parse_rule},        {LEX_ABSOLUTE, parse_rule},
    {LEX_ORDINARY, parse_ordinary},
};

static bool parse_block(struct parse *p)
{
    for (size_t i = 0; i < sizeof parse_blocks / sizeof parse_blocks[0]; i++) {
        if (!parse_at(p, parse_blocks[i].word)) {
            continue;
        }
        size_t errors = p->diags->total.error_count;
        struct span start = p->token.span;
        struct ast_head *head = parse_blocks[i].read(p);
        head->span = parse_span_from(p, start);
        if (!parse_at_block(p)) {
            struct diag *diag = parse_expected(p, "the next block, such as `rule`");
            parse_hint_word(p, diag, LEX_ROLE_BLOCK);
        }
        head->broken = p->diags->total.error_count != errors;
        return true;
    }
    return false;
}

static void parse_file(struct parse *p, uint32_t file_index)
{
    p->lex = lex_start(p->source, file_index, p->arena, p->diags);
    p->token = lex_next(&p->lex);
    p->last = (struct span){file_index, 0, 0};
    while (!parse_at(p, LEX_END)) {
        p->depth = 0;
        if (!parse_block(p)) {
            struct diag *diag = parse_expected(p, "a block, such as `rule`, `feature` or `list`");
            parse_hint_word(p, diag, LEX_ROLE_BLOCK);
        }
        while (!parse_at_block(p)) {
            parse_step(p);
        }
    }
}

void parse_pack(struct ast_pack *pack, const struct rule_source *source, struct arena *arena,
                struct diag_list *diags)
{
    *pack = (struct ast_pack){0};
    struct parse p = {
        .source = source,
        .arena = arena,
        .diags = diags,
        .end_text = "the end of the file",
        .tails = {&pack->typologies, &pack->tags, &pack->lists, &pack->consts, &pack->calendars,
                  &pack->features, &pack->scorecards, &pack->patterns, &pack->rules,
                  &pack->policies, &pack->ordinaries},
    };
    for (size_t i = 0; i < source->file_count; i++) {
        parse_file(&p, (uint32_t)i);
    }
}
