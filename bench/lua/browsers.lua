-- SPDX-License-Identifier: Apache-2.0
-- GET by one browser a connection: browsers.lua -- FILE; a line of FILE is a path, a tab and a cookie, and a browser keeps
-- to one of them. Which, the second of the run says as well: the next run is by other people. wrk is given a thread for
-- each connection.

dofile(os.getenv("BENCH_LUA") .. "/report.lua")

local own

function init(args)
    local lines = {}
    for line in io.lines(args[1]) do
        table.insert(lines, line)
    end
    local path, cookie = lines[(os.time() * 61 + number * 7) % #lines + 1]:match("^(%S+)\t(.+)$")
    wrk.headers["Cookie"] = cookie
    own = wrk.format("GET", path)
end

function request()
    return own
end
