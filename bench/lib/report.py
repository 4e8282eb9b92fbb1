# SPDX-License-Identifier: Apache-2.0
"""Medians, tables for people, lines of JSON for machines, and what became of each target."""

import json
import os
import platform
import statistics
import subprocess
import sys
import time


def median(values):
    return statistics.median(values)


def number(value):
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return f"{value:,.0f}".replace(",", " ") if abs(value) >= 100 or isinstance(value, int) else f"{value:.2f}"


class Report:
    def __init__(self, path, settings):
        self.path, self.verdicts = path, []
        self.line("run", when=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), machine=machine(), **settings)

    def line(self, kind, **fields):
        with open(self.path, "a") as out:
            out.write(json.dumps(dict(kind=kind, **fields)) + "\n")

    def say(self, text):
        print(text, file=sys.stderr, flush=True)

    def table(self, suite, title, head, rows):
        """rows: lists of cells as long as head; the first is a text."""
        text = [[number(cell) for cell in row] for row in rows]
        width = [max(len(line[i]) for line in [head] + text) for i in range(len(head))]
        print(f"\n## {title}\n")
        print("| " + " | ".join(cell.ljust(w) for cell, w in zip(head, width)) + " |")
        print("| " + " | ".join("-" * w if i == 0 else "-" * (w - 1) + ":" for i, w in enumerate(width)) + " |")
        for line in text:
            print("| " + " | ".join(c.ljust(w) if i == 0 else c.rjust(w)
                                    for i, (c, w) in enumerate(zip(line, width))) + " |")
        sys.stdout.flush()
        for row in rows:
            self.line("row", suite=suite, **{key: cell for key, cell in zip(head, row)})

    def target(self, suite, what, wanted, got, met):
        self.verdicts.append([what, wanted, got, "met" if met else "MISSED"])
        self.line("target", suite=suite, what=what, wanted=wanted, got=got, met=bool(met))

    def close(self):
        if self.verdicts:
            verdicts, self.verdicts = self.verdicts, []
            self.table("targets", "Targets", ["target", "wanted", "measured", "outcome"], verdicts)
            return all(row[3] == "met" for row in verdicts)
        return True


def machine():
    with open("/proc/cpuinfo") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    kernel = platform.release()
    return f"{os.cpu_count()} x {models[0] if models else platform.machine()}, Linux {kernel}"


def load():
    """How busy the machine is before we begin: figures of a busy machine say little."""
    return os.getloadavg()[0]


def versions():
    """What is measured, as Debian names it."""
    packages = ["apache2-bin", "libapache2-mod-auth-mellon", "libapache2-mod-shib", "postgresql", "libsqlite3-0",
                "libaprutil1-dbd-sqlite3", "wrk"]
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\\n"] + packages,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return done.stdout.split("\n")[:-1]
