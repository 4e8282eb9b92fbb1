# SPDX-License-Identifier: Apache-2.0
"""Signature wrapping: the signature holds, but over something else than what a careless reader would read."""

import copy

from lxml import etree

from suite.message import (DS, SAML, SAMLP, SUCCESS, Message, evil, find, text_of, without_signature)
from suite.registry import case

A = "//saml:Assertion"
S = "//ds:Signature"


def assertion_signed(world):
    root = Message(world).tree()
    return root, find(root, A), find(root, S)


def wrap(tag, *children):
    element = etree.Element(tag)
    element.extend(children)
    return element


@case("xsw1", "xml_unexpected_element", control="response-signed")
def _(world):
    """The evil Response holds the original inside its Signature."""
    root = Message(world, sign="response").tree()
    original = without_signature(root)
    evil(root, "_evil")
    find(root, "/samlp:Response/ds:Signature").append(original)
    return text_of(root)


@case("xsw2", "xml_unexpected_element", control="response-signed")
def _(world):
    """The evil Response holds the original just before the Signature."""
    root = Message(world, sign="response").tree()
    original = without_signature(root)
    evil(root, "_evil")
    find(root, "/samlp:Response/ds:Signature").addprevious(original)
    return text_of(root)


@case("xsw3", "assertion_repeated", control="assertion-signed")
def _(world):
    root, assertion, _signature = assertion_signed(world)
    assertion.addprevious(evil(without_signature(assertion), "_evil"))
    return text_of(root)


@case("xsw3-after", "assertion_repeated", control="assertion-signed")
def _(world):
    root, assertion, _signature = assertion_signed(world)
    assertion.addnext(evil(without_signature(assertion), "_evil"))
    return text_of(root)


@case("xsw4", "xml_unexpected_element", control="assertion-signed")
def _(world):
    """The evil copy comes after, with the original moved inside it."""
    root, assertion, _signature = assertion_signed(world)
    outer = evil(without_signature(assertion), "_evil")
    assertion.addnext(outer)
    outer.append(assertion)
    return text_of(root)


@case("xsw5", "assertion_repeated", control="assertion-signed")
def _(world):
    """The signed assertion turns evil under a new ID; the original, without its Signature, stands at the end."""
    root, assertion, _signature = assertion_signed(world)
    original = without_signature(assertion)
    evil(assertion, "_evil")
    root.append(original)
    return text_of(root)


@case("xsw6", "xml_unexpected_element", control="assertion-signed")
def _(world):
    root, assertion, signature = assertion_signed(world)
    original = without_signature(assertion)
    evil(assertion, "_evil")
    signature.append(original)
    return text_of(root)


@case("xsw7", "xml_unexpected_element", control="assertion-signed")
def _(world):
    root, assertion, _signature = assertion_signed(world)
    assertion.addprevious(wrap("{%s}Extensions" % SAMLP, evil(without_signature(assertion))))
    return text_of(root)


@case("xsw8", "xml_unexpected_element", control="assertion-signed")
def _(world):
    """The evil assertion keeps its ID and Signature; the original stands in an Object of that Signature."""
    root, assertion, signature = assertion_signed(world)
    original = without_signature(assertion)
    evil(assertion)
    signature.append(wrap("{%s}Object" % DS, original))
    return text_of(root)


@case("xsw8-new-id", "xml_unexpected_element", control="assertion-signed")
def _(world):
    root, assertion, signature = assertion_signed(world)
    original = without_signature(assertion)
    evil(assertion, "_evil")
    signature.append(wrap("{%s}Object" % DS, original))
    return text_of(root)


@case("xsw-key-info", "xml_unexpected_element", control="assertion-signed")
def _(world):
    """The original hidden where the signature's key information is passed over."""
    root, assertion, _signature = assertion_signed(world)
    original = without_signature(assertion)
    evil(assertion, "_evil")
    find(root, "//ds:KeyInfo").append(original)
    return text_of(root)


@case("xsw-status-detail", "xml_unexpected_element", control="assertion-signed")
def _(world):
    root, assertion, _signature = assertion_signed(world)
    original = without_signature(assertion)
    evil(assertion, "_evil")
    find(root, "/samlp:Response/samlp:Status").append(wrap("{%s}StatusDetail" % SAMLP, original))
    return text_of(root)


@case("same-id-twin", "xml_id_duplicate", control="assertion-signed")
def _(world):
    """Two assertions with one ID and copies of one Signature."""
    root, assertion, _signature = assertion_signed(world)
    twin = evil(copy.deepcopy(assertion))
    assertion.addprevious(twin)
    return text_of(root)


@case("same-id-on-response", "xml_id_duplicate", control="assertion-signed")
def _(world):
    return Message(world, response_id="_assertion").bytes()


@case("two-signed-assertions", "assertion_repeated", control="assertion-signed")
def _(world):
    second = Message(world, assertion_id="_second").assertion_text()
    return Message(world, extra_response_xml=second).bytes()


@case("assertion-in-attribute-value", "xml_unexpected_element", control="assertion-signed")
def _(world):
    root, assertion, _signature = assertion_signed(world)
    original = without_signature(assertion)
    evil(assertion, "_evil")
    find(assertion, ".//saml:AttributeValue").append(original)
    return text_of(root)


@case("assertion-in-advice", "xml_unexpected_element", control="assertion-signed")
def _(world):
    root, assertion, _signature = assertion_signed(world)
    original = without_signature(assertion)
    evil(assertion, "_evil")
    assertion.append(wrap("{%s}Advice" % SAML, original))
    return text_of(root)


@case("assertion-in-encrypted-assertion", "xml_unexpected_element", control="assertion-signed")
def _(world):
    root, assertion, _signature = assertion_signed(world)
    root.append(wrap("{%s}EncryptedAssertion" % SAML, evil(without_signature(assertion), "_evil")))
    return text_of(root)


@case("encrypted-beside-plain", "assertion_repeated", control="assertion-signed")
def _(world):
    root, _assertion, _signature = assertion_signed(world)
    root.append(etree.Element("{%s}EncryptedAssertion" % SAML))
    return text_of(root)


@case("encrypted-only", "encrypted_assertion_unsupported", control="assertion-signed")
def _(world):
    root, assertion, _signature = assertion_signed(world)
    root.replace(assertion, etree.Element("{%s}EncryptedAssertion" % SAML))
    return text_of(root)


for _name, _attribute, _on, _code in [
        ("extra-id-lower-case", "id", A, "xml_id_misplaced"),
        ("extra-id-mixed-case", "Id", A, "xml_id_misplaced"),
        ("extra-id-odd-case", "iD", A, "xml_id_misplaced"),
        ("extra-xml-id", "{http://www.w3.org/XML/1998/namespace}id", A, "xml_id_misplaced"),
        ("extra-id-on-subject", "ID", "//saml:Subject", "xml_id_misplaced"),
        ("extra-id-on-status", "Id", "//samlp:Status", "xml_id_misplaced"),
        ("extra-qualified-id", "{%s}ID" % SAML, A, "xml_id_misplaced"),
        ("signature-id-of-assertion", "Id", S, "xml_id_duplicate")]:
    @case(_name, _code, control="assertion-signed")
    def _(world, attribute=_attribute, on=_on):
        root = Message(world).tree()
        find(root, on).set(attribute, "_assertion" if on == S else "_other")
        return text_of(root)


@case("evil-without-resigning", "digest_mismatch", control="assertion-signed")
def _(world):
    root, assertion, _signature = assertion_signed(world)
    evil(assertion)
    return text_of(root)


@case("signature-of-response-in-assertion", "signature_reference", control="both-signed")
def _(world):
    """The Response's valid Signature moved into the Assertion."""
    root = Message(world, sign="both").tree()
    assertion = find(root, A)
    assertion.replace(find(assertion, "ds:Signature"), find(root, "/samlp:Response/ds:Signature"))
    return text_of(root)


@case("signature-moved-to-response", "signature_reference", control="assertion-signed")
def _(world):
    """The Assertion's valid Signature moved up: it covers the assertion, but stands in the wrong place."""
    root, assertion, signature = assertion_signed(world)
    evil(assertion)
    assertion.addprevious(signature)
    return text_of(root)


@case("both-one-broken", "digest_mismatch", control="both-signed")
def _(world):
    """The Assertion's own signature is good, the Response's is not."""
    root = Message(world, sign="both").tree()
    root.set("Destination", world.acs)
    find(root, "/samlp:Response/samlp:Status/samlp:StatusCode").set("Extra", "1")
    return text_of(root)


@case("response-in-soap", "response_missing", control="assertion-signed")
def _(world):
    body = Message(world).bytes().decode()
    return ('<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>%s</S:Body></S:Envelope>'
            % body).encode()


def in_artifact_response(world):
    """What the back channel would bring is nothing that a browser may post."""
    return ('<samlp:ArtifactResponse xmlns:samlp="%s" xmlns:saml="%s" ID="_artifact" Version="2.0" IssueInstant="2026-01-01T00:00:00Z">'
            '<saml:Issuer>%s</saml:Issuer><samlp:Status><samlp:StatusCode Value="%s"/></samlp:Status>%s</samlp:ArtifactResponse>' % (
                SAMLP, SAML, world.idp, SUCCESS, Message(world).bytes().decode()))


@case("artifact-response", "response_missing", control="assertion-signed")
def _(world):
    return in_artifact_response(world).encode()


@case("artifact-response-in-soap", "response_missing", control="assertion-signed")
def _(world):
    return ('<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>%s</S:Body></S:Envelope>'
            % in_artifact_response(world)).encode()


@case("authn-request", "response_missing", control="assertion-signed")
def _(world):
    """What we would send ourselves."""
    return ('<samlp:AuthnRequest xmlns:samlp="%s" xmlns:saml="%s" ID="_q" Version="2.0" IssueInstant="2026-01-01T00:00:00Z">'
            "<saml:Issuer>%s</saml:Issuer></samlp:AuthnRequest>" % (SAMLP, SAML, world.sp)).encode()


@case("logout-request", "response_missing", control="assertion-signed")
def _(world):
    return ('<samlp:LogoutRequest xmlns:samlp="%s" xmlns:saml="%s" ID="_q" Version="2.0" IssueInstant="2026-01-01T00:00:00Z">'
            "<saml:Issuer>%s</saml:Issuer><saml:NameID>x</saml:NameID></samlp:LogoutRequest>" % (SAMLP, SAML, world.idp)).encode()


@case("bare-assertion", "response_missing", control="assertion-signed")
def _(world):
    return text_of(Message(world).sign_tree(etree.fromstring(Message(world).assertion_text().replace(
        "<saml:Assertion ", '<saml:Assertion xmlns:saml="%s" ' % SAML))))
