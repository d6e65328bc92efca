/* diagram.js - the states of RFC 9293, figure 5, and the way that both ends took through them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
'use strict';

const DIAGRAM = {width: 640, height: 560, box: [116, 30]};

/* State: where its middle is. TIME_WAIT leads to the same CLOSED as at the top. */
const PLACES = {
    CLOSED: [320, 30],
    LISTEN: [320, 110],
    SYN_RCVD: [140, 190],
    SYN_SENT: [500, 190],
    ESTABLISHED: [320, 270],
    FIN_WAIT_1: [140, 350],
    CLOSE_WAIT: [500, 350],
    FIN_WAIT_2: [80, 440],
    CLOSING: [300, 440],
    LAST_ACK: [500, 440],
    TIME_WAIT: [190, 525],
};

/* From, to, what happens; in the figure's words. */
const EDGES = [
    ['CLOSED', 'LISTEN', 'passive open'],
    ['CLOSED', 'SYN_SENT', 'active open, snd SYN'],
    ['LISTEN', 'SYN_RCVD', 'rcv SYN, snd SYN,ACK'],
    ['LISTEN', 'SYN_SENT', 'send, snd SYN'],
    ['SYN_SENT', 'SYN_RCVD', 'rcv SYN, snd SYN,ACK'],
    ['SYN_SENT', 'ESTABLISHED', 'rcv SYN,ACK'],
    ['SYN_RCVD', 'ESTABLISHED', 'rcv ACK of SYN'],
    ['SYN_RCVD', 'FIN_WAIT_1', 'close, snd FIN'],
    ['ESTABLISHED', 'FIN_WAIT_1', 'close, snd FIN'],
    ['ESTABLISHED', 'CLOSE_WAIT', 'rcv FIN'],
    ['FIN_WAIT_1', 'FIN_WAIT_2', 'rcv ACK of FIN'],
    ['FIN_WAIT_1', 'CLOSING', 'rcv FIN'],
    ['CLOSE_WAIT', 'LAST_ACK', 'close, snd FIN'],
    ['FIN_WAIT_2', 'TIME_WAIT', 'rcv FIN'],
    ['CLOSING', 'TIME_WAIT', 'rcv ACK of FIN'],
    ['LAST_ACK', 'CLOSED', 'rcv ACK of FIN'],
    ['TIME_WAIT', 'CLOSED', '2MSL'],
    ['SYN_RCVD', 'LISTEN', 'rcv RST'],
];

/* The states of an end in order, each once in a row. */
function pathOf(c, row, side) {
    return c
        .intervalsOf(row, side)
        .map((one) => one.state)
        .filter((state, i, all) => i === 0 || state !== all[i - 1]);
}

/* The line between two boxes: it ends at their edges; `shift` moves it aside. */
function edgeEnds(from, to, shift) {
    const [x1, y1] = PLACES[from];
    const [x2, y2] = PLACES[to];
    const length = Math.hypot(x2 - x1, y2 - y1);
    const ux = (x2 - x1) / length;
    const uy = (y2 - y1) / length;
    const out = Math.min(
        Math.abs(ux) > 0 ? DIAGRAM.box[0] / 2 / Math.abs(ux) : Infinity,
        Math.abs(uy) > 0 ? DIAGRAM.box[1] / 2 / Math.abs(uy) : Infinity,
    );
    return [
        x1 + ux * out - uy * shift,
        y1 + uy * out + ux * shift,
        x2 - ux * out - uy * shift,
        y2 - uy * out + ux * shift,
    ];
}

/* CLOSED is far from the last states: these go around at the right, or at the left. */
function edgeRoute(from, to, shift) {
    const around = {'LAST_ACK>CLOSED': DIAGRAM.width - 12 - shift, 'TIME_WAIT>CLOSED': 12 + shift};
    const x = around[from + '>' + to];
    if (x === undefined) {
        const [x1, y1, x2, y2] = edgeEnds(from, to, shift);
        return 'M' + x1 + ' ' + y1 + 'L' + x2 + ' ' + y2;
    }
    const [x1, y1] = PLACES[from];
    const [x2, y2] = PLACES[to];
    const sign = x > x1 ? 1 : -1;
    return (
        'M' +
        (x1 + (sign * DIAGRAM.box[0]) / 2) +
        ' ' +
        (y1 + shift) +
        'H' +
        x +
        'V' +
        (y2 + shift) +
        'H' +
        (x2 + (sign * DIAGRAM.box[0]) / 2)
    );
}

function drawEdge(picture, from, to, kind, shift, why) {
    if (!PLACES[from] || !PLACES[to]) {
        return;
    }
    picture.append(
        svgElement(
            'path',
            {class: 'line ' + kind, d: edgeRoute(from, to, shift), 'marker-end': 'url(#tip)'},
            svgElement('title', {}, from + ' to ' + to + (why ? ': ' + why : '')),
        ),
    );
}

function drawState(picture, words, name, visits) {
    const [x, y] = PLACES[name];
    const state = words.states.find((one) => one.name === name);
    const visited = visits.length > 0;
    const box = svgElement(
        'g',
        {class: visited ? '' : 'unseen'},
        svgElement('rect', {
            x: x - DIAGRAM.box[0] / 2,
            y: y - DIAGRAM.box[1] / 2,
            width: DIAGRAM.box[0],
            height: DIAGRAM.box[1],
            rx: 4,
            class: 'edge',
            fill: visited ? state.color : 'none',
        }),
        svgText(x, y + 4, visited ? 'middle on-' + state.ink.slice(1) : 'middle', name),
        svgElement('title', {}, visited ? visits.join(' and ') : 'not taken'),
    );
    picture.append(box);
}

function diagramOf(c, row) {
    const paths = [CLIENT, SERVER].map((side) => pathOf(c, row, side));
    const names = ['client', 'server'];
    const label = names.map((name, side) => name + ': ' + paths[side].join(', ')).join('; ');
    const picture = svgPicture(
        DIAGRAM.width,
        DIAGRAM.height,
        'State diagram; ' + label,
        'hatch-rfc',
    );
    picture.querySelector('defs').append(
        svgElement(
            'marker',
            {
                id: 'tip',
                viewBox: '0 0 8 8',
                refX: 7,
                refY: 4,
                markerWidth: 7,
                markerHeight: 7,
                markerUnits: 'userSpaceOnUse',
                orient: 'auto',
            },
            svgElement('path', {d: 'M0 0L8 4L0 8z', class: 'tip'}),
        ),
    );
    for (const [from, to, why] of EDGES) {
        drawEdge(picture, from, to, 'faint', 0, why);
    }
    paths.forEach((path, side) =>
        path.slice(1).forEach((state, i) => {
            drawEdge(picture, path[i], state, names[side], side === CLIENT ? -3 : 3, names[side]);
        }),
    );
    for (const name of Object.keys(PLACES)) {
        drawState(
            picture,
            c.words,
            name,
            names.filter((_, side) => paths[side].includes(name)),
        );
    }
    return picture;
}
