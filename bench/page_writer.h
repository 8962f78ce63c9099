/* page_writer.h - puts pages into a store by the code of a partition's flush, without a partition.
 *
 *     struct page_writer *writer = page_writer_new(&store, 3);
 *     for (..) page_writer_add(writer, &page);
 *     page_writer_end(writer);
 *
 * The store has them then as if partition 3 had changed them, with timers and a header.
 *
 * Memory:  page_writer_end frees; a page is borrowed during the call.
 * Threads: one.
 * Errors:  a store that fails or holds the partition already ends the process with 3.
 */
#ifndef SLUICE_BENCH_PAGE_WRITER_H
#define SLUICE_BENCH_PAGE_WRITER_H

#include "engine/state/page.h"
#include "engine/store.h"

struct page_writer;
struct page_writer *page_writer_new(struct store *store, uint32_t partition);
/* All of it as it is now, as changed by a step of its own. */
void page_writer_add(struct page_writer *writer, const struct page *page);
/* Returns when all is in the store. */
void page_writer_end(struct page_writer *writer);

#endif
