"""Records of traffic: JSON lines of method, target, status, headers (lower case) and body.

Whoever calls the agent in a test appends to the file $TUNNELD_TRAFFIC names (the
C tests by tests/traffic.c); tests/contract/validate reads it.
"""
import json
import os


class Answer:
    """What came back for one request; kept says whether the connection can be used again."""

    def __init__(self, method, target, status, headers, body):
        self.method, self.target, self.status = method, target, status
        self.headers, self.body = headers, body

    @property
    def media_type(self):
        return self.headers.get("content-type", "").split(";")[0].strip()

    def json(self):
        return json.loads(self.body)

    def pointers(self):
        """The members that a problem document names."""
        return [one["pointer"] for one in self.json().get("errors", [])] \
            if self.media_type == "application/problem+json" else []

    def __str__(self):
        return f"{self.method} {self.target[:300]}: {self.status} {self.body[:500].strip()}"

    def same(self):
        """Equal for two answers that only their time tells apart."""
        headers = sorted(item for item in self.headers.items() if item[0] != "date")
        return hash((self.method, self.target, self.status, self.body, *headers))

    def to_line(self):
        return json.dumps({"method": self.method, "target": self.target, "status": self.status,
                           "headers": self.headers, "body": self.body}) + "\n"


def read(files):
    for file in files:
        with open(file, encoding="utf-8") as lines:
            for line in lines:
                yield Answer(**json.loads(line))


class Recorder:
    """Appends answers to $TUNNELD_TRAFFIC, or to nothing."""

    def __init__(self):
        file = os.environ.get("TUNNELD_TRAFFIC")
        self.fd = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644) if file else -1

    def add(self, answer):
        if self.fd >= 0:
            os.write(self.fd, answer.to_line().encode())
