/* url.h - links in messages: where they stand, and whose domain they lead to.
 *
 * "see https://a.b.example.com.cn/x?y=1 now": the link is "https://a.b.example.com.cn/x?y=1", its
 * domain "example.com.cn": what somebody registered, by the list of public suffixes.
 *
 * Memory:  nothing is kept; out holds URL_DOMAIN_BYTES.
 * Threads: any.
 * Errors:  what has no domain gives 0.
 */
#ifndef SLUICE_INGEST_URL_H
#define SLUICE_INGEST_URL_H

#include "engine/base/str.h"

#include <stddef.h>

#define URL_DOMAIN_BYTES 256

/* Bytes of the link that begins at this place of a text with small letters, 0 if none does:
 * http://, https:// or www. and what follows without blanks and without other than ASCII. */
size_t url_length(struct str text, size_t at);
/* Registrable domain of a url, small; an address of numbers is its own. Returns its length, 0: it
 * has none. */
size_t url_domain(struct str url, char *out);

#endif
