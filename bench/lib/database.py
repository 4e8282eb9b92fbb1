# SPDX-License-Identifier: Apache-2.0
"""The databases that a run uses: SQLite files, and a PostgreSQL cluster of its own."""

import contextlib
import copy
import glob
import os
import shutil
import sqlite3
import subprocess
import threading

import rig as r


class Sqlite:
    engine, title = "sqlite", "SQLite"

    def __init__(self, rig):
        self.rig = rig
        self.file = None

    def fresh(self, name):
        """A handle of an empty database. In WAL mode, which stays with the file."""
        made = copy.copy(self)
        self.rig.folder("db")
        made.file = self.rig.path("db", name + ".sqlite")
        for old in glob.glob(made.file + "*"):
            os.unlink(old)
        made.script("PRAGMA journal_mode=WAL;")
        return made

    def keep(self):
        """Remembers the database as it is, for restore()."""
        self.script("PRAGMA wal_checkpoint(TRUNCATE);")
        shutil.copy(self.file, self.file + "-kept")

    def restore(self):
        for old in glob.glob(self.file + "-*"):
            if not old.endswith("-kept"):
                os.unlink(old)
        self.rig.run("cp", self.file + "-kept", self.file)

    def script(self, sql):
        return self.rig.run("sqlite3", "-bail", "-cmd", ".timeout 10000", "-separator", "\t", self.file, stdin=sql)

    @contextlib.contextmanager
    def written(self, sql, pause):
        """While it lasts another program runs the statement, and pauses for so many seconds."""
        done = threading.Event()

        def write():
            with contextlib.closing(sqlite3.connect(self.file, timeout=10, isolation_level=None)) as db:
                while not done.wait(pause):
                    db.execute(sql)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            yield
        finally:
            done.set()
            writer.join()

    def settle(self):
        """What a server does by itself after a while."""

    def has(self, name):
        """Is there something that keep() has kept under this name?"""
        return os.path.exists(self.rig.path("db", name + ".sqlite-kept"))

    def named(self, name):
        """A handle of what restore() is to bring back."""
        made = copy.copy(self)
        made.file = self.rig.path("db", name + ".sqlite")
        return made

    def copied(self, name):
        """A database of its own that begins as what keep() has kept of this one."""
        made = self.fresh(name)
        self.rig.run("cp", self.file + "-kept", made.file)
        return made

    def driver_params(self):
        return "sqlite3", self.file

    def conf(self):
        return f'DBDriver sqlite3\nDBDParams "{self.file}"\nDBDInitSQL "PRAGMA synchronous=NORMAL"\n'

    def roots(self):
        return []

    def close(self):
        pass


class Postgres:
    """One cluster for the run, as Debian's package sets one up: fsync and synchronous_commit on. Unix socket only."""

    engine, title = "pgsql", "PostgreSQL"

    def __init__(self, rig):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))
        if not found:
            raise r.Failure("PostgreSQL's server is not installed: apt-get install postgresql")
        self.rig, self.bin = rig, found[-1]
        self.data, self.socket = rig.path("pg/data"), rig.folder("pg")
        self.name = None
        if not os.path.exists(os.path.join(self.data, "PG_VERSION")):
            rig.run(f"{self.bin}/initdb", "-D", self.data, "-U", "bench", "-A", "trust", "-E", "UTF8",
                    "--locale=C.UTF-8")
        if self._pid() is None:
            rig.run(f"{self.bin}/pg_ctl", "-D", self.data, "-l", rig.path("pg/log"), "-w", "-o",
                    f"-c listen_addresses='' -c unix_socket_directories='{self.socket}' -c max_connections=200",
                    "start")

    def _pid(self):
        try:
            with open(os.path.join(self.data, "postmaster.pid")) as file:
                pid = int(file.readline())
        except (OSError, ValueError):
            return None
        return pid if r.alive(pid) else None

    def fresh(self, name):
        self.script(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE);', database="postgres")
        self.script(f'CREATE DATABASE "{name}";', database="postgres")
        made = copy.copy(self)
        made.name = name
        return made

    def keep(self):
        self._copy(self.name, self.name + "-kept")

    def restore(self):
        self._copy(self.name + "-kept", self.name)

    def _copy(self, source, target):
        self.script(f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE);', database="postgres")
        self.script(f'CREATE DATABASE "{target}" TEMPLATE "{source}";', database="postgres")

    def _psql(self, database=None):
        return [f"{self.bin}/psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1",
                "-h", self.socket, "-U", "bench", "-d", database or self.name]

    def script(self, sql, database=None):
        return self.rig.run(*self._psql(database), stdin=sql)

    @contextlib.contextmanager
    def written(self, sql, pause):
        """As Sqlite's."""
        with subprocess.Popen(self._psql(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as writer:
            writer.stdin.write(f"{sql} \\watch {pause}\n")
            writer.stdin.flush()
            try:
                yield
                if writer.poll() is not None:
                    raise r.Failure(f"psql ended ({writer.returncode}) while it was to write")
            finally:
                writer.terminate()

    def settle(self):
        """What autovacuum does within a minute after that many rows."""
        self.script("VACUUM ANALYZE;")

    def has(self, name):
        found = self.script(f"SELECT 1 FROM pg_database WHERE datname = '{name}-kept';", database="postgres")
        return found.strip() == "1"

    def named(self, name):
        made = copy.copy(self)
        made.name = name
        return made

    def copied(self, name):
        self._copy(self.name + "-kept", name)
        return self.named(name)

    def driver_params(self):
        return "pgsql", f"host={self.socket} user=bench dbname={self.name}"

    def conf(self):
        driver, params = self.driver_params()
        return f'DBDriver {driver}\nDBDParams "{params}"\n'

    def roots(self):
        return [self._pid()]

    def close(self):
        if self._pid() is not None:
            try:
                self.rig.run(f"{self.bin}/pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop")
            except r.Failure as failure:
                print(failure)


# Two for each core and child: those who have to wait for one do so for a statement's time, and more of them than the cores can
# use only push each other's memory out of the caches.
POOL = "DBDPersist On\nDBDMin 2\nDBDKeep 4\nDBDMax 4\n"
