#include "rules/parse_inside.h"

#include <string.h>

/* ---- say ---- */

/* The value of `{...}` whose inside is given. */
static struct ast_expr *parse_say_value(struct parse *p, struct span inside)
{
    struct parse outer = *p;
    p->lex = lex_start_span(p->source, inside, p->arena, p->diags);
    p->end_text = "`}`";
    p->token = lex_next(&p->lex);
    struct ast_expr *value = parse_sum_whole(p, "a value in `{...}`");
    if (value != NULL && !parse_at(p, LEX_END)) {
        (void)parse_expected(p, "`}` after the value");
        value = NULL;
    }
    p->lex = outer.lex;
    p->token = outer.token;
    p->last = outer.last;
    p->end_text = outer.end_text;
    return value;
}

static size_t parse_say_find(struct str text, size_t from, char sought)
{
    while (from < text.len && text.at[from] != sought) {
        from++;
    }
    return from;
}

static bool parse_say_error(struct parse *p, struct span at, const char *message, const char *hint)
{
    diag_hint(p->diags, parse_error(p, at, message), "%s", hint);
    return false;
}

/* A text up to the next brace, or `{...}`, from byte `at` of the inside of the quotes on; sets
 * where it ends. */
static bool parse_say_part(struct parse *p, struct ast_say_part *part, struct span inside,
                           size_t *at)
{
    struct str raw = rule_source_text(p->source, inside);
    size_t start = *at;
    size_t open = parse_say_find(raw, start, '{');
    size_t close = parse_say_find(raw, start, '}');
    struct span brace = {inside.file_index, inside.start + (uint32_t)close,
                         inside.start + (uint32_t)close + 1};
    if (close < open) {
        return parse_say_error(p, brace, "this `}` closes nothing",
                               "a value stands in `{...}`, without braces inside");
    }
    if (open > start) {
        *at = open;
        part->text = lex_unescape(p->arena, (struct str){raw.at + start, open - start});
    } else {
        brace.start = inside.start + (uint32_t)open;
        brace.end = brace.start + 1;
        if (close == raw.len) {
            return parse_say_error(p, brace, "this `{` has no `}`", "a value stands in `{...}`");
        }
        *at = close + 1;
        part->value =
            parse_say_value(p, (struct span){inside.file_index, inside.start + (uint32_t)open + 1,
                                             inside.start + (uint32_t)close});
    }
    part->span = (struct span){inside.file_index, inside.start + (uint32_t)start,
                               inside.start + (uint32_t)*at};
    return part->text.len != 0 || part->value != NULL;
}

/* Braces of full width are shown as they are, and so is what stands in them: mostly the name of a
 * value by mistake, and now and then a word that is meant so. */
static void parse_say_wide_brace(struct parse *p, struct span inside)
{
    struct str raw = rule_source_text(p->source, inside);
    for (size_t at = 0; at + 3 <= raw.len; at++) {
        if (memcmp(raw.at + at, "\xef\xbd\x9b", 3) == 0) {
            struct span brace = {inside.file_index, inside.start + (uint32_t)at,
                                 inside.start + (uint32_t)at + 3};
            diag_hint(p->diags,
                      diag_add(p->diags, DIAG_WARNING, brace,
                               "a brace of full width shows no value"),
                      "a value stands in `{...}`");
            return;
        }
    }
}

static void parse_say_parts(struct parse *p, struct ast_action *action, struct span inside)
{
    parse_say_wide_brace(p, inside);
    struct ast_say_part **tail = &action->say;
    size_t at = 0;
    while (at < inside.end - inside.start) {
        struct ast_say_part *part = parse_new(p, sizeof *part);
        size_t before = at;
        if (parse_say_part(p, part, inside, &at)) {
            PARSE_HANG(tail, part);
        } else if (at == before) {
            return;
        }
    }
}

static bool parse_say(struct parse *p, struct ast_action *action)
{
    if (!parse_at(p, LEX_TEXT)) {
        (void)parse_expected(p, "a text after `say`");
        return false;
    }
    struct lex_token token = p->token;
    if (!token.unclosed) {
        struct span inside = {token.span.file_index, token.span.start + 1, token.span.end - 1};
        parse_say_parts(p, action, inside);
    }
    parse_step(p);
    return true;
}

/* ---- actions ---- */

static bool parse_for(struct parse *p, struct ast_action *action, const char *what)
{
    action->has_length = true;
    return parse_expect(p, LEX_FOR, what) &&
           parse_length(p, &action->length, "a duration, such as `24h`, after `for`");
}

static bool parse_score(struct parse *p, struct ast_action *action)
{
    action->points = parse_sum_whole(p, "points after `score`");
    return action->points != NULL && parse_for(p, action, "`for` and a duration after the score");
}

static bool parse_raise(struct parse *p, struct ast_action *action)
{
    return parse_name(p, &action->name, "a tier, such as `urgent`, after `raise`");
}

/* stop, watch */
static bool parse_hold(struct parse *p, struct ast_action *action)
{
    return parse_path(p, &action->target, "the target, such as `payer.person`") &&
           parse_for(p, action, "`for` and a duration after the target");
}

/* Its time is a day unless said; a duration alone is one whose `for` is missing. */
static bool parse_protect(struct parse *p, struct ast_action *action)
{
    if (!parse_path(p, &action->target, "the target, such as `payer.person`")) {
        return false;
    }
    bool said = parse_at(p, LEX_FOR) || parse_at(p, LEX_DURATION);
    return !said || parse_for(p, action, "`for` and a duration after the target");
}

static bool parse_delay(struct parse *p, struct ast_action *action)
{
    return parse_name(p, &action->name, "`transaction` after `delay`");
}

static bool parse_advise(struct parse *p, struct ast_action *action)
{
    return parse_name(p, &action->name, "an advice, such as `reverify`, after `advise`") &&
           parse_path(p, &action->target, "the target of the advice, such as `payer`");
}

static bool parse_mark_each(struct parse *p, struct ast_action *action)
{
    p->node_count = 0;
    action->each = parse_new(p, sizeof *action->each);
    return parse_expect(p, LEX_PAREN_OPEN, "`(` after `each`") &&
           parse_source(p, action->each,
                        "a field of a stream, such as `payment_out.payee`, after `(`") &&
           parse_expect(p, LEX_PAREN_CLOSE, "`)` at the end of `each(...)`");
}

static bool parse_mark(struct parse *p, struct ast_action *action)
{
    bool good = parse_accept(p, LEX_EACH)
                    ? parse_mark_each(p, action)
                    : parse_path(p, &action->target, "the target of the mark, such as `payee`");
    if (!good || !parse_name(p, &action->name, "the name of the mark")) {
        return false;
    }
    if (parse_accept(p, LEX_LEVEL) &&
        !parse_whole(p, &action->level, &action->level_span, "a level, 1 to 3, after `level`")) {
        return false;
    }
    return parse_for(p, action, "`for` and a duration after the mark");
}

static bool parse_reach(struct parse *p, struct ast_action *action)
{
    return parse_name(p, &action->name, "a channel, such as `station`, after `reach`");
}

struct parse_action_row {
    enum lex_kind word;
    enum ast_action_kind kind;
    bool (*read)(struct parse *p, struct ast_action *action);
};

static const struct parse_action_row parse_actions[] = {
    {LEX_SCORE, AST_SCORE, parse_score},       {LEX_RAISE, AST_RAISE, parse_raise},
    {LEX_PROTECT, AST_PROTECT, parse_protect}, {LEX_STOP, AST_STOP, parse_hold},
    {LEX_WATCH, AST_WATCH, parse_hold},        {LEX_DELAY, AST_DELAY, parse_delay},
    {LEX_ADVISE, AST_ADVISE, parse_advise},    {LEX_MARK, AST_MARK, parse_mark},
    {LEX_REACH, AST_REACH, parse_reach},       {LEX_SAY, AST_SAY, parse_say},
};

/* ---- clauses ---- */

enum parse_stage {
    PARSE_STAGE_WHEN,
    PARSE_STAGE_UNLESS,
    PARSE_STAGE_ACTION,
    PARSE_STAGE_CASE,
};

struct parse_rule {
    struct ast_rule *rule;
    struct ast_unless **unless_tail;
    struct ast_action **action_tail;
    struct ast_case **case_tail;
    enum parse_stage stage;
    struct span when_span;
    bool has_when;
};

static bool parse_when(struct parse *p, struct parse_rule *at)
{
    struct span word_span = p->token.span;
    bool again = at->has_when;
    if (again) {
        struct diag *diag = parse_error(p, word_span, "a rule has one `when`");
        diag_note(p->diags, diag, at->when_span, "the first one");
        diag_hint(p->diags, diag, "join the conditions with `and`");
    }
    at->has_when = true;
    at->when_span = word_span;
    parse_step(p);
    struct ast_expr *when = parse_expr_whole(p, "a condition after `when`");
    if (!again) {
        at->rule->when_span = word_span;
        at->rule->when = when;
    }
    return when != NULL;
}

static bool parse_unless(struct parse *p, struct parse_rule *at)
{
    struct ast_unless *unless = parse_new(p, sizeof *unless);
    unless->word_span = p->token.span;
    parse_step(p);
    (void)parse_title(p, &unless->title, NULL);
    unless->condition = parse_expr_whole(p, "a condition after `unless`");
    unless->span = parse_span_from(p, unless->word_span);
    if (unless->condition == NULL) {
        return false;
    }
    PARSE_HANG(at->unless_tail, unless);
    return true;
}

static bool parse_action(struct parse *p, struct parse_rule *at, const struct parse_action_row *row)
{
    struct ast_action *action = parse_new(p, sizeof *action);
    action->kind = row->kind;
    action->word_span = p->token.span;
    parse_step(p);
    bool good = row->read(p, action);
    if (good && parse_accept(p, LEX_IF)) {
        action->only_if = parse_expr_whole(p, "a condition after `if`");
        good = action->only_if != NULL;
    }
    action->span = parse_span_from(p, action->word_span);
    if (good) {
        PARSE_HANG(at->action_tail, action);
    }
    return good;
}

/* Says so when a clause comes too late. */
static void parse_check_stage(struct parse *p, struct parse_rule *at, enum parse_stage stage)
{
    static const char *const texts[] = {
        [PARSE_STAGE_WHEN] = "`when` stands first in a rule",
        [PARSE_STAGE_UNLESS] = "`unless` stands before the actions",
        [PARSE_STAGE_ACTION] = "actions stand before the cases",
        [PARSE_STAGE_CASE] = "",
    };
    if (stage < at->stage && !(stage == PARSE_STAGE_WHEN && at->has_when)) {
        diag_hint(p->diags, parse_error(p, p->token.span, texts[stage]), "move it up");
    }
    at->stage = stage > at->stage ? stage : at->stage;
}

static bool parse_clause(struct parse *p, struct parse_rule *at)
{
    switch (p->token.kind) {
    case LEX_WHEN: parse_check_stage(p, at, PARSE_STAGE_WHEN); return parse_when(p, at);
    case LEX_UNLESS: parse_check_stage(p, at, PARSE_STAGE_UNLESS); return parse_unless(p, at);
    case LEX_FIRES:
    case LEX_QUIET: {
        parse_check_stage(p, at, PARSE_STAGE_CASE);
        struct ast_case *test = parse_case(p);
        PARSE_HANG(at->case_tail, test);
        return true;
    }
    default: break;
    }
    parse_check_stage(p, at, PARSE_STAGE_ACTION);
    for (size_t i = 0; i < sizeof parse_actions / sizeof parse_actions[0]; i++) {
        if (parse_at(p, parse_actions[i].word)) {
            return parse_action(p, at, &parse_actions[i]);
        }
    }
    (void)parse_expected(p, "an action");
    parse_step(p);
    return false;
}

static void parse_hint_actions(struct parse *p, struct diag *diag)
{
    struct buf words = {0};
    size_t count = sizeof parse_actions / sizeof parse_actions[0];
    for (size_t i = 0; i < count; i++) {
        buf_add_format(&words, "%s`%s`",
                       i == 0           ? ""
                       : i + 1 == count ? " and "
                                        : ", ",
                       lex_kind_text(parse_actions[i].word));
    }
    diag_hint(p->diags, diag, "actions are %s", buf_text(&words));
    buf_fini(&words);
}

static bool parse_is_digit(struct str text, size_t at)
{
    return at < text.len && text.at[at] >= '0' && text.at[at] <= '9';
}

/* What is meant by what stands behind a condition, as what is beside it says. */
static void parse_hint_place(struct parse *p, struct diag *diag, struct str text)
{
    struct str file = p->source->files[p->token.span.file_index].text;
    size_t before = p->last.end == 0 ? 0 : p->last.end - 1;
    bool digits = parse_is_digit(file, before) && p->last.end == p->token.span.start &&
                  parse_is_digit(file, p->token.span.end);
    if (parse_at(p, LEX_COMMA) && digits) {
        diag_hint(p->diags, diag, "the digits of a number are grouped with `_`: `50_000`");
    } else if (parse_at(p, LEX_NAME) && before < file.len && file.at[before] == '%') {
        diag_hint(p->diags, diag, "a part of something is written with `of`: `50%% of %.*s`",
                  DIAG_STR(text));
    } else if (str_eq_text(text, "AND") || str_eq_text(text, "And")) {
        diag_hint(p->diags, diag, "words of the language are small: write `and`");
    } else if (str_eq_text(text, "OR") || str_eq_text(text, "Or")) {
        diag_hint(p->diags, diag, "words of the language are small: write `or`");
    }
}

/* What stands where a clause should. */
static void parse_no_clause(struct parse *p, const struct parse_rule *at)
{
    static const struct {
        const char *word;
        const char *hint;
    } meant[] = {
        {"is", "write `==`; before `in`, `between` and `has` leave it out"},
        {"equals", "write `==`"},
        {"contains", "write `has`"},
        {"cny", "write the currency in capitals: `CNY`"},
        {"元", "write the currency as `CNY`"},
        {"years", "ages are plain numbers: leave it out"},
        {"岁", "ages are plain numbers: leave it out"},
        {",", "conditions are joined with `and`; several values stand in braces: `in {a, b}`"},
        {"，", "conditions are joined with `and`; several values stand in braces: `in {a, b}`"},
        {"else", "a rule has no `else`: write a second rule"},
    };
    struct str text = rule_source_text(p->source, p->token.span);
    struct diag *diag = NULL;
    switch (at->stage) {
    case PARSE_STAGE_WHEN:
    case PARSE_STAGE_UNLESS: diag = parse_expected(p, "`and`, `or`, `unless` or an action"); break;
    case PARSE_STAGE_ACTION: diag = parse_expected(p, "a further action or a case"); break;
    case PARSE_STAGE_CASE: diag = parse_expected(p, "a further case or a block"); break;
    }
    parse_hint_word(p, diag, LEX_ROLE_CLAUSE);
    for (size_t i = 0; i < sizeof meant / sizeof meant[0]; i++) {
        if (str_eq_text(text, meant[i].word)) {
            diag_hint(p->diags, diag, "%s", meant[i].hint);
        }
    }
    parse_hint_place(p, diag, text);
    if (at->stage == PARSE_STAGE_ACTION && parse_at(p, LEX_NAME) && diag->hint.len == 0) {
        parse_hint_actions(p, diag);
    }
}

static bool parse_at_clause(const struct parse *p)
{
    return lex_role_of(p->token.kind) == LEX_ROLE_CLAUSE;
}

static void parse_clauses(struct parse *p, struct parse_rule *at)
{
    while (!parse_at_block(p)) {
        if (!parse_at_clause(p)) {
            parse_no_clause(p, at);
        } else if (parse_clause(p, at)) {
            continue;
        }
        while (!parse_at_block(p) && !parse_at_clause(p)) {
            parse_step(p);
        }
    }
}

/* ---- the rule ---- */

static enum ast_rule_state parse_rule_state(struct parse *p)
{
    if (parse_accept(p, LEX_SHADOW)) {
        return AST_SHADOW;
    }
    if (parse_accept(p, LEX_DRAFT)) {
        return AST_DRAFT;
    }
    return parse_accept(p, LEX_RETIRED) ? AST_RETIRED : AST_LIVE;
}

static bool parse_on(struct parse *p)
{
    static const char wanted[] = "`on` and a kind of event after the subject";
    if (parse_at(p, LEX_NAME) && str_eq(p->token.text, STR("person"))) {
        diag_hint(p->diags, parse_expected(p, wanted), "a holder is written `%.*s.person`",
                  DIAG_STR(rule_source_text(p->source, p->last)));
        return false;
    }
    return parse_expect(p, LEX_ON, wanted);
}

static bool parse_rule_head(struct parse *p, struct ast_rule *rule)
{
    rule->state = parse_rule_state(p);
    rule->absolute = parse_accept(p, LEX_ABSOLUTE);
    rule->head.word_span = p->token.span;
    if (lex_role_of(p->token.kind) == LEX_ROLE_BLOCK && !parse_at(p, LEX_RULE)) {
        diag_hint(p->diags, parse_expected(p, "`rule`"),
                  "before `rule` stands one of `shadow`, `draft`, `retired`, then `absolute`");
        return false;
    }
    if (!parse_expect(p, LEX_RULE, "`rule`") ||
        !parse_name(p, &rule->head.name, "the name of the rule")) {
        return false;
    }
    if (parse_accept(p, LEX_OF) &&
        !parse_name(p, &rule->typology, "the name of a typology after `of`")) {
        return false;
    }
    if (!parse_expect(p, LEX_FOR,
                      ast_has(&rule->typology) ? "`for` and the subject after the typology"
                                               : "`of` and a typology, or `for` and the subject") ||
        !parse_path(p, &rule->subject, "a subject, such as `payer.person`, after `for`") ||
        !parse_on(p) || !parse_trigger(p, &rule->trigger)) {
        return false;
    }
    (void)parse_title(p, &rule->head.title, &rule->head.title_span);
    return true;
}

struct ast_head *parse_rule(struct parse *p)
{
    struct ast_rule *rule = parse_new(p, sizeof *rule);
    PARSE_HANG(p->tails.rules, rule);
    struct parse_rule at = {.rule = rule,
                            .unless_tail = &rule->unlesses,
                            .action_tail = &rule->actions,
                            .case_tail = &rule->cases};
    if (parse_rule_head(p, rule)) {
        if (!parse_at(p, LEX_WHEN)) {
            struct diag *diag = parse_expected(p, "`when` and a condition");
            parse_hint_word(p, diag, LEX_ROLE_CLAUSE);
        }
    } else {
        while (!parse_at_block(p) && !parse_at(p, LEX_WHEN)) {
            parse_step(p);
        }
    }
    if (!parse_at_block(p)) {
        parse_clauses(p, &at);
    }
    return &rule->head;
}
