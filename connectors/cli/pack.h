/* pack.h - `sluice pack publish|activate|rollback|status`: new rules for a running service.
 *
 *     sluice pack publish rules/mine          checked, its cases run, written under its hash
 *     sluice pack activate 3f9a12c4b5d6       every partition switches at its place in the log
 *     sluice pack rollback                    the pack that was active before, under a new number
 *     sluice pack status
 *
 * Memory:  none kept.
 * Threads: one.
 * Errors:  exit code 0; 1 a finding (cases fail, partitions skipped it or disagree, nothing to roll back to);
 *          2 a wrong argument; 3 Kafka, or a receipt that did not come.
 */
#ifndef SLUICE_CLI_PACK_H
#define SLUICE_CLI_PACK_H

int cmd_pack(int argc, char **argv);

#endif
