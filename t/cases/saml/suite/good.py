# SPDX-License-Identifier: Apache-2.0
"""What must be accepted: the controls that attacks are held against, and what real identity providers vary."""

import base64

from suite.message import (DS, EXC_C14N, ENVELOPED, MORE, NS, SAML, XENC, Message, find, instant, parse, text_of)
from suite.registry import case


@case("assertion-signed", is_name_id="anna@decorumsoft.com", is_email="anna@decorumsoft.com", is_session_index="_session",
      is_unsolicited="1", is_attributes="3", is_issuer=lambda world: world.idp, is_assertion_id="_assertion",
      is_until=lambda world: world.now + 3660, is_one_time_use="0")
def _(world):
    return Message(world).bytes()


@case("response-signed", is_name_id="anna@decorumsoft.com", is_email="anna@decorumsoft.com")
def _(world):
    return Message(world, sign="response").bytes()


@case("both-signed", is_name_id="anna@decorumsoft.com", is_email="anna@decorumsoft.com")
def _(world):
    return Message(world, sign="both").bytes()


@case("response-without-issuer")
def _(world):
    return Message(world, response_issuer=None).bytes()


@case("issuer-with-format")
def _(world):
    return Message(world, issuer_format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity").bytes()


@case("no-destination")
def _(world):
    return Message(world, destination=None).bytes()


@case("empty-destination")
def _(world):
    return Message(world, destination="").bytes()


@case("pretty-printed", is_name_id="anna@decorumsoft.com")
def _(world):
    text = Message(world, sign="both").text().replace("><", ">\n  <")
    return text_of(Message(world, sign="both").sign_tree(parse(text)))


@case("declaration")
def _(world):
    return b'<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n' + Message(world).bytes()


@case("declaration-lower-case")
def _(world):
    return b"<?xml version='1.0' encoding='utf-8'?>" + Message(world).bytes() + b"\n"


@case("byte-order-mark")
def _(world):
    return b"\xef\xbb\xbf" + Message(world).bytes()


@case("base64-wrapped")
def _(world):
    text = base64.b64encode(Message(world).bytes()).decode()
    return "\r\n".join(text[i:i + 76] for i in range(0, len(text), 76)) + "\r\n"


@case("other-prefixes", is_name_id="anna@decorumsoft.com")
def _(world):
    message = Message(world)
    text = message.text().replace("samlp:", "p:").replace("xmlns:samlp", "xmlns:p").replace("saml:", "a:") \
        .replace("xmlns:saml", "xmlns:a").replace("ds:", "x:").replace("xmlns:ds", "xmlns:x")
    return text_of(message.sign_tree(parse(text)))


@case("default-namespace", is_name_id="anna@decorumsoft.com")
def _(world):
    message = Message(world)
    text = message.text().replace(' xmlns:saml="%s"' % SAML, "").replace(
        "<saml:Assertion", '<saml:Assertion xmlns="%s"' % SAML).replace(
        "<saml:Issuer>", '<saml:Issuer xmlns:saml="%s">' % SAML, 1)
    head, tail = text.split("<saml:Assertion")
    text = head + "<Assertion" + tail.replace("<saml:", "<").replace("</saml:", "</")
    return text_of(message.sign_tree(parse(text)))


@case("prefix-list")
def _(world):
    prefixes = '<ec:InclusiveNamespaces xmlns:ec="%s" PrefixList="xs xsi"/>' % EXC_C14N
    return Message(world, transforms=(
        ENVELOPED, '<ds:Transform Algorithm="%s">%s</ds:Transform>' % (EXC_C14N, prefixes))).bytes()


@case("signature-with-id")
def _(world):
    message = Message(world)
    text = message.signature_text("_assertion").replace("<ds:Signature ", '<ds:Signature Id="_signature" ')
    return Message(world, signature_xml=text).bytes()


@case("no-key-info")
def _(world):
    return Message(world, key_info_xml="").bytes()


for _name, _method, _digest, _key, _idp in [
        ("rsa-sha384", "rsa-sha384", MORE + "sha384", "rsa", "idp.xml"),
        ("rsa-sha512", "rsa-sha512", XENC + "sha512", "rsa", "idp.xml"),
        ("ecdsa-sha256", "ecdsa-sha256", XENC + "sha256", "ec", "idp-ec.xml"),
        ("ecdsa-sha512", "ecdsa-sha512", XENC + "sha512", "ec", "idp-ec.xml"),
        ("ecdsa-p384-sha384", "ecdsa-sha384", MORE + "sha384", "ec-384", "idp-ec-384.xml"),
        ("rsa-of-two-kinds", "rsa-sha256", XENC + "sha256", "rsa", "idp-ec-384.xml")]:
    @case(_name, idps=_idp)
    def _(world, method=_method, digest=_digest, key=_key):
        return Message(world, key=world.keys[key], method=MORE + method, digest=digest).bytes()


@case("sha1-allowed", sha1="1")
def _(world):
    return Message(world, method=DS + "rsa-sha1", digest=DS + "sha1").bytes()


@case("rollover-old-key", idps="idp-rollover.xml")
def _(world):
    return Message(world).bytes()


@case("rollover-new-key", idps="idp-rollover.xml")
def _(world):
    return Message(world, key=world.keys["rsa-new"]).bytes()


@case("rollover-in-two-files", idps="idp-new.xml,other.xml,idp.xml")
def _(world):
    return Message(world).bytes()


@case("metadata-still-valid", idps="idp-old.xml", exact="1", now=lambda world: world.now + 1)
def _(world):
    return Message(world).bytes()


@case("one-of-two-idps", idps="idp.xml,other.xml", is_issuer=lambda world: world.other_idp)
def _(world):
    return Message(world, issuer=world.other_idp, response_issuer=world.other_idp, key=world.keys["rsa-other"]).bytes()


@case("several-audiences")
def _(world):
    return Message(world, audiences=[["https://another.sp", world.sp], [world.sp]]).bytes()


@case("audience-in-lines-of-its-own")
def _(world):
    return Message(world, audiences=[["\n    %s\n\t " % world.sp]]).bytes()


@case("proxy-restriction")
def _(world):
    return Message(world, condition_xml='<saml:ProxyRestriction Count="0"/>').bytes()


@case("one-time-use", is_one_time_use="1")
def _(world):
    return Message(world, condition_xml="<saml:OneTimeUse/>").bytes()


@case("no-conditions-window")
def _(world):
    return Message(world, since=None, until=None).bytes()


@case("two-confirmations", is_until=lambda world: world.now + 3660)
def _(world):
    message = Message(world)
    other = message.confirmation_text().replace(world.acs, "https://another.sp/acs")
    message.confirmation_text = lambda text=other + message.confirmation_text(): text
    return message.bytes()


# Taken by the one, it may come again to the other address: it must be remembered for as long as that one holds.
@case("two-confirmations-other-lasts", is_until=lambda world: world.now + 3660)
def _(world):
    message = Message(world)
    other = message.confirmation_text().replace(world.acs, "https://another.sp/acs")
    message.confirmed_until = instant(world.now + 300)
    message.confirmation_text = lambda text=other + message.confirmation_text(): text
    return message.bytes()


@case("sender-vouches-beside-bearer")
def _(world):
    message = Message(world)
    other = '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"/>'
    message.confirmation_text = lambda text=other + message.confirmation_text(): text
    return message.bytes()


@case("confirmation-without-conditions-end", is_until=lambda world: world.now + 1060)
def _(world):
    return Message(world, confirmed_until=instant(world.now + 1000)).bytes()


@case("session-end", is_until=lambda world: world.now + 560, is_session_until=lambda world: world.now + 500)
def _(world):
    return Message(world, session_until=instant(world.now + 500)).bytes()


@case("solicited", in_response_to="_request", in_response_to_idp=lambda world: world.idp, is_in_response_to="_request")
def _(world):
    return Message(world, request="_request", confirmed_request="_request").bytes()


@case("unsolicited-while-asked", in_response_to="_request", in_response_to_idp=lambda world: world.idp, is_unsolicited="1")
def _(world):
    return Message(world).bytes()


@case("no-attributes", is_attributes="0", is_email="")
def _(world):
    return Message(world, attributes=[]).bytes()


@case("targeted-id", is_targeted="abc!def")
def _(world):
    message = Message(world)
    text = message.attributes_text().replace(
        "</saml:AttributeStatement>",
        '<saml:Attribute Name="targeted"><saml:AttributeValue><saml:NameID>abc!def</saml:NameID></saml:AttributeValue>'
        "</saml:Attribute></saml:AttributeStatement>")
    message.attributes_text = lambda: text
    return message.bytes()


@case("ampersand-in-destination", is_name_id="anna@decorumsoft.com", acs=lambda world: world.acs + "?a=1&b=2")
def _(world):
    url = world.acs + "?a=1&b=2"
    return Message(world, destination=url, recipient=url, sign="both").bytes()


@case("unsigned-part-rewritten", is_name_id="anna@decorumsoft.com")
def _(world):
    """What only the assertion's signature covers is read; the rest of the response may be anybody's."""
    root = Message(world).tree()
    root.set("ID", "_anything")
    find(root, "/samlp:Response/samlp:Status").append(find(root, "/samlp:Response/samlp:Status/samlp:StatusCode"))
    assert root.xpath("//samlp:StatusCode", namespaces=NS)
    return text_of(root)
