/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libxml2, xmlsec1 and lasso are one per process and shared with whoever else uses them there
 * (mod_auth_mellon, PHP). So nothing of theirs is ever shut down; what their start changes for
 * everybody is put back; complaints are caught per thread.
 */
#include <dlfcn.h>
#include <string.h>

#include <apr_strings.h>
#include <lasso/lasso.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <openssl/err.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/errors.h>
#include <xmlsec/transforms.h>
#include <xmlsec/openssl/crypto.h>

#include "dsig.h"

/* The callback of xmlsec1 has no baton, hence the thread's own: set only while this thread
 * verifies. */
static __thread braze_quiet_t *listening;

static void note(const char *text)
{
    if (!*listening->text && text[strspn(text, " ")]) {
        apr_cpystrn(listening->text, text, sizeof(listening->text));
        listening->text[strcspn(listening->text, "\r\n")] = '\0';
    }
}

static void on_xmlsec_error(const char *file, int line, const char *func, const char *object,
                            const char *subject, int reason, const char *message)
{
    if (!listening) { /* another module's: as if we were not here */
        xmlSecErrorsDefaultCallback(file, line, func, object, subject, reason, message);
        return;
    }
    note(message ? message : "");
    note(subject ? subject : func);
}

static void on_xml_error(void *baton, xmlErrorPtr error)
{
    (void)baton;
    if (listening && error->message) {
        note(error->message);
    }
}

void braze_quiet_begin(braze_quiet_t *quiet)
{
    *quiet->text = '\0';
    quiet->structured = (void *)xmlStructuredError;
    quiet->structured_baton = xmlStructuredErrorContext;
    xmlSetStructuredErrorFunc(NULL, on_xml_error);
    ERR_set_mark();
    listening = quiet;
}

void braze_quiet_end(braze_quiet_t *quiet)
{
    listening = NULL;
    ERR_pop_to_mark();
    xmlSetStructuredErrorFunc(quiet->structured_baton, (xmlStructuredErrorFunc)quiet->structured);
}

/* How many pools want the callback. Changed at configuration time only, when there are no threads.
 */
static int users;

/* Our callback lives in a module that httpd is about to unload; the libraries stay. */
static apr_status_t forget_callback(void *unused)
{
    (void)unused;
    if (--users == 0) {
        xmlSecErrorsSetCallback(xmlSecErrorsDefaultCallback);
    }
    return APR_SUCCESS;
}

/* The library that the function is in stays mapped for the life of the process. */
static int stay_mapped(const void *function)
{
    Dl_info info;

    return dladdr(function, &info) && info.dli_fname &&
           dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

static xmlSecTransformId known(const xmlChar *algorithm)
{
    return xmlSecTransformIdListFindByHref(xmlSecTransformIdsGet(), algorithm,
                                           xmlSecTransformUsageSignatureMethod);
}

/*
 * xmlsec1 leaves pointers into itself in OpenSSL (error strings), lasso in GLib (types) and in both
 * libraries (error handlers), and neither is made for being started twice: they stay through every
 * graceful restart, and are started once, by whoever comes first. GLib knows lasso's types if it
 * was.
 */
static int is_running(void)
{
    return xmlSecPtrListIsValid(xmlSecTransformIdsGet()) && known(xmlSecHrefRsaSha256) &&
           g_type_from_name("LassoNode");
}

/* lasso starts xmlsec1 too. What both put in place for the whole process is taken back. */
static int start(void)
{
    xmlExternalEntityLoader loader = xmlGetExternalEntityLoader();
    xmlStructuredErrorFunc structured = xmlStructuredError;
    void *baton = xmlStructuredErrorContext;
    int rc = lasso_init();

    xmlSetExternalEntityLoader(loader);
    xmlSetStructuredErrorFunc(baton, structured);
    return rc == 0;
}

braze_err_t *braze_saml_init(apr_pool_t *pool)
{
    xmlInitParser();
    if (!stay_mapped((const void *)xmlSecOpenSSLInit) || !stay_mapped((const void *)lasso_init) ||
        (!is_running() && !start())) {
        return braze_saml_refuse(BRAZE_SAML_INTERNAL, pool, "lasso or xmlsec1 %s does not start",
                                 XMLSEC_VERSION);
    }
    if (known(xmlSecHrefRsaSha256) != xmlSecOpenSSLTransformRsaSha256Id) {
        return braze_saml_refuse(BRAZE_SAML_INTERNAL, pool,
                                 "another module of this server runs xmlsec1 with another "
                                 "cryptographic library than OpenSSL; they cannot "
                                 "both be loaded");
    }
    users++;
    xmlSecErrorsSetCallback(on_xmlsec_error);
    apr_pool_cleanup_register(pool, NULL, forget_callback, apr_pool_cleanup_null);
    return NULL;
}
