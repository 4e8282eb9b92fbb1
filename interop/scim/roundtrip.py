# SPDX-License-Identifier: Apache-2.0
"""
roundtrip.py URL TOKEN ORIGIN [USERS GROUPS]: a SCIM client library provisions people and groups, knowing of the service only
what its discovery says, reads them back, and deprovisions them. Prints TAP.
"""

import sys

from scim2_client import SCIMClientException
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import PatchOp, PatchOperation, SearchRequest
from service import Service

tests = 0


def ok(truth, name, more=None):
    global tests
    tests += 1
    print(("ok" if truth else "not ok"), tests, "-", name)
    if not truth and more is not None:
        print("#", str(more)[:2000].replace("\n", "\n# "))


def person(number):
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "round%04d@trip.example" % number,
        "externalId": "ext-%d" % number,
        "displayName": "Round Trip %d Ünïcödé" % number,
        "name": {"givenName": "Given%d" % number, "familyName": "Family"},
        "emails": [{"value": "round%04d@trip.example" % number, "type": "work", "primary": True}],
        "phoneNumbers": [{"value": "+49 %d" % number, "type": "work"}],
        "title": 'Title "%d" \\ %%' % number,
        "active": number % 7 != 0,
    }


def difference(sent, got):
    """What did not come back as it was sent."""
    have = got.model_dump()
    return [(name, value, have.get(name)) for name, value in sent.items() if name != "schemas" and have.get(name) != value]


def walk(client, model, count):
    """Everybody, by cursor."""
    cursor, found = "", []
    while cursor is not None:
        page = client.query(model, query_parameters=SearchRequest(cursor=cursor, count=count))
        found.extend(page.resources or [])
        cursor = page.next_cursor
    return found


def is_gone(client, model, resource_id):
    try:
        return client.query(model, resource_id, raise_scim_errors=False).status == 404
    except SCIMClientException:
        return False


def main():
    users, groups = (int(text) for text in (sys.argv[4:6] or ("1000", "50")))
    print("1..9")
    with Service(*sys.argv[1:4]) as http:
        client = SyncSCIMClient(http)
        client.discover()
        User, Group = client.get_resource_model("User"), client.get_resource_model("Group")

        sent = [person(number) for number in range(users)]
        made = [client.create(User.model_validate(one)) for one in sent]
        ok(len({one.id for one in made}) == users, "%d people are made" % users)
        wrong = [item for a, b in zip(sent, made) for item in difference(a, b)]
        ok(not wrong, "each answered as sent", wrong[:3])

        parts = [[{"value": one.id} for one in made[number::groups]] for number in range(groups)]
        teams = [
            client.create(Group.model_validate({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Team %d" % n, "members": part}))
            for n, part in enumerate(parts)
        ]
        ok(len({one.id for one in teams}) == groups, "%d groups are made" % groups)

        read = {one.id: one for one in walk(client, User, 150)}
        ok(set(read) >= {one.id for one in made}, "all people are read, page by page")
        wrong = [item for a, b in zip(sent, made) if b.id in read for item in difference(a, read[b.id])]
        ok(not wrong, "and are what was sent", wrong[:3])
        members = {one.id: sorted(member.value for member in one.members or []) for one in walk(client, Group, 20)}
        ok(all(members.get(team.id) == sorted(m["value"] for m in part) for team, part in zip(teams, parts)), "and so are the groups")

        patch = PatchOp[User](operations=[PatchOperation(op="replace", path="active", value=False)])
        for one in made[: users // 10]:
            client.modify(User, one.id, patch)
        off = client.query(User, query_parameters=SearchRequest(filter="active eq false", count=0)).total_results
        expected = sum(1 for number in range(users) if number < users // 10 or number % 7 == 0)
        ok(off == expected, "a tenth is deactivated by PATCH", (off, expected))

        for one in teams:
            client.delete(Group, one.id)
        for one in made:
            client.delete(User, one.id)
        ok(is_gone(client, User, made[0].id), "who is deleted is not there")
        ok(not walk(client, User, 200) and not walk(client, Group, 200), "nobody is left")


main()
