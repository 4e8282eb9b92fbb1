# SPDX-License-Identifier: Apache-2.0
"""Messages that are properly signed and yet not for us, not now, or not what the profile asks for."""

from suite.message import Message, find, instant, text_of
from suite.registry import case

STATUS = "urn:oasis:names:tc:SAML:2.0:status:"


def refuse(name, code, control="assertion-signed", parameters=None, **changes):
    @case(name, code, control=control, **(parameters or {}))
    def _(world):
        return Message(world, **{k: v(world) if callable(v) else v for k, v in changes.items()}).bytes()


def accept(name, parameters=None, **changes):
    @case(name, **(parameters or {}))
    def _(world):
        return Message(world, **{k: v(world) if callable(v) else v for k, v in changes.items()}).bytes()


def at(seconds):
    return lambda world: instant(world.now + seconds)


# --- issuer ------------------------------------------------------------------------------------------

refuse("issuer-missing", "issuer_missing", issuer=None)
refuse("issuer-unknown", "issuer_unknown", issuer="https://stranger.example", response_issuer="https://stranger.example")
refuse("issuer-longer", "issuer_unknown", issuer=lambda w: w.idp + "/", response_issuer=lambda w: w.idp + "/")
refuse("issuer-other-case", "issuer_unknown", issuer=lambda w: w.idp.upper(), response_issuer=None)
refuse("issuer-differs", "issuer_mismatch", response_issuer="https://stranger.example")
refuse("issuer-differs-signed", "issuer_mismatch", control="both-signed", sign="both",
       response_issuer="https://stranger.example")
refuse("issuer-format", "issuer_format", control="issuer-with-format",
       issuer_format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent")
refuse("metadata-expired", "idp_metadata_expired", control="metadata-still-valid",
       parameters={"idps": "idp-old.xml", "exact": "1", "now": lambda w: w.now + 2})

# --- status, version ---------------------------------------------------------------------------------

for _name, _status in [("responder", STATUS + "Responder"), ("sub-success", STATUS + "Success2"), ("empty", ""),
                       ("none", None)]:
    refuse("status-" + _name, "status_not_success", status=_status)
    refuse("status-%s-signed" % _name, "status_not_success", control="response-signed", sign="response", status=_status)


@case("status-nested-success", "status_not_success", control="assertion-signed")
def _(world):
    """Success only counts at the top."""
    return Message(world, status=STATUS + "Responder", sub_status=STATUS + "Success").bytes()


@case("status-refusal", "status_not_success", control="assertion-signed")
def _(world):
    """The usual refusal: no assertion, nothing signed. The reason given is the identity provider's."""
    root = Message(world, sign=None, status=STATUS + "Responder", sub_status=STATUS + "AuthnFailed",
                   status_message="No such user").tree()
    root.remove(find(root, "saml:Assertion"))
    return text_of(root)


@case("no-assertion", "assertion_missing", control="response-signed")
def _(world):
    root = Message(world, sign="response").tree()
    root.remove(find(root, "saml:Assertion"))
    return text_of(root)


refuse("version-1.1", "version_unsupported", version="1.1")
refuse("version-missing", "version_unsupported", version=None)
refuse("version-of-assertion", "version_unsupported", assertion_version="2.1")

# --- where to ----------------------------------------------------------------------------------------

for _name, _change in [
        ("other", lambda w: "https://another.sp/acs"), ("longer", lambda w: w.acs + "/x"), ("shorter", lambda w: w.acs[:-1]),
        ("query", lambda w: w.acs + "?a=1"), ("case", lambda w: w.acs.upper()),
        ("space", lambda w: w.acs + " "), ("prefix", lambda w: "x" + w.acs)]:
    refuse("destination-" + _name, "destination_mismatch", destination=_change)
    refuse("destination-%s-signed" % _name, "destination_mismatch", control="response-signed", sign="response",
           destination=_change)
    refuse("recipient-" + _name, "recipient_mismatch", recipient=_change)
refuse("destination-missing-signed", "destination_missing", control="response-signed", sign="response", destination=None)
refuse("destination-empty-signed", "destination_missing", control="response-signed", sign="response", destination="")
refuse("recipient-missing", "recipient_missing", recipient=None)
refuse("recipient-empty", "recipient_mismatch", recipient="")

# --- for whom ----------------------------------------------------------------------------------------

refuse("audience-other", "audience_mismatch", audiences=[["https://another.sp"]])
refuse("audience-longer", "audience_mismatch", audiences=lambda w: [[w.sp + "2"]])
refuse("audience-case", "audience_mismatch", audiences=lambda w: [[w.sp.upper()]])
refuse("audience-empty", "audience_mismatch", audiences=[[""]])
refuse("audience-none-in-restriction", "audience_mismatch", audiences=[[]])
refuse("audience-not-in-all", "audience_mismatch", control="several-audiences",
       audiences=lambda w: [[w.sp], ["https://another.sp"]])
refuse("audience-missing", "audience_missing", audiences=[])
refuse("audience-only-of-proxy", "audience_missing", control="proxy-restriction", audiences=[],
       condition_xml=lambda w: "<saml:ProxyRestriction><saml:Audience>%s</saml:Audience></saml:ProxyRestriction>" % w.sp)
refuse("condition-unknown", "conditions_unknown",
       condition_xml='<saml:Condition xmlns:d="http://www.w3.org/2001/XMLSchema-instance" d:type="saml:ConditionAbstractType"/>')
refuse("condition-delegation", "conditions_unknown",
       condition_xml='<saml:Condition><del:Delegate xmlns:del="urn:oasis:names:tc:SAML:2.0:conditions:delegation"/>'
                     "</saml:Condition>")
refuse("condition-foreign", "xml_unexpected_element", condition_xml='<x:Condition xmlns:x="urn:other"/>')


@case("conditions-missing", "conditions_missing", control="assertion-signed")
def _(world):
    message = Message(world)
    message.conditions_text = lambda: ""
    return message.bytes()


# --- when (the skew is 60 s) -------------------------------------------------------------------------

EXACT = {"exact": "1"}
accept("not-before-at-skew", EXACT, since=at(60))
refuse("not-before-over-skew", "not_yet_valid", "not-before-at-skew", EXACT, since=at(61))
accept("not-on-or-after-within-skew", EXACT, until=at(-59))
refuse("not-on-or-after-at-skew", "expired", "not-on-or-after-within-skew", EXACT, until=at(-60))
accept("until-before-confirmed-until", {"is_until": lambda w: w.now + 160}, until=at(100))
accept("confirmed-until-within-skew", EXACT, confirmed_until=at(-59))
refuse("confirmed-until-at-skew", "confirmation_expired", "confirmed-until-within-skew", EXACT, confirmed_until=at(-60))
accept("session-until-within-skew", EXACT, session_until=at(-59))
refuse("session-until-at-skew", "session_expired", "session-until-within-skew", EXACT, session_until=at(-60))
accept("issued-at-skew", EXACT, issued=at(60), assertion_issued=at(60), authenticated=at(60))
refuse("issued-over-skew", "issue_instant_future", "issued-at-skew", EXACT, issued=at(61))
refuse("assertion-issued-over-skew", "issue_instant_future", "issued-at-skew", EXACT, assertion_issued=at(61))
refuse("authenticated-over-skew", "issue_instant_future", "issued-at-skew", EXACT, authenticated=at(61))
accept("no-skew", {"exact": "1", "skew": "0"}, since=at(0), until=at(1), confirmed_until=at(1))
refuse("no-skew-expired", "expired", "no-skew", {"exact": "1", "skew": "0"}, until=at(0))
refuse("no-skew-not-yet", "not_yet_valid", "no-skew", {"exact": "1", "skew": "0"}, since=at(1))
refuse("expired-long-ago", "expired", until=at(-86400))
refuse("not-yet-for-long", "not_yet_valid", since=at(86400))
refuse("confirmation-expired-long-ago", "confirmation_expired", confirmed_until=at(-86400))
refuse("session-ended-long-ago", "session_expired", session_until=at(-86400))
accept("offset-time", until="2099-01-01T00:00:00+01:00")
for _name, _text in [("garbage", "tomorrow"), ("empty", ""), ("no-zone", "2099-01-01T00:00:00"), ("date-only", "2099-01-01"),
                     ("month", "2099-13-01T00:00:00Z"), ("year", "10000-01-01T00:00:00Z"), ("negative", "-2099-01-01T00:00:00Z"),
                     ("space", " 2099-01-01T00:00:00Z"), ("number", "4070908800")]:
    refuse("until-" + _name, "time_invalid", control="offset-time", until=_text)
refuse("since-garbage", "time_invalid", since="now")
refuse("confirmed-until-garbage", "time_invalid", confirmed_until="later")
refuse("confirmed-until-missing", "confirmation_time_missing", confirmed_until=None)
refuse("confirmed-since", "confirmation_not_before", confirmed_since=at(-60))
refuse("session-until-garbage", "time_invalid", control="session-end", session_until="2099")
refuse("issued-missing", "time_invalid", issued=None)
refuse("assertion-issued-missing", "time_invalid", assertion_issued=None)
refuse("authenticated-missing", "time_invalid", authenticated=None)

# --- subject -----------------------------------------------------------------------------------------

refuse("name-id-missing", "name_id_missing", name_id=None)


@case("subject-missing", "subject_missing", control="assertion-signed")
def _(world):
    message = Message(world)
    message.subject_text = lambda: ""
    return message.bytes()


@case("authn-statement-missing", "authn_statement_missing", control="assertion-signed")
def _(world):
    message = Message(world)
    message.authn_text = lambda: ""
    return message.bytes()


def confirmed_by(name, code, change, control="assertion-signed"):
    @case(name, code, control=control)
    def _(world):
        message = Message(world)
        text = change(message.confirmation_text(), world)
        message.confirmation_text = lambda: text
        return message.bytes()


confirmed_by("confirmation-missing", "bearer_missing", lambda text, w: "")
confirmed_by("confirmation-holder-of-key", "bearer_missing", lambda text, w: text.replace("cm:bearer", "cm:holder-of-key"))
confirmed_by("confirmation-no-method", "bearer_missing", lambda text, w: text.replace("Method=", "Way="))
confirmed_by("confirmation-no-data", "recipient_missing",
             lambda text, w: '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"/>')
confirmed_by("confirmations-none-fits", "recipient_mismatch",
             lambda text, w: text.replace(w.acs, "https://another.sp/acs") + text.replace("NotOnOrAfter", "NotBefore"),
             control="two-confirmations")
confirmed_by("confirmation-parts-of-two", "recipient_mismatch",
             lambda text, w: text.replace(w.acs, "https://another.sp/acs") + text.replace("cm:bearer", "cm:sender-vouches"),
             control="two-confirmations")

# --- requests ----------------------------------------------------------------------------------------

ASKED = {"in_response_to": "_request", "in_response_to_idp": lambda w: w.idp}
refuse("answer-to-nothing", "in_response_to_unexpected", "solicited", request="_request", confirmed_request="_request")
refuse("answer-to-other-request", "in_response_to_mismatch", "solicited", ASKED, request="_other",
       confirmed_request="_other")
refuse("answer-confirmed-other", "in_response_to_mismatch", "solicited", ASKED, request="_request",
       confirmed_request="_other")
refuse("answer-only-outside", "in_response_to_mismatch", "solicited", ASKED, request="_request")
refuse("answer-only-inside", "in_response_to_mismatch", "solicited", ASKED, confirmed_request="_request")
refuse("answer-stripped-outside", "in_response_to_mismatch", "assertion-signed", confirmed_request="_request")
refuse("answer-empty", "in_response_to_unexpected", "assertion-signed", request="", confirmed_request="")
refuse("answer-of-other-idp", "in_response_to_other_idp", "solicited",
       {"in_response_to": "_request", "in_response_to_idp": lambda w: w.other_idp, "idps": "idp.xml,other.xml"},
       request="_request", confirmed_request="_request")
