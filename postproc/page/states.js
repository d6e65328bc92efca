/* states.js - how many ends are in each state over time: stacked areas, drawn by uPlot. Dragging
 * chooses a span of time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
'use strict';

const NO_SOCKET = new Set(['CLOSED', 'LISTEN']);
const CHART_HEIGHT = 260;

/* How many ends of those rows are in each state at n + 1 moments from `from` to `to` (nanoseconds).
 * As `tcpstory sockstat` counts: an end that moves at a moment is in its new state then. */
function sampleStates(c, rows, sides, from, to, n) {
    const {first, from: starts, kind} = c.intervals();
    const states = c.kindStates();
    const step = (to - from) / n;
    const counts = c.words.states.map(() => new Int32Array(n + 2));
    const place = (at) => (at <= from ? 0 : Math.min(n + 1, Math.ceil((at - from) / step)));
    for (const row of rows) {
        for (const side of sides) {
            const end = 2 * row + side;
            for (let i = first[end]; i < first[end + 1]; i++) {
                const count = counts[states[kind[i]]];
                count[place(starts[i])]++;
                count[i + 1 < first[end + 1] ? place(starts[i + 1]) : n + 1]--;
            }
        }
    }
    for (const count of counts) {
        for (let i = 1; i <= n + 1; i++) {
            count[i] += count[i - 1];
        }
    }
    return counts;
}

class StatesChart {
    /* `chosen(from, to)` is called with nanoseconds when a span was dragged. */
    constructor(box, legend, chosen) {
        Object.assign(this, {box, legend, chosen, plot: null});
        new ResizeObserver(() => this.resize()).observe(box);
    }

    /* The states that occur, with their counts, in the order in which they are stacked. */
    sample(c, rows, sides, from, to) {
        this.n = Math.max(60, Math.min(600, this.box.clientWidth >> 1));
        const counts = sampleStates(c, rows, sides, from, to, this.n);
        this.layers = c.words.states
            .map((state, i) => ({state, count: counts[i]}))
            .filter(({state, count}) => !NO_SOCKET.has(state.name) && count.some((n) => n > 0));
    }

    /* x in seconds, then the sums of the layers, the highest first: lower ones cover them. */
    data(from, to) {
        const x = Array.from(
            {length: this.n + 1},
            (_, i) => (from + ((to - from) * i) / this.n) / 1e9,
        );
        const sums = [];
        let below = new Array(this.n + 1).fill(0);
        for (const {count} of this.layers) {
            below = below.map((sum, i) => sum + count[i]);
            sums.unshift(below);
        }
        return [x, ...sums];
    }

    draw(c, rows, sides, from, to) {
        this.drawn = [c, rows, sides, from, to];
        this.sample(c, rows, sides, from, to);
        if (this.plot) {
            this.plot.destroy();
        }
        this.plot = new uPlot(this.options(), this.data(from, to), this.box);
        this.describe(null);
        const most = this.layers.map(
            ({state, count}) =>
                state.name + ' ' + countText(count.reduce((a, b) => Math.max(a, b), 0)),
        );
        this.box.setAttribute(
            'aria-label',
            'Ends in each state over time, from ' +
                secondsText(from, 3) +
                ' to ' +
                secondsText(to, 3) +
                ' seconds; at most: ' +
                (most.join(', ') || 'none'),
        );
    }

    options() {
        const style = getComputedStyle(this.box);
        const axis = {
            stroke: style.color,
            grid: {stroke: style.borderColor, width: 1},
            ticks: {stroke: style.borderColor, width: 1},
            font: '12px system-ui, sans-serif',
        };
        const areas = this.layers
            .map(({state}) => ({
                label: state.name,
                fill: state.color,
                width: 0,
                points: {show: false},
                paths: uPlot.paths.stepped({align: 1}),
            }))
            .reverse();
        return {
            width: Math.max(280, this.box.clientWidth),
            height: CHART_HEIGHT,
            legend: {show: false},
            cursor: {drag: {x: true, y: false, setScale: false}, points: {show: false}, y: false},
            scales: {
                x: {time: false},
                y: {range: (plot, least, most) => [0, Math.max(1, most) * 1.05]},
            },
            axes: [
                Object.assign(
                    {
                        values: (plot, ticks) =>
                            ticks.map((tick) =>
                                tickText(tick, ticks.length > 1 ? ticks[1] - ticks[0] : 1),
                            ),
                    },
                    axis,
                ),
                Object.assign(
                    {
                        size: 60,
                        incrs: [
                            1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5,
                            2e5, 5e5, 1e6,
                        ],
                        values: (plot, ticks) => ticks.map(countText),
                    },
                    axis,
                ),
            ],
            series: [{label: 'seconds'}, ...areas],
            hooks: {
                setSelect: [
                    (plot) => {
                        const {left, width} = plot.select;
                        if (width > 3) {
                            this.chosen(
                                plot.posToVal(left, 'x') * 1e9,
                                plot.posToVal(left + width, 'x') * 1e9,
                            );
                        }
                    },
                ],
                setCursor: [(plot) => this.describe(plot.cursor.idx)],
            },
        };
    }

    /* The legend, with what is under the cursor. */
    describe(i) {
        const known = typeof i === 'number';
        this.legend.replaceChildren(
            ...this.layers.map(({state, count}) => {
                const item = element(
                    'li',
                    {},
                    element('span', {className: 'swatch s-' + state.name}),
                    element('a', {href: '#word-' + state.name, textContent: state.name}),
                );
                if (known) {
                    item.append(' ' + countText(count[i]));
                }
                return item;
            }),
        );
    }

    resize() {
        if (
            this.plot &&
            Math.abs(this.plot.width - this.box.clientWidth) > 1 &&
            this.box.clientWidth
        ) {
            this.draw(...this.drawn);
        }
    }
}
