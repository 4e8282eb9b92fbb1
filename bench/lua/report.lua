-- SPDX-License-Identifier: Apache-2.0
-- What every script of ours ends with: one line of JSON that wrk.py reads. Returns how to end a run early.

local ffi = require("ffi")
ffi.cdef("int kill(int pid, int sig); int getpid(void);")
local SIGINT = 2

local threads = {}

function setup(thread)
    thread:set("number", #threads)
    table.insert(threads, thread)
end

-- Sums what the threads counted in their global table `status`, by status.
local function statuses()
    local sum, parts = {}, {}
    for _, thread in ipairs(threads) do
        for key, n in pairs(thread:get("status") or {}) do
            sum[key] = (sum[key] or 0) + n
        end
    end
    for key, n in pairs(sum) do
        table.insert(parts, string.format('"%s":%d', key, n))
    end
    return "{" .. table.concat(parts, ",") .. "}"
end

function done(summary, latency)
    local e = summary.errors
    print(string.format(
        'RESULT {"requests":%d,"seconds":%.6f,"bytes":%d,"not_ok":%d,"broken":%d,"p50_us":%d,"p99_us":%d,"status":%s}',
        summary.requests, summary.duration / 1e6, summary.bytes, e.status,
        e.connect + e.read + e.write + e.timeout, latency:percentile(50), latency:percentile(99), statuses()))
end

return {
    FILLER = 200,
    -- Something to send while the last answers are on their way: wrk must always have a request.
    filler = function()
        return wrk.format("GET", "/open/page.html", {})
    end,
    -- wrk's main thread sleeps out the whole duration, unless it is interrupted.
    now = function()
        ffi.C.kill(ffi.C.getpid(), SIGINT)
    end,
}
