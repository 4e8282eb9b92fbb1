# SPDX-License-Identifier: Apache-2.0
"""The settings pages as one administrator has them: one request after another, over a company of a million people."""

import base64
import hashlib
import http.client
import random
import re

import crowd
import database
import httpd
import ours
import rig as r
import wrk
from bench import middle, rounds
from report import load, number

USER, PASSWORD = "alice", "bench"
WEIGHT = 60000  # bytes that a page may have
PAGE_MS, LIST_MS = 20, 50
ROWS = 50
EVENTS = 100000

CONF = """
<Location "/settings">
    AuthType          Basic
    AuthName          "Settings"
    AuthBasicProvider file
    AuthUserFile      "{passwords}"
    Require           valid-user
    BrazeCompany      "Bench"
</Location>
<Location "/settings/security">
    SetHandler braze-jit-settings
</Location>
<Location "/settings/scim">
    SetHandler braze-scim-settings
</Location>
"""


def conf(bench):
    """A password that costs nothing to look at: what is measured is ours."""
    digest = base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode()
    passwords = bench.rig.write("settings-passwords", f"{USER}:{{SHA}}{digest}\n")
    modules = [name for name in ("auth_basic", "authn_file") if name not in httpd.builtin()]
    return "".join(httpd.load(name) for name in modules), CONF.format(passwords=passwords)


HEADERS = ["Authorization: Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()]


def ask(place, path):
    connection = http.client.HTTPConnection("127.0.0.1", place.server.port, timeout=120)
    connection.request("GET", path, headers={"Host": httpd.HOST, **dict(line.split(": ", 1) for line in HEADERS)})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status != 200:
        raise r.Failure(f"GET {path}: {answer.status} {text[:300]}\n{place.server.log_tail()}")
    return text.decode()


def somebody(place, count):
    """(id, name) of people among those whom requests speak of."""
    with open(place.people) as file:
        return random.Random(1).sample([line.split() for line in file], count)


def next_page(place, path):
    """Where "Next page" leads, forty times: far from the beginning."""
    for _ in range(40):
        found = re.findall(r'href="([^"]*[?&](?:amp;)?(?:after|before)=[^"]*)"', ask(place, path))
        path = found[-1].replace("&amp;", "&")
    return path


# What is asked for, its target in milliseconds, and how many rows must be on the page (None: it is no list).
def cases(place):
    people = somebody(place, 200)
    security, scim = "/settings/security/", "/settings/scim/"
    names = [name for _, name in people]
    return {
        "SAML single sign-on": ([security + "sso"], PAGE_MS, None),
        "permission sets": ([security + "permission-sets"], PAGE_MS, None),
        "SCIM provisioning": ([scim + "tokens"], PAGE_MS, None),
        "one user": ([f"{security}user?id={person}" for person, _ in people], PAGE_MS, None),
        "security events": ([security + "events"], LIST_MS, ROWS),
        "security events, of one name": ([security + "events?name=Failed%20Login"], LIST_MS, 0),
        "users, first page": ([security + "users"], LIST_MS, ROWS),
        "users, a page far behind": ([next_page(place, security + "users")], LIST_MS, ROWS),
        "users, by user name": ([f"{security}users?q={name[:8]}" for name in names], LIST_MS, 1),
        "users, by one letter": ([security + "users?q=l"], LIST_MS, ROWS),
        "users, by e-mail": ([f"{security}users?by=email&q={name[:8]}" for name in names], LIST_MS, 1),
        "users, by last name that all have": ([security + "users?by=family&q=la"], LIST_MS, ROWS),
        "users, by display name that nobody has": ([security + "users?by=display&q=zz"], LIST_MS, 0),
        "users, source SCIM": ([security + "users?source=scim"], LIST_MS, ROWS),
        "users, source SAML (nobody)": ([security + "users?source=jit"], LIST_MS, 0),
        "users, suspended (nobody)": ([security + "users?state=suspended"], LIST_MS, 0),
        "users, unconfirmed (nobody)": ([security + "users?state=unconfirmed"], LIST_MS, 0),
    }


def check(place, name, path, rows):
    """The page's weight, if it is the right page."""
    page = ask(place, path)
    have = len(re.findall(r"<tbody>(.*)</tbody>", page, re.S)[0].split("<tr>")) - 1 if "<tbody>" in page else 0
    if rows is not None and (have != rows if rows in (0, ROWS) else have < rows):
        raise r.Failure(f"{name}: {have} rows at {path}, not {rows}")
    return len(page.encode())


def measure(bench, shown):
    def run(place):
        got = {}
        for name, (paths, wanted, rows) in cases(place).items():
            shown[name] = (wanted, max(check(place, name, path, rows) for path in paths[:5]))
            file = bench.rig.write("responses/settings-paths", "".join(path + "\n" for path in paths))
            result = bench.wrk("get", place, place.server.url("/"), file, connections=1, headers=HEADERS,
                               seconds=max(1, bench.options.seconds // 3))
            got[name] = wrk.only(result, ("200",), f"{name}", place.server.log_tail())
        return got
    return run


def events(place):
    """The report as it is after some time."""
    have = int(place.script("SELECT count(*) FROM braze_event;"))
    if have < EVENTS:
        numbers = crowd.NUMBERS[place.engine].format(EVENTS - have)
        place.script(
            "INSERT INTO braze_event (company_id, id, at, name, user_name, actor, ip, correlation) "
            f"SELECT c.id, {crowd.ID[place.engine]}, 1700000000000000, 'Signed In', 'somebody@example.test', 'saml:idp', "
            f"'192.0.2.1', 'correlation' FROM {numbers} n CROSS JOIN (SELECT id FROM braze_company LIMIT 1) c;")


def settings(bench):
    total, rows, words = bench.options.users, [], conf(bench)
    for kind in (database.Sqlite, database.Postgres):
        seed = bench.seed(kind)
        bench.report.say(f"filling {kind.title} with {total} people, if that was not done before")
        many = crowd.Crowd(bench.rig, seed, total, f"flat-{total}", keep=True).fresh()
        events(many.db)
        many.db.settle()
        shown = {}
        got = rounds(bench, [(kind.title, lambda many=many: ours.Ours(
            bench.rig, bench.signer, many, bench.options.children, *words))], measure(bench, shown))[kind.title]
        for name, (wanted, weight) in shown.items():
            results = [turn[name] for turn in got]
            took = middle(results, "p50_us") / 1e3
            rows.append([f"{name}, {kind.title}", took, middle(results, "p99_us") / 1e3, middle(results, "cpu_us"), weight])
            if kind is database.Postgres or wanted == PAGE_MS:
                bench.report.target("settings", f"{name}, ms, {kind.title}", f"< {wanted}", took, took < wanted)
        heaviest = max(weight for _, weight in shown.values())
        bench.report.target("settings", f"bytes of the heaviest page, {kind.title}", f"< {number(WEIGHT)}", heaviest, heaviest < WEIGHT)
    bench.report.table("settings", f"Settings pages over {number(total)} users, one connection; load {load():.1f}",
                       ["page", "median ms", "p99 ms", "CPU us", "bytes"], rows)
