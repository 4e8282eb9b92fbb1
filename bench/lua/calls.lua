-- SPDX-License-Identifier: Apache-2.0
-- One kind of SCIM call on people taken at random: calls.lua -- KIND FILE RUN TOTAL. The URL is that of the
-- collection; a line of FILE is an id, a tab and a userName; RUN tells one run from another; there are TOTAL people.
-- KIND: get, filter, page, patch, post, and those of the bare handler: select, name, rows, insert.

dofile(os.getenv("BENCH_LUA") .. "/report.lua")

local PAGE = 100
local PATCH = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace",' ..
    '"path":"title","value":"%s"}]}'
local POST = '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"%s@example.test",' ..
    '"name":{"givenName":"First","familyName":"Last"},"displayName":"First Last","active":true,' ..
    '"emails":[{"value":"%s@example.test","type":"work","primary":true}],"externalId":"%s"}'

status = {}
local ids, names = {}, {}
local run, total, make
local count = 0

local function fresh()
    count = count + 1
    return string.format("new-%s-%d-%d", run, number, count)
end

local function post(base)
    local name = fresh()
    return wrk.format("POST", base, wrk.headers, string.format(POST, name, name, name))
end

local kinds = {
    get = function(base, i)
        return wrk.format("GET", base .. "/" .. ids[i])
    end,
    filter = function(base, i)
        return wrk.format("GET", base .. "?filter=userName%20eq%20%22" .. names[i] .. "%22")
    end,
    page = function(base)
        return wrk.format("GET", string.format("%s?startIndex=%d&count=%d", base, math.random(total - PAGE), PAGE))
    end,
    patch = function(base, i)
        return wrk.format("PATCH", base .. "/" .. ids[i], wrk.headers, string.format(PATCH, fresh()))
    end,
    post = post,
    insert = post,
    select = function(base, i)
        return wrk.format("GET", base .. "/select/" .. ids[i])
    end,
    name = function(base, i)
        return wrk.format("GET", base .. "/name/" .. names[i])
    end,
    rows = function(base)
        return wrk.format("GET", base .. "/rows/" .. math.random(total - PAGE))
    end,
}
-- Answers are counted by status where there is more than one good one; wrk itself counts what is no 2xx.
local COUNTED = { patch = true, post = true, insert = true }

function init(args)
    make, run, total = kinds[args[1]], args[3], tonumber(args[4])
    math.randomseed(number + 1)
    for line in io.lines(args[2]) do
        local id, name = line:match("^(%S+)\t(%S+)$")
        table.insert(ids, id)
        table.insert(names, name)
    end
    if COUNTED[args[1]] then
        wrk.headers["Content-Type"] = "application/scim+json"
        response = function(code)
            status[tostring(code)] = (status[tostring(code)] or 0) + 1
        end
    end
end

function request()
    return make(wrk.path, math.random(#ids))
end
