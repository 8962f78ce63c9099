#include "connectors/cli/playback.h"

#include "connectors/cli/interrupt.h"
#include "connectors/cli/setup.h"
#include "connectors/file/feed_file.h"
#include "engine/base/mem.h"
#include "engine/frame.h"
#include "engine/ingest/ingest.h"

struct playback {
    const struct playback_setup *setup;
    playback_fn *take;
    void *context;
    struct playback_counts *counts;
    struct number_kinds *kinds;
    struct directory *directory;
    struct ingest *ingest;
    uint64_t numbers[2];           /* next record of SOURCE_DIRECTORY, SOURCE_FEED */
    struct tagger *tagger, *other; /* other NULL: no second pack */
    struct event events[2];
};

static int take_record(struct playback *p, uint32_t source, const struct source_record *record,
                       struct err *err)
{
    struct refusal why;
    uint64_t number = p->numbers[source]++;
    p->counts->read++;
    event_clear(&p->events[0]);
    if (record->refused || ingest_record(p->ingest, record->bytes, -1, &p->events[0], &why) != 0) {
        p->counts->refused++;
        return 0;
    }
    if (p->other != NULL) {
        p->events[1] = p->events[0];
        ingest_retag(p->ingest, p->other, &p->events[1]);
    }
    return p->take(p->context, source, number, p->events, err);
}

static int read_file(struct playback *p, uint32_t source, const char *path, const char *map,
                     struct err *err)
{
    struct source from;
    struct source_record record;
    int result = 0;
    int got = 1;
    if (feed_file_open(&from, path, map, err) != 0) {
        return -1;
    }
    while (result == 0 && got > 0) {
        got = interrupt_check(err) != 0 ? -1 : from.next(from.self, &record, err);
        result = got > 0 ? take_record(p, source, &record, err) : got;
    }
    from.close(from.self);
    return result;
}

static int read_all(struct playback *p, struct err *err)
{
    const struct playback_setup *setup = p->setup;
    int result =
        setup->directory == NULL ? 0 : read_file(p, SOURCE_DIRECTORY, setup->directory, NULL, err);
    for (size_t i = 0; i < setup->events->count && result == 0; i++) {
        result = read_file(p, SOURCE_FEED, setup->events->items[i], setup->map, err);
    }
    return result == PLAYBACK_END ? 0 : result;
}

static int open_taggers(struct playback *p, struct err *err)
{
    p->tagger = setup_tagger(p->setup->program, err);
    p->other = p->setup->other == NULL ? NULL : setup_tagger(p->setup->other, err);
    return p->tagger == NULL || (p->setup->other != NULL && p->other == NULL) ? -1 : 0;
}

int playback_run(const struct playback_setup *setup, playback_fn *take, void *context,
                 struct playback_counts *counts, struct err *err)
{
    struct playback *p = mem_alloc(1, sizeof *p);
    struct buf key = {0};
    p->setup = setup;
    p->take = take;
    p->context = context;
    p->counts = counts;
    *counts = (struct playback_counts){0};
    const struct program *tried = setup->other != NULL ? setup->other : setup->program;
    interrupt_catch();
    int result =
        setup_key(setup->settings, &key, err) != 0 ||
                setup_number_kinds(setup->settings, setup->pack, tried, &p->kinds, err) != 0
            ? -1
            : open_taggers(p, err);
    if (result == 0) {
        p->directory = directory_new();
        p->ingest = ingest_new(&(
            struct ingest_setup){.key = buf_str(&key),
                                 .kinds = p->kinds,
                                 .directory = p->directory,
                                 .tagger = p->tagger,
                                 .cache_entries = (size_t)setup->settings->identity_cache_entries});
        result = read_all(p, err);
    }
    ingest_free(p->ingest);
    tagger_free(p->tagger);
    tagger_free(p->other);
    directory_free(p->directory);
    number_kinds_free(p->kinds);
    buf_fini(&key);
    mem_free(p);
    return result;
}
