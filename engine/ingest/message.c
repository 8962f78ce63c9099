#include "engine/ingest/message.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/ingest/json.h"
#include "engine/ingest/tagger.h"
#include "engine/ingest/url.h"

struct message {
    char folded[JSON_RECORD_BYTES_MAX];
    char blanked[1 + JSON_RECORD_BYTES_MAX]; /* behind room for a byte */
    char names[JSON_RECORD_BYTES_MAX];
    char domain[URL_DOMAIN_BYTES];
};

struct message *message_new(void)
{
    return mem_alloc(1, sizeof(struct message));
}

void message_free(struct message *message)
{
    mem_free(message);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Each run of digits becomes one 0, each link one 1. */
static size_t blank(struct str text, char *out)
{
    size_t len = 0;
    for (size_t at = 0; at < text.len;) {
        size_t link = url_length(text, at);
        size_t digits = 0;
        while (at + digits < text.len && is_digit(text.at[at + digits])) {
            digits++;
        }
        out[len++] = link > 0 ? '1' : digits > 0 ? '0' : text.at[at];
        at += link > 0 ? link : digits > 0 ? digits : 1;
    }
    return len;
}

static struct str domain_of_text(struct message *m, struct str folded)
{
    for (size_t at = 0; at < folded.len; at++) {
        size_t link = url_length(folded, at);
        if (link > 0) {
            struct str url = {folded.at + at, link};
            return (struct str){m->domain, url_domain(url, m->domain)};
        }
    }
    return STR("");
}

static struct str domain_of_urls(struct message *m, struct str urls)
{
    struct str left = {urls.at + 1, urls.len - 1};
    struct str url;
    size_t len = 0;
    while (len == 0 && json_next_text(&left, m->names, &url)) {
        len = url_domain(url, m->domain);
    }
    return (struct str){m->domain, len};
}

void message_look(struct message *message, struct identity *identity, struct str text,
                  struct str urls, struct message_marks *out)
{
    *out = (struct message_marks){0};
    if (urls.len > 0) {
        out->domain = domain_of_urls(message, urls);
    }
    if (text.at == NULL) {
        return;
    }
    must(text.len <= sizeof message->folded);
    struct str folded = {message->folded, tag_fold(text, message->folded)};
    size_t len = blank(folded, message->blanked + 1);
    out->template_token = identity_mark(identity, IDENTITY_MARK_TEMPLATE, message->blanked, len);
    if (urls.len == 0) {
        out->domain = domain_of_text(message, folded);
    }
}
