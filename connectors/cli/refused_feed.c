#include "connectors/cli/refused_feed.h"

#include "engine/base/must.h"

#include <inttypes.h>
#include <string.h>

void refused_feed_begin(struct refused_feed *feed, const char *name, bool mapped)
{
    *feed = (struct refused_feed){.name = name, .mapped = mapped};
}

void refused_feed_take(struct refused_feed *feed, struct str raw, const struct refusal *why)
{
    if (feed->read == 0 && raw.len > 0) {
        memcpy(feed->first, raw.at, raw.len < sizeof feed->first ? raw.len : sizeof feed->first);
    }
    feed->read++;
    if (why == NULL) {
        feed->accepted++;
    } else {
        must(why->reason > REFUSAL_NONE && why->reason < REFUSAL_COUNT);
        feed->refused_by[why->reason]++;
    }
}

/* The first of the most frequent ones. */
static enum refusal_reason most_frequent(const struct refused_feed *feed)
{
    enum refusal_reason most = REFUSAL_NONE;
    for (int i = REFUSAL_NONE + 1; i < REFUSAL_COUNT; i++) {
        most = feed->refused_by[i] > feed->refused_by[most] ? (enum refusal_reason)i : most;
    }
    return most;
}

static const char *hint(const struct refused_feed *feed, enum refusal_reason reason)
{
    static const struct {
        const char *magic;
        size_t len;
        const char *text;
    } packed[] = {
        {"\x1f\x8b", 2, "is it compressed? `zcat FILE |` and `--events -` read it"},
        {"\x28\xb5\x2f\xfd", 4, "is it compressed? `zstdcat FILE |` and `--events -` read it"},
        {"\xfd\x37\x7a\x58", 4, "is it compressed? `xzcat FILE |` and `--events -` read it"},
        {"BZh", 3, "is it compressed? `bzcat FILE |` and `--events -` read it"},
        {"PK\x03\x04", 4, "is it an archive? unpack it first"},
    };
    for (size_t i = 0; i < sizeof packed / sizeof packed[0]; i++) {
        if (memcmp(feed->first, packed[i].magic, packed[i].len) == 0) {
            return packed[i].text;
        }
    }
    if (feed->mapped || reason != REFUSAL_NOT_JSON) {
        return "dead-letters.jsonl says of each why";
    }
    return feed->first[0] == '{' || feed->first[0] == '['
               ? "a record is one JSON object on a line of its own"
               : "is it CSV? `--map FILE` says what its columns mean";
}

bool refused_feed_say(const struct refused_feed *feed, struct buf *out)
{
    if (feed->read == 0 || feed->accepted > 0) {
        return false;
    }
    enum refusal_reason most = most_frequent(feed);
    struct str reason = refusal_text(most);
    buf_add_format(out, "%s: none of %" PRIu64 " records was accepted, %s refused as %.*s; %s",
                   feed->name, feed->read,
                   feed->refused_by[most] == feed->read ? "all were" : "most were", (int)reason.len,
                   reason.at, hint(feed, most));
    return true;
}
