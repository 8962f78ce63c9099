#include "connectors/cli/run_probe.h"

#include "connectors/kafka/kafka_client.h"
#include "engine/base/mem.h"

#include <inttypes.h>
#include <stdio.h>

#define LOOK_MS 2000
#define ANSWER_MS 1000

struct run_probe {
    const struct settings *settings;
    struct run_status *status;
    rd_kafka_t *rk;
    int64_t look_at_ms;
};

struct run_probe *run_probe_open(const struct settings *settings, struct run_status *status,
                                 struct err *err)
{
    char client[KAFKA_CLIENT_BYTES];
    struct run_probe *probe = mem_alloc(1, sizeof *probe);
    probe->settings = settings;
    probe->status = status;
    probe->rk =
        kafka_client_new(settings, RD_KAFKA_PRODUCER,
                         kafka_client_id(settings, "probe", -1, client), NULL, NULL, NULL, err);
    if (probe->rk == NULL) {
        mem_free(probe);
        return NULL;
    }
    return probe;
}

void run_probe_look(struct run_probe *probe, int64_t now_ms)
{
    if (now_ms < probe->look_at_ms) {
        return;
    }
    probe->look_at_ms = now_ms + LOOK_MS;
    bool away = !kafka_client_answers(probe->rk, ANSWER_MS);
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

void run_probe_close(struct run_probe *probe)
{
    if (probe != NULL) {
        kafka_client_close(probe->rk);
        mem_free(probe);
    }
}
