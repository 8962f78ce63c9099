#include "connectors/cli/pack_shelf.h"

#include "connectors/cli/setup.h"
#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LOOK_US 20000

struct shelved {
    const struct program *program;
    struct program *owned; /* the same, if it is to be freed here */
};

/* The tags of a pack, compiled; NULL: that failed. */
struct shelved_tags {
    const struct program *program;
    struct tagger *tagger;
};

/* A pack that somebody asked for before it was there. */
struct wanted_pack {
    uint8_t hash[DIGEST_BYTES];
    int64_t end_ms; /* nobody waits longer for it */
};

struct pack_shelf {
    const char *command;
    int64_t wait_ms;
    pthread_mutex_t lock;         /* of the two tables and of newest */
    const struct program *newest; /* that came last */
    pthread_mutex_t tags_lock;    /* of the next three; held while compiling */
    struct shelved_tags *tags;
    size_t tags_count, tags_cap;
    struct shelved *rows;
    size_t row_count, row_cap;
    struct wanted_pack *wanted;
    size_t wanted_count, wanted_cap;
    _Atomic bool ends; /* stored by the process (release), loaded by who waits (acquire) */
};

/* A pack in messages: the key may be anything. */
static int not_the_pack(struct str key, const char *why, struct err *err)
{
    char shown[2 * RULE_SOURCE_HEX_BYTES];
    size_t len = key.len < DIGEST_BYTES ? key.len : DIGEST_BYTES;
    hex_encode(shown, (const uint8_t *)key.at, len);
    return err_set(err, ERR_OUTSIDE, "a record of the topic packs is no pack: its key (0x%s) %s",
                   shown, why);
}

int pack_shelf_compile(struct compiled *compiled, struct str key, struct str bytes, struct err *err)
{
    uint8_t named[DIGEST_BYTES];
    uint8_t hash[DIGEST_BYTES];
    char hex[RULE_SOURCE_HEX_BYTES];
    if (!hex_decode(named, sizeof named, key)) {
        return not_the_pack(key, "is not the 64 digits of a hash", err);
    }
    digest_sha256(hash, bytes.len == 0 ? "" : bytes.at, bytes.len);
    hex_encode(hex, named, sizeof named);
    if (memcmp(hash, named, sizeof hash) != 0) {
        return err_set(err, ERR_OUTSIDE,
                       "pack %s: the bytes under this name in the topic packs are not the pack: "
                       "their hash is another; `sluice pack publish` it again",
                       hex);
    }
    struct err why;
    if (compile_packed(compiled, bytes, &why) != 0) {
        return err_set(err, ERR_OUTSIDE, "pack %s: %s", hex, why.text);
    }
    return 0;
}

struct pack_shelf *pack_shelf_new(const char *command, int64_t wait_ms)
{
    struct pack_shelf *shelf = mem_alloc(1, sizeof *shelf);
    shelf->command = command;
    shelf->wait_ms = wait_ms;
    int failed = pthread_mutex_init(&shelf->lock, NULL);
    must(failed == 0);
    failed = pthread_mutex_init(&shelf->tags_lock, NULL);
    must(failed == 0);
    return shelf;
}

void pack_shelf_free(struct pack_shelf *shelf)
{
    if (shelf == NULL) {
        return;
    }
    for (size_t i = 0; i < shelf->row_count; i++) {
        program_free(shelf->rows[i].owned);
    }
    for (size_t i = 0; i < shelf->tags_count; i++) {
        tagger_free(shelf->tags[i].tagger);
    }
    mem_free(shelf->tags);
    (void)pthread_mutex_destroy(&shelf->tags_lock);
    mem_free(shelf->rows);
    mem_free(shelf->wanted);
    (void)pthread_mutex_destroy(&shelf->lock);
    mem_free(shelf);
}

static const struct program *look(struct pack_shelf *shelf, const uint8_t *hash)
{
    const struct program *found = NULL;
    (void)pthread_mutex_lock(&shelf->lock);
    for (size_t i = 0; i < shelf->row_count && found == NULL; i++) {
        const struct program *program = shelf->rows[i].program;
        found = memcmp(program->hash, hash, sizeof program->hash) == 0 ? program : NULL;
    }
    (void)pthread_mutex_unlock(&shelf->lock);
    return found;
}

static void put(struct pack_shelf *shelf, struct shelved row)
{
    (void)pthread_mutex_lock(&shelf->lock);
    void *rows = shelf->rows;
    mem_reserve(&rows, &shelf->row_cap, shelf->row_count + 1, sizeof *shelf->rows);
    shelf->rows = rows;
    shelf->rows[shelf->row_count++] = row;
    shelf->newest = row.program;
    (void)pthread_mutex_unlock(&shelf->lock);
}

void pack_shelf_lend(struct pack_shelf *shelf, const struct program *program)
{
    must(program->verified);
    put(shelf, (struct shelved){program, NULL});
}

int pack_shelf_take(struct pack_shelf *shelf, struct str key, struct str bytes, struct err *err)
{
    uint8_t hash[DIGEST_BYTES];
    struct compiled compiled;
    const struct program *known = hex_decode(hash, sizeof hash, key) ? look(shelf, hash) : NULL;
    if (known != NULL) {
        (void)pthread_mutex_lock(&shelf->lock);
        shelf->newest = known; /* published once more */
        (void)pthread_mutex_unlock(&shelf->lock);
        return 0;
    }
    if (pack_shelf_compile(&compiled, key, bytes, err) != 0) {
        return -1;
    }
    struct program *program = compiled.program;
    size_t mistakes = compiled.diags.total.error_count;
    compiled.program = NULL; /* what it was made of is not needed any more */
    compile_fini(&compiled);
    if (program == NULL) {
        return err_set(err, ERR_OUTSIDE,
                       "pack %.*s of the topic packs does not compile with this program (%zu "
                       "mistake%s); it cannot be activated here",
                       (int)key.len, key.at, mistakes, mistakes == 1 ? "" : "s");
    }
    put(shelf, (struct shelved){program, program});
    return 1;
}

/* When the waiting for this pack ends. The first who asks says that it is waited for. */
static int64_t end_of_wait(struct pack_shelf *shelf, const uint8_t *hash, const char *hex)
{
    int64_t end_ms = -1;
    (void)pthread_mutex_lock(&shelf->lock);
    for (size_t i = 0; i < shelf->wanted_count && end_ms < 0; i++) {
        const struct wanted_pack *wanted = &shelf->wanted[i];
        end_ms = memcmp(wanted->hash, hash, sizeof wanted->hash) == 0 ? wanted->end_ms : -1;
    }
    if (end_ms < 0) {
        void *rows = shelf->wanted;
        mem_reserve(&rows, &shelf->wanted_cap, shelf->wanted_count + 1, sizeof *shelf->wanted);
        shelf->wanted = rows;
        struct wanted_pack *wanted = &shelf->wanted[shelf->wanted_count++];
        memcpy(wanted->hash, hash, sizeof wanted->hash);
        wanted->end_ms = end_ms = clock_mono_ms() + shelf->wait_ms;
        if (shelf->wait_ms > 0) {
            (void)fprintf(stderr,
                          "%s: pack %s is active and not here yet; waiting for it in the topic "
                          "packs, at most %" PRId64 " s\n",
                          shelf->command, hex, shelf->wait_ms / 1000);
        }
    }
    (void)pthread_mutex_unlock(&shelf->lock);
    return end_ms;
}

const struct program *pack_shelf_find(struct pack_shelf *shelf, const uint8_t *hash)
{
    char hex[RULE_SOURCE_HEX_BYTES];
    const struct program *program = look(shelf, hash);
    if (program != NULL) {
        return program;
    }
    hex_encode(hex, hash, DIGEST_BYTES);
    int64_t end_ms = end_of_wait(shelf, hash, hex);
    while (program == NULL && clock_mono_ms() < end_ms &&
           !atomic_load_explicit(&shelf->ends, memory_order_acquire)) {
        clock_pause_us(LOOK_US);
        program = look(shelf, hash);
    }
    return program;
}

static const struct tagger *tags_of(struct pack_shelf *shelf, const struct program *program)
{
    struct err err;
    for (size_t i = 0; i < shelf->tags_count; i++) {
        if (shelf->tags[i].program == program) {
            return shelf->tags[i].tagger;
        }
    }
    void *tags = shelf->tags;
    mem_reserve(&tags, &shelf->tags_cap, shelf->tags_count + 1, sizeof *shelf->tags);
    shelf->tags = tags;
    struct tagger *tagger = setup_tagger(program, &err);
    if (tagger == NULL) {
        (void)fprintf(stderr, "%s: pack %.12s: %s; its messages have no tags\n", shelf->command,
                      program->hash_hex, err.text);
    }
    shelf->tags[shelf->tags_count++] = (struct shelved_tags){program, tagger};
    return tagger;
}

const struct tagger *pack_shelf_tagger(struct pack_shelf *shelf)
{
    (void)pthread_mutex_lock(&shelf->lock);
    const struct program *newest = shelf->newest;
    (void)pthread_mutex_unlock(&shelf->lock);
    if (newest == NULL) {
        return NULL;
    }
    (void)pthread_mutex_lock(&shelf->tags_lock);
    const struct tagger *tagger = tags_of(shelf, newest);
    (void)pthread_mutex_unlock(&shelf->tags_lock);
    return tagger;
}

void pack_shelf_end_waits(struct pack_shelf *shelf)
{
    atomic_store_explicit(&shelf->ends, true, memory_order_release);
}
