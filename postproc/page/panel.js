/* panel.js - all about one connection: figures, ladder, state diagram, what is wrong with it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
'use strict';

/* A text to be copied: a button and the text itself. */
function copyLine(label, text) {
    const code = element('code', {textContent: text});
    const button = element('button', {type: 'button', textContent: 'Copy'});
    button.setAttribute('aria-label', 'Copy: ' + label);
    button.addEventListener('click', () => {
        const range = document.createRange();
        range.selectNodeContents(code);
        window.getSelection().removeAllRanges();
        window.getSelection().addRange(range);
        const copied = document.execCommand('copy');
        button.textContent = copied ? 'Copied' : 'Press Ctrl-C';
    });
    return element(
        'p',
        {className: 'copy'},
        element('span', {textContent: label + ' '}),
        code,
        ' ',
        button,
    );
}

/* Terms and what is said of them; those without a text are left out. */
function definitions(pairs) {
    const list = element('dl');
    for (const [term, text] of pairs) {
        if (text !== null && text !== '' && text !== '-') {
            list.append(
                element(
                    'div',
                    {},
                    element('dt', {textContent: term}),
                    element('dd', {}, ...(Array.isArray(text) ? text : [text])),
                ),
            );
        }
    }
    return list;
}

/* A word with a link to what it means. */
function wordLink(word) {
    return element('a', {href: '#word-' + word.replace('?', ''), textContent: word});
}

class Panel {
    /* wanted(step) asks for the connection that many places on, closed() tells that it is shut. */
    constructor(box, {wanted, closed}) {
        Object.assign(this, {box, closed});
        this.title = box.querySelector('h2');
        this.body = box.querySelector('.body');
        box.querySelector('.close').addEventListener('click', () => this.close());
        box.querySelector('.before').addEventListener('click', () => wanted(-1));
        box.querySelector('.after').addEventListener('click', () => wanted(1));
        document.addEventListener('keydown', (event) => {
            if (event.key === 'Escape' && !this.box.hidden) {
                this.close();
            }
        });
    }

    close() {
        this.box.hidden = true;
        this.closed();
    }

    open(c, row, columns) {
        this.box.hidden = false;
        const stream = c.numbers('stream')[row];
        this.title.textContent =
            'Stream ' + stream + ': ' + c.client(row) + ' \u2192 ' + c.server(row);
        this.body.replaceChildren(
            this.summary(c, row, columns),
            ...this.findings(c, row, stream),
            element('h3', {textContent: 'Ladder'}),
            ...this.ladder(c, row),
            element('h3', {textContent: 'States, as RFC 9293 draws them'}),
            element(
                'p',
                {className: 'dim'},
                element('span', {className: 'key client'}),
                ' the client\u2019s way, ',
                element('span', {className: 'key server'}),
                ' the server\u2019s',
            ),
            element('div', {className: 'wide'}, diagramOf(c, row)),
            ...this.paths(c, row),
            element('h3', {textContent: 'Further'}),
            copyLine('In Wireshark', 'tcp.stream == ' + stream),
            copyLine('As text', 'tcpstory show ' + stream + ' ' + shellWord(c.capture.name)),
            this.figures(c, row, columns),
        );
        this.title.focus({preventScroll: true});
        this.body.scrollTop = 0;
    }

    summary(c, row, columns) {
        const column = (name) => columns.find((one) => one.name === name);
        const text = (name) => (column(name) ? column(name).text(row) : null);
        return definitions([
            ['Opened', [wordLink(c.opening(row))]],
            ['Ended', c.ending(row) === '-' ? null : [wordLink(c.ending(row))]],
            [
                'Last state',
                [
                    'client ',
                    wordLink(c.lastText(row, CLIENT)),
                    ', server ',
                    wordLink(c.lastText(row, SERVER)),
                ],
            ],
            ['Began', text('start')],
            ['Lasted', text('duration')],
            ['Handshake', text('setup')],
            ['Round trips', this.roundTrips(text)],
            [
                'Sent',
                bytesText(c.numbers('client_bytes')[row]) +
                    ' by the client, ' +
                    bytesText(c.numbers('server_bytes')[row]) +
                    ' by the server',
            ],
            [
                'Retransmitted',
                c.numbers('client_retrans')[row] + c.numbers('server_retrans')[row] === 0
                    ? null
                    : c.numbers('client_retrans')[row] +
                      ' segments by the client, ' +
                      c.numbers('server_retrans')[row] +
                      ' by the server',
            ],
        ]);
    }

    /* The mean of each end's, where there were any. */
    roundTrips(text) {
        const known = ['client', 'server']
            .map((end) => [end, text(end + '_rtt_mean')])
            .filter(([, mean]) => mean !== null && mean !== '-');
        return known
            .map(([end, mean]) => mean + ' from the ' + end + '\u2019s segments to their ACKs')
            .join(', ');
    }

    /* The anomalies that it is part of. */
    findings(c, row, stream) {
        const ids = c
            .findings(row)
            .split(',')
            .filter((id) => id !== '');
        if (ids.length === 0) {
            return [];
        }
        return [
            element('h3', {textContent: 'What is wrong'}),
            ...[...new Set(ids)].map((id) => {
                const kind = c.capture.anomalies.find((one) => one.id === id);
                if (!kind) {
                    return element('p', {textContent: id});
                }
                const hit = kind.hits.find((one) => one.stream === stream);
                return element(
                    'article',
                    {className: 'finding ' + kind.severity},
                    element(
                        'h4',
                        {},
                        element('a', {href: '#anomaly-' + id, textContent: id}),
                        ' ' + kind.title,
                        element('span', {
                            className: 'badge ' + kind.severity,
                            textContent: kind.severity,
                        }),
                    ),
                    element('p', {textContent: hit ? hit.explanation : kind.meaning}),
                );
            }),
        ];
    }

    ladder(c, row) {
        const pieces = [element('div', {className: 'wide'}, new Ladder(c, row).picture)];
        if (c.capture.lost_steps) {
            pieces.push(
                element('p', {
                    className: 'note',
                    textContent:
                        'There were more steps in the ' +
                        'capture than are kept: some may be missing here; tcpstory show has all.',
                }),
            );
        }
        pieces.push(
            element('p', {
                className: 'dim',
                textContent:
                    'Segments that moved nothing, as ' +
                    'plain data, are not drawn. Hatched, and with a ?: not certain.',
            }),
        );
        return pieces;
    }

    paths(c, row) {
        return [CLIENT, SERVER].map((side) =>
            element('p', {
                textContent:
                    (side === CLIENT ? 'Client: ' : 'Server: ') +
                    c
                        .intervalsOf(row, side)
                        .map((one) => one.state + (one.certain ? '' : '?'))
                        .filter((state, i, all) => state !== all[i - 1])
                        .join(' \u2192 '),
            }),
        );
    }

    /* Every column. */
    figures(c, row, columns) {
        return element(
            'details',
            {},
            element('summary', {textContent: 'All figures'}),
            definitions(columns.map((column) => [column.name, column.text(row)])),
        );
    }
}

/* A word as a shell takes it. */
function shellWord(text) {
    return /^[\w./:@%+=-]+$/.test(text) ? text : "'" + text.replace(/'/g, "'\\''") + "'";
}
