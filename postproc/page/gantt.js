/* gantt.js - a row for each connection, time to the right: above the client's states, below the
 * server's. A canvas, on which only the rows that are seen are drawn.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
'use strict';

const GANTT_ROW = 18;
const GANTT_BAR = 7;
const GANTT_HEAD = 24;

class Gantt {
    /* `box` scrolls; opened(row) when one is chosen, moved(row) when it becomes the current one. */
    constructor(box, {opened, moved}) {
        Object.assign(this, {box, opened, moved, order: [], place: 0});
        this.canvas = element('canvas');
        this.canvas.setAttribute('aria-hidden', 'true');
        this.rest = element('div', {className: 'rest'});
        box.tabIndex = 0;
        box.append(this.canvas, this.rest);
        this.rows = new Rows(box, GANTT_ROW, GANTT_HEAD, () => this.draw());
        new ResizeObserver(() => this.rows.ask()).observe(box);
        listenToKeys(this);
        this.canvas.addEventListener('click', (event) => {
            const place = this.placeAt(event.offsetY);
            if (place >= 0) {
                this.go(place);
                this.opened(this.order[place]);
            }
        });
        this.canvas.addEventListener('mousemove', (event) => this.tip(event));
    }

    set(c, order, from, to) {
        Object.assign(this, {c, order, from, to});
        this.place = Math.max(0, Math.min(this.place, order.length - 1));
        this.rows.n = order.length;
        this.rest.style.height = this.rows.pixels + 'px';
        this.rows.ask();
    }

    go(place) {
        this.place = Math.max(0, Math.min(place, this.order.length - 1));
        this.rows.show(this.place);
        this.say();
        if (this.order.length > 0) {
            this.moved(this.order[this.place]);
        }
    }

    say() {
        const row = this.order[this.place];
        this.box.setAttribute(
            'aria-label',
            'Connections over time' +
                (row === undefined
                    ? ''
                    : ': stream ' +
                      this.c.numbers('stream')[row] +
                      ', ' +
                      this.c.client(row) +
                      ' to ' +
                      this.c.server(row) +
                      ', ' +
                      this.c.outcome(row)),
        );
    }

    placeAt(y) {
        const place = Math.floor(this.rows.top + (y - GANTT_HEAD) / GANTT_ROW);
        return y >= GANTT_HEAD && place < this.order.length ? place : -1;
    }

    tip(event) {
        const place = this.placeAt(event.offsetY);
        if (place < 0 || event.offsetX < this.left) {
            this.canvas.title = '';
            return;
        }
        const row = this.order[place];
        const at = this.from + ((event.offsetX - this.left) / this.room) * (this.to - this.from);
        const states = [CLIENT, SERVER].map((side) => {
            const now = this.c.intervalsOf(row, side).find((one) => one.from <= at && at < one.to);
            return now ? now.state + (now.certain ? '' : '?') : '-';
        });
        this.canvas.title =
            'stream ' +
            this.c.numbers('stream')[row] +
            ' at ' +
            secondsText(at, 6) +
            ' s: client ' +
            states[0] +
            ', server ' +
            states[1];
    }

    /* ---- drawing ---- */

    measure() {
        const width = this.box.clientWidth;
        const height = this.box.clientHeight;
        const scale = window.devicePixelRatio || 1;
        if (
            this.canvas.width !== Math.round(width * scale) ||
            this.canvas.height !== Math.round(height * scale)
        ) {
            this.canvas.width = Math.round(width * scale);
            this.canvas.height = Math.round(height * scale);
            this.canvas.style.width = width + 'px';
            this.canvas.style.height = height + 'px';
            this.rest.style.marginTop = GANTT_HEAD - height + 'px';
        }
        this.left = width < 600 ? 62 : 210;
        this.room = Math.max(50, width - this.left - 24);
        this.pen = this.canvas.getContext('2d');
        this.pen.setTransform(scale, 0, 0, scale, 0, 0);
        this.pen.clearRect(0, 0, width, height);
        this.pen.font = '12px system-ui, sans-serif';
        this.pen.textBaseline = 'middle';
    }

    x(at) {
        return this.left + ((at - this.from) / (this.to - this.from)) * this.room;
    }

    axis(ink, grid) {
        const seconds = (this.to - this.from) / 1e9;
        const step = niceStep((seconds * 80) / this.room, true);
        this.pen.textAlign = 'center';
        for (let i = Math.ceil(this.from / 1e9 / step); i * step <= this.to / 1e9; i++) {
            const x = Math.round(this.x(i * step * 1e9)) + 0.5;
            this.pen.strokeStyle = grid;
            this.pen.beginPath();
            this.pen.moveTo(x, GANTT_HEAD - 5);
            this.pen.lineTo(x, this.box.clientHeight);
            this.pen.stroke();
            this.pen.fillStyle = ink;
            this.pen.fillText(tickText(i * step, step), x, 9);
        }
    }

    /* White stripes over a state that is not certain. */
    hatch() {
        if (!this.stripes) {
            const tile = element('canvas', {width: 6, height: 6});
            const pen = tile.getContext('2d');
            pen.strokeStyle = 'rgba(255,255,255,.8)';
            pen.lineWidth = 2;
            for (const shift of [-6, 0, 6]) {
                pen.moveTo(shift, 6);
                pen.lineTo(shift + 6, 0);
            }
            pen.stroke();
            this.stripes = this.pen.createPattern(tile, 'repeat');
        }
        return this.stripes;
    }

    bar(row, side, y) {
        const {first, from, kind} = this.c.intervals();
        const end = 2 * row + side;
        const kinds = this.c.capture.intervals.kinds_of;
        for (let i = first[end]; i < first[end + 1]; i++) {
            const [state, , certain] = kinds[kind[i]];
            const known = this.c.words.states[state];
            const to = i + 1 < first[end + 1] ? from[i + 1] : this.c.end;
            if (NO_SOCKET.has(known.name) || to < this.from || from[i] > this.to) {
                continue;
            }
            const x = Math.max(this.left, this.x(from[i]));
            const width = Math.max(1, Math.min(this.left + this.room, this.x(to)) - x);
            this.pen.fillStyle = known.color;
            this.pen.fillRect(x, y, width, GANTT_BAR);
            if (!certain) {
                this.pen.fillStyle = this.hatch();
                this.pen.fillRect(x, y, width, GANTT_BAR);
            }
        }
    }

    draw() {
        if (!this.c || this.box.clientWidth === 0) {
            return;
        }
        this.measure();
        const style = getComputedStyle(this.box);
        const top = this.rows.top;
        const first = Math.floor(top);
        const wide = this.left > 100;
        this.axis(style.color, style.borderColor);
        this.pen.save();
        this.pen.beginPath();
        this.pen.rect(0, GANTT_HEAD, this.box.clientWidth, this.box.clientHeight);
        this.pen.clip();
        this.pen.textAlign = 'left';
        for (
            let place = first;
            place < Math.min(this.order.length, first + this.rows.shown + 1);
            place++
        ) {
            const row = this.order[place];
            const y = GANTT_HEAD + (place - top) * GANTT_ROW;
            if (place === this.place) {
                this.pen.fillStyle =
                    style.accentColor === 'auto' ? style.borderColor : style.accentColor;
                this.pen.fillRect(0, y, 4, GANTT_ROW);
            }
            this.pen.fillStyle = style.color;
            this.pen.fillText(
                this.c.numbers('stream')[row] + (wide ? '  ' + this.c.client(row) : ''),
                8,
                y + GANTT_ROW / 2,
                this.left - 12,
            );
            this.bar(row, CLIENT, y + 1);
            this.bar(row, SERVER, y + 2 + GANTT_BAR);
        }
        this.pen.restore();
    }
}
