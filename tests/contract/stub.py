"""A server that answers by openapi.yaml alone, and lies when it is told to.

A request says by the header X-Status which of its operation's answers it wants
to see, and by X-Lie in which way that one is to be wrong.
"""
import copy
import json
import random
import socketserver
from http.server import BaseHTTPRequestHandler

from judge import PROBLEM
from values import MISSING, Maker, examples_in, pool_of


class Play:
    """An answer before it is sent; value is what the body says."""

    def __init__(self, status, headers, value):
        self.status, self.headers, self.value = status, headers, value
        self.text = None        # instead of what value makes

    def body(self):
        if self.text is not None:
            return self.text.encode()
        if self.value is MISSING:
            return b""
        text = self.value if isinstance(self.value, str) else json.dumps(self.value) + "\n"
        return text.encode()


class Author:
    """Makes honest answers: documented examples, else what fits the schema."""

    def __init__(self, description):
        self.description = description
        self.maker = Maker(random.Random(1), pool_of(examples_in(description)))

    def headers(self, target, response):
        headers = {name: str(self.maker.make(schema.flat, name))
                   for name, schema in response.header_schemas.items()
                   if response.headers[name].get("required")}
        if "allow" in headers:
            headers["allow"] = ", ".join(sorted(self.description.methods(target)))
        return headers

    def play(self, target, status, response, media):
        headers = self.headers(target, response)
        if not media:
            return Play(status, headers, MISSING)
        headers["Content-Type"] = media
        examples = list(response.examples[media].values())
        value = copy.deepcopy(examples[0]) if examples else \
            self.maker.make(response.content[media].flat)
        if media == PROBLEM:
            value["status"] = status
        return Play(status, headers, value)


# ---- lies: each changes an answer, or says False where it cannot be told ----

def members(play):
    """An object of the body: itself, or the first of a list."""
    value = play.value[0] if isinstance(play.value, list) and play.value else play.value
    return value if isinstance(value, dict) else {}


def required(play, schema):
    flat = schema.flat if schema else {}
    flat = flat.get("items", flat)
    return [name for name in flat.get("required", []) if name in members(play)]


def lie_member_left_out(play, schema, _):
    for name in required(play, schema)[:1]:
        del members(play)[name]
        return True
    return False


def lie_wrong_type(play, schema, _):
    for name in required(play, schema)[-1:]:
        members(play)[name] = {"not": "this"}
        return True
    return False


def lie_unknown_member(play, *_):
    if not members(play) or "openapi" in members(play):
        return False
    members(play)["invented"] = True
    return True


def lie_status(play, *_):
    play.status = 418
    return True


def lie_other_success(play, *_):
    play.status = 202
    return True


def lie_content_type(play, *_):
    play.headers["Content-Type"] = "text/html"
    return play.value is not MISSING


def lie_no_json(play, *_):
    play.text = "{'none'"
    return play.headers.get("Content-Type", "").endswith("json")


def lie_no_body(play, *_):
    play.text = ""
    return play.headers.get("Content-Type", "").endswith("/json")


def lie_body(play, *_):
    play.headers["Content-Type"] = "application/json"
    return play.value is MISSING


def lie_other_status_inside(play, *_):
    if play.headers.get("Content-Type") != PROBLEM:
        return False
    play.value["status"] = 499
    return True


def lie_header_left_out(play, _, response):
    for name, header in response.headers.items():
        if header.get("required"):
            del play.headers[name]
            return True
    return False


def lie_header_value(play, _, response):
    for name, header in response.headers.items():
        if header.get("required"):
            play.headers[name] = "?"
            return True
    return False


def lie_unknown_header(play, *_):
    play.headers["X-Debug"] = "1"
    return True


def lie_allow(play, *_):
    if "allow" not in play.headers:
        return False
    play.headers["allow"] = "GET, PURGE"
    return True


LIES = {name.removeprefix("lie_"): function for name, function in dict(globals()).items()
        if name.startswith("lie_")}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except ConnectionError:     # the client has heard enough
            pass

    def answer(self):
        description = self.server.description
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        operation = description.find(self.command, self.path)
        status, media = int(self.headers["X-Status"]), self.headers["X-Media"]
        response = (operation.responses if operation else description.elsewhere)[status]
        play = self.server.author.play(self.path, status, response, media)
        lie = self.headers["X-Lie"]
        told = not lie or LIES[lie](play, response.content.get(media), response)
        self.send(play if told else Play(599, {}, MISSING))

    def send(self, play):
        body = play.body()
        self.send_response_only(play.status, "Played")
        for name, value in play.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_BREW = do_OPTIONS = answer
    address_string = str


class Stub(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, path, description):
        super().__init__(path, Handler)
        self.description, self.author = description, Author(description)
