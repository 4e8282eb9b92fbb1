-- SPDX-License-Identifier: Apache-2.0
-- POST of a SCIM user who was never there before: person.lua -- RUN. RUN tells one run from another.

dofile(os.getenv("BENCH_LUA") .. "/report.lua")

status = {}
local run, count = nil, 0
local BODY = '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"%s@example.test",' ..
    '"name":{"givenName":"First","familyName":"Last"},"displayName":"First Last","active":true,' ..
    '"emails":[{"value":"%s@example.test","type":"work","primary":true}],"externalId":"%s"}'

function init(args)
    run = args[1]
    wrk.headers["Content-Type"] = "application/scim+json"
end

function request()
    count = count + 1
    local name = string.format("new-%s-%d-%d", run, number, count)
    return wrk.format("POST", wrk.path, wrk.headers, string.format(BODY, name, name, name))
end

function response(code)
    status[tostring(code)] = (status[tostring(code)] or 0) + 1
end
