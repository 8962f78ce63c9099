#include "engine/base/password.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LINE_ENDS 2

/* Also where a compiler sees that nobody reads it again. */
static void forget(char *bytes, size_t count)
{
    for (volatile char *at = bytes; at < bytes + count; at++) {
        *at = '\0';
    }
}

/* At most that many bytes and one more, by which a longer file is known. */
static int read_bytes(const char *setting, const char *path, char *bytes, size_t room, size_t *len,
                      struct err *err)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL && (errno == EMFILE || errno == ENFILE || errno == ENOMEM)) {
        (void)err_set(err, ERR_OUTSIDE, "%s: cannot read %s now: %s", setting, path,
                      strerror(errno));
        err->retriable = true;
        return -1;
    }
    if (file == NULL) {
        return err_set(err, ERR_USAGE, "%s: cannot read %s; make it, readable for this user only",
                       setting, path);
    }
    *len = fread(bytes, 1, room, file);
    bool failed = ferror(file) != 0; /* a folder opens, and cannot be read */
    int reason = errno;
    (void)fclose(file);
    return failed ? err_set(err, ERR_USAGE, "%s: cannot read %s: %s; it must be a file", setting,
                            path, strerror(reason))
                  : 0;
}

static int check(const char *setting, const char *path, const char *bytes, size_t len,
                 struct err *err)
{
    if (len == 0) {
        return err_set(err, ERR_USAGE, "%s: %s is empty; write the password into it", setting,
                       path);
    }
    if (len > PASSWORD_MAX) {
        return err_set(err, ERR_USAGE, "%s: %s is longer than a password may be, %d bytes", setting,
                       path, PASSWORD_MAX);
    }
    return memchr(bytes, '\0', len) == NULL
               ? 0
               : err_set(err, ERR_USAGE, "%s: %s has a byte 0; a password is text", setting, path);
}

int password_read(const char *setting, const char *path, char *out, struct err *err)
{
    char bytes[PASSWORD_BYTES + LINE_ENDS];
    size_t len = 0;
    int result = read_bytes(setting, path, bytes, sizeof bytes, &len, err);
    while (len > 0 && (bytes[len - 1] == '\n' || bytes[len - 1] == '\r')) {
        len--;
    }
    result = result == 0 ? check(setting, path, bytes, len, err) : result;
    len = result == 0 ? len : 0;
    memcpy(out, bytes, len);
    out[len] = '\0';
    forget(bytes, sizeof bytes);
    return result;
}

void password_forget(char *password)
{
    forget(password, PASSWORD_BYTES);
}
