#include "connectors/cli/run_probe.h"

#include "connectors/kafka/kafka_client.h"
#include "connectors/kafka/kafka_watch.h"
#include "engine/base/mem.h"

#include <inttypes.h>
#include <stdio.h>

#define LOOK_MS 2000
#define ANSWER_MS 1000

struct run_probe {
    const struct settings *settings;
    struct run_status *status;
    struct kafka_watch *watch;
    int64_t look_at_ms;
};

struct run_probe *run_probe_open(const struct settings *settings, struct run_status *status,
                                 struct err *err)
{
    char client[KAFKA_CLIENT_BYTES];
    struct run_probe *probe = mem_alloc(1, sizeof *probe);
    probe->settings = settings;
    probe->status = status;
    probe->watch = kafka_watch_open(settings, kafka_client_id(settings, "probe", -1, client), err);
    if (probe->watch == NULL) {
        mem_free(probe);
        return NULL;
    }
    return probe;
}

static void show(struct run_probe *probe, bool away, int64_t now_ms)
{
    int64_t since_ms = run_status_get(&probe->status->kafka_since_ms);
    if (away == (since_ms != 0)) {
        return;
    }
    run_status_set(&probe->status->kafka_since_ms, away ? now_ms : 0);
    run_status_set(&probe->status->kafka_away, away);
    if (away) {
        (void)fprintf(stderr,
                      "sluice run: kafka at %s does not answer; everything waits until it does\n",
                      probe->settings->kafka_brokers);
    } else {
        (void)fprintf(stderr, "sluice run: kafka is back after %" PRId64 " s\n",
                      (now_ms - since_ms) / 1000);
    }
}

int run_probe_look(struct run_probe *probe, int64_t now_ms, struct err *err)
{
    bool answers = false;
    if (now_ms < probe->look_at_ms) {
        return 0;
    }
    probe->look_at_ms = now_ms + LOOK_MS;
    int result = kafka_watch_look(probe->watch, ANSWER_MS, &answers, err);
    show(probe, !answers, now_ms);
    return result;
}

void run_probe_close(struct run_probe *probe)
{
    if (probe != NULL) {
        kafka_watch_close(probe->watch);
        mem_free(probe);
    }
}
