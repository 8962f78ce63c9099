#include "rules/layout_inside.h"

#include "engine/base/arena.h"
#include "engine/base/must.h"

/* Where a line may be broken: before a token, the weakest binding first. What stands in parentheses
 * binds stronger than what stands outside. Signs and commas come after all `and`s and `or`s, and
 * where nothing else is left any blank will do. */
enum {
    LAYOUT_RANK_NONE = 0,
    LAYOUT_RANK_PART = 1, /* + 4 for each level of parentheses; these four */
    LAYOUT_RANK_OR = 2,
    LAYOUT_RANK_AND = 3,
    LAYOUT_RANK_SIGN = 1000, /* + 4 for each level; these three */
    LAYOUT_RANK_SUM = 1001,
    LAYOUT_RANK_COMMA = 1002,
    LAYOUT_RANK_BLANK = 5000,
    LAYOUT_RANK_LEVEL = 4,
};

/* A token of the line under way. */
struct layout_place {
    size_t column; /* where it begins and ends if the whole line is one line */
    size_t end;
    size_t forced; /* how many tokens up to it must begin a line: a comment stands before them */
    uint16_t rank; /* 0: no line begins here */
    bool fill;     /* as many as fit, instead of one a line */
    bool must_break;
};

struct layout_break {
    struct buf *out;
    const struct layout_line *line;
    struct layout_place *places;
    size_t column; /* of out */
};

void layout_indent(struct buf *out, size_t columns)
{
    for (size_t i = 0; i < columns; i++) {
        buf_add_char(out, ' ');
    }
}

/* ---- ranks ---- */

/* What is known on the way from the left. */
struct layout_walk {
    const struct layout_line *line;
    size_t depth;    /* parentheses and braces */
    size_t betweens; /* whose `and` is still to come */
};

static enum lex_kind layout_kind(const struct layout_line *line, size_t at)
{
    return at < line->count ? line->tokens[at].kind : LEX_END;
}

/* The `and` of `between 1 and 2` joins no conditions. */
static bool layout_joins(struct layout_walk *walk)
{
    bool joins = walk->betweens == 0;
    walk->betweens -= !joins;
    return joins;
}

/* Does a part of this kind of line begin here, outside all parentheses? */
static bool layout_begins_part(const struct layout_line *line, size_t at)
{
    enum lex_kind kind = layout_kind(line, at);
    enum lex_kind before = layout_kind(line, at - 1);
    switch (line->shape) {
    case LAYOUT_CLAUSE:
        return kind == LEX_IF || (before == LEX_TEXT && layout_kind(line, 0) == LEX_UNLESS);
    case LAYOUT_EVENT: return kind == LEX_EVERY || kind == LEX_ARRIVES;
    case LAYOUT_HEAD:
        return before == LEX_ASSIGN || kind == LEX_TIERS || kind == LEX_CLOSES ||
               (kind == LEX_TEXT && line->block == LEX_RULE);
    default: break;
    }
    switch (line->block) {
    case LEX_PATTERN: return kind == LEX_AT || kind == LEX_WITHIN;
    case LEX_POLICY: return kind == LEX_RECEIVERS || kind == LEX_ALLOW || kind == LEX_APPROVAL;
    case LEX_SCORECARD: return kind == LEX_ELSE || (kind >= LEX_EQUAL && kind <= LEX_GREATER_EQUAL);
    default: return false;
    }
}

static uint16_t layout_rank(struct layout_walk *walk, size_t at)
{
    const struct layout_line *line = walk->line;
    size_t level = walk->depth * LAYOUT_RANK_LEVEL;
    enum lex_kind kind = layout_kind(line, at);
    if (walk->depth == 0 && layout_begins_part(line, at)) {
        return LAYOUT_RANK_PART;
    }
    if (layout_kind(line, at - 1) == LEX_COMMA) {
        return (uint16_t)(LAYOUT_RANK_COMMA + level);
    }
    switch (kind) {
    case LEX_WHERE: return (uint16_t)(LAYOUT_RANK_PART + level);
    case LEX_OR: return (uint16_t)(LAYOUT_RANK_OR + level);
    case LEX_AND:
        if (layout_joins(walk)) {
            return (uint16_t)(LAYOUT_RANK_AND + level);
        }
        break;
    case LEX_BETWEEN: walk->betweens++; return (uint16_t)(LAYOUT_RANK_SIGN + level);
    case LEX_EQUAL:
    case LEX_NOT_EQUAL:
    case LEX_LESS:
    case LEX_LESS_EQUAL:
    case LEX_GREATER:
    case LEX_GREATER_EQUAL: return (uint16_t)(LAYOUT_RANK_SIGN + level);
    case LEX_PLUS:
    case LEX_MINUS:
        if (!line->tokens[at].sign) {
            return (uint16_t)(LAYOUT_RANK_SUM + level);
        }
        break;
    default: break;
    }
    return layout_has_gap(&line->tokens[at - 1], &line->tokens[at]) ? LAYOUT_RANK_BLANK
                                                                    : LAYOUT_RANK_NONE;
}

static void layout_walk_step(struct layout_walk *walk, enum lex_kind kind)
{
    bool opens = kind == LEX_PAREN_OPEN || kind == LEX_BRACE_OPEN;
    bool closes = kind == LEX_PAREN_CLOSE || kind == LEX_BRACE_CLOSE;
    must(!closes || walk->depth > 0 || walk->line->count == 1);
    walk->depth += opens;
    walk->depth -= closes && walk->depth > 0;
}

/* ---- places ---- */

static size_t layout_gap_columns(const struct layout_line *line, size_t at)
{
    size_t pad = line->shape == LAYOUT_CLAUSE  ? LAYOUT_CLAUSE_PAD
                 : line->shape == LAYOUT_EVENT ? LAYOUT_OFFSET_PAD
                                               : 0;
    size_t padded = line->shape == LAYOUT_EVENT ? 2 : 1; /* tokens before the filling */
    size_t lead = 0;
    for (size_t i = 0; at == padded && i < padded; i++) {
        lead += diag_columns(line->tokens[i].text);
    }
    if (at == padded && lead < pad) {
        return pad - lead;
    }
    return layout_has_gap(&line->tokens[at - 1], &line->tokens[at]) ? 1 : 0;
}

static void layout_place_all(const struct layout_line *line, struct layout_place *places)
{
    struct layout_walk walk = {.line = line};
    for (size_t i = 0; i < line->count; i++) {
        struct layout_place *place = &places[i];
        const struct layout_token *token = &line->tokens[i];
        if (i > 0) {
            place->column = places[i - 1].end + layout_gap_columns(line, i);
            place->rank = layout_rank(&walk, i);
            place->must_break = token->comment_count > 0 || line->tokens[i - 1].behind.len > 0;
            place->forced = places[i - 1].forced + place->must_break;
            place->fill = place->rank >= LAYOUT_RANK_BLANK ||
                          layout_kind(line, i - 1) == LEX_COMMA || line->block == LEX_TAG;
        }
        place->end = place->column + diag_columns(token->text);
        layout_walk_step(&walk, token->kind);
    }
}

/* ---- writing ---- */

static void layout_new_line(struct layout_break *b, size_t at, size_t column)
{
    const struct layout_token *before = &b->line->tokens[at - 1];
    const struct layout_token *token = &b->line->tokens[at];
    if (before->behind.len > 0) {
        buf_add_text(b->out, "  ");
        buf_add_str(b->out, before->behind);
    }
    buf_add_char(b->out, '\n');
    for (size_t i = 0; i < token->comment_count; i++) {
        layout_indent(b->out, column);
        buf_add_str(b->out, token->comments[i].text);
        buf_add_char(b->out, '\n');
    }
    layout_indent(b->out, column);
    b->column = column;
}

/* The tokens first .. end - 1, whose first has its place already. */
struct layout_part {
    size_t first, end;
    size_t column; /* where what is broken off goes on */
    bool clause;   /* of a rule, whole: its `and` and `or` stand before that column */
    bool inset;    /* it begins at that column itself */
};

static void layout_write_token(struct layout_break *b, size_t at)
{
    buf_add_str(b->out, b->line->tokens[at].text);
    b->column += b->places[at].end - b->places[at].column;
}

static void layout_write_flat(struct layout_break *b, const struct layout_part *part)
{
    for (size_t i = part->first; i < part->end; i++) {
        if (i > part->first && b->places[i].must_break) {
            layout_new_line(b, i, part->column);
        } else if (i > part->first) {
            size_t gap = b->places[i].column - b->places[i - 1].end;
            layout_indent(b->out, gap);
            b->column += gap;
        }
        layout_write_token(b, i);
    }
}

static size_t layout_width(const struct layout_break *b, size_t first, size_t end)
{
    return b->places[end - 1].end - b->places[first].column;
}

static bool layout_is_forced(const struct layout_break *b, size_t first, size_t end)
{
    return b->places[end - 1].forced != b->places[first].forced;
}

static bool layout_fits(const struct layout_break *b, size_t first, size_t end)
{
    return !layout_is_forced(b, first, end) &&
           b->column + layout_width(b, first, end) <= LAYOUT_COLUMNS;
}

static uint16_t layout_weakest(const struct layout_break *b, const struct layout_part *part)
{
    uint16_t weakest = LAYOUT_RANK_NONE;
    for (size_t i = part->first + 1; i < part->end; i++) {
        uint16_t rank = b->places[i].rank;
        bool padded = b->line->shape == LAYOUT_CLAUSE && i == 1;
        if (rank != LAYOUT_RANK_NONE && !padded &&
            (weakest == LAYOUT_RANK_NONE || rank < weakest)) {
            weakest = rank;
        }
    }
    return weakest;
}

/* Where the lines of a break begin, and, for what is broken inside them, the part they are. */
static size_t layout_break_column(const struct layout_part *part, uint16_t rank,
                                  struct layout_part *inside)
{
    size_t column = part->column;
    *inside = *part;
    if (rank == LAYOUT_RANK_PART) {
        inside->inset = true;
        return column;
    }
    inside->clause = false;
    inside->inset = false;
    if (rank == LAYOUT_RANK_OR || rank == LAYOUT_RANK_AND) {
        size_t word = rank == LAYOUT_RANK_OR ? 3 : 4; /* with its blank */
        inside->column = column + LAYOUT_INDENT;
        return part->clause ? column - word : column;
    }
    column += part->clause || part->inset ? LAYOUT_INDENT : 0;
    inside->column = column + LAYOUT_INDENT;
    return column;
}

static void layout_write_part(struct layout_break *b, const struct layout_part *part);

/* One segment of a broken part, from first to before the next place of that rank. */
static size_t layout_segment_end(const struct layout_break *b, size_t first, size_t end,
                                 uint16_t rank)
{
    size_t at = first + 1;
    while (at < end && b->places[at].rank != rank) {
        at++;
    }
    return at;
}

static void layout_write_broken(struct layout_break *b, const struct layout_part *part,
                                uint16_t rank)
{
    struct layout_part inside;
    size_t column = layout_break_column(part, rank, &inside);
    for (size_t first = part->first; first < part->end; first = inside.end) {
        inside.first = first;
        inside.end = layout_segment_end(b, first, part->end, rank);
        const struct layout_place *place = &b->places[first];
        if (first > part->first) {
            size_t gap = place->column - b->places[first - 1].end;
            bool stays = place->fill && !place->must_break &&
                         b->column + gap + layout_width(b, first, inside.end) <= LAYOUT_COLUMNS;
            if (stays) {
                layout_indent(b->out, gap);
                b->column += gap;
            } else {
                layout_new_line(b, first, column);
            }
        }
        layout_write_part(b, &inside);
    }
}

/* Each break is at a higher rank than the one it lies in, so this ends. */
static void layout_write_part(struct layout_break *b, const struct layout_part *part)
{
    uint16_t rank =
        layout_fits(b, part->first, part->end) ? LAYOUT_RANK_NONE : layout_weakest(b, part);
    if (rank == LAYOUT_RANK_NONE) {
        layout_write_flat(b, part);
    } else {
        layout_write_broken(b, part, rank);
    }
}

void layout_line_write(struct buf *out, const struct layout_line *line)
{
    struct arena arena = {0};
    must(line->count > 0);
    struct layout_break b = {.out = out,
                             .line = line,
                             .places = arena_alloc(&arena, line->count, sizeof *b.places),
                             .column = line->indent};
    bool clause = line->shape == LAYOUT_CLAUSE;
    struct layout_part whole = {.end = line->count,
                                .column =
                                    line->indent + (clause ? LAYOUT_CLAUSE_PAD : LAYOUT_INDENT),
                                .clause = clause};
    layout_place_all(line, b.places);
    layout_indent(out, line->indent);
    layout_write_part(&b, &whole);
    const struct layout_token *last = &line->tokens[line->count - 1];
    if (last->behind.len > 0) {
        buf_add_text(out, "  ");
        buf_add_str(out, last->behind);
    }
    buf_add_char(out, '\n');
    arena_fini(&arena);
}
