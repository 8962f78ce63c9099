/* tagger.h - finds the tags of a pack in the text of a message.
 *
 * tag loan = "贷款" or "额度" near "提现" within 20 or /借[0-9]+万/ or feed "LOAN"
 *
 * A message "您的额度可提现" has the tag; of it nothing is kept but the names of its tags, each as
 * 16 bits of a hash. Literals of all tags are found in one pass over the bytes; regular expressions
 * are tried one by one, each within limits.
 *
 * Text and literals are folded before: letters A to Z are small, full-width letters, digits and
 * signs are plain ones, characters without width are left out. A regular expression sees the folded
 * text, whatever the size of its letters.
 *
 *     struct tagger *tagger = tagger_new(&(struct tagger_setup){.tags = tags, .tag_count = 1, ..},
 * &err); struct tagging *tagging = tagging_new(); tagger_find(tagger, tagging, text, true,
 * feed_tags, &found);
 *
 * Memory:  a tagger owns what it compiled and copies of all texts; a struct tagging what one user
 *          needs for a message, kept from one to the next.
 * Threads: a tagger is read only and for any; a tagging has one owner at a time.
 * Errors:  a tag that cannot be compiled, by its name; a regular expression that reaches its limits
 *          is an ordinary outcome: what is not known of the message is said in found.
 */
#ifndef SLUICE_INGEST_TAGGER_H
#define SLUICE_INGEST_TAGGER_H

#include "engine/base/err.h"
#include "engine/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAGS_MAX 4096           /* of a pack */
#define TAG_SIGNS_MAX 16384     /* of all its tags */
#define TAG_TEXT_BYTES_MAX 256  /* of a literal, and of what a feed says */
#define TAG_REGEX_BYTES_MAX 512 /* as written */
#define TAG_WITHIN_MAX 200      /* characters between two literals that are near */
#define TAGS_KEPT 5             /* of one message */

enum tag_sign_kind { TAG_SIGN_TEXT, TAG_SIGN_REGEX, TAG_SIGN_FEED, TAG_SIGN_KINDS };

/* One way to know a tag. */
struct tag_sign {
    struct str text, near; /* near "": only the text */
    uint32_t within_chars;
    uint8_t kind; /* enum tag_sign_kind */
};

struct tag {
    struct str name, title;
    uint32_t sign_first, sign_count;
    uint16_t hash; /* tag_hash(name) */
};

/* Folds into out, which holds text.len bytes; returns the length, which is never greater. Bytes
 * that are no UTF-8 stay as they are. */
size_t tag_fold(struct str text, char *out);
/* What a record keeps of a name; never 0. */
uint16_t tag_hash(struct str name);
/* Names the tags and all their signs together; 0 for no tags. Of two sets one in 65,535 has the
 * name of the other: then a tag that nobody looked for counts as absent. */
uint16_t tag_set(const struct tag *tags, size_t tag_count, const struct tag_sign *signs);
/* Why a literal or a regular expression cannot be a sign: -1 with the reason in why, which begins
 * with a small letter; *at is the byte of a regular expression that it is about. */
int tag_sign_check(const struct tag_sign *sign, struct err *why, size_t *at);

struct tagger_setup {
    const struct tag *tags;
    size_t tag_count;
    const struct tag_sign *signs;
    bool by_name; /* a feed may say `tag:NAME` for each tag: what cases do */
};

/* What is known of one message. */
struct tags_found {
    uint16_t hash[TAGS_KEPT]; /* in the order of the pack */
    uint32_t count;
    uint16_t set;     /* tag_set of the tagger if it has no other tag; 0: nobody knows */
    uint32_t gave_up; /* regular expressions that reached their limits */
    uint32_t dropped; /* tags past TAGS_KEPT */
};

struct tagger;
/* NULL with err. Without tags it finds none. */
struct tagger *tagger_new(const struct tagger_setup *setup, struct err *err);
void tagger_free(struct tagger *tagger);

struct tagging;
struct tagging *tagging_new(void);
void tagging_free(struct tagging *tagging);
/* has_text false: the feed gives none. feed: the bytes of a JSON array of texts, "" for none. */
void tagger_find(const struct tagger *tagger, struct tagging *tagging, struct str text,
                 bool has_text, struct str feed, struct tags_found *found);

#endif
