/* cards.js - incidents as cards, anomalies as a list, and what words mean.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
'use strict';

const MAX_LINKS = 8; /* streams that a card names */

function streamLink(view, stream) {
    return element('a', {href: view.linkOf(stream), textContent: 'stream ' + stream});
}

function joined(pieces, gap) {
    return pieces.flatMap((piece, i) => (i > 0 ? [gap, piece] : [piece]));
}

function secondsFrom(c, epoch) {
    const [seconds, digits] = c.capture.start.split('.');
    const ns = (epoch - Number(seconds)) * 1e9 - Number(digits || 0);
    return (ns >= 0 ? '+' : '') + secondsText(Math.round(ns / 1000) * 1000, 6) + ' s';
}

function incidentCard(view, incident, number) {
    const c = view.c;
    const rows = c.membersOf(incident);
    const streams = Array.from(rows.subarray(0, MAX_LINKS), (row) => c.numbers('stream')[row]);
    const show = element('button', {
        type: 'button',
        textContent:
            'Show ' +
            countedText(incident.explained, 'connection', 'connections') +
            ' explained by it',
    });
    show.addEventListener('click', () => view.ask('incident:' + number));
    const links = joined(
        streams.map((stream) => streamLink(view, stream)),
        ', ',
    );
    return element(
        'article',
        {className: 'card ' + incident.severity},
        element(
            'h3',
            {},
            element('span', {
                className: 'badge ' + incident.severity,
                textContent: incident.severity,
            }),
            ' ' + incident.id + ' ' + incident.title,
        ),
        element('p', {textContent: incident.explanation}),
        definitions([
            ['Where', incident.client + ' \u2192 ' + incident.server],
            ['Since', secondsFrom(c, incident.first) + ' to ' + secondsFrom(c, incident.last)],
            ['Sure', incident.confidence + '; at fault: ' + incident.side],
            ['Do', incident.cure],
            ['Check', incident.check],
            [
                'Or',
                incident.alternative && incident.confidence !== 'certain'
                    ? incident.alternative + '; to tell: ' + incident.alternative_check
                    : null,
            ],
            [
                'Explains',
                joined(
                    incident.anomalies.map((id) =>
                        element('a', {href: '#anomaly-' + id, textContent: id}),
                    ),
                    ', ',
                ),
            ],
            ['Streams', rows.length > streams.length ? [...links, ' ...'] : links],
            ['Frames', incident.frames.join(', ')],
        ]),
        element('p', {}, show),
        copyLine('Filter', incident.filter),
    );
}

function hitItem(view, hit) {
    const where =
        hit.stream === null ? hit.client + ' \u2192 ' + hit.server : streamLink(view, hit.stream);
    return element(
        'li',
        {},
        where,
        ', ' +
            secondsFrom(view.c, hit.first) +
            (hit.frames.length > 0 ? ', frames ' + hit.frames.join(', ') : '') +
            ': ' +
            hit.explanation +
            ' (' +
            hit.confidence +
            (hit.censored ? '; the capture ended too early to be sure' : '') +
            ')',
    );
}

function anomalyEntry(view, kind) {
    const worst = kind.hits[0];
    const list = (title, texts) =>
        texts.length === 0
            ? []
            : [
                  element('h4', {textContent: title}),
                  element('ul', {}, ...texts.map((text) => element('li', {textContent: text}))),
              ];
    const show = element('button', {type: 'button', textContent: 'Show its connections'});
    show.addEventListener('click', () => view.ask('anomaly:' + kind.id));
    const more = kind.n - kind.hits.length;
    return element(
        'details',
        {id: 'anomaly-' + kind.id, className: 'entry'},
        element(
            'summary',
            {},
            element('span', {className: 'badge ' + kind.severity, textContent: kind.severity}),
            ' ' +
                kind.id +
                ' ' +
                kind.title +
                ', ' +
                countedText(kind.connections, 'connection', 'connections'),
        ),
        element('p', {textContent: kind.meaning}),
        element('p', {}, show),
        element(
            'ul',
            {},
            ...kind.hits.map((hit) => hitItem(view, hit)),
            ...(more > 0
                ? [
                      element('li', {
                          textContent:
                              'and ' +
                              countText(more) +
                              ' more: tcpstory ' +
                              'anomalies tells of all',
                      }),
                  ]
                : []),
        ),
        ...list('Likely causes', worst.causes),
        ...list('Check', worst.checks),
        ...list('Read more', worst.references),
        copyLine('Filter of the worst', worst.filter),
    );
}

/* What a state or an outcome means. */
function wordEntry(word) {
    return element(
        'div',
        {id: 'word-' + word.name, className: 'word'},
        element(
            'dt',
            {},
            ...(word.color ? [element('span', {className: 'swatch s-' + word.name}), ' '] : []),
            word.name,
        ),
        element(
            'dd',
            {},
            element('p', {textContent: word.meaning}),
            ...(word.lasts ? [element('p', {className: 'dim', textContent: word.lasts})] : []),
            ...(word.checks || []).map((check) => element('code', {textContent: check})),
        ),
    );
}
