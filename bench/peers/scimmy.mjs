// SPDX-License-Identifier: Apache-2.0
// SCIMMY on Express over one SQLite file: scimmy.mjs FILE PORT TOKEN WORKERS. What the library leaves to its user, done
// with care: prepared statements, an index for what is looked for, pages and filters as SQL, one process for each core.

import cluster from "node:cluster";
import crypto from "node:crypto";
import process from "node:process";

import Database from "better-sqlite3";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const [file, port, token, workers] = process.argv.slice(2);
const PAGE = 100;

function open() {
    const db = new Database(file, { timeout: 10000 });
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = NORMAL");
    db.pragma("mmap_size = 1073741824");
    db.exec(`CREATE TABLE IF NOT EXISTS users (
        id TEXT NOT NULL PRIMARY KEY, user_name TEXT NOT NULL, user_name_key TEXT NOT NULL UNIQUE,
        created TEXT NOT NULL, modified TEXT NOT NULL, resource TEXT NOT NULL) WITHOUT ROWID`);
    return db;
}

function statements(db) {
    const columns = "SELECT id, user_name, created, modified, resource FROM users";
    return {
        get: db.prepare(`${columns} WHERE id = ?`),
        named: db.prepare(`${columns} WHERE user_name_key = ?`),
        page: db.prepare(`${columns} WHERE id >= (SELECT id FROM users ORDER BY id LIMIT 1 OFFSET ?)
            ORDER BY id LIMIT ?`),
        all: db.prepare(`${columns} ORDER BY id`),
        count: db.prepare("SELECT count(*) AS n FROM users"),
        add: db.prepare(`INSERT INTO users (id, user_name, user_name_key, created, modified, resource)
            VALUES (?, ?, ?, ?, ?, ?)`),
        change: db.prepare(`UPDATE users SET user_name = ?, user_name_key = ?, modified = ?, resource = ?
            WHERE id = ?`),
        remove: db.prepare("DELETE FROM users WHERE id = ?"),
    };
}

const shown = row => ({
    ...JSON.parse(row.resource), id: row.id, userName: row.user_name,
    meta: { created: new Date(row.created), lastModified: new Date(row.modified) },
});

// The one userName that a filter asks for, if that is all it asks for.
function wantedName(filter) {
    const [first, ...others] = filter;
    const terms = Object.entries(first ?? {});
    if (others.length || terms.length !== 1 || terms[0][0].toLowerCase() !== "username") {
        return undefined;
    }
    const test = terms[0][1];
    const equal = Array.isArray(test) && test.length === 2 && test[0] === "eq" && typeof test[1] === "string";
    return equal ? test[1] : undefined;
}

// The library cuts the page out of what it is given when that is long enough to hold it; from a page that is beyond
// that, it takes all.
function page(sql, resource) {
    const { startIndex = 1, count = PAGE } = resource.constraints ?? {};
    const before = startIndex <= count ? startIndex - 1 : 0;
    resource.constraints = { ...resource.constraints, startIndex, count, totalResults: sql.count.get().n };
    return sql.page.all(startIndex - 1 - before, before + count).map(shown);
}

function egress(sql) {
    return resource => {
        if (resource.id) {
            const row = sql.get.get(resource.id);
            if (!row) {
                throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
            }
            return shown(row);
        }
        if (resource.filter) {
            const name = wantedName(resource.filter);
            return name === undefined
                ? resource.filter.match(sql.all.all().map(shown))
                : sql.named.all(name.toLowerCase()).map(shown);
        }
        return resource.constraints?.sortBy ? sql.all.all().map(shown) : page(sql, resource);
    };
}

function ingress(sql) {
    return (resource, data) => {
        const id = resource.id ?? crypto.randomUUID(), now = new Date().toISOString();
        const key = data.userName.toLowerCase(), text = JSON.stringify(data);
        try {
            if (!resource.id) {
                sql.add.run(id, data.userName, key, now, now, text);
            } else if (!sql.change.run(data.userName, key, now, text, id).changes) {
                throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
            }
        } catch (error) {
            if (error.code === "SQLITE_CONSTRAINT_UNIQUE") {
                throw new SCIMMY.Types.Error(409, "uniqueness", "This userName is taken");
            }
            throw error;
        }
        return shown(sql.get.get(id));
    };
}

function degress(sql) {
    return resource => {
        if (!sql.remove.run(resource.id).changes) {
            throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
        }
    };
}

function serve() {
    const sql = statements(open());
    SCIMMY.Resources.declare(SCIMMY.Resources.User, {
        ingress: ingress(sql), egress: egress(sql), degress: degress(sql),
    });
    const app = express();
    app.get("/open/page.html", (_, answer) => answer.send(""));
    app.use("/scim/v2", new SCIMMYRouters({
        type: "bearer",
        handler: request => {
            if (request.header("Authorization") !== `Bearer ${token}`) {
                throw new Error("Authorization not detected");
            }
            return "bench";
        },
    }));
    app.listen(Number(port), "127.0.0.1");
}

if (cluster.isPrimary) {
    open().close();
    for (let i = 0; i < Number(workers); i += 1) {
        cluster.fork();
    }
    cluster.on("exit", () => process.exit(1));
    process.on("SIGTERM", () => {
        cluster.removeAllListeners("exit");
        for (const worker of Object.values(cluster.workers)) {
            worker.process.kill("SIGTERM");
        }
        process.exit(0);
    });
} else {
    serve();
}
