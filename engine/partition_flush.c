#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/partition_inside.h"

#include <inttypes.h>
#include <string.h>

#define FLUSH_PAGES_MAX 256 /* in one call to the store */

void flush_fini(struct partition *p)
{
    struct flush *f = &p->flush;
    buf_fini(&f->header);
    buf_fini(&f->bytes);
    buf_fini(&f->fresh_header);
    buf_fini(&p->json);
    mem_free(f->changed);
    mem_free(f->pieces);
    mem_free(f->call_pieces);
}

/* ---- reading -------------------------------------------------------------------------------- */

int flush_open(struct partition *p, bool *found, struct err *err)
{
    struct flush *f = &p->flush;
    struct store *store = p->setup.store;
    struct str header = STR("");
    *found = false;
    buf_clear(&f->header);
    header_encode(&p->header, &f->header); /* of a log not begun */
    if (store == NULL) {
        return 0;
    }
    if (store->open(store->self, p->setup.number, found, &f->seq, &f->w, &header, err) != 0) {
        return -1;
    }
    if (*found) {
        if (header_decode(&p->header, header, SOURCE_VISITS + p->partition_count, err) != 0) {
            return -1;
        }
        p->next_offset = f->w;
        f->stored = true;
        buf_clear(&f->header);
        buf_add_str(&f->header, header);
    }
    return 0;
}

struct loading {
    struct page_decoder *decoder;
    struct err *err;
    int failed;
};

static void load_piece(void *context, const struct page_piece *piece, struct str bytes)
{
    struct loading *loading = context;
    if (loading->failed == 0) {
        loading->failed = page_decode_piece(loading->decoder, piece, bytes, loading->err);
    }
}

static int load_page(struct partition *p, const struct token *token, struct page **page,
                     struct err *err)
{
    struct store *store = p->setup.store;
    struct loading loading = {page_decode_begin(), err, 0};
    bool found = false;
    int result =
        store->load(store->self, p->setup.number, token, &found, load_piece, &loading, err);
    struct err ignored;
    struct page *loaded = page_decode_end(loading.decoder, found && result == 0 ? err : &ignored);
    if (result != 0 || !found) {
        must(loaded == NULL);
        return result;
    }
    if (loaded == NULL) {
        return -1;
    }
    if (!token_eq(&loaded->token, token)) {
        page_free(loaded);
        return err_set(err, ERR_OUTSIDE,
                       "partition %" PRIu32 ": the store has another entity's page under a token; "
                       "restore a backup, or replay the log from its start",
                       p->setup.number);
    }
    *page = cache_add(p->cache, loaded);
    return 0;
}

int partition_find_page(struct partition *p, const struct token *token, struct page **page,
                        struct err *err)
{
    *page = cache_find(p->cache, token);
    if (*page != NULL || p->setup.store == NULL) {
        return 0;
    }
    return load_page(p, token, page, err);
}

/* ---- writing -------------------------------------------------------------------------------- */

void flush_note_change(struct partition *p, struct page *page)
{
    struct flush *f = &p->flush;
    if (page->dirty) {
        return;
    }
    void *changed = f->changed;
    mem_reserve(&changed, &f->changed_cap, f->changed_count + 1, sizeof(struct page *));
    f->changed = changed;
    f->changed[f->changed_count++] = page;
    page->dirty = true;
}

static void add_piece(void *context, const struct page_piece *piece, struct str bytes)
{
    struct flush *f = context;
    void *pieces = f->pieces;
    mem_reserve(&pieces, &f->piece_cap, f->piece_count + 1, sizeof *f->pieces);
    f->pieces = pieces;
    f->pieces[f->piece_count++] =
        (struct flush_piece){f->page->token, f->page->entity, *piece, f->bytes.len, bytes.len};
    buf_add_str(&f->bytes, bytes);
}

/* One call: pages, and a header with its W. Pages may be younger than W, never older. */
static int flush_call(struct partition *p, struct page **pages, size_t count, struct str header,
                      uint64_t w, struct err *err)
{
    struct flush *f = &p->flush;
    struct store *store = p->setup.store;
    buf_clear(&f->bytes);
    f->piece_count = 0;
    for (size_t i = 0; i < count; i++) {
        f->page = pages[i];
        page_encode(pages[i], add_piece, f);
    }
    void *ready = f->call_pieces;
    mem_reserve(&ready, &f->call_cap, f->piece_count, sizeof *f->call_pieces);
    f->call_pieces = ready;
    for (size_t i = 0; i < f->piece_count; i++) {
        const struct flush_piece *piece = &f->pieces[i];
        f->call_pieces[i] = (struct store_page_piece){piece->token,
                                                      piece->entity,
                                                      piece->piece,
                                                      {f->bytes.at + piece->from, piece->count}};
    }
    struct store_seq next = {p->setup.owner,
                             f->seq.owner == p->setup.owner ? f->seq.number + 1 : 1};
    struct store_flush call = {p->setup.number, f->seq,         next,          w,
                               header,          f->call_pieces, f->piece_count};
    bool conflict = false;
    if (store->flush(store->self, &call, &conflict, err) != 0) {
        return -1;
    }
    if (conflict) {
        return err_set(err, ERR_OUTSIDE,
                       "partition %" PRIu32 ": the store's content is not what this owner left "
                       "there; drop the partition and open it again",
                       p->setup.number);
    }
    f->seq = next;
    for (size_t i = 0; i < count; i++) {
        pages[i]->dirty = false;
    }
    return 0;
}

int partition_flush(struct partition *p, struct err *err)
{
    struct flush *f = &p->flush;
    size_t done = 0;
    must(p->setup.store != NULL);
    buf_clear(&f->fresh_header);
    header_encode(&p->header, &f->fresh_header);
    if (f->stored && f->changed_count == 0 && f->w == p->next_offset) {
        return 0;
    }
    /* All calls but the last one leave header and W as they were: if they are the last that the
     * store keeps, the log from that W on is skipped where the pages include it already. */
    while (f->changed_count - done > FLUSH_PAGES_MAX) {
        if (flush_call(p, f->changed + done, FLUSH_PAGES_MAX, buf_str(&f->header), f->w, err) !=
            0) {
            return -1;
        }
        done += FLUSH_PAGES_MAX;
    }
    if (flush_call(p, f->changed + done, f->changed_count - done, buf_str(&f->fresh_header),
                   p->next_offset, err) != 0) {
        return -1;
    }
    f->changed_count = 0;
    f->stored = true;
    f->w = p->next_offset;
    buf_clear(&f->header);
    buf_add_str(&f->header, buf_str(&f->fresh_header));
    return 0;
}
