#include "connectors/cli/pack_history.h"
#include "connectors/cli/pack_topic.h"
#include "connectors/cli/pack_verb.h"
#include "connectors/kafka/kafka_tail.h"
#include "connectors/kafka/kafka_topics.h"

#include <inttypes.h>
#include <stdio.h>

static int take(void *context, const struct kafka_in_message *message, struct err *err)
{
    (void)err;
    pack_history_take(context, message->bytes);
    return 0;
}

static int read_history(struct pack_history *history, const struct settings *settings,
                        struct err *err)
{
    struct kafka_tail *tail = kafka_tail_open(settings, "sluice-pack", TOPIC_RECEIPTS, err);
    int result = tail == NULL ? -1 : kafka_tail_read(tail, take, history, err);
    kafka_tail_close(tail);
    return result;
}

static int go_back(const struct pack_order *order, const struct pack_history *history,
                   struct err *err)
{
    const struct pack_history_row *now;
    const struct pack_history_row *before = pack_history_before(history, &now, err);
    struct pack_order back = *order;
    if (before == NULL || pack_topic_renew(order->settings, before->pack, err) != 0) {
        return -1;
    }
    (void)fprintf(stderr,
                  "sluice pack: from pack %.12s (number %" PRIu64
                  ") back to pack %.12s, which was active as number %" PRIu64 "\n",
                  now->pack, now->number, before->pack, before->number);
    back.word = before->pack;
    return pack_activate(&back, err);
}

int pack_rollback(const struct pack_order *order, struct err *err)
{
    struct pack_history history = {0};
    int result = topics_ready(order->settings, "sluice-pack", err);
    if (result == 0) {
        result = read_history(&history, order->settings, err);
    }
    if (result == 0) {
        result = go_back(order, &history, err);
    }
    pack_history_fini(&history);
    return result;
}
