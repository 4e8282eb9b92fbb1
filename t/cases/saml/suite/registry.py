# SPDX-License-Identifier: Apache-2.0
"""What a case is: a name, how its bytes are made, and what must come of them.

    @case("name", "reason_code", control="other name", parameter="value")
    def _(world):
        return message bytes

code None = accepted; then what the identity must hold can be given by is_… parameters. A refused case names the accepted
one from which it differs only in what it attacks."""

import collections

Case = collections.namedtuple("Case", "name code control parameters make")
CASES = []


def case(name, code=None, control=None, **parameters):
    if any(c.name == name for c in CASES):
        raise ValueError("two cases called " + name)
    if (code is None) != (control is None):
        raise ValueError(name + ": a refused case has a control, an accepted one has none")

    def register(make):
        CASES.append(Case(name, code, control, parameters, make))
        return make
    return register
