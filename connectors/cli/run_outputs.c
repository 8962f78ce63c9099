#include "connectors/cli/run_outputs.h"

#include "engine/base/must.h"

#include <stddef.h>

/* Kinds of outputs that are counted by a word, one table after the other; of one kind the first
 * that has the word. */
static const struct group {
    enum output_kind kind;
    const struct vocab_row *words;
    int count;
} groups[] = {
    {OUTPUT_WARNING, vocab_tiers, TIER_LIMIT},
    {OUTPUT_STOP, vocab_actions, ACTION_COUNT},
    {OUTPUT_ADVICE, vocab_advice, ADVICE_COUNT},
    {OUTPUT_ADVICE, vocab_actions, ACTION_COUNT}, /* what would have been a request */
};
enum { GROUP_COUNT = sizeof groups / sizeof groups[0] };

static int index_of(const struct output *output)
{
    int index = 0;
    for (int i = 0; i < GROUP_COUNT; index += groups[i].count, i++) {
        int word = groups[i].kind != output->kind
                       ? -1
                       : vocab_find(groups[i].words, groups[i].count, output->what);
        if (word >= 0) {
            return index + word;
        }
    }
    return index + (int)output->kind;
}

void run_outputs_count(struct run_outputs *outputs, const struct output *output)
{
    int index = index_of(output);
    must(run_outputs_row(index).what != NULL);
    int64_t count = atomic_load_explicit(&outputs->sent[index], memory_order_relaxed);
    atomic_store_explicit(&outputs->sent[index], count + 1, memory_order_relaxed);
}

struct run_outputs_row run_outputs_row(int index)
{
    must(index >= 0 && index < RUN_OUTPUTS_COUNT);
    bool by_word = false;
    for (int i = 0; i < GROUP_COUNT; index -= groups[i].count, i++) {
        if (index < groups[i].count) {
            return (struct run_outputs_row){groups[i].kind, groups[i].words[index].text};
        }
    }
    for (int i = 0; i < GROUP_COUNT; i++) {
        by_word |= (int)groups[i].kind == index;
    }
    return (struct run_outputs_row){(enum output_kind)index, by_word ? NULL : ""};
}
