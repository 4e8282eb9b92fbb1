# SPDX-License-Identifier: Apache-2.0
"""One httpd under the event MPM, with a configuration of its own, on loopback."""

import contextlib
import functools
import os
import subprocess

import rig as r

HOST = "bench.test"  # what every contender is called, so that a signed response does not depend on the port

BASE = """\
ServerRoot "{root}"
PidFile "{root}/httpd.pid"
DefaultRuntimeDir "{root}"
Listen 127.0.0.1:{port}
ServerName http://{host}:80
UseCanonicalName On
UseCanonicalPhysicalPort Off
ErrorLog "{root}/error.log"
LogLevel warn
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
StartServers {children}
ServerLimit {children}
ThreadsPerChild 64
ThreadLimit 64
MaxRequestWorkers {workers}
MinSpareThreads 1
MaxSpareThreads {workers}
MaxConnectionsPerChild 0
TypesConfig /dev/null
AddType text/html .html
DocumentRoot "{docs}"
<Directory "/">
    Options FollowSymLinks
    AllowOverride None
    Require all denied
</Directory>
<Directory "{docs}">
    Require all granted
</Directory>
"""

MODULES = ["mpm_event", "authn_core", "authz_core", "authz_user", "authz_host", "dir", "mime", "env"]


@functools.lru_cache(None)
def apxs(name):
    return subprocess.run(["apxs", "-q", name], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


@functools.lru_cache(None)
def program():
    return os.path.join(apxs("SBINDIR"), apxs("PROGNAME"))


@functools.lru_cache(None)
def builtin():
    listing = subprocess.run([program(), "-l"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return {line.strip()[len("mod_"):-len(".c")] for line in listing.splitlines() if line.strip().startswith("mod_")}


SYMBOL = {"shib": "mod_shib"}  # the one that does not call its record <name>_module


def load(name):
    return f'LoadModule {SYMBOL.get(name, name + "_module")} "{apxs("LIBEXECDIR")}/mod_{name}.so"\n'


class Httpd:
    """modules: names of httpd's own beyond MODULES. extra: the contender's part of the configuration."""

    def __init__(self, rig, name, extra, modules=(), env=None, children=2):
        self.rig, self.name, self.env = rig, name, env or {}
        self.port = r.free_port()
        self.root = rig.folder(name)
        docs = rig.folder("docs")
        for place in ("open", "closed"):
            rig.folder("docs", place)
            rig.write(f"docs/{place}/page.html", "<!doctype html><title>page</title>\n" + "<p>0123456789</p>\n" * 56)
        wanted = [m for m in MODULES + list(modules) if m not in builtin()]
        text = "".join(load(m) for m in wanted) + BASE.format(
            root=self.root, port=self.port, host=HOST, docs=docs, children=children, workers=children * 64)
        self.conf = rig.write(f"{name}/httpd.conf", text + extra.replace("@port@", str(self.port)))
        self.pid = None

    def start(self):
        pid_file = os.path.join(self.root, "httpd.pid")
        left = r.read_pid(pid_file)
        if left and self.conf in r.command_line(left):
            r.end(left)  # of a run that was cut off
        for stale in (pid_file, os.path.join(self.root, "error.log")):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(stale)
        self.rig.run(program(), "-d", self.root, "-f", self.conf, "-k", "start", env=self.env)
        r.wait_for(lambda: r.read_pid(pid_file), f"httpd ({self.name})")
        self.pid = r.read_pid(pid_file)
        r.wait_for(lambda: r.answers(self.port), f"httpd ({self.name}), see {self.root}/error.log")
        return self

    def stop(self):
        r.end(self.pid)
        self.pid = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def children(self):
        return [pid for pid in r.tree(self.pid) if pid != self.pid]

    def url(self, path="/"):
        return f"http://127.0.0.1:{self.port}{path}"

    def log_tail(self, lines=5):
        try:
            with open(os.path.join(self.root, "error.log")) as log:
                return "".join(log.readlines()[-lines:])
        except OSError:
            return ""
