// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with the page that is shown: accessibility (axe-core), markup as it was sent (html-validate), what does not
// fit the window's width, and what the page's console had to say.
'use strict';

const { HtmlValidate, StaticConfigLoader } = require('html-validate');
const axe = require('axe-core');

const validator = new HtmlValidate(new StaticConfigLoader({
    extends: ['html-validate:standard'],
    rules: {
        // The names of elements and void elements without a slash are ours to write as we do.
        'no-trailing-whitespace': 'off',
    },
}));

async function markup(text) {
    const report = await validator.validateString(text);
    return report.results.flatMap((result) => result.messages.map((message) => `${message.ruleId}: ${message.message} (${message.line}:${message.column})`));
}

async function accessibility(page, rules) {
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate((runOnly) => window.axe.run(document, { resultTypes: ['violations'], ...runOnly }), rules ? { runOnly: rules } : {});
    return violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, nodes: nodes.slice(0, 3).map((node) => node.html.slice(0, 200)) }));
}

// What sticks out: of the window, and texts of their own box where it does not scroll.
function layout() {
    const root = document.documentElement;
    const cut = [...document.querySelectorAll('button,.button,label,h1,h2,th,nav a,option,p')]
        .filter((element) => element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0 && getComputedStyle(element).display !== 'inline')
        .map((element) => element.textContent.slice(0, 60));
    return { over: root.scrollWidth - root.clientWidth, cut };
}

// Colours alone: all that changes from light to dark.
exports.contrast = (page) => accessibility(page, ['color-contrast']);

exports.page = async (page) => {
    const { document } = page.noted;
    const text = document && await document.text;
    return {
        weight: text === null ? 0 : Buffer.byteLength(text),
        markup: text === null ? ['there is no document'] : await markup(text),
        axe: await accessibility(page),
        ...await page.evaluate(layout),
        said: page.noted.said,
        dialogs: page.noted.dialogs,
    };
};
