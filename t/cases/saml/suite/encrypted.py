# SPDX-License-Identifier: Apache-2.0
"""Encrypted assertions and names: what is opened, and what must not be.

Encrypted by python3-cryptography, part by part, so that each part can be made wrong; a few by python3-xmlsec as a whole."""

import base64
import os

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

from suite.message import (DS, EVIL, MORE, SAML, SAMLP, XENC, Message, evil, find, instant, parse, text_of)
from suite.registry import case

XENC11 = "http://www.w3.org/2009/xmlenc11#"
HASHES = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha512": hashes.SHA512}
DIGEST_URI = {"sha1": DS + "sha1", "sha256": XENC + "sha256", "sha512": XENC + "sha512", "md5": MORE + "md5"}
GCM, CBC, OAEP = XENC11 + "aes256-gcm", XENC + "aes256-cbc", XENC + "rsa-oaep-mgf1p"


def public_key(world, kind):
    return x509.load_pem_x509_certificate(world.keys[kind].pem.encode()).public_key()


def lock(session, text, algorithm):
    """Initialisation vector and ciphertext, as XML Encryption has them in one piece."""
    if "gcm" in algorithm:
        iv = os.urandom(12)
        return iv + AESGCM(session).encrypt(iv, text, None)
    iv, pad = os.urandom(16), 16 - len(text) % 16
    box = Cipher(algorithms.AES(session), modes.CBC(iv)).encryptor()
    return iv + box.update(text + os.urandom(pad - 1) + bytes([pad])) + box.finalize()


def cipher_data(value):
    return "<xenc:CipherData><xenc:CipherValue>%s</xenc:CipherValue></xenc:CipherData>" % (
        value if isinstance(value, str) else base64.b64encode(value).decode())


def encrypted_key(world, session, to="sp", transport=OAEP, digest=None, mgf=None, attributes="", more=""):
    """digest and mgf None: left out, which means SHA-1."""
    oaep = padding.OAEP(padding.MGF1(HASHES[mgf or "sha1"]()), HASHES.get(digest or "sha1", hashes.SHA1)(), None)
    used = padding.PKCS1v15() if transport.endswith("rsa-1_5") else oaep
    parts = '<ds:DigestMethod Algorithm="%s"/>' % DIGEST_URI[digest] if digest else ""
    parts += '<xenc11:MGF xmlns:xenc11="%s" Algorithm="%smgf1%s"/>' % (XENC11, XENC11, mgf) if mgf else ""
    return ('<xenc:EncryptedKey%s><xenc:EncryptionMethod Algorithm="%s">%s</xenc:EncryptionMethod>%s%s</xenc:EncryptedKey>'
            % (attributes, transport, parts, more, cipher_data(public_key(world, to).encrypt(session, used))))


class Sealed:
    """Fields are attributes; key_xml None: one EncryptedKey for "sp" inside KeyInfo."""

    def __init__(self, world, text, name="EncryptedAssertion", **changes):
        self.world, self.text, self.name = world, text, name
        self.cipher, self.type = GCM, XENC + "Element"
        self.stated_cipher = None  # what EncryptionMethod says, if it is not what was done
        self.session_bytes = None
        self.bytes_edit = lambda raw: raw
        self.keys = [{}]
        self.place = "inside"      # or "beside", or "retrieval"
        self.key_info_xml = self.data_xml = self.beside_xml = None
        self.data_attributes = ""
        for name_, value in changes.items():
            if not hasattr(self, name_):
                raise AttributeError(name_)
            setattr(self, name_, value)

    def xml(self):
        size = self.session_bytes or int("".join(c for c in self.cipher.split("#")[1] if c.isdigit())) // 8
        session = os.urandom(size)
        raw = self.bytes_edit(lock(session, self.text, self.cipher))
        beside = self.place != "inside"
        id_of_key = {"attributes": ' Id="_key"'} if self.place == "retrieval" else {}
        keys = "".join(encrypted_key(self.world, session, **{**id_of_key, **key}) for key in self.keys)
        inside = "" if beside else keys
        if self.place == "retrieval":
            inside = '<ds:RetrievalMethod Type="%sEncryptedKey" URI="#_key"/>' % XENC
        if self.key_info_xml is not None:
            inside = self.key_info_xml
        info = '<ds:KeyInfo>%s</ds:KeyInfo>' % inside if inside else ""
        data = self.data_xml or ("<xenc:EncryptedData%s%s><xenc:EncryptionMethod Algorithm=\"%s\"/>%s%s</xenc:EncryptedData>" % (
            ' Type="%s"' % self.type if self.type else "", self.data_attributes, self.stated_cipher or self.cipher, info,
            cipher_data(raw)))
        return '<saml:%s xmlns:saml="%s" xmlns:xenc="%s" xmlns:ds="%s">%s%s</saml:%s>' % (
            self.name, SAML, XENC, DS, data, self.beside_xml if self.beside_xml is not None else keys if beside else "", self.name)


def assertion(world, signed=True, **changes):
    """The bytes of an assertion that stands by itself."""
    root = Message(world, sign="assertion" if signed else None, **changes).tree()
    return etree.tostring(find(root, "//saml:Assertion"))


def around(world, inner_xml, sign=None, **changes):
    """A response with that in the place of its assertion."""
    message = Message(world, sign=sign, **changes)
    message.assertion_text = lambda: inner_xml
    return message.bytes()


def sealed(world, sign="assertion", text=None, outer=None, inner=None, **how):
    """The usual whole: sign is assertion, response, both or None."""
    plain = text if text is not None else assertion(world, sign in ("assertion", "both"), **(inner or {}))
    return around(world, Sealed(world, plain, **how).xml(), "response" if sign in ("response", "both") else None,
                  **(outer or {}))


ANNA = {"is_name_id": "anna@decorumsoft.com", "is_email": "anna@decorumsoft.com", "pairs": "sp"}
A, R = "encrypted-assertion-signed", "encrypted-response-signed"

# --- taken -------------------------------------------------------------------------------------------

for _name, _sign in [(A, "assertion"), (R, "response"), ("encrypted-both-signed", "both")]:
    @case(_name, **ANNA, is_attributes="3", is_until=lambda world: world.now + 3660)
    def _(world, sign=_sign):
        return sealed(world, sign)

for _bits in ("128", "192"):
    @case("encrypted-aes%s-gcm" % _bits, **ANNA)
    def _(world, bits=_bits):
        return sealed(world, cipher=XENC11 + "aes%s-gcm" % bits)

for _bits in ("128", "192", "256"):
    @case("encrypted-aes%s-cbc" % _bits, **ANNA)
    def _(world, bits=_bits):
        return sealed(world, "response", cipher=XENC + "aes%s-cbc" % bits)

for _name, _key in [
        ("sha256", {"digest": "sha256"}), ("sha1-said", {"digest": "sha1"}),
        ("named-by-1.1", {"transport": XENC11 + "rsa-oaep"}),
        ("sha256-by-1.1", {"transport": XENC11 + "rsa-oaep", "digest": "sha256", "mgf": "sha256"}),
        ("sha256-mgf-sha1", {"transport": XENC11 + "rsa-oaep", "digest": "sha256", "mgf": "sha1"}),
        ("sha512-by-1.1", {"transport": XENC11 + "rsa-oaep", "digest": "sha512", "mgf": "sha512"})]:
    @case("encrypted-oaep-" + _name, **ANNA)
    def _(world, key=_key):
        return sealed(world, keys=[key])


@case("encrypted-key-beside", **ANNA)
def _(world):
    return sealed(world, place="beside")


@case("encrypted-key-retrieved", **ANNA)
def _(world):
    return sealed(world, place="retrieval")


@case("encrypted-key-with-hints", **ANNA)
def _(world):
    """What encrypters tell about whose key it is: not asked for."""
    more = ("<ds:KeyInfo><ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
            % world.keys["sp-new"].certificate)
    return sealed(world, data_attributes=' Id="_data"', place="beside",
                  keys=[{"more": more, "attributes": ' Id="_one" Recipient="somebody"'}])


@case("encrypted-for-several", **ANNA)
def _(world):
    return sealed(world, keys=[{"to": "rsa-other"}, {"to": "sp-new"}, {}])


@case("encrypted-rollover-old", **{**ANNA, "pairs": "sp-new,sp"})
def _(world):
    return sealed(world)


@case("encrypted-rollover-new", **{**ANNA, "pairs": "sp-new,sp"})
def _(world):
    return sealed(world, keys=[{"to": "sp-new"}])


@case("encrypted-one-key-of-two-is-1.5", **ANNA)
def _(world):
    """For another reader; ours is the second."""
    return sealed(world, keys=[{"to": "rsa-other", "transport": XENC + "rsa-1_5"}, {}])


@case("encrypted-without-type", **ANNA)
def _(world):
    return sealed(world, type=None)


@case("encrypted-indented", **ANNA)
def _(world):
    xml = Sealed(world, assertion(world)).xml()
    start = xml.rindex("<xenc:CipherValue>") + len("<xenc:CipherValue>")
    text = xml[start:xml.index("</xenc:CipherValue>", start)]
    lines = "".join("\n\t    " + text[i:i + 64] for i in range(0, len(text), 64))
    return around(world, xml[:start] + lines + "\n  " + xml[start + len(text):])


@case("encrypted-white-space-around", **ANNA)
def _(world):
    return sealed(world, text=b"\n  " + assertion(world) + b"\n")


@case("encrypted-namespaces-of-response", **ANNA)
def _(world):
    """Nothing declared on the assertion itself: its names are those of the place where it stood."""
    text = assertion(world).replace(b' xmlns:saml="%s"' % SAML.encode(), b"").replace(
        b' xmlns:samlp="%s"' % SAMLP.encode(), b"")
    assert b"xmlns:saml=" not in text
    return sealed(world, text=text)


def by_tool(world, sign, cipher):
    """The whole made by xmlsec1 as a library."""
    root = Message(world, sign="assertion").tree()
    own = find(root, "//saml:Assertion")
    template = xmlsec.template.encrypted_data_create(root, cipher, type=xmlsec.constants.TypeEncElement, ns="xenc")
    xmlsec.template.encrypted_data_ensure_cipher_value(template)
    info = xmlsec.template.encrypted_data_ensure_key_info(template, ns="ds")
    xmlsec.template.encrypted_data_ensure_cipher_value(
        xmlsec.template.add_encrypted_key(info, xmlsec.constants.TransformRsaOaep))
    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_file(world.keys["sp"].certificate_file, xmlsec.constants.KeyDataFormatCertPem))
    context = xmlsec.EncryptionContext(manager)
    context.key = xmlsec.Key.generate(xmlsec.constants.KeyDataAes, 128, xmlsec.constants.KeyDataTypeSession)
    data = context.encrypt_xml(template, own)
    wrap = etree.Element("{%s}EncryptedAssertion" % SAML)
    data.getparent().replace(data, wrap)
    wrap.append(data)
    text = Message(world, sign=sign)
    text.assertion_text = lambda: etree.tostring(wrap).decode()
    return text.bytes()


@case("encrypted-by-tool-gcm", **ANNA)
def _(world):
    return by_tool(world, None, xmlsec.constants.TransformAes128Gcm)


@case("encrypted-by-tool-cbc", **ANNA)
def _(world):
    return by_tool(world, "response", xmlsec.constants.TransformAes128Cbc)


@case("encrypted-large", **ANNA)
def _(world):
    return sealed(world, inner={"attributes": [("email", ["anna@decorumsoft.com"])]
                                + [("long-%d" % i, ["x" * 8000]) for i in range(13)]})


# --- signatures --------------------------------------------------------------------------------------

@case("encrypted-unsigned", "signature_missing", control=A, pairs="sp")
def _(world):
    return sealed(world, None)


@case("encrypted-response-signature-stripped", "signature_missing", control=R, pairs="sp")
def _(world):
    root = parse(sealed(world, "response"))
    node = find(root, "//ds:Signature")
    node.getparent().remove(node)
    return text_of(root)


def swap(world, sign, signed):
    """The encrypted assertion replaced by one of an attacker, who has the public key too."""
    root = parse(sealed(world, sign))
    old = find(root, "//saml:EncryptedAssertion")
    other = parse(Sealed(world, assertion(world, signed, name_id=EVIL, key=world.keys["rsa-other"])).xml())
    old.getparent().replace(old, other)
    return text_of(root)


@case("encrypted-ciphertext-swapped", "digest_mismatch", control=R, pairs="sp")
def _(world):
    return swap(world, "response", False)


@case("encrypted-ciphertext-swapped-both", "digest_mismatch", control="encrypted-both-signed", pairs="sp")
def _(world):
    return swap(world, "both", True)


@case("encrypted-stranger-signed", "signature_invalid", control=A, pairs="sp")
def _(world):
    return swap(world, "assertion", True)


@case("encrypted-key-swapped", "digest_mismatch", control=R, pairs="sp")
def _(world):
    """Only the EncryptedKey: another session key, and the data with it."""
    root, other = parse(sealed(world, "response")), parse(sealed(world, "response", inner={"name_id": EVIL}))
    for path in ("//saml:EncryptedAssertion//*[local-name()='EncryptedKey']",):
        old = find(root, path)
        old.getparent().replace(old, find(other, path))
    return text_of(root)


@case("encrypted-inner-changed", "digest_mismatch", control=A, pairs="sp")
def _(world):
    root = parse(assertion(world))
    return sealed(world, text=text_of(evil(root)))


@case("encrypted-inner-changed-in-signed-response", "digest_mismatch", control="encrypted-both-signed", pairs="sp")
def _(world):
    """Every signature that is there must hold."""
    return around(world, Sealed(world, text_of(evil(parse(assertion(world))))).xml(), "response")


@case("encrypted-of-other-idp", "signature_invalid", control=A, pairs="sp", idps="idp.xml,other.xml")
def _(world):
    """A second identity provider signs a response around the ciphertext of the first."""
    return sealed(world, "both", outer={"key": world.keys["rsa-other"], "response_issuer": world.other_idp})


@case("encrypted-other-issuer-inside", "issuer_mismatch", control=R, pairs="sp", idps="idp.xml,other.xml")
def _(world):
    return sealed(world, "response", inner={"issuer": world.other_idp})


@case("encrypted-without-response-issuer", "issuer_missing", control=A, pairs="sp")
def _(world):
    return sealed(world, outer={"response_issuer": None})


@case("encrypted-unknown-issuer", "issuer_unknown", control=A, pairs="sp")
def _(world):
    return sealed(world, outer={"response_issuer": "https://unknown"})


@case("encrypted-without-issuer-inside", "issuer_missing", control=R, pairs="sp")
def _(world):
    return sealed(world, "response", inner={"issuer": None})


# --- the profile, inside -----------------------------------------------------------------------------

@case("encrypted-other-audience", "audience_mismatch", control=A, pairs="sp")
def _(world):
    return sealed(world, inner={"audiences": [["https://another.sp"]]})


@case("encrypted-expired", "expired", control=A, pairs="sp")
def _(world):
    return sealed(world, inner={"until": instant(world.now - 61)})


@case("encrypted-other-recipient", "recipient_mismatch", control=R, pairs="sp")
def _(world):
    return sealed(world, "response", inner={"recipient": "https://another.sp/acs"})


# --- what was encrypted ------------------------------------------------------------------------------

def wrapped(outside, world):
    """An evil assertion with the signed one somewhere in it."""
    own = parse(assertion(world))
    bad = evil(parse(assertion(world, signed=False)), "_evil")
    box = etree.SubElement(bad, outside)
    box.append(own)
    return text_of(bad)


for _name, _code, _make in [
        ("doctype", "xml_doctype", lambda world: b"<!DOCTYPE a [<!ENTITY e 'x'>]>" + assertion(world)),
        ("comment", "xml_comment", lambda world: assertion(world).replace(b"anna@decorumsoft.com</saml:NameID", b"anna@decorumsoft.com<!-- -->.evil</saml:NameID")),
        ("instruction", "xml_processing_instruction", lambda world: b"<?a b?>" + assertion(world)),
        ("cdata", "xml_cdata", lambda world: assertion(world).replace(b">Anna<", b"><![CDATA[Anna]]><")),
        ("entity", "xml_entity", lambda world: assertion(world).replace(b">Anna<", b">&e;<")),
        ("declaration", "xml_processing_instruction", lambda world: b'<?xml version="1.0"?>' + assertion(world)),
        ("not-utf8", "xml_not_utf8", lambda world: assertion(world).replace(b">Anna<", b">\xff<")),
        ("nul", "xml_not_utf8", lambda world: assertion(world) + b"\0" + assertion(world)),
        ("cut", "xml_malformed", lambda world: assertion(world)[:-9]),
        ("only-white-space", "xml_malformed", lambda world: b" \n"),
        ("only-text", "xml_malformed", lambda world: b"anna@decorumsoft.com"),
        ("wrapper-closed", "xml_malformed", lambda world: b"</decrypted>" + assertion(world) + b"<decrypted>"),
        ("undeclared-prefix", "xml_malformed", lambda world: assertion(world).replace(b"<saml:Subject>", b"<x:Subject>").replace(b"</saml:Subject>", b"</x:Subject>")),
        ("text-beside", "xml_unexpected_text", lambda world: b"evil" + assertion(world)),
        ("two-assertions", "assertion_repeated", lambda world: assertion(world) + assertion(world, False, assertion_id="_evil", name_id=EVIL)),
        ("response", "xml_unexpected_element", lambda world: Message(world).bytes()),
        ("name-id", "xml_unexpected_element", lambda world: b'<saml:NameID xmlns:saml="%s">anna@decorumsoft.com</saml:NameID>' % SAML.encode()),
        ("twice", "xml_unexpected_element", lambda world: Sealed(world, assertion(world)).xml().encode()),
        ("nested", "xml_unexpected_element", lambda world: assertion(world).replace(b"</saml:Assertion>", Sealed(world, assertion(world)).xml().encode() + b"</saml:Assertion>")),
        ("wrapping-advice", "xml_unexpected_element", lambda world: wrapped("{%s}Advice" % SAML, world)),
        ("wrapping-object", "xml_unexpected_element", lambda world: wrapped("{%s}Object" % DS, world)),
        ("wrapping-encrypted", "xml_unexpected_element", lambda world: wrapped("{%s}EncryptedAssertion" % SAML, world)),
        ("wrapping-subject", "xml_repeated_element", lambda world: wrapped("{%s}Subject" % SAML, world)),
        ("deep", "xml_too_deep", lambda world: b"<a>" * 40 + b"</a>" * 40),
        ("too-large", "message_too_large", lambda world: assertion(world, attributes=[("email", ["anna@decorumsoft.com"])] + [("long-%d" % i, ["x" * 8000]) for i in range(14)]))]:
    @case("encrypted-inner-" + _name, _code, control="encrypted-large" if _name == "too-large" else A, pairs="sp")
    def _(world, make=_make):
        return sealed(world, text=make(world))


@case("encrypted-id-of-response-inside", "xml_id_duplicate", control=A, pairs="sp")
def _(world):
    return sealed(world, inner={"assertion_id": "_response"})


@case("encrypted-id-of-data-inside", "xml_id_duplicate", control=A, pairs="sp")
def _(world):
    return sealed(world, data_attributes=' Id="_assertion"')


@case("encrypted-two", "assertion_repeated", control=A, pairs="sp")
def _(world):
    return around(world, Sealed(world, assertion(world)).xml() + Sealed(world, assertion(world)).xml())


# --- keys and algorithms -----------------------------------------------------------------------------

@case("encrypted-without-our-key", "encrypted_assertion_unsupported", control=A)
def _(world):
    return sealed(world)


@case("encrypted-for-another", "decryption_failed", control=A, pairs="sp")
def _(world):
    return sealed(world, keys=[{"to": "sp-new"}])


@case("encrypted-key-left-out-of-rollover", "decryption_failed", control="encrypted-rollover-old", pairs="sp-new")
def _(world):
    return sealed(world)


for _name, _key in [("rsa-1.5", {"transport": XENC + "rsa-1_5"}), ("key-wrap", {"transport": XENC + "kw-aes256"}),
                    ("oaep-md5", {"digest": "md5"}), ("mgf-of-older-name", {"mgf": "sha256"})]:
    @case("encrypted-" + _name, "encryption_algorithm", control=A, pairs="sp")
    def _(world, key=_key):
        return sealed(world, keys=[key])


@case("encrypted-rsa-1.5-named-oaep", "decryption_failed", control=A, pairs="sp")
def _(world):
    return sealed(world, keys=[{"transport": XENC + "rsa-1_5"}]).replace(b"#rsa-1_5", b"#rsa-oaep-mgf1p")


@case("encrypted-oaep-other-digest", "decryption_failed", control="encrypted-oaep-sha256", pairs="sp")
def _(world):
    return sealed(world, keys=[{"digest": "sha256"}]).replace(
        b'Algorithm="%ssha256"/></xenc:EncryptionMethod>' % XENC.encode(), b'Algorithm="%ssha1"/></xenc:EncryptionMethod>' % DS.encode())


for _name, _algorithm in [("3des", XENC + "tripledes-cbc"), ("ctr", "http://www.w3.org/2001/04/xmlenc#aes256-ctr"),
                          ("no-algorithm", "x:"), ("chacha", "http://www.w3.org/2021/04/xmldsig-more#chacha20poly1305")]:
    @case("encrypted-" + _name, "encryption_algorithm", control=A, pairs="sp")
    def _(world, algorithm=_algorithm):
        return sealed(world, stated_cipher=algorithm)


@case("encrypted-gcm-named-cbc", "encryption_unauthenticated", control=A, pairs="sp")
def _(world):
    return sealed(world, stated_cipher=CBC)


@case("encrypted-cbc-assertion-signed", "encryption_unauthenticated", control="encrypted-aes256-cbc", pairs="sp")
def _(world):
    return sealed(world, cipher=CBC)


@case("encrypted-cbc-unsigned", "encryption_unauthenticated", control="encrypted-aes256-cbc", pairs="sp")
def _(world):
    return sealed(world, None, cipher=CBC)


def flip(raw, at):
    changed = bytearray(raw)
    changed[at] ^= 1
    return bytes(changed)


@case("encrypted-cbc-flipped", "digest_mismatch", control="encrypted-aes256-cbc", pairs="sp")
def _(world):
    root = parse(sealed(world, "response", cipher=CBC))
    node = root.xpath("//*[local-name()='EncryptedData']/*[local-name()='CipherData']/*")[0]
    node.text = base64.b64encode(flip(base64.b64decode(node.text), 40)).decode()
    return text_of(root)


for _name, _text, _edit in [("padding", None, lambda raw: flip(raw, -17)[:-15] + raw[-15:-1] + b"\0"),
                            ("length", None, lambda raw: raw[:-1]), ("no-block", None, lambda raw: raw[:16]),
                            ("garbage", b"x" * 64, lambda raw: raw),
                            ("doctype", b"<!DOCTYPE a><a/>", lambda raw: raw)]:
    @case("encrypted-cbc-" + _name, "decryption_failed", control="encrypted-aes256-cbc", pairs="sp")
    def _(world, text=_text, edit=_edit):
        """Of CBC, whatever is wrong inside has one name."""
        return sealed(world, "response", text=text, cipher=CBC, bytes_edit=edit)


for _name, _edit in [("tag-cut", lambda raw: raw[:-4]), ("tag-missing", lambda raw: raw[:-16]), ("tag-flipped", lambda raw: flip(raw, -1)),
                     ("vector-flipped", lambda raw: flip(raw, 0)), ("text-flipped", lambda raw: flip(raw, 100)),
                     ("text-missing", lambda raw: raw[:12] + raw[-16:]), ("nearly-nothing", lambda raw: raw[:8]), ("longer", lambda raw: raw + b"\0")]:
    @case("encrypted-gcm-" + _name, "decryption_failed", control=A, pairs="sp")
    def _(world, edit=_edit):
        return sealed(world, bytes_edit=edit)


@case("encrypted-session-key-short", "decryption_failed", control=A, pairs="sp")
def _(world):
    return sealed(world, session_bytes=16)


# --- shape -------------------------------------------------------------------------------------------

@case("encrypted-five-keys", "encryption_shape", control="encrypted-for-several", pairs="sp")
def _(world):
    return sealed(world, keys=[{"to": "rsa-other"}] * 4 + [{}])


@case("encrypted-key-bomb", "encryption_shape", control="encrypted-for-several", pairs="sp")
def _(world):
    key = encrypted_key(world, os.urandom(32), to="sp-new")
    return sealed(world, key_info_xml=key * 30, beside_xml=key * 20)


for _name, _how in [("without-key", {"keys": []}), ("without-key-info", {"key_info_xml": ""}), ("content-type", {"type": XENC + "Content"}),
                    ("key-elsewhere", {"key_info_xml": '<ds:RetrievalMethod URI="http://127.0.0.1:1/key" Type="%sEncryptedKey"/>' % XENC}),
                    ("key-of-nowhere", {"key_info_xml": '<ds:RetrievalMethod URI="#_none" Type="%sEncryptedKey"/>' % XENC}),
                    ("name-only", {"key_info_xml": "<ds:KeyName>sp</ds:KeyName>"}), ("empty-value", {"bytes_edit": lambda raw: b""}),
                    ("not-base64", {"bytes_edit": lambda raw: "%%%"})]:
    @case("encrypted-" + _name, "encryption_shape", control=A, pairs="sp")
    def _(world, how=_how):
        return sealed(world, **how)


@case("encrypted-without-data", "encryption_shape", control=A, pairs="sp")
def _(world):
    return sealed(world, place="beside", data_xml=" ")


@case("encrypted-cipher-reference", "xml_unexpected_element", control=A, pairs="sp")
def _(world):
    return sealed(world).replace(b"<xenc:CipherData>", b'<xenc:CipherData><xenc:CipherReference URI="http://127.0.0.1:1/"/>')


@case("encrypted-oaep-label", "xml_unexpected_element", control=A, pairs="sp")
def _(world):
    return sealed(world).replace(b'mgf1p"/>', b'mgf1p"><xenc:OAEPparams>AAAA</xenc:OAEPparams></xenc:EncryptionMethod>')


@case("encrypted-two-data", "xml_repeated_element", control=A, pairs="sp")
def _(world):
    inner = Sealed(world, assertion(world)).xml()
    start, stop = inner.index("<xenc:EncryptedData"), inner.index("</saml:EncryptedAssertion>")
    return around(world, inner[:stop] + inner[start:stop] + inner[stop:])


@case("encrypted-plain-beside-data", "xml_unexpected_element", control=A, pairs="sp")
def _(world):
    plain = assertion(world, False, assertion_id="_evil", name_id=EVIL).decode()
    return around(world, Sealed(world, assertion(world), beside_xml=plain).xml())


# --- names -------------------------------------------------------------------------------------------

def name(text="anna@decorumsoft.com", before="", after=""):
    return ('%s<saml:NameID xmlns:saml="%s" Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">%s</saml:NameID>%s'
            % (before, SAML, text, after)).encode()


def named(world, text=None, sign="assertion", beside="", **how):
    """A response whose assertion, in plain, has an EncryptedID."""
    message = Message(world, name_id=None, sign=sign)
    encrypted = Sealed(world, name() if text is None else text, "EncryptedID", **how).xml()
    subject = message.subject_text().replace("<saml:Subject>", "<saml:Subject>" + encrypted + beside)
    message.subject_text = lambda: subject
    return message.bytes()


N = "encrypted-name"


@case(N, **ANNA)
def _(world):
    return named(world)


@case("encrypted-name-response-signed", **ANNA)
def _(world):
    return named(world, sign="response")


@case("encrypted-name-cbc", **ANNA)
def _(world):
    """The assertion's signature covers it."""
    return named(world, cipher=XENC + "aes128-cbc")


@case("encrypted-name-key-beside", **ANNA)
def _(world):
    return named(world, place="beside")


@case("encrypted-name-in-encrypted-assertion", **ANNA)
def _(world):
    return sealed(world, text=etree.tostring(find(parse(named(world)), "//saml:Assertion")))


for _name, _code, _how in [
        ("for-another", "decryption_failed", {"keys": [{"to": "sp-new"}]}), ("rsa-1.5", "encryption_algorithm", {"keys": [{"transport": XENC + "rsa-1_5"}]}),
        ("of-another-kind", "xml_unexpected_element", {"text": b'<saml:Issuer xmlns:saml="%s">a</saml:Issuer>' % SAML.encode()}),
        ("twice", "xml_repeated_element", {"text": name() + name(EVIL)}), ("with-comment", "xml_comment", {"text": name("anna@decorumsoft.com<!-- -->.evil")}),
        ("with-doctype", "xml_doctype", {"text": name(before="<!DOCTYPE a>")}), ("with-element", "xml_unexpected_element", {"text": name("<b:b xmlns:b='x:'/>")}),
        ("with-line-feed", "value_invalid", {"text": name("anna&#10;evil")}), ("empty", "value_invalid", {"text": name("")}),
        ("beside-plain", "xml_repeated_element", {"beside": "<saml:NameID>%s</saml:NameID>" % EVIL}), ("too-long", "value_too_long", {"text": name("x" * 8193)}),
        ("tag-cut", "decryption_failed", {"bytes_edit": lambda raw: raw[:-1]})]:
    @case("encrypted-name-" + _name, _code, control=N, pairs="sp")
    def _(world, how=_how):
        return named(world, **how)


@case("encrypted-name-of-unsigned", "signature_missing", control=N, pairs="sp")
def _(world):
    return named(world, sign=None)


@case("encrypted-name-swapped", "digest_mismatch", control=N, pairs="sp")
def _(world):
    root = parse(named(world))
    old = find(root, "//saml:EncryptedID")
    old.getparent().replace(old, parse(Sealed(world, name(EVIL), "EncryptedID").xml()))
    return text_of(root)
