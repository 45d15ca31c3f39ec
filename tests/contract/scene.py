"""The examples of openapi.yaml as requests, and the order in which they succeed.

Nothing here knows an operation by name: what a request needs is found out by
sending it again once others have succeeded.
"""
import json
from urllib.parse import quote

CREATES, CHANGES = ("POST",), ("PUT", "PATCH")


def text_of(value):
    """A value in a path or a query."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def fill(operation, values=None):
    """The target of an operation, its path filled with values, else with the examples."""
    target = operation.path
    for one in operation.in_path():
        value = (values or {}).get(one.name, next(iter(one.examples.values()), None))
        if value is None:
            raise SystemExit(f"{operation}: {one.name} has no example")
        target = target.replace("{" + one.name + "}", quote(text_of(value), safe=":"))
    for key, value in operation.sent_with.items():
        target = with_query(target, key, value)
    return target


def with_query(target, key, value):
    """In place of what the target says of this key."""
    path, _, query = target.partition("?")
    kept = [one for one in query.split("&") if one and one.partition("=")[0] != quote(key)]
    return path + "?" + "&".join([*kept, f"{quote(key)}={quote(text_of(value), safe='/:')}"])


class Request:
    """One example: value is the body as it stands in the document, or None."""

    def __init__(self, operation, name, target, media=None, value=None):
        self.operation, self.name, self.target = operation, name, target
        self.media, self.value = media, value
        self.answer = None

    def send(self, connection):
        body = None if self.media is None else json.dumps(self.value)
        headers = {"Content-Type": self.media} if self.media else {}
        self.answer = connection.call(self.operation.method, self.target, body, headers)
        return self.answer

    def succeeded(self):
        return self.answer is not None and 200 <= self.answer.status < 300

    def impossible(self):
        """This kernel lacks something."""
        return self.answer is not None and self.answer.status == 501

    def __str__(self):
        return f"{self.operation} example {self.name!r}"


def named_by(value):
    """What a body says of the path to its object."""
    return {key: one for key, one in value.items() if isinstance(one, str) and "/" not in one} \
        if isinstance(value, dict) else {}


def with_body(operation):
    return [Request(operation, name, fill(operation, named_by(value)), media, value)
            for media, examples in operation.body_examples.items()
            for name, value in examples.items()]


def without_body(operation):
    """The bare request; where it reads also one with each query parameter that has an example."""
    target = fill(operation)
    found = [Request(operation, "path", target)]
    if operation.method == "GET":
        found += [Request(operation, "?" + one.name, with_query(target, one.name, value))
                  for one in operation.in_query() for value in one.examples.values()]
    return found


def requests_of(description, methods):
    return [request for operation in description.operations
            if operation.method in methods and not operation.ends_trial
            for request in (with_body(operation) if operation.bodies else without_body(operation))]


def send_until_stuck(connection, requests):
    """Sends what has not succeeded again, as long as that helps."""
    left = requests
    while left:
        still = [request for request in left
                 if not request.send(connection) or not request.succeeded()]
        if len(still) == len(left):
            return
        left = still


def build(connection, description):
    """Makes all that the examples make. Returns the requests with their answers."""
    made = requests_of(description, CREATES)
    send_until_stuck(connection, made)
    changed = requests_of(description, CHANGES)
    send_until_stuck(connection, changed)
    return made + changed


def collections(description):
    """The lists of what can be deleted, with all that they have."""
    whole = {one.path.split("/{")[0] for one in description.operations if one.method == "DELETE"}
    for operation in description.operations:
        if operation.method == "GET" and operation.path in whole:
            target = operation.path
            for one in operation.in_query():
                if "all" in one.examples.values():
                    target = with_query(target, one.name, "all")
            yield target


def give_up(connection, description):
    """Deletes all that is managed, so that nothing of it comes back. Returns the answers."""
    return [connection.call("DELETE", one["self"]) for target in collections(description)
            for one in connection.call("GET", target).json() if "owner" in one]


def take_away(connection, description):
    """Sends each DELETE example, the longest path first. Returns them."""
    requests = requests_of(description, ("DELETE",))
    for request in sorted(requests, key=lambda one: -one.operation.path.count("/")):
        request.send(connection)
    return requests
