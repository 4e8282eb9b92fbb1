# SPDX-License-Identifier: Apache-2.0
"""Runs wrk with one of our scripts, and reads what it counted."""

import json
import os
import statistics
import subprocess

import httpd
import rig as r

LUA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lua")
THREADS = 2
ALONE = ("once", "people", "mixed")  # these count what they sent, which only one thread can
EACH = ("browsers",)  # a thread of its own for each connection


def run(script, url, *args, seconds=5, connections=16, headers=(), roots=(), cores=None):
    """One run, by wrk on `cores`. Returns requests, rate, status, p50_us, p99_us, not_ok, broken, and cpu_us: the time that the
    process trees `roots` used for a request."""
    threads = 1 if script in ALONE else connections if script in EACH else min(THREADS, connections)
    words = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-H",
             f"Host: {httpd.HOST}"]
    for header in headers:
        words += ["-H", header]
    words += ["-s", os.path.join(LUA, script + ".lua"), url, "--", *map(str, args)]
    before = r.cpu_seconds(roots)
    done = subprocess.run(words, env=dict(os.environ, BENCH_LUA=LUA), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True,
                          preexec_fn=cores and (lambda: os.sched_setaffinity(0, cores)))
    used = r.cpu_seconds(roots) - before
    line = [text for text in done.stdout.splitlines() if text.startswith("RESULT ")]
    if done.returncode != 0 or not line:
        raise r.Failure(f"wrk failed: {done.stdout}{done.stderr}")
    result = json.loads(line[0][len("RESULT "):])
    if script in ALONE:
        result["requests"] = sum(result["status"].values())
    requests = max(result["requests"], 1)
    result["rate"] = result["requests"] / result["seconds"]
    result["cpu_us"] = used * 1e6 / requests
    return result


def merged(results):
    """Several runs as one: sums, and the median of the latencies."""
    whole = {key: sum(result[key] for result in results)
             for key in ("requests", "seconds", "bytes", "not_ok", "broken")}
    whole["status"] = {}
    for result in results:
        for key, n in result["status"].items():
            whole["status"][key] = whole["status"].get(key, 0) + n
    whole["rate"] = whole["requests"] / whole["seconds"]
    whole["cpu_us"] = sum(result["cpu_us"] * result["requests"] for result in results) / max(whole["requests"], 1)
    for key in ("p50_us", "p99_us"):
        whole[key] = statistics.median(result[key] for result in results)
    return whole


def only(result, wanted, what, log=""):
    """Refuses figures that were not earned: every answer must be the one that was expected."""
    other = {key: n for key, n in result["status"].items() if key not in wanted}
    if result["broken"] or (result["status"] and other) or (not result["status"] and result["not_ok"]):
        raise r.Failure(f"{what}: {result}\n{log}".rstrip())
    return result
