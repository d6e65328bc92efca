// SPDX-License-Identifier: GPL-2.0-or-later
// The scripts of a page are one program: what one of them defines at its margin all know.
import {readFileSync, readdirSync} from 'node:fs';

const here = import.meta.dirname;
const ours = readdirSync(here)
    .filter((name) => name.endsWith('.js'))
    .flatMap((name) =>
        Array.from(
            readFileSync(`${here}/${name}`, 'utf8').matchAll(/^(?:function|class|const) (\w+)/gm),
            (found) => found[1],
        ),
    );
const browser = [
    'ResizeObserver',
    'clearTimeout',
    'document',
    'getComputedStyle',
    'history',
    'performance',
    'requestAnimationFrame',
    'setTimeout',
    'uPlot',
    'window',
];

export default [
    {ignores: ['vendor/**', 'node_modules/**']},
    {
        files: ['*.js'],
        languageOptions: {
            ecmaVersion: 2020,
            sourceType: 'script',
            globals: Object.fromEntries([...browser, ...ours].map((name) => [name, 'readonly'])),
        },
        rules: {
            curly: 'error',
            eqeqeq: 'error',
            'no-eval': 'error',
            'no-implied-eval': 'error',
            'no-restricted-properties': [
                'error',
                ...['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'write'].map((property) => ({
                    property,
                    message: 'Text of captures is data: use textContent.',
                })),
            ],
            'no-shadow': 'error',
            'no-undef': 'error',
            'no-unreachable': 'error',
            'no-unused-vars': ['error', {args: 'none', vars: 'local'}],
            'no-var': 'error',
            'prefer-const': 'error',
        },
    },
];
