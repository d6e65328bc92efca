/* sheet.js - the page of one table: `tcpstory list -o x.html` and the like. Its cells come as
 * texts; rows can be sorted and searched.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
'use strict';

class SheetView {
    constructor(data) {
        this.data = data;
        this.sort = {name: '', down: false};
        this.n = data.columns.length > 0 ? countLetters(data.columns[0].rows) : 0;
        this.columns = data.columns.map((column) => this.column(column));
        this.table = new Table(byId('table-box'), data.title, {
            opened: (row) => this.tell(row),
            sorted: (column) => this.sortBy(column),
            moved: (row) => this.tell(row),
        });
        this.table.setColumns(this.columns, this.sort);
        byId('query').addEventListener('input', () => this.filter());
        this.filter();
    }

    /* Columns of numbers are read when somebody asks for them. */
    column({name, meaning, number, words, rows, keys, styles}) {
        const read = {};
        const numbers = (what, letters, signed) =>
            read[what] || (read[what] = readColumn(letters, this.n, signed));
        const longest = words.reduce((most, word) => Math.max(most, word.length), 0);
        return {
            name,
            meaning,
            number,
            words,
            width: Math.max(name.length + 2, Math.min(longest, 70) + 1),
            word: (row) => numbers('rows', rows, false)[row],
            text: (row) => words[numbers('rows', rows, false)[row]],
            value: keys === '' ? null : (row) => numbers('keys', keys, true)[row],
            style:
                styles === ''
                    ? null
                    : (row) => this.data.classes[numbers('styles', styles, false)[row]],
        };
    }

    sortBy(column) {
        this.sort = {name: column.name, down: this.sort.name === column.name && !this.sort.down};
        this.table.setColumns(this.columns, this.sort);
        this.filter();
    }

    filter() {
        const words = byId('query')
            .value.trim()
            .toLowerCase()
            .split(/\s+/)
            .filter((one) => one !== '');
        const tests = words.map((word) => this.test(word));
        const rows = [];
        for (let row = 0; row < this.n; row++) {
            if (tests.every((test) => test(row))) {
                rows.push(row);
            }
        }
        this.table.setOrder(this.sorted(rows));
        byId('count').textContent =
            countText(rows.length) + ' of ' + countedText(this.n, 'row', 'rows');
    }

    /* Whether a row has the word, or one "column:word": each text is looked at once. */
    test(word) {
        const field = /^([a-z_-]+):(.+)$/.exec(word);
        const named = field && this.columns.filter((column) => column.name === field[1]);
        const columns = named && named.length > 0 ? named : this.columns;
        const wanted = columns === named ? field[2] : word;
        const hits = columns.map((column) =>
            column.words.map((text) => text.toLowerCase().includes(wanted)),
        );
        return (row) => columns.some((column, i) => hits[i][column.word(row)]);
    }

    /* All cells of a row: in the table long ones are cut. */
    tell(row) {
        byId('row').hidden = row === undefined;
        byId('row').replaceChildren(
            definitions(this.columns.map((column) => [column.name, column.text(row)])),
        );
    }

    sorted(rows) {
        const column = this.columns.find((one) => one.name === this.sort.name);
        if (!column) {
            return rows;
        }
        const key = column.value || column.text;
        const sign = this.sort.down ? -1 : 1;
        return rows.sort((a, b) => {
            const x = key(a);
            const y = key(b);
            return x < y ? -sign : x > y ? sign : a - b;
        });
    }
}
