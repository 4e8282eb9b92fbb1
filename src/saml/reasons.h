/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every reason for which a response is refused: X(name, code, HTTP status, log tag, detail). Codes
 * and tags are stable, people and scripts rely on them. 400 = not a valid response; 403 = a valid
 * one that is not for us, or not now. detail is read by the person who wanted to sign in or by the
 * administrator beside them: it says what to do.
 */
#ifndef BRAZE_SAML_REASONS_H
#define BRAZE_SAML_REASONS_H

/* clang-format off */

#define BRAZE_SAML_TELL_IDP "ask the administrator of the identity provider "
#define BRAZE_SAML_AGAIN "start again from the identity provider"

#define BRAZE_SAML_REASONS(X) \
    /* the bytes */ \
    X(TOO_LARGE, "message_too_large", 400, "BRAZE-J0101", \
      "The SAML response is too large; " BRAZE_SAML_TELL_IDP "to release fewer attributes") \
    X(BASE64, "base64_invalid", 400, "BRAZE-J0102", \
      "The SAML response is not base64; " BRAZE_SAML_AGAIN) \
    X(NOT_UTF8, "xml_not_utf8", 400, "BRAZE-J0103", \
      "The SAML response is not UTF-8 text; " BRAZE_SAML_TELL_IDP "to send UTF-8") \
    X(MALFORMED, "xml_malformed", 400, "BRAZE-J0104", \
      "The SAML response is not well-formed XML; " BRAZE_SAML_AGAIN) \
    X(DOCTYPE, "xml_doctype", 400, "BRAZE-J0105", \
      "The SAML response carries a document type declaration, which SAML forbids") \
    X(COMMENT, "xml_comment", 400, "BRAZE-J0106", \
      "The SAML response carries an XML comment, which is not taken") \
    X(INSTRUCTION, "xml_processing_instruction", 400, "BRAZE-J0107", \
      "The SAML response carries an XML processing instruction, which is not taken") \
    X(CDATA, "xml_cdata", 400, "BRAZE-J0108", \
      "The SAML response carries a CDATA section, which is not taken") \
    X(ENTITY, "xml_entity", 400, "BRAZE-J0109", \
      "The SAML response refers to an XML entity, which is not taken") \
    X(TOO_DEEP, "xml_too_deep", 400, "BRAZE-J0110", \
      "The SAML response is nested too deeply") \
    X(TOO_MANY_ELEMENTS, "xml_too_many_elements", 400, "BRAZE-J0111", \
      "The SAML response has too many elements; " BRAZE_SAML_TELL_IDP "to release fewer attributes") \
    X(TOO_MANY_ATTRIBUTES, "xml_too_many_attributes", 400, "BRAZE-J0112", \
      "An element of the SAML response has too many XML attributes") \
    X(TOO_MANY_NAMESPACES, "xml_too_many_namespaces", 400, "BRAZE-J0113", \
      "The SAML response declares too many XML namespaces") \
    /* its shape */ \
    X(NAMESPACE, "xml_namespace_invalid", 400, "BRAZE-J0114", \
      "The SAML response declares an XML namespace that is not an absolute URI of usual length") \
    X(ELEMENT, "xml_unexpected_element", 400, "BRAZE-J0115", \
      "The SAML response has an element where the profile has none; the log names it") \
    X(REPEATED, "xml_repeated_element", 400, "BRAZE-J0116", \
      "The SAML response repeats an element that stands once; the log names it") \
    X(TEXT, "xml_unexpected_text", 400, "BRAZE-J0117", \
      "The SAML response has text where the profile has none; the log names the place") \
    X(ID_DUPLICATE, "xml_id_duplicate", 400, "BRAZE-J0118", \
      "Two elements of the SAML response have the same ID") \
    X(ID_MISPLACED, "xml_id_misplaced", 400, "BRAZE-J0119", \
      "The SAML response has an ID on an element that has none; the log names it") \
    X(ID_INVALID, "xml_id_invalid", 400, "BRAZE-J0120", \
      "An ID of the SAML response is missing or is not an identifier") \
    X(NOT_RESPONSE, "response_missing", 400, "BRAZE-J0121", \
      "What was posted is not a SAML 2.0 response; " BRAZE_SAML_AGAIN) \
    X(NO_ASSERTION, "assertion_missing", 400, "BRAZE-J0122", \
      "The SAML response holds no assertion; " BRAZE_SAML_AGAIN) \
    X(MANY_ASSERTIONS, "assertion_repeated", 400, "BRAZE-J0123", \
      "The SAML response holds more than one assertion; exactly one is taken") \
    X(ENCRYPTED, "encrypted_assertion_unsupported", 400, "BRAZE-J0124", \
      "The SAML response is encrypted, but this service has no key to read it with; " BRAZE_SAML_TELL_IDP "to turn encryption off") \
    X(ENCRYPTION_SHAPE, "encryption_shape", 400, "BRAZE-J0169", \
      "The encrypted part of the SAML response is not built as SAML prescribes; the log says what is wrong") \
    X(ENCRYPTION_ALGORITHM, "encryption_algorithm", 400, "BRAZE-J0170", \
      "The SAML response is encrypted by an algorithm that is not taken; " BRAZE_SAML_TELL_IDP "to use AES-GCM with RSA-OAEP") \
    X(ENCRYPTION_CBC, "encryption_unauthenticated", 400, "BRAZE-J0171", \
      "The SAML response is encrypted with CBC, and no signature covers that; " BRAZE_SAML_TELL_IDP "to use AES-GCM or to sign the response") \
    X(DECRYPTION, "decryption_failed", 400, "BRAZE-J0172", \
      "The SAML response cannot be decrypted; compare the encryption certificate at the identity provider with our metadata") \
    /* who says so */ \
    X(NO_ISSUER, "issuer_missing", 400, "BRAZE-J0125", \
      "The assertion, or the response around an encrypted one, does not name its issuer") \
    X(ISSUER_FORMAT, "issuer_format", 400, "BRAZE-J0126", \
      "The issuer is not given as an entity identifier") \
    X(ISSUER_MISMATCH, "issuer_mismatch", 400, "BRAZE-J0127", \
      "The response and its assertion name different issuers") \
    X(ISSUER_UNKNOWN, "issuer_unknown", 403, "BRAZE-J0128", \
      "The identity provider is not one that this service knows; compare its entity ID with the configured one") \
    X(IDP_EXPIRED, "idp_metadata_expired", 403, "BRAZE-J0129", \
      "The configured metadata of the identity provider has expired; fetch it again") \
    /* the signature */ \
    X(UNSIGNED, "signature_missing", 400, "BRAZE-J0130", \
      "Neither the response nor the assertion is signed; " BRAZE_SAML_TELL_IDP "to sign the assertion") \
    X(SIGNATURE_SHAPE, "signature_shape", 400, "BRAZE-J0131", \
      "The XML signature is not built as SAML prescribes") \
    X(REFERENCE, "signature_reference", 400, "BRAZE-J0132", \
      "The XML signature does not refer to the element that it stands in") \
    X(TRANSFORMS, "signature_transforms", 400, "BRAZE-J0133", \
      "The XML signature uses transforms that SAML does not allow") \
    X(CANONICALIZATION, "signature_canonicalization", 400, "BRAZE-J0134", \
      "The XML signature does not use exclusive canonicalization") \
    X(ALGORITHM, "signature_algorithm", 400, "BRAZE-J0135", \
      "The XML signature uses an algorithm that is not taken; " BRAZE_SAML_TELL_IDP "to sign with RSA or ECDSA and SHA-256") \
    X(SHA1, "signature_sha1", 400, "BRAZE-J0136", \
      "The XML signature uses SHA-1, which is too weak; " BRAZE_SAML_TELL_IDP "to sign with SHA-256") \
    X(DIGEST, "digest_mismatch", 400, "BRAZE-J0137", \
      "The SAML response was changed after it was signed") \
    X(SIGNATURE, "signature_invalid", 400, "BRAZE-J0138", \
      "The signature is not by a key of the identity provider; compare the configured certificate with its current one") \
    X(SIGNED_OTHER, "signed_element_unexpected", 400, "BRAZE-J0139", \
      "What was signed is not the element that the signature stands in") \
    /* what it says */ \
    X(STATUS, "status_not_success", 403, "BRAZE-J0140", \
      "The identity provider did not sign you in; " BRAZE_SAML_AGAIN) \
    X(VERSION, "version_unsupported", 400, "BRAZE-J0141", \
      "The SAML response is not of version 2.0") \
    X(TIME, "time_invalid", 400, "BRAZE-J0142", \
      "A time in the SAML response is missing or cannot be read") \
    X(ISSUED_LATER, "issue_instant_future", 403, "BRAZE-J0143", \
      "The SAML response was issued in the future; set the clocks of both servers") \
    X(NO_DESTINATION, "destination_missing", 400, "BRAZE-J0144", \
      "The signed response does not say where it is to be sent") \
    X(DESTINATION, "destination_mismatch", 403, "BRAZE-J0145", \
      "The SAML response was made for another address; compare the assertion consumer URL at the identity provider with ours") \
    X(NO_SUBJECT, "subject_missing", 400, "BRAZE-J0146", \
      "The assertion has no subject") \
    X(NO_NAME_ID, "name_id_missing", 400, "BRAZE-J0147", \
      "The assertion does not name its subject (NameID)") \
    X(NOT_BEARER, "bearer_missing", 400, "BRAZE-J0148", \
      "The assertion has no bearer subject confirmation") \
    X(NO_RECIPIENT, "recipient_missing", 400, "BRAZE-J0149", \
      "The subject confirmation does not name its recipient") \
    X(RECIPIENT, "recipient_mismatch", 403, "BRAZE-J0150", \
      "The assertion was made for another address; compare the assertion consumer URL at the identity provider with ours") \
    X(CONFIRMATION_TIME, "confirmation_time_missing", 400, "BRAZE-J0151", \
      "The subject confirmation has no end (NotOnOrAfter)") \
    X(CONFIRMATION_BEFORE, "confirmation_not_before", 400, "BRAZE-J0152", \
      "The subject confirmation has a beginning (NotBefore), which the profile forbids") \
    X(CONFIRMATION_EXPIRED, "confirmation_expired", 403, "BRAZE-J0153", \
      "The sign-in took too long or the clocks differ; " BRAZE_SAML_AGAIN) \
    X(NO_CONDITIONS, "conditions_missing", 400, "BRAZE-J0154", \
      "The assertion has no conditions") \
    X(CONDITION, "conditions_unknown", 400, "BRAZE-J0155", \
      "The assertion has a condition that this service does not know") \
    X(NOT_YET, "not_yet_valid", 403, "BRAZE-J0156", \
      "The assertion is not valid yet; set the clocks of both servers") \
    X(EXPIRED, "expired", 403, "BRAZE-J0157", \
      "The assertion is no longer valid; " BRAZE_SAML_AGAIN) \
    X(NO_AUDIENCE, "audience_missing", 400, "BRAZE-J0158", \
      "The assertion does not say for whom it is (AudienceRestriction)") \
    X(AUDIENCE, "audience_mismatch", 403, "BRAZE-J0159", \
      "The assertion is for another service; compare the audience at the identity provider with our entity ID") \
    X(NO_AUTHN, "authn_statement_missing", 400, "BRAZE-J0160", \
      "The assertion does not say that anybody signed in (AuthnStatement)") \
    X(SESSION_EXPIRED, "session_expired", 403, "BRAZE-J0161", \
      "The session at the identity provider has ended; sign in there again") \
    X(AUTHN_CONTEXT, "authn_context_mismatch", 403, "BRAZE-J0168", \
      "The identity provider signed you in by another way than this service asks for (AuthnContextClassRef)") \
    X(UNASKED, "in_response_to_unexpected", 403, "BRAZE-J0162", \
      "The SAML response answers a request that this browser did not make; " BRAZE_SAML_AGAIN) \
    X(OTHER_REQUEST, "in_response_to_mismatch", 403, "BRAZE-J0163", \
      "The SAML response answers another request than the one that this browser made; sign in again") \
    X(OTHER_IDP, "in_response_to_other_idp", 403, "BRAZE-J0164", \
      "The SAML response is not from the identity provider that was asked") \
    X(VALUE_LONG, "value_too_long", 400, "BRAZE-J0165", \
      "A value in the assertion is too long; the log names it. Have the identity provider not release it") \
    X(VALUE, "value_invalid", 400, "BRAZE-J0166", \
      "A name in the assertion is empty or holds control characters; the log says which") \
    X(MANY_VALUES, "attributes_too_many", 400, "BRAZE-J0167", \
      "The assertion has too many attribute values; " BRAZE_SAML_TELL_IDP "to release fewer") \
    X(INTERNAL, "verification_unavailable", 500, "BRAZE-J0199", \
      "The SAML response could not be checked; try again later")

/* clang-format on */

typedef enum {
#define X(name, code, status, tag, detail) BRAZE_SAML_##name,
    BRAZE_SAML_REASONS(X)
#undef X
} braze_saml_reason_t;

#endif
