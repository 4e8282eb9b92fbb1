# SPDX-License-Identifier: Apache-2.0
"""mod_bench_bare: one statement over mod_dbd, on a table of 10 000 rows like that of the users."""

import os
import shutil

import database
import httpd
import rig as r

ROWS = 10000

# The columns and indexes of braze_user, without its triggers and foreign keys.
TABLE = """
CREATE TABLE bare_user (
  id VARCHAR(40) NOT NULL PRIMARY KEY, company_id VARCHAR(40) NOT NULL, user_name TEXT NOT NULL,
  user_name_key TEXT NOT NULL, external_id TEXT, email TEXT, email_key TEXT, email_domain TEXT, display_name TEXT,
  given_name TEXT, family_name TEXT, department TEXT, active SMALLINT NOT NULL, confirmed SMALLINT NOT NULL,
  impersonation SMALLINT NOT NULL, admin SMALLINT NOT NULL, source VARCHAR(16) NOT NULL, created_at BIGINT NOT NULL,
  modified_at BIGINT NOT NULL, last_sign_in_at BIGINT, version BIGINT NOT NULL, permissions TEXT NOT NULL,
  resource TEXT NOT NULL, display_name_key TEXT, given_name_key TEXT, family_name_key TEXT,
  UNIQUE (company_id, id), UNIQUE (company_id, user_name_key));
CREATE INDEX bare_email ON bare_user(company_id, email_key) WHERE email_key <> user_name_key;
CREATE INDEX bare_external ON bare_user(company_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX bare_domain ON bare_user(company_id, email_domain) WHERE confirmed = 1 AND impersonation = 0;
CREATE INDEX bare_admin ON bare_user(company_id) WHERE admin = 1 AND active = 1;
CREATE INDEX bare_display ON bare_user(company_id, display_name_key, id);
CREATE INDEX bare_family ON bare_user(company_id, family_name_key, id);
CREATE INDEX bare_given ON bare_user(company_id, given_name_key, id);
CREATE INDEX bare_created ON bare_user(company_id, created_at, id);
CREATE INDEX bare_modified ON bare_user(company_id, modified_at, id);
"""

COLUMNS = ("id, company_id, user_name, user_name_key, external_id, email, email_key, created_at, modified_at, "
           "resource, email_domain, display_name, given_name, family_name, department, active, confirmed, "
           "impersonation, admin, source, last_sign_in_at, version, permissions, display_name_key, given_name_key, family_name_key")
REST = "'example.test', 'First Last', 'First', 'Last', 'finance', 1, 1, 0, 0, 'scim', NULL, 1, '{}', 'first last', " \
       "'first', 'last'"
COMPANY = "0123abcd-0123abcd-0123abcd-0123abcd"

# About what the attributes of a person with a name and an e-mail come to.
RESOURCE = '{"filler":"' + "x" * 300 + '"}'

FILL = f"""
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS}),
  p(i, id, name) AS (SELECT i, 'id-' || i, 'user' || i || '@example.test' FROM n)
INSERT INTO bare_user ({COLUMNS})
SELECT id, '{COMPANY}', name, name, id, name, name, 1700000000000000 + i, 1700000000000000 + i, '{RESOURCE}', {REST}
FROM p;
"""

# Each %s is one argument, and apr_dbd would take any other percent sign for one.
NOW = "CAST(%s AS BIGINT)"
CONF = f"""
DBDPrepareSQL "SELECT {COLUMNS} FROM bare_user WHERE id = %s" bare_select
DBDPrepareSQL "SELECT {COLUMNS} FROM bare_user WHERE company_id = '{COMPANY}' AND user_name_key = %s" bare_name
DBDPrepareSQL "SELECT {COLUMNS} FROM bare_user WHERE company_id = '{COMPANY}' AND id >= (SELECT id FROM bare_user \
WHERE company_id = '{COMPANY}' ORDER BY id LIMIT 1 OFFSET {NOW}) ORDER BY id LIMIT 100" bare_rows
DBDPrepareSQL "INSERT INTO bare_user ({COLUMNS}) \
VALUES (%s, '{COMPANY}', %s, %s, %s, %s, %s, {NOW}, {NOW}, %s, {REST})" bare_insert
<Location "/bare">
    SetHandler bench-bare
</Location>
"""


def build(rig):
    """Compiles the module with apxs in the work folder; returns the .so."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    source, target = os.path.join(here, "mod_bench_bare.c"), rig.path("bare/.libs/mod_bench_bare.so")
    rig.folder("bare")
    if not os.path.exists(target) or os.path.getmtime(target) < os.path.getmtime(source):
        shutil.copy(source, rig.path("bare/mod_bench_bare.c"))
        rig.run("sh", "-c", f"cd '{rig.path('bare')}' && apxs -c -Wc,-Wall -Wc,-Wextra -Wc,-fmax-errors=3 mod_bench_bare.c")
    return target


class Bare:
    name, title = "bare", "bare mod_dbd handler"
    headers = ()
    users, total = "/bare", ROWS
    # What stands for each of our calls: one that changes a user is held against the insert.
    calls = {"get": "select", "filter": "name", "page": "rows", "patch": "insert", "post": "insert"}

    def __init__(self, rig, db, children):
        module = build(rig)
        db = self.db = db.fresh("bare")
        self.db.script(TABLE + FILL)
        self.db.settle()
        self.people = rig.write("bare/people",
                                "".join(f"id-{i}\tuser{i}@example.test\n" for i in range(1, ROWS + 1)))
        self.paths = rig.write("bare/paths", "".join(f"/bare/select/id-{i}\n" for i in range(1, ROWS + 1)))
        conf = f'LoadModule bench_bare_module "{module}"\n' + db.conf() + database.POOL + CONF
        self.server = httpd.Httpd(rig, f"bare-{db.engine}", conf, modules=["dbd"], children=children)

    def __enter__(self):
        self.server.start()
        return self

    def __exit__(self, *_):
        self.server.stop()

    def roots(self):
        return [self.server.pid] + self.db.roots()
