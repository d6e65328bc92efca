/* table.js - a table of any number of rows: only those that are seen have elements.
 *
 * Columns are {name, meaning, number, text(row), value(row), style(row)}; `order` has the rows that
 * are wanted, in order. The keyboard: arrows, Page Up and Down, Home, End, Enter.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
'use strict';

const ROW_PIXELS = 26;

function element(name, properties, ...children) {
    const made = document.createElement(name);
    Object.assign(made, properties);
    made.append(...children);
    return made;
}

class Table {
    /* `box` scrolls; opened(row) is called when a row is chosen, moved(row) when it is gone to,
     * sorted(column) by a heading. */
    constructor(box, label, {opened, sorted, moved}) {
        Object.assign(this, {
            box,
            opened,
            sorted,
            moved,
            order: [],
            columns: [],
            place: 0,
            seen: '',
        });
        this.head = element('tr');
        this.body = element('tbody');
        this.table = element('table', {}, element('thead', {}, this.head), this.body);
        this.table.setAttribute('aria-label', label);
        this.box.tabIndex = 0;
        this.box.append(this.table);
        this.rows = new Rows(box, ROW_PIXELS, 34, () => this.draw());
        listenToKeys(this);
        this.body.addEventListener('click', (event) => {
            const row = event.target.closest('tr[data-place]');
            if (row && !window.getSelection().toString()) {
                this.go(Number(row.dataset.place));
                this.opened(this.order[this.place]);
            }
        });
    }

    setColumns(columns, sort) {
        this.columns = columns;
        this.head.replaceChildren(
            ...columns.map((column) => {
                const button = element('button', {
                    type: 'button',
                    textContent: column.name,
                    title: column.meaning,
                });
                button.addEventListener('click', () => this.sorted(column));
                const cell = element(
                    'th',
                    {scope: 'col', className: column.number ? 'number' : ''},
                    button,
                );
                if (sort && sort.name === column.name) {
                    cell.setAttribute('aria-sort', sort.down ? 'descending' : 'ascending');
                }
                cell.style.width = column.width + 3 + 'ch';
                return cell;
            }),
        );
        this.table.style.minWidth =
            columns.reduce((sum, column) => sum + column.width + 3, 0) + 'ch';
        this.seen = '';
        this.rows.ask();
    }

    setOrder(order) {
        this.order = order;
        this.place = Math.max(0, Math.min(this.place, order.length - 1));
        this.rows.n = order.length;
        this.table.setAttribute('aria-rowcount', order.length + 1);
        this.seen = '';
        this.rows.ask();
    }

    /* Makes that place the current one. */
    go(place) {
        this.place = Math.max(0, Math.min(place, this.order.length - 1));
        this.seen = '';
        this.rows.show(this.place);
        this.moved(this.order[this.place]);
    }

    gap(pixels) {
        const cell = element('td', {colSpan: Math.max(1, this.columns.length)});
        const row = element('tr', {className: 'gap'}, cell);
        row.setAttribute('aria-hidden', 'true');
        cell.style.height = Math.max(0, pixels) + 'px';
        return row;
    }

    row(place) {
        const number = this.order[place];
        const cells = this.columns.map((column) =>
            element('td', {
                textContent: column.text(number),
                className:
                    (column.number ? 'number ' : '') + (column.style ? column.style(number) : ''),
            }),
        );
        const row = element('tr', {className: place === this.place ? 'current' : ''}, ...cells);
        row.dataset.place = place;
        row.setAttribute('aria-rowindex', place + 2);
        row.setAttribute('aria-selected', place === this.place);
        return row;
    }

    draw() {
        const first = Math.max(0, Math.floor(this.rows.top));
        const end = Math.min(this.order.length, first + this.rows.shown + 1);
        const seen = first + ' ' + end + ' ' + this.place;
        if (seen === this.seen) {
            return;
        }
        this.seen = seen;
        const rows = [];
        for (let place = first; place < end; place++) {
            rows.push(this.row(place));
        }
        const high = rows.length * ROW_PIXELS;
        const above =
            this.order.length * ROW_PIXELS <= MAX_PIXELS
                ? first * ROW_PIXELS
                : Math.min(this.box.scrollTop, this.rows.pixels - high);
        this.body.replaceChildren(
            this.gap(above),
            ...rows,
            this.gap(this.rows.pixels - above - high),
        );
    }
}
