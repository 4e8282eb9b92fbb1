# SPDX-License-Identifier: Apache-2.0
"""What XML can do beyond elements, attributes and text: comments, entities, encodings, namespaces, broken base64."""

import base64

from suite.message import DS, EMAIL, Message, find, parse, text_of
from suite.registry import case

# An address that a reader who stops at the first text node takes for another one.
LONG = "anna@decorumsoft.com.evil.example"
CUT = "anna@decorumsoft.com%s.evil.example"


def long_name(world, what="name_id"):
    if what == "name_id":
        return Message(world, name_id=LONG).bytes()
    if what == "session_index":
        return Message(world, session_index=LONG).bytes()
    return Message(world, attributes=[("email", [EMAIL])] * (what != "email") + [(what, [LONG])]).bytes()


# The control of each: every attribute that can come to something, and one that nobody knows.
ATTRIBUTES = ("email", "first_name", "last_name", "department", "groups", "workspace", "permission_set", "other")
LONG_CASES = {"name_id": "long-name"}
LONG_CASES.update((name, "long-" + name.replace("_", "-")) for name in ATTRIBUTES)
for _what, _case in LONG_CASES.items():
    @case(_case, **{"is_" + _what: LONG})
    def _(world, what=_what):
        return long_name(world, what)


for _what in LONG_CASES:
    for _name, _markup, _code in [
            ("comment", b"<!---->", "xml_comment"),
            ("comment-with-text", b"<!-- > -->", "xml_comment"),
            ("instruction", b"<?x y?>", "xml_processing_instruction"),
            ("cdata", b"<![CDATA[]]>", "xml_cdata"),
            ("entity", b"&none;", "xml_entity"),
            ("zero", b"&#0;", "xml_malformed"),
            ("element", b"<x/>", "xml_unexpected_element"),
            ("saml-element", b"<saml:Issuer>x</saml:Issuer>", "xml_unexpected_element")]:
        @case("truncate-%s-%s" % (_what.replace("_", "-"), _name), _code,
              control=LONG_CASES[_what])
        def _(world, what=_what, markup=_markup):
            return long_name(world, what).replace(LONG.encode(), (CUT.encode() % markup))


for _what in LONG_CASES:
    for _name, _reference in [("decimal", b"&#46;"), ("hexadecimal", b"&#x2E;"), ("padded", b"&#00046;")]:
        @case("character-reference-%s-%s" % (_what.replace("_", "-"), _name), **{"is_" + _what: LONG})
        def _(world, what=_what, reference=_reference):
            """Character references are text: the value comes out whole."""
            body = long_name(world, what)
            return body.replace(LONG.encode(), LONG.encode().replace(b".evil", reference + b"evil"))


for _element in ("Issuer", "Audience"):
    for _name, _markup, _code in [
            ("comment", b"<!---->", "xml_comment"), ("instruction", b"<?x y?>", "xml_processing_instruction"),
            ("cdata", b"<![CDATA[]]>", "xml_cdata"), ("entity", b"&none;", "xml_entity"), ("zero", b"&#0;", "xml_malformed"),
            ("element", b"<x/>", "xml_unexpected_element")]:
        @case("truncate-%s-%s" % (_element.lower(), _name), _code, control="assertion-signed")
        def _(world, element=_element, markup=_markup):
            """A reader of the first text node would find the right one."""
            end = b"</saml:%s>" % element.encode()
            return Message(world).bytes().replace(end, markup + b".evil.example" + end)


for _name, _markup, _code in [("comment", b"<!---->", "xml_malformed"), ("entity", b"&none;", "xml_entity"),
                              ("zero", b"&#0;", "xml_malformed"), ("element", b"<x/>", "xml_malformed")]:
    @case("truncate-session-index-" + _name, _code, control="assertion-signed")
    def _(world, markup=_markup):
        return long_name(world, "session_index").replace(LONG.encode(), CUT.encode() % markup)


@case("predefined-references", is_name_id="<a&b>\"'c")
def _(world):
    return Message(world, name_id="<a&b>\"'c").bytes().replace(b"\"'c", b"&quot;&apos;c")


@case("comment-in-digest-value", "xml_comment", control="assertion-signed")
def _(world):
    return Message(world).bytes().replace(b"<ds:DigestValue>", b"<ds:DigestValue><!--AAAA-->")


@case("comment-in-signature-value", "xml_comment", control="assertion-signed")
def _(world):
    return Message(world).bytes().replace(b"<ds:SignatureValue>", b"<ds:SignatureValue><!-- -->")


@case("comment-before-root", "xml_comment", control="assertion-signed")
def _(world):
    return b"<!-- x -->" + Message(world).bytes()


@case("instruction-before-root", "xml_processing_instruction", control="declaration")
def _(world):
    return b"<?xml version='1.0'?><?xml-stylesheet href='x'?>" + Message(world).bytes()


@case("instruction-after-root", "xml_processing_instruction", control="assertion-signed")
def _(world):
    return Message(world).bytes() + b"<?x?>"


@case("second-declaration", "xml_processing_instruction", control="declaration")
def _(world):
    return b"<?xml version='1.0'?><?xml version='1.0'?>" + Message(world).bytes()


DOCTYPES = [
    ("doctype", b"<!DOCTYPE samlp:Response>"),
    ("doctype-entity", b"<!DOCTYPE r [<!ENTITY who 'evil'>]>"),
    ("doctype-external", b"<!DOCTYPE r SYSTEM 'http://127.0.0.1:1/x.dtd'>"),
    ("doctype-external-entity", b"<!DOCTYPE r [<!ENTITY who SYSTEM 'file:///etc/passwd'>]>"),
    ("doctype-parameter-entity", b"<!DOCTYPE r [<!ENTITY % p SYSTEM 'file:///etc/hostname'> %p;]>"),
    ("doctype-default-attribute",
     b"<!DOCTYPE r [<!ATTLIST saml:Assertion xml:id ID 'x'> <!ATTLIST saml:NameID Format CDATA 'y'>]>"),
    ("doctype-id-attribute", b"<!DOCTYPE r [<!ATTLIST saml:NameID Format ID #IMPLIED>]>"),
    ("doctype-bomb", b"<!DOCTYPE r [<!ENTITY a 'aaaaaaaaaa'>" + b"".join(
        b"<!ENTITY %c '%s'>" % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9)) + b"]>"),
    ("doctype-after-space", b"\n\n<!DOCTYPE r>"),
    ("doctype-lower-case", b"<!doctype r>"),
]
for _name, _doctype in DOCTYPES:
    @case(_name, "xml_doctype", control="assertion-signed")
    def _(world, doctype=_doctype):
        return doctype + Message(world).bytes()


@case("doctype-after-declaration", "xml_doctype", control="declaration")
def _(world):
    return b'<?xml version="1.0"?><!DOCTYPE r>' + Message(world).bytes()


@case("entity-in-attribute", "xml_entity", control="assertion-signed")
def _(world):
    return Message(world).bytes().replace(b'Version="2.0"', b'Version="&v;"', 1)


# --- encodings ---------------------------------------------------------------------------------------

@case("utf-16", "xml_not_utf8", control="assertion-signed")
def _(world):
    return Message(world).bytes().decode().encode("utf-16")


@case("utf-16-without-mark", "xml_not_utf8", control="assertion-signed")
def _(world):
    return Message(world).bytes().decode().encode("utf-16-le")


@case("latin-1-declared", "xml_not_utf8", control="declaration")
def _(world):
    return b'<?xml version="1.0" encoding="ISO-8859-1"?>' + Message(world).bytes()


@case("utf-7-declared", "xml_not_utf8", control="declaration")
def _(world):
    return b'<?xml version="1.0" encoding="UTF-7"?>' + Message(world).bytes()


@case("xml-1.1", "xml_malformed", control="declaration")
def _(world):
    return b'<?xml version="1.1"?>' + Message(world).bytes()


for _name, _bytes in [("latin-1", b"\xe4"), ("overlong", b"\xc0\xaf"), ("surrogate", b"\xed\xa0\x80"),
                      ("too-high", b"\xf4\x90\x80\x80"), ("cut", b"\xe2\x82"), ("non-character", b"\xef\xbf\xbf"),
                      ("stray-continuation", b"\x80"), ("nul", b"\x00")]:
    @case("bytes-" + _name, "xml_not_utf8", control="long-name")
    def _(world, wrong=_bytes):
        return long_name(world).replace(LONG.encode(), CUT.encode() % wrong)


@case("bytes-escape", "xml_malformed", control="long-name")
def _(world):
    return long_name(world).replace(LONG.encode(), CUT.encode() % b"\x1b")


@case("bytes-nul-at-end", "xml_not_utf8", control="assertion-signed")
def _(world):
    return Message(world).bytes() + b"\0"


# --- well-formedness, namespaces ---------------------------------------------------------------------

@case("cut-short", "xml_malformed", control="assertion-signed")
def _(world):
    return Message(world).bytes()[:-10]


@case("two-roots", "xml_malformed", control="assertion-signed")
def _(world):
    return Message(world).bytes() * 2


@case("text-after-root", "xml_malformed", control="assertion-signed")
def _(world):
    return Message(world).bytes() + b"x"


@case("attribute-twice", "xml_malformed", control="assertion-signed")
def _(world):
    return Message(world).bytes().replace(b'ID="_assertion"', b'ID="_assertion" ID="_other"')


@case("attribute-twice-by-namespace", "xml_malformed", control="assertion-signed")
def _(world):
    return Message(world).bytes().replace(b'ID="_assertion"', b'ID="_assertion" xmlns:a="u:x" xmlns:b="u:x" a:q="" b:q=""')


@case("undeclared-prefix", "xml_malformed", control="assertion-signed")
def _(world):
    return Message(world).bytes().replace(b"<saml:Subject>", b"<none:Subject>").replace(
        b"</saml:Subject>", b"</none:Subject>")


@case("not-xml", "xml_malformed", control="assertion-signed")
def _(world):
    return b"SAMLResponse"


@case("empty-field", "base64_invalid", control="assertion-signed")
def _(world):
    return ""


@case("raw-xml", "base64_invalid", control="assertion-signed")
def _(world):
    return Message(world).bytes().decode()


for _name, _change in [("no-padding", lambda t: t.rstrip("=") + ("" if t.endswith("=") else "A")),
                       ("url-alphabet", lambda t: "-_" + t[2:]), ("space", lambda t: t[:8] + " " + t[8:]),
                       ("text-after-padding", lambda t: t + "=AAA"), ("percent", lambda t: t[:-4] + "%3D%3D")]:
    @case("base64-" + _name, "base64_invalid", control="assertion-signed")
    def _(world, change=_change):
        return change(base64.b64encode(Message(world).bytes()).decode())


@case("relative-namespace", "xml_namespace_invalid", control="assertion-signed")
def _(world):
    """Canonicalization fails on it: a verifier that digests nothing then would take any content."""
    return Message(world).bytes().replace(b"<saml:Subject>", b'<saml:Subject xmlns:void="relative">')


@case("namespace-with-space", "xml_malformed", control="assertion-signed")
def _(world):
    return Message(world).bytes().replace(b"<saml:Subject>", b'<saml:Subject xmlns:void="urn:a b">')


@case("element-of-other-namespace", "xml_unexpected_element", control="assertion-signed")
def _(world):
    return Message(world).bytes().replace(
        b"<saml:Subject>", b'<saml:Subject xmlns="urn:other"><NameID>evil@decorumsoft.com</NameID>')


@case("namespace-rebound", "xml_unexpected_element", control="assertion-signed")
def _(world):
    """The prefix means another namespace from here on: its names are not SAML's."""
    return Message(world).bytes().replace(b"<saml:Subject>", b'<saml:Subject xmlns:saml="urn:other">')


@case("no-namespace", "xml_unexpected_element", control="assertion-signed")
def _(world):
    return Message(world).bytes().replace(b"<saml:Subject>", b"<saml:Subject><NameID>evil@decorumsoft.com</NameID>")


@case("qualified-attribute-is-another", "recipient_missing", control="assertion-signed")
def _(world):
    """saml:Recipient is not Recipient."""
    root = Message(world, recipient=None).text().replace(
        "<saml:SubjectConfirmationData ", "<saml:SubjectConfirmationData saml:Recipient=%r " % world.acs)
    return text_of(Message(world).sign_tree(parse(root)))


@case("stray-text", "xml_unexpected_text", control="assertion-signed")
def _(world):
    return Message(world).bytes().replace(b"<saml:Subject>", b"<saml:Subject>evil@decorumsoft.com")


@case("second-digest-value", "xml_repeated_element", control="assertion-signed")
def _(world):
    return Message(world).bytes().replace(b"<ds:DigestValue>", b"<ds:DigestValue>AAAA</ds:DigestValue><ds:DigestValue>")


@case("digest-value-in-method", "xml_unexpected_element", control="assertion-signed")
def _(world):
    """Where a reader by path would find it first, and canonicalization of a node set might not look."""
    root = Message(world).tree()
    method = find(root, "//ds:DigestMethod")
    method.append(method.makeelement("{%s}DigestValue" % DS))
    return text_of(root)


for _name, _where in [("key-info", "//ds:KeyInfo"), ("attribute-value", "//saml:AttributeValue"),
                      ("signature-value", "//ds:SignatureValue"), ("name-id", "//saml:NameID")]:
    @case("digest-value-in-" + _name, "xml_unexpected_element", control="assertion-signed")
    def _(world, where=_where):
        root = Message(world).tree()
        node = find(root, where)
        node.append(node.makeelement("{%s}DigestValue" % DS))
        return text_of(root)


for _name in ["Issuer", "Subject", "Conditions"]:
    @case("repeated-" + _name.lower(), "xml_repeated_element", control="assertion-signed")
    def _(world, name=_name):
        """Even properly signed: which of the two counts is nobody's guess."""
        message = Message(world)
        text = {"Issuer": message.issuer_text(message.issuer), "Subject": message.subject_text(),
                "Conditions": message.conditions_text()}[name]
        return Message(world, extra_assertion_xml=text).bytes()


@case("repeated-name-id", "xml_repeated_element", control="assertion-signed")
def _(world):
    message = Message(world)
    text = message.subject_text().replace("<saml:Subject>", "<saml:Subject><saml:NameID>evil</saml:NameID>")
    message.subject_text = lambda: text
    return message.bytes()


@case("repeated-status", "xml_repeated_element", control="assertion-signed")
def _(world):
    return Message(world, extra_response_xml=Message(world).status_text()).bytes()


for _name in ["Advice", "AuthzDecisionStatement", "Statement"]:
    @case("element-" + _name.lower(), "xml_unexpected_element", control="assertion-signed")
    def _(world, name=_name):
        return Message(world, extra_assertion_xml="<saml:%s/>" % name).bytes()


@case("encrypted-id", "encrypted_assertion_unsupported", control="assertion-signed")
def _(world):
    message = Message(world, name_id=None)
    text = message.subject_text().replace("<saml:Subject>", "<saml:Subject><saml:EncryptedID/>")
    message.subject_text = lambda: text
    return message.bytes()


@case("encrypted-attribute", "xml_unexpected_element", control="assertion-signed")
def _(world):
    return Message(world, extra_assertion_xml="<saml:AttributeStatement><saml:EncryptedAttribute/>"
                                              "</saml:AttributeStatement>").bytes()
