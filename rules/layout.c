#include "rules/layout.h"

#include "rules/layout_inside.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"

/* One file under way. */
struct layout {
    struct buf *out;
    struct layout_tokens tokens;
    const struct layout_mark *mark; /* the next one of this file */
    const struct layout_mark *mark_end;
    enum lex_kind block; /* the word of the block in hand */
    size_t indent;       /* of the line before; that of its parts if it opens a case */
    bool in_case;
    bool tall; /* the block in hand has several lines */
};

/* ---- lines ---- */

static bool layout_is_tall(enum lex_kind block)
{
    return block == LEX_RULE || block == LEX_PATTERN || block == LEX_SCORECARD ||
           block == LEX_POLICY || block == LEX_CALENDAR || block == LEX_ORDINARY;
}

/* `shadow absolute rule r` is a rule. */
static enum lex_kind layout_block_of(const struct layout_token *token)
{
    while (token->kind == LEX_SHADOW || token->kind == LEX_DRAFT || token->kind == LEX_RETIRED ||
           token->kind == LEX_ABSOLUTE) {
        token++;
    }
    return token->kind;
}

/* A word that begins a line and of which the tree knows no place. */
static bool layout_begins_line(const struct layout *f, enum lex_kind kind)
{
    return kind == LEX_THEN ||
           (f->block == LEX_CALENDAR && (kind == LEX_HOLIDAYS || kind == LEX_WORKDAYS));
}

static bool layout_at_mark(const struct layout *f, const struct layout_token *token)
{
    return f->mark < f->mark_end && f->mark->start == token->start;
}

/* The line that begins at a token. */
static struct layout_line layout_line_at(struct layout *f, const struct layout_token *token)
{
    struct layout_line line = {.tokens = token, .shape = LAYOUT_PART, .indent = LAYOUT_INDENT};
    if (layout_at_mark(f, token)) {
        line.shape = (enum layout_shape)f->mark->shape;
        line.indent = f->mark->indent;
        f->mark++;
    } else {
        must(layout_begins_line(f, token->kind));
    }
    if (line.shape == LAYOUT_HEAD) {
        f->block = layout_block_of(token);
    }
    line.block = f->block;
    do {
        line.count++;
        token++;
    } while (token->kind != LEX_END && !layout_at_mark(f, token) &&
             !layout_begins_line(f, token->kind));
    return line;
}

/* In a case `+` and `-` belong to the duration behind them, but for sums in a set. */
static void layout_sign_tokens(const struct layout_line *line, struct layout_token *tokens)
{
    size_t depth = 0;
    for (size_t i = 0; i < line->count; i++) {
        depth += tokens[i].kind == LEX_BRACE_OPEN;
        depth -= tokens[i].kind == LEX_BRACE_CLOSE && depth > 0;
        tokens[i].sign = depth == 0 && (tokens[i].kind == LEX_PLUS || tokens[i].kind == LEX_MINUS);
    }
}

/* ---- what stands between lines ---- */

/* An indented comment before a block belongs to what stands above it. */
static size_t layout_comments_above(const struct layout *f, const struct layout_token *token,
                                    bool head)
{
    size_t above = 0;
    while (head && f->indent > 0 && above < token->comment_count &&
           token->comments[above].indented) {
        above++;
    }
    return above;
}

static void layout_blank_line(struct layout *f)
{
    if (f->out->len > 0) {
        buf_add_char(f->out, '\n');
    }
}

/* Is an empty line wished for before the block: before its comments, between them, or behind? */
static bool layout_has_blank(const struct layout_token *token, size_t from)
{
    bool blank = token->blank;
    for (size_t i = from; i < token->comment_count; i++) {
        blank = blank || token->comments[i].blank;
    }
    return blank;
}

/* Comments and blank lines before a line, or before the end of the file. */
static void layout_write_before(struct layout *f, const struct layout_token *token, size_t indent,
                                bool head, bool apart)
{
    size_t above = layout_comments_above(f, token, head);
    bool first = f->out->len == 0;
    bool opened = f->out->len > 1 && f->in_case && f->out->at[f->out->len - 2] == '{';
    apart = apart && !first && !layout_has_blank(token, above);
    for (size_t i = 0; i < token->comment_count; i++) {
        const struct layout_comment *comment = &token->comments[i];
        if ((comment->blank && !(opened && i == 0)) || (apart && i == above)) {
            layout_blank_line(f);
        }
        layout_indent(f->out, i < above ? f->indent : indent);
        buf_add_str(f->out, comment->text);
        buf_add_char(f->out, '\n');
    }
    bool last = token->kind == LEX_END || (f->in_case && token->kind == LEX_BRACE_CLOSE);
    bool lone = token->comment_count == 0;
    if ((token->blank && !last && !(opened && lone)) || (apart && above == token->comment_count)) {
        layout_blank_line(f);
    }
}

/* ---- files ---- */

static bool layout_opens_case(const struct layout_line *line)
{
    enum lex_kind word = line->tokens[0].kind;
    return word == LEX_FIRES || word == LEX_QUIET || word == LEX_ORDINARY;
}

static size_t layout_write_line(struct layout *f, size_t at)
{
    struct layout_token *token = &f->tokens.items[at];
    bool was_tall = f->tall;
    struct layout_line line = layout_line_at(f, token);
    bool head = line.shape == LAYOUT_HEAD;
    f->tall = head ? layout_is_tall(f->block) : f->tall;
    size_t before = line.shape == LAYOUT_CLOSE ? line.indent + LAYOUT_INDENT : line.indent;
    layout_write_before(f, token, before, head, head && (f->tall || was_tall));
    if (f->in_case) {
        layout_sign_tokens(&line, token);
    }
    layout_line_write(f->out, &line);
    f->in_case = layout_opens_case(&line) || (f->in_case && line.shape != LAYOUT_CLOSE);
    f->indent = f->tall && line.indent == 0 ? LAYOUT_INDENT : line.indent;
    return at + line.count;
}

static void layout_file(struct buf *out, const struct rule_source *source, uint32_t file_index,
                        const struct layout_mark *mark, const struct layout_mark *mark_end)
{
    struct arena arena = {0};
    struct layout f = {.out = out, .mark = mark, .mark_end = mark_end};
    struct span whole = {file_index, 0, (uint32_t)source->files[file_index].text.len};
    layout_tokens_read(&f.tokens, source, whole, &arena);
    size_t at = 0;
    while (at + 1 < f.tokens.count) {
        at = layout_write_line(&f, at);
    }
    must(f.mark == f.mark_end);
    layout_write_before(&f, &f.tokens.items[at], 0, true, false);
    arena_fini(&arena);
}

/* The layout says what the text says, or nothing is done with it. */
static void layout_must_be_same(const struct rule_source *a, const struct rule_source *b,
                                uint32_t file_index)
{
    struct arena arena = {0};
    struct layout_tokens tokens[2];
    const struct rule_source *sources[2] = {a, b};
    for (int i = 0; i < 2; i++) {
        struct span whole = {file_index, 0, (uint32_t)sources[i]->files[file_index].text.len};
        layout_tokens_read(&tokens[i], sources[i], whole, &arena);
    }
    must(tokens[0].count == tokens[1].count);
    for (size_t i = 0; i < tokens[0].count; i++) {
        must(tokens[0].items[i].kind == tokens[1].items[i].kind);
        must(str_eq(tokens[0].items[i].text, tokens[1].items[i].text));
    }
    arena_fini(&arena);
}

int layout_source(struct rule_source *canonical, const struct rule_source *source,
                  const struct ast_pack *pack, struct err *err)
{
    struct layout_marks marks = {0};
    struct buf text = {0};
    int result = 0;
    must(canonical->file_count == 0);
    layout_marks_collect(&marks, pack);
    const struct layout_mark *mark = marks.items;
    const struct layout_mark *end = marks.items + marks.count;
    for (uint32_t i = 0; i < source->file_count && result == 0; i++) {
        const struct layout_mark *next = mark;
        while (next < end && next->file_index == i) {
            next++;
        }
        buf_clear(&text);
        layout_file(&text, source, i, mark, next);
        mark = next;
        result = rule_source_add(canonical, source->files[i].name, buf_str(&text), err);
        if (result == 0) {
            layout_must_be_same(source, canonical, i);
        }
    }
    buf_fini(&text);
    mem_free(marks.items);
    return result;
}
