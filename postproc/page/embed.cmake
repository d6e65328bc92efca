# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the C source that holds the files of this folder:
#     cmake -D OUT=FILE.c -D DIR=... -P embed.cmake
# Lists what becomes of them; the order of scripts is that in which they run.
set(style vendor/uPlot-1.6.32.min.css page.css)
set(script licence vendor/uPlot-1.6.32.iife.min.js numbers.js connections.js search.js rows.js
    table.js states.js gantt.js ladder.js diagram.js panel.js cards.js report.js sheet.js main.js)
set(report report.html)
set(table table.html)

set(text "/* Made by postproc/page/embed.cmake. */\n#include \"page_sources.h\"\n")
foreach(name style script report table)
    set(bytes)
    foreach(file IN LISTS ${name})
        if(file STREQUAL licence) # which every copy must have
            file(READ ${DIR}/vendor/uPlot-LICENSE hex HEX)
            set(hex "2f2a200a${hex}0a2a2f0a")
        else()
            file(READ ${DIR}/${file} hex HEX)
        endif()
        string(APPEND bytes ${hex})
    endforeach()
    string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
    string(APPEND text "\nconst char page_sources_${name}[] = {${bytes}0};\n")
endforeach()
file(WRITE ${OUT} "${text}")
