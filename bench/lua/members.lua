-- SPDX-License-Identifier: Apache-2.0
-- PATCH of one member of a group, added and removed by turns: members.lua -- FILE. The URL is the group's; a line of
-- FILE is the id of somebody who is not in it. Who was added is removed BEHIND requests later: the answer to the first
-- has come by then, whatever the connection.

dofile(os.getenv("BENCH_LUA") .. "/report.lua")

local BEHIND = 64
local THREADS = 2
local HEAD = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{'
local ADD = HEAD .. '"op":"add","path":"members","value":[{"value":"%s"}]}]}'
local REMOVE = HEAD .. '"op":"remove","path":"members[value eq \\"%s\\"]"}]}'

status = {}
local ids = {}
local added, removed = 0, 0

function init(args)
    local at = 0
    for line in io.lines(args[1]) do
        if at % THREADS == number then
            table.insert(ids, line)
        end
        at = at + 1
    end
    wrk.headers["Content-Type"] = "application/scim+json"
end

function request()
    local text, at
    if added - removed <= BEHIND then
        text, at = ADD, added
        added = added + 1
    else
        text, at = REMOVE, removed
        removed = removed + 1
    end
    return wrk.format("PATCH", wrk.path, wrk.headers, string.format(text, ids[at % #ids + 1]))
end

function response(code)
    status[tostring(code)] = (status[tostring(code)] or 0) + 1
end
