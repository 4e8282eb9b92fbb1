-- SPDX-License-Identifier: Apache-2.0
-- POST of one body again and again: same.lua -- FILE CONTENT-TYPE. Answers are counted by status.

dofile(os.getenv("BENCH_LUA") .. "/report.lua")

status = {}
local text

function init(args)
    local file = assert(io.open(args[1], "rb"))
    wrk.headers["Content-Type"] = args[2]
    text = wrk.format("POST", wrk.path, wrk.headers, file:read("*a"))
    file:close()
end

function request()
    return text
end

function response(code)
    status[tostring(code)] = (status[tostring(code)] or 0) + 1
end
