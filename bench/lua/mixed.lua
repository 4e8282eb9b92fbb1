-- SPDX-License-Identifier: Apache-2.0
-- A mix of SCIM calls, COUNT of them, by one thread: mixed.lua -- COUNT FILE GROUP RUN. The URL is the service's; a
-- line of FILE is an id, a tab and a userName. Of twenty: six GET, four filters, two pages, two POST, two PATCH, two
-- PATCH of a group's members (one in, then out), and two that are refused, with 400 and with 404.

local ending = dofile(os.getenv("BENCH_LUA") .. "/report.lua")

local ROUND = 20
local PATCH = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[%s]}'
local TITLE = '{"op":"replace","path":"title","value":"title %d"}'
local ADD = '{"op":"add","path":"members","value":[{"value":"%s"}]}'
local REMOVE = '{"op":"remove","path":"members[value eq \\"%s\\"]"}'
local POST = '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"%s@example.test",' ..
    '"name":{"givenName":"First","familyName":"Last"},"displayName":"First Last","active":true,' ..
    '"emails":[{"value":"%s@example.test","type":"work","primary":true}],"externalId":"%s"}'

status = {}
local ids, names = {}, {}
local last, group, run
local sent, answered, tried = 0, 0, false

-- What is sent while the last answers are on their way: none of the calls is answered with 405.
local FILLER = 405

local function filler()
    return wrk.format("DELETE", "/open/page.html", {})
end

local function get(path)
    return wrk.format("GET", wrk.path .. path, wrk.headers)
end

local function patch(path, operation)
    return wrk.format("PATCH", wrk.path .. path, wrk.headers, string.format(PATCH, operation))
end

-- What is removed was added BEHIND rounds before: there, whatever the connection. Before that somebody is added once more.
local BEHIND = 200

local function member(at, text, behind)
    return patch("/Groups/" .. group, string.format(text, ids[(math.floor(at / ROUND) - behind) % #ids + 1]))
end

local function of_round(at)
    local step, i = at % ROUND, math.random(#ids)
    if step < 6 then
        return get("/Users/" .. ids[i])
    elseif step < 10 then
        return get("/Users?filter=userName%20eq%20%22" .. names[i] .. "%22")
    elseif step < 12 then
        return get("/Users?count=100&startIndex=" .. i)
    elseif step < 14 then
        local name = string.format("mixed-%s-%d", run, at)
        return wrk.format("POST", wrk.path .. "/Users", wrk.headers, string.format(POST, name, name, name))
    elseif step < 16 then
        return patch("/Users/" .. ids[i], string.format(TITLE, at))
    elseif step == 16 then
        return member(at, ADD, 0)
    elseif step == 17 then
        return member(at, at < BEHIND * ROUND and ADD or REMOVE, at < BEHIND * ROUND and 0 or BEHIND)
    elseif step == 18 then
        return get("/Users?filter=userName%20eq%20%22no%20end")
    end
    return get("/Users/00000000-00000000-00000000-00000000")
end

function init(args)
    last, group, run = tonumber(args[1]), args[3], args[4]
    for line in io.lines(args[2]) do
        local id, name = line:match("^(%S+)\t(%S+)$")
        table.insert(ids, id)
        table.insert(names, name)
    end
    wrk.headers["Content-Type"] = "application/scim+json"
end

function request()
    if not tried or sent == last then -- the first is wrk's own check of the script; never sent
        tried = true
        return filler()
    end
    sent = sent + 1
    return of_round(sent - 1)
end

function response(code)
    if code == FILLER then
        return
    end
    status[tostring(code)] = (status[tostring(code)] or 0) + 1
    answered = answered + 1
    if answered == last then
        ending.now()
    end
end
