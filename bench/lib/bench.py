# SPDX-License-Identifier: Apache-2.0
"""What the suites share: settings, databases made when first needed, turns."""

import time

import ours
import peers
import responses
import rig as r
import wrk
from report import median


class Bench:
    def __init__(self, rig, report, options):
        self.rig, self.report, self.options = rig, report, options
        self.signer = responses.Signer(rig)
        self.seeds, self.engines, self.installed = {}, {}, False

    def engine(self, kind):
        if kind not in self.engines:
            self.engines[kind] = kind(self.rig)
        return self.engines[kind]

    def seed(self, kind):
        if not self.installed:
            ours.install(self.rig)
            self.installed = True
        if kind not in self.seeds:
            self.report.say(f"filling {kind.title} with {responses.PEOPLE} people")
            self.seeds[kind] = ours.Seed(self.rig, self.signer, self.engine(kind), self.options.children)
        return self.seeds[kind]

    def ours(self, kind, extra="", children=None):
        """A server of ours on a fresh copy of the filled database."""
        return self.serve(self.seed(kind).fresh(), extra, children)

    def serve(self, seed, extra="", children=None):
        """A server of ours on a database as it is."""
        return ours.Ours(self.rig, self.signer, seed, children or self.options.children, extra)

    def bodies(self, contender, count):
        self.report.say(f"signed responses for {contender.title}: {count}")
        audience = ours.AUDIENCE if contender is ours.Ours else peers.AUDIENCE
        return self.signer.bodies(contender.name, contender.acs, audience, count)

    def wrk(self, script, place, url, *args, **more):
        more.setdefault("seconds", self.options.seconds)
        more.setdefault("connections", self.options.connections)
        return wrk.run(script, url, *args, roots=place.roots(), **more)

    def close(self):
        for db in self.engines.values():
            db.close()


def rounds(bench, contenders, measure):
    """{label: [what measure(contender) gave in each round]}; the odd rounds go backwards."""
    got = {label: [] for label, _ in contenders}
    for turn in range(bench.options.rounds):
        for label, make in contenders if turn % 2 == 0 else reversed(contenders):
            bench.report.say(f"round {turn + 1}: {label}")
            with make() as place:
                got[label].append(measure(place))
    return got


def slices(count, runs, seconds=1, pause=0):
    """{label: what its runs came to}; runs: {label: what does a run of so many seconds}. They take turns, every other
    time backwards, so that a slow second hits all of them. `pause`: for what a run has left unanswered."""
    got = {label: [] for label in runs}
    for turn in range(count):
        for label in runs if turn % 2 == 0 else reversed(runs):
            got[label].append(runs[label](seconds=seconds))
            time.sleep(pause)
    whole = {label: wrk.merged(results) for label, results in got.items()}
    for label, result in whole.items():
        if not result["requests"]:
            raise r.Failure(f"{label} answered nothing within {count * seconds} s: a longer run is needed (--seconds)")
    return whole


def middle(results, key):
    return median([result[key] for result in results])
