#include "connectors/cli/run_packs.h"

#include "connectors/cli/pack_shelf.h"
#include "connectors/kafka/kafka_tail.h"
#include "engine/base/clock.h"
#include "engine/base/digest.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define LOOK_MS 100
#define RETRY_US 1000000

struct run_packs {
    const char *command;
    struct pack_shelf *shelf;
    struct kafka_tail *tail;
    bool follows;
    pthread_t thread;
    _Atomic bool stop; /* stored by the process (release), loaded by the thread (acquire) */
};

static int take(void *context, const struct kafka_in_message *message, struct err *err)
{
    struct run_packs *packs = context;
    (void)err;
    if (message->bytes.len == 0) {
        return 0; /* removed from the topic; who runs it goes on */
    }
    struct err why;
    int taken = pack_shelf_take(packs->shelf, message->key, message->bytes, &why);
    if (taken < 0) {
        (void)fprintf(stderr, "%s: %s\n", packs->command, why.text);
    } else if (taken > 0 && packs->follows) {
        (void)fprintf(stderr, "%s: pack %.12s is here and compiled\n", packs->command,
                      message->key.at);
    }
    return 0;
}

static void *follow(void *context)
{
    struct run_packs *packs = context;
    struct err err;
    while (!atomic_load_explicit(&packs->stop, memory_order_acquire)) {
        if (kafka_tail_follow(packs->tail, LOOK_MS, take, packs, &err) < 0) {
            (void)fprintf(stderr, "%s: packs: %s\n", packs->command, err.text);
            clock_pause_us(RETRY_US);
        }
    }
    digest_thread_end();
    return NULL;
}

struct run_packs *run_packs_open(const char *command, const struct settings *settings,
                                 const struct program *configured, int64_t wait_ms, struct err *err)
{
    struct run_packs *packs = mem_alloc(1, sizeof *packs);
    packs->command = command;
    packs->shelf = pack_shelf_new(command, wait_ms);
    pack_shelf_lend(packs->shelf, configured);
    packs->tail = kafka_tail_open(settings, "sluice-packs", TOPIC_PACKS, err);
    if (packs->tail == NULL || kafka_tail_read(packs->tail, take, packs, err) != 0) {
        run_packs_close(packs);
        return NULL;
    }
    return packs;
}

void run_packs_follow(struct run_packs *packs)
{
    must(!packs->follows);
    packs->follows = true; /* what comes now is news */
    int failed = pthread_create(&packs->thread, NULL, follow, packs);
    must(failed == 0);
}

const struct program *run_packs_find(void *self, const uint8_t *hash)
{
    struct run_packs *packs = self;
    return pack_shelf_find(packs->shelf, hash);
}

const struct tagger *run_packs_tagger(struct run_packs *packs)
{
    return pack_shelf_tagger(packs->shelf);
}

void run_packs_end_waits(struct run_packs *packs)
{
    if (packs != NULL) {
        pack_shelf_end_waits(packs->shelf);
    }
}

void run_packs_close(struct run_packs *packs)
{
    if (packs == NULL) {
        return;
    }
    if (packs->follows) {
        atomic_store_explicit(&packs->stop, true, memory_order_release);
        (void)pthread_join(packs->thread, NULL);
    }
    kafka_tail_close(packs->tail);
    pack_shelf_free(packs->shelf);
    mem_free(packs);
}
