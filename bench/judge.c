/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our judge of SAML responses held against the bare verification of their signatures by xmlsec1, on
 * the very same messages: bare on one thread, ours on one, ours on two, in turns.
 *
 *   judge RESPONSES METADATA CERTIFICATE AUDIENCE ACS-URL TURNS SECONDS
 *
 * RESPONSES: form bodies, one a line. What it measured goes to standard output as a line of JSON;
 * an answer that is not the right one ends it with status 1.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <apr_allocator.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <libxml/parser.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/errors.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmltree.h>
#include <xmlsec/openssl/evp.h>

#include "braze_saml.h"

#define FIELD "SAMLResponse="
#define THREADS_MAX 2

typedef struct {
    const char *base64;
    apr_size_t len;
} message_t;

typedef struct {
    apr_array_header_t *messages; /* of message_t */
    xmlSecKeyPtr key;
    braze_saml_expect_t expect;
} bench_t;

/* One of the contenders: NULL = accepted, else why not (from pool, whose end frees all it took). */
typedef const char *take_t(const bench_t *bench, const message_t *message, apr_pool_t *pool);

__attribute__((noreturn)) static void fail(const char *what, const char *why)
{
    fprintf(stderr, "judge: %s: %s\n", what, why);
    exit(1);
}

/* ---- the contenders ---- */

static const char *verify(const bench_t *bench, xmlDocPtr document)
{
    static const xmlChar *ids[] = {BAD_CAST "ID", NULL};
    xmlNodePtr root = xmlDocGetRootElement(document);
    xmlNodePtr node = root ? xmlSecFindNode(root, xmlSecNodeSignature, xmlSecDSigNs) : NULL;
    xmlSecDSigCtxPtr context = node ? xmlSecDSigCtxCreate(NULL) : NULL;
    int held;

    if (!context) {
        return "no signature";
    }
    xmlSecAddIDs(document, root, ids);
    context->signKey = bench->key;
    held = xmlSecDSigCtxVerify(context, node) == 0 && context->status == xmlSecDSigStatusSucceeded;
    context->signKey = NULL; /* it is ours, and for the next one too */
    xmlSecDSigCtxDestroy(context);
    return held ? NULL : "the signature does not hold";
}

static const char *bare(const bench_t *bench, const message_t *message, apr_pool_t *pool)
{
    unsigned char *xml = malloc(message->len);
    int len =
        xml ? EVP_DecodeBlock(xml, (const unsigned char *)message->base64, (int)message->len) : -1;
    xmlDocPtr document;
    const char *why;

    (void)pool;
    while (len > 0 && xml[len - 1] == '\0') { /* it decodes the padding too */
        len--;
    }
    document = len > 0 ? xmlReadMemory((const char *)xml, len, NULL, NULL, XML_PARSE_NONET) : NULL;
    why = document ? verify(bench, document) : "no XML";
    xmlFreeDoc(document);
    free(xml);
    return why;
}

static const char *ours(const bench_t *bench, const message_t *message, apr_pool_t *pool)
{
    braze_saml_identity_t *identity = NULL;
    braze_err_t *err =
        braze_saml_judge(&identity, message->base64, message->len, &bench->expect, pool);

    return err ? braze_err_line(err, pool) : identity->name_id ? NULL : "nobody";
}

/* ---- a turn ---- */

typedef struct {
    const bench_t *bench;
    take_t *take;
    pthread_barrier_t *start;
    double seconds;
    int first;     /* the message that it begins with */
    long taken;    /* out, as are those below */
    double wall;   /* seconds */
    double cpu;    /* of this thread */
    double queued; /* seconds of wall in which it could have run, had it had a core */
    char why[500]; /* empty: every answer was right */
} worker_t;

static double clock_seconds(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* How long this thread has waited for a core so far, in seconds; 0: the system does not say. */
static double queued_seconds(void)
{
    FILE *in = fopen("/proc/thread-self/schedstat", "r");
    char text[100] = "", *at;
    double queued = 0;

    if (in && fgets(text, sizeof(text), in)) {
        (void)strtoull(text, &at, 10);
        queued = (double)strtoull(at, NULL, 10) / 1e9;
    }
    if (in) {
        fclose(in);
    }
    return queued;
}

/* As httpd has it: each thread has an allocator of its own, each message a pool of its own. */
static apr_pool_t *thread_pool(void)
{
    apr_allocator_t *allocator;
    apr_pool_t *pool;

    if (apr_allocator_create(&allocator) != APR_SUCCESS ||
        apr_pool_create_ex(&pool, NULL, NULL, allocator) != APR_SUCCESS) {
        fail("a thread", "no memory");
    }
    apr_allocator_owner_set(allocator, pool);
    return pool;
}

static void work(worker_t *worker, apr_pool_t *parent)
{
    const apr_array_header_t *messages = worker->bench->messages;
    double began, cpu_began, queued_before, now;
    int at = worker->first;

    pthread_barrier_wait(worker->start);
    began = clock_seconds(CLOCK_MONOTONIC);
    queued_before = queued_seconds();
    cpu_began = clock_seconds(CLOCK_THREAD_CPUTIME_ID);
    do {
        const char *why;
        apr_pool_t *pool;

        apr_pool_create(&pool, parent);
        why = worker->take(worker->bench, &APR_ARRAY_IDX(messages, at, message_t), pool);
        if (why) {
            apr_snprintf(worker->why, sizeof(worker->why), "message %d: %s", at + 1, why);
        }
        apr_pool_destroy(pool);
        at = (at + 1) % messages->nelts;
        worker->taken++;
        now = clock_seconds(CLOCK_MONOTONIC);
    } while (now - began < worker->seconds && !*worker->why);
    worker->cpu = clock_seconds(CLOCK_THREAD_CPUTIME_ID) - cpu_began;
    worker->queued = queued_seconds() - queued_before;
    worker->wall = clock_seconds(CLOCK_MONOTONIC) - began; /* last: queued is a part of it */
}

static void *run_worker(void *baton)
{
    apr_pool_t *pool = thread_pool();

    work(baton, pool);
    apr_pool_destroy(pool);
    return NULL;
}

typedef struct {
    const char *name;
    take_t *take;
    int threads;
} contender_t;

typedef struct {
    long taken;
    double wall, cpu; /* wall: of the slower thread; cpu: of all */
    double free_rate; /* messages a second, had no thread waited for a core */
} turn_t;

static turn_t run_turn(const bench_t *bench, const contender_t *contender, double seconds)
{
    worker_t worker[THREADS_MAX];
    pthread_t thread[THREADS_MAX];
    pthread_barrier_t start;
    turn_t turn = {0};
    int i;

    pthread_barrier_init(&start, NULL, (unsigned)contender->threads);
    for (i = 0; i < contender->threads; i++) {
        worker[i] = (worker_t){.bench = bench,
                               .take = contender->take,
                               .start = &start,
                               .seconds = seconds,
                               .first = bench->messages->nelts / contender->threads * i};
        if (pthread_create(&thread[i], NULL, run_worker, &worker[i]) != 0) {
            fail("a thread", "it does not start");
        }
    }
    for (i = 0; i < contender->threads; i++) {
        pthread_join(thread[i], NULL);
        if (*worker[i].why) {
            fail(contender->name, worker[i].why);
        }
        turn.taken += worker[i].taken;
        turn.cpu += worker[i].cpu;
        turn.free_rate += (double)worker[i].taken / (worker[i].wall - worker[i].queued);
        turn.wall = worker[i].wall > turn.wall ? worker[i].wall : turn.wall;
    }
    pthread_barrier_destroy(&start);
    return turn;
}

/* ---- what is read ---- */

static int hex(char c)
{
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* The field's value, percent-decoded. */
static message_t message_of(const char *line, apr_pool_t *pool)
{
    char *value = apr_palloc(pool, strlen(line) + 1), *out = value;

    if (strncmp(line, FIELD, strlen(FIELD)) != 0) {
        fail("responses", "a line is not SAMLResponse=…");
    }
    for (line += strlen(FIELD); *line && *line != '\n'; line++) {
        if (*line == '%' && line[1] && line[2]) {
            *out++ = (char)(hex(line[1]) << 4 | hex(line[2]));
            line += 2;
        } else {
            *out++ = *line;
        }
    }
    return (message_t){.base64 = value, .len = (apr_size_t)(out - value)};
}

static FILE *open_file(const char *path)
{
    FILE *in = fopen(path, "r");

    if (!in) {
        fail(path, "it cannot be read");
    }
    return in;
}

static void read_messages(bench_t *bench, const char *path, apr_pool_t *pool)
{
    FILE *in = open_file(path);
    char *line = NULL;
    size_t room = 0;

    bench->messages = apr_array_make(pool, 500, sizeof(message_t));
    while (getline(&line, &room, in) > 0) {
        APR_ARRAY_PUSH(bench->messages, message_t) = message_of(line, pool);
    }
    free(line);
    fclose(in);
    if (bench->messages->nelts < THREADS_MAX) {
        fail(path, "too few messages");
    }
}

static void read_key(bench_t *bench, const char *path)
{
    FILE *in = open_file(path);
    X509 *certificate = PEM_read_X509(in, NULL, NULL, NULL);
    EVP_PKEY *pkey = certificate ? X509_get_pubkey(certificate) : NULL;
    xmlSecKeyDataPtr value = pkey ? xmlSecOpenSSLEvpKeyAdopt(pkey) : NULL;

    bench->key = xmlSecKeyCreate();
    if (!value || !bench->key || xmlSecKeySetValue(bench->key, value) < 0) {
        fail(path, "no key in it");
    }
    X509_free(certificate);
    fclose(in);
}

static void read_idps(bench_t *bench, const char *path, apr_pool_t *pool)
{
    FILE *in = open_file(path);
    size_t room = 64 * 1024;
    char *xml = apr_palloc(pool, room);
    size_t len = fread(xml, 1, room, in);
    braze_saml_idps_t *idps = NULL;
    braze_err_t *err = braze_saml_idp_load(&idps, xml, len, apr_time_now(), pool);

    fclose(in);
    if (err) {
        fail(path, braze_err_line(err, pool));
    }
    bench->expect.idps = idps;
}

/* ---- both can refuse ---- */

static const struct {
    const char *mark;
    int before; /* so many bytes before the mark; not in the bits that base64 pads with */
} places[] = {{"</saml:NameID>", 1}, {"</ds:SignatureValue>", 40}};
enum { PLACES = sizeof(places) / sizeof(*places) };

/* The message with one byte of its XML another one. */
static message_t changed(const message_t *message, int place, apr_pool_t *pool)
{
    char *xml = apr_pcalloc(pool, message->len + 1), *at;
    unsigned char *text = apr_palloc(pool, message->len + 8);
    int len = EVP_DecodeBlock((unsigned char *)xml, (const unsigned char *)message->base64,
                              (int)message->len);

    at = len > 0 ? strstr(xml, places[place].mark) : NULL;
    if (!at || at - xml < places[place].before) {
        fail("a message has no", places[place].mark);
    }
    at -= places[place].before;
    *at = *at == 'A' ? 'B' : 'A';
    len = EVP_EncodeBlock(text, (unsigned char *)xml, (int)strlen(xml));
    return (message_t){.base64 = (const char *)text, .len = (apr_size_t)len};
}

/* One changed byte of what was signed, or of the signature, and both refuse; as it is, neither. */
static void check(const bench_t *bench, const contender_t *contenders, int count, apr_pool_t *pool)
{
    const message_t *good = &APR_ARRAY_IDX(bench->messages, 0, message_t);
    int i, place;

    xmlSecErrorsDefaultCallbackEnableOutput(0);
    for (i = 0; i < count; i++) {
        const char *why = contenders[i].take(bench, good, pool);

        if (why) {
            fail(contenders[i].name, why);
        }
        for (place = 0; place < PLACES; place++) {
            message_t bad = changed(good, place, pool);

            if (!contenders[i].take(bench, &bad, pool)) {
                fail(contenders[i].name, "it took a message with a byte changed");
            }
        }
    }
    xmlSecErrorsDefaultCallbackEnableOutput(1);
}

/* ---- all of it ---- */

static const contender_t contenders[] = {
    {.name = "bare", .take = bare, .threads = 1},
    {.name = "one", .take = ours, .threads = 1},
    {.name = "two", .take = ours, .threads = 2},
};
enum { CONTENDERS = sizeof(contenders) / sizeof(*contenders) };

/* Every other time backwards, so that a slow second hits all of them. */
static void measure(turn_t *turns, const bench_t *bench, int count, double seconds)
{
    int turn, i;

    for (i = 0; i < CONTENDERS; i++) { /* warm */
        (void)run_turn(bench, &contenders[i], seconds / 2);
    }
    for (turn = 0; turn < count; turn++) {
        for (i = 0; i < CONTENDERS; i++) {
            int which = turn % 2 ? CONTENDERS - 1 - i : i;

            turns[turn * CONTENDERS + which] = run_turn(bench, &contenders[which], seconds);
        }
    }
}

/* {"messages": 500, "bytes": of all of them, "bare": [[messages, seconds, CPU seconds, free rate]
 * …] …} */
static void print(const turn_t *turns, const bench_t *bench, int count)
{
    const apr_array_header_t *messages = bench->messages;
    apr_size_t bytes = 0;
    int turn, i;

    for (i = 0; i < messages->nelts; i++) {
        bytes += APR_ARRAY_IDX(messages, i, message_t).len;
    }
    printf("{\"messages\": %d, \"bytes\": %lu", messages->nelts, (unsigned long)bytes);
    for (i = 0; i < CONTENDERS; i++) {
        printf(", \"%s\": [", contenders[i].name);
        for (turn = 0; turn < count; turn++) {
            const turn_t *one = &turns[turn * CONTENDERS + i];

            printf("%s[%ld, %.6f, %.6f, %.1f]", turn ? ", " : "", one->taken, one->wall, one->cpu,
                   one->free_rate);
        }
        printf("]");
    }
    printf("}\n");
}

int main(int argc, char **argv)
{
    int count = argc == 8 ? (int)strtol(argv[6], NULL, 10) : 0;
    double seconds = argc == 8 ? strtod(argv[7], NULL) : 0;
    bench_t bench = {0};
    braze_err_t *err;
    apr_array_header_t *urls;
    apr_pool_t *pool;
    turn_t *turns;

    if (count < 1 || count > 10000 || !(seconds > 0)) {
        fail("usage", "RESPONSES METADATA CERTIFICATE AUDIENCE ACS-URL TURNS SECONDS");
    }
    apr_initialize();
    pool = thread_pool();
    err = braze_saml_init(pool);
    if (err) {
        fail("libraries", braze_err_line(err, pool));
    }
    urls = apr_array_make(pool, 1, sizeof(const char *));
    APR_ARRAY_PUSH(urls, const char *) = argv[5];
    read_messages(&bench, argv[1], pool);
    read_idps(&bench, argv[2], pool);
    read_key(&bench, argv[3]);
    bench.expect.sp_entity_id = argv[4];
    bench.expect.acs_urls = urls;
    bench.expect.skew = 60;
    bench.expect.now = apr_time_now();
    check(&bench, contenders, CONTENDERS, pool);
    turns = apr_pcalloc(pool, sizeof(turn_t) * CONTENDERS * (apr_size_t)count);
    measure(turns, &bench, count, seconds);
    print(turns, &bench, count);
    xmlSecKeyDestroy(bench.key);
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}
