#include "engine/ingest/url.h"

#include <libpsl.h>
#include <string.h>

static bool starts_at(struct str text, size_t at, struct str sign)
{
    return str_starts((struct str){text.at + at, text.len - at}, sign);
}

size_t url_length(struct str text, size_t at)
{
    static const struct str signs[] = {{"http://", 7}, {"https://", 8}, {"www.", 4}};
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (starts_at(text, at, signs[i])) {
            size_t end = at + signs[i].len;
            while (end < text.len && text.at[end] > ' ' && text.at[end] < 0x7f) {
                end++;
            }
            return end - at;
        }
    }
    return 0;
}

/* What stands between the scheme and the path, without a user and a port. */
static struct str host_of(struct str url)
{
    size_t begin = 0;
    for (size_t at = 0; at + 3 <= url.len && begin == 0; at++) {
        begin = starts_at(url, at, STR("://")) ? at + 3 : 0;
    }
    size_t end = begin;
    while (end < url.len && strchr("/?#\\", url.at[end]) == NULL) {
        end++;
    }
    for (size_t at = begin; at < end; at++) {
        begin = url.at[at] == '@' ? at + 1 : begin;
    }
    for (size_t at = begin; at < end; at++) {
        end = url.at[at] == ':' ? at : end;
    }
    while (end > begin && url.at[end - 1] == '.') {
        end--;
    }
    return (struct str){url.at + begin, end - begin};
}

size_t url_domain(struct str url, char *out)
{
    struct str host = host_of(url);
    bool is_address = true;
    bool has_dot = false;
    if (host.len == 0 || host.len >= URL_DOMAIN_BYTES || host.at[0] == '.') {
        return 0;
    }
    for (size_t i = 0; i < host.len; i++) {
        char c = host.at[i];
        bool good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                    c == '-' || c == '_' || (c == '.' && host.at[i - 1] != '.');
        if (!good) {
            return 0;
        }
        is_address = is_address && ((c >= '0' && c <= '9') || c == '.');
        has_dot = has_dot || c == '.';
        out[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    out[host.len] = '\0';
    if (is_address || !has_dot) {
        return is_address && has_dot ? host.len : 0;
    }
    const char *domain = psl_registrable_domain(psl_builtin(), out);
    size_t len = domain == NULL ? 0 : strlen(domain);
    memmove(out, domain == NULL ? out : domain, len);
    return len;
}
