/* page_sources.h - the files of postproc/page as text; embed.cmake makes their definitions.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PAGE_SOURCES_H
#define PAGE_SOURCES_H

extern const char page_sources_style[];
extern const char page_sources_script[];
extern const char page_sources_report[]; /* the body of a report's page */
extern const char page_sources_table[];  /* that of a table's */

#endif
