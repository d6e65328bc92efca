/* numbers.js - columns of numbers, and numbers, lengths of time and points in time as text.
 *
 * Columns are written by postproc/formats/letters.c, texts are those of postproc/base/text.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
'use strict';

const LETTERS = new Uint8Array(128);
'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    .split('')
    .forEach((letter, value) => {
        LETTERS[letter.charCodeAt(0)] = value;
    });

/* Twice the size of a number, one less when it is below 0: that number. */
function unfold(value) {
    return value % 2 ? -(value + 1) / 2 : value / 2;
}

/* The n numbers of a column: a number when all are the same, otherwise a string. One that begins
 * with "*" tells behind two that are the same how many more follow. */
function readColumn(column, n, signed) {
    const numbers = new Float64Array(n);
    const runs = typeof column === 'string' && column.startsWith('*');
    let at = runs ? 1 : 0;
    const next = () => {
        let value = 0;
        let scale = 1;
        let digit;
        do {
            digit = LETTERS[column.charCodeAt(at++)];
            value += (digit & 31) * scale;
            scale *= 32;
        } while (digit & 32);
        return value;
    };
    if (typeof column === 'number') {
        numbers.fill(column);
    } else {
        for (let i = 0; i < n; i++) {
            numbers[i] = next();
            if (runs && i > 0 && numbers[i] === numbers[i - 1]) {
                const last = i + next();
                numbers.fill(numbers[i], i, last + 1);
                i = last;
            }
        }
    }
    return signed ? numbers.map(unfold) : numbers;
}

/* The same of a column that has differences: each number is added to those before. */
function readGrowing(column, n) {
    const numbers = readColumn(column, n, true);
    for (let i = 1; i < n; i++) {
        numbers[i] += numbers[i - 1];
    }
    return numbers;
}

/* How many numbers a string holds. */
function countLetters(column) {
    let n = 0;
    for (let i = 0; i < column.length; i++) {
        n += LETTERS[column.charCodeAt(i)] < 32 ? 1 : 0;
    }
    return n;
}

/* 1350 -> "1.35", 12345 -> "12.3" thousandths. */
function threeDigits(thousandths) {
    const whole = Math.floor(thousandths);
    const text = (whole / 1000).toFixed(whole < 10000 ? 2 : whole < 100000 ? 1 : 0);
    return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/* "2 min 5 s" */
function twoUnits(seconds) {
    const units = [
        [86400, 'd'],
        [3600, 'h'],
        [60, 'min'],
        [1, 's'],
    ];
    const i = units.findIndex(([length]) => seconds >= length);
    const [length, name] = units[i];
    const text = Math.floor(seconds / length) + ' ' + name;
    const next = units[i + 1];
    const rest = next ? Math.floor((seconds % length) / next[0]) : 0;
    return rest > 0 ? text + ' ' + rest + ' ' + next[1] : text;
}

/* A length of time in nanoseconds. */
function durationText(ns) {
    if (ns < 0) {
        return '-' + durationText(-ns);
    }
    if (ns === 0) {
        return '0 s';
    }
    if (ns < 1000) {
        return ns + ' ns';
    }
    if (ns < 999500) {
        return threeDigits(ns) + ' us';
    }
    if (ns < 999500000) {
        return threeDigits(ns / 1000) + ' ms';
    }
    if (ns < 99950000000) {
        return threeDigits(ns / 1000000) + ' s';
    }
    return twoUnits(Math.floor((ns + 5e8) / 1e9));
}

function bytesText(bytes) {
    const units = [' B', ' kB', ' MB', ' GB', ' TB', ' PB', ' EB'];
    let thousandths = bytes * 1000;
    let i = 0;
    for (; thousandths >= 999500 && i + 1 < units.length; i++) {
        thousandths = Math.floor(thousandths / 1000);
    }
    return threeDigits(thousandths) + units[i];
}

/* "12,345" */
function countText(n) {
    return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

function countedText(n, one, many) {
    return countText(n) + ' ' + (n === 1 ? one : many);
}

/* Seconds with that many decimals, rounded down as everywhere. */
function secondsText(ns, decimals) {
    const unit = Math.pow(10, 9 - decimals);
    const whole = Math.floor(ns / unit);
    const size = String(Math.abs(whole)).padStart(decimals + 1, '0');
    const text = decimals > 0 ? size.slice(0, -decimals) + '.' + size.slice(-decimals) : size;
    return (whole < 0 ? '-' : '') + text;
}

/* "2026-11-22 11:20:41.592723": the capture began at `start`, seconds since 1970 as text. */
function dateText(start, ns, decimals) {
    const [seconds, digits] = start.split('.');
    const below = Number((digits || '0').padEnd(9, '0')) + ns;
    const carry = Math.floor(below / 1e9);
    const date = new Date((Number(seconds) + carry) * 1000);
    if (isNaN(date)) {
        return secondsText(ns, decimals);
    }
    const text = date.toISOString().slice(0, 19).replace('T', ' ');
    const rest = String(Math.floor(below - carry * 1e9))
        .padStart(9, '0')
        .slice(0, decimals);
    return decimals > 0 ? text + '.' + rest : text;
}

/* 1, 2 or 5 and zeros, for seconds also 15, 30, 60 and so on: at least `least`. */
function niceStep(least, forTime) {
    const times = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400];
    if (forTime && least > 0.5 && least <= 86400) {
        return times.find((step) => step >= least);
    }
    const unit = Math.pow(10, Math.floor(Math.log10(least)));
    return unit * ([1, 2, 5].find((ratio) => ratio * unit >= least * (1 - 1e-9)) || 10);
}

/* Labels of an axis of time: "12.5", "1:20:00". */
function tickText(seconds, step) {
    const decimals = step >= 1 ? 0 : Math.min(9, Math.ceil(-Math.log10(step) - 1e-9));
    if (step < 10 || seconds < 0) {
        return seconds.toFixed(decimals);
    }
    const whole = Math.round(seconds);
    const two = (n) => String(n).padStart(2, '0');
    return (
        Math.floor(whole / 3600) + ':' + two(Math.floor(whole / 60) % 60) + ':' + two(whole % 60)
    );
}
