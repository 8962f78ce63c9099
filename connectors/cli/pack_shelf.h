/* pack_shelf.h - the compiled packs of a process, found by their hash.
 *
 *     struct pack_shelf *shelf = pack_shelf_new("sluice run", 60000);
 *     pack_shelf_lend(shelf, configured.program);
 *     pack_shelf_take(shelf, key, bytes, &err);     a record of the topic `packs`
 *     program = pack_shelf_find(shelf, hash);       at an activation: waits for it, if need be
 *
 * A partition may meet the activation of a pack before this process has read the pack from its
 * topic: whoever asks waits, but for each pack no longer than wait_ms in all.
 *
 * Memory:  owns the programs that it compiled until pack_shelf_free; those lent outlive it.
 * Threads: any for find, one at a time for the others; a mutex around the table, which nobody holds
 *          while compiling or waiting. A program that was found is read only and stays.
 * Errors:  a record that is no pack, not the one that its key names, or does not compile here: -1 with
 *          err, and the shelf is as before. A pack that did not come in time: NULL.
 */
#ifndef SLUICE_CLI_PACK_SHELF_H
#define SLUICE_CLI_PACK_SHELF_H

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/eval/program.h"
#include "engine/ingest/tagger.h"
#include "rules/compile.h"

#include <stdint.h>

/* Compiles a record of the topic `packs`: -1 with err if its bytes are not the pack that its key
 * names. As after compile_load, mistakes in the rules are in diags and leave no program. */
int pack_shelf_compile(struct compiled *compiled, struct str key, struct str bytes,
                       struct err *err);

struct pack_shelf;
/* The command's name stands before what is said on stderr. */
struct pack_shelf *pack_shelf_new(const char *command, int64_t wait_ms);
void pack_shelf_free(struct pack_shelf *shelf);
/* Puts a program there whose owner keeps it longer than the shelf. */
void pack_shelf_lend(struct pack_shelf *shelf, const struct program *program);
/* Compiles a record of the topic and puts it there; 1: it is new, 0: it was there. */
int pack_shelf_take(struct pack_shelf *shelf, struct str key, struct str bytes, struct err *err);
/* The program of this hash (32 bytes); the first who has to wait for it says so on stderr. */
const struct program *pack_shelf_find(struct pack_shelf *shelf, const uint8_t *hash);
/* What finds the tags of the pack that came last; compiled when it is asked for first. It stays as
 * long as the shelf. NULL: there is no pack, or its tags cannot be compiled, which is said once. */
const struct tagger *pack_shelf_tagger(struct pack_shelf *shelf);
/* From now on nobody waits: the process ends. */
void pack_shelf_end_waits(struct pack_shelf *shelf);

#endif
