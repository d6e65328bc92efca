/* live_screen.c - draws and takes keys; see live_screen.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE
#include "live_screen.h"

#include <fcntl.h>
#include <ncurses.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "errors.h"
#include "live_pages.h"
#include "live_waits.h"

#define DRAW_US 500000
#define INCIDENT_LINES 5
#define MAX_FILTER 60
#define ESCAPE 27
#define REDRAW 12 /* Ctrl-L */

enum view { VIEW_LIST, VIEW_LADDER, VIEW_INCIDENTS, VIEW_KEYS };

struct live_screen {
    SCREEN *terminal;
    FILE *keys;      /* /dev/tty */
    int stderr_kept; /* where standard error really goes */
    enum view view;
    enum live_sort sort;
    GString *filter;
    bool typing; /* keys go into the filter */
    bool paused;
    guint first;     /* of the lines of a page, or of the list's rows */
    guint selected;  /* row of the list */
    uint32_t stream; /* of the selected row */
    int64_t drawn_us;
    bool due;
};

const char live_screen_keys[] =
    "  up, down, j, k   choose a connection; PgUp, PgDn, Home, End\n"
    "  Enter            its ladder: states and steps\n"
    "  i                incidents, with evidence and what to check\n"
    "  s                sort: by wait, age, bytes, or stream (the newest first)\n"
    "  /                filter: part of a line, as :443, 10.9.0.1, CLOSE_WAIT; Enter, Esc\n"
    "  p                pause: the screen stands still, capturing goes on\n"
    "  h, ?             these keys; Esc goes back; Ctrl-L draws all anew\n"
    "  q, Ctrl-C        quit\n";

/* ---- the terminal ---- */

static bool fail(GError **error)
{
    g_set_error_literal(error, TCPSTORY_ERROR, EXIT_USAGE,
                        "this terminal cannot show a screen (TERM): tcpstory live | cat");
    return false;
}

/* What others write to standard error would spoil the screen. */
static void hold_stderr(LiveScreen *screen)
{
    const int memory = memfd_create("stderr", MFD_CLOEXEC);

    fflush(stderr);
    screen->stderr_kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (memory >= 0) {
        dup2(memory, STDERR_FILENO);
        close(memory);
    }
}

static void release_stderr(const LiveScreen *screen)
{
    const int memory = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    char block[4096];
    ssize_t n;

    fflush(stderr);
    dup2(screen->stderr_kept, STDERR_FILENO);
    close(screen->stderr_kept);
    lseek(memory, 0, SEEK_SET);
    while ((n = read(memory, block, sizeof block)) > 0) {
        if (write(STDERR_FILENO, block, (size_t)n) < 0) {
            break;
        }
    }
    close(memory);
}

static void set_up_colors(void)
{
    if (has_colors()) {
        start_color();
        use_default_colors();
        init_pair(1, COLOR_RED, -1);
        init_pair(2, COLOR_YELLOW, -1);
    }
}

static bool open_terminal(LiveScreen *screen, GError **error)
{
    const int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

    screen->keys = fd >= 0 ? fdopen(fd, "r+") : NULL;
    screen->terminal = screen->keys != NULL ? newterm(NULL, stdout, screen->keys) : NULL;
    if (screen->terminal == NULL) {
        return fail(error);
    }
    signal(SIGINT, SIG_DFL); /* ncurses has its own handlers: it would exit() */
    signal(SIGTERM, SIG_DFL);
    set_term(screen->terminal);
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(25);
    curs_set(0);
    set_up_colors();
    return true;
}

LiveScreen *live_screen_open(GError **error)
{
    LiveScreen *screen = g_new0(LiveScreen, 1);

    screen->filter = g_string_new(NULL);
    screen->stream = TSM_NO_STREAM;
    screen->stderr_kept = -1;
    screen->due = true;
    if (!open_terminal(screen, error)) {
        live_screen_close(screen);
        return NULL;
    }
    hold_stderr(screen);
    return screen;
}

void live_screen_close(LiveScreen *screen)
{
    if (screen == NULL) {
        return;
    }
    if (screen->terminal != NULL) {
        endwin();
        delscreen(screen->terminal);
    }
    if (screen->keys != NULL) {
        fclose(screen->keys);
    }
    if (screen->stderr_kept >= 0) {
        release_stderr(screen);
    }
    g_string_free(screen->filter, TRUE);
    g_free(screen);
}

/* ---- drawing ---- */

static guint rows_of_screen(void)
{
    return (guint)MAX(LINES, 4);
}

static guint columns_of_screen(void)
{
    return (guint)MAX(COLS, 20);
}

static void put_line(guint y, const char *text, attr_t style)
{
    attron(style);
    mvaddnstr((int)y, 0, text, COLS);
    attroff(style);
    clrtoeol();
}

/* Lines from `y` on; returns the one behind them. */
static guint put_lines(guint y, const GPtrArray *lines, guint from, guint to_row, attr_t style)
{
    for (guint i = from; i < lines->len && y < to_row; i++) {
        put_line(y++, g_ptr_array_index(lines, i), style);
    }
    return y;
}

static attr_t style_of(const Incidents *newest, guint place)
{
    static const attr_t pairs[N_ANOMALY_SEVERITIES] = {
        [ANOMALY_WARNING] = COLOR_PAIR(2), [ANOMALY_ERROR] = COLOR_PAIR(1)};

    return pairs[incidents_at(newest, place)->about.severity];
}

static guint put_incidents(guint y, const Incidents *newest)
{
    g_autoptr(GPtrArray) lines =
        live_page_incidents_in_short(newest, INCIDENT_LINES, columns_of_screen());

    for (guint i = 0; i < lines->len; i++) {
        put_line(y++, g_ptr_array_index(lines, i), style_of(newest, i));
    }
    if (newest != NULL && newest->found->len > lines->len) {
        g_autofree char *more =
            g_strdup_printf("  and %u more incidents: i", newest->found->len - lines->len);
        put_line(y++, more, A_NORMAL);
    }
    return y;
}

static void put_foot(const LiveScreen *screen)
{
    g_autofree char *text =
        screen->typing
            ? g_strdup_printf("Filter: %s_   (Enter, Esc)", screen->filter->str)
            : g_strdup_printf("%sq quit  Enter ladder  i incidents  s sort: %s  / filter: %s  p "
                              "pause  h keys",
                              screen->paused ? "PAUSED  " : "", live_sort_word(screen->sort),
                              screen->filter->len > 0 ? screen->filter->str : "-");

    put_line(rows_of_screen() - 1, text, A_REVERSE);
}

/* The selected connection stays selected when others come before it. */
static void find_selected(LiveScreen *screen, const GArray *rows)
{
    for (guint i = 0; i < rows->len; i++) {
        if (g_array_index(rows, struct live_wait, i).connection->stream == screen->stream) {
            screen->selected = i;
        }
    }
    screen->selected = rows->len > 0 ? MIN(screen->selected, rows->len - 1) : 0;
}

/* The rows, so that the selected one is seen. */
static void put_rows(LiveScreen *screen, const GArray *rows, guint y)
{
    const guint room = rows_of_screen() - 1 > y ? rows_of_screen() - 1 - y : 1;

    if (screen->selected < screen->first) {
        screen->first = screen->selected;
    } else if (screen->selected >= screen->first + room) {
        screen->first = screen->selected - room + 1;
    }
    for (guint i = screen->first; i < rows->len && i < screen->first + room; i++) {
        g_autoptr(GString) line = g_string_new(NULL);
        const struct live_wait *row = &g_array_index(rows, struct live_wait, i);
        live_wait_text(row, line);
        put_line(y++, line->str, i == screen->selected ? A_REVERSE : A_NORMAL);
        screen->stream = i == screen->selected ? row->connection->stream : screen->stream;
    }
}

static void draw_list(LiveScreen *screen, const struct live_model *model, const Incidents *newest)
{
    g_autoptr(GPtrArray) head = live_page_head(model, columns_of_screen());
    guint y = put_lines(0, head, 0, rows_of_screen() - 1, A_BOLD);

    y = put_incidents(y, newest);
    if (newest == NULL) {
        return;
    }
    g_autoptr(GArray) rows =
        live_waits(newest->anomalies->story, model->now_ns, screen->sort, screen->filter->str);
    put_line(y++, live_wait_heading, A_UNDERLINE);
    find_selected(screen, rows);
    put_rows(screen, rows, y);
}

/* The page that fills the screen. */
static GPtrArray *make_page(const LiveScreen *screen, const Incidents *newest)
{
    if (screen->view == VIEW_LADDER) {
        return live_page_ladder(newest, screen->stream, columns_of_screen());
    }
    if (screen->view == VIEW_INCIDENTS) {
        return live_page_incidents(newest, columns_of_screen());
    }
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) keys = g_strsplit(live_screen_keys, "\n", -1);
    for (char **line = keys; *line != NULL; line++) {
        g_ptr_array_add(lines, g_strdup(*line));
    }
    return lines;
}

static void draw(LiveScreen *screen, const struct live_model *model, const Watch *watch)
{
    const Incidents *newest = watch_newest(watch);

    erase();
    if (screen->view == VIEW_LIST) {
        draw_list(screen, model, newest);
    } else {
        g_autoptr(GPtrArray) page = make_page(screen, newest);
        screen->first = MIN(screen->first, page->len > 0 ? page->len - 1 : 0);
        put_lines(0, page, screen->first, rows_of_screen() - 1, A_NORMAL);
    }
    put_foot(screen);
    refresh();
}

/* ---- keys ---- */

static void type_key(LiveScreen *screen, int key)
{
    if (key == '\r' || key == '\n' || key == KEY_ENTER) {
        screen->typing = false;
    } else if (key == ESCAPE) {
        screen->typing = false;
        g_string_truncate(screen->filter, 0);
    } else if ((key == KEY_BACKSPACE || key == 127 || key == '\b') && screen->filter->len > 0) {
        g_string_truncate(screen->filter, screen->filter->len - 1);
    } else if (key >= ' ' && key < 127 && screen->filter->len < MAX_FILTER) {
        g_string_append_c(screen->filter, (char)key);
    }
}

/* Moves the choice in the list, or the lines of a page. */
static void scroll_by(LiveScreen *screen, int by)
{
    guint *place = screen->view == VIEW_LIST ? &screen->selected : &screen->first;

    *place = by < 0 && (guint)-by > *place ? 0 : *place + (guint)by;
    screen->stream = screen->view == VIEW_LIST ? TSM_NO_STREAM : screen->stream;
}

static void show(LiveScreen *screen, enum view view)
{
    screen->view = screen->view == view ? VIEW_LIST : view;
    screen->first = 0;
}

/* Keys that move. */
static bool move_key(LiveScreen *screen, int key)
{
    const int page = MAX(LINES - 4, 1);
    const struct {
        int key, by;
    } moves[] = {
        {KEY_UP, -1},       {'k', -1},         {KEY_DOWN, 1},        {'j', 1},
        {KEY_PPAGE, -page}, {KEY_NPAGE, page}, {KEY_HOME, -1000000}, {KEY_END, 1000000},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(moves); i++) {
        if (moves[i].key == key) {
            scroll_by(screen, moves[i].by);
            return true;
        }
    }
    return false;
}

/* Returns false when the user wants to leave. */
static bool take_key(LiveScreen *screen, int key)
{
    screen->due = true;
    if (screen->typing) {
        type_key(screen, key);
        return true;
    }
    if (key == 'q') {
        return false;
    }
    if (key == 's') {
        screen->sort = (enum live_sort)((screen->sort + 1) % N_LIVE_SORTS);
    } else if (key == '/') {
        screen->typing = true;
    } else if (key == 'p') {
        screen->paused = !screen->paused;
    } else if (key == 'i') {
        show(screen, VIEW_INCIDENTS);
    } else if (key == 'h' || key == '?') {
        show(screen, VIEW_KEYS);
    } else if (key == '\r' || key == '\n' || key == KEY_ENTER) {
        show(screen, VIEW_LADDER);
    } else if (key == ESCAPE) {
        show(screen, screen->view);
    } else if (key == REDRAW) {
        redrawwin(stdscr);
    } else {
        move_key(screen, key);
    }
    return true;
}

bool live_screen_update(LiveScreen *screen, const struct live_model *model, const Watch *watch)
{
    const int64_t now_us = g_get_monotonic_time();
    int key;

    while ((key = getch()) != ERR) {
        if (!take_key(screen, key)) {
            return false;
        }
    }
    if (screen->due || (!screen->paused && now_us - screen->drawn_us >= DRAW_US)) {
        draw(screen, model, watch);
        screen->drawn_us = now_us;
        screen->due = false;
    }
    return true;
}
