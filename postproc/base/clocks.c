/* clocks.c - see clocks.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "clocks.h"

#include "text.h"

/* Packets of several queues may be stored a little out of order: as of frames/order.c. */
#define MAX_DISORDER_NS (INT64_C(1000000000) / 10)

/* ---- correcting ---- */

bool clocks_are_off(const struct clocks *clocks)
{
    for (guint i = 0; i < clocks->n; i++) {
        if (tsm_clock_is_off(&clocks->taps[i])) {
            return true;
        }
    }
    return false;
}

bool clocks_disagree(const struct clocks *clocks)
{
    for (guint i = 0; i < clocks->n; i++) {
        if (clocks->taps[i].basis == TSM_CLOCK_DISAGREES) {
            return true;
        }
    }
    return false;
}

int64_t clocks_correct(const struct clocks *clocks, guint tap, int64_t ns)
{
    return tap < clocks->n && tsm_clock_is_off(&clocks->taps[tap])
               ? tsm_clock_correct(&clocks->taps[tap], ns)
               : ns;
}

int64_t clocks_settled_ns(const struct clocks *clocks, guint first, guint n, int64_t ns)
{
    int64_t most_ns = INT64_MIN;

    for (guint i = first; i < first + n; i++) {
        most_ns = MAX(most_ns, ns - clocks_correct(clocks, i, ns));
    }
    return ns - (n > 0 ? most_ns : 0) - MAX_DISORDER_NS;
}

guint clocks_role(const struct tsm_header *header)
{
    const uint8_t *bytes = header->bytes;
    struct tsm_header ports = *header;

    if (header->captured < TSM_QUOTE_MIN) {
        return 0;
    }
    ports.tuple.sport = (uint16_t)(bytes[0] << 8 | bytes[1]);
    ports.tuple.dport = (uint16_t)(bytes[2] << 8 | bytes[3]);
    return tsm_header_is_servers(&ports);
}

/* ---- telling ---- */

static void tell_tap(const struct clocks *clocks, guint tap, const char *const *names,
                     GString *text)
{
    if (clocks->of == CLOCKS_OF_FILES) {
        g_string_append(text, "that of ");
        text_safe(text, names[tap]);
    } else if (clocks->of == CLOCKS_OF_ROLES) {
        g_string_append(text, "that of the servers' segments");
    } else {
        g_string_append_printf(text, "that of interface %u", tap);
    }
}

void clocks_tell(const struct clocks *clocks, const char *const *names, GString *text)
{
    for (guint i = 0; i < clocks->n; i++) {
        const struct tsm_clock *clock = &clocks->taps[i];
        if (!tsm_clock_is_off(clock)) {
            continue;
        }
        g_string_append(text, text->len > 0 ? "; " : "clocks of its taps differ: ");
        tell_tap(clocks, i, names, text);
        g_string_append(text, " is ");
        text_duration(text, ABS(clock->offset_ns));
        g_string_append(text, clock->offset_ns > 0 ? " ahead" : " behind");
        if (clock->drift_ppb != 0) {
            g_string_append_printf(text, " and runs %.1f ppm too %s",
                                   ABS(clock->drift_ppb) / 1000.0,
                                   clock->drift_ppb > 0 ? "fast" : "slow");
        }
        g_string_append(text, " (to within ");
        text_duration(text, MAX(clock->width_ns / 2, 1));
        g_string_append(text, ")");
    }
    g_string_append(text, text->len > 0 ? "; times are corrected" : "");
}
