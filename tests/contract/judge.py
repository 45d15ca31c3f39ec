"""Judges answers by openapi.yaml: every way in which one is not as documented is a sentence."""
import collections
import json

PROBLEM = "application/problem+json"
LINES = "application/x-ndjson"
# What HTTP itself has to say (RFC 9110, 9112), whatever the operation.
COMMON_HEADERS = {"connection", "content-length", "content-type", "date", "keep-alive",
                  "transfer-encoding"}


def parse(answer):
    """The values in a body: one, or one a line. ValueError if it is no JSON."""
    if answer.media_type == LINES:
        return [json.loads(line) for line in answer.body.splitlines()]
    if answer.media_type.endswith("json"):
        return [json.loads(answer.body)]
    return [answer.body]


def judge_header(answer, name, response):
    value = answer.headers.get(name)
    if value is None:
        return [f"the header {name} is missing"] if response.headers[name].get("required") else []
    if response.headers[name]["schema"].get("type") == "integer" and value.isdecimal():
        value = int(value)
    return [f"header {name}: {fault}" for fault in response.header_schemas[name].faults(value)]


def judge_headers(answer, response):
    unknown = set(answer.headers) - COMMON_HEADERS - set(response.headers)
    return [f"the header {name} is not documented" for name in sorted(unknown)] + \
        [fault for name in response.headers for fault in judge_header(answer, name, response)]


def judge_content(answer, response):
    if answer.media_type not in response.content:
        return [f"the content type {answer.media_type or '(none)'} is not documented"]
    if answer.method == "HEAD":
        return ["an answer to HEAD has a body"] if answer.body else []
    try:
        values = parse(answer)
    except ValueError as error:
        return [f"the body is no JSON: {error}"]
    schema = response.content[answer.media_type]
    faults = [fault for value in values for fault in schema.faults(value)]
    if answer.media_type == PROBLEM and values[0].get("status") != answer.status:
        faults.append("the member status is not the status")
    return faults


def judge_body(answer, response):
    minimal = answer.headers.get("preference-applied") == "return=minimal"
    if response.content and not minimal:
        return judge_content(answer, response)
    return ["a body where none is documented"] if answer.body or answer.media_type else []


def judge_allow(description, answer):
    """RFC 9110: a 405 lists what would have been possible."""
    said = {one.strip() for one in answer.headers.get("allow", "").split(",")}
    known = description.methods(answer.target)
    return [] if said == known else [f"Allow says {sorted(said)}, openapi.yaml {sorted(known)}"]


def judge_unknown(description, answer):
    """Where the request is not known: the faults that are left if the answer is taken for the best."""
    documented = [one[answer.status] for one in (
        description.elsewhere, *(operation.responses for operation in description.operations))
                  if answer.status in one]
    faults = [judge_headers(answer, response) + judge_body(answer, response)
              for response in documented]
    return min(faults, key=len, default=["this status is documented nowhere"])


def judge(description, answer):
    """All faults of an answer, and the Operation that documents it or None."""
    if answer.target == "?":
        return judge_unknown(description, answer), None
    operation = description.find(answer.method, answer.target)
    response, its_own = description.response(operation, answer.status)
    if not response:
        return [f"{operation or 'any path'}: the status {answer.status} is not documented"], None
    faults = judge_headers(answer, response) + judge_body(answer, response)
    if "allow" in answer.headers:
        faults += judge_allow(description, answer)
    return faults, operation if its_own else None


class Ledger:
    """Which documented answers were seen, and what was wrong."""

    def __init__(self, description):
        self.description = description
        self.seen = set()
        self.count = 0
        self.faults = collections.Counter()
        self.first = {}

    def take(self, answer):
        faults, operation = judge(self.description, answer)
        self.count += 1
        if operation or answer.target != "?":
            self.seen.add((operation.id if operation else None, answer.status,
                           answer.media_type))
        for fault in faults:
            place = f"{operation or 'any path'}: {answer.status}: {fault}"
            self.faults[place] += 1
            self.first.setdefault(place, str(answer))

    def add(self, other):
        self.seen |= other.seen
        self.count += other.count
        self.faults.update(other.faults)
        for place, answer in other.first.items():
            self.first.setdefault(place, answer)

    def unseen(self):
        """Documented, never answered. An answer without content counts by its status."""
        statuses = {(name, status) for name, status, _ in self.seen}
        for status in self.description.elsewhere:
            if (None, status) not in statuses:
                yield f"at any path: {status}"
        for one in self.description.operations:
            for status, response in one.responses.items():
                if (one.id, status) not in statuses:
                    yield f"{one}: {status}"
                    continue
                for media in response.content if len(response.content) > 1 else ():
                    if (one.id, status, media) not in self.seen:
                        yield f"{one}: {status} as {media}"
