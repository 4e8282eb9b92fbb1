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
const inspect = require('./inspect.js');

const option = JSON.parse(process.argv[2]);
const contexts = new Map();
let browser;

// What is noted of a page as it goes: the last document that was loaded, what the page said to its console, and how often
// it put up a dialog (which only a script can).
function watch(page) {
    page.noted = { document: null, said: [], dialogs: 0 };
    page.on('response', (response) => {
        if (response.request().isNavigationRequest() && response.frame() === page.mainFrame() && response.status() >= 200 &&
            (response.status() < 300 || response.status() >= 400)) {
            page.noted.document = { status: response.status(), headers: response.headers(), text: response.text().catch(() => null) };
        }
    });
    // That a page was answered with an error status is the test's to judge, by the status.
    page.on('console', (message) => {
        if (message.type() === 'error' && !/the server responded with a status of/.test(message.text())) page.noted.said.push(message.text());
    });
    page.on('pageerror', (error) => page.noted.said.push(String(error)));
    page.on('dialog', (dialog) => { page.noted.dialogs += 1; dialog.dismiss().catch(() => {}); });
    return page;
}

async function begin(who, settings) {
    const context = await browser.newContext({ locale: 'en-US', ...settings });
    context.setDefaultTimeout(30000);
    contexts.set(who, watch(await context.newPage()));
}

// Each "who" is a browser of its own, with its own cookies.
async function pageOf(who) {
    if (!contexts.has(who)) await begin(who, {});
    return contexts.get(who);
}

// "where" is a selector, or what a person goes by: { label }, { button }, { link }, and the how-manieth of them.
function find(page, where) {
    if (typeof where === 'string') return page.locator(where);
    const found = 'label' in where ? page.getByLabel(where.label, { exact: true }).and(page.locator('input,select,textarea'))
        : 'button' in where ? page.getByRole('button', { name: where.button, exact: true })
            : page.getByRole('link', { name: where.link, exact: true });
    return 'nth' in where ? found.nth(where.nth) : found;
}

function statusOf(page) {
    return page.noted.document ? page.noted.document.status : 0;
}

// Does something that leads to another document, which may have the same address.
async function loading(page, action) {
    await Promise.all([page.waitForEvent('load'), action()]);
    return { status: statusOf(page) };
}

const actions = {
    async open(page, { url }) { const response = await page.goto(url, { waitUntil: 'load' }); return { status: response ? response.status() : 0 }; },
    async fill(page, { where, text }) { await find(page, where).fill(text); return {}; },
    // Clicks, and waits until the page that stays there has been loaded: one that posts itself leads on.
    async click(page, { where, until }) {
        await Promise.all([page.waitForURL((url) => new RegExp(until).test(String(url)), { waitUntil: 'load' }), page.click(where)]);
        return { status: statusOf(page) };
    },
    async wait(page, { until }) { await page.waitForURL((url) => new RegExp(until).test(String(url)), { waitUntil: 'load' }); return { status: statusOf(page) }; },
    async count(page, { where }) { return { count: await find(page, where).count() }; },
    async cookies(page) { return { cookies: await page.context().cookies() }; },
    async screenshot(page, { file, ...more }) { await page.screenshot({ path: file, fullPage: true, ...more }); return {}; },
    async close(page, { who }) { await page.context().close(); contexts.delete(who); return {}; },

    // ---- as a person goes through pages ----
    async follow(page, { where }) { return loading(page, () => find(page, where).click()); },
    async reload(page) { return loading(page, () => page.reload()); },
    async back(page) { await page.goBack({ waitUntil: 'load' }); return {}; },
    async point(page, { where }) { await find(page, where).click(); return {}; },
    async choose(page, { where, label }) { await find(page, where).selectOption({ label }); return {}; },
    async value(page, { where }) { return { value: await find(page, where).inputValue() }; },
    async texts(page, { where }) { return { texts: await find(page, where).allInnerTexts() }; },
    async attribute(page, { where, name }) { return { value: await find(page, where).first().getAttribute(name) }; },
    async links(page) { return { links: await page.locator('a').evaluateAll((all) => all.map((a) => a.getAttribute('href'))) }; },
    async press(page, { key, loads }) { return loads ? loading(page, () => page.keyboard.press(key)) : (await page.keyboard.press(key), {}); },
    async type(page, { text }) { await page.keyboard.type(text); return {}; },
    // As from the clipboard.
    async paste(page, { text }) { await page.keyboard.insertText(text); return {}; },
    async focused(page) { return { focused: await page.evaluate(() => document.activeElement && (document.activeElement.id || document.activeElement.localName)) }; },
    async selection(page) {
        return { selection: await page.evaluate(() => {
            const it = document.activeElement;
            return it && 'selectionStart' in it ? it.value.slice(it.selectionStart, it.selectionEnd) : String(getSelection());
        }) };
    },
    async download(page, { where }) {
        const [download] = await Promise.all([page.waitForEvent('download'), find(page, where).click()]);
        return { name: download.suggestedFilename(), path: await download.path() };
    },
    async clipboard(page) {
        await page.context().grantPermissions(['clipboard-read']);
        return { clipboard: await page.evaluate(() => navigator.clipboard.readText()) };
    },
    async frames(page) {
        return { frames: await Promise.all(page.frames().slice(1).map(async (frame) => ({ url: frame.url(), text: await frame.innerText('body').catch(() => '') }))) };
    },
    // What nobody could do without tools: another value or name for an input.
    async set(page, { where, value }) { await find(page, where).evaluate((it, to) => { it.value = to; }, value); return {}; },
    async rename(page, { where, name }) { await find(page, where).evaluate((it, to) => { it.name = to; }, name); return {}; },
    async inspect(page) { return inspect.page(page); },
    async contrast(page) { return { axe: await inspect.contrast(page) }; },
    async heard(page) { return { said: page.noted.said, dialogs: page.noted.dialogs }; },
    async scheme(page, { scheme }) { await page.emulateMedia({ colorScheme: scheme }); return {}; },
    async size(page, { width, height }) { await page.setViewportSize({ width, height }); return {}; },
};

async function answer(line) {
    const order = JSON.parse(line);
    if (order.do === 'begin') { await begin(order.who, order.settings); return {}; }
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
