#include "rules/layout_inside.h"

#include "engine/base/must.h"

#include <string.h>

/* ---- comments ---- */

/* Reads what stands between two tokens: blanks, line ends, comments. */
struct layout_gap {
    struct arena *arena;
    struct str text;
    size_t at;
    size_t line_ends; /* since the last comment or token */
    bool begins_line; /* nothing but a line end stands before at */
};

static struct str layout_trim(struct str text)
{
    while (text.len > 0 && strchr(" \t\r", text.at[text.len - 1]) != NULL) {
        text.len--;
    }
    return text;
}

/* From the # to the end of its line. */
static struct str layout_comment_text(struct layout_gap *gap)
{
    size_t start = gap->at;
    while (gap->at < gap->text.len && gap->text.at[gap->at] != '\n') {
        gap->at++;
    }
    return layout_trim((struct str){gap->text.at + start, gap->at - start});
}

static size_t layout_count_comments(struct str text)
{
    size_t count = 0;
    bool inside = false;
    for (size_t i = 0; i < text.len; i++) {
        count += !inside && text.at[i] == '#';
        inside = text.at[i] != '\n' && (inside || text.at[i] == '#');
    }
    return count;
}

static void layout_take_comment(struct layout_gap *gap, struct layout_token *before,
                                struct layout_token *token)
{
    bool indented = !gap->begins_line;
    struct str text = layout_comment_text(gap);
    if (gap->line_ends == 0 && before != NULL) {
        before->behind = text;
        return;
    }
    token->comments[token->comment_count++] =
        (struct layout_comment){.text = text, .blank = gap->line_ends > 1, .indented = indented};
}

/* before: NULL at the beginning of the file. */
static void layout_read_gap(struct layout_gap *gap, struct layout_token *before,
                            struct layout_token *token)
{
    size_t comment_count = layout_count_comments(gap->text);
    token->comments = arena_alloc(gap->arena, comment_count, sizeof *token->comments);
    while (gap->at < gap->text.len) {
        char c = gap->text.at[gap->at];
        if (c == '#') {
            layout_take_comment(gap, before, token);
            gap->line_ends = 0;
            gap->begins_line = false;
            continue;
        }
        gap->line_ends += c == '\n';
        gap->begins_line = c == '\n';
        gap->at++;
    }
    token->blank = gap->line_ends > 1;
}

/* ---- tokens ---- */

/* `5.00   CNY` has one blank. */
static struct str layout_money_text(struct arena *arena, struct str raw)
{
    size_t digits = 0;
    while (strchr(" \t\r\n", raw.at[digits]) == NULL) {
        digits++;
    }
    struct buf text = {0};
    buf_add(&text, raw.at, digits);
    buf_add_char(&text, ' ');
    buf_add(&text, raw.at + raw.len - 3, 3);
    struct str copy = arena_copy(arena, buf_str(&text));
    buf_fini(&text);
    return copy;
}

static struct layout_token layout_token_of(const struct lex_token *token, struct str file,
                                           struct arena *arena)
{
    struct str raw = {file.at + token->span.start, token->span.end - token->span.start};
    return (struct layout_token){.kind = token->kind,
                                 .start = token->span.start,
                                 .end = token->span.end,
                                 .text = token->kind == LEX_MONEY && token->text.len == 3
                                             ? layout_money_text(arena, raw)
                                             : raw};
}

static size_t layout_count_tokens(const struct rule_source *source, struct span span,
                                  struct arena *arena)
{
    struct diag_list ignored = {0};
    struct lex lex = lex_start_span(source, span, arena, &ignored);
    size_t count = 1;
    while (lex_next(&lex).kind != LEX_END) {
        count++;
    }
    diag_fini(&ignored);
    return count;
}

void layout_tokens_read(struct layout_tokens *tokens, const struct rule_source *source,
                        struct span span, struct arena *arena)
{
    struct diag_list ignored = {0}; /* they were said when the text was parsed */
    struct str file = source->files[span.file_index].text;
    bool mark = span.start == 0 && str_starts(file, STR("\xef\xbb\xbf"));
    uint32_t before_end = span.start + (mark ? 3 : 0);
    size_t count = layout_count_tokens(source, span, arena);
    struct lex lex = lex_start_span(source, span, arena, &ignored);
    *tokens = (struct layout_tokens){.items = arena_alloc(arena, count, sizeof *tokens->items)};
    while (tokens->count < count) {
        struct lex_token read = lex_next(&lex);
        struct layout_token *token = &tokens->items[tokens->count++];
        *token = layout_token_of(&read, file, arena);
        must(token->start >= before_end);
        struct layout_gap gap = {.arena = arena,
                                 .text = {file.at + before_end, token->start - before_end},
                                 .begins_line = tokens->count == 1};
        layout_read_gap(&gap, tokens->count == 1 ? NULL : token - 1, token);
        before_end = token->end;
    }
    diag_fini(&ignored);
}

/* ---- neighbours ---- */

static bool layout_is_function(enum lex_kind kind)
{
    return lex_role_of(kind) == LEX_ROLE_AGGREGATE || kind == LEX_KNOWN || kind == LEX_AGO ||
           kind == LEX_POINTS || kind == LEX_DURING || kind == LEX_EACH;
}

bool layout_has_gap(const struct layout_token *before, const struct layout_token *token)
{
    switch (token->kind) {
    case LEX_PAREN_CLOSE:
    case LEX_BRACE_CLOSE:
    case LEX_COMMA:
    case LEX_COLON:
    case LEX_DOT:
    case LEX_RANGE: return false;
    case LEX_PAREN_OPEN:
        if (layout_is_function(before->kind)) {
            return false;
        }
        break;
    default: break;
    }
    switch (before->kind) {
    case LEX_PAREN_OPEN:
    case LEX_BRACE_OPEN:
    case LEX_DOT:
    case LEX_RANGE: return false;
    default: return !before->sign;
    }
}

struct str layout_flat(struct arena *arena, const struct rule_source *source, struct span span)
{
    struct layout_tokens tokens;
    struct buf text = {0};
    struct arena scratch = {0};
    layout_tokens_read(&tokens, source, span, &scratch);
    for (size_t i = 0; i + 1 < tokens.count; i++) {
        if (i > 0 && layout_has_gap(&tokens.items[i - 1], &tokens.items[i])) {
            buf_add_char(&text, ' ');
        }
        buf_add_str(&text, tokens.items[i].text);
    }
    struct str copy = arena_copy(arena, buf_str(&text));
    buf_fini(&text);
    arena_fini(&scratch);
    return copy;
}
