/* ladder.js - a connection as a ladder: both ends' states as bars, an arrow for each step, what
 * time did alone, and waits. Drawn as `tcpstory show -o x.svg` draws it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
'use strict';

const LADDER = {
    width: 950,
    head: 30,
    row: 24,
    bar: 14,
    client: 250,
    server: 490,
    time: 80,
    frame: 130,
    remark: 615,
    letters: 45,
    waits: 50,
    least: 2e8,
};

function svgElement(name, attributes, ...children) {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) {
        made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
}

function svgText(x, y, kind, text) {
    return svgElement('text', {x, y, class: kind}, text);
}

/* A picture with a name, and the hatching of what is not certain; `id` tells it from others. */
function svgPicture(width, height, label, id) {
    const pattern = svgElement(
        'pattern',
        {id, width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)'},
        svgElement('rect', {width: 2.5, height: 6, fill: '#fff', 'fill-opacity': 0.75}),
    );
    return svgElement(
        'svg',
        {
            class: 'pic',
            width,
            height,
            viewBox: '0 0 ' + width + ' ' + height,
            role: 'img',
            'aria-label': label,
        },
        svgElement('defs', {}, pattern),
    );
}

/* Steps, and changes of state that no segment brought, in order of time. */
function ladderRows(c, row) {
    const rows = c.steps(row).map((step) => ({at: step.at, step}));
    for (const side of [CLIENT, SERVER]) {
        for (const interval of c.intervalsOf(row, side).slice(1)) {
            if (interval.why !== '') {
                rows.push({at: interval.from, why: interval.why});
            }
        }
    }
    if (rows.length === 0) {
        rows.push({at: c.times('start')[row], why: 'first captured'});
    }
    return rows.sort((a, b) => a.at - b.at);
}

class Ladder {
    constructor(c, row) {
        Object.assign(this, {c, y: LADDER.head, pieces: [], now: [null, null], since: [0, 0]});
        this.start = c.times('start')[row];
        this.intervals = [CLIENT, SERVER].map((side) => c.intervalsOf(row, side));
        this.rows = ladderRows(c, row);
        const last = this.rows[this.rows.length - 1].at;
        this.wait = Math.max(LADDER.least, (last - this.rows[0].at) / LADDER.waits);
        this.head(c.client(row), c.server(row));
        let before = this.rows[0].at;
        for (const one of this.rows) {
            this.gap(one.at - before, '');
            this.rung(one);
            before = one.at;
        }
        this.gap(c.end - last, ' until the capture ends');
        [CLIENT, SERVER].forEach((side) => this.close(side));
        const label = this.rows
            .map((one) =>
                one.step
                    ? (one.step.sender === CLIENT ? 'client ' : 'server ') + one.step.sent
                    : one.why,
            )
            .join(', ');
        this.picture = svgPicture(LADDER.width, this.y + 10, 'Ladder: ' + label, 'hatch-ladder');
        this.picture.append(...this.pieces);
    }

    head(client, server) {
        this.pieces.push(
            svgText(LADDER.time, 16, 'end dim', 'seconds'),
            svgText(LADDER.frame, 16, 'end dim', 'frame'),
            svgText(LADDER.client + LADDER.bar, 16, 'end strong', client),
            svgText(LADDER.server, 16, 'strong', server),
        );
    }

    gap(ns, why) {
        if (ns >= this.wait) {
            this.pieces.push(
                svgText(
                    (LADDER.client + LADDER.bar + LADDER.server) / 2,
                    this.y + 16,
                    'middle dim',
                    durationText(ns) + why,
                ),
            );
            this.y += LADDER.row;
        }
    }

    /* The bar of an end up to here. */
    close(side) {
        const now = this.now[side];
        if (now && this.y > this.since[side]) {
            const place = {
                x: side === CLIENT ? LADDER.client : LADDER.server,
                y: this.since[side],
                width: LADDER.bar,
                height: this.y - this.since[side],
                class: 'edge',
            };
            const fill = this.c.words.states[now.number].color;
            this.pieces.push(
                svgElement(
                    'rect',
                    Object.assign({fill}, place),
                    svgElement('title', {}, now.state),
                ),
            );
            if (!now.certain) {
                this.pieces.push(
                    svgElement('rect', Object.assign({fill: 'url(#hatch-ladder)'}, place)),
                );
            }
        }
    }

    state(side, at) {
        const found =
            this.intervals[side].filter((one) => one.from <= at).pop() || this.intervals[side][0];
        const now = this.now[side];
        if (!found || (now && now.state === found.state && now.certain === found.certain)) {
            return;
        }
        this.close(side);
        this.now[side] = found;
        this.since[side] = this.y;
        this.pieces.push(
            svgText(
                side === CLIENT ? LADDER.client - 8 : LADDER.server + LADDER.bar + 8,
                this.y + 16,
                side === CLIENT ? 'end' : '',
                found.state + (found.certain ? '' : '?'),
            ),
        );
    }

    arrow(step) {
        const from = LADDER.client + LADDER.bar + 4;
        const to = LADDER.server - 4;
        const [tail, tip, back] = step.sender === CLIENT ? [from, to, -7] : [to, from, 7];
        const bad = step.reset ? ' bad' : '';
        const line = (x1, y1, x2, y2) => svgElement('line', {class: 'line' + bad, x1, y1, x2, y2});
        this.pieces.push(
            svgText((from + to) / 2, this.y + 14, 'middle' + bad, step.sent),
            line(tail, this.y + 18, tip, this.y + 20),
            line(tip + back, this.y + 16.5, tip, this.y + 20),
            line(tip + back, this.y + 23, tip, this.y + 20),
        );
    }

    remark(text) {
        const brief =
            text.length > LADDER.letters ? text.slice(0, LADDER.letters - 3) + '...' : text;
        this.pieces.push(
            svgElement(
                'text',
                {x: LADDER.remark, y: this.y + 16, class: ''},
                svgElement('title', {}, text),
                brief,
            ),
        );
    }

    rung(one) {
        this.pieces.push(
            svgText(LADDER.time, this.y + 16, 'end dim', secondsText(one.at - this.start, 6)),
        );
        this.state(CLIENT, one.at);
        this.state(SERVER, one.at);
        if (one.step) {
            this.pieces.push(svgText(LADDER.frame, this.y + 16, 'end dim', String(one.step.frame)));
            this.arrow(one.step);
            this.remark([one.step.step, one.step.call].filter((text) => text !== '').join(', '));
        } else {
            this.remark(one.why);
        }
        this.y += LADDER.row;
    }
}
