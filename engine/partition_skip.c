/* What is under quarantine is passed over, and says so: a dead letter for each step. */
#include "engine/base/digest.h"
#include "engine/base/json_write.h"
#include "engine/fault.h"
#include "engine/partition_inside.h"

#include <inttypes.h>
#include <stdio.h>

#define TOPIC "visits"
#define LSN_DIGITS 20

bool skip_has(const struct partition *p, uint64_t lsn, const struct token *entity)
{
    return p->skips.count > 0 && skips_has(&p->skips, lsn, entity);
}

/* What has the same id is the same step: its place in the log, and whose it is. */
static struct token letter_id(const struct partition *p, uint64_t lsn, const struct token *entity)
{
    struct digest_id id;
    digest_id_begin(&id, "dead");
    digest_id_text(&id, STR(TOPIC));
    digest_id_number(&id, p->setup.number);
    digest_id_number(&id, lsn);
    digest_id_token(&id, entity);
    return digest_id_end(&id);
}

/* visit: NULL for waits. The bytes are those of the log: tokens and masks. */
static void write_bytes(const struct partition *p, const struct visit *visit, struct json_writer *w)
{
    struct str bytes = visit == NULL ? STR("") : visit->event_bytes;
    size_t max = (size_t)p->setup.settings->ingest_dead_letter_bytes;
    json_int(w, "size", (int64_t)bytes.len);
    if (visit != NULL && max > 0) {
        json_base64(w, "bytes_base64", (struct str){bytes.at, bytes.len < max ? bytes.len : max});
    }
}

static int emit_letter(struct partition *p, const struct visit *visit, const struct token *entity,
                       uint64_t lsn, struct err *err)
{
    struct json_writer w = {.out = &p->json};
    char text[LSN_DIGITS + 1];
    (void)snprintf(text, sizeof text, "%" PRIu64, lsn);
    buf_clear(&p->json);
    json_open(&w, NULL, '{');
    json_text(&w, "reason", STR("quarantined"));
    json_text(&w, "detail",
              visit == NULL ? STR("judging what a pattern of this entity waited for ended the "
                                  "program twice; the wait ends unjudged")
                            : STR("this visit of the event ended the program twice; the page does "
                                  "not learn of it, nor do those after it"));
    json_text(&w, "topic", STR(TOPIC));
    json_int(&w, "partition", p->setup.number);
    json_int(&w, "offset", (int64_t)lsn_offset(lsn));
    json_text(&w, "lsn", str_of(text));
    json_token(&w, "entity", entity);
    if (visit != NULL) {
        json_text(&w, "event_type", event_kind_text(visit->event.kind));
        json_text(&w, "event", EVENT_TEXT(&visit->event, id));
        json_text(&w, "role", str_of(leg_infos[visit->leg].text));
    }
    if (p->header.clock_ms == 0) { /* the log has no time before its first event */
        json_null(&w, "time");
    } else {
        json_time(&w, "time", p->header.clock_ms);
    }
    write_bytes(p, visit, &w);
    json_close(&w, '}');
    struct output output = {OUTPUT_DEAD_LETTER, letter_id(p, lsn, entity), {{0}}, buf_str(&p->json),
                            STR("quarantined"), p->setup.number,           lsn};
    int result = p->setup.sink->emit(p->setup.sink->self, &output, err);
    fault_reach(FAULT_STEP_SKIPPED);
    return result == 0 ? held_release(&p->held, err) : result;
}

int skip_visit(struct partition *p, const struct visit *visit, uint64_t lsn, struct err *err)
{
    p->header.counters.quarantined++;
    return emit_letter(p, visit, event_leg_token(&visit->event, visit->leg), lsn, err);
}

int skip_waits(struct partition *p, struct page *page, uint64_t lsn, struct err *err)
{
    struct wait ended[PAGE_WAITS_MAX + PAGE_SHADOW_WAITS_MAX];
    store_note_change(p, page, lsn);
    p->header.counters.waits_quarantined += page_end_waits(page, p->header.clock_ms, ended);
    page->dirty = true;
    page->applied_lsn = lsn + 1;
    expiry_watch_page(p, page);
    return emit_letter(p, NULL, &page->token, lsn, err);
}
