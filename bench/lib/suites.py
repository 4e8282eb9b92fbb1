# SPDX-License-Identifier: Apache-2.0
"""What is measured of signing in and of pages. Every suite goes round its contenders and then again, so that a slow
minute hits all of them."""

import base64
import contextlib
import os
import urllib.parse

import attacks
import bare
import database
import federation
import httpd
import judge
import ours
import peers
import rig as r
import scim
import settings
import wrk
from bench import middle, rounds, slices
from report import median, number

PEERS = (peers.Mellon, peers.Shibboleth)

# ---- logins ----------------------------------------------------------------------------------------------

WARM_UP = 100


def login_run(bench, bodies):
    def measure(place):
        url = place.server.url(place.acs_path)
        path, count = bodies[place.name]
        for skip, many, seconds in ((0, WARM_UP, 30), (WARM_UP, count - WARM_UP, bench.options.seconds)):
            result = bench.wrk("once", place, url, path, skip, many, seconds=seconds)
            wrk.only(result, place.signed_in, f"logins at {place.name}", place.server.log_tail())
        return result
    return measure


def logins(bench):
    seconds = bench.options.seconds
    bodies = {peer.name: (bench.bodies(peer, 900 * seconds), 900 * seconds) for peer in PEERS}
    contenders = [(peer.title, lambda peer=peer: peer(bench.rig, bench.signer, bench.options.children))
                  for peer in PEERS]
    if not bench.options.peers_only:
        count = 10000 * seconds
        bodies["ours"] = (bench.bodies(ours.Ours, count), count)
        contenders += [(f"ours, {kind.title}", lambda kind=kind: bench.ours(kind))
                       for kind in (database.Sqlite, database.Postgres)]
    got = rounds(bench, contenders, login_run(bench, bodies))
    rate = {label: middle(results, "rate") for label, results in got.items()}
    best = max(rate[peer.title] for peer in PEERS)
    bench.report.table(
        "logins", f"Logins, {bench.options.connections} connections",
        ["contender", "logins/s", "of the faster peer", "CPU ms a login", "p50 ms", "p99 ms"],
        [[label, rate[label], rate[label] / best, middle(results, "cpu_us") / 1e3,
          middle(results, "p50_us") / 1e3, middle(results, "p99_us") / 1e3] for label, results in got.items()])
    for kind, wanted in ((database.Sqlite, 6), (database.Postgres, 4)):
        label = f"ours, {kind.title}"
        if label in rate:
            bench.report.target("logins", f"logins/s on {kind.title}, of the faster peer", f">= {wanted}",
                                rate[label] / best, rate[label] >= wanted * best)


# ---- a child's memory ------------------------------------------------------------------------------------


MARKS = (2000, 5000, 10000, 15000, 20000)


def memory(bench):
    """One child; what it holds after so many logins."""
    bodies, rows = bench.bodies(ours.Ours, MARKS[-1]), []
    for kind in (database.Sqlite, database.Postgres):
        with bench.ours(kind, children=1) as place:
            url, sizes, done = place.server.url(place.acs_path), [], 0
            for mark in MARKS:
                result = bench.wrk("once", place, url, bodies, done, mark - done, seconds=300)
                wrk.only(result, place.signed_in, "logins", place.server.log_tail())
                sizes.append(max(r.resident_kb(pid) for pid in place.server.children()))
                done = mark
        for label, column in (("its own", 0), ("with mapped files", 1)):
            size = [both[column] / 1024 for both in sizes]
            growth = size[-1] / size[0] - 1
            rows.append([f"{kind.title}, {label}"] + size + [f"{growth:+.1%}"])
            if column == 0:
                bench.report.target("memory", f"a child's own memory, login 2 000 to 20 000, {kind.title}", "< +10 %",
                                    f"{growth:+.1%}", growth < 0.10)
    bench.report.table("memory", "A child's resident memory, MB, after so many logins",
                       ["engine"] + [number(mark) for mark in MARKS] + ["growth"], rows)


# ---- a protected page --------------------------------------------------------------------------------------

MANY = 100000
WRITES = 20  # a second
MIXED = "a thousand visitors on all connections"
WRITTEN = "the same with a writer"


def sign_in(bench, place, bodies, skip=0):
    """One login with curl; returns the session's cookies as a header has them."""
    with open(bodies) as lines:
        for _ in range(skip):
            next(lines)
        body = next(lines).strip()
    jar = bench.rig.path(f"{place.name}.jar")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(jar)
    bench.rig.run("curl", "-s", "-o", "/dev/null", "-c", jar, "-H", f"Host: {httpd.HOST}", "--data", "@-",
                  place.server.url(place.acs_path), stdin=body)
    cookies = []
    with open(jar) as file:
        for line in file:
            field = line.rstrip("\n").split("\t")
            if len(field) == 7 and field[6]:
                cookies.append(f"{field[5]}={field[6]}")
    if not cookies:
        raise r.Failure(f"{place.name} sets no cookie\n{place.server.log_tail()}")
    return "; ".join(cookies)


def to_open_page(line):
    """The request of a line of paths and cookies, for the open page: a browser sends its cookies there as well."""
    _, tab, cookie = line.rstrip("\n").partition("\t")
    return f"/open/page.html{tab}{cookie}\n"


def page_run(bench, requests, script="browsers"):
    """requests(place) gives the file of paths and cookies; the open page and they take turns. All processes of the
    contender are on one core, wrk on the others: what a page costs is to be seen, and not where the threads happen to
    lie."""
    def measure(place):
        file = requests(place)
        with open(file) as lines:
            same = bench.rig.write(f"responses/open-{place.name}", "".join(map(to_open_page, lines)))
        what = f"the page at {place.name}"

        with r.on_one_core(place.roots()) as cores:
            def free(**more):
                return wrk.only(bench.wrk(script, place, place.server.url("/"), same, cores=cores, **more), (),
                                "the open page")

            def protected(**more):
                return wrk.only(bench.wrk(script, place, place.server.url("/"), file, cores=cores, **more), (), what,
                                place.server.log_tail())

            protected(seconds=1)
            got = slices(bench.options.seconds, {"open": free, "protected": protected})
        result = got["protected"]
        result.update(open=got["open"]["rate"], open_us=got["open"]["cpu_us"],
                      share=result["rate"] / got["open"]["rate"])
        return result
    return measure


def one_session(bench, bodies):
    def requests(place):
        cookie = sign_in(bench, place, bodies[place.name])
        return bench.rig.write(f"responses/session-{place.name}", f"/closed/page.html\t{cookie}\n")
    return requests


@contextlib.contextmanager
def written_to(bench, kind):
    """Ours, and another program that changes a row of somebody else every twentieth of a second."""
    with bench.ours(kind) as place, place.db.written("UPDATE braze_user SET last_sign_in_at = last_sign_in_at + 1 "
                                                     "WHERE id = (SELECT max(id) FROM braze_user)", 1 / WRITES):
        yield place


def page(bench):
    bodies = {peer.name: bench.bodies(peer, 900 * bench.options.seconds) for peer in PEERS}
    contenders = [(peer.title, lambda peer=peer: peer(bench.rig, bench.signer, bench.options.children))
                  for peer in PEERS]
    got = {}
    if not bench.options.peers_only:
        bodies["ours"] = bench.bodies(ours.Ours, 20000)
        # Believed for a minute, and large enough for the sessions that are in use.
        cached = f'BrazeJitSessionCache "shmcb:{bench.rig.path("session-cache")}(16000000)" 60s'
        for kind in (database.Sqlite, database.Postgres):
            contenders += [
                (f"ours, {kind.title}, 1 session", lambda kind=kind: bench.ours(kind)),
                (f"ours, {kind.title}, 1 session, shmcb", lambda kind=kind: bench.ours(kind, cached))]
            crowd = [(f"ours, {kind.title}, {MANY} sessions", lambda kind=kind: bench.ours(kind)),
                     (f"ours, {kind.title}, {MANY} sessions, shmcb", lambda kind=kind: bench.ours(kind, cached))]
            got.update(rounds(bench, crowd, page_run(bench, lambda place: place.seed.sessions(MANY))))
            crowd = [(f"{MIXED}, {kind.title}, {MANY} sessions", crowd[0][1]),
                     (f"{MIXED}, {kind.title}, {MANY} sessions, shmcb", crowd[1][1])]
            crowd.append((f"{WRITTEN}, {kind.title}, {MANY} sessions, {WRITES} writes/s",
                          lambda kind=kind: written_to(bench, kind)))
            got.update(rounds(bench, crowd, page_run(bench, lambda place: place.seed.sessions(MANY), "get")))
    got = {**rounds(bench, contenders, page_run(bench, one_session(bench, bodies))), **got}
    selects = [(f"one bare select, {kind.title}",
                lambda kind=kind: bare.Bare(bench.rig, bench.engine(kind), bench.options.children))
               for kind in (database.Sqlite, database.Postgres)]
    got.update(rounds(bench, selects, page_run(bench, lambda place: place.paths, "get")))
    bench.report.table(
        "page", f"A protected page of 1 kB, {bench.options.connections} connections",
        ["contender", "protected/s", "open/s", "share", "CPU us", "open CPU us"],
        [[label, middle(results, "rate"), middle(results, "open"), middle(results, "share"),
          middle(results, "cpu_us"), middle(results, "open_us")] for label, results in got.items()])
    for label, results in got.items():
        if label.startswith("ours"):
            wanted = 0.95 if label.endswith("shmcb") else 0.70
            share = middle(results, "share")
            bench.report.target("page", f"page, {label[6:]}, of the open page", f">= {wanted}", share,
                                share >= wanted)


# ---- refusals --------------------------------------------------------------------------------------------


def spoilt(body):
    """The same response with one character of its signature changed."""
    xml = base64.b64decode(urllib.parse.unquote(body.split("=", 1)[1]))
    at = xml.index(b"<ds:SignatureValue>") + 40
    xml = xml[:at] + (b"A" if xml[at:at + 1] != b"A" else b"B") + xml[at + 1:]
    return "SAMLResponse=" + urllib.parse.quote(base64.b64encode(xml).decode(), safe="")


HUGE = "too big (1 MB)"


def refusals(bench):
    """Server time for a refused response against an accepted one."""
    bodies = bench.bodies(ours.Ours, 20000)
    with open(bodies) as file:
        good = file.readline().strip()
    junk = base64.b64encode(b"this is no XML; " * 256).decode()
    cases = [("bad signature", spoilt(good)), ("too big (264 kB)", "SAMLResponse=" + "A" * 264000),
             (HUGE, "SAMLResponse=" + "A" * 1000000),
             ("not XML", "SAMLResponse=" + urllib.parse.quote(junk, safe=""))]
    form = "application/x-www-form-urlencoded"

    def measure(place):
        url = place.server.url(place.acs_path)
        used = {"accepted": bench.wrk("once", place, url, bodies, 0, 20000)}
        wrk.only(used["accepted"], place.signed_in, "logins", place.server.log_tail())
        for label, body in cases:
            file = bench.rig.write("responses/refused", body)
            used[label] = bench.wrk("same", place, url, file, form)
            if any(not key.startswith("4") for key in used[label]["status"]):
                raise r.Failure(f"{label}: {used[label]}")
        return used

    got = rounds(bench, [(kind.title, lambda kind=kind: bench.ours(kind))
                         for kind in (database.Sqlite, database.Postgres)], measure)
    rows = []
    for engine, turns in got.items():
        accepted = median([turn["accepted"]["cpu_us"] for turn in turns])
        for label in turns[0]:
            cost = median([turn[label]["cpu_us"] for turn in turns])
            status = "/".join(sorted(turns[0][label]["status"]))
            rows.append([f"{label}, {engine}", status, median([turn[label]["rate"] for turn in turns]), cost,
                         cost / accepted])
            if label not in ("accepted", HUGE):
                bench.report.target("refusals", f"CPU of a refused response ({label}), of an accepted one, {engine}",
                                    "< 1", cost / accepted, cost < accepted)
    bench.report.table("refusals", "What a refusal costs the server",
                       ["response", "status", "responses/s", "CPU us", "of accepted"], rows)


ALL = {"logins": logins, "page": page, "scim": scim.scim, "scimmy": scim.scimmy, "groups": scim.groups,
       "refusals": refusals, "attacks": attacks.attacks, "federation": federation.federation, "judge": judge.judge,
       "memory": memory}
SUITES = {**ALL, "flat": scim.flat, "scim-memory": scim.memory, "settings": settings.settings}
