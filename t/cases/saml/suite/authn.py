# SPDX-License-Identifier: Apache-2.0
"""How the person was authenticated, where the service asks for certain ways."""

from suite.message import Message
from suite.registry import case

PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
X509 = "urn:oasis:names:tc:SAML:2.0:ac:classes:X509"
REFERENCE = "<saml:AuthnContextClassRef>%s</saml:AuthnContextClassRef>"


def message(world, reference, **changes):
    made = Message(world, **changes)
    text = made.authn_text().replace(REFERENCE % PASSWORD, reference)
    made.authn_text = lambda: text
    return made


@case("context-not-asked")
def _(world):
    return message(world, REFERENCE % "urn:anything").bytes()


@case("context-exact", authn_contexts=PASSWORD)
def _(world):
    return message(world, REFERENCE % PASSWORD).bytes()


@case("context-one-of-several", authn_contexts=X509 + " " + PASSWORD)
def _(world):
    return message(world, REFERENCE % PASSWORD).bytes()


@case("context-solicited", authn_contexts=PASSWORD, in_response_to="_request", in_response_to_idp=lambda world: world.idp)
def _(world):
    return message(world, REFERENCE % PASSWORD, request="_request", confirmed_request="_request").bytes()


@case("context-solicited-other", "authn_context_mismatch", control="context-solicited", authn_contexts=X509,
      in_response_to="_request", in_response_to_idp=lambda world: world.idp)
def _(world):
    return message(world, REFERENCE % PASSWORD, request="_request", confirmed_request="_request").bytes()


for _name, _reference in [
        ("other", REFERENCE % X509), ("longer", REFERENCE % (PASSWORD + "ProtectedTransport")), ("shorter", REFERENCE % PASSWORD[:-1]),
        ("case", REFERENCE % PASSWORD.upper()), ("space", REFERENCE % (" " + PASSWORD)), ("two", REFERENCE % (X509 + " " + PASSWORD)),
        ("empty", REFERENCE % ""), ("absent", ""),
        ("declared", "<saml:AuthnContextDeclRef>%s</saml:AuthnContextDeclRef>" % PASSWORD),
        ("of-authority", "<saml:AuthenticatingAuthority>%s</saml:AuthenticatingAuthority>" % PASSWORD)]:
    @case("context-" + _name, "authn_context_mismatch", control="context-exact", authn_contexts=PASSWORD)
    def _(world, reference=_reference):
        return message(world, reference).bytes()


@case("context-in-second-statement", authn_contexts=PASSWORD)
def _(world):
    """Somebody who has authenticated twice."""
    made = Message(world)
    text = made.authn_text().replace(PASSWORD, X509) + made.authn_text()
    made.authn_text = lambda: text
    return made.bytes()


@case("context-in-no-statement", "authn_context_mismatch", control="context-in-second-statement", authn_contexts=PASSWORD)
def _(world):
    made = Message(world)
    text = made.authn_text().replace(PASSWORD, X509) * 2
    made.authn_text = lambda: text
    return made.bytes()


@case("context-without-statement-context", "authn_context_mismatch", control="context-exact", authn_contexts=PASSWORD)
def _(world):
    made = Message(world)
    text = made.authn_text()
    start, stop = text.index("<saml:AuthnContext>"), text.index("</saml:AuthnStatement>")
    cut = text[:start] + text[stop:]
    made.authn_text = lambda: cut
    return made.bytes()
