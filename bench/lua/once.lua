-- SPDX-License-Identifier: Apache-2.0
-- POST of form bodies, each once, by one thread: once.lua -- FILE SKIP COUNT. One body a line of FILE; the first SKIP
-- lines are passed over, and the run ends early when COUNT are answered. An answer counts by its status, "+" behind
-- it when it sets a cookie.

local ending = dofile(os.getenv("BENCH_LUA") .. "/report.lua")

status = {}
local lines, left
local sent, answered, tried = 0, 0, false

function init(args)
    lines = io.lines(args[1])
    for _ = 1, tonumber(args[2]) do
        lines()
    end
    left = tonumber(args[3])
    wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
end

function request()
    if not tried then -- wrk's own check of the script; never sent
        tried = true
        return ending.filler()
    end
    local body = left > 0 and lines()
    if not body then
        left = 0
        return ending.filler()
    end
    left, sent = left - 1, sent + 1
    return wrk.format("POST", wrk.path, wrk.headers, body)
end

function response(code, headers)
    if code == ending.FILLER then
        return
    end
    local key = tostring(code)
    for name in pairs(headers) do
        if name:lower() == "set-cookie" then
            key = key .. "+"
            break
        end
    end
    status[key] = (status[key] or 0) + 1
    answered = answered + 1
    if left == 0 and answered == sent then
        ending.now()
    end
end
