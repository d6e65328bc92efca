/* json_members.h - objects of JSON and their schema from one table of members, so that the two
 * cannot differ.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef JSON_MEMBERS_H
#define JSON_MEMBERS_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

enum json_kind {
    JSON_KIND_INTEGER, /* not below 0 */
    JSON_KIND_NUMBER,
    JSON_KIND_TEXT,
    JSON_KIND_FLAG,
    JSON_KIND_OBJECT,  /* of `members` */
    JSON_KIND_COUNTS,  /* an object with an integer for each of `words` that occurs */
    JSON_KIND_LENGTHS, /* an object with seconds for each of `words` that occurs */
    JSON_KIND_TEXTS,   /* an array of text */
    JSON_KIND_FRAMES,  /* an array of integers */
    JSON_KIND_OBJECTS, /* an array of objects of `members` */
};

/* A member of an object that tells of a thing. A table of members ends with one without a name. */
struct json_member {
    const char *name;
    const char *meaning;
    enum json_kind kind;
    bool nullable;                          /* null = not known, or there is none */
    json_t *(*value)(const void *thing);    /* NULL: an object is made of `members` */
    const void *(*part)(const void *thing); /* what value() and `members` tell of; NULL = the thing
                                               itself; returns NULL for null */
    const struct json_member *members;      /* of an object, or of an array's objects */
    const char *(*word)(guint i); /* the words that a text may be, or keys of an object; NULL
                                               beyond the last one. NULL = any */
};

/* The object that tells of the thing. The caller owns it. */
json_t *json_members_object(const struct json_member *members, const void *thing);

/* Its JSON schema: every member is required and no other is allowed. The caller owns it. */
json_t *json_members_schema(const struct json_member *members);

#endif
