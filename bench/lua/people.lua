-- SPDX-License-Identifier: Apache-2.0
-- POST of the people whom the signed responses speak of, each once, by one thread: people.lua -- COUNT.

local ending = dofile(os.getenv("BENCH_LUA") .. "/report.lua")

status = {}
local BODY = '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"%s@example.test",' ..
    '"name":{"givenName":"First%d","familyName":"Last%d"},"displayName":"First Last","active":true,' ..
    '"emails":[{"value":"%s@example.test","type":"work","primary":true}],"externalId":"%s"}'
local last
local sent, answered, tried = 0, 0, false

function init(args)
    last = tonumber(args[1])
    wrk.headers["Content-Type"] = "application/scim+json"
end

function request()
    if not tried then -- wrk's own check of the script; never sent
        tried = true
        return ending.filler()
    end
    if sent == last then
        return ending.filler()
    end
    local name = string.format("user%05d", sent)
    local body = string.format(BODY, name, sent, sent, name, name)
    sent = sent + 1
    return wrk.format("POST", wrk.path, wrk.headers, body)
end

function response(code)
    if code == ending.FILLER then
        return
    end
    status[tostring(code)] = (status[tostring(code)] or 0) + 1
    answered = answered + 1
    if answered == last then
        ending.now()
    end
end
