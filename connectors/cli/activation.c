#include "connectors/cli/activation.h"

#include "connectors/kafka/kafka_out.h"
#include "engine/base/clock.h"
#include "engine/fault.h"
#include "engine/frame.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

static void acknowledged(void *context, void *receipt)
{
    (void)context;
    (void)receipt;
}

static int send_frame(struct kafka_out *out, int32_t partition, struct str frame, struct err *err)
{
    struct kafka_message message = {.bytes = frame};
    return kafka_out_send(out, TOPIC_VISITS, partition, &message, NULL)
               ? 0
               : err_set(err, ERR_OUTSIDE,
                         "partition %" PRId32 ": the Kafka client takes no more messages",
                         partition);
}

int activation_write(const struct settings *settings, uint64_t number, const uint8_t *hash,
                     const bool *wanted, struct err *err)
{
    struct buf frame = {0};
    struct kafka_out *out =
        kafka_out_open(settings, "sluice-activate", acknowledged, NULL, NULL, err);
    if (out == NULL) {
        return -1;
    }
    /* 0 is the broker's time. With the clock of the events this one says nothing about the time: it
     * moves no clock that stands later. */
    bool live = !settings_have_event_clock(settings);
    frame_begin(&frame, live ? 0 : 1);
    if (live) {
        frame_set_writer(&frame, clock_unix_ms());
    }
    frame_activate(&frame, number, hash);
    int result = 0;
    for (int32_t i = 0; i < settings->visits_partitions && result == 0; i++) {
        if (wanted == NULL || wanted[i]) {
            result = send_frame(out, i, buf_str(&frame), err);
            fault_reach(FAULT_ACTIVATION_SENT);
        }
    }
    if (result == 0) {
        result = kafka_out_settle(out, settings->kafka_wait_s * 1000, err);
    }
    kafka_out_close(out);
    buf_fini(&frame);
    return result;
}
