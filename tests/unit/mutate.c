#include "tests/unit/mutate.h"

#include <string.h>

static void repeat_piece(struct buf *text, struct prng *rng, uint32_t at)
{
    uint32_t len = (uint32_t)text->len;
    uint32_t from = prng_below(rng, len);
    uint32_t count = prng_below(rng, len - (from > at ? from : at));
    memmove(text->at + at, text->at + from, count);
}

void mutate_bytes(struct buf *text, struct prng *rng)
{
    static const char likely[] = "\"\\{}[],:0123456789-+.eEtrufalsn \t\n\x80\xc3\xed\xf0";
    uint32_t at = prng_below(rng, (uint32_t)text->len);
    uint32_t which = prng_below(rng, sizeof likely);
    uint32_t any = prng_below(rng, 256);
    char byte = prng_chance(rng, 80) ? likely[which] : (char)any;
    switch (prng_below(rng, 4)) {
    case 0: text->at[at] = byte; break;
    case 1: /* one more */
        buf_add_char(text, byte);
        memmove(text->at + at + 1, text->at + at, text->len - at - 1);
        text->at[at] = byte;
        break;
    case 2: /* one less */
        memmove(text->at + at, text->at + at + 1, text->len - at - 1);
        text->len -= text->len > 1;
        break;
    default: repeat_piece(text, rng, at); break;
    }
}
