# SPDX-License-Identifier: Apache-2.0
"""Values made to do harm further on (SQL, headers, logs, HTML): verbatim, or refused."""

from suite.message import EMAIL, Message
from suite.registry import case

HARMLESS_TO_US = [
    ("quote", "o'hara@decorumsoft.com"),
    ("sql", "' OR '1'='1"),
    ("sql-comment", "x'; DROP TABLE braze_user; --"),
    ("double-quote", '"anna"@decorumsoft.com'),
    ("html", "<script>alert(1)</script>"),
    ("ampersand", "a&amp;b"),
    ("percent", "%0d%0aSet-Cookie: x=1 %s %n"),
    ("backslash", "\\\\anna\\n"),
    ("unicode", "\u0141uc\u00eda \u5f20\u4f1f \U0001F600"),
    ("right-to-left", "\u202eanna"),
    ("spaces", "  anna  "),
    ("format", "${jndi:ldap://x} {{7*7}}"),
]
for _name, _value in HARMLESS_TO_US:
    @case("name-id-" + _name, is_name_id=_value)
    def _(world, value=_value):
        return Message(world, name_id=value).bytes()

    @case("attribute-" + _name, is_email=_value, is_first_name=_value)
    def _(world, value=_value):
        return Message(world, attributes=[("email", [value]), ("first_name", [value])]).bytes()

    @case("session-index-" + _name, is_session_index=_value)
    def _(world, value=_value):
        return Message(world, session_index=value).bytes()

    if _name in ("quote", "sql", "sql-comment", "html", "percent", "unicode", "format"):
        @case("issuer-named-" + _name, "issuer_unknown", control="assertion-signed")
        def _(world, value=_value):
            return Message(world, issuer=value, response_issuer=None).bytes()

CONTROLS = [("newline", "anna\nX: y"), ("return", "anna\rX"), ("tab", "anna\tX"), ("delete", "anna\x7f"),
            ("c1", "anna\x85X")]
for _name, _value in CONTROLS:
    @case("name-id-control-" + _name, "value_invalid", control="name-id-sql")
    def _(world, value=_value):
        return Message(world, name_id=value).bytes()

    @case("session-index-control-" + _name, "value_invalid", control="session-index-sql")
    def _(world, value=_value):
        return Message(world, session_index=value).bytes()

    @case("attribute-name-control-" + _name, "value_invalid", control="attribute-sql")
    def _(world, value=_value):
        return Message(world, attributes=[(value, ["x"])]).bytes()

    @case("issuer-control-" + _name, "value_invalid", control="assertion-signed")
    def _(world, value=_value):
        return Message(world, issuer=value, response_issuer=None).bytes()

    @case("attribute-control-" + _name, is_email=_value)
    def _(world, value=_value):
        """An attribute may have lines; who uses it knows what it must not hold."""
        return Message(world, attributes=[("email", [value])]).bytes()

    @case("names-control-" + _name, is_first_name=_value, is_last_name=_value)
    def _(world, value=_value):
        return Message(world, attributes=[("email", [EMAIL]), ("first_name", [value]), ("last_name", [value])]).bytes()


# A mark that is harmless itself, to be replaced by what no writer of XML would write.
MARK = "_M4RK_"
MARKED = {
    "assertion-id": lambda world: Message(world, assertion_id=MARK),
    "issuer": lambda world: Message(world, issuer=MARK, response_issuer=None),
    "name-id": lambda world: Message(world, name_id=MARK),
    "session-index": lambda world: Message(world, session_index=MARK),
    "email": lambda world: Message(world, attributes=[("email", [MARK])]),
    "first-name": lambda world: Message(world, attributes=[("email", [EMAIL]), ("first_name", [MARK])]),
    "last-name": lambda world: Message(world, attributes=[("email", [EMAIL]), ("last_name", [MARK])]),
}
for _field, _make in MARKED.items():
    if _field != "issuer":
        @case(_field + "-marked")
        def _(world, make=_make):
            return make(world).bytes()

    for _name, _bytes, _code in [("nul", b"\0", "xml_not_utf8"), ("nul-reference", b"&#0;", "xml_malformed"),
                                 ("nul-hexadecimal", b"&#x0000;", "xml_malformed"), ("escape", b"\x1b", "xml_malformed"),
                                 ("escape-reference", b"&#27;", "xml_malformed"), ("bell-reference", b"&#x7;", "xml_malformed")]:
        @case("%s-%s" % (_field, _name), _code, control="assertion-signed" if _field == "issuer" else _field + "-marked")
        def _(world, make=_make, wrong=_bytes):
            return make(world).bytes().replace(MARK.encode(), b"anna" + wrong + b"@evil.example")


@case("name-id-empty", "value_invalid", control="assertion-signed")
def _(world):
    return Message(world, name_id="").bytes()


@case("session-index-empty", "value_invalid", control="assertion-signed")
def _(world):
    return Message(world, session_index="").bytes()


@case("session-index-none")
def _(world):
    return Message(world, session_index=None).bytes()


@case("attribute-without-name", "value_invalid", control="assertion-signed")
def _(world):
    return Message(world, attributes=[(None, ["x"])]).bytes()


for _name, _id in [("quote", "_a'b"), ("sql", "' OR '1'='1"), ("space", "_a b"), ("newline", "_a\nb"), ("empty", ""),
                   ("html", "_<b>"), ("slash", "../../x"), ("unicode", "_\u00e4"), ("long", "_" + "a" * 256), ("64k", "a" * 65536)]:
    @case("assertion-id-" + _name, "xml_id_invalid", control="assertion-signed")
    def _(world, value=_id):
        """Whether or not the signature would hold: such an ID is none."""
        return Message(world, assertion_id=value, sign=None).bytes()

    @case("response-id-" + _name, "xml_id_invalid", control="assertion-signed")
    def _(world, value=_id):
        return Message(world, response_id=value).bytes()


for _name in ("assertion_id", "response_id"):
    @case(_name.replace("_", "-") + "-none", "xml_id_invalid", control="assertion-signed")
    def _(world, name=_name):
        return Message(world, sign=None, **{name: None}).bytes()


for _name, _id in [("digits", "12345"), ("dots", "id-1.2_3"), ("longest", "_" + "a" * 255)]:
    @case("assertion-id-" + _name, is_assertion_id=_id)
    def _(world, value=_id):
        return Message(world, assertion_id=value).bytes()


@case("values-of-one-attribute", is_first_name="Anna", is_attributes="2")
def _(world):
    return Message(world, attributes=[("email", ["", "anna@decorumsoft.com"]), ("first_name", ["Anna", "Anna"])]).bytes()
