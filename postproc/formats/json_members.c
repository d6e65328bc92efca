/* json_members.c - objects and schemas from a table; see json_members.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "json_members.h"

/* ---- objects ---- */

static json_t *value_of(const struct json_member *member, const void *thing)
{
    if (member->part != NULL) {
        thing = member->part(thing);
    }
    if (thing == NULL) {
        return json_null();
    }
    return member->value != NULL ? member->value(thing)
                                 : json_members_object(member->members, thing);
}

json_t *json_members_object(const struct json_member *members, const void *thing)
{
    json_t *object = json_object();

    for (; members->name != NULL; members++) {
        json_object_set_new(object, members->name, value_of(members, thing));
    }
    return object;
}

/* ---- schema ---- */

/* The words of a member, and null where that is allowed. */
static json_t *words_of(const struct json_member *member)
{
    json_t *words = json_array();

    for (guint i = 0; member->word(i) != NULL; i++) {
        json_array_append_new(words, json_string(member->word(i)));
    }
    if (member->nullable) {
        json_array_append_new(words, json_null());
    }
    return words;
}

static json_t *text_schema(const struct json_member *member)
{
    return member->word != NULL ? json_pack("{s:o}", "enum", words_of(member))
                                : json_pack("{s:s}", "type", "string");
}

/* An object whose keys are words. */
static json_t *map_schema(const struct json_member *member, const char *type)
{
    return json_pack("{s:s, s:{s:o}, s:{s:s, s:i}}", "type", "object", "propertyNames", "enum",
                     words_of(member), "additionalProperties", "type", type, "minimum", 0);
}

static json_t *kind_schema(const struct json_member *member)
{
    switch (member->kind) {
    case JSON_KIND_INTEGER:
        return json_pack("{s:s, s:i}", "type", "integer", "minimum", 0);
    case JSON_KIND_NUMBER:
        return json_pack("{s:s}", "type", "number");
    case JSON_KIND_TEXT:
        return text_schema(member);
    case JSON_KIND_FLAG:
        return json_pack("{s:s}", "type", "boolean");
    case JSON_KIND_OBJECT:
        return json_members_schema(member->members);
    case JSON_KIND_COUNTS:
        return map_schema(member, "integer");
    case JSON_KIND_LENGTHS:
        return map_schema(member, "number");
    case JSON_KIND_TEXTS:
        return json_pack("{s:s, s:o}", "type", "array", "items", text_schema(member));
    case JSON_KIND_FRAMES:
        return json_pack("{s:s, s:{s:s, s:i}}", "type", "array", "items", "type", "integer",
                         "minimum", 1);
    case JSON_KIND_OBJECTS:
        return json_pack("{s:s, s:o}", "type", "array", "items",
                         json_members_schema(member->members));
    }
    return json_object();
}

static json_t *member_schema(const struct json_member *member)
{
    json_t *schema = kind_schema(member);
    const json_t *type = json_object_get(schema, "type");

    if (member->nullable && type != NULL) {
        json_object_set_new(schema, "type", json_pack("[s, s]", json_string_value(type), "null"));
    }
    json_object_set_new(schema, "description", json_string(member->meaning));
    return schema;
}

json_t *json_members_schema(const struct json_member *members)
{
    json_t *properties = json_object();
    json_t *required = json_array();

    for (; members->name != NULL; members++) {
        json_object_set_new(properties, members->name, member_schema(members));
        json_array_append_new(required, json_string(members->name));
    }
    return json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties, "required",
                     required, "additionalProperties", 0);
}
