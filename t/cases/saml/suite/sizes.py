# SPDX-License-Identifier: Apache-2.0
"""Every cap from both sides."""

import base64

from suite.message import EMAIL, ENVELOPED, EXC_C14N, Message, parse, text_of
from suite.registry import case

MAX_XML, MAX_BODY = 160 * 1024, 256 * 1024
MAX_DEPTH, MAX_NODES, MAX_ATTRS, MAX_NAMESPACES = 32, 620, 32, 540
MAX_VALUE, MAX_VALUES, MAX_ALL_ATTRS, MAX_NAMESPACE_BYTES = 8192, 256, 1620, 64 * 1024


def padded(world, size):
    """A message of exactly so many bytes: white space between elements is nobody's."""
    body = Message(world).bytes()
    return body.replace(b"<samlp:Status>", b" " * (size - len(body)) + b"<samlp:Status>")


@case("xml-at-limit")
def _(world):
    return padded(world, MAX_XML)


@case("xml-over-limit", "message_too_large", control="xml-at-limit")
def _(world):
    return padded(world, MAX_XML + 1)


@case("body-over-limit", "message_too_large", control="xml-at-limit")
def _(world):
    return base64.b64encode(padded(world, MAX_BODY // 4 * 3)).decode() + "\n"


@case("xml-at-limit-in-lines")
def _(world):
    """As large as a form of it gets."""
    text = base64.b64encode(padded(world, MAX_XML)).decode()
    return "".join(text[i:i + 76] + "\r\n" for i in range(0, len(text), 76))


def long_value(world, field, length):
    text = "a" * length
    if field in ("email", "first_name", "last_name"):
        return Message(world, attributes=[("email", [EMAIL])] * (field != "email") + [(field, [text])]).bytes()
    return Message(world, **{field: text}).bytes()


for _field in ("name_id", "session_index", "email", "first_name", "last_name"):
    @case("%s-at-limit" % _field.replace("_", "-"), **{"is_" + _field: "a" * MAX_VALUE})
    def _(world, field=_field):
        return long_value(world, field, MAX_VALUE)

    for _name, _length in (("over-limit", MAX_VALUE + 1), ("64k", 65536)):
        @case("%s-%s" % (_field.replace("_", "-"), _name), "value_too_long", control="%s-at-limit" % _field.replace("_", "-"))
        def _(world, field=_field, length=_length):
            return long_value(world, field, length)


@case("issuer-64k", "value_too_long", control="assertion-signed")
def _(world):
    return Message(world, issuer="a" * 65536, response_issuer=None).bytes()


@case("values-at-limit", is_attributes="1")
def _(world):
    return Message(world, attributes=[("g", ["x"] * MAX_VALUES)]).bytes()


@case("values-over-limit", "attributes_too_many", control="values-at-limit")
def _(world):
    return Message(world, attributes=[("g", ["x"] * (MAX_VALUES + 1))]).bytes()


def many(world, count):
    """So many elements, the surplus where it may repeat."""
    message = Message(world)
    have = len(list(message.tree().iter()))
    text = message.conditions_text().replace(
        "</saml:AudienceRestriction>", "<saml:Audience/>" * (count - have) + "</saml:AudienceRestriction>")
    message.conditions_text = lambda: text
    return message.bytes()


@case("elements-at-limit")
def _(world):
    return many(world, MAX_NODES)


@case("elements-over-limit", "xml_too_many_elements", control="elements-at-limit")
def _(world):
    return many(world, MAX_NODES + 1)


def deep(world, depth):
    """KeyInfo is where foreign elements may nest; it stands at depth 4."""
    inner = "<x:a>" * (depth - 4) + "</x:a>" * (depth - 4)
    return Message(world, key_info_xml='<ds:KeyInfo xmlns:x="urn:x">%s</ds:KeyInfo>' % inner).bytes()


@case("depth-at-limit")
def _(world):
    return deep(world, MAX_DEPTH)


@case("depth-over-limit", "xml_too_deep", control="depth-at-limit")
def _(world):
    return deep(world, MAX_DEPTH + 1)


def with_attributes(world, count):
    message = Message(world)
    text = message.text().replace("<saml:Subject>", "<saml:Subject %s>" % " ".join(
        'a%d=""' % i for i in range(count)))
    return text_of(message.sign_tree(parse(text)))


@case("attributes-at-limit")
def _(world):
    return with_attributes(world, MAX_ATTRS)


@case("attributes-over-limit", "xml_too_many_attributes", control="attributes-at-limit")
def _(world):
    return with_attributes(world, MAX_ATTRS + 1)


@case("attributes-5000", "xml_too_many_attributes", control="attributes-at-limit")
def _(world):
    return with_attributes(world, 5000)


def with_namespaces(world, count):
    """Counting those that every message declares: five, or six with a signature's own."""
    message = Message(world)
    have = message.text().count("xmlns:")
    inner = "".join('<x:a xmlns:x="urn:x:%d"/>' % i for i in range(count - have))
    info = message.signature_text("_assertion").replace("</ds:KeyInfo>", inner + "</ds:KeyInfo>")
    return Message(world, signature_xml=info).bytes()


@case("namespaces-at-limit")
def _(world):
    return with_namespaces(world, MAX_NAMESPACES)


@case("namespaces-over-limit", "xml_too_many_namespaces", control="namespaces-at-limit")
def _(world):
    return with_namespaces(world, MAX_NAMESPACES + 1)


def long_namespace(world, size, count=230):
    """Each of many small elements is written with its namespace by canonicalization: size times thousands."""
    detail = '<samlp:StatusDetail xmlns:x="urn:%s">%s</samlp:StatusDetail>' % ("x" * (size - 4), "<x:a/>" * count)
    message = Message(world, sign="response")
    text = message.status_text().replace("</samlp:Status>", detail + "</samlp:Status>")
    message.status_text = lambda: text
    return message.bytes()


@case("namespace-length-at-limit")
def _(world):
    return long_namespace(world, 256)


@case("namespace-length-over-limit", "xml_namespace_invalid", control="namespace-length-at-limit")
def _(world):
    return long_namespace(world, 257)


@case("namespace-bomb", "xml_namespace_invalid", control="namespace-length-at-limit")
def _(world):
    detail = '<samlp:StatusDetail xmlns:x="urn:%s">%s</samlp:StatusDetail>' % ("x" * 120000, "<x:a/>" * 500)
    return Message(world).bytes().replace(b"</samlp:Status>", detail.encode() + b"</samlp:Status>")


@case("namespace-bytes-over-limit", "xml_too_many_namespaces", control="namespace-length-at-limit")
def _(world):
    return long_namespace(world, 256, 260)


def used_prefixes(world, elements, prefixes):
    """Prefixes declared once and used on every element."""
    names = ["a%d" % i for i in range(prefixes)]
    declared = " ".join('xmlns:%s="urn:%s:%s"' % (name, name, "x" * 240) for name in names)
    one = "<x:a %s/>" % " ".join('%s:b=""' % name for name in names)
    detail = '<samlp:StatusDetail xmlns:x="urn:x" %s>%s</samlp:StatusDetail>' % (declared, one * elements)
    return Message(world, sign="response").bytes().replace(b"</samlp:Status>", detail.encode() + b"</samlp:Status>")


@case("namespace-bomb-by-attributes", "xml_too_many_namespaces", control="namespace-length-at-limit")
def _(world):
    return used_prefixes(world, 50, 30)


@case("all-attributes-over-limit", "xml_too_many_attributes", control="all-attributes-at-limit")
def _(world):
    return used_prefixes(world, 500, 30)


def all_attributes(world, count):
    """So many in all, spread over elements that may hold any."""
    message = Message(world)
    have = message.text().count('="')
    text = message.signature_text("_assertion")
    some = '<x:a %s/>' % " ".join('a%d=""' % i for i in range(30))
    rest = (count - have - 1) % 30
    inner = some * ((count - have - 1) // 30) + "<x:a %s/>" % " ".join('a%d=""' % i for i in range(rest))
    text = text.replace("<ds:KeyInfo>", '<ds:KeyInfo xmlns:x="urn:x">').replace("</ds:KeyInfo>", inner + "</ds:KeyInfo>")
    return Message(world, signature_xml=text).bytes()


@case("all-attributes-at-limit")
def _(world):
    return all_attributes(world, MAX_ALL_ATTRS)


@case("one-attribute-over-limit", "xml_too_many_attributes", control="all-attributes-at-limit")
def _(world):
    return all_attributes(world, MAX_ALL_ATTRS + 1)


def with_prefixes(world, count, where):
    prefixes = '<ec:InclusiveNamespaces xmlns:ec="%s" PrefixList="%s"/>' % (EXC_C14N, " ".join(
        "p%d" % i for i in range(count)))
    if where == "transform":
        return Message(world, transforms=(
            ENVELOPED, '<ds:Transform Algorithm="%s">%s</ds:Transform>' % (EXC_C14N, prefixes))).bytes()
    text = Message(world).signature_text("_assertion").replace(
        '<ds:CanonicalizationMethod Algorithm="%s"/>' % EXC_C14N,
        '<ds:CanonicalizationMethod Algorithm="%s">%s</ds:CanonicalizationMethod>' % (EXC_C14N, prefixes))
    return Message(world, signature_xml=text).bytes()


for _where, _code in (("transform", "signature_transforms"), ("method", "signature_canonicalization")):
    @case("prefix-list-at-limit-" + _where)
    def _(world, where=_where):
        return with_prefixes(world, 16, where)

    @case("prefix-list-over-limit-" + _where, _code, control="prefix-list-at-limit-" + _where)
    def _(world, where=_where):
        return with_prefixes(world, 17, where)


@case("values-with-own-namespaces", is_attributes="1")
def _(world):
    """As common products write them: two declarations on every value."""
    message = Message(world, attributes=[("groups", ["g%d" % i for i in range(250)])])
    text = message.text().replace(' xmlns:xs="http://www.w3.org/2001/XMLSchema"', "").replace(
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"', "").replace(
        "<saml:AttributeValue ", '<saml:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema"'
                                 ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ')
    return text_of(message.sign_tree(parse(text)))


@case("nested-tags", "xml_too_deep", control="assertion-signed")
def _(world):
    return b"<a>" * 50000


@case("nested-100000", "message_too_large", control="xml-at-limit")
def _(world):
    return b"<a>" * 100000


@case("saml-attributes-5000", "message_too_large", control="values-at-limit")
def _(world):
    return Message(world, attributes=[("a%d" % i, ["x"]) for i in range(5000)]).bytes()


@case("saml-attributes-2500", "xml_too_many_elements", control="values-at-limit")
def _(world):
    """As many as there is room for, without their values' types."""
    message = Message(world)
    text = "<saml:AttributeStatement>%s</saml:AttributeStatement>" % "".join(
        '<saml:Attribute Name="a"><saml:AttributeValue/></saml:Attribute>' for _ in range(2500))
    message.attributes_text = lambda: text
    return message.bytes()
