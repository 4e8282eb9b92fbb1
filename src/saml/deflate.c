/* SPDX-License-Identifier: Apache-2.0 */
/* The DEFLATE encoding of HTTP-Redirect (saml-bindings 3.4.4.1; RFC 1951, no header). */
#include <string.h>

#include <zlib.h>

#include "message.h"

const char *braze_inflate(apr_size_t *len, const unsigned char *data, apr_size_t data_len,
                          apr_size_t max, apr_pool_t *pool)
{
    z_stream stream;
    char *out = apr_palloc(pool, max + 1);
    int rc;

    memset(&stream, 0, sizeof(stream));
    if (data_len > max || inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
        return NULL;
    }
    stream.next_in = (Bytef *)data;
    stream.avail_in = (uInt)data_len;
    stream.next_out = (Bytef *)out;
    stream.avail_out = (uInt)max;
    rc = inflate(&stream, Z_FINISH);
    *len = max - stream.avail_out;
    inflateEnd(&stream);
    if (rc != Z_STREAM_END || stream.avail_in > 0) {
        return NULL; /* over the cap, cut short, or with something behind it */
    }
    out[*len] = '\0';
    return out;
}

const unsigned char *braze_deflate(apr_size_t *len, const char *text, apr_pool_t *pool)
{
    z_stream stream;
    unsigned char *out;
    uLong bound;
    int rc;

    memset(&stream, 0, sizeof(stream));
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        return NULL;
    }
    bound = deflateBound(&stream, (uLong)strlen(text));
    out = apr_palloc(pool, bound);
    stream.next_in = (Bytef *)text;
    stream.avail_in = (uInt)strlen(text);
    stream.next_out = out;
    stream.avail_out = (uInt)bound;
    rc = deflate(&stream, Z_FINISH);
    *len = bound - stream.avail_out;
    deflateEnd(&stream);
    return rc == Z_STREAM_END ? out : NULL;
}
