/* report.js - the page of a report: what is wanted, in which order, in which span of time; all
 * parts of the page show that.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
'use strict';

const byId = (id) => document.getElementById(id);

/* How each column of list gets its cells; those that are not here need `list --columns`. */
function columnsOf(view) {
    const c = view.c;
    const dates = view.words.utc;
    const count = (name) => ({
        value: (row) => c.numbers(name)[row],
        text: (row) => String(c.numbers(name)[row]),
    });
    const length = (name) => ({
        unit: 'ns',
        value: (row) => c.lengths(name)[row],
        text: (row) => (c.lengths(name)[row] < 0 ? '-' : durationText(c.lengths(name)[row])),
    });
    const word = (text, style) => ({text, style});
    const sure = (side) => (row) => {
        const last = c.last(row, side);
        return last && last.certain ? 'good' : 'doubt';
    };
    const kinds = {clean: 'good', silent: 'doubt', open: '', closing: ''};
    const first = (row) => ['-', 'client', 'server'][c.numbers('first')[row]];
    const bytes = (row) => c.numbers('client_bytes')[row] + c.numbers('server_bytes')[row];
    const basis = (side) => word((row) => (c.last(row, side) ? c.last(row, side).basis : '-'));
    const known = {
        stream: count('stream'),
        syns: count('syns'),
        file: view.data.captures.length > 1 ? word(() => c.capture.name) : null,
        start: {
            unit: 'ns',
            value: (row) => c.times('start')[row],
            text: (row) =>
                dates
                    ? dateText(c.capture.start, c.times('start')[row], 6)
                    : secondsText(c.times('start')[row], 6),
        },
        client: word((row) => c.client(row)),
        server: word((row) => c.server(row)),
        outcome: word(
            (row) => c.outcome(row),
            (row) => kinds[c.outcome(row)] ?? 'bad',
        ),
        opening: word((row) => c.opening(row)),
        ending: word((row) => c.ending(row)),
        first: word(first),
        client_state: word((row) => c.lastText(row, CLIENT), sure(CLIENT)),
        server_state: word((row) => c.lastText(row, SERVER), sure(SERVER)),
        client_host: word((row) => c.clientHost(row)),
        server_host: word((row) => c.serverParts()[c.numbers('server')[row]].host),
        server_port: {
            value: (row) => c.serverParts()[c.numbers('server')[row]].port,
            text: (row) => String(c.serverParts()[c.numbers('server')[row]].port),
        },
        client_basis: basis(CLIENT),
        server_basis: basis(SERVER),
        duration: {
            unit: 'ns',
            value: (row) => c.times('duration')[row],
            text: (row) => durationText(c.times('duration')[row]),
        },
        bytes: {value: bytes, text: (row) => bytesText(bytes(row))},
        anomalies: word((row) => c.findings(row) || '-'),
    };
    const lengths = /^(setup|time_.*|.*_last_heard|.*_rtt_mean)$/;
    if (dates) {
        known.start.width = 27;
    }
    return view.words.columns
        .map((column) => {
            const cells =
                column.name in known
                    ? known[column.name]
                    : !c.has(column.name)
                      ? null
                      : lengths.test(column.name)
                        ? length(column.name)
                        : count(column.name);
            return cells && Object.assign({width: widthOf(column)}, column, cells);
        })
        .filter((column) => column);
}

/* In letters. */
function widthOf(column) {
    const wide = {
        client: 23,
        server: 23,
        outcome: 18,
        opening: 18,
        ending: 16,
        anomalies: 14,
        client_state: 14,
        server_state: 14,
        start: 14,
    };
    return Math.max(wide[column.name] || 9, column.name.length + 2);
}

class ReportView {
    constructor(data) {
        Object.assign(this, {data, words: data, sort: {name: '', down: false}, all: false});
        this.chart = new StatesChart(byId('chart'), byId('legend'), (from, to) =>
            this.zoom(from, to),
        );
        this.gantt = new Gantt(byId('gantt-box'), {
            opened: (row) => this.open(row),
            moved: (row) => {
                this.current = row;
            },
        });
        this.table = new Table(byId('table-box'), 'Connections', {
            opened: (row) => this.open(row),
            sorted: (column) => this.sortBy(column),
            moved: () => {},
        });
        this.panel = new Panel(byId('panel'), {
            wanted: (step) => this.step(step),
            closed: () => this.closed(),
        });
        this.listen();
        this.showWords();
        this.showCaptures();
        this.choose(this.captureOfHash());
        window.addEventListener('hashchange', () => this.follow());
        if (this.c.n === 1 && this.data.captures.length === 1 && window.location.hash === '') {
            this.open(0);
        } else {
            this.follow();
        }
    }

    listen() {
        byId('query').addEventListener('keydown', (event) => {
            if (event.key === 'Enter') {
                this.filter();
            }
        });
        byId('query').addEventListener('input', () => {
            clearTimeout(this.waiting);
            this.waiting = setTimeout(() => this.filter(), this.c.n > 20000 ? 250 : 60);
        });
        byId('from').addEventListener('change', () => this.zoomByHand());
        byId('to').addEventListener('change', () => this.zoomByHand());
        byId('reset').addEventListener('click', () => {
            byId('query').value = '';
            this.zoom(0, Infinity);
        });
        byId('all-columns').addEventListener('change', (event) => {
            this.all = event.target.checked;
            this.showColumns();
        });
        byId('sides').addEventListener('change', () => this.drawStates());
        byId('listener').addEventListener('change', (event) => {
            this.ask(event.target.value === '' ? '' : 'server:' + event.target.value);
        });
        byId('chart').addEventListener('keydown', (event) => this.zoomByKey(event));
        document.addEventListener('keydown', (event) => {
            if (event.key === '/' && !event.target.closest('input, select')) {
                event.preventDefault();
                byId('query').focus();
            }
        });
    }

    /* ---- captures ---- */

    showCaptures() {
        const names = this.data.captures.map((capture, i) =>
            element('option', {value: i, textContent: capture.name}),
        );
        byId('capture').replaceChildren(...names);
        byId('captures').hidden = names.length < 2;
        byId('capture').addEventListener('change', (event) =>
            this.choose(Number(event.target.value)),
        );
    }

    choose(number) {
        const capture = this.data.captures[number];
        this.number = number;
        byId('capture').value = number;
        this.c = new Connections(capture, this.words);
        this.span = [0, Math.max(this.c.end, 1000)];
        this.from = this.span[0];
        this.to = this.span[1];
        this.columns = columnsOf(this);
        this.showFacts(capture);
        this.showFindings(capture);
        this.showListeners();
        this.showColumns();
        this.filter();
    }

    showFacts(capture) {
        byId('facts-list').replaceChildren(
            ...capture.facts.map((fact) =>
                element('li', {
                    textContent: fact,
                    className: fact.startsWith('PARTIAL') ? 'bad' : '',
                }),
            ),
        );
        const limit = byId('limit');
        limit.hidden = capture.n === capture.total;
        limit.textContent =
            'The capture has ' +
            countText(capture.total) +
            ' connections; this page ' +
            'has the first ' +
            countText(capture.n) +
            ' of them, and the pictures and the table below ' +
            'are of those. The report as text is of all. --port, --since and so on choose: ' +
            'tcpstory report --since +60 -o page.html ' +
            shellWord(capture.name);
    }

    showFindings(capture) {
        byId('incidents').hidden = capture.incidents.length === 0;
        byId('cards').replaceChildren(
            ...capture.incidents.map((incident, i) => incidentCard(this, incident, i + 1)),
        );
        byId('anomalies').hidden = capture.anomalies.length === 0;
        byId('anomaly-list').replaceChildren(
            ...capture.anomalies.map((kind) => anomalyEntry(this, kind)),
        );
    }

    showListeners() {
        const counts = new Map();
        const numbers = this.c.numbers('server');
        for (const number of numbers) {
            counts.set(number, (counts.get(number) || 0) + 1);
        }
        const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 50);
        byId('listener').replaceChildren(
            element('option', {value: '', textContent: 'all'}),
            ...most.map(([number, n]) => {
                const server = this.c.capture.columns.servers[number];
                return element('option', {
                    value: server,
                    textContent: server + ' (' + countText(n) + ')',
                });
            }),
        );
    }

    showWords() {
        byId('states-words').replaceChildren(...this.words.states.map(wordEntry));
        byId('outcome-words').replaceChildren(
            ...this.words.openings
                .concat(this.words.endings)
                .filter((word) => word.name !== '-')
                .map(wordEntry),
        );
    }

    showColumns() {
        const columns = this.columns.filter((column) => this.all || column.rank > 0);
        this.table.setColumns(columns, this.sort);
    }

    /* ---- what is wanted ---- */

    ask(query) {
        byId('query').value = query;
        this.filter();
        byId('view').scrollIntoView({block: 'start'});
    }

    zoom(from, to) {
        this.from = Math.max(this.span[0], Math.min(from, this.span[1]));
        this.to = Math.min(this.span[1], to);
        if (!(this.to - this.from >= 1000)) {
            this.to = Math.min(this.span[1], this.from + 1000);
            this.from = Math.min(this.from, this.to - 1000);
        }
        this.filter();
    }

    zoomByHand() {
        const read = (id, otherwise) => {
            const text = byId(id).value.trim();
            return text === '' || isNaN(Number(text)) ? otherwise : Number(text) * 1e9;
        };
        this.zoom(read('from', this.span[0]), read('to', this.span[1]));
    }

    zoomByKey(event) {
        const size = this.to - this.from;
        const steps = {
            '+': [size / 4, -size / 4],
            '-': [-size / 2, size / 2],
            ArrowLeft: [-size / 4, -size / 4],
            ArrowRight: [size / 4, size / 4],
        };
        if (event.key in steps) {
            event.preventDefault();
            this.zoom(this.from + steps[event.key][0], this.to + steps[event.key][1]);
        }
    }

    zoomed() {
        return this.from > this.span[0] || this.to < this.span[1];
    }

    /* The rows that are wanted: by the query, and with a segment in the span of time. */
    filter() {
        clearTimeout(this.waiting);
        const c = this.c;
        const query = readQuery(byId('query').value, c, this.columns);
        const starts = c.times('start');
        const lengths = c.times('duration');
        const rows = [];
        for (let row = 0; row < c.n; row++) {
            if (
                (!this.zoomed() ||
                    (starts[row] <= this.to && starts[row] + lengths[row] >= this.from)) &&
                query.test(row)
            ) {
                rows.push(row);
            }
        }
        this.wanted = rows;
        this.say(query);
        this.order();
        this.drawStates();
    }

    say(query) {
        const n = this.wanted.length;
        const wrong =
            query.wrong.length > 0 ? 'Not understood: ' + query.wrong.join(' ') + '. ' : '';
        byId('count').textContent =
            wrong +
            countText(n) +
            ' of ' +
            countedText(this.c.n, 'connection', 'connections') +
            (this.zoomed()
                ? ', from ' + secondsText(this.from, 6) + ' to ' + secondsText(this.to, 6) + ' s'
                : '');
        byId('query').setAttribute('aria-invalid', query.wrong.length > 0);
        byId('from').value = this.from > this.span[0] ? secondsText(this.from, 9) : '';
        byId('to').value = this.to < this.span[1] ? secondsText(this.to, 9) : '';
        const pieces = query.command && [
            ...query.command,
            ...(byId('from').value ? ['--since +' + byId('from').value] : []),
            ...(byId('to').value ? ['--until +' + byId('to').value] : []),
        ];
        byId('commands').replaceChildren(
            ...(pieces && pieces.length > 0 && wrong === ''
                ? [
                      copyLine(
                          'The same in a terminal',
                          'tcpstory list ' +
                              pieces.join(' ') +
                              ' ' +
                              shellWord(this.c.capture.name),
                      ),
                  ]
                : []),
            ...(n > 0 && n < this.c.n ? [copyLine('In Wireshark', this.streamFilter())] : []),
        );
    }

    /* "tcp.stream in {1..3, 7}"; Wireshark reads no filter of any length. */
    streamFilter() {
        const streams = this.c.numbers('stream');
        const spans = [];
        for (const row of this.wanted) {
            const last = spans[spans.length - 1];
            if (last && last[1] === streams[row] - 1) {
                last[1]++;
            } else if (spans.length < 200) {
                spans.push([streams[row], streams[row]]);
            } else {
                return 'more than 200 spans of streams: choose fewer';
            }
        }
        return (
            'tcp.stream in {' +
            spans
                .map(([first, last]) => (first === last ? first : first + '..' + last))
                .join(', ') +
            '}'
        );
    }

    /* ---- order ---- */

    sortBy(column) {
        this.sort = {name: column.name, down: this.sort.name === column.name && !this.sort.down};
        this.showColumns();
        this.order();
    }

    order() {
        const column = this.columns.find((one) => one.name === this.sort.name);
        let rows = this.wanted;
        if (column) {
            const key = column.value || column.text;
            const keys = new Map(rows.map((row) => [row, key(row)]));
            const sign = this.sort.down ? -1 : 1;
            rows = rows.slice().sort((a, b) => {
                const x = keys.get(a);
                const y = keys.get(b);
                return x < y ? -sign : x > y ? sign : a - b;
            });
        }
        this.rows = rows;
        this.table.setOrder(rows);
        this.gantt.set(this.c, rows, this.from, this.to);
        this.gantt.say();
    }

    drawStates() {
        const sides = {both: [CLIENT, SERVER], clients: [CLIENT], servers: [SERVER]}[
            document.querySelector('#sides input:checked').value
        ];
        this.chart.draw(this.c, this.wanted, sides, this.from, this.to);
    }

    /* ---- one connection ---- */

    linkOf(stream) {
        return (
            '#' + (this.number > 0 ? 'capture-' + (this.number + 1) + '-' : '') + 'stream-' + stream
        );
    }

    hashParts() {
        return /^#(?:capture-(\d+)-)?stream-(\d+)$/.exec(window.location.hash);
    }

    captureOfHash() {
        const parts = this.hashParts();
        return parts && parts[1] && this.data.captures[parts[1] - 1] ? parts[1] - 1 : 0;
    }

    /* Shows what the address names. */
    follow() {
        const parts = this.hashParts();
        if (!parts) {
            const entry = window.location.hash.length > 1 && byId(window.location.hash.slice(1));
            if (entry) {
                this.panel.box.hidden = true;
                const around = entry.closest('details');
                if (around) {
                    around.open = true;
                }
                entry.scrollIntoView();
            }
            return;
        }
        if (this.captureOfHash() !== this.number) {
            this.choose(this.captureOfHash());
        }
        const row = this.c.rowOf(Number(parts[2]));
        if (row < 0) {
            byId('count').textContent = 'This page has no stream ' + parts[2] + '.';
            return;
        }
        this.current = row;
        const place = this.rows.indexOf(row);
        if (place >= 0) {
            this.table.go(place);
            this.gantt.go(place);
        }
        this.panel.open(this.c, row, this.columns);
        document.body.classList.add('with-panel');
    }

    open(row) {
        this.opener = document.activeElement;
        const link = this.linkOf(this.c.numbers('stream')[row]);
        if (window.location.hash === link) {
            this.follow();
        } else {
            window.location.hash = link;
        }
    }

    /* The connection that many places on in the order of the table. */
    step(n) {
        const place = this.rows.indexOf(this.current) + n;
        if (place >= 0 && place < this.rows.length) {
            this.open(this.rows[place]);
        }
    }

    closed() {
        document.body.classList.remove('with-panel');
        history.replaceState(null, '', window.location.pathname + window.location.search);
        if (this.opener && this.opener !== document.body && document.contains(this.opener)) {
            this.opener.focus();
        } else {
            byId('table-box').focus({preventScroll: true});
        }
    }
}
