/* identity.h - identifiers become keyed tokens, and masks for the eye.
 *
 * The number 13800138000 is token HMAC-SHA-256(key, kind byte and "13800138000"), first 16 bytes,
 * and the mask "138****8000". Without the key nobody maps a token back or makes the token of a
 * number; with it everybody does. An entity without a known holder has a stand-in person, whose
 * token needs no key (docs/semantics.md, section 1).
 *
 * Memory:  an identity owns its key and its cache: direct-mapped, bounded, the full text is compared.
 * Threads: one owner at a time; each ingest worker has its own.
 * Errors:  a text that cannot be normalised is an ordinary outcome (false).
 */
#ifndef SLUICE_INGEST_IDENTITY_H
#define SLUICE_INGEST_IDENTITY_H

#include "engine/base/str.h"
#include "engine/base/token.h"
#include "engine/ingest/event.h"
#include "engine/ingest/url.h"

#define IDENTITY_TEXT_MAX 64
#define IDENTITY_NORMAL_MAX URL_DOMAIN_BYTES
#define IDENTITY_ACCOUNT_MAX 34
/* Public on purpose: what replays use when no key is set. Tokens made with it hide nothing. */
#define IDENTITY_DEMONSTRATION_KEY "sluice-demonstration-key"

struct identity;

/* cache_entries is rounded up to a power of two; at least 1. */
struct identity *identity_new(struct str key, size_t cache_entries);
void identity_free(struct identity *identity);
/* Token of a text in normal form; longer ones than IDENTITY_TEXT_MAX are not kept in the cache. */
struct token identity_token(struct identity *identity, enum entity_kind kind, struct str text);
/* Things of messages that are kept as 32 bits of their hash under the same key. */
enum identity_mark { IDENTITY_MARK_TEMPLATE = 0x81, IDENTITY_MARK_CELL = 0x82 };
/* Never 0. The text stands behind the first byte of room, which is overwritten. */
uint32_t identity_mark(struct identity *identity, enum identity_mark what, char *room,
                       size_t text_len);
/* How often identity_token found its text in the cache, and how often it did not. */
void identity_cache_counts(const struct identity *identity, uint64_t *hits, uint64_t *misses);

/* Normal form by kind: numbers see number_kind.h; accounts 1 to 34 letters and digits, upper case,
 * blanks dropped; persons 1 to 64 bytes without control characters; devices see identity_is_thing;
 * of domains, and of links, what can be registered (url.h). out holds IDENTITY_NORMAL_MAX bytes. */
bool identity_normalise(enum entity_kind kind, struct str raw, char *out, size_t *len);
/* May a device or a cell have this name: 1 to 64 printable ASCII characters? */
bool identity_is_thing(struct str text);
/* Whether raw is "token:<32 hex>" (*is_form), and if well-formed its token. */
bool identity_parse_token(struct str raw, bool *is_form, struct token *out);
/* Mask of a text in normal form: out holds EVENT_MASK_MAX bytes; returns its length (0 for
 * persons). A domain is nobody's secret: what fits of it is shown. */
uint8_t identity_mask(enum entity_kind kind, struct str text, char *out);
/* Token of the stand-in person of an entity without a known holder. */
struct token identity_stand_in(enum entity_kind kind, const struct token *entity);

#endif
