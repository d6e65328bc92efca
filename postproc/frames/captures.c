/* captures.c - opens captures by their descriptors and reads them; see captures.h.
 *
 * libwiretap opens names; the only name of a descriptor that another user may have opened is "-",
 * standard input. So each capture becomes standard input in its turn.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "captures.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t stopped;

void captures_stop(int number)
{
    (void)number;
    stopped = 1;
}

void captures_init(struct captures *captures, unsigned n)
{
    *captures = (struct captures){.n = n, .trouble = g_string_new(NULL)};
    wiretap_record_init(&captures->record);
}

/* ---- trouble ---- */

/* As tshark says it of standard input, so that who reads it knows these words. */
static void note_trouble(struct captures *captures, int err, gchar *info, bool opening)
{
    GString *text = captures->trouble;

    if (text->len > 0 || err == EINTR) {
        g_free(info);
        return;
    }
    if (err == WTAP_ERR_BAD_FILE || err == WTAP_ERR_DECOMPRESS) {
        g_string_append(text, "tshark: The standard input appears to be damaged or corrupt.\n");
    } else if (err == WTAP_ERR_SHORT_READ) {
        g_string_append_printf(text,
                               "tshark: The standard input appears to have been cut short in the "
                               "middle of a packet%s.\n",
                               opening ? " or other data" : "");
    } else if (err == WTAP_ERR_FILE_UNKNOWN_FORMAT) {
        g_string_append(text, "tshark: The standard input isn't a capture file in a format TShark "
                              "understands.\n");
    } else {
        g_string_append_printf(
            text, "tshark: An error occurred while reading from the standard input: %s.\n",
            wtap_strerror(err));
    }
    if (info != NULL) {
        g_string_append_printf(text, "(%s)\n", info);
    }
    g_free(info);
}

/* ---- opening ---- */

/* Whether what was packed could be unpacked, as far as it was wanted. */
static bool end_unpacking(struct captures *captures)
{
    if (captures->unpacking.thread == NULL) {
        return true;
    }
    close(STDIN_FILENO); /* so that it does not wait for us */
    unpack_end(&captures->unpacking);
    if (captures->unpacking.trouble != NULL && captures->trouble->len == 0) {
        g_string_append_printf(captures->trouble,
                               "tshark: The standard input appears to be damaged or corrupt.\n"
                               "(%s)\n",
                               captures->unpacking.trouble);
    }
    return captures->unpacking.trouble == NULL;
}

bool captures_open(struct captures *captures, unsigned number)
{
    const int fd = CAPTURES_FIRST_FD + (int)number;
    const int unpacked = unpack_begin(&captures->unpacking, fd, captures->packed);
    gchar *info = NULL;
    int err = 0;

    captures->at = number;
    captures->begins = true;
    if (dup2(unpacked >= 0 ? unpacked : fd, STDIN_FILENO) != STDIN_FILENO) {
        return false;
    }
    if (unpacked > STDIN_FILENO) { /* it is standard input itself when that was closed */
        close(unpacked);
    }
    captures->from = wtap_open_offline("-", WTAP_TYPE_AUTO, &err, &info, FALSE);
    if (captures->from == NULL) {
        note_trouble(captures, err, info, true);
        end_unpacking(captures);
    }
    return captures->from != NULL;
}

static guint64 statistic(wtap_block_t block, guint option)
{
    guint64 value = 0;

    return wtap_block_get_uint64_option_value(block, option, &value) == WTAP_OPTTYPE_SUCCESS
               ? MIN(value, G_MAXUINT32)
               : 0;
}

/* Adds what a pcapng counts of packets that came and were lost, by the last statistics of each
 * interface, as they are totals. */
static void note_statistics(struct captures *captures)
{
    wtapng_iface_descriptions_t *all = wtap_file_get_idb_info(captures->from);

    for (guint i = 0; i < all->interface_data->len; i++) {
        const wtapng_if_descr_mandatory_t *interface =
            wtap_block_get_mandatory_data(g_array_index(all->interface_data, wtap_block_t, i));
        const guint n = interface->num_stat_entries;
        if (n > 0) {
            const wtap_block_t last =
                g_array_index(interface->interface_statistics, wtap_block_t, n - 1);
            captures->came += statistic(last, OPT_ISB_IFRECV);
            captures->lost += statistic(last, OPT_ISB_IFDROP) + statistic(last, OPT_ISB_OSDROP);
        }
    }
    g_free(all);
}

void captures_close(struct captures *captures)
{
    if (captures->from != NULL) {
        note_statistics(captures);
        wtap_close(captures->from);
        captures->from = NULL;
        end_unpacking(captures);
    }
}

/* ---- reading ---- */

static enum tsm_item_end end_of(int err)
{
    return err == 0 || err == EINTR     ? TSM_END_WHOLE
           : err == WTAP_ERR_SHORT_READ ? TSM_END_CUT
                                        : TSM_END_UNREAD;
}

bool captures_next(struct captures *captures, enum tsm_item_end *end)
{
    int err = 0;
    gchar *info = NULL;

    while (!stopped) {
        if (captures->from == NULL && !captures_open(captures, captures->at)) {
            *end = TSM_END_UNREAD;
            return false;
        }
        if (wiretap_read(captures->from, &captures->record, &err, &info)) {
            return true;
        }
        if (err != 0) {
            note_trouble(captures, err, info, false);
            *end = MAX(*end, end_of(err));
        }
        if (!end_unpacking(captures)) {
            *end = MAX(*end, TSM_END_CUT);
        }
        if (captures->at + 1 == captures->n) {
            return false;
        }
        captures_close(captures);
        captures->at++;
    }
    return false;
}

void captures_done(struct captures *captures)
{
    captures->begins = false;
    wiretap_record_reset(&captures->record);
}
