#include "connectors/file/store_file.h"

#include "connectors/file/whole_file.h"
#include "engine/base/digest.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Numbers are stored as they lie in memory. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "stored pages are little-endian");

#define MAGIC "SLUICEPG"
#define MAGIC_BYTES 8
#define FORMAT 2
#define HEAD_BYTES (MAGIC_BYTES + 4 + 4 + STORE_FILE_KEY_PRINT_BYTES)
#define PIECE_HEAD_BYTES 13 /* kind, number, length */

/* One page: its pieces one after the other, each led by kind, number and length. */
struct entry {
    struct token token;
    uint8_t entity;
    bool used;
    int64_t due_ms; /* of its timer, TIME_NEVER: none */
    struct buf pieces;
};

struct part {
    bool found; /* was ever flushed */
    struct store_seq seq;
    uint64_t w;
    struct buf header;
    struct entry *slots; /* open addressing by token; NULL while empty */
    unsigned bits;
    size_t count;
};

struct store_file {
    struct store_file_identity identity;
    struct part *parts;
    struct store_answer *answers; /* from answer_at to answer_end */
    size_t answer_at, answer_end, answer_cap;
    struct buf old; /* pieces of the page that is being replaced */
};

/* ---- pages of a partition ------------------------------------------------------------------- */

static size_t part_cap(const struct part *part)
{
    return part->slots == NULL ? 0 : (size_t)1 << part->bits;
}

static size_t part_home(const struct part *part, const struct token *token)
{
    /* Tokens of one partition share their value modulo the number of partitions. */
    return (size_t)((token_low64(token) * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - part->bits));
}

/* Slot of the token, or the free one where it would be; there is at least one free. */
static struct entry *part_slot(const struct part *part, const struct token *token)
{
    size_t mask = part_cap(part) - 1;
    for (size_t at = part_home(part, token);; at = (at + 1) & mask) {
        struct entry *entry = &part->slots[at];
        if (!entry->used || token_eq(&entry->token, token)) {
            return entry;
        }
    }
}

static void part_grow(struct part *part)
{
    struct part old = *part;
    part->bits = old.slots == NULL ? 4 : old.bits + 1;
    part->slots = mem_alloc((size_t)1 << part->bits, sizeof *part->slots);
    for (size_t i = 0; i < part_cap(&old); i++) {
        if (old.slots[i].used) {
            *part_slot(part, &old.slots[i].token) = old.slots[i];
        }
    }
    mem_free(old.slots);
}

/* The entry of the token, or NULL. */
static struct entry *part_find(const struct part *part, const struct token *token)
{
    if (part->slots == NULL) {
        return NULL;
    }
    struct entry *entry = part_slot(part, token);
    return entry->used ? entry : NULL;
}

/* Takes a page out; those behind it that searches reach through its slot close the gap. */
static void part_remove(struct part *part, const struct token *token)
{
    struct entry *entry = part_find(part, token);
    must(entry != NULL); /* the caller said so */
    size_t mask = part_cap(part) - 1;
    size_t gap = (size_t)(entry - part->slots);
    buf_fini(&entry->pieces);
    part->count--;
    for (size_t at = (gap + 1) & mask; part->slots[at].used; at = (at + 1) & mask) {
        size_t home = part_home(part, &part->slots[at].token);
        if (((at - home) & mask) >= ((at - gap) & mask)) {
            part->slots[gap] = part->slots[at];
            gap = at;
        }
    }
    part->slots[gap] = (struct entry){.used = false};
}

/* The entry of the token, without pieces; those that it had are in *old. */
static struct entry *part_put(struct part *part, const struct token *token, uint8_t entity,
                              struct buf *old)
{
    if (2 * (part->count + 1) > part_cap(part)) {
        part_grow(part);
    }
    struct entry *entry = part_slot(part, token);
    if (!entry->used) {
        *entry = (struct entry){.token = *token, .used = true, .due_ms = TIME_NEVER};
        part->count++;
    }
    entry->entity = entity;
    struct buf pieces = entry->pieces;
    entry->pieces = *old;
    *old = pieces;
    buf_clear(&entry->pieces);
    return entry;
}

static int entry_compare(const void *a, const void *b)
{
    const struct entry *const *left = a;
    const struct entry *const *right = b;
    return memcmp((*left)->token.bytes, (*right)->token.bytes, TOKEN_BYTES);
}

/* part->count pointers in token order; freed by the caller. */
static const struct entry **part_sorted(const struct part *part)
{
    const struct entry **sorted = mem_alloc(part->count, sizeof(const struct entry *));
    size_t count = 0;
    for (size_t i = 0; i < part_cap(part); i++) {
        if (part->slots[i].used) {
            sorted[count++] = &part->slots[i];
        }
    }
    must(count == part->count);
    qsort(sorted, count, sizeof(const struct entry *), entry_compare);
    return sorted;
}

static void entry_add_piece(struct entry *entry, const struct page_piece *piece, struct str bytes)
{
    must(bytes.len <= UINT32_MAX);
    uint32_t len = (uint32_t)bytes.len;
    buf_add(&entry->pieces, &piece->kind, sizeof piece->kind);
    buf_add(&entry->pieces, &piece->number, sizeof piece->number);
    buf_add(&entry->pieces, &len, sizeof len);
    buf_add_str(&entry->pieces, bytes);
}

/* Reads the piece at *at; false if what is left is no whole piece. */
static bool piece_next(const char **at, size_t *left, struct page_piece *piece, struct str *bytes)
{
    uint32_t len;
    if (*left < PIECE_HEAD_BYTES) {
        return false;
    }
    piece->kind = (uint8_t)(*at)[0];
    memcpy(&piece->number, *at + 1, sizeof piece->number);
    memcpy(&len, *at + 9, sizeof len);
    *at += PIECE_HEAD_BYTES;
    *left -= PIECE_HEAD_BYTES;
    if (*left < len) {
        return false;
    }
    *bytes = (struct str){*at, len};
    *at += len;
    *left -= len;
    return true;
}

/* ---- the interface -------------------------------------------------------------------------- */

static struct part *store_part(struct store_file *file, uint32_t partition)
{
    must(partition < file->identity.partition_count);
    return &file->parts[partition];
}

/* The bytes of a piece among the old ones. */
static struct str old_piece(const struct buf *old, const struct page_piece *piece)
{
    const char *at = old->at;
    size_t left = old->len;
    struct page_piece found;
    struct str bytes;
    while (piece_next(&at, &left, &found, &bytes)) {
        if (found.kind == piece->kind && found.number == piece->number) {
            return bytes;
        }
    }
    must(!"a piece to keep is there"); /* the caller said so */
    return STR("");
}

static void part_write(struct part *part, const struct store_flush *call, struct buf *old)
{
    struct entry *entry = NULL;
    for (size_t i = 0; i < call->piece_count; i++) {
        const struct store_page_piece *piece = &call->pieces[i];
        if (piece->piece.kind == PAGE_PIECE_HEAD) {
            entry = part_put(part, &piece->token, piece->entity, old);
        }
        must(entry != NULL); /* pieces of a page stand together, head first */
        must(token_eq(&entry->token, &piece->token));
        if (piece->what != STORE_REMOVE) {
            entry_add_piece(entry, &piece->piece,
                            piece->what == STORE_KEEP ? old_piece(old, &piece->piece)
                                                      : piece->bytes);
        }
    }
    for (size_t i = 0; i < call->timer_count; i++) {
        entry = part_find(part, &call->timers[i].token);
        must(entry != NULL); /* a page of this call */
        entry->due_ms = call->timers[i].due_ms;
    }
    for (size_t i = 0; i < call->removal_count; i++) {
        part_remove(part, &call->removals[i]);
    }
    part->found = true;
    part->seq = call->next;
    part->w = call->w;
    buf_clear(&part->header);
    buf_add_str(&part->header, call->header);
}

static int store_flush(void *self, const struct store_flush *call, struct err *err)
{
    (void)err; /* memory does not fail */
    struct store_file *file = self;
    struct part *part = store_part(file, call->partition);
    bool conflict = !store_seq_eq(&part->seq, &call->expected);
    if (!conflict) {
        part_write(part, call, &file->old);
    }
    void *answers = file->answers;
    mem_reserve(&answers, &file->answer_cap, file->answer_end + 1, sizeof *file->answers);
    file->answers = answers;
    file->answers[file->answer_end++] =
        (struct store_answer){call->partition, call->next, conflict};
    return 0;
}

static int store_answer(void *self, struct store_answer *answer, int timeout_ms, struct err *err)
{
    (void)timeout_ms; /* what is not there now never comes */
    (void)err;
    struct store_file *file = self;
    if (file->answer_at == file->answer_end) {
        file->answer_at = 0;
        file->answer_end = 0;
        return 0;
    }
    *answer = file->answers[file->answer_at++];
    return 1;
}

static void give_timers(const struct part *part, int64_t from_ms, store_timer_fn *give,
                        void *context)
{
    for (size_t i = 0; i < part_cap(part); i++) {
        const struct entry *entry = &part->slots[i];
        if (entry->used && entry->due_ms != TIME_NEVER && entry->due_ms > from_ms) {
            give(context, &(struct timer){entry->due_ms, entry->token});
        }
    }
}

static int store_open(void *self, uint32_t partition, struct store_checkpoint *checkpoint,
                      store_timer_fn *give, void *context, struct err *err)
{
    (void)err;
    const struct part *part = store_part(self, partition);
    *checkpoint =
        (struct store_checkpoint){part->found, part->seq, part->w, buf_str(&part->header)};
    if (give != NULL) {
        give_timers(part, TIME_NONE, give, context);
    }
    return 0;
}

static void give_entry(const struct entry *entry, store_page_fn *give, void *context)
{
    const char *at = entry->pieces.at;
    size_t left = entry->pieces.len;
    while (left > 0) {
        struct page_piece piece;
        struct str bytes;
        bool whole = piece_next(&at, &left, &piece, &bytes);
        must(whole); /* checked when it came in */
        give(context, &entry->token, &piece, bytes);
    }
}

static int store_ask_seq(void *self, uint32_t partition, struct store_seq *seq, struct err *err)
{
    (void)err;
    *seq = store_part(self, partition)->seq;
    return 0;
}

static int store_load(void *self, uint32_t partition, const struct store_seq *expected,
                      const struct token *tokens, size_t token_count, bool *conflict,
                      store_page_fn *give, void *context, struct err *err)
{
    (void)err;
    const struct part *part = store_part(self, partition);
    *conflict = !store_seq_eq(&part->seq, expected);
    for (size_t i = 0; i < token_count && !*conflict; i++) {
        const struct entry *entry = part_find(part, &tokens[i]);
        if (entry != NULL) {
            give_entry(entry, give, context);
        }
    }
    return 0;
}

/* All at once: between two calls the slots may move. */
static int store_sweep(void *self, uint32_t partition, const struct store_seq *expected,
                       uint64_t *cursor, bool *conflict, store_page_fn *give, void *context,
                       struct err *err)
{
    (void)err;
    const struct part *part = store_part(self, partition);
    *conflict = !store_seq_eq(&part->seq, expected);
    for (size_t i = 0; i < part_cap(part) && !*conflict; i++) {
        if (part->slots[i].used) {
            give_entry(&part->slots[i], give, context);
        }
    }
    *cursor = 0;
    return 0;
}

/* All: they are in no order here, and looking for some costs as much. */
static int store_due(void *self, uint32_t partition, const struct store_seq *expected,
                     int64_t from_ms, int64_t *to_ms, bool *conflict, store_timer_fn *give,
                     void *context, struct err *err)
{
    (void)err;
    const struct part *part = store_part(self, partition);
    *conflict = !store_seq_eq(&part->seq, expected);
    if (!*conflict) {
        give_timers(part, from_ms, give, context);
        *to_ms = TIME_NEVER;
    }
    return 0;
}

struct store store_file_store(struct store_file *file)
{
    return (struct store){file,          store_flush, store_answer, store_open,
                          store_ask_seq, store_load,  store_sweep,  store_due};
}

uint64_t store_file_page_count(const struct store_file *file)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < file->identity.partition_count; i++) {
        count += file->parts[i].count;
    }
    return count;
}

static struct store_file *store_new(const struct store_file_identity *identity)
{
    must(identity->partition_count > 0);
    must(identity->partition_count <= STORE_FILE_PARTITIONS_MAX);
    struct store_file *file = mem_alloc(1, sizeof *file);
    file->identity = *identity;
    file->parts = mem_alloc(identity->partition_count, sizeof *file->parts);
    return file;
}

void store_file_close(struct store_file *file)
{
    if (file == NULL) {
        return;
    }
    for (uint32_t i = 0; i < file->identity.partition_count; i++) {
        struct part *part = &file->parts[i];
        for (size_t k = 0; k < part_cap(part); k++) {
            buf_fini(&part->slots[k].pieces);
        }
        mem_free(part->slots);
        buf_fini(&part->header);
    }
    mem_free(file->parts);
    mem_free(file->answers);
    buf_fini(&file->old);
    mem_free(file);
}

/* ---- saving --------------------------------------------------------------------------------- */

static void put_u32(struct buf *out, uint32_t value)
{
    buf_add(out, &value, sizeof value);
}

static void put_u64(struct buf *out, uint64_t value)
{
    buf_add(out, &value, sizeof value);
}

static void put_part(struct buf *out, const struct part *part)
{
    buf_add_char(out, part->found ? 1 : 0);
    put_u64(out, part->seq.owner);
    put_u64(out, part->seq.number);
    put_u64(out, part->w);
    put_u64(out, part->header.len);
    buf_add_str(out, buf_str(&part->header));
    put_u64(out, part->count);
    const struct entry **sorted = part_sorted(part);
    for (size_t i = 0; i < part->count; i++) {
        buf_add(out, sorted[i]->token.bytes, TOKEN_BYTES);
        buf_add(out, &sorted[i]->entity, 1);
        put_u64(out, (uint64_t)sorted[i]->due_ms);
        put_u64(out, sorted[i]->pieces.len);
        buf_add_str(out, buf_str(&sorted[i]->pieces));
    }
    mem_free(sorted);
}

static void put_file(struct buf *out, const struct store_file *file)
{
    buf_add(out, MAGIC, MAGIC_BYTES);
    put_u32(out, FORMAT);
    put_u32(out, file->identity.partition_count);
    buf_add(out, file->identity.key_print, STORE_FILE_KEY_PRINT_BYTES);
    for (uint32_t i = 0; i < file->identity.partition_count; i++) {
        put_part(out, &file->parts[i]);
    }
    uint8_t digest[DIGEST_BYTES];
    digest_sha256(digest, out->at, out->len);
    buf_add(out, digest, sizeof digest);
}

int store_file_can_save(const char *path, struct err *err)
{
    return whole_file_can_write(path, "pages", err);
}

int store_file_save(const struct store_file *file, const char *path, struct err *err)
{
    struct buf bytes = {0};
    put_file(&bytes, file);
    int result = whole_file_write(path, "pages", buf_str(&bytes), err);
    buf_fini(&bytes);
    return result;
}

/* ---- loading -------------------------------------------------------------------------------- */

/* What is left to read; short becomes true when more is asked for than there is. */
struct reader {
    const char *at;
    size_t left;
    bool wrong;
};

static struct str get_bytes(struct reader *reader, uint64_t count)
{
    if (reader->wrong || count > reader->left) {
        reader->wrong = true;
        return (struct str){"", 0};
    }
    struct str bytes = {reader->at, (size_t)count};
    reader->at += count;
    reader->left -= (size_t)count;
    return bytes;
}

static void get_into(struct reader *reader, void *value, size_t count)
{
    struct str bytes = get_bytes(reader, count);
    memset(value, 0, count);
    memcpy(value, bytes.at, bytes.len);
}

static uint64_t get_u64(struct reader *reader)
{
    uint64_t value;
    get_into(reader, &value, sizeof value);
    return value;
}

static uint32_t get_u32(struct reader *reader)
{
    uint32_t value;
    get_into(reader, &value, sizeof value);
    return value;
}

static uint8_t get_u8(struct reader *reader)
{
    uint8_t value;
    get_into(reader, &value, sizeof value);
    return value;
}

/* Are these bytes whole pieces, a head and nothing else of its kind? */
static bool pieces_valid(struct str bytes)
{
    const char *at = bytes.at;
    size_t left = bytes.len;
    for (bool first = true; left > 0; first = false) {
        struct page_piece piece;
        struct str body;
        if (!piece_next(&at, &left, &piece, &body) || (piece.kind == PAGE_PIECE_HEAD) != first) {
            return false;
        }
    }
    return bytes.len > 0;
}

static void get_part(struct reader *reader, struct part *part)
{
    uint8_t found = get_u8(reader);
    part->found = found == 1;
    part->seq.owner = get_u64(reader);
    part->seq.number = get_u64(reader);
    part->w = get_u64(reader);
    buf_add_str(&part->header, get_bytes(reader, get_u64(reader)));
    uint64_t count = get_u64(reader);
    for (uint64_t i = 0; i < count && !reader->wrong; i++) {
        struct token token;
        get_into(reader, token.bytes, sizeof token.bytes);
        uint8_t entity = get_u8(reader);
        int64_t due_ms = (int64_t)get_u64(reader);
        struct str pieces = get_bytes(reader, get_u64(reader));
        if (reader->wrong || entity >= ENTITY_KIND_COUNT || !pieces_valid(pieces) ||
            part_find(part, &token) != NULL) {
            reader->wrong = true;
            return;
        }
        struct buf none = {0};
        struct entry *entry = part_put(part, &token, entity, &none);
        entry->due_ms = due_ms;
        buf_add_str(&entry->pieces, pieces);
    }
    reader->wrong = reader->wrong || found > 1;
}

static int read_whole(const char *path, struct buf *out, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (fd < 0 || fstat(fd, &about) != 0) {
        (void)err_set(err, ERR_OUTSIDE, "%s: cannot read pages: %s; check the path", path,
                      strerror(errno));
        if (fd >= 0) {
            (void)close(fd);
        }
        return -1;
    }
    if (!S_ISREG(about.st_mode)) {
        (void)close(fd);
        return err_set(err, ERR_USAGE, "%s: is a folder or no file; name a file that --save wrote",
                       path);
    }
    buf_reserve(out, (size_t)about.st_size + 1);
    ssize_t got;
    do {
        buf_reserve(out, 65536);
        got = read(fd, out->at + out->len, 65536);
        out->len += got > 0 ? (size_t)got : 0;
    } while (got > 0 || (got < 0 && errno == EINTR));
    int why = errno;
    (void)close(fd);
    return got == 0 ? 0
                    : err_set(err, ERR_OUTSIDE, "%s: cannot read pages: %s", path, strerror(why));
}

/* Checks magic, version and checksum; leaves the reader behind the identity. */
static int get_identity(const char *path, struct str bytes, struct reader *reader,
                        struct store_file_identity *identity, struct err *err)
{
    *reader = (struct reader){bytes.at, bytes.len, false};
    if (!str_eq(get_bytes(reader, MAGIC_BYTES), STR(MAGIC))) {
        return err_set(err, ERR_USAGE, "%s: holds no saved pages; name a file that --save wrote",
                       path);
    }
    uint32_t format = get_u32(reader);
    if (!reader->wrong && format != FORMAT) {
        return err_set(err, ERR_USAGE,
                       "%s: has format %u, this program reads %u; save it anew with a replay", path,
                       format, (unsigned)FORMAT);
    }
    uint8_t digest[DIGEST_BYTES];
    if (bytes.len < HEAD_BYTES + sizeof digest) {
        return err_set(err, ERR_OUTSIDE, "%s: is cut short (%zu bytes); save it anew with a replay",
                       path, bytes.len);
    }
    size_t content = bytes.len - sizeof digest;
    digest_sha256(digest, bytes.at, content);
    if (memcmp(digest, bytes.at + content, sizeof digest) != 0) {
        return err_set(err, ERR_OUTSIDE,
                       "%s: is cut short or was altered (the checksum differs); "
                       "save it anew with a replay",
                       path);
    }
    identity->partition_count = get_u32(reader);
    get_into(reader, identity->key_print, sizeof identity->key_print);
    reader->left -= sizeof digest;
    if (identity->partition_count == 0 || identity->partition_count > STORE_FILE_PARTITIONS_MAX) {
        return err_set(err, ERR_OUTSIDE, "%s: names %u partitions, not 1 to %d; save it anew", path,
                       identity->partition_count, STORE_FILE_PARTITIONS_MAX);
    }
    return 0;
}

int store_file_identify(const char *path, struct store_file_identity *identity, struct err *err)
{
    struct buf bytes = {0};
    struct reader reader;
    int result = read_whole(path, &bytes, err);
    if (result == 0) {
        result = get_identity(path, buf_str(&bytes), &reader, identity, err);
    }
    buf_fini(&bytes);
    return result;
}

static int check_identity(const char *path, const struct store_file_identity *saved,
                          const struct store_file_identity *wanted, struct err *err)
{
    if (memcmp(saved->key_print, wanted->key_print, sizeof saved->key_print) != 0) {
        return err_set(err, ERR_USAGE,
                       "%s: was saved under another token key; give the key it was saved with, or "
                       "start without --load",
                       path);
    }
    if (saved->partition_count != wanted->partition_count) {
        return err_set(err, ERR_USAGE,
                       "%s: was saved with %u partitions, not %u; use --partitions %u", path,
                       saved->partition_count, wanted->partition_count, saved->partition_count);
    }
    return 0;
}

static struct store_file *get_store(const char *path, struct str bytes,
                                    const struct store_file_identity *wanted, struct err *err)
{
    struct reader reader;
    struct store_file_identity saved = {0};
    if (get_identity(path, bytes, &reader, &saved, err) != 0 ||
        check_identity(path, &saved, wanted, err) != 0) {
        return NULL;
    }
    struct store_file *file = store_new(wanted);
    for (uint32_t i = 0; i < saved.partition_count; i++) {
        get_part(&reader, &file->parts[i]);
    }
    if (reader.wrong || reader.left > 0) {
        (void)err_set(err, ERR_OUTSIDE, "%s: its lengths do not fit together; save it anew", path);
        store_file_close(file);
        return NULL;
    }
    return file;
}

struct store_file *store_file_open(const char *path, const struct store_file_identity *identity,
                                   struct err *err)
{
    if (path == NULL) {
        return store_new(identity);
    }
    struct buf bytes = {0};
    struct store_file *file = NULL;
    if (read_whole(path, &bytes, err) == 0) {
        file = get_store(path, buf_str(&bytes), identity, err);
    }
    buf_fini(&bytes);
    return file;
}
