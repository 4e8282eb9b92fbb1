# SPDX-License-Identifier: Apache-2.0
"""A federation's metadata: how long a thousand identity providers take to load, and that a login does not feel them."""

import os
import resource
import subprocess
import time

import xmlsec
from lxml import etree

import database
import httpd
import ours
import responses
from bench import middle, rounds
from report import median

MANY, CERTIFICATES, PADDING = 1000, 16, 9000
MD = "urn:oasis:names:tc:SAML:2.0:metadata"
LANGUAGES = ("en", "de", "fr", "es")

HEAD = ('<md:EntitiesDescriptor xmlns:md="%s" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'
        ' xmlns:mdui="urn:oasis:names:tc:SAML:metadata:ui" xmlns:shibmd="urn:mace:shibboleth:metadata:1.0" ID="_federation">' % MD)

SIGNATURE = """\
<ds:Signature><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>\
<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="#_federation">\
<ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>\
<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms>\
<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference></ds:SignedInfo>\
<ds:SignatureValue/></ds:Signature>"""

CONF = """
LoadModule braze_jit_module "{modules}/mod_braze_jit.so"
{dbd}
<Location "/">
    AuthType            braze-saml
    AuthName            "Bench"
    Require             valid-user
    BrazeCompany        "Bench"
    BrazeJitIdpMetadata "{metadata}"
    {key}
</Location>
"""


def _key(certificate, use):
    return (f'<md:KeyDescriptor use="{use}"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate>'
            "</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>")


def _entity(entity_id, number, certificate):
    """As large as such an entity is: names and descriptions in four languages, two certificates, addresses."""
    people = "".join(f'<mdui:DisplayName xml:lang="{lang}">University {number} ({lang})</mdui:DisplayName>'
                     f'<mdui:Description xml:lang="{lang}">{"About it. " * (PADDING // 80)}</mdui:Description>'
                     for lang in LANGUAGES)
    places = "".join(f'<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"'
                     f' Location="https://idp{number}.bench.test/slo/{i}"/>' for i in range(PADDING // 400))
    return (f'<md:EntityDescriptor entityID="{entity_id}"><md:IDPSSODescriptor'
            ' protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:Extensions>'
            f'<shibmd:Scope regexp="false">u{number}.bench.test</shibmd:Scope><mdui:UIInfo>{people}</mdui:UIInfo></md:Extensions>'
            f'{_key(certificate, "signing")}{_key(certificate, "encryption")}{places}<md:SingleSignOnService'
            f' Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp{number}.bench.test/sso"/>'
            "</md:IDPSSODescriptor></md:EntityDescriptor>")


def _certificates(rig):
    """Keys of others: made once, and used in turn."""
    folder, found = rig.folder("federation"), []
    for number in range(CERTIFICATES):
        key, cert = os.path.join(folder, f"{number}.key"), os.path.join(folder, f"{number}.crt")
        if not os.path.exists(cert):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "60", "-subj",
                            f"/CN=identity provider {number}", "-keyout", key, "-out", cert],
                           check=True, stderr=subprocess.DEVNULL)
            os.chmod(cert, 0o644)
        with open(cert) as file:
            found.append("".join(line.strip() for line in file if "-----" not in line))
    return found


def _aggregate(certificates, own, signature=""):
    """MANY entities; the one that the responses are of stands in the middle."""
    entities = [_entity(f"https://idp{i}.bench.test/metadata", i, certificates[i % CERTIFICATES]) for i in range(MANY - 1)]
    entities.insert(MANY // 2, _entity(responses.IDP, MANY, own))
    return HEAD + signature + "".join(entities) + "</md:EntitiesDescriptor>"


def _signed(rig, text):
    root = etree.fromstring(text, etree.XMLParser(huge_tree=True))
    context = xmlsec.SignatureContext()
    context.register_id(root, "ID")
    context.key = xmlsec.Key.from_file(rig.path("federation/0.key"), xmlsec.constants.KeyDataFormatPem)
    context.sign(xmlsec.tree.find_node(root, xmlsec.constants.NodeSignature))
    return etree.tostring(root).decode()


def files(bench):
    rig, own = bench.rig, bench.signer.certificate
    certificates = _certificates(rig)
    return {"1": bench.signer.metadata,
            f"{MANY}": rig.write("federation/aggregate.xml", _aggregate(certificates, own)),
            f"{MANY}, signed": rig.write("federation/signed.xml", _signed(rig, _aggregate(certificates, own, SIGNATURE)))}


def _cost(rig, words):
    """Seconds of CPU, and by the clock, of one command that must succeed."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    rig.run(*words)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.monotonic() - begin


def loads(bench, metadata):
    """httpd -t reads the configuration, and every file that it names, once."""
    rows, rig = [], bench.rig
    dbd = bench.engine(database.Sqlite).conf()
    costs = {label: [] for label in metadata}
    checked = {}
    for label, path in metadata.items():
        key = f'BrazeJitIdpMetadataKey "{rig.path("federation/0.crt")}"' if "signed" in label else ""
        checked[label] = httpd.Httpd(rig, f"federation-{len(checked)}", CONF.format(
            modules=rig.path("modules"), dbd=dbd, metadata=path, key=key), modules=["dbd"])
    for _ in range(bench.options.rounds):
        for label, server in checked.items():
            costs[label].append(_cost(rig, (httpd.program(), "-d", server.root, "-f", server.conf, "-t")))
    base = median([cpu for cpu, _ in costs["1"]])
    for label, path in metadata.items():
        cpu, clock = (median([cost[i] for cost in costs[label]]) for i in (0, 1))
        rows.append([label, os.path.getsize(path) / 1e6, cpu, cpu - base, clock])
        if label != "1":
            spent = max(cpu, clock)
            bench.report.target("federation", f"httpd -t with {label} identity providers, s of CPU or clock", "< 2", spent, spent < 2)
    bench.report.table("federation", "httpd -t with metadata of so many identity providers",
                       ["identity providers", "file MB", "CPU s", "of it the metadata", "clock s"], rows)


class _Signer:
    """The bench's own, with other metadata."""

    def __init__(self, metadata):
        self.metadata = metadata


def logins(bench, metadata):
    import suites  # which has this file among its own
    bodies = {"ours": (bench.bodies(ours.Ours, 20000), 20000)}
    seed = bench.seed(database.Sqlite)
    contenders = [(label, lambda path=path: ours.Ours(bench.rig, _Signer(path), seed.fresh(), bench.options.children))
                  for label, path in metadata.items() if "signed" not in label]
    got = rounds(bench, contenders, suites.login_run(bench, bodies))
    cost = {label: middle(results, "cpu_us") for label, results in got.items()}
    bench.report.table("federation", f"Logins by one of so many identity providers, {bench.options.connections} connections",
                       ["identity providers", "logins/s", "CPU ms a login"],
                       [[label, middle(results, "rate"), cost[label] / 1e3] for label, results in got.items()])
    share = cost[f"{MANY}"] / cost["1"]
    bench.report.target("federation", f"CPU of a login with {MANY} identity providers, of one with 1", "< 1.1", share, share < 1.1)


def federation(bench):
    seed = bench.seed(database.Sqlite)  # installs the modules, too
    metadata = files(bench)
    seed.fresh()
    loads(bench, metadata)
    logins(bench, metadata)
