# SPDX-License-Identifier: Apache-2.0
"""The work folder, the unprivileged account that everything runs under, processes, and what they cost."""

import contextlib
import os
import pwd
import signal
import socket
import subprocess
import sys
import time

TICK = os.sysconf("SC_CLK_TCK")


class Failure(Exception):
    """Something the reader has to put right; shown without a traceback."""


class Rig:
    def __init__(self, work, build):
        self.work = os.path.abspath(work)
        self.build = build
        # Servers refuse to run, or behave differently, as root: they run as nobody, and own their files.
        self.account = pwd.getpwnam("nobody") if os.getuid() == 0 else None
        self.folder("")

    def folder(self, *name):
        path = os.path.join(self.work, *name)
        os.makedirs(path, exist_ok=True)
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)
        return path

    def path(self, *name):
        return os.path.join(self.work, *name)

    def write(self, name, text, mode=0o644):
        path = self.path(name)
        self.folder(os.path.dirname(name))
        with open(path, "w") as out:
            out.write(text)
        os.chmod(path, mode)
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)
        return path

    def command(self, *words):
        if not self.account:
            return list(words)
        drop = ["setpriv", f"--reuid={self.account.pw_uid}", f"--regid={self.account.pw_gid}", "--clear-groups"]
        return drop + list(words)

    def run(self, *words, env=None, stdin=None):
        """Runs a command to its end under the account; returns its output or raises Failure with it."""
        done = subprocess.run(self.command(*words), env=dict(os.environ, **(env or {})), input=stdin,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.work)
        if done.returncode != 0:
            raise Failure(f"{' '.join(words)}: status {done.returncode}\n{done.stdout}{done.stderr}".rstrip())
        return done.stdout


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(ready, what, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if ready():
            return
        time.sleep(0.05)
    raise Failure(f"{what} did not come up within {seconds} s")


def answers(port):
    with socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex(("127.0.0.1", port)) == 0


def _put(roots, cores):
    """Every thread of the process trees onto those cores; what they start later is there too."""
    for pid in {pid for root in roots for pid in tree(root)}:
        with contextlib.suppress(OSError):  # ended meanwhile
            for task in os.listdir(f"/proc/{pid}/task"):
                with contextlib.suppress(OSError):
                    os.sched_setaffinity(int(task), cores)


@contextlib.contextmanager
def on_one_core(roots):
    """The process trees `roots` on one core; gives the cores that are left, or None where there is only one."""
    cores = os.sched_getaffinity(0)
    if len(cores) < 2:
        yield None
        return
    _put(roots, {min(cores)})
    try:
        yield cores - {min(cores)}
    finally:
        _put(roots, cores)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline") as file:
            return file.read().replace("\0", " ")
    except OSError:
        return ""


def read_pid(path):
    try:
        with open(path) as file:
            return int(file.read())
    except (OSError, ValueError):
        return None


def end(pid, sig=signal.SIGTERM, seconds=20):
    """Ends one process that we started and waits until it is gone."""
    if pid is None or not alive(pid):
        return
    os.kill(pid, sig)
    limit = time.monotonic() + seconds
    while alive(pid):
        if time.monotonic() > limit:
            print(f"bench: process {pid} does not end; killed", file=sys.stderr)
            os.kill(pid, signal.SIGKILL)
            limit += seconds
        time.sleep(0.05)


def _stat(pid):
    with open(f"/proc/{pid}/stat") as file:
        field = file.read().rsplit(")", 1)[1].split()
    return int(field[1]), sum(int(n) for n in field[11:15])


def tree(root):
    """The process and all that descend from it, with the ticks that each has used (its reaped children included)."""
    parent, ticks = {}, {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                parent[int(name)], ticks[int(name)] = _stat(name)
            except OSError:
                continue
    found, todo = {}, [root]
    while todo:
        pid = todo.pop()
        if pid in ticks:
            found[pid] = ticks[pid]
            todo += [child for child, up in parent.items() if up == pid]
    return found


def cpu_seconds(roots):
    """User and system time of these process trees."""
    return sum(sum(tree(root).values()) for root in roots if root) / TICK


def resident_kb(pid):
    """(memory of the process's own, all that is resident). The rest of it are pages of mapped files, which the system
    keeps anyway and may take back: libraries, and the index of SQLite's log."""
    sizes = {}
    with open(f"/proc/{pid}/status") as file:
        for line in file:
            name, _, value = line.partition(":")
            if name in ("RssAnon", "VmRSS"):
                sizes[name] = int(value.split()[0])
    return sizes.get("RssAnon", 0), sizes.get("VmRSS", 0)
