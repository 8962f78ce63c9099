#include "engine/partition.h"

#include "engine/base/digest.h"
#include "engine/base/json_write.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/eval/decision.h"
#include "engine/fault.h"
#include "engine/partition_inside.h"
#include "engine/step.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct partition *partition_new(const struct partition_setup *setup)
{
    struct partition *p = mem_alloc(1, sizeof *p);
    p->setup = *setup;
    held_init(&p->held, setup->sink, setup->log);
    p->setup.sink = &p->held.sink;
    p->setup.log = &p->held.log;
    p->cache = cache_new();
    p->timers = timers_new();
    p->decision = decision_new(setup->settings, setup->number, p->setup.sink);
    p->limits.lateness_ms = setup->settings->engine_lateness_ms;
    settings_retention(setup->settings, &p->limits.retention);
    p->partition_count = (uint32_t)setup->settings->visits_partitions;
    p->header.partitions = p->partition_count;
    p->swept = setup->store == NULL;
    if (setup->store != NULL) {
        p->flush = flush_new(
            &(struct flush_setup){.partition = setup->number,
                                  .owner = setup->owner,
                                  .store = setup->store,
                                  .cache = p->cache,
                                  .expiry_ms = setup->settings->engine_expiry_ms,
                                  .rest_ms = setup->settings->engine_flush_rest_ms,
                                  .bytes_max = (size_t)setup->settings->engine_flush_bytes_max,
                                  .pages_max = (size_t)setup->settings->engine_flush_pages_max});
    }
    return p;
}

void partition_free(struct partition *p)
{
    if (p == NULL) {
        return;
    }
    decision_free(p->decision);
    cache_free(p->cache);
    timers_free(p->timers);
    header_fini(&p->header);
    flush_free(p->flush);
    held_fini(&p->held);
    skips_fini(&p->skips);
    buf_fini(&p->json);
    buf_fini(&p->kept_bytes);
    buf_fini(&p->header_bytes);
    mem_free(p);
}

void partition_watch_decisions(struct partition *p, const struct decision_watch *watch)
{
    decision_set_watch(p->decision, watch);
}

uint64_t partition_next_offset(const struct partition *p)
{
    return p->next_offset;
}

const struct header *partition_header(const struct partition *p)
{
    return &p->header;
}

const struct cache *partition_cache(const struct partition *p)
{
    return p->cache;
}

/* ---- packs ---------------------------------------------------------------------------------- */

/* Judges by the pack that the header names, if it is here. */
static void use_pack(struct partition *p)
{
    const struct program_source *programs = &p->setup.programs;
    p->program = programs->find(programs->self, p->header.pack_hash);
    if (p->program != NULL) {
        decision_use(p->decision, p->program);
        memcpy(&p->pack_key, p->header.pack_hash, sizeof p->pack_key);
    }
}

int partition_need_pack(struct partition *p, uint64_t offset, struct err *err)
{
    char hex[65];
    if (p->program == NULL && p->header.pack_number != 0) { /* it may have come since */
        use_pack(p);
    }
    if (p->program != NULL) {
        return 0;
    }
    hex_encode(hex, p->header.pack_hash, sizeof p->header.pack_hash);
    return err_set(err, ERR_OUTSIDE,
                   "partition %" PRIu32 ", offset %" PRIu64 ": pack number %" PRIu64 " (%s) is not "
                   "here; publish the folder of its rules with `sluice pack publish`",
                   p->setup.number, offset, p->header.pack_number, hex);
}

/* Proves that this partition runs the pack from this step on. */
static int emit_receipt(struct partition *p, uint64_t lsn, struct err *err)
{
    const struct header *h = &p->header;
    char hash[65];
    char text[24];
    struct digest_id id;
    struct json_writer w = {.out = &p->json};
    hex_encode(hash, h->pack_hash, sizeof h->pack_hash);
    (void)snprintf(text, sizeof text, "%" PRIu64, lsn);
    buf_clear(&p->json);
    json_open(&w, NULL, '{');
    json_text(&w, "type", STR("receipt"));
    json_int(&w, "partition", p->setup.number);
    json_text(&w, "lsn", str_of(text));
    json_text(&w, "pack", str_of(hash));
    json_int(&w, "number", (int64_t)h->pack_number);
    json_text(&w, "clock", str_of(header_clock_text(h->clock_mode)));
    if (h->clock_ms == 0) { /* the log has no time before its first event */
        json_null(&w, "time");
    } else {
        json_time(&w, "time", h->clock_ms);
    }
    json_close(&w, '}');
    digest_id_begin(&id, "receipt");
    digest_id_number(&id, (uint64_t)p->setup.settings->visits_epoch);
    digest_id_number(&id, p->setup.number);
    digest_id_number(&id, h->pack_number);
    digest_id_text(&id, str_of(hash));
    struct output output = {OUTPUT_RECEIPT, digest_id_end(&id), {{0}}, buf_str(&p->json),
                            STR(""),        p->setup.number,    lsn};
    return p->setup.sink->emit(p->setup.sink->self, &output, err);
}

static int activate(struct partition *p, const struct frame_head *head, uint64_t offset,
                    struct err *err)
{
    if (head->pack_number <= p->header.pack_number) {
        return 0; /* written again, late: it brings no old pack back */
    }
    p->header.pack_number = head->pack_number;
    memcpy(p->header.pack_hash, head->pack_hash, sizeof p->header.pack_hash);
    p->program = NULL;
    if (partition_need_pack(p, offset, err) != 0) {
        return -1;
    }
    fault_reach(FAULT_PACK_TAKEN);
    if (emit_receipt(p, lsn_of(offset, 0), err) != 0 || held_release(&p->held, err) != 0) {
        return -1;
    }
    fault_reach(FAULT_RECEIPT_SENT);
    return 0;
}

/* ---- one visit ------------------------------------------------------------------------------ */

/* The next leg that the pack needs; the first one of an event is always visited. */
static int next_leg(const struct partition *p, const struct visit *visit)
{
    int leg = event_next_leg(&visit->event, visit->leg);
    while (leg < LEG_COUNT && !p->program->visits[visit->event.kind][leg]) {
        leg = event_next_leg(&visit->event, leg);
    }
    return leg;
}

/* What another pack computed means something else, or nothing, under this one. */
static void forget_carried(struct partition *p, struct visit *visit)
{
    if (visit->carried_pack != p->pack_key) {
        for (unsigned i = 0; i < PROGRAM_CARRIED_MAX; i++) {
            visit->carried[i] = VALUE_UNKNOWN;
        }
        visit->carried_loose = 0;
        visit->carried_pack = p->pack_key;
    }
}

/* `judged`: the decision in hand knows this page, and values are carried from it. */
static int send_on(struct partition *p, struct visit *visit, uint64_t lsn, bool judged,
                   struct err *err)
{
    int leg = next_leg(p, visit);
    if (leg == LEG_COUNT) {
        return 0;
    }
    struct token actor = *event_leg_token(&visit->event, visit->leg);
    if (judged) {
        decision_carry(p->decision, visit->carried, &visit->carried_loose);
    }
    visit->source = SOURCE_VISITS + p->setup.number;
    visit->place = (struct place){lsn, actor, PLACE_NEXT};
    visit->leg = (uint8_t)leg;
    uint32_t partition = outbox_partition(event_leg_token(&visit->event, leg), p->partition_count);
    return p->setup.log->append(p->setup.log->self, partition, visit, err);
}

int partition_send_marks(struct partition *p, const struct page *page, uint64_t lsn,
                         struct err *err)
{
    struct visit *visit = &p->mark;
    for (uint32_t i = 0; i < decision_mark_count(p->decision); i++) {
        visit->source = SOURCE_VISITS + p->setup.number;
        visit->place = (struct place){lsn, page->token, PLACE_MARKS + p->marks_sent++};
        visit->leg = (uint8_t)decision_make_mark(p->decision, i, &visit->event);
        visit->carried_pack = 0;
        forget_carried(p, visit);
        uint32_t partition =
            outbox_partition(event_leg_token(&visit->event, visit->leg), p->partition_count);
        if (p->setup.log->append(p->setup.log->self, partition, visit, err) != 0) {
            return -1;
        }
    }
    return 0;
}

void partition_count_decision(struct partition *p)
{
    struct counters *counters = &p->header.counters;
    counters->overflows += decision_take_overflows(p->decision);
    counters->given_up += decision_take_given_up(p->decision);
    counters->waits_lost += decision_take_waits_lost(p->decision);
}

int partition_judge(struct partition *p, unsigned triggers, struct err *err)
{
    struct counters *counters = &p->header.counters;
    uint32_t fired = 0;
    if (decision_judge(p->decision, triggers, &fired, err) != 0) {
        return -1;
    }
    counters->judged++;
    counters->fired += fired;
    counters->approximate += decision_is_approximate(p->decision);
    counters->bounded += decision_bounded_count(p->decision);
    return 0;
}

/* A directory is read whole now and then: where no rule asks, its records make no decisions. */
static bool is_asked(const struct partition *p, const struct visit *visit, const struct page *page,
                     unsigned triggers)
{
    return event_is_judged(visit->event.kind) ||
           decision_is_asked(p->decision, page, visit->leg, triggers);
}

static int judge(struct partition *p, const struct visit *visit, struct page *page,
                 const struct step_taken *taken, struct err *err)
{
    p->header.counters.too_late += taken->too_late;
    p->header.counters.gave_way += taken->gave_way;
    p->header.counters.stand_ins_ended += taken->stand_in_ended;
    if (taken->triggers == 0 || !is_asked(p, visit, page, taken->triggers)) {
        return 0;
    }
    if (partition_judge(p, taken->triggers, err) != 0) {
        return -1;
    }
    late_keep_visit(p, page, taken->triggers);
    return 0;
}

/* A record may name an entity by the token of another kind of entity ("caller" by that of an
 * account). What the page knows stays as it is, and the others of the itinerary learn of the event.
 */
static int pass_by(struct partition *p, struct visit *visit, struct page *page, uint64_t lsn,
                   struct err *err)
{
    page->applied_lsn = lsn + 1;
    p->header.counters.applied++;
    p->header.counters.misnamed++;
    forget_carried(p, visit);
    return send_on(p, visit, lsn, false, err);
}

static int take_in(struct partition *p, struct visit *visit, struct page *page, uint64_t lsn,
                   struct err *err)
{
    struct step_taken taken;
    if (page->entity != event_leg_kind(&visit->event, visit->leg)) {
        return pass_by(p, visit, page, lsn, err);
    }
    step_take(page, &visit->event, visit->leg, &p->limits, &taken);
    page->applied_lsn = lsn + 1;
    p->header.counters.applied++;
    if (taken.repeated) {
        p->header.counters.repeated++;
        return 0;
    }
    forget_carried(p, visit);
    struct decision_visit seen = {.page = page,
                                  .event = &visit->event,
                                  .event_bytes = visit->event_bytes,
                                  .hand = taken.hand,
                                  .carried = visit->carried,
                                  .carried_loose = visit->carried_loose,
                                  .leg = visit->leg,
                                  .judged_ms = taken.judged_ms,
                                  .clock_ms = p->header.clock_ms,
                                  .lsn = lsn};
    p->marks_sent = 0;
    decision_begin(p->decision, &seen);
    visit->event.record_id = taken.record_id;
    if (judge(p, visit, page, &taken, err) != 0) {
        return -1;
    }
    if (visit->event.kind == EVENT_MARK) {
        step_name_holder(page, &visit->event);
    }
    fault_reach(FAULT_VISIT_JUDGED);
    if (send_on(p, visit, lsn, true, err) != 0) {
        return -1;
    }
    fault_reach(FAULT_VISIT_HELD);
    if (partition_send_marks(p, page, lsn, err) != 0) {
        return -1;
    }
    fault_reach(FAULT_MARKS_HELD);
    decision_end(p->decision);
    if (taken.after_younger && late_judge_again(p, page, seen.leg, lsn, err) != 0) {
        return -1;
    }
    partition_count_decision(p);
    return 0;
}

static int apply_to_page(struct partition *p, struct visit *visit, struct page *page, uint64_t lsn,
                         struct err *err)
{
    store_note_change(p, page, lsn);
    if (page_is_forgotten(page)) {
        step_renew_page(page, &visit->event, visit->leg);
    }
    if (take_in(p, visit, page, lsn, err) != 0) {
        return -1;
    }
    watch_page(p, page);
    return 0;
}

/* The step itself. What ends the program in here counts against it, so what it sends is held. */
static int evaluate(struct partition *p, struct visit *visit, struct page *page, uint64_t lsn,
                    struct err *err)
{
    position_enter(p->setup.position, p->setup.number, lsn,
                   event_leg_token(&visit->event, visit->leg));
    if (page == NULL) {
        page = cache_add(p->cache, step_new_page(&visit->event, visit->leg));
        ahead_note_new(p, &page->token);
    }
    int result = apply_to_page(p, visit, page, lsn, err);
    expiry_note_page(p, page);
    store_note_changed(p, page);
    position_leave(p->setup.position);
    return result == 0 ? held_release(&p->held, err) : result;
}

static int apply_visit(struct partition *p, struct visit *visit, uint64_t lsn, struct err *err)
{
    struct header *h = &p->header;
    const struct token *token = event_leg_token(&visit->event, visit->leg);
    must_note_step(p->setup.number, lsn);
    h->counters.fetched++;
    if (header_has_place(h, visit->source, &visit->place)) {
        h->counters.duplicate++;
        return 0;
    }
    header_take_place(h, visit->source, &visit->place);
    fault_reach(FAULT_VISIT_TAKEN);
    /* Its frame's pages are in memory: one that is not there is that of a new entity. */
    struct page *page = cache_use(p->cache, token);
    if (page != NULL && page->applied_lsn > lsn) {
        h->counters.included++;
        return 0;
    }
    return skip_has(p, lsn, token) ? skip_visit(p, visit, lsn, err)
                                   : evaluate(p, visit, page, lsn, err);
}

/* ---- one frame ------------------------------------------------------------------------------ */

static int frame_broken(const struct partition *p, uint64_t offset, const char *why,
                        struct err *err)
{
    return err_set(err, ERR_OUTSIDE,
                   "partition %" PRIu32 " of the log of visits, offset %" PRIu64
                   ": %s; restore the "
                   "log, or begin a new one with a higher epoch",
                   p->setup.number, offset, why);
}

/* Could ingest or an engine have sent it here? */
static bool visit_is_sound(const struct partition *p, const struct visit *visit)
{
    const struct event *event = &visit->event;
    bool phased = event->kind == EVENT_CALL || event->kind == EVENT_TRANSACTION;
    if (event->kind == EVENT_TIMEOUT || !event_has_leg(event, visit->leg)) {
        return false;
    }
    uint8_t wanted = leg_infos[visit->leg].entity, entity = event_leg_kind(event, visit->leg);
    return visit->source < source_limit(p->partition_count) && entity != ENTITY_NONE &&
           (wanted == ENTITY_NONE || wanted == entity) && (event->phase != PHASE_NONE) == phased &&
           outbox_partition(event_leg_token(event, visit->leg), p->partition_count) ==
               p->setup.number;
}

/* The time that a frame brings. The broker's clock may be wrong, and a clock that has gone on does
 * not go back: it is believed as far as the writer's own, and a minute on. */
static int64_t believed_ms(struct partition *p, const struct frame_head *head, int64_t append_ms)
{
    if (head->writer_ms == 0 || append_ms <= head->writer_ms + PARTITION_AHEAD_MS) {
        return append_ms;
    }
    p->header.counters.held_back++;
    return head->writer_ms + PARTITION_AHEAD_MS;
}

/* The log's mode says whose time counts, whatever a writer with other settings puts into its frame.
 */
static void advance_clock(struct partition *p, const struct frame_head *head, int64_t append_ms)
{
    struct header *h = &p->header;
    if (h->clock_mode == CLOCK_UNSAID) {
        enum clock_mode said = head->clock_ms == 0 ? CLOCK_LIVE : CLOCK_EVENT;
        h->clock_mode = (uint8_t)(p->setup.clock == CLOCK_UNSAID ? said : p->setup.clock);
    }
    bool live = h->clock_mode == CLOCK_LIVE;
    int64_t clock_ms = live ? believed_ms(p, head, append_ms) : head->clock_ms;
    decision_set_came(p->decision, live ? append_ms : clock_ms);
    if (clock_ms > h->clock_ms) {
        h->clock_ms = clock_ms;
    }
}

int partition_apply(struct partition *p, uint64_t offset, int64_t append_ms, struct str frame,
                    struct err *err)
{
    struct frame_reader reader;
    must(offset >= p->next_offset);
    if (!frame_open(&reader, frame)) {
        return frame_broken(p, offset, "it is no frame", err);
    }
    must_note_step(p->setup.number, lsn_of(offset, 0));
    advance_clock(p, &reader.head, append_ms);
    fault_reach(FAULT_FRAME_BEGUN);
    if (expiry_fire(p, lsn_of(offset, 0), err) != 0) {
        return -1;
    }
    fault_reach(FAULT_TIMERS_FIRED);
    if (reader.head.pack_number != 0 && activate(p, &reader.head, offset, err) != 0) {
        return -1;
    }
    if (reader.head.visit_count > 0 && partition_need_pack(p, offset, err) != 0) {
        return -1;
    }
    if (!all_in_memory(p) && ahead_load(p, reader, err) != 0) {
        return -1;
    }
    for (uint32_t i = 0; i < reader.head.visit_count; i++) {
        if (!frame_next(&reader, &p->visit) || !visit_is_sound(p, &p->visit)) {
            return frame_broken(p, offset, "it holds a visit that cannot be read", err);
        }
        if (apply_visit(p, &p->visit, lsn_of(offset, i + 1), err) != 0) {
            return -1;
        }
    }
    if (reader.left > 0) {
        return frame_broken(p, offset, "it is longer than its visits", err);
    }
    fault_reach(FAULT_FRAME_APPLIED);
    p->header.frame_print = frame_print(offset, append_ms, frame);
    p->next_offset = offset + 1;
    ahead_note_applied(p);
    evict_over(p);
    return 0;
}

int partition_check_log(const struct partition *p, uint64_t offset, int64_t append_ms,
                        struct str frame, struct err *err)
{
    must(offset + 1 == p->next_offset);
    if (frame_print(offset, append_ms, frame) == p->header.frame_print) {
        return 0;
    }
    return frame_broken(p, offset, "it is not the frame that the store's pages come from", err);
}

static int check_clock(const struct partition *p, struct err *err)
{
    uint8_t mine = (uint8_t)p->setup.clock;
    uint8_t stored = p->header.clock_mode;
    if (mine == CLOCK_UNSAID || stored == CLOCK_UNSAID || mine == stored) {
        return 0;
    }
    return err_set(err, ERR_USAGE,
                   "partition %" PRIu32 ": its log has the clock \"%s\", the setting visits.clock "
                   "says \"%s\"; a log keeps the clock that it began with",
                   p->setup.number, header_clock_text(stored), header_clock_text(mine));
}

int64_t partition_due_ms(const struct partition *p)
{
    int64_t due_ms = timers_due_ms(p->timers);
    /* Later the store has to be asked. */
    return !p->swept && p->timers_to_ms < due_ms ? p->timers_to_ms : due_ms;
}

int partition_open(struct partition *p, struct err *err)
{
    bool found = false;
    must(p->next_offset == 0 && p->program == NULL);
    if (store_open(p, &found, err) != 0) {
        return -1;
    }
    if (found && p->header.pack_number != 0) {
        use_pack(p);
    }
    if (p->setup.skips != NULL) {
        skips_add_from(&p->skips, p->setup.skips, p->setup.number, lsn_of(p->next_offset, 0));
    }
    fault_reach(FAULT_PARTITION_OPENED);
    return check_clock(p, err);
}
