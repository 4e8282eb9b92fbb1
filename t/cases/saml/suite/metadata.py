# SPDX-License-Identifier: Apache-2.0
"""Metadata files of identity providers, good and bad, and certificate files."""

from suite.message import DS, instant

MD = "urn:oasis:names:tc:SAML:2.0:metadata"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"


def key_descriptor(certificate, use="signing"):
    return ('<md:KeyDescriptor%s><ds:KeyInfo xmlns:ds="%s"><ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate>'
            "</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>" % (' use="%s"' % use if use else "", DS, certificate))


def entity(entity_id, descriptors, until=None, role_until=None, head=""):
    return ('<md:EntityDescriptor xmlns:md="%s" entityID="%s"%s>%s'
            '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"%s>%s'
            '<md:SingleSignOnService Binding="%s" Location="%s/post"/>'
            '<md:SingleSignOnService Binding="%s" Location="%s/sso?a=1&amp;b=2"/>'
            "</md:IDPSSODescriptor></md:EntityDescriptor>" % (
                MD, entity_id, ' validUntil="%s"' % instant(until) if until else "", head,
                ' validUntil="%s"' % instant(role_until) if role_until else "", "".join(descriptors),
                POST, entity_id, REDIRECT, entity_id))


def service_provider(entity_id):
    return ('<md:EntityDescriptor xmlns:md="%s" entityID="%s"><md:SPSSODescriptor'
            ' protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"/></md:EntityDescriptor>' % (MD, entity_id))


def group(inner, until=None):
    return '<md:EntitiesDescriptor xmlns:md="%s"%s>%s</md:EntitiesDescriptor>' % (
        MD, ' validUntil="%s"' % instant(until) if until else "", inner)


def files(world):
    def key(kind, use="signing"):
        return key_descriptor(world.keys[kind].certificate, use)

    def private(kind):
        with open(world.keys[kind].file) as file:
            return file.read()

    day = 86400
    idp, other = world.idp, world.other_idp
    # The first as people keep them: a declaration, a comment, an encryption key beside the signing key, wrapped base64.
    lines = world.keys["rsa"].certificate
    wrapped = "\n   ".join(lines[i:i + 60] for i in range(0, len(lines), 60))
    plain = ('<?xml version="1.0" encoding="utf-8"?>\n<!-- our identity provider -->\n' + entity(
        idp, [key_descriptor("\n   " + wrapped + "\n"), key("rsa-other", "encryption")], until=world.now + 30 * day) + "\n")
    return {
        "sp.key": private("sp"),
        "sp.crt": world.keys["sp"].pem,
        "sp-new.key": private("sp-new"),
        "sp-new.crt": world.keys["sp-new"].pem,
        "idp.xml": plain,
        "idp-rollover.xml": entity(idp, [key("rsa-new"), key("rsa", None)]),
        "idp-new.xml": entity(idp, [key("rsa-new")]),
        "idp-ec.xml": entity(idp, [key("ec")]),
        "idp-ec-384.xml": entity(idp, [key("ec-384"), key("rsa")]),
        "idp-old.xml": entity(idp, [key("rsa")], until=world.now + 2),
        "other.xml": entity(other, [key("rsa-other")]),
        "aggregate.xml": group(service_provider("https://sp.one") + group(entity(idp, [key("rsa")]), world.now + day)
                               + entity(other, [key("rsa-other")]) + entity(idp, [key("rsa-other")])
                               + entity("https://weak", [key("rsa-weak")]), world.now + 2 * day),
        "unusable.xml": group(entity(idp, [key("rsa")]) + entity("https://weak.example", [key("rsa-weak")])
                              + entity("https://empty.example", [key_descriptor("")]) + entity("https://none.example", [])
                              + entity("https://odd.example", [key("ec-odd")]) + entity("https://dsa.example", [key("dsa")])),
        "rsa.pem": "-- any text before it --\n" + world.keys["rsa"].pem,
        "two.pem": world.keys["rsa-new"].pem + world.keys["ec"].pem,
        "weak.pem": world.keys["rsa-weak"].pem,
        "rsa-and-weak.pem": world.keys["rsa"].pem + world.keys["rsa-weak"].pem,
        "bad-expired.xml": entity(idp, [key("rsa")], until=world.now - 1),
        "bad-expired-role.xml": entity(idp, [key("rsa")], role_until=world.now - 1),
        "bad-expired-group.xml": group(entity(idp, [key("rsa")]), world.now - 1),
        "bad-until.xml": entity(idp, [key("rsa")]).replace(" entityID=", ' validUntil="tomorrow" entityID='),
        "bad-weak.xml": entity(idp, [key("rsa-weak")]),
        "bad-curve.xml": entity(idp, [key("ec-odd")]),
        "bad-encryption-only.xml": entity(idp, [key("rsa", "encryption")]),
        "bad-no-key.xml": entity(idp, []),
        "bad-empty-certificate.xml": entity(idp, [key_descriptor("")]),
        "bad-certificate.xml": entity(idp, [key_descriptor("AAAA")]),
        "bad-sp.xml": service_provider("https://sp.one"),
        "bad-protocol.xml": entity(idp, [key("rsa")]).replace("SAML:2.0:protocol", "SAML:2.0:protocols"),
        "bad-no-id.xml": entity("", [key("rsa")]),
        "bad-root.xml": "<html xmlns='http://www.w3.org/1999/xhtml'><body>Not found</body></html>",
        "bad-xml.xml": plain[:-30],
        "bad-doctype.xml": "<!DOCTYPE md [<!ENTITY a 'b'>]>" + entity(idp, [key("rsa")]),
        "bad-empty.xml": "",
    }
