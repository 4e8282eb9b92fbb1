# SPDX-License-Identifier: Apache-2.0
"""SCIMMY on Express, over a SQLite file, installed from npm into the work folder."""

import json
import os
import shutil
import subprocess

import responses
import rig as r
import wrk

PACKAGES = ("scimmy", "scimmy-routers", "express@4", "better-sqlite3")
TOKEN = "bench-token-of-the-peer"


def install(rig, say):
    """npm runs under our own account, whose settings it needs; what it makes is only read later."""
    root = rig.path("scimmy")
    os.makedirs(root, exist_ok=True)
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    shutil.copy(os.path.join(here, "peers", "scimmy.mjs"), root)
    done = os.path.join(root, "installed")
    if not os.path.exists(done):
        for command in ("node", "npm"):
            if not shutil.which(command):
                raise r.Failure(f"{command} is missing: the suite scimmy needs Node.js 18 or later with npm")
        say("npm installs " + " ".join(PACKAGES))
        with open(os.path.join(root, "package.json"), "w") as out:
            json.dump({"private": True}, out)
        _npm(root)
        with open(done, "w") as out:
            out.write(" ".join(PACKAGES) + "\n")
    return versions(rig)


def _npm(root):
    env = dict(os.environ)
    prefix = os.path.dirname(os.path.dirname(os.path.realpath(shutil.which("node"))))
    if os.path.exists(os.path.join(prefix, "include/node/node.h")):
        env.setdefault("npm_config_nodedir", prefix)  # better-sqlite3 may have to be compiled
    done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", *PACKAGES], cwd=root, env=env,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise r.Failure("npm could not install SCIMMY (is the registry within reach?):\n" + done.stdout[-2000:])


def versions(rig):
    found = []
    for name in ("scimmy", "scimmy-routers", "express", "better-sqlite3"):
        with open(rig.path("scimmy/node_modules", name, "package.json")) as file:
            found.append(f"{name} {json.load(file)['version']}")
    return found


class Scimmy:
    """So many processes, on a copy of a file of 10 000 people."""

    name, title = "scimmy", "SCIMMY on Express"
    users, calls = "/scim/v2/Users", {}
    headers = (f"Authorization: Bearer {TOKEN}",)
    total = responses.PEOPLE

    class Server:
        """What the measuring code asks of a server."""

        def __init__(self, rig):
            self.rig, self.port, self.pid = rig, r.free_port(), None

        def url(self, path="/"):
            return f"http://127.0.0.1:{self.port}{path}"

        def log_tail(self, lines=5):
            with open(self.rig.path("scimmy/db/log")) as log:
                return "".join(log.readlines()[-lines:])

    def __init__(self, rig, children):
        self.rig, self.children, self.process = rig, children, None
        rig.folder("scimmy", "db")
        self.file, self.people = rig.path("scimmy/db/users.sqlite"), rig.path("scimmy/people")

    def fill(self):
        """POSTs the people, once a run of the suites."""
        self._remove(self.file + "-kept")
        self._remove()
        with self.running():
            result = wrk.run("people", self.server.url(self.users), responses.PEOPLE, seconds=300, connections=8,
                             headers=self.headers)
            wrk.only(result, ("201",), "filling SCIMMY's database", self.server.log_tail())
        lines = self.rig.run("sqlite3", "-separator", "\t", self.file,
                             "PRAGMA wal_checkpoint(TRUNCATE); SELECT id, user_name FROM users ORDER BY id;")
        people = [line for line in lines.splitlines(keepends=True) if "@" in line]
        if len(people) != responses.PEOPLE:
            raise r.Failure(f"SCIMMY has {len(people)} people, not {responses.PEOPLE}")
        self.rig.write("scimmy/people", "".join(people))
        self.rig.run("cp", self.file, self.file + "-kept")
        return self

    def _remove(self, *more):
        for name in (self.file, self.file + "-wal", self.file + "-shm", *more):
            if os.path.exists(name):
                os.unlink(name)

    def running(self):
        self.server = self.Server(self.rig)
        words = self.rig.command("node", self.rig.path("scimmy/scimmy.mjs"), self.file, str(self.server.port), TOKEN,
                                 str(self.children))
        with open(self.rig.path("scimmy/db/log"), "w") as log:
            self.process = subprocess.Popen(words, cwd=self.rig.path("scimmy"), stdout=log, stderr=log,
                                            env=dict(os.environ, NODE_ENV="production"))
        self.server.pid = self.process.pid
        try:
            r.wait_for(lambda: r.answers(self.server.port), "SCIMMY, see scimmy/db/log in the work folder")
        except BaseException:
            self.stop()
            raise
        return Stopping(self)

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def __enter__(self):
        self._remove()
        self.rig.run("cp", self.file + "-kept", self.file)
        self.running()
        return self

    def __exit__(self, *_):
        self.stop()

    def roots(self):
        return [self.process.pid]


class Stopping:
    def __init__(self, peer):
        self.peer = peer

    def __enter__(self):
        return self.peer

    def __exit__(self, *_):
        self.peer.stop()
