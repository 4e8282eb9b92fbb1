# SPDX-License-Identifier: Apache-2.0
"""Signatures that are not the one form that SAML allows, and keys that are not the identity provider's.

Where the signer can make it, the signature is valid by XML signature's own rules: what refuses it is ours."""

import base64
import copy
import hashlib
import hmac
import subprocess

import xmlsec
from lxml import etree

from suite.message import (DS, ENVELOPED, EXC_C14N, MORE, Message, find, parse, text_of)
from suite.registry import case

INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
XPATH_TRUE = '<ds:Transform Algorithm="%s"><ds:XPath>true()</ds:XPath></ds:Transform>' % XPATH


@case("unsigned", "signature_missing", control="assertion-signed")
def _(world):
    return Message(world, sign=None).bytes()


@case("signature-stripped", "signature_missing", control="assertion-signed")
def _(world):
    root = Message(world).tree()
    node = find(root, "//ds:Signature")
    node.getparent().remove(node)
    return text_of(root)


@case("signature-emptied", "signature_shape", control="assertion-signed")
def _(world):
    root = Message(world).tree()
    for child in list(find(root, "//ds:Signature")):
        child.getparent().remove(child)
    return text_of(root)


@case("signature-of-other-content", "digest_mismatch", control="assertion-signed")
def _(world):
    """A valid Signature of another assertion with the same ID."""
    root = Message(world).tree()
    other = find(Message(world, name_id="evil@decorumsoft.com").tree(), "//ds:Signature")
    node = find(root, "//ds:Signature")
    node.getparent().replace(node, other)
    return text_of(root)


@case("signature-value-changed", "signature_invalid", control="assertion-signed")
def _(world):
    root = Message(world).tree()
    node = find(root, "//ds:SignatureValue")
    raw = bytearray(base64.b64decode(node.text))
    raw[10] ^= 1
    node.text = base64.b64encode(bytes(raw)).decode()
    return text_of(root)


@case("signature-value-empty", "signature_invalid", control="assertion-signed")
def _(world):
    root = Message(world).tree()
    find(root, "//ds:SignatureValue").text = ""
    return text_of(root)


@case("digest-value-empty", "signature_invalid", control="assertion-signed")
def _(world):
    root = Message(world).tree()
    find(root, "//ds:DigestValue").text = ""
    return text_of(root)


@case("digest-value-cut", "signature_invalid", control="assertion-signed")
def _(world):
    root = Message(world).tree()
    cut_digest(root)
    return text_of(root)


def cut_digest(root, size=4, behind=b""):
    node = find(root, "//ds:DigestValue")
    node.text = base64.b64encode(base64.b64decode(node.text)[:size] + behind).decode()


def sign_info(world, root):
    """Its SignedInfo signed again as it now stands, whatever it says."""
    info = etree.tostring(find(root, "//ds:SignedInfo"), method="c14n", exclusive=True, with_comments=False)
    run = subprocess.run(["openssl", "dgst", "-sha256", "-sign", world.keys["rsa"].file], input=info, check=True,
                         stdout=subprocess.PIPE)
    find(root, "//ds:SignatureValue").text = base64.b64encode(run.stdout).decode()
    return text_of(root)


@case("signed-info-signed-again")
def _(world):
    root = Message(world).tree()
    find(root, "//ds:SignatureValue").text = ""
    return sign_info(world, root)


@case("digest-value-cut-and-signed", "digest_mismatch", control="signed-info-signed-again")
def _(world):
    """A prefix of the right digest is not the digest."""
    root = Message(world).tree()
    cut_digest(root)
    return sign_info(world, root)


@case("digest-value-longer-and-signed", "digest_mismatch", control="signed-info-signed-again")
def _(world):
    root = Message(world).tree()
    cut_digest(root, 32, b"\0")
    return sign_info(world, root)


@case("binaries-in-lines")
def _(world):
    """xs:base64Binary may hold white space of any kind."""
    root = Message(world).tree()
    node = find(root, "//ds:DigestValue")
    text = base64.b64encode(base64.b64decode(node.text)).decode()
    node.text = "\n\t " + text[:10] + " \n" + text[10:] + "\t"
    sign_info(world, root)
    node = find(root, "//ds:SignatureValue")
    node.text = "\n  " + "\n\t ".join(node.text[i:i + 61] for i in range(0, len(node.text), 61)) + " "
    return text_of(root)


@case("signed-info-changed", "signature_invalid", control="assertion-signed")
def _(world):
    """The digest of evil content put into SignedInfo: the digest holds, the signature over it does not."""
    evil = Message(world, name_id="evil@decorumsoft.com").tree()
    value = find(Message(world).tree(), "//ds:SignatureValue").text
    find(evil, "//ds:SignatureValue").text = value
    return text_of(evil)


# --- references --------------------------------------------------------------------------------------

for _name, _reference in [("empty", ""), ("other-id", "#_response"), ("xpointer-root", "#xpointer(/)"),
                          ("xpointer-id", "#xpointer(id('_assertion'))"), ]:
    @case("reference-" + _name, "signature_reference", control="assertion-signed")
    def _(world, reference=_reference):
        return Message(world, reference=reference).bytes()


for _name, _uri in [("remote", "http://127.0.0.1:1/x"), ("file", "file:///etc/passwd"), ("nowhere", "#_none"),
                    ("no-hash", "_assertion"), ("other-mark", "!_assertion"), ("percent-encoded", "#%5Fassertion"), ("space", "# _assertion")]:
    @case("reference-" + _name, "signature_reference", control="assertion-signed")
    def _(world, uri=_uri):
        root = Message(world).tree()
        find(root, "//ds:Reference").set("URI", uri)
        return text_of(root)


@case("reference-without-uri", "signature_reference", control="assertion-signed")
def _(world):
    root = Message(world).tree()
    del find(root, "//ds:Reference").attrib["URI"]
    return text_of(root)


@case("no-reference", "signature_shape", control="assertion-signed")
def _(world):
    root = Message(world).tree()
    node = find(root, "//ds:Reference")
    node.getparent().remove(node)
    return text_of(root)


@case("two-references", "xml_repeated_element", control="assertion-signed")
def _(world):
    message = Message(world)
    text = message.signature_text("_assertion")
    start, stop = text.index("<ds:Reference "), text.index("</ds:SignedInfo>")
    second = text[start:stop].replace("#_assertion", "#_response")
    return Message(world, signature_xml=text[:stop] + second + text[stop:]).bytes()


@case("two-signed-infos", "xml_repeated_element", control="assertion-signed")
def _(world):
    root = Message(world).tree()
    info = find(root, "//ds:SignedInfo")
    info.addprevious(copy.deepcopy(info))
    return text_of(root)


@case("two-signatures", "xml_repeated_element", control="assertion-signed")
def _(world):
    text = Message(world).signature_text("_assertion")
    return Message(world, signature_xml=text + text).bytes()


@case("manifest", "xml_unexpected_element", control="assertion-signed")
def _(world):
    text = Message(world).signature_text("_assertion").replace(
        "</ds:Signature>", '<ds:Object><ds:Manifest Id="_m"/></ds:Object></ds:Signature>')
    return Message(world, signature_xml=text).bytes()


@case("signature-value-first", "signature_shape", control="assertion-signed")
def _(world):
    root = Message(world).tree()
    signature = find(root, "//ds:Signature")
    signature.insert(0, find(signature, "ds:SignatureValue"))
    return text_of(root)


# --- transforms --------------------------------------------------------------------------------------

for _name, _transforms in [
        ("none", ()), ("enveloped-only", (ENVELOPED,)), ("c14n-only", (EXC_C14N,)), ("swapped", (EXC_C14N, ENVELOPED)),
        ("three", (ENVELOPED, EXC_C14N, EXC_C14N)), ("inclusive-c14n", (ENVELOPED, INCLUSIVE)),
        ("with-comments", (ENVELOPED, EXC_C14N + "WithComments")),
        ("hundreds", (ENVELOPED,) + (EXC_C14N,) * 300), ("base64", (ENVELOPED, DS + "base64"))]:
    @case("transforms-" + _name, "signature_transforms", control="assertion-signed")
    def _(world, transforms=_transforms):
        message = Message(world, transforms=transforms)
        try:
            return message.bytes()
        except xmlsec.Error:  # the signer cannot follow either: unsigned then, which must not come to count
            return text_of(parse(message.text()))


for _name, _transform in [
        ("xpath", XPATH_TRUE),
        ("xslt", '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"><xsl:stylesheet version="1.0"'
                 ' xmlns:xsl="http://www.w3.org/1999/XSL/Transform"/></ds:Transform>'),
        ("unknown-element", '<ds:Transform Algorithm="%s"><ds:XPath>true()</ds:XPath></ds:Transform>' % EXC_C14N)]:
    @case("transforms-" + _name, "xml_unexpected_element", control="assertion-signed")
    def _(world, transform=_transform):
        return text_of(parse(Message(world, transforms=(ENVELOPED, transform)).text()))


@case("transforms-prefix-list-on-enveloped", "signature_transforms", control="prefix-list")
def _(world):
    prefixes = ('<ds:Transform Algorithm="%s"><ec:InclusiveNamespaces xmlns:ec="%s" PrefixList="xs"/></ds:Transform>'
                % (ENVELOPED, EXC_C14N))
    return text_of(parse(Message(world, transforms=(prefixes, EXC_C14N)).text()))


for _name, _method in [("inclusive", INCLUSIVE), ("with-comments", EXC_C14N + "WithComments"),
                       ("inclusive-1.1", "http://www.w3.org/2006/12/xml-c14n11")]:
    @case("canonicalization-" + _name, "signature_canonicalization", control="assertion-signed")
    def _(world, method=_method):
        return Message(world, canonicalization=method).bytes()


# --- algorithms --------------------------------------------------------------------------------------

@case("sha1-signature", "signature_sha1", control="sha1-allowed")
def _(world):
    return Message(world, method=DS + "rsa-sha1").bytes()


@case("sha1-digest", "signature_sha1", control="sha1-allowed")
def _(world):
    return Message(world, digest=DS + "sha1").bytes()


@case("sha224", "signature_algorithm", control="rsa-sha384")
def _(world):
    return Message(world, method=MORE + "rsa-sha224").bytes()


@case("ripemd", "signature_algorithm", control="rsa-sha384")
def _(world):
    return text_of(parse(Message(world, method=MORE + "rsa-ripemd160").text()))


@case("md5-digest", "signature_algorithm", control="rsa-sha384")
def _(world):
    return text_of(parse(Message(world, digest=MORE + "md5").text()))


@case("dsa", "signature_algorithm", control="assertion-signed")
def _(world):
    return text_of(parse(Message(world, method=DS + "dsa-sha1").text()))


@case("no-algorithm", "signature_algorithm", control="assertion-signed")
def _(world):
    root = Message(world).tree()
    del find(root, "//ds:SignatureMethod").attrib["Algorithm"]
    return text_of(root)


def hmac_key(world, data):
    return xmlsec.Key.from_binary_data(xmlsec.constants.KeyDataHmac, data)


for _name, _secret in [("public-key", lambda world: world.keys["rsa"].public_bytes()),
                       ("certificate", lambda world: world.keys["rsa"].pem.encode()), ("empty", lambda world: b"\0")]:
    @case("hmac-" + _name, "signature_algorithm", control="assertion-signed")
    def _(world, secret=_secret):
        """What everybody knows of the identity provider taken as a shared secret."""
        message = Message(world, method=MORE + "hmac-sha256")
        return text_of(message.sign_tree(parse(message.text()), hmac_key(world, secret(world))))


@case("hmac-named-rsa", "signature_invalid", control="assertion-signed")
def _(world):
    """An HMAC where the method says RSA."""
    root = Message(world).tree()
    secret = world.keys["rsa"].public_bytes()
    find(root, "//ds:SignatureValue").text = base64.b64encode(hmac.new(secret, b"x", hashlib.sha256).digest()).decode()
    return text_of(root)


@case("hmac-output-length", "xml_unexpected_element", control="assertion-signed")
def _(world):
    root = Message(world).tree()
    method = find(root, "//ds:SignatureMethod")
    method.append(method.makeelement("{%s}HMACOutputLength" % DS))
    return text_of(root)


@case("ecdsa-for-rsa-key", "signature_invalid", control="ecdsa-sha256")
def _(world):
    """An EC signature while the identity provider has an RSA key only."""
    return Message(world, key=world.keys["ec"]).bytes()


def sign_one(world, root, signature, kind="rsa"):
    """Fills this Signature only."""
    context = xmlsec.SignatureContext()
    context.register_id(signature.getparent(), "ID")
    context.key = world.keys[kind].load()
    context.sign(signature)
    return root


# --- keys --------------------------------------------------------------------------------------------

@case("own-certificate", "signature_invalid", control="assertion-signed")
def _(world):
    """Signed by a stranger whose certificate comes along in KeyInfo."""
    return Message(world, key=world.keys["rsa-other"]).bytes()


@case("own-certificate-beside", "signature_invalid", control="assertion-signed")
def _(world):
    both = "".join("<ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data>" % world.keys[kind].certificate
                   for kind in ("rsa", "rsa-other"))
    return Message(world, key=world.keys["rsa-other"], key_info_xml="<ds:KeyInfo>%s</ds:KeyInfo>" % both).bytes()


@case("certificate-of-idp-with-own-key", "signature_invalid", control="assertion-signed")
def _(world):
    info = ("<ds:KeyInfo><ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
            % world.keys["rsa"].certificate)
    return Message(world, key=world.keys["rsa-other"], key_info_xml=info).bytes()


for _name, _info in [
        ("key-name", "<ds:KeyInfo><ds:KeyName>rsa</ds:KeyName></ds:KeyInfo>"),
        ("retrieval-method", '<ds:KeyInfo><ds:RetrievalMethod URI="http://127.0.0.1:1/key" Type="%sX509Data"/></ds:KeyInfo>'
         % DS),
        ("retrieval-file", '<ds:KeyInfo><ds:RetrievalMethod URI="file:///etc/passwd" Type="%srawX509Certificate"/>'
                           "</ds:KeyInfo>" % DS),
        ("garbage", "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data></ds:KeyInfo>")]:
    @case("key-info-ignored-" + _name)
    def _(world, info=_info):
        """Not followed, not even looked at: the identity provider's own key decides. KeyInfo is put in after signing."""
        root = Message(world, key_info_xml="").tree()
        holder = parse('<x xmlns:ds="%s">%s</x>' % (DS, info))
        find(root, "//ds:Signature").append(holder[0])
        return text_of(root)

    @case("own-key-with-" + _name, "signature_invalid", control="key-info-ignored-" + _name)
    def _(world, info=_info):
        root = Message(world, key=world.keys["rsa-other"], key_info_xml="").tree()
        holder = parse('<x xmlns:ds="%s">%s</x>' % (DS, info))
        find(root, "//ds:Signature").append(holder[0])
        return text_of(root)


@case("old-key-after-rollover", "signature_invalid", control="rollover-new-key", idps="idp-new.xml")
def _(world):
    return Message(world).bytes()


@case("key-of-other-idp", "signature_invalid", control="one-of-two-idps", idps="idp.xml,other.xml")
def _(world):
    """Confusion: the other configured identity provider signs in the name of this one."""
    return Message(world, key=world.keys["rsa-other"]).bytes()


@case("issuer-of-other-idp", "signature_invalid", control="one-of-two-idps", idps="idp.xml,other.xml")
def _(world):
    return Message(world, issuer=world.other_idp, response_issuer=world.other_idp).bytes()


# An identity provider without a usable key is as good as none.
@case("unusable-beside-good", idps="unusable.xml")
def _(world):
    return Message(world).bytes()


for _name, _issuer, _key in [("rsa-1024", "https://weak.example", "rsa-weak"), ("empty-certificate", "https://empty.example", "rsa-other"),
                             ("no-certificate", "https://none.example", "rsa-other"), ("odd-curve", "https://odd.example", "rsa-other"),
                             ("dsa-key", "https://dsa.example", "rsa-other")]:
    @case("unusable-" + _name, "issuer_unknown", control="unusable-beside-good", idps="unusable.xml")
    def _(world, issuer=_issuer, key=_key):
        return Message(world, issuer=issuer, response_issuer=issuer, key=world.keys[key]).bytes()

    @case("unusable-%s-unsigned" % _name, "issuer_unknown", control="unusable-beside-good", idps="unusable.xml")
    def _(world, issuer=_issuer):
        return Message(world, issuer=issuer, response_issuer=issuer, sign=None).bytes()


@case("both-assertion-by-stranger", "signature_invalid", control="both-signed")
def _(world):
    """The Response's signature is good and covers everything; the Assertion's own does not hold."""
    message = Message(world, sign="assertion", key=world.keys["rsa-other"])
    root = message.tree()
    signature = parse(Message(world).signature_text("_response"))
    find(root, "saml:Issuer").addnext(signature)
    return text_of(sign_one(world, root, signature))


@case("both-response-by-stranger", "signature_invalid", control="both-signed")
def _(world):
    root = Message(world).tree()
    signature = parse(Message(world, key=world.keys["rsa-other"]).signature_text("_response"))
    find(root, "saml:Issuer").addnext(signature)
    return text_of(sign_one(world, root, signature, "rsa-other"))


@case("encryption-key-signs", "signature_invalid", control="assertion-signed")
def _(world):
    """In idp.xml rsa-other stands as the encryption key: it signs nothing."""
    return Message(world, key=world.keys["rsa-other"], sign="response").bytes()
