/* rows.js - many rows in a box that scrolls: which of them are to be seen.
 *
 * Browsers limit the height of an element (Firefox 17.9 million pixels, Chromium 33.5): beyond
 * MAX_PIXELS a pixel of the scroll bar stands for more than one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
'use strict';

const MAX_PIXELS = 8000000;

class Rows {
    /* `head` pixels of the box are taken by what does not scroll. */
    constructor(box, height, head, draw) {
        Object.assign(this, {box, height, head, draw, n: 0, asked: false});
        box.addEventListener('scroll', () => this.ask());
    }

    /* Draws once before the next picture. */
    ask() {
        if (!this.asked) {
            this.asked = true;
            requestAnimationFrame(() => {
                this.asked = false;
                this.draw();
            });
        }
    }

    get pixels() {
        return Math.min(this.n * this.height, MAX_PIXELS);
    }

    get room() {
        return Math.max(this.box.clientHeight - this.head, this.height);
    }

    get shown() {
        return Math.ceil(this.room / this.height) + 1;
    }

    /* The first row to be seen, with a part of one. */
    get top() {
        const most = Math.max(this.pixels - this.room, 1);
        const rows = Math.max(this.n - this.room / this.height, 0);
        return this.n * this.height <= MAX_PIXELS
            ? this.box.scrollTop / this.height
            : Math.min(this.box.scrollTop / most, 1) * rows;
    }

    /* Scrolls until that row is seen. */
    show(place) {
        const whole = Math.floor(this.room / this.height);
        const first = this.top;
        let wanted = first;
        if (place < first) {
            wanted = place;
        } else if (place > first + whole - 1) {
            wanted = place - whole + 1;
        }
        if (wanted !== first) {
            const rows = Math.max(this.n - this.room / this.height, 1);
            this.box.scrollTop =
                this.n * this.height <= MAX_PIXELS
                    ? wanted * this.height
                    : (wanted / rows) * (this.pixels - this.room);
        }
        this.ask();
    }
}

/* Keys move the current place of a view that has {box, rows, order, place, go(place), opened(row)};
 * Enter opens its row. */
function listenToKeys(view) {
    view.box.addEventListener('keydown', (event) => {
        const page = Math.max(1, view.rows.shown - 2);
        const moves = {
            ArrowDown: 1,
            ArrowUp: -1,
            PageDown: page,
            PageUp: -page,
            Home: -Infinity,
            End: Infinity,
        };
        if (
            event.target !== view.box ||
            view.order.length === 0 ||
            event.ctrlKey ||
            event.altKey ||
            event.metaKey
        ) {
            return;
        }
        if (event.key in moves) {
            event.preventDefault();
            view.go(Math.max(0, Math.min(view.place + moves[event.key], view.order.length - 1)));
        } else if (event.key === 'Enter') {
            event.preventDefault();
            view.opened(view.order[view.place]);
        }
    });
}
