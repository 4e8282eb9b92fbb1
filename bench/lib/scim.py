# SPDX-License-Identifier: Apache-2.0
"""What is measured of SCIM. Who is held against whom runs at the same time, and they take turns second by second."""

import contextlib

import bare
import calls
import crowd
import database
import rig as r
import scimmy as peer
import wrk
from bench import slices
from report import median, number

ENGINES = (database.Sqlite, database.Postgres)


def seconds_of(bench):
    """Of a call in a round: five calls take two thirds of the time each."""
    return max(1, bench.options.seconds * 2 // 3)


def _turn(bench, places, sizes, got, whole):
    """One round of all calls, of places {label: server}; adds to got {kind: {label: [result]}}."""
    turns = {"count": 1, "seconds": seconds_of(bench), "pause": 1} if whole else {"count": seconds_of(bench)}
    for place in places.values():
        calls.timed(bench, place, "get")(1)
        calls.timed(bench, place, "filter")(1)
    for kind in calls.KINDS:
        runs = {label: calls.timed(bench, place, kind, sizes.get(label)) for label, place in places.items()}
        for label, result in slices(runs=runs, **turns).items():
            got[kind].setdefault(label, []).append(result)


def compare(bench, what, makers, whole=False):
    """makers: {label: what makes a server}. Returns {kind: {label: [a result for each round]}}. `whole`: not in slices
    of a second, which are too short for who takes that long to answer."""
    got = {kind: {} for kind in calls.KINDS}
    for turn in range(bench.options.rounds):
        bench.report.say(f"round {turn + 1}: {what}")
        with contextlib.ExitStack() as stack:
            places = {label: stack.enter_context(make()) for label, make in makers.items()}
            sizes = {label: calls.check(place) for label, place in places.items() if not place.calls}
            _turn(bench, places, sizes, got, whole)
    return got


def middle(results, key):
    return median([result[key] for result in results])


def factor(ours, other, key="rate"):
    """The median of the rounds' own factors: the two of a round had the same weather."""
    return median([mine[key] / theirs[key] for mine, theirs in zip(ours, other)])


def _rows(got, title, other, mine):
    """Lines of a table of two contenders, with the factor of each call."""
    rows, factors = [], {}
    for kind, results in got.items():
        theirs, own = results.get(other), results.get(mine)
        if theirs and own:
            factors[kind] = factor(own, theirs)
        rows.append([f"{calls.TITLES[kind]}{title}"] + [theirs and middle(theirs, "rate"), own and middle(own, "rate"),
                    factors.get(kind), theirs and middle(theirs, "cpu_us"), own and middle(own, "cpu_us"),
                    own and middle(own, "p99_us") / 1e3])
    return rows, factors


# ---- against the bare handler -----------------------------------------------------------------------------

SHARES = {"get": 0.75, "filter": 0.70, "patch": 0.50, "post": 0.50}
PAGES = 800


def scim(bench):
    rows = []
    for kind in ENGINES:
        db = bench.engine(kind)
        makers = {"bare": lambda db=db: bare.Bare(bench.rig, db, bench.options.children)}
        if not bench.options.peers_only:
            bench.seed(kind)
            makers["ours"] = lambda kind=kind: bench.ours(kind)
        got = compare(bench, f"bare and ours, {kind.title}", makers)
        more, shares = _rows(got, f", {kind.title}", "bare", "ours")
        rows += more
        for call, wanted in SHARES.items():
            if call in shares:
                bench.report.target("scim", f"{calls.TITLES[call]}, of the bare handler, {kind.title}", f">= {wanted}",
                                    shares[call], shares[call] >= wanted)
        if "ours" in got["page"] and kind is database.Sqlite:
            rate = middle(got["page"]["ours"], "rate")
            bench.report.target("scim", f"pages of 100 a second, {kind.title}", f">= {PAGES}", rate, rate >= PAGES)
    bench.report.table(
        "scim", f"SCIM over 10 000 users, {bench.options.connections} connections",
        ["call", "bare/s", "ours/s", "of bare", "bare CPU us", "ours CPU us", "ours p99 ms"], rows)


# ---- against SCIMMY ----------------------------------------------------------------------------------------

TIMES = 10


def scimmy(bench):
    versions = peer.install(bench.rig, bench.report.say)
    bench.report.say(f"filling {peer.Scimmy.title} with {peer.Scimmy.total} people")
    peer.Scimmy(bench.rig, bench.options.children).fill()
    for processes in (1, bench.options.children):
        _scimmy(bench, versions, processes)


def _scimmy(bench, versions, processes):
    """The target is held against one process: ten times what two answer is more than httpd answers with nothing behind it."""
    makers = {"scimmy": lambda: peer.Scimmy(bench.rig, processes)}
    if not bench.options.peers_only:
        bench.seed(database.Sqlite)
        makers["ours"] = lambda: bench.ours(database.Sqlite)
    got = compare(bench, f"SCIMMY in {processes} and ours", makers, whole=True)
    rows, times = _rows(got, "", "scimmy", "ours")
    for call, ratio in times.items():
        if processes == 1:
            bench.report.target("scimmy", f"{calls.TITLES[call]}, times SCIMMY's", f">= {TIMES}", ratio, ratio >= TIMES)
    bench.report.table(
        "scimmy", f"Ours and {', '.join(versions)} in {processes} process{'es' * (processes > 1)}; SQLite, 10 000 users, "
        f"{bench.options.connections} connections",
        ["call", "SCIMMY/s", "ours/s", "times", "SCIMMY CPU us", "ours CPU us", "ours p99 ms"], rows)


# ---- members of a group -----------------------------------------------------------------------------------

SMALL, LARGE = 10, 100000
GROUP = ["urn:ietf:params:scim:schemas:core:2.0:Group"]


def _member_check(place, groups, size):
    path, person = f"/scim/v2/Groups/{groups.ids[size]}", open(groups.outside).readline().strip()
    steps = (({"op": "add", "path": "members", "value": [{"value": person}]}, size + 1),
             ({"op": "remove", "path": f'members[value eq "{person}"]'}, size))
    for operation, wanted in steps:
        status, _, answer = calls.ask(place, "PATCH", path, calls.patch_body(operation))
        have = groups.size(groups.ids[size])
        calls.must(status in (200, 204) and have == wanted, f"{operation['op']} of a member ({have} members)", answer)


def _members(bench, place, groups, size):
    def run(seconds):
        url = place.server.url(f"/scim/v2/Groups/{groups.ids[size]}")
        result = bench.wrk("members", place, url, groups.outside, seconds=seconds, headers=place.headers)
        groups.reset(groups.ids[size])
        return wrk.only(result, ("200", "204"), f"PATCH of a group of {size}", place.server.log_tail())
    return run


def groups(bench):
    rows = []
    for kind in ENGINES:
        seed = bench.seed(kind)
        bench.report.say(f"filling a group of {LARGE}, {kind.title}")
        many = crowd.Crowd(bench.rig, seed, seed.total + LARGE, "groups")
        both, got = crowd.Groups(bench.rig, many.db), {SMALL: [], LARGE: []}
        with bench.serve(many) as place:
            for size in got:
                status, _, made = calls.ask(place, "POST", "/scim/v2/Groups",
                                            {"schemas": GROUP, "displayName": f"Group of {size}"})
                calls.must(status == 201, "a new group", made)
                both.add(size, made["id"])
            many.db.settle()
            for size in got:
                _member_check(place, both, size)
                _members(bench, place, both, size)(1)
            for turn in range(bench.options.rounds):
                bench.report.say(f"round {turn + 1}: groups, {kind.title}")
                runs = {size: _members(bench, place, both, size) for size in got}
                for size, result in slices(seconds_of(bench), runs).items():
                    got[size].append(result)
        ratio = factor(got[SMALL], got[LARGE])
        rows += [[f"{number(size)} members, {kind.title}", middle(results, "rate"), middle(results, "cpu_us"),
                  middle(results, "p50_us") / 1e3, middle(results, "p99_us") / 1e3, factor(got[SMALL], results)]
                 for size, results in got.items()]
        bench.report.target("groups", f"PATCH of one member, {number(LARGE)} members, time of {SMALL}, {kind.title}",
                            "<= 1.5", ratio, ratio <= 1.5)
    bench.report.table("groups", f"PATCH of one member of a group, {bench.options.connections} connections",
                       ["group", "PATCH/s", "CPU us", "p50 ms", "p99 ms", "time of the small"], rows)


# ---- a million ---------------------------------------------------------------------------------------------


def flat(bench):
    rows, total = [], bench.options.users
    for kind in ENGINES:
        seed = bench.seed(kind)
        bench.report.say(f"filling {kind.title} with {total} people, if that was not done before")
        many = crowd.Crowd(bench.rig, seed, total, f"flat-{total}", keep=True)
        got = compare(bench, f"{seed.total} and {total}, {kind.title}",
                      {"few": lambda kind=kind: bench.ours(kind), "many": lambda many=many: bench.serve(many.fresh())})
        for call, results in got.items():
            few, lot = results["few"], results["many"]
            ratio = factor(few, lot)
            rows.append([f"{calls.TITLES[call]}, {kind.title}", middle(few, "rate"), middle(lot, "rate"), ratio,
                         middle(few, "cpu_us"), middle(lot, "cpu_us")])
            bench.report.target("flat", f"{calls.TITLES[call]}, {number(total)} users, time of {number(seed.total)}, "
                                f"{kind.title}", "<= 1.5", ratio, ratio <= 1.5)
    bench.report.table("flat", f"The same calls over more users, {bench.options.connections} connections",
                       ["call", "10 000/s", f"{number(total)}/s", "time", "CPU us", "CPU us of the many"], rows)


# ---- a child's memory --------------------------------------------------------------------------------------

PARTS = 5


def _mixed(bench, place, group, part, size):
    """Runs one part, and holds the answers against what the script asked for."""
    result = bench.wrk("mixed", place, place.server.url("/scim/v2"), size, place.people, group, part, seconds=600,
                       headers=place.headers)
    have, share = dict(result["status"]), size // 20
    have["200"] = have.get("200", 0) + have.pop("204", 0)
    want = {"200": 16 * share, "201": 2 * share, "400": share, "404": share}
    if result["broken"] or have != want:
        raise r.Failure(f"mixed requests: {result}, not {want}\n{place.server.log_tail()}")


def memory(bench):
    """One child; what it holds after so many requests of all kinds."""
    rows, size = [], bench.options.requests // PARTS // 20 * 20
    for kind in ENGINES:
        bench.report.say(f"{PARTS * size} requests, {kind.title}")
        with bench.ours(kind, children=1) as place:
            _, _, made = calls.ask(place, "POST", "/scim/v2/Groups", {"schemas": GROUP, "displayName": "Mixed"})
            sizes = []
            for part in range(PARTS):
                _mixed(bench, place, made["id"], part, size)
                sizes.append(max(r.resident_kb(pid) for pid in place.server.children()))
        for label, column in (("its own", 0), ("with mapped files", 1)):
            held = [both[column] / 1024 for both in sizes]
            growth = held[-1] / held[0] - 1
            rows.append([f"{kind.title}, {label}"] + held + [f"{growth:+.1%}"])
            if column == 0:
                bench.report.target("scim-memory", f"a child's own memory, request {number(size)} to "
                                    f"{number(PARTS * size)}, {kind.title}", "< +10 %", f"{growth:+.1%}", growth < 0.10)
    bench.report.table("scim-memory", "A child's resident memory, MB, after so many SCIM requests",
                       ["engine"] + [number(size * (i + 1)) for i in range(PARTS)] + ["growth"], rows)
