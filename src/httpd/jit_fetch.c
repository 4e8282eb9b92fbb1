/* SPDX-License-Identifier: Apache-2.0 */
/* Asking another server, over libcurl: the only file that sees it. */
#include "jit_int.h"

#include <ap_mpm.h>
#include <apr_atomic.h>
#include <apr_strings.h>
#include <curl/curl.h>

#define FETCH_TIMEOUT 5000 /* milliseconds, for all of it */
#define FETCH_CONNECT_TIMEOUT 3000
#define FETCH_WAITING_MAX 32 /* of a process: an identity provider may be slow for all */
#define FETCH_SOAP_ACTION "SOAPAction: \"http://www.oasis-open.org/committees/security\""

/* An answer as it comes in, never more of it than max bytes. */
typedef struct {
    char *text;
    apr_size_t len, max;
} fetched_t;

static apr_status_t fetch_end(void *unused)
{
    (void)unused;
    curl_global_cleanup();
    return APR_SUCCESS;
}

void jit_fetch_child_init(apr_pool_t *pchild)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {
        apr_pool_cleanup_register(pchild, NULL, fetch_end, apr_pool_cleanup_null);
    }
}

static size_t fetch_take(char *data, size_t size, size_t count, void *baton)
{
    fetched_t *fetched = baton;
    apr_size_t len = size * count;

    if (len > fetched->max - fetched->len) {
        return 0; /* ends the transfer */
    }
    memcpy(fetched->text + fetched->len, data, len);
    fetched->len += len;
    return len;
}

/* No redirect, no other protocol, no proxy of the environment, no password file; certificates are
 * checked; no signals, for there are other threads. */
static int fetch_set(CURL *curl, const char *url, const char *body, struct curl_slist *headers,
                     fetched_t *fetched)
{
    return curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)FETCH_TIMEOUT) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)FETCH_CONNECT_TIMEOUT) ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)strlen(body)) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_MAXFILESIZE, (long)fetched->max) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, fetch_take) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, fetched) == CURLE_OK;
}

/* NULL = fetched; else why not. */
static const char *fetch_run(CURL *curl, const char *url, const char *body, fetched_t *fetched,
                             apr_pool_t *pool)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: text/xml; charset=utf-8");
    char *reason = apr_pcalloc(pool, CURL_ERROR_SIZE);
    const char *why = "it cannot be asked";
    struct curl_slist *more = headers ? curl_slist_append(headers, FETCH_SOAP_ACTION) : NULL;
    CURLcode code;
    long status = 0;

    if (more && curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason) == CURLE_OK &&
        fetch_set(curl, url, body, more, fetched)) {
        code = curl_easy_perform(curl);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        why = NULL;
        if (code == CURLE_WRITE_ERROR || code == CURLE_FILESIZE_EXCEEDED) {
            why = apr_psprintf(pool, "the answer is over %" APR_SIZE_T_FMT " bytes", fetched->max);
        } else if (code != CURLE_OK) {
            why = *reason ? reason : curl_easy_strerror(code);
        } else if (status != HTTP_OK) {
            why = apr_psprintf(pool, "status %ld", status);
        }
    }
    curl_slist_free_all(headers);
    return why;
}

static const char *fetch_once(const char **text, apr_size_t *len, const char *url, const char *body,
                              apr_size_t max, apr_pool_t *pool)
{
    fetched_t fetched = {NULL, 0, max};
    CURL *curl = curl_easy_init();
    const char *why;

    if (!curl) {
        return "libcurl does not start";
    }
    fetched.text = apr_palloc(pool, max + 1);
    why = fetch_run(curl, url, body, &fetched, pool);
    curl_easy_cleanup(curl);
    fetched.text[fetched.len] = '\0';
    *text = fetched.text;
    *len = fetched.len;
    return why;
}

/* Anybody can bring an artifact that a slow identity provider is asked about: half of the threads
 * serve all the same. Each virtual host has its own count. */
static apr_uint32_t waiting_max(void)
{
    int threads = 0;

    if (ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads) != APR_SUCCESS || threads < 2) {
        return 1; /* prefork: this process waits, others serve */
    }
    return threads / 2 < FETCH_WAITING_MAX ? (apr_uint32_t)(threads / 2) : FETCH_WAITING_MAX;
}

const char *jit_fetch(const char **text, apr_size_t *len, apr_uint32_t *busy, request_rec *r,
                      const char *url, const char *body, apr_size_t max)
{
    volatile apr_uint32_t *waiting = &jit_server(r->server)->waiting;
    apr_uint32_t most = waiting_max();
    const char *why = NULL;

    *busy = 0;
    httpd_db_release(r);
    if (apr_atomic_inc32(waiting) >= most) {
        *busy = most;
        why = apr_psprintf(r->pool, "%u requests of this process wait for others already", most);
    } else {
        why = fetch_once(text, len, url, body, max, r->pool);
    }
    apr_atomic_dec32(waiting);
    return why;
}
