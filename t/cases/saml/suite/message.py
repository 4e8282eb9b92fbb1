# SPDX-License-Identifier: Apache-2.0
"""A SAML response as an identity provider makes it, every part of which a case can change before or after signing.

Signed by python3-xmlsec, so that what is tested does not share code with what tests it."""

import copy
import datetime
from xml.sax.saxutils import escape, quoteattr

import xmlsec
from lxml import etree

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
DS = "http://www.w3.org/2000/09/xmldsig#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = DS + "enveloped-signature"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
EMAIL = "anna@decorumsoft.com"
EVIL = "evil@decorumsoft.com"
NS = {"saml": SAML, "samlp": SAMLP, "ds": DS}

DEFAULT_TRANSFORMS = (ENVELOPED, EXC_C14N)
RETURN = {"\r": "&#13;"}  # or the parser makes a line feed of it


def instant(epoch):
    return datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def attr(name, value):
    """ name="value", or nothing for None. """
    return "" if value is None else " %s=%s" % (name, quoteattr(value))


def parse(text):
    return etree.fromstring(text, etree.XMLParser(resolve_entities=False, huge_tree=True))


def text_of(root):
    return etree.tostring(root)


class Message:
    """Fields are attributes; None leaves the XML out. What ends in _xml is put in as it is."""

    def __init__(self, world, **changes):
        now = world.now
        self.world = world
        self.response_id, self.assertion_id = "_response", "_assertion"
        self.version = self.assertion_version = "2.0"
        self.issued, self.assertion_issued = instant(now - 5), instant(now - 5)
        self.destination = self.recipient = world.acs
        self.request = self.confirmed_request = None
        self.issuer = self.response_issuer = world.idp
        self.issuer_format = None
        self.status = SUCCESS
        self.sub_status = self.status_message = None
        self.name_id = EMAIL
        self.name_format = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
        self.confirmed_until, self.confirmed_since = instant(now + 3600), None
        self.since, self.until = instant(now - 60), instant(now + 3600)
        self.audiences = [[world.sp]]
        self.condition_xml = ""
        self.authenticated, self.session_until = instant(now - 10), None
        self.session_index = "_session"
        self.attributes = [("email", [EMAIL]), ("first_name", ["Anna"]), ("last_name", ["Nowak"])]
        self.extra_response_xml = self.extra_assertion_xml = ""
        self.sign = "assertion"
        self.key = world.keys["rsa"]
        self.method = self.digest = None
        self.canonicalization = EXC_C14N
        self.transforms = DEFAULT_TRANSFORMS
        self.reference = None
        self.key_info_xml = None
        self.signature_xml = None
        for name, value in changes.items():
            if not hasattr(self, name):
                raise AttributeError(name)
            setattr(self, name, value)

    # --- text ------------------------------------------------------------------------------------

    def signature_text(self, parent_id):
        if self.signature_xml is not None:
            return self.signature_xml
        method = self.method or MORE + ("ecdsa-sha256" if self.key.is_ec else "rsa-sha256")
        digest = self.digest or XENC + "sha256"
        transforms = "".join(t if t.startswith("<") else '<ds:Transform Algorithm="%s"/>' % t for t in self.transforms)
        key_info = self.key_info_xml
        if key_info is None:
            key_info = ("<ds:KeyInfo><ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
                        % self.key.certificate)
        uri = "#" + parent_id if self.reference is None else self.reference
        return ('<ds:Signature xmlns:ds="%s"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="%s"/>'
                '<ds:SignatureMethod Algorithm="%s"/><ds:Reference URI="%s"><ds:Transforms>%s</ds:Transforms>'
                '<ds:DigestMethod Algorithm="%s"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/>%s'
                "</ds:Signature>" % (DS, self.canonicalization, method, uri, transforms, digest, key_info))

    def status_text(self):
        if self.status is None:
            return ""
        sub = "<samlp:StatusCode%s/>" % attr("Value", self.sub_status) if self.sub_status else ""
        message = "<samlp:StatusMessage>%s</samlp:StatusMessage>" % escape(self.status_message) \
            if self.status_message else ""
        return "<samlp:Status><samlp:StatusCode%s>%s</samlp:StatusCode>%s</samlp:Status>" % (
            attr("Value", self.status), sub, message)

    def confirmation_text(self):
        return ("<saml:SubjectConfirmation%s><saml:SubjectConfirmationData%s%s%s%s/></saml:SubjectConfirmation>" % (
            attr("Method", BEARER), attr("Recipient", self.recipient), attr("NotOnOrAfter", self.confirmed_until),
            attr("NotBefore", self.confirmed_since), attr("InResponseTo", self.confirmed_request)))

    def subject_text(self):
        name = "" if self.name_id is None else "<saml:NameID%s>%s</saml:NameID>" % (
            attr("Format", self.name_format), escape(self.name_id, RETURN))
        return "<saml:Subject>%s%s</saml:Subject>" % (name, self.confirmation_text())

    def conditions_text(self):
        restrictions = "".join("<saml:AudienceRestriction>%s</saml:AudienceRestriction>" % "".join(
            "<saml:Audience>%s</saml:Audience>" % escape(a) for a in some) for some in self.audiences)
        return "<saml:Conditions%s%s>%s%s</saml:Conditions>" % (
            attr("NotBefore", self.since), attr("NotOnOrAfter", self.until), restrictions, self.condition_xml)

    def authn_text(self):
        return ("<saml:AuthnStatement%s%s%s><saml:AuthnContext><saml:AuthnContextClassRef>"
                "urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext>"
                "</saml:AuthnStatement>" % (
                    attr("AuthnInstant", self.authenticated), attr("SessionNotOnOrAfter", self.session_until),
                    attr("SessionIndex", self.session_index)))

    def attributes_text(self):
        def one(name, values):
            return "<saml:Attribute%s>%s</saml:Attribute>" % (attr("Name", name), "".join(
                '<saml:AttributeValue xsi:type="xs:string">%s</saml:AttributeValue>' % escape(v, RETURN) for v in values))
        inner = "".join(one(*pair) for pair in self.attributes)
        return "<saml:AttributeStatement>%s</saml:AttributeStatement>" % inner if inner else ""

    def issuer_text(self, issuer):
        return "" if issuer is None else "<saml:Issuer%s>%s</saml:Issuer>" % (
            attr("Format", self.issuer_format), escape(issuer))

    def assertion_text(self):
        signature = self.signature_text(self.assertion_id) if self.sign in ("assertion", "both") else ""
        return ('<saml:Assertion xmlns:xs="http://www.w3.org/2001/XMLSchema"'
                ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"%s%s%s>%s%s%s%s%s%s%s</saml:Assertion>' % (
                    attr("ID", self.assertion_id), attr("Version", self.assertion_version),
                    attr("IssueInstant", self.assertion_issued), self.issuer_text(self.issuer), signature,
                    self.subject_text(), self.conditions_text(), self.authn_text(), self.attributes_text(),
                    self.extra_assertion_xml))

    def text(self):
        signature = self.signature_text(self.response_id) if self.sign in ("response", "both") else ""
        return ('<samlp:Response xmlns:samlp="%s" xmlns:saml="%s"%s%s%s%s%s>%s%s%s%s%s</samlp:Response>' % (
            SAMLP, SAML, attr("ID", self.response_id), attr("Version", self.version),
            attr("IssueInstant", self.issued), attr("Destination", self.destination),
            attr("InResponseTo", self.request), self.issuer_text(self.response_issuer), signature,
            self.status_text(), self.assertion_text(), self.extra_response_xml))

    # --- signing ---------------------------------------------------------------------------------

    def sign_tree(self, root, key=None):
        """Fills every ds:Signature that stands in an Assertion or Response, inner ones first."""
        nodes = root.xpath("//ds:Signature[parent::saml:Assertion or parent::samlp:Response]", namespaces=NS)
        for node in sorted(nodes, key=lambda n: -len(list(n.iterancestors()))):
            context = xmlsec.SignatureContext()
            own = node.getparent()
            context.register_id(own, "ID")
            for other in root.iter("{%s}Response" % SAMLP, "{%s}Assertion" % SAML):
                if other.get("ID") not in (None, own.get("ID")):
                    context.register_id(other, "ID")
            context.key = key or self.key.load()
            context.sign(node)
        return root

    def tree(self):
        root = parse(self.text())
        return root if self.sign is None else self.sign_tree(root)

    def bytes(self):
        return text_of(self.tree())


def find(root, path):
    return root.xpath(path, namespaces=NS)[0]


def without_signature(element):
    """A copy of the element whose own Signature child is left out."""
    clean = copy.deepcopy(element)
    clean.tail = None
    for node in clean.findall("{%s}Signature" % DS):
        clean.remove(node)
    return clean


def evil(element, new_id=None):
    """Replaces the identity in place."""
    for node in element.iter("{%s}NameID" % SAML, "{%s}AttributeValue" % SAML):
        if node.text == EMAIL:
            node.text = EVIL
    if new_id:
        element.set("ID", new_id)
    return element
