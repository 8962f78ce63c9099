#include "connectors/file/feed_file.h"

#include "connectors/file/csv_map.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/ingest/json.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FEED_BLOCK_BYTES ((size_t)1024 * 1024)
_Static_assert(FEED_BLOCK_BYTES >= 4 * JSON_RECORD_BYTES_MAX,
               "a block holds the longest record and more");

struct feed_file {
    char *name;
    int fd;
    bool at_end; /* of the file: no more bytes to come */
    char *block; /* FEED_BLOCK_BYTES */
    size_t begin, end;
    uint64_t offset; /* of block[begin] in the file */
    uint64_t line;   /* number of the line that begins at block[begin] */
    struct csv_map *map;
    bool has_header;
    uint64_t row;
    struct buf json;
};

/* Reads more behind what is in the block; at_end when there is no more. */
static int fill(struct feed_file *file, struct err *err)
{
    if (file->begin > 0) {
        memmove(file->block, file->block + file->begin, file->end - file->begin);
        file->end -= file->begin;
        file->begin = 0;
    }
    must(file->end < FEED_BLOCK_BYTES);
    /* A signal that is caught ends it, too: whoever catches one wants to go on with something else.
     */
    ssize_t count = read(file->fd, file->block + file->end, FEED_BLOCK_BYTES - file->end);
    if (count < 0) {
        return err_set(err, ERR_OUTSIDE, "%s: cannot read at byte %" PRIu64 ": %s", file->name,
                       file->offset + file->end, strerror(errno));
    }
    file->at_end = count == 0;
    file->end += (size_t)count;
    return 0;
}

/* Where a line ends: at a LF, for CSV at one outside quotes. Searching goes on at `at` when more
 * bytes came. */
struct search {
    size_t at; /* from block[begin] */
    bool in_quotes;
    size_t first_lf; /* SIZE_MAX: none yet */
    uint64_t lf_count;
};

static bool find_end(const struct feed_file *file, struct search *s, bool respects_quotes)
{
    const char *begin = file->block + file->begin;
    size_t count = file->end - file->begin;
    if (!respects_quotes) {
        const char *lf = count > s->at ? memchr(begin + s->at, '\n', count - s->at) : NULL;
        s->at = lf == NULL ? count : (size_t)(lf - begin);
        return lf != NULL;
    }
    for (; s->at < count; s->at++) {
        s->in_quotes ^= begin[s->at] == '"';
        if (begin[s->at] == '\n') {
            if (!s->in_quotes) {
                return true;
            }
            s->first_lf = s->first_lf == SIZE_MAX ? s->at : s->first_lf;
            s->lf_count++;
        }
    }
    return false;
}

static void advance(struct feed_file *file, size_t count, uint64_t lines)
{
    file->begin += count;
    file->offset += count;
    file->line += lines;
}

/* Passes over the rest of a line that is over the limit; returns its whole size without line end.
 */
static int skip_line(struct feed_file *file, uint64_t *size, struct err *err)
{
    char last = '\0';
    *size = 0;
    for (;;) {
        size_t count = file->end - file->begin;
        const char *begin = file->block + file->begin;
        const char *lf = count > 0 ? memchr(begin, '\n', count) : NULL;
        size_t taken = lf == NULL ? count : (size_t)(lf - begin);
        last = taken > 0 ? begin[taken - 1] : last;
        *size += taken;
        if (lf != NULL || (file->at_end && count == taken)) {
            *size -= last == '\r';
            advance(file, taken + (lf != NULL), 1);
            return 0;
        }
        advance(file, taken, 0);
        if (fill(file, err) != 0) {
            return -1;
        }
    }
}

#define FEED_LINE_BYTES_MAX (JSON_RECORD_BYTES_MAX + 1) /* a CR may follow the longest record */
#define FEED_KEPT_BYTES 4096 /* of a line over the limit: what a dead letter may show */

static int take_too_large(struct feed_file *file, struct source_record *out, struct err *err)
{
    buf_clear(&file->json);
    buf_add(&file->json, file->block + file->begin, FEED_KEPT_BYTES);
    out->raw = buf_str(&file->json);
    out->refused = true;
    if (skip_line(file, &out->raw_bytes, err) != 0) {
        return -1;
    }
    (void)refusal_set(&out->why, REFUSAL_TOO_LARGE, "%" PRIu64 " bytes, at most %zu",
                      out->raw_bytes, JSON_RECORD_BYTES_MAX);
    return 1;
}

static int take_line(struct feed_file *file, struct search *s, struct source_record *out,
                     bool has_lf)
{
    const char *begin = file->block + file->begin;
    size_t len = s->at;
    out->raw = (struct str){begin, len > 0 && begin[len - 1] == '\r' ? len - 1 : len};
    out->raw_bytes = out->raw.len;
    advance(file, len + has_lf, s->lf_count + 1);
    return 1;
}

/* Quotes that do not close, or close only in another broken row: then the line that opens them is
 * broken, and those behind it are not part of its row. */
static bool quotes_are_broken(const struct feed_file *file, const struct search *s, bool ended)
{
    if (s->first_lf == SIZE_MAX) {
        return false;
    }
    if (s->in_quotes || s->at > FEED_LINE_BYTES_MAX) {
        return ended || s->at > FEED_LINE_BYTES_MAX;
    }
    struct str row = {file->block + file->begin, s->at};
    row.len -= row.at[row.len - 1] == '\r';
    return ended && file->has_header && !csv_map_spans_lines(file->map, row);
}

/* The next line, blank or not: 1, 0 at the end, -1. */
static int next_line(struct feed_file *file, struct source_record *out, struct err *err)
{
    struct search s = {0, false, SIZE_MAX, 0};
    memset(out, 0, sizeof *out);
    out->offset = file->offset;
    out->line = file->line;
    for (;;) {
        bool has_lf = find_end(file, &s, file->map != NULL);
        bool ended = has_lf || file->at_end;
        if (quotes_are_broken(file, &s, ended)) {
            s.at = s.first_lf;
            s.lf_count = 0;
            has_lf = true;
            ended = true;
        }
        if (s.at > FEED_LINE_BYTES_MAX ||
            (ended && s.at == FEED_LINE_BYTES_MAX && file->block[file->begin + s.at - 1] != '\r')) {
            return take_too_large(file, out, err);
        }
        if (ended) {
            return s.at == 0 && !has_lf ? 0 : take_line(file, &s, out, has_lf);
        }
        if (fill(file, err) != 0) {
            return -1;
        }
    }
}

static bool is_blank(struct str line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.at[i] != ' ' && line.at[i] != '\t' && line.at[i] != '\r') {
            return false;
        }
    }
    return true;
}

static int read_record(void *self, struct source_record *out, struct err *err)
{
    struct feed_file *file = self;
    for (;;) {
        int result = next_line(file, out, err);
        if (result == 1 && !out->refused && is_blank(out->raw)) {
            continue;
        }
        if (result == 1 && file->map != NULL && !file->has_header) {
            if (out->refused || csv_map_header(file->map, file->name, out->raw, err) != 0) {
                return out->refused
                           ? err_set(err, ERR_USAGE,
                                     "%s: the first row must name the columns; it has %" PRIu64
                                     " bytes",
                                     file->name, out->raw_bytes)
                           : -1;
            }
            file->has_header = true;
            continue;
        }
        if (result == 0 && file->map != NULL && !file->has_header) {
            return err_set(err, ERR_USAGE, "%s: empty; the first row must name the columns",
                           file->name);
        }
        if (result == 1 && file->map != NULL) {
            file->row++;
            if (!out->refused) {
                out->refused =
                    csv_map_row(file->map, out->raw, file->row, &file->json, &out->why) != 0;
                out->bytes = out->refused ? STR("") : buf_str(&file->json);
            }
        } else if (result == 1 && !out->refused) {
            out->bytes = out->raw;
        }
        return result;
    }
}

static void close_file(void *self)
{
    struct feed_file *file = self;
    if (file->fd != STDIN_FILENO) {
        (void)close(file->fd);
    }
    csv_map_free(file->map);
    buf_fini(&file->json);
    mem_free(file->block);
    mem_free(file->name);
    mem_free(file);
}

int feed_file_open(struct source *out, const char *path, const char *map_path, struct err *err)
{
    struct csv_map *map = NULL;
    if (map_path != NULL && csv_map_read(map_path, &map, err) != 0) {
        return -1;
    }
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        csv_map_free(map);
        return err_set(err, ERR_OUTSIDE, "%s: cannot open the feed: %s; check the path", path,
                       strerror(errno));
    }
    struct stat about;
    if (fstat(fd, &about) == 0 && S_ISDIR(about.st_mode)) {
        (void)close(fd);
        csv_map_free(map);
        return err_set(err, ERR_USAGE, "%s: is a folder; name the files in it one by one", path);
    }
    const char *name = is_stdin ? "standard input" : path;
    struct feed_file *file = mem_alloc(1, sizeof *file);
    file->name = mem_alloc(strlen(name) + 1, 1);
    memcpy(file->name, name, strlen(name));
    file->fd = fd;
    file->block = mem_alloc(FEED_BLOCK_BYTES, 1);
    file->line = 1;
    file->map = map;
    *out = (struct source){file, file->name, read_record, close_file};
    return 0;
}
