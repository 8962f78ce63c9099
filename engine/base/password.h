/* password.h - a password out of the file that a setting names.
 *
 *     char password[PASSWORD_BYTES];
 *     password_read("redis.password_file", "/run/credentials/redis", password, &err)
 *     "redis.password_file: /run/credentials/redis is empty; write the password into it"
 *
 * Line ends after the password are not part of it. Nothing is cut: what does not fit is refused.
 *
 * Memory:  the caller's; who is done with it overwrites it (password_forget).
 * Threads: any.
 * Errors:  ERR_USAGE with setting and path: cannot be read, empty, longer than PASSWORD_MAX bytes, with a byte 0;
 *          then the password is "".
 */
#ifndef SLUICE_BASE_PASSWORD_H
#define SLUICE_BASE_PASSWORD_H

#include "engine/base/err.h"

#define PASSWORD_MAX 1024
#define PASSWORD_BYTES (PASSWORD_MAX + 1)

/* out: PASSWORD_BYTES, ended by NUL. */
int password_read(const char *setting, const char *path, char *out, struct err *err);
void password_forget(char *password);

#endif
