# SPDX-License-Identifier: Apache-2.0
"""The five SCIM calls: whether a service answers them rightly, and how fast."""

import http.client
import json
import os
import random

import httpd
import rig as r
import wrk

KINDS = ("get", "filter", "page", "patch", "post")
TITLES = {"get": "GET by id", "filter": "filter=userName eq", "page": "page of 100", "patch": "PATCH of one attribute",
          "post": "POST"}
GOOD = {"patch": ("200", "204", "201"), "post": ("201",)}  # 201: the bare handler's insert
PAGE = 100
SCHEMAS = {"PATCH": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
           "POST": ["urn:ietf:params:scim:schemas:core:2.0:User"]}


def ask(place, method, path, body=None):
    """(status, size, JSON) of one request outside the timed runs."""
    connection = http.client.HTTPConnection("127.0.0.1", place.server.port, timeout=60)
    headers = dict(line.split(": ", 1) for line in place.headers)
    headers.update({"Host": httpd.HOST, "Content-Type": "application/scim+json"})
    connection.request(method, path, json.dumps(body) if body is not None else None, headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    try:
        return answer.status, len(text), json.loads(text) if text else {}
    except ValueError:
        raise r.Failure(f"{method} {path}: {answer.status}, no JSON: {text[:200]}") from None


def patch_body(*operations):
    return {"schemas": SCHEMAS["PATCH"], "Operations": list(operations)}


def must(fact, what, got):
    if not fact:
        raise r.Failure(f"{what} is wrong: {str(got)[:600]}")


def _check_reads(place, person, name, known):
    status, _, user = ask(place, "GET", f"{place.users}/{person}")
    must(status == 200 and user["id"] == person and user["userName"] == name, "GET by id", user)
    status, small, found = ask(place, "GET", f"{place.users}?filter=userName%20eq%20%22{name}%22")
    must(status == 200 and found["totalResults"] == 1 and [u["id"] for u in found["Resources"]] == [person],
         "the filter's answer", found)
    seen, start = [], random.randrange(1, place.total - 2 * PAGE)
    for number in (start, start + PAGE):
        status, large, page = ask(place, "GET", f"{place.users}?startIndex={number}&count={PAGE}")
        seen += [u["id"] for u in page.get("Resources", ())]
        must(status == 200 and page["totalResults"] == place.total and page["startIndex"] == number,
             f"the page at {number}", page)
    must(len(seen) == len(set(seen)) == 2 * PAGE, "two pages one after another", seen)
    must(len(known) < place.total or known.issuperset(seen), "who is on a page", seen)
    return {"filter": small, "page": large}


def _check_changes(place, person):
    stamp = f"{os.getpid()}-{random.randrange(10**12)}"
    status, _, _ = ask(place, "PATCH", f"{place.users}/{person}",
                       patch_body({"op": "replace", "path": "title", "value": stamp}))
    _, _, user = ask(place, "GET", f"{place.users}/{person}")
    must(status in (200, 204) and user.get("title") == stamp, "a PATCH", user)
    name = f"check-{stamp}@example.test"
    status, _, made = ask(place, "POST", place.users, {
        "schemas": SCHEMAS["POST"], "userName": name, "name": {"givenName": "First", "familyName": "Last"},
        "emails": [{"value": name, "primary": True}]})
    must(status == 201, "a POST", made)
    _, _, user = ask(place, "GET", f"{place.users}/{made['id']}")
    must(user.get("userName") == name, "what was POSTed", user)
    _, _, page = ask(place, "GET", f"{place.users}?startIndex=1&count=1")
    must(page["totalResults"] == place.total + 1, "the total after a POST", page)


def check(place):
    """Every call once, with all that its answer must say; returns how long the answers to those that only read are."""
    with open(place.people) as file:
        people = [line.split() for line in file]
    person, name = random.choice(people)
    sizes = _check_reads(place, person, name, {line[0] for line in people})
    _check_changes(place, person)
    return sizes


def timed(bench, place, kind, sizes=None):
    """What does a run of one call; it takes the number of seconds."""
    stamp = f"{os.getpid()}-{random.randrange(10**9)}"
    turn = iter(range(10**6))

    def once(seconds):
        return bench.wrk("calls", place, place.server.url(place.users), place.calls.get(kind, kind), place.people,
                         f"{stamp}-{next(turn)}", place.total, seconds=seconds, headers=place.headers)

    def run(seconds):
        result = once(seconds)
        if result["broken"] and place.calls:
            result = once(seconds)  # the bare handler may begin again; of ours a broken connection is an error
        what = f"{TITLES[kind]} at {place.name}"
        wrk.only(result, GOOD.get(kind, ()), what, place.server.log_tail())
        least = 0.9 * (sizes or {}).get(kind, 0)
        if result["bytes"] < least * result["requests"]:
            raise r.Failure(f"{what}: answers of {result['bytes'] / result['requests']:.0f} bytes, not of {least:.0f}")
        return result
    return run
