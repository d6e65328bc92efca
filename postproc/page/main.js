/* main.js - begins: reads the data, which is JSON that no browser runs, and shows it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
'use strict';

const page = {};

{
    const data = JSON.parse(document.getElementById('data').textContent);
    const app = document.getElementById('app');
    const text = document.querySelector('#text details');
    app.hidden = false;
    if (text) {
        text.open = false;
    }
    page.view = data.kind === 'report' ? new ReportView(data) : new SheetView(data);
    document.documentElement.dataset.ready = Math.round(performance.now());
}
