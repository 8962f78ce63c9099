/* gen.h - `sluice gen city`: a seeded, labelled city as input files.
 *
 *     sluice gen city --seed 1 --people 2000 --hours 24 --out /tmp/city
 *
 * writes directory.jsonl, events.jsonl and truth.jsonl. The same arguments give the same bytes.
 *
 * Memory:  holds the whole city while it runs (about 100 bytes an event), gives all of it back.
 * Threads: call it from one thread.
 * Errors:  one line on stderr; 2 for a wrong argument, 3 when the folder cannot be written. The
 *          three files appear by rename at the very end, so nothing half-written stays behind.
 */
#ifndef SLUICE_CLI_GEN_H
#define SLUICE_CLI_GEN_H

/* argv[0] is "gen". Returns the exit code of the process. */
int cmd_gen(int argc, char **argv);

#endif
