/* search.js - which connections are wanted: words and fields, as `tcpstory list` chooses them.
 *
 *   refused             a word that stands in client, server, outcome, states or anomalies
 *   state:CLOSE_WAIT    a field; several values with commas between; -state:... for all others
 *   port:443,8000-8099 host:192.0.2.0/24 server:192.0.2.7:80 stream:1-9 outcome:refused
 *   anomaly:A01 incident:1 duration:>1.5 bytes:<100 and so on, any column
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
'use strict';

/* Values of a number: "80", "8000-8099", ">1.5", "<3". Null = no number. */
function numberTest(text) {
    const compared = /^([<>])=?(\d+(?:\.\d+)?)$/.exec(text);
    if (compared) {
        const limit = Number(compared[2]);
        const equal = text[1] === '=';
        return compared[1] === '<'
            ? (value) => value >= 0 && (value < limit || (equal && value === limit))
            : (value) => value > limit || (equal && value === limit);
    }
    const span = /^(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?$/.exec(text);
    if (!span) {
        return null;
    }
    const first = Number(span[1]);
    const last = span[2] === undefined ? first : Number(span[2]);
    return (value) => value >= first && value <= last;
}

/* The bits of an IPv4 address as a number; null for any other. */
function ipv4(text) {
    const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
    return parts && parts.slice(1).every((part) => Number(part) < 256)
        ? parts.slice(1).reduce((sum, part) => sum * 256 + Number(part), 0)
        : null;
}

/* An address, or a network of IPv4: "192.0.2.0/24". */
function hostTest(text) {
    const [address, bits] = text.split('/');
    const net = ipv4(address);
    if (bits !== undefined && net !== null && Number(bits) <= 32) {
        const size = Math.pow(2, 32 - Number(bits));
        return (host) => {
            const number = ipv4(host);
            return number !== null && Math.floor(number / size) === Math.floor(net / size);
        };
    }
    return (host) => host.toLowerCase() === text.replace(/^\[|\]$/g, '');
}

const FIELDS = {
    port: (c, text) => {
        const test = numberTest(text);
        const servers = c.serverParts();
        return (
            test &&
            ((row) =>
                test(c.numbers('client_port')[row]) || test(servers[c.numbers('server')[row]].port))
        );
    },
    host: (c, text) => {
        const test = hostTest(text);
        const clients = c.capture.columns.hosts.map(test);
        const servers = c.serverParts().map((part) => test(part.host));
        return (row) => clients[c.numbers('client_host')[row]] || servers[c.numbers('server')[row]];
    },
    state: (c, text) => {
        const spelling = text
            .toUpperCase()
            .replace(/-/g, '_')
            .replace('SYN_RECV', 'SYN_RCVD')
            .replace(/^ESTAB$/, 'ESTABLISHED')
            .replace(/^FIN_WAIT([12])$/, 'FIN_WAIT_$1');
        return (
            c.words.states.some((state) => state.name === spelling) &&
            ((row) => {
                const client = c.last(row, CLIENT);
                const server = c.last(row, SERVER);
                return (
                    (client !== null && client.state === spelling) ||
                    (server !== null && server.state === spelling)
                );
            })
        );
    },
    outcome: (c, text) =>
        c.words.openings.concat(c.words.endings).some((one) => one.name === text) &&
        ((row) => c.opening(row) === text || c.ending(row) === text),
    anomaly: (c, text) => (row) => c.findings(row).toLowerCase().split(',').includes(text),
    incident: (c, text) => {
        const incident = c.capture.incidents[Number(text) - 1];
        const members = incident && new Set(c.membersOf(incident));
        return members && ((row) => members.has(row));
    },
    client: (c, text) => (row) => c.client(row).includes(text),
    server: (c, text) => (row) => c.server(row).includes(text),
};

/* The test of a value of a field; null when it makes no sense. */
function fieldTest(c, columns, name, text) {
    if (FIELDS[name]) {
        return FIELDS[name](c, text) || null;
    }
    const column = columns.find((one) => one.name === name);
    if (!column) {
        return null;
    }
    const test = column.number ? numberTest(text) : null;
    if (test) {
        const scale = column.unit === 'ns' ? 1e9 : 1;
        return (row) => test(column.value(row) / scale);
    }
    return (row) => column.text(row).toLowerCase().includes(text);
}

function wordTest(c, word) {
    return (row) =>
        (
            c.client(row) +
            ' ' +
            c.server(row) +
            ' ' +
            c.outcome(row) +
            ' ' +
            c.lastText(row, CLIENT) +
            ' ' +
            c.lastText(row, SERVER) +
            ' ' +
            c.findings(row)
        )
            .toLowerCase()
            .includes(word);
}

/* {test, wrong, command}: test(row) = wanted, wrong = words that make no sense, command = the same
 * as options of `tcpstory list`, null where it has none. */
function readQuery(text, c, columns) {
    const wrong = [];
    const tests = [];
    const options = [];
    const spoken = {
        port: '--port',
        host: '--host',
        state: '--state',
        outcome: '--outcome',
        stream: '--stream',
        anomaly: '--anomaly',
    };
    let speakable = true;
    for (const word of text
        .trim()
        .split(/\s+/)
        .filter((one) => one !== '')) {
        const field = /^(-?)([a-z_]+):(.+)$/i.exec(word);
        const name = field && field[2].toLowerCase();
        if (!field || !(FIELDS[name] || columns.some((column) => column.name === name))) {
            tests.push(wordTest(c, word.toLowerCase()));
            speakable = false;
            continue;
        }
        const values = field[3]
            .toLowerCase()
            .split(',')
            .filter((one) => one !== '');
        const each = values.map((value) => fieldTest(c, columns, name, value));
        if (each.includes(null) || each.length === 0) {
            wrong.push(word);
            continue;
        }
        const not = field[1] === '-';
        tests.push((row) => each.some((test) => test(row)) !== not);
        speakable =
            speakable &&
            !not &&
            spoken[name] !== undefined &&
            (name !== 'anomaly' || values.length === 1);
        options.push(
            spoken[name] +
                ' ' +
                (name === 'state' || name === 'anomaly' ? field[3].toUpperCase() : field[3]),
        );
    }
    return {
        test: (row) => tests.every((test) => test(row)),
        wrong,
        command: speakable ? options : null,
    };
}
