#include "connectors/cli/tally.h"

#include "engine/base/must.h"

#include <inttypes.h>
#include <string.h>

void tally_init(struct tally *tally, struct sink behind)
{
    memset(tally, 0, sizeof *tally);
    tally->behind = behind;
}

static void count(uint64_t *counts, const struct vocab_row *names, int rows, struct str what)
{
    int row = vocab_find(names, rows, what);
    must(row >= 0);
    counts[row]++;
}

static int emit(void *self, const struct output *output, struct err *err)
{
    struct tally *tally = self;
    switch (output->kind) {
    case OUTPUT_WARNING: count(tally->warnings, vocab_tiers, TIER_LIMIT, output->what); break;
    case OUTPUT_STOP: count(tally->requests, vocab_actions, ACTION_COUNT, output->what); break;
    case OUTPUT_ADVICE:
        if (vocab_find(vocab_advice, ADVICE_COUNT, output->what) >= 0) {
            count(tally->advice, vocab_advice, ADVICE_COUNT, output->what);
        } else {
            count(tally->advice_instead, vocab_actions, ACTION_COUNT, output->what);
        }
        break;
    case OUTPUT_DECISION: tally->decisions++; break;
    default: break;
    }
    return tally->behind.emit(tally->behind.self, output, err);
}

struct sink tally_sink(struct tally *tally)
{
    return (struct sink){tally, emit};
}

void tally_record(struct tally *tally, const struct refusal *why)
{
    tally->read++;
    if (why != NULL) {
        tally->refused++;
        tally->refused_by[why->reason]++;
    }
}

static const char *const note_names[TALLY_NOTE_COUNT][2] = {
    [TALLY_UNKNOWN_MEMBERS] = {"unknown_members", "unknown members"},
    [TALLY_UNKNOWN_VALUES] = {"unknown_values", "unknown values"},
    [TALLY_FOREIGN_AMOUNTS] = {"foreign_amounts", "amounts of another currency"},
    [TALLY_UNKNOWN_TAGS] = {"unknown_tags", "messages with an unknown tag"},
    [TALLY_CLAMPED_TIMES] = {"clamped_times", "times set back"},
};

void tally_ingested(struct tally *tally, const struct ingest_counts *from,
                    const struct ingest_counts *to)
{
    tally->notes[TALLY_UNKNOWN_MEMBERS] += to->unknown_members - from->unknown_members;
    tally->notes[TALLY_UNKNOWN_VALUES] += to->unknown_values - from->unknown_values;
    tally->notes[TALLY_FOREIGN_AMOUNTS] += to->foreign_amounts - from->foreign_amounts;
    tally->notes[TALLY_UNKNOWN_TAGS] += to->tags_unknown - from->tags_unknown;
    tally->notes[TALLY_CLAMPED_TIMES] += to->clamped - from->clamped;
}

void tally_say_notes(const struct tally *tally, struct buf *out)
{
    for (int i = 0; i < TALLY_NOTE_COUNT; i++) {
        if (tally->notes[i] > 0) {
            buf_add_format(out, ", %" PRIu64 " %s", tally->notes[i], note_names[i][1]);
        }
    }
}

static void write_counts(struct json_writer *w, const uint64_t *counts,
                         const struct vocab_row *names, int from, int to)
{
    for (int i = from; i < to; i++) {
        if (counts[i] > 0) {
            json_int(w, names[i].text, (int64_t)counts[i]);
        }
    }
}

void tally_write(const struct tally *tally, const char *pack_hex, struct json_writer *w)
{
    json_int(w, "read", (int64_t)tally->read);
    json_int(w, "accepted", (int64_t)(tally->read - tally->refused));
    json_open(w, "refused", '{');
    for (int i = REFUSAL_NONE + 1; i < REFUSAL_COUNT; i++) {
        if (tally->refused_by[i] > 0) {
            json_int(w, refusal_text((enum refusal_reason)i).at, (int64_t)tally->refused_by[i]);
        }
    }
    json_close(w, '}');
    json_open(w, "notes", '{');
    for (int i = 0; i < TALLY_NOTE_COUNT; i++) {
        if (tally->notes[i] > 0) {
            json_int(w, note_names[i][0], (int64_t)tally->notes[i]);
        }
    }
    json_close(w, '}');
    json_open(w, "warnings", '{');
    write_counts(w, tally->warnings, vocab_tiers, TIER_LOW, TIER_LIMIT);
    json_close(w, '}');
    json_open(w, "requests", '{');
    write_counts(w, tally->requests, vocab_actions, 0, ACTION_COUNT);
    json_close(w, '}');
    json_open(w, "advice", '{');
    write_counts(w, tally->advice, vocab_advice, 0, ADVICE_COUNT);
    write_counts(w, tally->advice_instead, vocab_actions, 0, ACTION_COUNT);
    json_close(w, '}');
    json_int(w, "decisions", (int64_t)tally->decisions);
    json_text(w, "pack", str_of(pack_hex));
}
