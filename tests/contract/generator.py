"""Requests made from openapi.yaml by a seeded generator: valid, nearly valid, and wild ones."""
import copy
import json

import scene
from values import MISSING, Maker, changes, examples_in, fits, places, pool_of

VALID, NEARLY, WILD = "valid", "nearly valid", "wild"
WEIGHTS = {"GET": 3, "POST": 6, "PUT": 3, "PATCH": 3, "DELETE": 2}
NAMES = ("host", "all", "default", "none")
LONG = 7200                     # seconds: longer than any run, after it the kernel deletes
ACCEPTS = ("application/json", "application/x-ndjson", "*/*", "text/html", "application/*;q=0.5",
           "application/json;q=0", "", ",", "x")
TYPES = ("text/plain", "application/x-www-form-urlencoded", "application/jsonx", "", "json",
         "application/json; charset=utf-8", "application/merge-patch+json")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "get", "P")
LETTERS = "abz019-._~%/?&=#[]{}:@!$'()*+,;\"\\<>|^` \u00e4\u20ac\U0001f600"


class QuickMaker(Maker):
    """
    Values with which no request takes long and nothing ends by itself, and names
    that something may have.
    """

    def make_integer(self, schema, name):
        if name == "valid_lifetime_seconds":
            return self.rng.choice((LONG, LONG + self.rng.randint(0, 100), schema["maximum"]))
        if name.endswith("_ms"):
            return schema["minimum"] + self.rng.randint(0, 10)
        return super().make_integer(schema, name)

    def make_object(self, schema, name):
        made = super().make_object(schema, name)
        for key, member in schema.get("properties", {}).items():
            if key.endswith("_ms") and "minimum" in member:
                made[key] = self.make_integer(member, key)
        return made


class Request:
    """One generated request; what kind it is says what may become of it."""

    def __init__(self, kind, method, target, body=None, headers=()):
        self.kind, self.method, self.target = kind, method, target
        self.body, self.headers = body, dict(headers)

    def send(self, connection):
        return connection.call(self.method, self.target, self.body, self.headers)

    def __str__(self):
        return f"{self.kind}: {self.method} {self.target!r} {self.headers} {self.body!r}"


class Generator:
    def __init__(self, rng, description):
        self.rng, self.description = rng, description
        pool = pool_of(examples_in(description))
        pool["namespace"] = pool["namespace"] + ["host"]
        self.maker = QuickMaker(rng, pool, often=0.15)
        self.bodied = [one for one in description.operations if one.bodies]

    # ---- valid ----

    def parameter(self, one):
        return self.maker.make(one.schema.flat, one.name)

    def target(self, operation, chance=0.2):
        target = scene.fill(operation, {one.name: self.parameter(one)
                                        for one in operation.in_path()})
        for one in operation.in_query():
            if one.name not in operation.sent_with and self.rng.random() < chance:
                target = scene.with_query(target, one.name, self.parameter(one))
        return ("/v1" + target if target != "/" else "/v1") \
            if self.rng.random() < 0.1 else target

    def value(self, operation, media):
        """A documented example, one with some members changed, or something new."""
        schema = operation.bodies[media].flat
        examples = list(operation.body_examples[media].values())
        dice = self.rng.random()
        if not examples or dice < 0.25:
            return self.maker.make(schema)
        value = copy.deepcopy(self.rng.choice(examples))
        if dice < 0.75:
            self.vary(schema, value)
        return self.hasten(schema, value)

    @staticmethod
    def hasten(schema, value):
        """No waiting: milliseconds as few as may be."""
        for key in value if isinstance(value, dict) else ():
            member = schema.get("properties", {}).get(key, {})
            if key.endswith("_ms") and "minimum" in member:
                value[key] = member["minimum"]
        return value

    def vary(self, schema, value):
        for _ in range(self.rng.randint(1, 3)):
            pointed = [place for place in places(schema, value) if place[-1] != {"not": {}}]
            if not pointed:
                return
            _, container, key, member = self.rng.choice(pointed)
            kept = container[key] if isinstance(container, list) else container.get(key, MISSING)
            self.put(container, key, self.maker.make(member, str(key)))
            if not fits(schema, value):
                self.put(container, key, kept)

    def request(self, kind, operation, target=None, body=None, headers=()):
        media = self.rng.choice(list(operation.bodies)) if operation.bodies else None
        if media and body is None:
            body = json.dumps(self.value(operation, media))
        headers = {**({"Content-Type": media} if media else {}), **dict(headers)}
        return Request(kind, operation.method, target or self.target(operation), body, headers)

    def valid(self):
        method = self.rng.choices(list(WEIGHTS), WEIGHTS.values())[0]
        operation = self.rng.choice([one for one in self.description.operations
                                     if one.method == method] or self.bodied)
        headers = {"Prefer": "return=minimal"} if self.rng.random() < 0.1 else {}
        request = self.request(VALID, operation, headers=headers)
        if request.method == "GET" and self.rng.random() < 0.1:
            request.method = "HEAD"
        return request

    # ---- nearly valid: one thing is wrong ----

    def spoilt_body(self):
        operation = self.rng.choice(self.bodied)
        media = self.rng.choice(list(operation.bodies))
        schema, value = operation.bodies[media].flat, self.value(operation, media)
        pointed = list(places(schema, value))
        for _ in range(20 if pointed else 0):
            _, container, key, member = self.rng.choice(pointed)
            wrong = self.rng.choice(list(changes(container, key, member)) or [MISSING])
            kept = container[key] if isinstance(container, list) else container.get(key, MISSING)
            self.put(container, key, wrong)
            if not fits(schema, value):
                return self.request(NEARLY, operation, body=json.dumps(value))
            self.put(container, key, kept)
        return self.spoilt_head()

    @staticmethod
    def put(container, key, value):
        if value is not MISSING:
            container[key] = value
        elif isinstance(container, dict):
            container.pop(key, None)

    def spoilt_head(self):
        """A change that must not happen: the head alone forbids it."""
        operation = self.rng.choice(self.description.operations)
        target, headers = self.target(operation), {}
        way = self.rng.randrange(4)
        if way == 0:
            target = scene.with_query(target, self.rng.choice(("x", "", "namespace[]", "Foreign")),
                                      self.rng.choice(("", "1", "true")))
        elif way == 1:
            headers["Accept"] = self.rng.choice(("text/html", "application/json;q=0", "image/*"))
        elif way == 2 and operation.bodies:
            headers["Content-Type"] = self.rng.choice(TYPES[:3])
        else:
            path, mark, query = target.partition("?")
            target = path + self.rng.choice(("/", "/x", "%", "%00", "%zz", "/..", "//")) + mark + query
        return self.request(NEARLY, operation, target, headers=headers)

    def nearly(self):
        return self.spoilt_body() if self.rng.random() < 0.7 else self.spoilt_head()

    # ---- wild ----

    def text(self, length):
        return "".join(self.rng.choice(LETTERS) for _ in range(self.rng.randint(0, length)))

    def junk(self, depth=4):
        """Some JSON."""
        kind = self.rng.randrange(9 if depth else 6)
        if kind < 6:
            return (None, True, self.rng.randint(-2**70, 2**70), self.rng.random() * 1e300,
                    self.text(20), "\x00\x1f\x7f\ud800")[kind]
        if kind == 6:
            return [self.junk(depth - 1) for _ in range(self.rng.randint(0, 5))]
        return {self.rng.choice((*self.maker.pool, self.text(5))): self.junk(depth - 1)
                for _ in range(self.rng.randint(0, 8))}

    def wild_bytes(self):
        way = self.rng.randrange(6)
        if way == 0:
            return bytes(self.rng.randrange(256) for _ in range(self.rng.randint(0, 200)))
        if way == 1:
            return b"[" * self.rng.randint(1, 5000)
        if way == 2:
            return b'{"a":' * self.rng.randint(1, 5000) + b"1"
        if way == 3:
            return json.dumps(self.junk()).encode() + b" x"
        if way == 4:
            return b'{"name":"a","name":"b"}'
        return json.dumps(self.junk()).encode()

    def cut_body(self, operation):
        """A body that ends too early, or has a bit turned."""
        text = json.dumps(self.value(operation, next(iter(operation.bodies)))).encode()
        if self.rng.random() < 0.5:
            return text[:self.rng.randrange(len(text))]
        at = self.rng.randrange(len(text))
        return text[:at] + bytes([text[at] ^ 0x80]) + text[at + 1:]

    def wild_target(self):
        parts = "/".join(self.rng.choice((*self.maker.pool["namespace"], *NAMES, "links", "routes", "rules",
                                          "tunnels", "254", self.text(8)))
                         for _ in range(self.rng.randint(0, 6)))
        query = "?" + self.text(30) if self.rng.random() < 0.5 else ""
        target = "/" + parts + query
        return "".join(letter if "!" <= letter <= "~" else f"%{ord(letter) % 256:02X}"
                       for letter in target)

    def wild(self):
        way = self.rng.randrange(4)
        if way == 0:
            return Request(WILD, self.rng.choice(METHODS), self.wild_target(),
                           headers={"Accept": self.rng.choice(ACCEPTS)})
        operation = self.rng.choice(self.bodied)
        if way == 1:
            return Request(WILD, operation.method, self.target(operation), self.wild_bytes(),
                           {"Content-Type": self.rng.choice(TYPES + ("application/json",) * 9)})
        if way == 2:
            return Request(WILD, operation.method, self.target(operation),
                           self.cut_body(operation))
        return Request(WILD, self.rng.choice(METHODS), self.wild_target(), self.wild_bytes())
