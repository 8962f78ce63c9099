/* digest.h - SHA-256 ids over length-led fields, and keyed tokens.
 *
 * id = H("decision", page, role, event id): the first 16 bytes of SHA-256 over fields, each led by
 * its length (32 bits, little-endian); tokens 16 raw bytes, numbers 8 bytes little-endian, names
 * UTF-8 (docs/semantics.md, section 5).
 *
 *     struct digest_id id;
 *     digest_id_begin(&id, "decision");
 *     digest_id_token(&id, &page);
 *     struct token out = digest_id_end(&id);
 *
 * Memory:  values on the caller's stack; one OpenSSL context per thread, kept.
 * Threads: any.
 * Errors:  none; OpenSSL without SHA-256 is a bug of the installation and trips must().
 */
#ifndef SLUICE_BASE_DIGEST_H
#define SLUICE_BASE_DIGEST_H

#include "engine/base/str.h"
#include "engine/base/token.h"

#include <stddef.h>
#include <stdint.h>

#define DIGEST_ID_BYTES_MAX 1024
#define DIGEST_BYTES 32

struct digest_id {
    uint8_t bytes[DIGEST_ID_BYTES_MAX];
    size_t len;
};

void digest_id_begin(struct digest_id *id, const char *what);
void digest_id_text(struct digest_id *id, struct str text);
void digest_id_token(struct digest_id *id, const struct token *token);
void digest_id_number(struct digest_id *id, uint64_t number);
struct token digest_id_end(const struct digest_id *id);

/* Gives back what this thread keeps; a thread that hashed calls it before it ends. */
void digest_thread_end(void);
/* SHA-256 of one piece; out holds DIGEST_BYTES. */
void digest_sha256(uint8_t *out, const void *bytes, size_t count);
/* HMAC-SHA-256; out holds DIGEST_BYTES. */
void digest_hmac_sha256(uint8_t *out, struct str key, const void *bytes, size_t count);

/* The same with a key that is made ready once: a sixth of the time for a short piece. One owner at
 * a time. */
struct digest_key;
struct digest_key *digest_key_new(struct str key);
/* Wipes the key. */
void digest_key_free(struct digest_key *key);
void digest_key_hmac(struct digest_key *key, uint8_t *out, const void *bytes, size_t count);

#endif
