# SPDX-License-Identifier: Apache-2.0
"""SAML responses signed beforehand: equally shaped, each with IDs of its own, each to be posted once.

They are kept in the work folder, one x-www-form-urlencoded body a line, so that a second run need not sign again."""

import base64
import datetime
import multiprocessing
import os
import subprocess
import time
import urllib.parse
import uuid

import xmlsec
from lxml import etree

IDP = "http://idp.bench.test/metadata"
VALID_DAYS = 30
FRESH_SECONDS = 12 * 3600  # older sets are made again: their IssueInstant would begin to look strange
PEOPLE = 10000             # addresses that the responses go round

TEMPLATE = """\
<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" \
xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_{response}" Version="2.0" IssueInstant="{now}" \
Destination="{acs}"><saml:Issuer>{idp}</saml:Issuer><samlp:Status>\
<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>\
<saml:Assertion xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/XMLSchema" \
ID="_{assertion}" Version="2.0" IssueInstant="{now}"><saml:Issuer>{idp}</saml:Issuer>\
<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>\
<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>\
<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>\
<ds:Reference URI="#_{assertion}"><ds:Transforms>\
<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>\
<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms>\
<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference>\
</ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}\
</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>\
<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">{email}</saml:NameID>\
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">\
<saml:SubjectConfirmationData NotOnOrAfter="{until}" Recipient="{acs}"/></saml:SubjectConfirmation></saml:Subject>\
<saml:Conditions NotBefore="{now}" NotOnOrAfter="{until}"><saml:AudienceRestriction>\
<saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>\
<saml:AuthnStatement AuthnInstant="{now}" SessionIndex="_{session}"><saml:AuthnContext>\
<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport\
</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>\
<saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion></samlp:Response>"""

ATTRIBUTE = """\
<saml:Attribute Name="{}" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic">\
<saml:AttributeValue xsi:type="xs:string">{}</saml:AttributeValue></saml:Attribute>"""

METADATA = """\
<?xml version="1.0"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{idp}">
  <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:KeyDescriptor use="signing">
      <ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
        <ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>
      </ds:KeyInfo>
    </md:KeyDescriptor>
    <md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{idp}/sso"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>
"""


def email(number):
    return f"user{number % PEOPLE:05d}@example.test"


def _instant(when):
    """With milliseconds, as Entra ID, Okta, Keycloak and Google write it."""
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


class Signer:
    def __init__(self, rig):
        self.rig = rig
        self.key, cert = rig.path("idp/key.pem"), rig.path("idp/cert.pem")
        if not os.path.exists(cert):
            rig.folder("idp")
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "60",
                            "-subj", "/CN=bench identity provider", "-keyout", self.key, "-out", cert],
                           check=True, stderr=subprocess.DEVNULL)
            os.chmod(cert, 0o644)
        with open(cert) as file:
            self.certificate = "".join(line.strip() for line in file if "-----" not in line)
        self.metadata = rig.write("idp/metadata.xml", METADATA.format(idp=IDP, certificate=self.certificate))

    def xml(self, number, acs, audience, key):
        now = datetime.datetime.now(datetime.timezone.utc)
        person = [("email", email(number)), ("first_name", f"First{number % PEOPLE}"),
                  ("last_name", f"Last{number % PEOPLE}")]
        assertion = uuid.uuid4().hex
        document = etree.fromstring(TEMPLATE.format(
            response=uuid.uuid4().hex, assertion=assertion, session=uuid.uuid4().hex, idp=IDP, acs=acs,
            audience=audience, email=email(number), certificate=self.certificate,
            now=_instant(now - datetime.timedelta(seconds=5)),
            until=_instant(now + datetime.timedelta(days=VALID_DAYS)),
            attributes="".join(ATTRIBUTE.format(*pair) for pair in person)))
        node = xmlsec.tree.find_node(document, xmlsec.constants.NodeSignature)
        context = xmlsec.SignatureContext()
        context.register_id(node.getparent(), "ID")
        context.key = key
        context.sign(node)
        return etree.tostring(document)

    def _part(self, job):
        path, acs, audience, numbers = job
        key = xmlsec.Key.from_file(self.key, xmlsec.constants.KeyDataFormatPem)
        with open(path, "w") as out:
            for number in numbers:
                text = base64.b64encode(self.xml(number, acs, audience, key)).decode()
                out.write("SAMLResponse=" + urllib.parse.quote(text, safe="") + "\n")

    def bodies(self, name, acs, audience, count):
        """The file with at least count bodies for this service."""
        path = self.rig.path("responses", name)
        label = f"{count} {acs} {audience} milliseconds {self.certificate}\n"
        if self._have(path, label):
            return path
        self.rig.folder("responses")
        workers = os.cpu_count() or 1
        parts = [f"{path}.{i}" for i in range(workers)]
        jobs = [(part, acs, audience, range(i, count, workers)) for i, part in enumerate(parts)]
        with multiprocessing.Pool(workers) as pool:
            pool.map(self._part, jobs)
            # Left to end by themselves: one that is told to end while it waits for its next piece may wait for ever.
            pool.close()
            pool.join()
        with open(path, "w") as out:
            for part in parts:
                with open(part) as file:
                    out.writelines(file)
                os.unlink(part)
        self.rig.write(f"responses/{name}.label", label)
        return path

    @staticmethod
    def _have(path, label):
        try:
            with open(path + ".label") as file:
                return file.read() == label and time.time() - os.path.getmtime(path) < FRESH_SECONDS
        except OSError:
            return False
