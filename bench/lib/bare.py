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
  resource TEXT NOT NULL, UNIQUE (company_id, id), UNIQUE (company_id, user_name_key));
CREATE INDEX bare_email ON bare_user(company_id, email_key);
CREATE INDEX bare_external ON bare_user(company_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX bare_domain ON bare_user(company_id, email_domain) WHERE confirmed = 1 AND impersonation = 0;
CREATE INDEX bare_admin ON bare_user(company_id) WHERE admin = 1 AND active = 1;
"""

COLUMNS = ("id, company_id, user_name, user_name_key, external_id, email, email_key, email_domain, display_name, "
           "given_name, family_name, department, active, confirmed, impersonation, admin, source, created_at, "
           "modified_at, last_sign_in_at, version, permissions, resource")
REST = "'example.test', 'First Last', 'First', 'Last', 'finance', 1, 1, 0, 0, 'scim', 1700000000000000, " \
       "1700000000000000, NULL, 1, '{}'"
COMPANY = "0123abcd-0123abcd-0123abcd-0123abcd"

# About what the attributes of a person with a name and an e-mail come to.
RESOURCE = '{"filler":"' + "x" * 300 + '"}'

FILL = f"""
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS}),
  p(id, name) AS (SELECT 'id-' || i, 'user' || i || '@example.test' FROM n)
INSERT INTO bare_user ({COLUMNS})
SELECT id, '{COMPANY}', name, name, id, name, name, {REST}, '{RESOURCE}' FROM p;
"""

# Each %s is one argument, and apr_dbd would take any other percent sign for one.
CONF = f"""
DBDPrepareSQL "SELECT {COLUMNS} FROM bare_user WHERE id = %s" bare_select
DBDPrepareSQL "INSERT INTO bare_user ({COLUMNS}) VALUES (%s, '{COMPANY}', %s, %s, %s, %s, %s, {REST}, %s)" bare_insert
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
    get_headers = post_headers = ()
    post_path = "/bare/insert"

    def __init__(self, rig, db, children):
        module = build(rig)
        db = self.db = db.fresh("bare")
        self.db.script(TABLE + FILL)
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
