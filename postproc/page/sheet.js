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
        this.cells = data.columns.map((column) => column.cells);
        this.n = this.cells.length > 0 ? this.cells[0].length : 0;
        this.columns = data.columns.map((column, i) => ({
            name: column.name,
            meaning: column.meaning,
            number: column.number,
            width: this.width(column, i),
            text: (row) => this.cells[i][row],
            value: column.keys && ((row) => column.keys[row]),
            style: column.styles && ((row) => data.classes[LETTERS[column.styles.charCodeAt(row)]]),
        }));
        this.table = new Table(byId('table-box'), data.title, {
            opened: (row) => this.tell(row),
            sorted: (column) => this.sortBy(column),
            moved: (row) => this.tell(row),
        });
        this.table.setColumns(this.columns, this.sort);
        byId('query').addEventListener('input', () => this.filter());
        this.filter();
    }

    width(column, i) {
        const longest = this.cells[i].reduce((most, cell) => Math.max(most, cell.length), 0);
        return Math.max(column.name.length + 2, Math.min(longest, 70) + 1);
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
        const tests = words.map((word) => {
            const field = /^([a-z_-]+):(.+)$/.exec(word);
            const i = field ? this.columns.findIndex((column) => column.name === field[1]) : -1;
            return i >= 0
                ? (row) => this.cells[i][row].toLowerCase().includes(field[2])
                : (row) => this.cells.some((cells) => cells[row].toLowerCase().includes(word));
        });
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
