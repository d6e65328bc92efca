/* connections.js - the connections of a capture: columns are read when somebody asks for them.
 *
 * Times are nanoseconds since the capture began. Rows are numbers of connections, 0 to n - 1.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
'use strict';

const GROWING = new Set(['stream', 'frame', 'start', 'client_port']);

/* Lengths that are told as the difference to what they are near to: page_columns.c. */
const NEAR = {
    client_last_heard: (all) => all.sinceEnd(),
    server_last_heard: (all) => all.sinceEnd(),
    time_setup: (all) => all.handshakes(),
    time_transfer: (all) => all.restOfTime(),
};
const CLIENT = 0;
const SERVER = 1;

class Connections {
    constructor(capture, words) {
        this.capture = capture;
        this.words = words;
        this.n = capture.n;
        this.end = capture.end * capture.unit_ns;
        this.known = {};
    }

    /* The numbers of a column. */
    numbers(name) {
        if (!this.known[name]) {
            const column = this.capture.columns[name];
            this.known[name] = GROWING.has(name)
                ? readGrowing(column, this.n)
                : readColumn(column, this.n, false);
            if (NEAR[name]) {
                const near = NEAR[name](this);
                this.known[name].forEach((value, i, numbers) => {
                    numbers[i] = value > 0 ? near[i] + unfold(value - 1) : 0;
                });
            }
        }
        return this.known[name];
    }

    /* How long connections were over when the capture ended, in its unit, and 1. */
    sinceEnd() {
        const starts = this.numbers('start');
        return this.numbers('duration').map((length, i) => {
            return this.capture.end - starts[i] - length + 1;
        });
    }

    /* How long handshakes took, done or not, and 1. */
    handshakes() {
        const lengths = this.numbers('duration');
        return this.numbers('setup').map((value, i) => (value > 0 ? value : lengths[i] + 1));
    }

    /* What of connections' time was spent on nothing else than time_transfer, and 1. */
    restOfTime() {
        const rest = this.numbers('duration').map((length) => length + 1);
        Object.keys(this.capture.columns)
            .filter((name) => name.startsWith('time_') && name !== 'time_transfer')
            .forEach((name) => {
                this.numbers(name).forEach((value, i) => {
                    rest[i] -= Math.max(value - 1, 0);
                });
            });
        return rest;
    }

    has(name) {
        return name in this.capture.columns;
    }

    /* A column of lengths: nanoseconds, -1 where not known. */
    lengths(name) {
        const key = 'length of ' + name;
        if (!this.known[key]) {
            const unit = this.capture.unit_ns;
            this.known[key] = this.numbers(name).map((value) =>
                value > 0 ? (value - 1) * unit : -1,
            );
        }
        return this.known[key];
    }

    /* A column of times: nanoseconds. */
    times(name) {
        const key = 'time of ' + name;
        if (!this.known[key]) {
            const unit = this.capture.unit_ns;
            this.known[key] = this.numbers(name).map((value) => value * unit);
        }
        return this.known[key];
    }

    /* The row of a stream; -1 when there is none. */
    rowOf(stream) {
        const streams = this.numbers('stream');
        let low = 0;
        let high = this.n - 1;
        while (low <= high) {
            const middle = (low + high) >> 1;
            if (streams[middle] === stream) {
                return middle;
            }
            if (streams[middle] < stream) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }

    clientHost(row) {
        return this.capture.columns.hosts[this.numbers('client_host')[row]];
    }

    client(row) {
        const host = this.clientHost(row);
        const port = this.numbers('client_port')[row];
        return host.includes(':') ? '[' + host + ']:' + port : host + ':' + port;
    }

    server(row) {
        return this.capture.columns.servers[this.numbers('server')[row]];
    }

    /* An end as {host, port} of "192.0.2.7:80" or "[2001:db8::2]:80". */
    static split(endpoint) {
        const colon = endpoint.lastIndexOf(':');
        return {
            host: endpoint.slice(0, colon).replace(/^\[|\]$/g, ''),
            port: Number(endpoint.slice(colon + 1)),
        };
    }

    serverParts() {
        if (!this.known.serverParts) {
            this.known.serverParts = this.capture.columns.servers.map(Connections.split);
        }
        return this.known.serverParts;
    }

    opening(row) {
        return this.words.openings[this.numbers('opening')[row]].name;
    }

    ending(row) {
        return this.words.endings[this.numbers('ending')[row]].name;
    }

    outcome(row) {
        const ending = this.ending(row);
        return ending === '-' ? this.opening(row) : ending;
    }

    findings(row) {
        return this.capture.columns.findings[this.numbers('anomalies')[row]];
    }

    /* ---- state intervals ---- */

    /* {first, from, kind}: intervals of end e = 2 * row + side are first[e] to first[e + 1] - 1. */
    intervals() {
        if (!this.known.intervals) {
            const {n, counts, times, kinds} = this.capture.intervals;
            const starts = this.times('start');
            const first = new Uint32Array(2 * this.n + 1);
            readColumn(counts, 2 * this.n, false).forEach((count, i) => {
                first[i + 1] = first[i] + count;
            });
            const from = readColumn(times, n, true);
            for (let end = 0; end < 2 * this.n; end++) {
                let at = starts[end >> 1];
                for (let i = first[end]; i < first[end + 1]; i++) {
                    at += from[i] * this.capture.unit_ns;
                    from[i] = at;
                }
            }
            this.known.intervals = {
                first,
                from,
                kind: Uint16Array.from(readColumn(kinds, n, false)),
            };
        }
        return this.known.intervals;
    }

    /* State of each kind of interval, by number. */
    kindStates() {
        if (!this.known.kindStates) {
            this.known.kindStates = Uint8Array.from(
                this.capture.intervals.kinds_of,
                (kind) => kind[0],
            );
        }
        return this.known.kindStates;
    }

    /* What is known of the last state of an end: {state, basis, certain, why}; null = nothing. */
    last(row, side) {
        const {first, kind} = this.intervals();
        const end = 2 * row + side;
        return first[end + 1] > first[end] ? this.kind(kind[first[end + 1] - 1]) : null;
    }

    kind(number) {
        const [state, basis, certain, why] = this.capture.intervals.kinds_of[number];
        return {
            state: this.words.states[state].name,
            number: state,
            basis: this.words.bases[basis],
            certain: certain === 1,
            why,
        };
    }

    /* "CLOSE_WAIT?"; "-" when nothing is known. */
    lastText(row, side) {
        const last = this.last(row, side);
        return last ? last.state + (last.certain ? '' : '?') : '-';
    }

    /* All intervals of an end: [{from, to, state, number, certain, why}]. */
    intervalsOf(row, side) {
        const {first, from, kind} = this.intervals();
        const end = 2 * row + side;
        const list = [];
        for (let i = first[end]; i < first[end + 1]; i++) {
            const to = i + 1 < first[end + 1] ? from[i + 1] : Infinity;
            list.push(Object.assign(this.kind(kind[i]), {from: from[i], to}));
        }
        return list;
    }

    /* ---- steps ---- */

    /* The steps of a connection: [{at, frame, sender, sent, step, call, reset}]. */
    steps(row) {
        if (!this.known.steps) {
            const {n, counts, times, frames, kinds} = this.capture.steps;
            const first = new Uint32Array(this.n + 1);
            readColumn(counts, this.n, false).forEach((count, i) => {
                first[i + 1] = first[i] + count;
            });
            this.known.steps = {
                first,
                times: readColumn(times, n, true),
                frames: readColumn(frames, n, true),
                kinds: readColumn(kinds, n, false),
            };
        }
        const {first, times, frames, kinds} = this.known.steps;
        const list = [];
        let at = this.times('start')[row];
        let frame = this.numbers('frame')[row];
        for (let i = first[row]; i < first[row + 1]; i++) {
            const [sender, sent, step, call, reset] = this.capture.steps.kinds_of[kinds[i]];
            at += times[i] * this.capture.unit_ns;
            frame += frames[i];
            list.push({at, frame, sender, sent, step, call, reset: reset === 1});
        }
        return list;
    }

    /* The numbers of an incident's connections. */
    membersOf(incident) {
        return readGrowing(incident.members, countLetters(incident.members));
    }
}
