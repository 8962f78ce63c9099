"""A proof that cannot see a planted bug proves nothing: each bug of recovery must make the test beside it fail.

    mutations.py WORKDIR [--seeds N] [--only NAME ..]

Copies the tree below WORKDIR, plants one bug after the other, builds the test and runs it: the simulator until a seed
fails, or a unit test. Without any bug each of them must pass first. A test must fail by a difference that it names; a crash counts
too, since some bugs trip must().
A mutation whose text no longer stands in its file exactly once fails: it is to be corrected.
"""
import argparse
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import planting  # noqa: E402

BUILT = "build/release/"
SIMULATOR = "tests/sim/sim"
SOUND_SEEDS = 200
ENVIRONMENT = {"CK_DEFAULT_TIMEOUT": "30"}

# Name, what is wrong then, file, what stands there exactly once, what it becomes; and the test that sees it, if that is
# not the simulator.
MUTATIONS = [
    ("no-barrier", "pages are flushed before their outputs are acknowledged",
     "engine/flush.c", "copy->applied_lsn <= acked_lsn", "copy->applied_lsn + acked_lsn > 0"),
    ("no-seq-check-on-flush", "a flush does not look at the sequence",
     "connectors/file/store_file.c", "bool conflict = !store_seq_eq(&part->seq, &call->expected);",
     "bool conflict = false;"),
    ("no-seq-check-on-load", "a load does not look at the sequence",
     "connectors/file/store_file.c", """    *conflict = !store_seq_eq(&part->seq, expected);
    for (size_t i = 0; i < token_count""", """    *conflict = false && expected != NULL;
    for (size_t i = 0; i < token_count"""),
    ("redis-flush-of-another", "the function in Redis does not look at the sequence",
     "connectors/redis/functions.lua", "  if (seq or '') == expected then", "  if (seq or '') ~= expected .. '!' then",
     "tests/unit/test_redis_store"),
    ("redis-load-of-another", "pages and buckets are read whatever sequence stands beside them",
     "connectors/redis/redis_store_read.c", "    *conflict = !store_seq_eq(&seq, expected);",
     "    *conflict = !store_seq_eq(&seq, &seq) && expected != NULL;", "tests/unit/test_redis_store"),
    ("seq-without-owner", "the sequence is a bare number: two histories reach the same one",
     "engine/store.h", "return a->owner == b->owner && a->number == b->number;",
     "return a->number == b->number;"),
    ("random-ids", "ids are drawn",
     "engine/base/digest.c", "digest_sha256(full, id->bytes, id->len);",
     "static uint64_t drawn; digest_sha256(full, id->bytes, id->len); full[0] ^= (uint8_t)(drawn++ % 97 == 0);"),
    ("w-too-far", "W stands one frame behind its header",
     "engine/flush.c", ".w = flush->headers->offset,", ".w = flush->headers->offset + 1,"),
    ("w-past-unacknowledged", "W looks at pages only, not at outputs that belong to no page",
     "engine/flush.c", "    limit = acked_lsn < limit ? acked_lsn : limit;\n", "    (void)acked_lsn;\n"),
    ("watermark-not-in-checkpoint", "the header is stored without its watermarks",
     "engine/header.c", "        known += header->watermarks[i].known;", "        known += 0;"),
    ("header-newer-than-w", "a header is noted as it is after the batch before, with an older frame",
     "engine/partition_store.c", "flush_note_header(p->flush, p->next_offset, buf_str(&p->header_bytes));",
     "flush_note_header(p->flush, p->next_offset == 0 ? 0 : p->next_offset - 1, buf_str(&p->header_bytes));"),
    ("copy-newer-than-its-lsn", "a copy stands for fewer steps than it holds",
     "engine/flush.c", "    copy->applied_lsn = page->applied_lsn;", "    copy->applied_lsn = page->unflushed_lsn;"),
    ("timers-not-in-flush", "timers are not written with their pages",
     "engine/flush.c", "        if (copy->timer_new) {", "        if (copy->timer_new && copy->tombstone) {"),
    ("delete-without-tombstone", "a forgotten page goes from the store before W has reached it",
     "engine/flush.c", "grave_at(flush, count)->applied_lsn <= lsn_of(call->w, 0)",
     "grave_at(flush, count)->applied_lsn > 0"),
    ("included-applied-again", "what a page includes is applied to it once more",
     "engine/partition.c", "    if (page != NULL && page->applied_lsn > lsn) {\n        h->counters.included++;",
     "    if (page != NULL && page->applied_lsn > lsn + (UINT64_C(1) << 60)) {\n        h->counters.included++;"),
    ("duplicates-applied", "a visit that came twice is applied twice",
     "engine/header.c", "place_compare(&header->watermarks[source].place, place) >= 0;",
     "place_compare(&header->watermarks[source].place, place) > 0;"),
    ("pack-without-number", "an activation that comes again, late, is obeyed",
     "engine/partition.c", "    if (head->pack_number <= p->header.pack_number) {",
     "    if (head->pack_number == p->header.pack_number) {"),
    ("first-entity-looked-up", "the first entity of an itinerary is one from the directory",
     "engine/outbox.c", "    int leg = event_next_leg(&visit->event, -1);",
     "    int leg = event_next_leg(&visit->event, event_next_leg(&visit->event, -1));\n"
     "    leg = leg == LEG_COUNT ? event_next_leg(&visit->event, -1) : leg;"),
    ("resumes-with-calls-open", "after a lost connection a partition goes on, and waits for answers that were lost with it",
     "engine/partition_store.c", "        flush_take_all(p->flush);\n", "        (void)p;\n"),
    ("resumes-unasked", "a Redis that went back in time is not noticed when it comes back, but with the next change",
     "engine/partition_store.c", "    if (store_seq_eq(&seq, flush_seq(p->flush))) {",
     "    if (result == 0) {", "tests/unit/test_partition_resume"),
    ("asks-once", "calls that a server executes when it has greeted us are not waited for",
     "engine/partition_store.c", "    return moved && flush_calls(p->flush) > 0;", "    return moved && p == NULL;",
     "tests/unit/test_partition_resume"),
    ("late-closed", "the connection to a server that stood is closed: what it was sent is lost with its first answer",
     "connectors/redis/redis_node.c", "        keep_late(node);\n", "        redis_link_close(node->late);\n        node->late = NULL;\n        (void)keep_late;\n",
     "tests/unit/test_redis_store"),
    ("timer-by-rank", "a time-out is named by its rank among those that ended, not by its page",
     "engine/partition_wait.c", "    uint32_t count = page_end_waits(page, p->header.clock_ms, ended);\n",
     "    uint32_t count = page_end_waits(page, p->header.clock_ms, ended);\n"
     "    for (uint64_t i = 0, rank; i < count; i++) {\n"
     "        rank = p->header.counters.waits_ended + i;\n"
     "        __builtin_memcpy(ended[i].id.bytes, &rank, sizeof rank);\n"
     "        __builtin_memset(ended[i].id.bytes + sizeof rank, 0, TOKEN_BYTES - sizeof rank);\n"
     "    }\n"),
    ("cooperative-assignor", "the group takes single partitions away from members that go on",
     "connectors/kafka/kafka_client.c", "{\"partition.assignment.strategy\", \"range\"},",
     "{\"partition.assignment.strategy\", \"cooperative-sticky\"},", "tests/unit/test_kafka_in_group"),
    ("skips-not-read", "what is under quarantine is not asked for when a partition is opened",
     "engine/partition.c", "    if (p->setup.skips != NULL) {", "    if (p->setup.skips != NULL && p->next_offset == UINT64_MAX) {"),
    ("skips-not-in-the-topic", "what is under quarantine is known to owners alone, and to nobody who replays their log",
     "tests/sim/sim_check.c", "                                    .skips = &r->world->shared.poison.skips,\n", ""),
    ("skipped-after-the-step", "a step under quarantine is passed over when it is done",
     "engine/partition.c", "return skip_has(p, lsn, token) ? skip_visit(p, visit, lsn, err)",
     "return skip_has(p, lsn, token) && evaluate(p, visit, page, lsn, err) == 0 ? skip_visit(p, visit, lsn, err)"),
    ("position-after-the-step", "the step under way is written down when it is done",
     "engine/partition.c", "    int result = apply_to_page(p, visit, page, lsn, err);\n    expiry_note_page(p, page);\n",
     "    position_leave(p->setup.position);\n    int result = apply_to_page(p, visit, page, lsn, err);\n"
     "    expiry_note_page(p, page);\n    position_enter(p->setup.position, p->setup.number, lsn, &page->token);\n"),
    ("outputs-not-held", "what a step sends goes out before the step is done",
     "engine/partition.c", "    p->setup.sink = &p->held.sink;\n    p->setup.log = &p->held.log;\n", ""),
    ("skip-not-written", "the third start passes a step over, and does not write it to the topic",
     "connectors/cli/run_quarantine.c", "if (skip_topic_write(settings, &skip, &cause, err) != 0) {",
     "if (skip.lsn == 0 && skip_topic_write(settings, &skip, &cause, err) != 0) {", "tests/unit/test_run_quarantine"),
    ("skip-though-passed", "a step that somebody has survived since is put under quarantine",
     "connectors/cli/run_quarantine.c", "at.found && lsn_offset(death->lsn) < at.w;", "at.found && at.w == UINT64_MAX;",
     "tests/unit/test_run_quarantine"),
    ("kills-count-as-deaths", "a signal from outside counts against the step that was under way",
     "connectors/cli/deaths.c", "return info->si_code > 0 ||", "return info != NULL ||", "tests/unit/test_deaths"),
    ("deaths-count-anywhere", "a death counts against the last step, though none was under way",
     "connectors/cli/deaths.c", "position_is_inside(at) && is_own(info)", "at != NULL && is_own(info)",
     "tests/unit/test_deaths"),
    ("evicts-changed", "a page is evicted though it has changed since it was copied",
     "engine/flush.c", "return !page->dirty && sent && !page_is_forgotten(page);",
     "return sent && !page_is_forgotten(page);"),
    ("evicts-unsent", "a page is evicted while its copy waits for the barrier",
     "engine/flush.c", "return !page->dirty && sent && !page_is_forgotten(page);",
     "return !page->dirty && (sent || true) && !page_is_forgotten(page);"),
    ("missing-is-new", "after an eviction a page that is not in memory is still that of a new entity",
     "engine/partition_evict.c", "    p->paging.outside += gone;\n", ""),
    ("no-room-is-new", "what a sweep had no room for is taken for nothing",
     "engine/partition_evict.c", "    p->paging.outside++;\n", ""),
    ("evicts-timers", "an evicted page loses its timer",
     "engine/partition_expiry.c", "if (!all_in_memory(p) && store_load_firing(",
     "if (p->sweep_cursor != 0 && store_load_firing("),
    ("timers-asked-for-once", "the store is asked for timers when a partition is opened, and not again",
     "engine/partition_store.c", "p->header.clock_ms <= p->timers_to_ms) {", "p->timers_to_ms != TIME_NONE) {"),
    ("evicts-while-loading", "room is made while pages are loaded for a frame or the clock step",
     "engine/partition_store.c", "    evict_note_load(p);\n", "    evict_note_load(p);\n    evict_over(p);\n"),
    ("new-for-ever", "what the store did not have, asked for ahead, is taken for new after a visit has made it",
     "engine/partition.c", "        ahead_note_new(p, &page->token);\n", ""),
    ("stored-under-an-older-lsn", "a page is stored under the lsn of its first change since the last time, with all changes",
     "engine/state/page_store.c", "    code_u64(coder, &page->applied_lsn);",
     "    uint64_t lsn = page->unflushed_lsn;\n    code_u64(coder, coder->out != NULL ? &lsn : &page->applied_lsn);"),
    ("wait-changes-its-kind", "a wait that is begun again goes among those of its pattern's kind now, whether they have room or not",
     "engine/state/wait.c", "                page->waits[i].shadow = shadow;\n", "                (void)shadow;\n", "tests/unit/test_wait"),
    ("step-acknowledged-with-its-first", "a step is acknowledged with the first of its outputs",
     "engine/barrier.c", "    step_of(barrier, ticket)->waiting--;", "    step_of(barrier, ticket)->waiting = 0;", "tests/unit/test_run_out"),
    ("second-overtakes-the-first", "a producer that no leader knows has several messages on their way",
     "connectors/kafka/kafka_out.c", "    return flow->acknowledged_ms != 0 &&", "    return flow->acknowledged_ms >= 0 ||",
     "tests/unit/test_kafka_out"),
    ("hole-where-it-was-given-back", "what was given back may be a hole in the feed",
     "connectors/kafka/kafka_in.c", "has_holes(topic) && !claim->is_there;", "has_holes(topic);", "tests/unit/test_kafka_in"),
    ("lost-with-its-call", "a page whose call to the store failed is not sent again",
     "engine/flush.c", "    if (flush->setup.store->flush(flush->setup.store->self, &call, err) != 0) {\n",
     "    if (flush->setup.store->flush(flush->setup.store->self, &call, err) != 0) {\n"
     "        for (size_t i = 0; i < copies; i++) {\n            bury_copy(flush);\n        }\n"),
]


def complaint(said):
    """The last difference or broken bound that a test names; empty: none. Time that is up is none."""
    lines = [line for line in said.splitlines() if "Test timeout expired" not in line]
    named = [line for line in lines if line.startswith("seed ") or ":F:" in line or ":E:" in line or ":S:" in line]
    bugs = [line[line.index("bug: "):] for line in lines if line.startswith("sluice: bug: ")]
    return ", ".join(named[-1:] + bugs[-1:])[:130]


def test_of(mutation):
    return mutation[5] if len(mutation) > 5 else SIMULATOR


def run(tree, test, seeds):
    """(whether it failed, what it says)"""
    planting.build(tree, BUILT + test)
    done = subprocess.run([os.path.join(tree, BUILT, test)] + (["--seeds", str(seeds)] if test == SIMULATOR else []),
                          capture_output=True, text=True, timeout=600, check=False, env={**ENVIRONMENT, **os.environ})
    crash = "\nsluice: bug: signal %d" % -done.returncode if done.returncode < 0 else ""
    return done.returncode != 0, done.stderr + done.stdout + crash


def try_one(tree, mutation, seeds):
    """(caught, what was seen)"""
    try:
        with planting.planted(tree, *mutation[2:5]):
            failed, said = run(tree, test_of(mutation), seeds)
    except planting.Wrong as wrong:
        return False, str(wrong)
    return failed and complaint(said) != "", complaint(said) or "it says nothing of a difference: " + said[-200:]


def main():
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("workdir")
    made.add_argument("--seeds", type=int, default=3000)
    made.add_argument("--only", nargs="*", help="these mutations alone")
    options = made.parse_args()
    tree = planting.copy_tree(os.path.join(options.workdir, "tree"))
    chosen = [m for m in MUTATIONS if not options.only or m[0] in options.only]
    missed = 0
    for test in sorted({test_of(mutation) for mutation in chosen}):
        failed, said = run(tree, test, SOUND_SEEDS)
        if failed:
            print("mutations: %s fails without any bug: %s" % (test, said[-600:]))
            return 1
    for mutation in chosen:
        begun = time.monotonic()
        by = os.path.basename(test_of(mutation))
        caught, said = try_one(tree, mutation, options.seeds)
        missed += not caught
        print("%-28s %-10s %4.0f s  %s: %s" % (mutation[0], "caught" if caught else "NOT CAUGHT",
                                               time.monotonic() - begun, by, said), flush=True)
    print("mutations: %d of %d planted bugs of recovery are seen by the simulator or a unit test" % (len(chosen) - missed, len(chosen)))
    return 1 if missed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
