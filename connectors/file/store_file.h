/* store_file.h - the store behind `sluice replay`: pages in memory, saved to and loaded from a
 * file.
 *
 * `sluice replay --skip 5000 --load monday.pages --save tuesday.pages` goes on where Monday ended:
 *
 *     struct store_file *file = store_file_open("monday.pages", &identity, &err);
 *     struct store store = store_file_store(file);
 *     ...
 *     if (store_file_save(file, "tuesday.pages", &err) != 0) ...
 *
 * The file is magic, format version, identity, partitions with their pages in token order, and the
 * SHA-256 of all that; the same content gives the same bytes.
 *
 * Memory:  everything is held in memory; a saved file is built there whole.
 * Threads: calls for different partitions may run side by side; open, save, close alone.
 * Errors:  a file that is damaged, cut short, of another key or partition count: err, nothing is
 *          loaded. A save that fails leaves the old file as it was.
 */
#ifndef SLUICE_CONNECTORS_FILE_STORE_FILE_H
#define SLUICE_CONNECTORS_FILE_STORE_FILE_H

#include "engine/base/err.h"
#include "engine/store.h"

#include <stdint.h>

#define STORE_FILE_KEY_PRINT_BYTES 16
#define STORE_FILE_PARTITIONS_MAX 65536

struct store_file_identity {
    uint32_t partition_count;
    uint8_t key_print[STORE_FILE_KEY_PRINT_BYTES]; /* fingerprint of the token key */
};

struct store_file;

/* An empty store, or with a path the content of that file, which must be of the same identity.
 * NULL with err if that is not so. */
struct store_file *store_file_open(const char *path, const struct store_file_identity *identity,
                                   struct err *err);
/* What a file says of itself, for `sluice state`, which takes the partition count from there. */
int store_file_identify(const char *path, struct store_file_identity *identity, struct err *err);
void store_file_close(struct store_file *file);
/* Could a file be saved there? Asked before the work whose result it is to hold. */
int store_file_can_save(const char *path, struct err *err);
/* As whole_file.h: path is the old file or the new one. */
int store_file_save(const struct store_file *file, const char *path, struct err *err);
/* The interface of engine/store.h; valid until store_file_close. */
struct store store_file_store(struct store_file *file);
/* Pages held in all partitions. */
uint64_t store_file_page_count(const struct store_file *file);

#endif
