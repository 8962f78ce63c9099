#include "rules/diag.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define DIAG_CLIP_BYTES ((size_t)96)
#define DIAG_TAB_COLUMNS ((size_t)4)
#define DIAG_LINE_COLUMNS ((size_t)160) /* of a source line that are shown */
#define DIAG_LEAD_COLUMNS ((size_t)60)  /* of those, before the main span */

void diag_fini(struct diag_list *list)
{
    arena_fini(&list->texts);
    mem_free(list->items);
    mem_free(list->tallies);
    *list = (struct diag_list){0};
}

/* ---- collecting ---- */

/* Counts it; true if it is to be kept. */
static bool diag_count(struct diag_list *list, enum diag_severity severity, uint32_t file_index)
{
    if (file_index >= list->tally_count) {
        void *tallies = list->tallies;
        mem_reserve(&tallies, &list->tally_cap, (size_t)file_index + 1, sizeof *list->tallies);
        list->tallies = tallies;
        list->tally_count = (size_t)file_index + 1;
    }
    struct diag_tally *tally = &list->tallies[file_index];
    if (severity == DIAG_ERROR) {
        list->total.error_count++;
        return tally->error_count++ < DIAG_ERRORS_SHOWN;
    }
    list->total.warning_count++;
    return tally->warning_count++ < DIAG_ERRORS_SHOWN;
}

struct diag *diag_add(struct diag_list *list, enum diag_severity severity, struct span span,
                      const char *format, ...)
{
    struct diag *diag = &list->surplus;
    *diag = (struct diag){.severity = severity, .span = span};
    list->surplus_is_last = !diag_count(list, severity, span.file_index);
    if (list->surplus_is_last) {
        return diag;
    }
    void *items = list->items;
    mem_reserve(&items, &list->cap, list->count + 1, sizeof *list->items);
    list->items = items;
    diag = &list->items[list->count];
    *diag = (struct diag){.severity = severity, .span = span, .order = list->count};
    list->count++;
    va_list args;
    va_start(args, format);
    diag->message = arena_format(&list->texts, format, args);
    va_end(args);
    return diag;
}

void diag_label(struct diag_list *list, struct diag *diag, const char *format, ...)
{
    if (diag == &list->surplus) {
        return;
    }
    va_list args;
    va_start(args, format);
    diag->label = arena_format(&list->texts, format, args);
    va_end(args);
}

void diag_note(struct diag_list *list, struct diag *diag, struct span span, const char *format, ...)
{
    if (diag == &list->surplus || diag->note_count == DIAG_NOTES_MAX) {
        return;
    }
    va_list args;
    va_start(args, format);
    diag->notes[diag->note_count] =
        (struct diag_note){span, arena_format(&list->texts, format, args)};
    diag->note_count++;
    va_end(args);
}

void diag_hint(struct diag_list *list, struct diag *diag, const char *format, ...)
{
    if (diag == &list->surplus) {
        return;
    }
    va_list args;
    va_start(args, format);
    diag->hint = arena_format(&list->texts, format, args);
    va_end(args);
}

struct str diag_clip(struct str text)
{
    if (text.len > DIAG_CLIP_BYTES) {
        text.len = DIAG_CLIP_BYTES;
        while (text.len > 0 && ((unsigned char)text.at[text.len] & 0xc0) == 0x80) {
            text.len--;
        }
    }
    return text.at == NULL ? STR("") : text;
}

/* ---- characters ---- */

/* One character of a line as it is shown. */
struct diag_char {
    size_t bytes;   /* of the source */
    uint32_t code;  /* 0xfffd where the bytes are not UTF-8 or would steer the terminal */
    size_t columns; /* 0, 1, 2, or those of a tab */
};

struct diag_range {
    uint32_t first;
    uint32_t last;
};

static bool diag_in_ranges(const struct diag_range *ranges, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count; i++) {
        if (code >= ranges[i].first && code <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

/* East Asian Wide and Fullwidth, in blocks. */
static const struct diag_range diag_wide[] = {
    {0x1100, 0x115f}, {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0xa4cf},
    {0xa960, 0xa97f}, {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},
    {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};
static const struct diag_range diag_zero[] = {{0x0300, 0x036f}, {0xfe00, 0xfe0f}};
/* Controls of the terminal, directions of writing, invisible marks. */
static const struct diag_range diag_unsafe[] = {
    {0x00, 0x08},     {0x0a, 0x1f},     {0x7f, 0x9f},     {0x061c, 0x061c},
    {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff},
};

#define DIAG_IN(table, code) diag_in_ranges(table, sizeof(table) / sizeof(table)[0], code)

static uint32_t diag_decode(const char *at, size_t bytes)
{
    static const unsigned char lead_mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code = (unsigned char)at[0] & lead_mask[bytes];
    for (size_t i = 1; i < bytes; i++) {
        code = code << 6 | ((unsigned char)at[i] & 0x3f);
    }
    return code;
}

static size_t diag_char_bytes(const char *at, size_t left)
{
    unsigned char lead = (unsigned char)at[0];
    size_t bytes = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    return bytes <= left && utf8_valid_prefix(at, bytes) == bytes ? bytes : 0;
}

static struct diag_char diag_char_at(const char *at, size_t left)
{
    size_t bytes = diag_char_bytes(at, left);
    if (bytes == 0) {
        return (struct diag_char){1, 0xfffd, 1};
    }
    uint32_t code = diag_decode(at, bytes);
    if (code == '\t') {
        return (struct diag_char){1, code, DIAG_TAB_COLUMNS};
    }
    if (DIAG_IN(diag_unsafe, code)) {
        return (struct diag_char){bytes, 0xfffd, 1};
    }
    size_t columns = DIAG_IN(diag_zero, code) ? 0 : DIAG_IN(diag_wide, code) ? 2 : 1;
    return (struct diag_char){bytes, code, columns};
}

/* ---- rendering ---- */

/* A source line, cut to a window of columns around what matters. */
struct diag_line {
    struct str text;   /* the whole line */
    size_t file_start; /* its first byte in the file */
    size_t line;
    size_t first_column; /* of the window */
    size_t last_column;  /* one past it */
    unsigned gutter;
};

/* Columns from the line's begin to a byte of the file; past the line's end, to its end. */
static size_t diag_column_of(const struct diag_line *line, size_t at)
{
    size_t columns = 0;
    size_t i = 0;
    while (i < line->text.len && line->file_start + i < at) {
        struct diag_char c = diag_char_at(line->text.at + i, line->text.len - i);
        columns += c.columns;
        i += c.bytes;
    }
    return columns;
}

static struct diag_line diag_line_of(const struct rule_source *source, struct span span)
{
    struct rule_source_place place = rule_source_find(source, span);
    struct str text = source->files[span.file_index].text;
    struct diag_line line = {.text = {text.at + place.line_start,
                                      place.line_end - place.line_start},
                             .file_start = place.line_start,
                             .line = place.line,
                             .gutter = 5};
    for (size_t rest = place.line / 100000; rest != 0; rest /= 10) {
        line.gutter++;
    }
    size_t column = diag_column_of(&line, span.start);
    line.first_column =
        column > DIAG_LINE_COLUMNS - DIAG_LEAD_COLUMNS ? column - DIAG_LEAD_COLUMNS : 0;
    line.last_column = line.first_column + DIAG_LINE_COLUMNS;
    return line;
}

static void diag_pad(struct buf *out, size_t columns)
{
    for (size_t i = 0; i < columns; i++) {
        buf_add_char(out, ' ');
    }
}

static void diag_add_char(struct buf *out, const char *at, struct diag_char c)
{
    if (c.code == '\t') {
        diag_pad(out, c.columns);
    } else if (c.code == 0xfffd) {
        buf_add_text(out, "\xef\xbf\xbd");
    } else {
        buf_add(out, at, c.bytes);
    }
}

static void diag_render_text(struct buf *out, const struct diag_line *line)
{
    buf_add_format(out, "%*zu | ", (int)line->gutter, line->line);
    size_t column = 0;
    size_t i = 0;
    while (i < line->text.len && column < line->last_column) {
        struct diag_char c = diag_char_at(line->text.at + i, line->text.len - i);
        if (column >= line->first_column) {
            diag_add_char(out, line->text.at + i, c);
        } else if (column + c.columns > line->first_column) {
            diag_pad(out, column + c.columns - line->first_column);
        }
        column += c.columns;
        i += c.bytes;
    }
    buf_add_char(out, '\n');
}

/* One underlined stretch of the line. */
struct diag_mark {
    size_t first; /* columns of the window */
    size_t last;  /* one past it */
    char sign;
    struct str label;
};

#define DIAG_MARKS_MAX (DIAG_NOTES_MAX + 1)

static size_t diag_clamp(size_t value, size_t low, size_t high)
{
    return value < low ? low : value > high ? high : value;
}

static struct diag_mark diag_mark_of(const struct diag_line *line, struct span span, char sign,
                                     struct str label)
{
    size_t first =
        diag_clamp(diag_column_of(line, span.start), line->first_column, line->last_column);
    size_t last = diag_clamp(diag_column_of(line, span.end), line->first_column, line->last_column);
    struct diag_mark mark = {first - line->first_column, last - line->first_column, sign, label};
    if (mark.last <= mark.first) {
        mark.last = mark.first + 1;
    }
    return mark;
}

static void diag_gutter(struct buf *out, const struct diag_line *line)
{
    diag_pad(out, line->gutter);
    buf_add_text(out, " | ");
}

/* Ends a line without blanks at its end. */
static void diag_end_line(struct buf *out)
{
    while (out->len > 0 && out->at[out->len - 1] == ' ') {
        out->len--;
    }
    buf_add_char(out, '\n');
}

static void diag_render_signs(struct buf *out, const struct diag_line *line,
                              const struct diag_mark *marks, size_t mark_count)
{
    size_t width = 0;
    for (size_t i = 0; i < mark_count; i++) {
        width = marks[i].last > width ? marks[i].last : width;
    }
    diag_gutter(out, line);
    for (size_t column = 0; column < width; column++) {
        char sign = ' ';
        for (size_t i = mark_count; i-- > 0;) { /* the first mark, the main one, wins */
            if (column >= marks[i].first && column < marks[i].last) {
                sign = marks[i].sign;
            }
        }
        buf_add_char(out, sign);
    }
    diag_end_line(out);
}

size_t diag_columns(struct str text)
{
    struct diag_line line = {.text = text};
    return diag_column_of(&line, text.len);
}

/* Labels under their marks; one that would touch its left neighbour goes to a further line. */
static void diag_render_labels(struct buf *out, const struct diag_line *line,
                               const struct diag_mark *marks, size_t mark_count)
{
    bool done[DIAG_MARKS_MAX] = {false};
    size_t left = 0;
    for (size_t i = 0; i < mark_count; i++) {
        done[i] = marks[i].label.len == 0;
        left += !done[i];
    }
    while (left > 0) {
        diag_gutter(out, line);
        size_t column = 0;
        for (;;) {
            size_t next = mark_count;
            for (size_t i = 0; i < mark_count; i++) {
                bool fits = !done[i] && (column == 0 || marks[i].first > column);
                if (fits && (next == mark_count || marks[i].first < marks[next].first)) {
                    next = i;
                }
            }
            if (next == mark_count) {
                break;
            }
            diag_pad(out, marks[next].first - column);
            buf_add_str(out, marks[next].label);
            column = marks[next].first + diag_columns(marks[next].label);
            done[next] = true;
            left--;
        }
        diag_end_line(out);
    }
}

static bool diag_on_line(const struct rule_source *source, struct span span, struct span other)
{
    return span.file_index == other.file_index &&
           rule_source_find(source, span).line == rule_source_find(source, other).line;
}

static void diag_render_place(struct buf *out, const struct rule_source *source, struct span span)
{
    struct rule_source_place place = rule_source_find(source, span);
    buf_add_str(out, source->files[span.file_index].path);
    buf_add_format(out, ":%zu:%zu: ", place.line, place.column);
}

static void diag_render_one(struct buf *out, const struct diag *diag,
                            const struct rule_source *source)
{
    diag_render_place(out, source, diag->span);
    buf_add_text(out, diag->severity == DIAG_ERROR ? "error: " : "warning: ");
    buf_add_str(out, diag->message);
    buf_add_char(out, '\n');

    struct diag_line line = diag_line_of(source, diag->span);
    struct diag_mark marks[DIAG_MARKS_MAX];
    size_t mark_count = 0;
    marks[mark_count++] = diag_mark_of(&line, diag->span, '^', diag->label);
    for (size_t i = 0; i < diag->note_count; i++) {
        const struct diag_note *note = &diag->notes[i];
        if (diag_on_line(source, diag->span, note->span)) {
            marks[mark_count++] = diag_mark_of(&line, note->span, '-', note->label);
        }
    }
    diag_render_text(out, &line);
    diag_render_signs(out, &line, marks, mark_count);
    diag_render_labels(out, &line, marks, mark_count);
    for (size_t i = 0; i < diag->note_count; i++) {
        const struct diag_note *note = &diag->notes[i];
        if (!diag_on_line(source, diag->span, note->span)) {
            buf_add_text(out, "   ");
            diag_render_place(out, source, note->span);
            buf_add_str(out, note->label);
            buf_add_char(out, '\n');
            struct diag_line other = diag_line_of(source, note->span);
            struct diag_mark mark = diag_mark_of(&other, note->span, '-', STR(""));
            diag_render_text(out, &other);
            diag_render_signs(out, &other, &mark, 1);
        }
    }
    if (diag->hint.len != 0) {
        buf_add_text(out, "   hint: ");
        buf_add_str(out, diag->hint);
        buf_add_char(out, '\n');
    }
}

static int diag_compare(const void *left, const void *right)
{
    const struct diag *a = left;
    const struct diag *b = right;
    if (a->span.file_index != b->span.file_index) {
        return a->span.file_index < b->span.file_index ? -1 : 1;
    }
    if (a->span.start != b->span.start) {
        return a->span.start < b->span.start ? -1 : 1;
    }
    return a->order < b->order ? -1 : a->order > b->order;
}

static void diag_render_more(struct buf *out, const struct rule_source *source, size_t file_index,
                             size_t count, const char *what)
{
    if (count > DIAG_ERRORS_SHOWN) {
        size_t more = count - DIAG_ERRORS_SHOWN;
        buf_add_str(out, source->files[file_index].path);
        buf_add_format(out, ": %zu more %s%s\n", more, what, more == 1 ? "" : "s");
    }
}

void diag_render(struct buf *out, const struct diag_list *list, const struct rule_source *source)
{
    if (list->count == 0) {
        return;
    }
    struct diag *sorted = mem_alloc(list->count, sizeof *sorted);
    memcpy(sorted, list->items, list->count * sizeof *sorted);
    qsort(sorted, list->count, sizeof *sorted, diag_compare);
    for (size_t i = 0; i < list->count; i++) {
        diag_render_one(out, &sorted[i], source);
        size_t file_index = sorted[i].span.file_index;
        if (i + 1 == list->count || sorted[i + 1].span.file_index != file_index) {
            const struct diag_tally *tally = &list->tallies[file_index];
            diag_render_more(out, source, file_index, tally->error_count, "error");
            diag_render_more(out, source, file_index, tally->warning_count, "warning");
        }
    }
    mem_free(sorted);
}

/* ---- did you mean ---- */

/* The characters of a word; 0 if it has more than DIAG_WORD_CHARS or is not UTF-8. */
static size_t diag_word_chars(uint32_t *codes, struct str word)
{
    size_t count = 0;
    for (size_t i = 0; i < word.len;) {
        size_t bytes = diag_char_bytes(word.at + i, word.len - i);
        if (bytes == 0 || count == DIAG_WORD_CHARS) {
            return 0;
        }
        codes[count++] = diag_decode(word.at + i, bytes);
        i += bytes;
    }
    return count;
}

static size_t diag_min(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edits from a to b: insert, remove, replace, swap neighbours. */
static size_t diag_edits(const uint32_t *a, size_t a_count, const uint32_t *b, size_t b_count)
{
    size_t rows[3][DIAG_WORD_CHARS + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_count; j++) {
        above[j] = j;
        before[j] = j;
    }
    for (size_t i = 1; i <= a_count; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_count; j++) {
            size_t replaced = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = diag_min(replaced, diag_min(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = diag_min(row[j], before[j - 2] + 1);
            }
        }
        size_t *free_row = before;
        before = above;
        above = row;
        row = free_row;
    }
    return above[b_count];
}

struct diag_guess diag_guess_start(struct str word)
{
    return (struct diag_guess){.word = word};
}

void diag_guess_try(struct diag_guess *guess, struct str candidate)
{
    uint32_t word[DIAG_WORD_CHARS];
    uint32_t other[DIAG_WORD_CHARS];
    size_t word_count = diag_word_chars(word, guess->word);
    size_t other_count = diag_word_chars(other, candidate);
    if (word_count == 0 || other_count == 0) {
        return;
    }
    size_t limit = word_count <= 3 ? 1 : word_count / 3 > 2 ? word_count / 3 : 2;
    size_t apart = word_count > other_count ? word_count - other_count : other_count - word_count;
    if (apart > limit) {
        return;
    }
    size_t edits = diag_edits(word, word_count, other, other_count);
    bool near = edits <= limit && edits < word_count && edits < other_count;
    if (near && (guess->best.len == 0 || edits < guess->best_edits)) {
        guess->best = candidate;
        guess->best_edits = edits;
    }
}

bool diag_hint_guess(struct diag_list *list, struct diag *diag, const struct diag_guess *guess)
{
    if (guess->best.len == 0) {
        return false;
    }
    diag_hint(list, diag, "did you mean `%.*s`?", DIAG_STR(guess->best));
    return true;
}
