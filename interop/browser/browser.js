// SPDX-License-Identifier: Apache-2.0
//
// A headless Chromium that does what it is told: one JSON object a line on standard input, one a line as the answer.
// Run with NODE_PATH at playwright-core. Options, as JSON, are the first argument:
//   hosts    { "sp.example.test": "127.0.0.1" }: where names lead
//   trusted  [ base64 SHA-256 of public keys ]: certificates that are taken although nobody known has signed them
//   profile  an empty folder
'use strict';

const { chromium } = require('playwright-core');
const readline = require('node:readline');

const option = JSON.parse(process.argv[2]);
const contexts = new Map();
let browser;

// Each "who" is a browser of its own, with its own cookies.
async function pageOf(who) {
    if (!contexts.has(who)) {
        const context = await browser.newContext({ locale: 'en-US' });
        context.setDefaultTimeout(30000);
        contexts.set(who, await context.newPage());
    }
    return contexts.get(who);
}

const actions = {
    async open(page, { url }) { const response = await page.goto(url, { waitUntil: 'load' }); return { status: response ? response.status() : 0 }; },
    async fill(page, { where, text }) { await page.fill(where, text); return {}; },
    // Clicks, and waits until the page that stays there has been loaded: one that posts itself leads on.
    async click(page, { where, until }) {
        await Promise.all([page.waitForURL((url) => new RegExp(until).test(String(url)), { waitUntil: 'load' }), page.click(where)]);
        return {};
    },
    async wait(page, { until }) { await page.waitForURL((url) => new RegExp(until).test(String(url)), { waitUntil: 'load' }); return {}; },
    async count(page, { where }) { return { count: await page.locator(where).count() }; },
    async cookies(page) { return { cookies: await page.context().cookies() }; },
    async screenshot(page, { file }) { await page.screenshot({ path: file, fullPage: true }); return {}; },
    async close(page, { who }) { await page.context().close(); contexts.delete(who); return {}; },
};

async function answer(line) {
    const order = JSON.parse(line);
    const page = await pageOf(order.who);
    const result = await actions[order.do](page, order);
    if (order.do === 'close') return result;
    return { url: page.url(), title: await page.title(), text: await page.innerText('body').catch(() => ''), ...result };
}

(async () => {
    const rules = Object.entries(option.hosts).map(([name, address]) => `MAP ${name} ${address}`).join(', ');
    browser = await chromium.launch({
        executablePath: '/usr/bin/chromium',
        headless: true,
        args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
            '--disable-component-update', '--disable-sync', `--host-resolver-rules=${rules}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`,
            `--ignore-certificate-errors-spki-list=${option.trusted.join(',')}`],
    });
    process.stdout.write(JSON.stringify({ version: browser.version() }) + '\n');
    for await (const line of readline.createInterface({ input: process.stdin })) {
        let result;
        try {
            result = await answer(line);
        } catch (error) {
            result = { error: String(error.message || error) };
        }
        process.stdout.write(JSON.stringify(result) + '\n');
    }
    await browser.close();
})().catch((error) => { process.stdout.write(JSON.stringify({ error: String(error.stack || error) }) + '\n'); process.exit(1); });
