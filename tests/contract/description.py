"""openapi.yaml as the tests read it: operations, with the schemas of what goes in and comes out."""
import os
import re
from urllib.parse import unquote

import yaml

from schemas import ANSWER, REQUEST, Schema, follow, not_required, patch_of

METHODS = ("get", "post", "put", "patch", "delete")
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
# Answers to requests that fit no operation: see the document.
ELSEWHERE = "x-answers-elsewhere"
OF_PATHS = (204, 404, 405)      # of those, what no operation can answer


def examples_of(node):
    """Name and value of each example of a parameter or a media type."""
    if "example" in node:
        return {"example": node["example"]}
    return {name: one["value"] for name, one in node.get("examples", {}).items()}


class Response:
    """What an operation may answer with one status."""

    def __init__(self, document, node):
        node = follow(document, node)
        self.headers = {name.lower(): follow(document, header)
                        for name, header in node.get("headers", {}).items()}
        self.header_schemas = {name: Schema(document, header["schema"], ANSWER)
                               for name, header in self.headers.items()}
        self.content = {name: Schema(document, media.get("schema", True), ANSWER)
                        for name, media in node.get("content", {}).items()}
        self.examples = {name: examples_of(media)
                         for name, media in node.get("content", {}).items()}


class Parameter:
    def __init__(self, document, node):
        node = follow(document, node)
        self.name, self.where = node["name"], node["in"]
        self.required = node.get("required", False)
        self.schema = Schema(document, node["schema"], REQUEST)
        self.examples = examples_of(node)


def body_schema(item, node):
    """
    A schema in place of the body's own, and what to make of it. A PATCH takes
    parts of what PUT takes; a PUT has some members from its URL (x-from-url).
    """
    if node is item.get("patch"):
        return item["put"]["requestBody"]["content"]["application/json"]["schema"], patch_of
    return None, lambda flat: not_required(flat, node.get("x-from-url", []))


class Operation:
    def __init__(self, document, path, method, item):
        node = item[method]
        self.id, self.path, self.method = node["operationId"], path, method.upper()
        self.parameters = [Parameter(document, one) for one in
                           item.get("parameters", []) + node.get("parameters", [])]
        self.responses = {int(status): Response(document, one)
                          for status, one in node["responses"].items() if status != "default"}
        # Query parameters without which examples would do harm to others (x-sent-with).
        self.sent_with = node.get("x-sent-with", {})
        # It succeeds only while a change is on trial.
        self.ends_trial = node.get("x-ends-trial", False)
        self.has_default = "default" in node["responses"]
        body = follow(document, node.get("requestBody", {})).get("content", {})
        schema, change = body_schema(item, node)
        self.bodies = {name: Schema(document, schema or media["schema"], REQUEST, change)
                       for name, media in body.items()}
        self.body_examples = {name: examples_of(media) for name, media in body.items()}

    def __str__(self):
        return f"{self.method} {self.path}"

    def in_path(self):
        return [one for one in self.parameters if one.where == "path"]

    def in_query(self):
        return [one for one in self.parameters if one.where == "query"]


def segments_of(target):
    """The decoded segments of a target's path, behind the version; None: not ours to read."""
    path = target.split("?", 1)[0]
    if not path.startswith("/"):
        return None
    parts = path[1:].split("/")
    if parts[0] == "v1":
        parts = parts[1:]
    parts = [unquote(part, errors="surrogateescape") for part in parts]
    return parts if parts != [""] else []


class Description:
    def __init__(self, file=None):
        file = file or os.path.join(TOP, "openapi.yaml")
        with open(file, "rb") as stream:
            self.document = yaml.safe_load(stream)
        self.operations = [Operation(self.document, path, method, item)
                           for path, item in self.document["paths"].items()
                           for method in METHODS if method in item]
        self.elsewhere = {int(status): Response(self.document, one)
                          for status, one in self.document.get(ELSEWHERE, {}).items()}

    def response(self, operation, status):
        """
        What is documented of an answer, or None; and whether the operation itself
        says so. "default" stands for what HTTP refuses at any path, not for anything.
        """
        if operation and status in operation.responses:
            return operation.responses[status], True
        if operation and (not operation.has_default or status in OF_PATHS):
            return None, False
        return self.elsewhere.get(status), False

    def at_path(self, target):
        """The operations whose path fits; words go before parameters."""
        parts = segments_of(target)
        fits = {}
        for one in self.operations:
            pattern = one.path.strip("/").split("/") if one.path != "/" else []
            if parts is not None and len(pattern) == len(parts) and all(
                    part and (word == part or re.fullmatch(r"\{.*\}", word))
                    for word, part in zip(pattern, parts)):
                fits.setdefault(one.path, []).append(one)
        return fits[min(fits, key=lambda path: path.count("{"))] if fits else []

    def find(self, method, target):
        """The operation of a request, or None. HEAD is GET without a body."""
        method = "GET" if method == "HEAD" else method
        return next((one for one in self.at_path(target) if one.method == method), None)

    def methods(self, target):
        """What Allow has to say of a path."""
        found = {one.method for one in (self.operations if target == "*" else self.at_path(target))}
        return found | {"OPTIONS"} | ({"HEAD"} if "GET" in found else set())
