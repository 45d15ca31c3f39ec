"""Values made from flat schemas (schemas.py): fitting ones, and ones that are wrong in one place.

What a schema cannot say (which namespace is there) comes from a pool: for each
member's name the values that the examples of openapi.yaml have for it.
"""
import copy
import re
import string

import jsonschema

from schemas import FORMATS

MISSING = object()
# Wrong nearly everywhere: where a schema allows one of them it is left out.
ODD = (True, 0, -1, 1.5, 2**31, 2**32, 2**64, "", " ", "x", "-f", "77x", "0x10", "yes", "NaN", "..", "a b",
       "a/b", "ä", "x%d", "10.0.0.300", "10.0.0.0/33", "::g", "::/129", "a" * 300, [], {}, [[]], {"x": 1})


def fits(schema, value):
    return jsonschema.Draft202012Validator(schema, format_checker=FORMATS).is_valid(value)


def pool_of(node, pool=None):
    """Member's name to the values that it has in any example of the document."""
    pool = {} if pool is None else pool
    if isinstance(node, list):
        for one in node:
            pool_of(one, pool)
    elif isinstance(node, dict):
        for key, one in node.items():
            if not isinstance(one, (dict, list)) and one not in pool.setdefault(key, []):
                pool[key].append(one)
            pool_of(one, pool)
    return pool


def examples_in(description):
    """All examples of requests, the values of parameters by their names."""
    found = []
    for operation in description.operations:
        found += [{one.name: value} for one in operation.parameters
                  for value in one.examples.values()]
        found += [value for examples in operation.body_examples.values()
                  for value in examples.values()]
    return found


def beside(schema, key, part):
    """One part of a union, with what stands beside the union."""
    rest = {name: value for name, value in schema.items() if name != key}
    both = {**rest, **part}
    if "required" in rest:
        both["required"] = sorted({*rest["required"], *part.get("required", [])})
    return both


class Maker:
    """Makes values that fit. rng: random.Random; pool: see pool_of()."""

    def __init__(self, rng, pool, often=0.3):
        self.rng, self.pool, self.often = rng, pool, often

    def make(self, schema, name=""):
        for _ in range(8):
            value = self.guess(schema, name)
            if fits(schema, value):
                return value
        return value

    def guess(self, schema, name):
        if "discriminated" in schema:
            return self.union(schema)
        for key in ("anyOf", "oneOf"):
            if key in schema:
                return self.guess(beside(schema, key, self.rng.choice(schema[key])), name)
        pooled = self.pool.get(name)
        if pooled and "properties" not in schema and self.rng.random() < 0.9:
            value = self.rng.choice(pooled)
            if fits(schema, value):
                return value
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.rng.choice(schema["enum"])
        kind = schema.get("type", "object" if "properties" in schema else "string")
        kind = self.rng.choice(kind) if isinstance(kind, list) else kind
        return getattr(self, "make_" + kind)(schema, name)

    def union(self, schema):
        """One part, and what stands beside it: stricter members, conditions."""
        value = self.rng.choice(sorted(schema["parts"]))
        made = self.make(schema["parts"][value])
        made[schema["discriminated"]] = value
        for key, member in schema.get("properties", {}).items():
            if key in made and key != schema["discriminated"] and not fits(member, made[key]):
                made[key] = self.make(member, key)
        for key in schema["required"]:
            if key not in made:
                made[key] = self.make(schema["parts"][value]["properties"][key], key)
        self.repair(schema, made)
        return made

    def repair(self, schema, made):
        """Adds what conditions require."""
        for part in schema.get("allOf", []):
            if "if" in part and fits(part["if"], made):
                members = part["then"].get("properties") or \
                    schema["parts"][made[schema["discriminated"]]]["properties"]
                for key in part["then"].get("required", []):
                    if key not in made:
                        made[key] = self.make(members[key], key)

    def make_object(self, schema, _):
        members = schema.get("properties", {})
        chosen = [key for key in members if key in schema.get("required", []) or
                  (members[key] and self.rng.random() < self.often)]
        made = {key: self.make(members[key], key) for key in chosen if members[key] != {"not": {}}}
        free = schema.get("additionalProperties")
        if schema.get("minProperties", 0) > len(made) or \
                isinstance(free, dict) and self.rng.random() < self.often:
            made["x"] = self.make(free)
        return made

    def make_array(self, schema, _):
        count = max(schema.get("minItems", 0), self.rng.choice((0, 1, 1, 2, 3)))
        return [self.make(schema.get("items", {})) for _ in range(count)]

    def make_integer(self, schema, _):
        low, high = schema.get("minimum", 0), schema.get("maximum", 2**32 - 1)
        near = min(high, low + 10)
        return self.rng.choice((low, near, high, self.rng.randint(low, near),
                                self.rng.randint(low, near), self.rng.randint(low, high)))

    def make_number(self, schema, name):
        return self.rng.choice((1, 0.5)) * self.make_integer(schema, name)

    def make_boolean(self, *_):
        return self.rng.random() < 0.5

    def make_null(self, *_):
        return None

    def make_string(self, schema, _):
        if schema.get("format") == "ipv4":
            return f"10.{self.rng.randint(0, 3)}.0.{self.rng.randint(0, 5)}"
        if schema.get("format") == "ipv6":
            return f"2001:db8::{self.rng.randint(0, 9)}"
        if "pattern" in schema:
            return from_pattern(self.rng, re.compile(schema["pattern"]))
        length = self.rng.randint(schema.get("minLength", 0), min(schema.get("maxLength", 12), 12))
        return "".join(self.rng.choice(string.ascii_lowercase) for _ in range(length))


def from_pattern(rng, pattern):
    """A text that a regular expression matches: letters, classes, groups, repeats and choices."""
    return "".join(sample(rng, piece) for piece in re._parser.parse(pattern.pattern))


def sample(rng, piece):
    name, what = str(piece[0]), piece[1]
    if name == "LITERAL":
        return chr(what)
    if name == "IN":
        part = rng.choice(what)
        return chr(part[1]) if str(part[0]) == "LITERAL" else chr(rng.randint(*part[1]))
    if name == "MAX_REPEAT":
        count = rng.randint(what[0], min(int(what[1]), what[0] + 6))
        return "".join(sample(rng, inner) for _ in range(count) for inner in what[2])
    if name == "SUBPATTERN":
        return "".join(sample(rng, inner) for inner in what[-1])
    if name == "BRANCH":
        return "".join(sample(rng, inner) for inner in rng.choice(what[1]))
    return chr(rng.randint(97, 122)) if name in ("ANY", "NOT_LITERAL") else ""


# ---- wrong in one place ----

def bounds_exceeded(schema):
    """What lies just outside of a simple schema."""
    if "minimum" in schema:
        yield schema["minimum"] - 1
    if "maximum" in schema:
        yield schema["maximum"] + 1
    if "maxLength" in schema:
        yield "a" * (schema["maxLength"] + 1)
    for word in schema.get("enum", []) + ([schema["const"]] if "const" in schema else []):
        if isinstance(word, str):
            yield word + "x"
            yield word.upper()


def wrong_values(schema):
    """Values that do not fit, those near to fitting first."""
    parts = [schema, *schema.get("anyOf", []), *schema.get("oneOf", [])]
    near = [value for part in parts for value in bounds_exceeded(part)]
    return [value for value in [*near, *ODD] if not fits(schema, value)]


def part_for(schema, value):
    """The part of a union that a value has chosen."""
    if "discriminated" in schema:
        part = schema["parts"].get(value.get(schema["discriminated"]), {}) \
            if isinstance(value, dict) else {}
        properties = {key: {"allOf": [member, schema["properties"][key]]}
                      if key in schema.get("properties", {}) else member
                      for key, member in part.get("properties", {}).items()}
        return {**part, "properties": properties} if part else {}
    for part in schema.get("anyOf", []) + schema.get("oneOf", []):
        if fits(part, value):
            return part_for(part, value)
    return schema


def escape(name):
    return str(name).replace("~", "~0").replace("/", "~1")


def places(schema, value, pointer=""):
    """
    (pointer, the container, the key, the schema of what is there) of each place
    inside a value: members that are there or could be, and one unknown.
    """
    schema = part_for(schema, value)
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield f"{pointer}/{index}", value, index, schema["items"]
            yield from places(schema["items"], item, f"{pointer}/{index}")
    elif isinstance(value, dict) and "properties" in schema:
        for key, member in schema["properties"].items():
            if member:
                yield f"{pointer}/{escape(key)}", value, key, member
            if key in value:
                yield from places(member, value[key], f"{pointer}/{escape(key)}")
        if schema.get("additionalProperties") is False:
            yield f"{pointer}/no~1such", value, "no/such", {"not": {}}
    elif isinstance(value, dict) and isinstance(schema.get("additionalProperties"), dict):
        for key in value:
            yield f"{pointer}/{escape(key)}", value, key, schema["additionalProperties"]


def changes(container, key, schema):
    """What to put at a place so that it is wrong; MISSING: leave it out."""
    if isinstance(container, dict) and key in container:
        yield MISSING
    yield from wrong_values(schema) if schema != {"not": {}} else (1, "x", {})


def needed(schema, value):
    """Pointers to the members that are required and not there."""
    errors = jsonschema.Draft202012Validator(schema).iter_errors(value)
    return {"".join(f"/{escape(part)}" for part in [*error.absolute_path, name])
            for error in errors if error.validator == "required"
            for name in error.validator_value if name not in error.instance}


def mutants(schema, value):
    """
    (pointer, wrong value): the value with one place changed so that it does not
    fit, and the pointer to the place. The value is put back between.
    """
    value = copy.deepcopy(value)
    for pointer, container, key, member in list(places(schema, value)):
        kept = container[key] if isinstance(container, list) else container.get(key, MISSING)
        for wrong in changes(container, key, member):
            if wrong is MISSING:
                del container[key]
            else:
                container[key] = wrong
            if not fits(schema, value):
                yield pointer, copy.deepcopy(value)
            if kept is MISSING:
                container.pop(key, None)
            else:
                container[key] = kept
