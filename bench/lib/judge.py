# SPDX-License-Identifier: Apache-2.0
"""The judge of SAML responses alone, without a server: bench/judge.c, linked with the library that was built."""

import json
import os
import re
import shutil

import ours
import rig as r
from report import median

MESSAGES, TURN_SECONDS = 500, 0.5
TIMES, THREADS_TIMES = 1.6, 1.8
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LINK = "$(CC) $(BASE_CF) $(SAML_CF) -o judge judge.c $(LDFLAGS) -Wl,--as-needed $(PROGRAM_LIBS)"


def expand(makefile, text, **more):
    """text with the variables that the Makefile gives values to."""
    values = dict(re.findall(r"^(\w+) = (.*)$", makefile.replace("\\\n", " "), re.MULTILINE), **more)
    while "$(" in text:
        text = re.sub(r"\$\((\w+)\)", lambda found: values[found[1]], text)
    return text


def build(rig):
    """Compiles and links the program as the build folder's programs are, in the work folder; returns it."""
    folder, library = rig.folder("judge"), os.path.join(rig.build, "libbraze.a")
    if not os.path.exists(library):
        raise r.Failure(f"{library} is missing: build first (./configure && make), or name the build folder with --build")
    with open(os.path.join(rig.build, "Makefile")) as file:
        command = expand(file.read(), LINK, srcdir=".")
    # The account that compiles need not be able to read where we are.
    shutil.copy(library, folder)
    shutil.copy(os.path.join(TOP, "bench/judge.c"), folder)
    shutil.copytree(os.path.join(TOP, "include"), os.path.join(folder, "include"), dirs_exist_ok=True)
    rig.run("sh", "-c", f"cd '{folder}' && {command}")
    return os.path.join(folder, "judge")


def per_turn(turns, other, of):
    """The median of what comes out when each turn is held against the other's one beside it."""
    return median([of(one) / of(two) for one, two in zip(turns, other)])


def rate(turn):
    return turn[0] / turn[1]


def cpu(turn):
    return turn[2] / turn[0]


def free_rate(turn):
    """What it would be, had nobody else had the cores: less the time that a thread waited for one."""
    return turn[3]


def judge(bench):
    program = build(bench.rig)
    bodies = bench.signer.bodies("judge", ours.ACS, ours.AUDIENCE, MESSAGES)
    count = max(1, round(bench.options.rounds * bench.options.seconds))
    bench.report.say(f"judge: {count} turns of {TURN_SECONDS} s each")
    got = json.loads(bench.rig.run(program, bodies, bench.signer.metadata, bench.rig.path("idp/cert.pem"), ours.AUDIENCE,
                                   ours.ACS, str(count), str(TURN_SECONDS)))
    bench.report.line("turns", suite="judge", **got)
    labels = {"bare": "xmlsec1, bare", "one": "the judge", "two": "the judge, two threads"}
    bench.report.table(
        "judge", f"Judging a response of {got['bytes'] / got['messages'] / 1000:.1f} kB of base64, without a server",
        ["contender", "responses/s", "CPU us", "CPU of the bare", "rate of one thread", "the same, cores free"],
        [[label, median([rate(turn) for turn in got[key]]), median([cpu(turn) for turn in got[key]]) * 1e6,
          per_turn(got[key], got["bare"], cpu)] +
         [None if key == "bare" else per_turn(got[key], got["one"], of) for of in (rate, free_rate)]
         for key, label in labels.items()])
    times = per_turn(got["one"], got["bare"], cpu)
    bench.report.target("judge", "CPU of the judge, of the bare verification", f"<= {TIMES}", times, times <= TIMES)
    times = per_turn(got["two"], got["one"], rate)
    bench.report.target("judge", "responses/s of the judge on two threads, of one", f">= {THREADS_TIMES}", times,
                        times >= THREADS_TIMES)
