#include "tests/sim/sim_poison.h"

#include "connectors/cli/prng.h"
#include "engine/base/mem.h"

#include <inttypes.h>

#define POISONED_PERCENT 40 /* of the histories */
#define RARITY_MIN 20
#define RARITY_MAX 200
#define DEATHS_ENOUGH 2

void sim_poison_init(struct sim_poison *poison, uint64_t seed, int actions)
{
    struct prng rng = prng_seed(seed, "poison"); /* of its own: other histories stay as they are */
    *poison = (struct sim_poison){.seed = seed};
    if (prng_chance(&rng, POISONED_PERCENT)) {
        poison->rarity = (uint32_t)prng_between(&rng, RARITY_MIN, RARITY_MAX);
    }
    poison->release_at = (int)prng_between(&rng, 0, 2 * (int64_t)actions);
    poison->release_heals = prng_chance(&rng, 50);
}

void sim_poison_fini(struct sim_poison *poison)
{
    mem_free(poison->deaths);
    skips_fini(&poison->skips);
}

static bool is_poison(const struct sim_poison *poison, const struct skip *step)
{
    uint64_t place = token_low64(&step->entity) ^ step->lsn ^ (uint64_t)step->partition << 56;
    struct prng rng = prng_seed(poison->seed ^ place, "step");
    return poison->rarity > 0 && prng_below(&rng, poison->rarity) == 0;
}

static void note_death(struct sim_poison *poison, const struct skip *step)
{
    size_t at = 0;
    while (at < poison->death_count &&
           !(poison->deaths[at].step.lsn == step->lsn &&
             poison->deaths[at].step.partition == step->partition &&
             token_eq(&poison->deaths[at].step.entity, &step->entity))) {
        at++;
    }
    if (at == poison->death_count) {
        void *deaths = poison->deaths;
        mem_reserve(&deaths, &poison->death_cap, at + 1, sizeof *poison->deaths);
        poison->deaths = deaths;
        poison->deaths[poison->death_count++] = (struct sim_death){.step = *step};
    }
    poison->deaths[at].count++;
    poison->died++;
}

bool sim_poison_kills(struct sim_poison *poison, uint32_t release, const struct position *at)
{
    struct skip step = {.epoch = 1,
                        .lsn = at->lsn,
                        .partition = at->partition,
                        .entity = at->entity};
    bool kills = release == 0 && is_poison(poison, &step);
    if (kills) {
        note_death(poison, &step);
    }
    return kills;
}

void sim_poison_start(struct sim_poison *poison, uint32_t release, uint32_t partition)
{
    for (size_t i = 0; i < poison->death_count && release == 0; i++) {
        const struct sim_death *death = &poison->deaths[i];
        if (death->step.partition == partition && death->count >= DEATHS_ENOUGH) {
            skips_add(&poison->skips, &death->step);
        }
    }
}

int sim_poison_check(const struct sim_poison *poison, struct err *err)
{
    for (size_t i = 0; i < poison->skips.count; i++) {
        const struct skip *skip = &poison->skips.items[i];
        if (!is_poison(poison, skip)) {
            return err_set(err, ERR_FINDING,
                           "under quarantine, and no poison: partition %" PRIu32 ", lsn %" PRIu64,
                           skip->partition, skip->lsn);
        }
    }
    return 0;
}
