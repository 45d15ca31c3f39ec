"""Schemas of openapi.yaml without references: what JSON Schema validates, and what values are made from.

flatten() follows every $ref and merges every allOf of plain objects, so that a
schema shows its members at one place. OpenAPI's additions are put into plain
words of JSON Schema: in a request a readOnly member may be anything (it is
ignored) and is not required, in an answer there is no writeOnly one unless the
schema says that it shows them (x-shows-secrets); of a union with a discriminator
only the part that is named counts.
"""
import json

import jsonschema

REQUEST, ANSWER, ANSWER_WITH_SECRETS = "request", "answer", "answer with secrets"
HIDDEN = {REQUEST: "readOnly", ANSWER: "writeOnly", ANSWER_WITH_SECRETS: None}
ANYTHING = {}
NOTHING = {"not": {}}
FORMATS = jsonschema.draft202012_format_checker


def follow(document, node):
    """The node that a $ref leads to; what stands beside the $ref lies over it."""
    while "$ref" in node:
        target = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
    return node


TIGHTER = {"minimum": max, "maximum": min, "minLength": max, "maxLength": min}


def meet(one, other):
    """A schema that says what both say."""
    both = {**one, **other}
    for key in (set(one) & set(other)) - {"description", "examples"}:
        if key in TIGHTER:
            both[key] = TIGHTER[key](one[key], other[key])
        elif one[key] != other[key]:
            return {"allOf": [one, other]}
    return both


def is_plain(part):
    """An object's part that can be merged: members, and which are required."""
    return not set(part) - {"type", "properties", "required", "description", "additionalProperties"} \
        and set(part) & {"properties", "required"} and \
        part.get("additionalProperties") in (None, False)


def merge(into, part):
    """A part that is closed closes the whole: then the others have to be stricter words on its members."""
    properties = into.setdefault("properties", {})
    for name, schema in part.get("properties", {}).items():
        properties[name] = meet(properties[name], schema) if name in properties else schema
    into["required"] = sorted({*into.get("required", []), *part.get("required", [])})
    into.setdefault("type", part.get("type", "object"))
    if "additionalProperties" in part:
        into["additionalProperties"] = False
        if set(properties) != set(part["properties"]):
            raise SystemExit(f"a closed schema cannot be extended: {set(properties) ^ set(part['properties'])}")


def flatten_members(schema, direction):
    """What readOnly and writeOnly mean in this direction."""
    hidden = HIDDEN[direction]
    for name, member in schema.get("properties", {}).items():
        if member.get(hidden):
            schema["properties"][name] = ANYTHING if direction == REQUEST else NOTHING
            schema["required"] = [one for one in schema.get("required", []) if one != name]


def flatten_union(document, schema, direction):
    """oneOf with a discriminator: "parts" has the schema of each value."""
    name = schema["discriminator"]["propertyName"]
    mapping = schema["discriminator"]["mapping"]
    parts = {value: flatten(document, {"$ref": reference}, direction)
             for value, reference in mapping.items()}
    schema = {key: value for key, value in schema.items() if key not in ("oneOf", "discriminator")}
    return {**schema, "type": "object", "required": [name], "discriminated": name, "parts": parts,
            "properties": {name: {"enum": sorted(parts)}},
            "allOf": [{"if": {"properties": {name: {"const": value}}, "required": [name]},
                       "then": part} for value, part in parts.items()]}


def flatten_parts(schema):
    """Merges the plain parts of allOf; the others stay as they are."""
    rest = []
    for part in schema.pop("allOf", []):
        if is_plain(part):
            merge(schema, part)
        elif set(part) & {"anyOf", "oneOf", "discriminated"} and not set(part) & set(schema):
            rest += part.get("allOf", [])
            schema.update({key: value for key, value in part.items() if key != "allOf"})
        else:
            rest.append(part)
    if rest:
        schema["allOf"] = rest
    if "unevaluatedProperties" in schema and not rest:
        schema["additionalProperties"] = schema.pop("unevaluatedProperties")


def flatten(document, schema, direction):
    if isinstance(schema, bool):
        return ANYTHING if schema else NOTHING
    schema = follow(document, schema)
    if direction == ANSWER and schema.get("x-shows-secrets"):
        direction = ANSWER_WITH_SECRETS
    if "discriminator" in schema:
        return flatten_union(document, schema, direction)
    flat = {}
    for key, value in schema.items():
        if key in ("properties", "patternProperties"):
            value = {name: flatten(document, one, direction) for name, one in value.items()}
        elif key in ("allOf", "anyOf", "oneOf", "prefixItems"):
            value = [flatten(document, one, direction) for one in value]
        elif key in ("items", "not", "if", "then", "else", "additionalProperties") and \
                not isinstance(value, bool):
            value = flatten(document, value, direction)
        flat[key] = value
    flatten_members(flat, direction)
    flatten_parts(flat)
    return flat


def not_required(flat, names):
    """The same without the need for these members."""
    for schema in (flat, *flat.get("parts", {}).values()):
        schema["required"] = [name for name in schema.get("required", []) if name not in names]
    return flat


def patch_of(flat):
    """What RFC 7396 makes of it: no member is needed, each may be null, arrays are replaced."""
    if "parts" in flat:
        return {"anyOf": [patch_of(part) for part in flat["parts"].values()]}
    if "properties" not in flat:
        free = flat.get("additionalProperties")
        return {**flat, "additionalProperties": {"anyOf": [free, {"type": "null"}]}} \
            if isinstance(free, dict) else flat
    kept = {key: value for key, value in flat.items() if key not in ("required", "allOf")}
    return {**kept, "properties": {
        name: {"anyOf": [patch_of(member), {"type": "null"}]} if member else member
        for name, member in flat["properties"].items()}}


class Schema:
    """One flat schema, and the check of values against it. Equal values are checked once."""

    KEPT = 20000

    def __init__(self, document, schema, direction, change=None):
        """change: makes another flat schema of it."""
        flat = flatten(document, schema, direction)
        self.flat = change(flat) if change else flat
        self.validator = jsonschema.Draft202012Validator(self.flat, format_checker=FORMATS)
        self.known = {}

    def faults(self, value):
        """Sentences, none if the value fits."""
        text = json.dumps(value, sort_keys=True)
        if text not in self.known:
            if len(self.known) >= self.KEPT:
                self.known.clear()
            self.known[text] = [f"{error.json_path}: {error.message[:200]}"
                                for error in self.validator.iter_errors(value)]
        return self.known[text]
