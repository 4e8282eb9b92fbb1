-- SPDX-License-Identifier: Apache-2.0
-- GET of paths taken at random: get.lua -- FILE; a line of FILE is a path, or a path, a tab and a cookie. Without a
-- file: the path of the URL.

dofile(os.getenv("BENCH_LUA") .. "/report.lua")

local requests = {}

function init(args)
    math.randomseed(number + 1)
    if not args[1] then
        requests[1] = wrk.format("GET", wrk.path)
        return
    end
    for line in io.lines(args[1]) do
        local path, cookie = line:match("^(%S+)\t?(.*)$")
        if cookie ~= "" then
            wrk.headers["Cookie"] = cookie
        end
        table.insert(requests, wrk.format("GET", path))
    end
end

function request()
    return requests[math.random(#requests)]
end
