# SPDX-License-Identifier: Apache-2.0
"""What attackers can make the service do: CPU of refusals and of bombs, memory over many of them, and how long others wait
when many sign in at once."""

import base64
import os
import subprocess
import urllib.parse

import database
import ours
import responses
import rig as r
import wrk
from bench import middle, rounds
from report import median, number

FORM = "application/x-www-form-urlencoded"
CASES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../t/cases/saml/make-cases")
ENGINES = (database.Sqlite, database.Postgres)


def body_of(xml):
    return "SAMLResponse=" + urllib.parse.quote(base64.b64encode(xml).decode(), safe="")


def xml_of(body):
    return base64.b64decode(urllib.parse.unquote(body.split("=", 1)[1]))


def first_line(path):
    with open(path) as file:
        return file.readline().strip()


def refused(bench, place, label, body, path=None, **more):
    """A run of one body again and again, each time refused."""
    file = bench.rig.write("responses/attack", body)
    result = bench.wrk("same", place, place.server.url(path or place.acs_path), file, FORM, **more)
    if result["broken"] or any(not key.startswith("4") for key in result["status"]) or not result["status"]:
        raise r.Failure(f"{label}: {result}\n{place.server.log_tail()}")
    return result


# ---- refusals of messages of ordinary size ---------------------------------------------------------------

BUDGET_US = 200
OWN = "control: httpd's own 400"


def ordinary(bench):
    """Messages that an identity provider could have made, each with one thing wrong."""
    good = xml_of(first_line(bench.bodies(ours.Ours, 20000)))
    other = bench.signer.bodies("other-audience", ours.ACS, "https://another.example.test", 1)

    def changed(old, new):
        if old not in good:
            raise r.Failure(f"the response has no {old}")
        return body_of(good.replace(old, new, 1))

    at = good.index(b"<ds:SignatureValue>") + 40
    start, stop = good.index(b"<ds:Signature "), good.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    twin = good[good.index(b"<saml:Assertion "):good.index(b"</saml:Assertion>") + len(b"</saml:Assertion>")]
    return {
        "signature changed": body_of(good[:at] + (b"A" if good[at:at + 1] != b"A" else b"B") + good[at + 1:]),
        "content changed": changed(b'Name="email"', b'Name="e-mail"'),
        "unsigned": body_of(good[:start] + good[stop:]),
        "another audience": first_line(other),
        "another issuer": body_of(good.replace(responses.IDP.encode(), b"https://stranger.example.test")),
        "DOCTYPE": body_of(b"<!DOCTYPE r>" + good),
        "comment": changed(b"@example.test</saml:NameID>", b"@example.test<!-- --></saml:NameID>"),
        "assertion twice": changed(b"</saml:Assertion>", b"</saml:Assertion>" + twin),
        "not XML": body_of(b"this is no XML; " * 256),
        "not base64": "SAMLResponse=" + "%21" * 5000,
        "no form": "x" * 5000,
    }


def refusals(bench, got):
    """All of it, and what of it is more than a connection with a 400 at its end when nobody looks at what was posted."""
    rows = []
    for engine, turns in got.items():
        own = median([turn["ordinary"][OWN]["cpu_us"] for turn in turns])
        for label in turns[0]["ordinary"]:
            cost = median([turn["ordinary"][label]["cpu_us"] for turn in turns])
            rows.append([f"{label}, {engine}", cost, "" if label.startswith("control: ") else cost - own])
            if not label.startswith("control: "):
                bench.report.target("attacks", f"CPU us of a refusal ({label}), {engine}", f"<= {BUDGET_US}", cost,
                                    cost <= BUDGET_US)
    bench.report.table("attacks", "CPU of refusals of ordinary size", ["response", "CPU us", "over httpd's own 400"], rows)


# ---- bombs -----------------------------------------------------------------------------------------------

BOMBS = ["nested-tags", "doctype-bomb", "namespace-bomb", "namespace-bomb-by-attributes", "namespace-length-at-limit",
         "all-attributes-at-limit", "all-attributes-over-limit",
         "elements-over-limit", "attributes-5000", "saml-attributes-2500", "transforms-hundreds", "prefix-list-at-limit-method",
         "xml-at-limit", "xml-over-limit", "elements-at-limit", "namespaces-at-limit", "issuer-64k"]
BUDGET_100_KB_US = 1000


def cases(bench):
    """The messages of the attack suite, by a stranger's key: whatever is good about them ends at the signature."""
    folder = bench.rig.folder("cases")
    subprocess.run(["/usr/bin/python3", CASES, "--acs", ours.ACS, "--entity-id", ours.AUDIENCE, "--idp", responses.IDP, folder],
                   check=True)

    def body(name):
        with open(os.path.join(folder, name + ".b64")) as file:
            return "SAMLResponse=" + urllib.parse.quote(file.read(), safe="")
    # Those of the suite that nest deepest are over the limit for a form, and end there.
    return {"nested-50000": body_of(b"<a>" * 50000), **{name: body(name) for name in BOMBS}}


def bombs(bench, got, bodies):
    """Over what a refusal costs that nobody has looked into."""
    rows = []
    for engine, turns in got.items():
        base = median([turn["ordinary"]["no form"]["cpu_us"] for turn in turns])
        for label in turns[0]["bombs"]:
            cost = median([turn["bombs"][label]["cpu_us"] for turn in turns])
            size = len(bodies[label])
            spent = max(cost - base, 0) / max(size / 100_000, 1)  # what is smaller than 100 kB has the whole budget
            rows.append([f"{label}, {engine}", size / 1000, cost, spent])
            bench.report.target("attacks", f"CPU us per 100 kB ({label}), {engine}", f"< {BUDGET_100_KB_US}", spent,
                                spent < BUDGET_100_KB_US)
    bench.report.table("attacks", "CPU of bombs", ["response", "kB posted", "CPU us", "us per 100 kB"], rows)


def attacks(bench):
    harmless, bad, large = bench.bodies(ours.Ours, 20000), ordinary(bench), cases(bench)

    def measure(place):
        used = {"control: an open page": bench.wrk("get", place, place.server.url("/open/page.html")),
                "control: accepted": bench.wrk("once", place, place.server.url(place.acs_path), harmless, 0, 20000)}
        wrk.only(used["control: accepted"], place.signed_in, "logins", place.server.log_tail())
        used[OWN] = refused(bench, place, OWN, bad["signature changed"], "/open/refused")
        for label, body in bad.items():
            used[label] = refused(bench, place, label, body)
        return {"ordinary": used, "bombs": {label: refused(bench, place, label, body, seconds=2) for label, body in large.items()}}

    got = rounds(bench, [(kind.title, lambda kind=kind: bench.ours(kind)) for kind in ENGINES], measure)
    refusals(bench, got)
    bombs(bench, got, large)
    flat(bench, bad, large)
    crowd(bench)


# ---- memory ----------------------------------------------------------------------------------------------

MARKS = (40000, 70000, 100000, 140000)  # the first one behind every kind of body, on every thread and twice


def flat(bench, bad, large):
    """One child; what it holds after so many refusals of every kind."""
    bodies = [body for body in list(bad.values()) + list(large.values()) if len(body) < 20000] + [large["elements-over-limit"]]
    with bench.ours(database.Sqlite, children=1) as place:
        sizes, done, turn = [], 0, 0
        for mark in MARKS:
            while done < mark:
                some = refused(bench, place, "refusals", bodies[turn % len(bodies)], seconds=1)["requests"]
                done += some if turn >= len(bodies) else 0
                turn += 1
            sizes.append(max(r.resident_kb(pid)[0] for pid in place.server.children()) / 1024)
    growth = sizes[-1] / sizes[0] - 1
    bench.report.table("attacks", "A child's own memory, MB, after so many refusals", ["engine"] + [number(mark) for mark in MARKS] + ["growth"],
                       [[database.Sqlite.title] + sizes + [f"{growth:+.1%}"]])
    bench.report.target("attacks", "a child's own memory over 100 000 refusals", "< +5 %", f"{growth:+.1%}", growth < 0.05)


# ---- many at once ----------------------------------------------------------------------------------------

CROWD, TIMES = 64, 5


def crowd(bench):
    """Nobody is forgotten while many sign in."""
    bodies = bench.bodies(ours.Ours, 20000)

    def measure(place):
        url = place.server.url(place.acs_path)
        for skip, many in ((0, 500), (500, 19500)):
            result = bench.wrk("once", place, url, bodies, skip, many, connections=CROWD)
            wrk.only(result, place.signed_in, "logins", place.server.log_tail())
        return result

    got = rounds(bench, [(kind.title, lambda kind=kind: bench.ours(kind)) for kind in ENGINES], measure)
    rows = []
    for engine, results in got.items():
        p50, p99 = middle(results, "p50_us"), middle(results, "p99_us")
        rows.append([engine, middle(results, "rate"), p50 / 1e3, p99 / 1e3, p99 / p50])
        bench.report.target("attacks", f"p99 of a login at {CROWD} connections, of its p50, {engine}", f"< {TIMES}", p99 / p50,
                            p99 < TIMES * p50)
    bench.report.table("attacks", f"Logins at {CROWD} connections", ["engine", "logins/s", "p50 ms", "p99 ms", "times"], rows)
