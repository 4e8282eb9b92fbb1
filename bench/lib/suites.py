# SPDX-License-Identifier: Apache-2.0
"""What is measured. Every suite goes round its contenders and then again, so that a slow minute hits all of them."""

import base64
import contextlib
import os
import urllib.parse

import bare
import database
import httpd
import ours
import peers
import responses
import rig as r
import wrk
from report import median, number

PEERS = (peers.Mellon, peers.Shibboleth)


class Bench:
    """What the suites share: the settings, the signer, and the databases, made when first needed."""

    def __init__(self, rig, report, options):
        self.rig, self.report, self.options = rig, report, options
        self.signer = responses.Signer(rig)
        self.seeds, self.engines, self.installed = {}, {}, False

    def engine(self, kind):
        if kind not in self.engines:
            self.engines[kind] = kind(self.rig)
        return self.engines[kind]

    def seed(self, kind):
        if not self.installed:
            ours.install(self.rig)
            self.installed = True
        if kind not in self.seeds:
            self.report.say(f"filling {kind.title} with {responses.PEOPLE} people")
            self.seeds[kind] = ours.Seed(self.rig, self.signer, self.engine(kind), self.options.children)
        return self.seeds[kind]

    def ours(self, kind, extra="", children=None):
        """A server of ours on a fresh copy of the filled database."""
        return ours.Ours(self.rig, self.signer, self.seed(kind).fresh(), children or self.options.children, extra)

    def bodies(self, contender, count):
        self.report.say(f"signed responses for {contender.title}: {count}")
        audience = ours.AUDIENCE if contender is ours.Ours else peers.AUDIENCE
        return self.signer.bodies(contender.name, contender.acs, audience, count)

    def wrk(self, script, place, url, *args, **more):
        more.setdefault("seconds", self.options.seconds)
        more.setdefault("connections", self.options.connections)
        return wrk.run(script, url, *args, roots=place.roots(), **more)

    def close(self):
        for db in self.engines.values():
            db.close()


def rounds(bench, contenders, measure):
    """{label: [what measure(contender) gave in each round]}; the odd rounds go backwards."""
    got = {label: [] for label, _ in contenders}
    for turn in range(bench.options.rounds):
        for label, make in contenders if turn % 2 == 0 else reversed(contenders):
            bench.report.say(f"round {turn + 1}: {label}")
            with make() as place:
                got[label].append(measure(place))
    return got


def middle(results, key):
    return median([result[key] for result in results])


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
        bodies["ours"] = (bench.bodies(ours.Ours, 20000), 20000)
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
    for kind, wanted in ((database.Sqlite, 4), (database.Postgres, 3)):
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


def page_run(bench, requests):
    """requests(place) gives the file of paths and cookies; the rate is held against the open page's, just before."""
    def measure(place):
        file = requests(place)
        free = wrk.only(bench.wrk("get", place, place.server.url("/open/page.html")), (), "the open page")
        url = place.server.url("/")
        wrk.only(bench.wrk("get", place, url, file, seconds=1), (), f"the page at {place.name}",
                 place.server.log_tail())
        result = wrk.only(bench.wrk("get", place, url, file), (), f"the page at {place.name}")
        result.update(open=free["rate"], open_us=free["cpu_us"], share=result["rate"] / free["rate"])
        return result
    return measure


def one_session(bench, bodies):
    def requests(place):
        cookie = sign_in(bench, place, bodies[place.name])
        return bench.rig.write(f"responses/session-{place.name}", f"/closed/page.html\t{cookie}\n")
    return requests


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
    got = {**rounds(bench, contenders, page_run(bench, one_session(bench, bodies))), **got}
    selects = [(f"one bare select, {kind.title}",
                lambda kind=kind: bare.Bare(bench.rig, bench.engine(kind), bench.options.children))
               for kind in (database.Sqlite, database.Postgres)]
    got.update(rounds(bench, selects, page_run(bench, lambda place: place.paths)))
    bench.report.table(
        "page", f"A protected page of 1 kB, {bench.options.connections} connections",
        ["contender", "protected/s", "open/s", "share", "CPU us", "open CPU us"],
        [[label, middle(results, "rate"), middle(results, "open"), middle(results, "share"),
          middle(results, "cpu_us"), middle(results, "open_us")] for label, results in got.items()])
    for label, results in got.items():
        if label.startswith("ours"):
            wanted = 0.90 if label.endswith("shmcb") else 0.70
            share = middle(results, "share")
            bench.report.target("page", f"page, {label[6:]}, of the open page", f">= {wanted}", share,
                                share >= wanted)


# ---- SCIM ------------------------------------------------------------------------------------------------


def scim_run(bench):
    stamp = iter(range(10**6))

    def measure(place):
        server = place.server
        url = server.url("/")
        bench.wrk("get", place, url, place.paths, seconds=1, headers=place.get_headers)
        read = bench.wrk("get", place, url, place.paths, headers=place.get_headers)
        wrk.only(read, (), f"GET by id at {place.name}", server.log_tail())
        written = bench.wrk("person", place, server.url(place.post_path), f"{os.getpid()}-{next(stamp)}",
                            headers=place.post_headers)
        wrk.only(written, ("201",), f"POST at {place.name}", server.log_tail())
        return {"get": read["rate"], "get_us": read["cpu_us"], "post": written["rate"],
                "post_us": written["cpu_us"], "p99_us": written["p99_us"]}
    return measure


def scim(bench):
    rows = []
    for kind in (database.Sqlite, database.Postgres):
        db = bench.engine(kind)
        contenders = [(f"bare, {kind.title}", lambda db=db: bare.Bare(bench.rig, db, bench.options.children))]
        if not bench.options.peers_only:
            bench.seed(kind)
            contenders.append((f"ours, {kind.title}", lambda kind=kind: bench.ours(kind)))
        got = rounds(bench, contenders, scim_run(bench))
        base = {key: middle(got[contenders[0][0]], key) for key in ("get", "post")}
        for label, results in got.items():
            mid = {key: middle(results, key) for key in results[0]}
            rows.append([label, mid["get"], mid["get"] / base["get"], mid["get_us"], mid["post"],
                         mid["post"] / base["post"], mid["post_us"], mid["p99_us"] / 1e3])
        if len(got) == 2:
            ratio = {key: rows[-1][i] for key, i in (("get", 2), ("post", 5))}
            for key, wanted, what in (("get", 0.75, "GET /Users/{id}, of the bare select"),
                                      ("post", 0.50, "POST /Users, of the bare insert")):
                bench.report.target("scim", f"{what}, {kind.title}", f">= {wanted}", ratio[key],
                                    ratio[key] >= wanted)
    bench.report.table(
        "scim", f"SCIM over 10 000 users, {bench.options.connections} connections",
        ["contender", "GET/s", "of bare", "CPU us", "POST/s", "of bare ", "CPU us ", "POST p99 ms"], rows)


# ---- refusals --------------------------------------------------------------------------------------------


def spoilt(body):
    """The same response with one character of its signature changed."""
    xml = base64.b64decode(urllib.parse.unquote(body.split("=", 1)[1]))
    at = xml.index(b"<ds:SignatureValue>") + 40
    xml = xml[:at] + (b"A" if xml[at:at + 1] != b"A" else b"B") + xml[at + 1:]
    return "SAMLResponse=" + urllib.parse.quote(base64.b64encode(xml).decode(), safe="")


def refusals(bench):
    """Server time for a refused response against an accepted one."""
    bodies = bench.bodies(ours.Ours, 20000)
    with open(bodies) as file:
        good = file.readline().strip()
    junk = base64.b64encode(b"this is no XML; " * 256).decode()
    cases = [("bad signature", spoilt(good)), ("too big (1 MB)", "SAMLResponse=" + "A" * 1000000),
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
            if label != "accepted":
                bench.report.target("refusals", f"CPU of a refused response ({label}), of an accepted one, {engine}",
                                    "< 1", cost / accepted, cost < accepted)
    bench.report.table("refusals", "What a refusal costs the server",
                       ["response", "status", "responses/s", "CPU us", "of accepted"], rows)


SUITES = {"logins": logins, "page": page, "scim": scim, "refusals": refusals, "memory": memory}
