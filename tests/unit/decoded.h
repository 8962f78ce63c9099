/* decoded.h - one record as the decoder leaves it, and that as text.
 *
 *     decoded_start();
 *     int result = decoded_take(STR("{\"type\":\"call\",..}"), &shown);     -1: decoded.why says
 * why ck_assert_str_eq(buf_text(&shown), "from=1:110 to=1:1");
 *
 * A table of members tries each in a plain record of its type:
 *
 *     {"a caller", "\"caller\":\"110\"", GOOD("from=1:110 to=1:1")},
 *     {"a number as the caller", "\"caller\":110", BAD(WRONG_TYPE)},
 *
 * Memory:  one of all, static; texts of decoded.raw lie in the record, which is gone afterwards.
 * Threads: one.
 * Errors:  a row that does not hold fails the test, under its name.
 */
#ifndef SLUICE_UNIT_DECODED_H
#define SLUICE_UNIT_DECODED_H

#include "engine/ingest/record.h"

struct decoded {
    struct record_decoder decoder;
    struct raw_record raw;
    struct refusal why;
};
extern struct decoded decoded;

struct member_row {
    const char *name;
    const char *members; /* added to a plain record of the type */
    const char *shown;   /* beside what the plain record shows; NULL: refused */
    enum refusal_reason reason;
};
#define GOOD(text) text, REFUSAL_NONE
#define BAD(reason) NULL, REFUSAL_##reason
#define AT "\"time\":1772416800000,"

/* What a plain payment of an account shows. */
#define PAID(text) GOOD("from=2:6 currency=CNY " text)
/* Texts as long as they may be. */
#define CHINESE_16 "冒充公检法冒充公检法冒充公检法冒"
#define CHINESE_64 CHINESE_16 CHINESE_16 CHINESE_16 CHINESE_16
#define FOUR_BYTES_9 \
    "\U00020000\U00020001\U00020002\U00020003\U00020004\U00020005\U00020006\U00020007\U00020008"
#define FOUR_BYTES_63 \
    FOUR_BYTES_9 FOUR_BYTES_9 FOUR_BYTES_9 FOUR_BYTES_9 FOUR_BYTES_9 FOUR_BYTES_9 FOUR_BYTES_9

/* Before the first record of a test; what was there before must not matter. */
void decoded_start(void);
/* Decodes from a block of exactly the record's size; shown: the record as text without what is as
 * it is where the member is missing, "" if refused. */
int decoded_take(struct str record, struct buf *shown);
void decoded_check_members(const struct member_row *rows, size_t count, const char *plain);

#endif
