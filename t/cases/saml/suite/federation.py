# SPDX-License-Identifier: Apache-2.0
"""Aggregates of many entities, signed and not, good and bad. The registrar's key is "rsa-new"; files whose name begins
with "signed-bad-" must be refused where its signature is asked for."""

import copy

from lxml import etree

from suite.message import DS, ENVELOPED, EXC_C14N, MORE, XENC, Message, instant, parse, text_of
from suite.metadata import MD, entity, group, key_descriptor, service_provider
from suite.signatures import sign_one

C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
UI = "urn:oasis:names:tc:SAML:metadata:ui"


def extensions(inner):
    return "<md:Extensions>%s</md:Extensions>" % inner


def names(**texts):
    return '<mdui:UIInfo xmlns:mdui="%s">%s</mdui:UIInfo>' % (UI, "".join(
        '<mdui:DisplayName xml:lang="%s">%s</mdui:DisplayName>' % pair for pair in texts.items()))


def scope(domain, regexp="false"):
    return '<s:Scope xmlns:s="urn:mace:shibboleth:metadata:1.0" regexp="%s">%s</s:Scope>' % (regexp, domain)


def in_role(text, inner):
    """Puts what stands in a role's Extensions into the text of an entity."""
    at = text.index(">", text.index("<md:IDPSSODescriptor")) + 1
    return text[:at] + extensions(inner) + text[at:]


def files(world):
    def key(kind):
        return key_descriptor(world.keys[kind].certificate)

    idp, other, day = world.idp, world.other_idp, 86400
    mine = entity(idp, [key("rsa")])
    template = Message(world, key=world.keys["rsa-new"])

    def unsigned(inner=mine, signature=None, attributes="", document_id="_fed"):
        text = template.signature_text(document_id) if signature is None else signature
        return '<md:EntitiesDescriptor xmlns:md="%s" ID="%s"%s>%s%s</md:EntitiesDescriptor>' % (
            MD, document_id, attributes, text, inner)

    def tree(text=None, kind="rsa-new", which=0):
        root = parse(unsigned() if text is None else text)
        return sign_one(world, root, root.findall(".//{%s}Signature" % DS)[which], kind)

    def changed(**fields):
        return text_of(tree(unsigned(signature=Message(world, key=world.keys["rsa-new"], **fields).signature_text("_fed"))))

    def tampered(change):
        root = tree()
        change(root)
        return text_of(root)

    def exchange(root):
        for node in root.iter("{%s}X509Certificate" % DS):
            if node.getparent().getparent().getparent().tag == "{%s}KeyDescriptor" % MD:
                node.text = world.keys["rsa-other"].certificate

    def append(root):
        root.append(parse(entity(other, [key("rsa-other")])))

    def wrap(root):
        """The signed one whole within an unsigned one of the same ID."""
        outer = parse(unsigned(entity(idp, [key("rsa-other")]), ""))
        signature = copy.deepcopy(root.find("{%s}Signature" % DS))
        outer.insert(0, signature)
        outer.append(copy.deepcopy(root))
        return text_of(outer)

    def moved(root):
        """The signature in a group within, the document element has none."""
        outer = parse(unsigned(entity(idp, [key("rsa-other")]), "", document_id="_outer"))
        outer.append(copy.deepcopy(root))
        return text_of(outer)

    def twice(root):
        root.insert(0, copy.deepcopy(root.find("{%s}Signature" % DS)))

    def comment(root):
        root.find("{%s}EntityDescriptor" % MD).insert(0, etree.Comment(" not signed, and not read "))

    shib = in_role(mine, names(en="The English Name", de="Der deutsche Name", fr="  Nom \n français ") + scope("uni.example")
                   + scope("B\u00dcCHER.example") + scope("^.*\\.example$", "true") + scope("not a domain"))
    organization = entity(other, [key("rsa-other")]).replace("</md:EntityDescriptor>", (
        '<md:Organization><md:OrganizationName xml:lang="en">o</md:OrganizationName><md:OrganizationDisplayName xml:lang="es">'
        "La organizaci\u00f3n</md:OrganizationDisplayName></md:Organization></md:EntityDescriptor>"))
    hidden = entity("https://hidden.example", [key("rsa")], head=extensions(
        '<a:EntityAttributes xmlns:a="urn:oasis:names:tc:SAML:metadata:attribute"><b:Attribute'
        ' xmlns:b="urn:oasis:names:tc:SAML:2.0:assertion" Name="http://macedir.org/entity-category"><b:AttributeValue>other'
        "</b:AttributeValue><b:AttributeValue>http://refeds.org/category/hide-from-discovery</b:AttributeValue>"
        "</b:Attribute></a:EntityAttributes>"))
    nested = mine
    for until in (3, 5, 4):
        nested = group(nested, world.now + until * day)
    deep = mine
    for _ in range(40):
        deep = group(deep)
    one = mine.replace("<md:IDPSSO", template.signature_text("_one") + "<md:IDPSSO", 1).replace(" entityID", ' ID="_one" entityID', 1)
    open_root = '<md:EntitiesDescriptor xmlns:md="%s">' % MD
    return {
        "registrar.crt": world.keys["rsa-new"].pem,
        "people.xml": group(shib + organization + hidden + entity("https://plain.example:8443/x", [key("rsa")])),
        "nested.xml": group(nested + service_provider("https://sp.two"), world.now + 9 * day),
        "partly-expired.xml": group(
            group(entity("https://of-the-group", [key("rsa")]), world.now - 1)
            + entity("https://of-the-entity", [key("rsa")], until=world.now - 1)
            + entity("https://of-the-role", [key("rsa")], role_until=world.now - 1)
            + '<md:EntitiesDescriptor xmlns:md="%s" validUntil="soon">%s</md:EntitiesDescriptor>' % (MD, entity("https://unreadable", [key("rsa")]))
            + mine, world.now + day),
        "all-expired.xml": group(mine + service_provider("https://sp.two"), world.now - 1),
        "twice.xml": group(mine + entity(idp, [key("rsa-other")]) + entity(other, [key("rsa-other")])),
        "late-error.xml": open_root + mine + entity(other, [key("rsa-other")]) + "<md:EntityDescriptor></md:EntitiesDescriptor>",
        "late-prefix.xml": open_root + mine + "<unknown:Thing/></md:EntitiesDescriptor>",
        "deep.xml": deep,
        "attributes.xml": open_root + "<md:x%s/>" % "".join(' a%d=""' % i for i in range(200)) + mine + "</md:EntitiesDescriptor>",
        "laughs.xml": '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + unsigned().replace("/sso?", "&b;"),
        "signed.xml": text_of(tree()),
        "signed-one.xml": text_of(tree(one)),
        "signed-comment.xml": tampered(comment),
        "signed-inner-too.xml": text_of(tree(unsigned(mine.replace(
            "<md:IDPSSO", Message(world, key=world.keys["rsa-other"]).signature_text("_other") + "<md:IDPSSO", 1)))),
        "signed-bad-none.xml": unsigned(signature=""),
        "signed-bad-other-key.xml": text_of(tree(kind="rsa-other")),
        "signed-bad-idps-key.xml": text_of(tree(kind="rsa")),
        "signed-bad-exchanged.xml": tampered(exchange),
        "signed-bad-appended.xml": tampered(append),
        "signed-bad-wrapped.xml": wrap(tree()),
        "signed-bad-moved.xml": moved(tree()),
        "signed-bad-twice.xml": tampered(twice),
        "signed-bad-sha1.xml": changed(method=DS + "rsa-sha1"),
        "signed-bad-digest-sha1.xml": changed(digest=DS + "sha1"),
        "signed-bad-c14n.xml": changed(transforms=(ENVELOPED, C14N)),
        "signed-bad-transforms.xml": changed(transforms=(ENVELOPED, EXC_C14N, EXC_C14N)),
        "signed-bad-uri.xml": changed(reference=""),
        "signed-bad-template.xml": unsigned(),
        "signed-bad-hmac.xml": unsigned(signature=template.signature_text("_fed").replace(MORE + "rsa-sha256", MORE + "hmac-sha256")),
        # What canonicalization would make many times its size of: one long namespace, used by each of many elements.
        "signed-bad-growth.xml": unsigned(
            "".join("<n:x/>" for _ in range(20000)) + mine, attributes=' xmlns:n="urn:%s"' % ("x" * 20000)),
    }
