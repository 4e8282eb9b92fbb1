# SPDX-License-Identifier: Apache-2.0
"""Databases of many people, filled by SQL: more of the kind of somebody whom the service has made."""

import json
import os

import ours

MODEL = "user00000"  # whose row is copied, with another name
NAMED = ("user_name", "user_name_key", "external_id", "email", "email_key", "resource")
SAMPLE = 20000  # people whom requests speak of: wrk holds them all in memory

NUMBERS = {"sqlite": "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {0}) SELECT i FROM n)",
           "pgsql": "(SELECT generate_series(1, {0}) AS i)"}
# Ids as the service makes them: microseconds, and then at random. These are of 2024, a millisecond apart.
STAMP = "1704067200000000 + n.i * 1000"
ID = {"sqlite": "(SELECT substr(t, 1, 8) || '-' || substr(t, 9) || substr(r, 1, 2) || '-' || substr(r, 3, 8) || '-' || "
                f"substr(r, 11) FROM (SELECT printf('%014x', {STAMP}) AS t, lower(hex(randomblob(9))) AS r))",
      "pgsql": "(SELECT substr(t, 1, 8) || '-' || substr(t, 9) || substr(r, 1, 2) || '-' || substr(r, 3, 8) || '-' || "
               f"substr(r, 11, 8) FROM (SELECT lpad(to_hex({STAMP}), 14, '0') AS t, "
               "replace(gen_random_uuid()::text, '-', '') AS r) s)"}
COLUMNS = {"sqlite": "SELECT name FROM pragma_table_info('braze_user') ORDER BY cid;",
           "pgsql": "SELECT column_name FROM information_schema.columns WHERE table_name = 'braze_user' "
                    "AND table_schema = 'public' ORDER BY ordinal_position;"}
LOAD = {"sqlite": "PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000;", "pgsql": "SET synchronous_commit = off;"}
PADDED = {"sqlite": "printf('%07d', n.i)", "pgsql": "lpad(n.i::text, 7, '0')"}


# What the service does behind an INSERT: the one workspace that each of them has, and users divided anew.
FOLLOWED = """BEGIN;
INSERT INTO braze_user_grant(user_id, company_id, workspace_id)
    SELECT u.id, u.company_id, json_extract(u.permissions, '$.appGroup[0].appGroupId') FROM braze_user u
    WHERE u.permissions LIKE '{"appGroup":[{"appGroupId":"___________________________________"}]}'
    AND NOT EXISTS (SELECT 1 FROM braze_user_grant g WHERE g.user_id = u.id);
DELETE FROM braze_user_span;
INSERT INTO braze_user_span(company_id, level, first_id)
    SELECT id, 0, '' FROM braze_company UNION ALL SELECT id, 1, '' FROM braze_company;
COMMIT;"""


def fill(db, more):
    """Adds as many people."""
    engine = db.engine
    columns = db.script(COLUMNS[engine]).split()
    cells = []
    for name in columns:
        cell = f"t.{name}"
        if name == "id":
            cell = ID[engine]
        elif name in NAMED:
            cell = f"replace({cell}, '{MODEL}', 'load' || {PADDED[engine]})"
        cells.append(cell)
    db.script(f"{LOAD[engine]} BEGIN; INSERT INTO braze_user ({', '.join(columns)}) SELECT {', '.join(cells)} "
              f"FROM {NUMBERS[engine].format(more)} n CROSS JOIN (SELECT * FROM braze_user "
              f"WHERE user_name = '{MODEL}@example.test') t; COMMIT;")
    if engine == "sqlite":  # PostgreSQL's triggers have done it
        db.script(FOLLOWED)
    db.settle()


class Crowd:
    """A copy of the seed with more people, `total` in all. With `keep` it is kept from one run to the next."""

    def __init__(self, rig, seed, total, name, keep=False):
        self.rig, self.total, self.name, self.token = rig, total, name, seed.token
        self.people = rig.path(f"responses/people-{name}-{seed.db.engine}")
        self.note = rig.path(f"responses/{name}-{seed.db.engine}.json")
        if keep and self._known(seed):
            self.db = seed.db.named(name)
            return
        self.db = seed.db.copied(name)
        fill(self.db, total - seed.total)
        self.people = ours.list_people(rig, self.db, f"responses/people-{name}-{self.db.engine}",
                                       of=min(total, SAMPLE), among=total)
        if keep:
            self.db.keep()
            rig.write(f"responses/{name}-{self.db.engine}.json",
                      json.dumps({"token": self.token, "schema": _schema(seed.db)}))

    def _known(self, seed):
        if not (os.path.exists(self.note) and os.path.exists(self.people) and seed.db.has(self.name)):
            return False
        with open(self.note) as file:
            note = json.load(file)
        self.token = note["token"]
        return note["schema"] == _schema(seed.db)

    def fresh(self):
        self.db.restore()
        return self


def _schema(db):
    """The tables as they are: what was filled under others has to be filled again."""
    if db.engine == "sqlite":
        return db.script("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name;")
    return db.script("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1; "
                     "SELECT table_name, column_name, data_type FROM information_schema.columns "
                     "WHERE table_schema = 'public' ORDER BY 1, 2; SELECT max(version) FROM braze_schema;")


class Groups:
    """A small and a large group among a crowd, filled by SQL; the seed's own people are in neither."""

    def __init__(self, rig, db):
        self.db, self.ids = db, {}
        self.outside = rig.write(f"responses/outside-{db.engine}", db.script(
            "SELECT id FROM braze_user WHERE user_name_key LIKE 'user%' ORDER BY id;"))

    def add(self, size, group):
        self.ids[size] = group
        self.db.script("INSERT INTO braze_group_member (group_id, company_id, user_id) SELECT "
                       f"'{group}', company_id, id FROM braze_user WHERE user_name_key LIKE 'load%' "
                       f"ORDER BY user_name_key LIMIT {size};")

    def reset(self, group):
        """Takes out those who were added when a run was cut off."""
        self.db.script(f"DELETE FROM braze_group_member WHERE group_id = '{group}' AND user_id IN "
                       "(SELECT id FROM braze_user WHERE user_name_key LIKE 'user%');")

    def size(self, group):
        return int(self.db.script(f"SELECT count(*) FROM braze_group_member WHERE group_id = '{group}';"))
