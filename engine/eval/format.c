#include "engine/eval/format.h"

#include "engine/base/caltime.h"

#include <inttypes.h>

struct part {
    int64_t ms;
    const char *plain, *spoken;
};

static const struct part parts[] = {
    {86400000, "d", "天"}, {3600000, "h", "小时"}, {60000, "m", "分钟"},
    {1000, "s", "秒"},     {1, "ms", "毫秒"},
};
enum { PART_COUNT = sizeof parts / sizeof parts[0], PART_SECOND = 3 };

static uint64_t magnitude(struct buf *out, int64_t value)
{
    if (value >= 0) {
        return (uint64_t)value;
    }
    buf_add_char(out, '-');
    return 0 - (uint64_t)value;
}

static void duration_plain(struct buf *out, int64_t value)
{
    uint64_t left = magnitude(out, value);
    if (left == 0) {
        buf_add_text(out, "0s");
    }
    for (int i = 0; i < PART_COUNT; i++) {
        uint64_t count = left / (uint64_t)parts[i].ms;
        left %= (uint64_t)parts[i].ms;
        if (count > 0) {
            buf_add_format(out, "%" PRIu64 "%s", count, parts[i].plain);
        }
    }
}

static void duration_spoken(struct buf *out, int64_t value)
{
    if (value > -parts[PART_SECOND].ms && value < parts[PART_SECOND].ms) {
        buf_add_text(out, "0 秒");
        return;
    }
    uint64_t left = magnitude(out, value);
    int shown = 0;
    for (int i = 0; i <= PART_SECOND && shown < 2; i++) {
        uint64_t count = left / (uint64_t)parts[i].ms;
        left %= (uint64_t)parts[i].ms;
        if (count > 0) {
            buf_add_format(out, "%s%" PRIu64 " %s", shown > 0 ? " " : "", count, parts[i].spoken);
            shown++;
        }
    }
}

static void money(struct buf *out, int64_t minor, bool grouped)
{
    uint64_t size = magnitude(out, minor);
    char digits[32]; /* 18 digits and 5 commas at most */
    size_t from = sizeof digits;
    size_t shown = 0;
    uint64_t whole = size / 100;
    do {
        if (grouped && shown > 0 && shown % 3 == 0) {
            digits[--from] = ',';
        }
        digits[--from] = (char)('0' + whole % 10);
        whole /= 10;
        shown++;
    } while (whole > 0 && from > 1);
    buf_add(out, digits + from, sizeof digits - from);
    buf_add_format(out, ".%02" PRIu64, size % 100);
}

static void ratio(struct buf *out, int64_t bp)
{
    uint64_t size = magnitude(out, bp);
    buf_add_format(out, "%" PRIu64, size / 100);
    if (size % 100 != 0) {
        buf_add_format(out, size % 10 == 0 ? ".%" PRIu64 : ".%02" PRIu64,
                       size % 10 == 0 ? size % 100 / 10 : size % 100);
    }
    buf_add_char(out, '%');
}

static void entity(struct buf *out, const struct format_context *context, int64_t value)
{
    for (int i = 0; i < PARTY_COUNT; i++) {
        const struct party *party = &context->event->party[i];
        if (party->mask_len > 0 && value_of_low64(token_low64(&party->token)) == value) {
            buf_add(out, party->mask, party->mask_len);
            return;
        }
    }
    for (uint32_t i = 0; i < context->page->peer_count; i++) {
        const struct peer *peer = &context->page->peers[i];
        if (peer->mask_len > 0 && value_of_low64(token_low64(&peer->token)) == value) {
            buf_add(out, peer->mask, peer->mask_len);
            return;
        }
    }
    buf_add_char(out, '?');
}

/* That of the event in hand has a mask; of others only 32 bits are known. */
static void thing(struct buf *out, const struct format_context *context, int64_t value)
{
    const struct party *party = &context->event->party[PARTY_THING];
    if (party->mask_len > 0 && (int64_t)event_thing_word(&party->token) == value) {
        buf_add(out, party->mask, party->mask_len);
        return;
    }
    buf_add_format(out, "%08" PRIx64, (uint64_t)value);
}

/* Others warn of what this pack has no name for. */
static void typology(struct buf *out, const struct format_context *context, int64_t value)
{
    const struct program *p = context->program;
    for (size_t i = 0; i < p->typologies_count; i++) {
        if (value_of_key(p->typologies[i].key) == value) {
            buf_add_str(out, p->typologies[i].name);
            return;
        }
    }
    buf_add_char(out, '?');
}

static void shared(struct buf *out, const struct format_context *context, uint8_t unit,
                   int64_t value)
{
    int set = vocab_value_set(unit);
    if (set >= 0) {
        buf_add_str(out, event_value_text((enum value_set)set,
                                          value > 0 && value < 256 ? (uint8_t)value : 0));
        return;
    }
    switch (unit) {
    case UNIT_RATIO: ratio(out, value); break;
    case UNIT_TIME: {
        char text[CALTIME_TEXT_BYTES];
        caltime_format(text, value, CALTIME_ZONE_MS);
        buf_add_text(out, text);
        break;
    }
    case UNIT_REGION: buf_add_format(out, "%06" PRId64, value); break;
    case UNIT_NUMBER_REF:
    case UNIT_USER_REF:
    case UNIT_ACCOUNT_REF: entity(out, context, value); break;
    case UNIT_DEVICE:
    case UNIT_DOMAIN: thing(out, context, value); break;
    case UNIT_CELL:
    case UNIT_TEMPLATE: buf_add_format(out, "%08" PRIx64, (uint64_t)value); break;
    case UNIT_TYPOLOGY: typology(out, context, value); break;
    default: buf_add_format(out, "%" PRId64, value); break;
    }
}

void format_plain(struct buf *out, const struct format_context *context, uint8_t unit,
                  int64_t value)
{
    switch (unit) {
    case UNIT_MONEY: money(out, value, false); break;
    case UNIT_DURATION: duration_plain(out, value); break;
    case UNIT_BOOL: buf_add_text(out, value != 0 ? "true" : "false"); break;
    default: shared(out, context, unit, value); break;
    }
}

void format_spoken(struct buf *out, const struct format_context *context, uint8_t unit,
                   int64_t value)
{
    if (value == VALUE_UNKNOWN) {
        buf_add_char(out, '-');
        return;
    }
    switch (unit) {
    case UNIT_MONEY: money(out, value, true); break;
    case UNIT_DURATION: duration_spoken(out, value); break;
    case UNIT_BOOL: buf_add_text(out, value != 0 ? "是" : "否"); break;
    default: shared(out, context, unit, value); break;
    }
}
