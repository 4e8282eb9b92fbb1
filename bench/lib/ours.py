# SPDX-License-Identifier: Apache-2.0
"""Our two modules, over one database that is filled once and copied for each run."""

import hashlib
import json
import os
import secrets
import shutil
import time

import database
import httpd
import responses
import rig as r
import wrk

COMPANY, ORIGIN, AUDIENCE = "Bench", "bench", "braze_dashboard"
ACS_PATH = "/auth/saml/callback"
ACS = f"http://{httpd.HOST}{ACS_PATH}"

CONF = """
LoadModule braze_jit_module "{modules}/mod_braze_jit.so"
LoadModule braze_scim_module "{modules}/mod_braze_scim.so"
BrazeCompany "{company}"
{extra}
<Location "/">
    AuthType            braze-saml
    AuthName            "Bench"
    Require             valid-user
    BrazeJitIdpMetadata "{metadata}"
    BrazeJitBaseUrl     "http://{host}"
</Location>
<Location "/open">
    AuthType None
    Require all granted
</Location>
Redirect 400 "/open/refused"
<Location "/scim/v2">
    SetHandler braze-scim
    AuthType   braze-scim
    AuthName   "SCIM"
    <RequireAll>
        Require valid-user
        Require braze-scim-origin
        Require braze-scim-allowlist
    </RequireAll>
</Location>
{more}
"""


class Ours:
    name, title = "ours", "mod_braze_jit"
    acs_path, acs = ACS_PATH, ACS
    signed_in = ("303+", "302+")
    users = "/scim/v2/Users"
    calls = {}

    def __init__(self, rig, signer, seed, children, extra="", more=""):
        self.rig, self.seed, self.db = rig, seed, seed.db
        conf = self.db.conf() + database.POOL + CONF.format(
            modules=rig.path("modules"), company=COMPANY, metadata=signer.metadata, host=httpd.HOST, extra=extra, more=more)
        self.server = httpd.Httpd(rig, f"ours-{seed.name}-{self.db.engine}", conf,
                                  modules=["dbd", "socache_shmcb", "alias"], children=children)

    @property
    def headers(self):
        return [f"Authorization: Bearer {self.seed.token}", f"X-Request-Origin: {ORIGIN}"]

    @property
    def people(self):
        return self.seed.people

    @property
    def total(self):
        return self.seed.total

    def __enter__(self):
        self.server.start()
        return self

    def __exit__(self, *_):
        self.server.stop()

    def roots(self):
        return [self.server.pid] + self.db.roots()


def install(rig):
    """Copies what was built to where the unprivileged account can read it."""
    target = rig.folder("modules")
    for name in ("mod_braze_jit.so", "mod_braze_scim.so", "braze-admin"):
        source = os.path.join(rig.build, name)
        if not os.path.exists(source):
            raise r.Failure(f"{source} is missing: build first (./configure && make), "
                            "or name the build folder with --build; --peers-only measures the others alone")
        shutil.copy(source, target)
        os.chmod(os.path.join(target, name), 0o755)


def admin(rig, db, *words):
    driver, params = db.driver_params()
    return rig.run(rig.path("modules", "braze-admin"), "--driver", driver, "--params", params, *words)


def list_people(rig, db, name, of=responses.PEOPLE, among=responses.PEOPLE):
    """Writes ids and userNames of `of` people, evenly spread over the `among` that there are; returns the file."""
    lines = db.script("SELECT id, user_name FROM braze_user ORDER BY id;").splitlines(keepends=True)
    if len(lines) != among:
        raise r.Failure(f"{len(lines)} people were made, not {among}")
    return rig.write(name, "".join(lines[::among // of]))


class Seed:
    """A database with a company, a SCIM token and 10 000 people who have signed in once, made once and copied by
    fresh()."""

    name, total = "seed", responses.PEOPLE

    def __init__(self, rig, signer, db, children):
        self.rig = rig
        db = self.db = db.fresh("seed")
        admin(rig, db, "migrate")
        admin(rig, db, "company", "add", COMPANY)
        admin(rig, db, "workspace", "add", "Main")
        made = admin(rig, db, "--json", "token", "add", "--workspace", "Main", "--origin", ORIGIN)
        self.token = json.loads(made)["secret"]
        with Ours(rig, signer, self, children) as ours:
            result = wrk.run("people", ours.server.url(ours.users), responses.PEOPLE, seconds=120,
                             connections=8, headers=ours.headers)
            wrk.only(result, ("201",), "filling the database", ours.server.log_tail())
            # The first sign-in links an account to its IdP, once and for all: what is measured is the next.
            before = signer.bodies("before", ACS, AUDIENCE, responses.PEOPLE)
            result = wrk.run("once", ours.server.url(ACS_PATH), before, 0, responses.PEOPLE, seconds=120, connections=8)
            wrk.only(result, Ours.signed_in, "everybody's first sign-in", ours.server.log_tail())
        self.people = list_people(rig, db, f"responses/people-{db.engine}")
        db.settle()
        db.keep()

    def fresh(self):
        self.db.restore()
        return self

    def sessions(self, count):
        """Adds live sessions, spread over the people; returns a file of requests with their cookies."""
        now = int(time.time() * 1000)
        people = self.db.script("SELECT id, company_id FROM braze_user ORDER BY id;").split("\n")
        rows, lines = [], []
        for number in range(count):
            secret = f"{now - count + number:011x}{secrets.token_urlsafe(24)}"
            person, company = people[number % responses.PEOPLE].split("\t")
            digest = secret[:11] + hashlib.sha256(secret.encode()).hexdigest()[:53]
            rows.append(f"('{digest}','{company}','{person}',{now},{now + 8 * 3600 * 1000},{now},"
                        f"'{responses.IDP}','{digest}')")
            lines.append(f"/closed/page.html\tbraze_session={secret}\n")
        sql = ["BEGIN;"]
        for start in range(0, count, 500):
            sql.append("INSERT INTO braze_session (session_hash, company_id, user_id, created_at, expires_at, "
                       "last_seen_at, idp, assertion_key) VALUES " + ",".join(rows[start:start + 500]) + ";")
        self.db.script("\n".join(sql + ["COMMIT;"]))
        self.db.settle()  # else autovacuum would write, and every session be read again, at some moment of the run
        step = max(1, count // 1000)  # wrk holds each request in memory
        return self.rig.write(f"responses/sessions-{self.db.engine}", "".join(lines[::step]))
