/* message.h - what of a message is kept beside its tags: which template it was written from, and
 * where its link leads.
 *
 * "Your code is 4711, see https://a.example.com/x" and the same with another code have one
 * template: digits and links are left out of it, and it is kept as 32 bits of a keyed hash. The
 * domain of the first link is example.com.
 *
 * Memory:  message_new/message_free: room for one text.
 * Threads: one owner at a time.
 * Errors:  none; what a message does not show is 0.
 */
#ifndef SLUICE_INGEST_MESSAGE_H
#define SLUICE_INGEST_MESSAGE_H

#include "engine/base/str.h"
#include "engine/ingest/identity.h"

#include <stdint.h>

struct message_marks {
    uint32_t template_token; /* 0: unknown */
    struct str domain;       /* "": none is known; valid until the next message */
};

struct message;
struct message *message_new(void);
void message_free(struct message *message);
/* text at NULL: the feed gives none; urls: the bytes of a JSON array, "" for none. The domain is
 * that of the first url that has one, without urls that of the first link of the text. */
void message_look(struct message *message, struct identity *identity, struct str text,
                  struct str urls, struct message_marks *out);

#endif
