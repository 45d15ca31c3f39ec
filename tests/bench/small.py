"""Small answers over TCP, by wrk with one thread, for 1 to 512 connections that are always busy: nginx with one
worker and a file of the size of the small GET, the agent's 304 (a list with If-None-Match), GET
/links/{namespace}/{name}, and /healthz. The agent looks at the token each time, nginx at nothing."""
import shutil

import peers
from place import PORT, TOKEN, interleave, must, run
from report import quantity, requests_per_second

MANY = 100


def times(connections):
    return f"{connections} connection{'s' * (connections > 1)}"


def rate(place, port, target, connections, *headers):
    """Requests a second."""
    options = [word for header in headers for word in ("-H", header)]
    return requests_per_second(run("wrk", "-t1", f"-c{connections}", f"-d{place.choose(2, 1)}s", "--timeout", "10s",
                                   *options, f"http://127.0.0.1:{port}{target}"))


def ways(place, etag, target, listing):
    """Each is called with a number of connections."""
    token = f"Authorization: Bearer {TOKEN}"
    found = {"nginx": lambda c: rate(place, peers.NGINX_PORT, "/small", c),
             "small": lambda c: rate(place, PORT, target, c, token),
             "healthz": lambda c: rate(place, PORT, "/healthz", c, token)}
    if etag:
        found["304"] = lambda c: rate(place, PORT, listing, c, token, f"If-None-Match: {etag}")
    return found


NAMES = {"304": ("304 of GET /links", (">=", 0.8)), "small": ("GET /links/{namespace}/{name}", (">=", 0.5)),
         "healthz": ("GET /healthz", None)}


def compare(report, place, found, connections):
    rates = interleave(place.choose(3, 1), {name: lambda way=way: way(connections) for name, way in found.items()})
    report.line(f"{times(connections)}: nginx, a file", quantity(rates["nginx"], "/s"))
    for name, (what, bar) in NAMES.items():
        if name in rates:
            report.line(f"{times(connections)}: {what}", quantity(rates[name], "/s"), rates[name] / rates["nginx"],
                        "nginx", bar)


def compare_stalls(report, place, found):
    """Servers have been seen to wait where as many connections are busy as they take events at a time."""
    sizes = place.choose((128, 256, 512), (128,))
    for name in ("304", "small", "healthz"):
        if name not in found:
            continue
        rates = interleave(place.choose(3, 1), {size: lambda way=found[name], size=size: way(size)
                                                for size in (MANY, *sizes)})
        for size in sizes:
            report.line(f"{times(size)}: {NAMES[name][0]}", quantity(rates[size], "/s"), rates[size] / rates[MANY],
                        times(MANY), (">=", 0.5))


def netlink_requests(agent):
    """What the agent has sent so far, as its own metrics tell."""
    lines = must(agent, "GET", "/metrics").body.split("\n")
    return sum(float(line.split()[-1]) for line in lines if line.startswith("tunneld_netlink_requests_total{"))


def measure_dumps(report, place, agent, asked):
    """asked: what is measured, by its name: a target, and perhaps an ETag."""
    for what, (target, etag) in asked.items():
        count, before = place.choose(1000, 10), netlink_requests(agent)
        options = ("--header", f"If-None-Match: {etag}") if etag else ()
        place.load(agent.socket, "--count", count, *options, "GET", target)
        sent = (netlink_requests(agent) - before) / count
        if etag:
            report.absolute(f"{what}: what it asks the kernel", sent, "requests", 0.01)
        else:
            report.line(f"{what}: what it asks the kernel", quantity(sent, "requests"))


def measure(report, place):
    if not (shutil.which("wrk") and shutil.which("nginx")):
        report.note("small answers", "wrk or nginx is not installed: ./install-packages bench")
        return
    with place.namespace() as namespace, place.agent() as agent:
        target, listing = f"/links/{namespace}/v", f"/links?namespace={namespace}"
        etag = must(agent, "GET", listing).headers.get("etag")
        asked = {NAMES["small"][0]: (target, None)}
        if etag:
            asked[NAMES["304"][0]] = (listing, etag)
        else:
            report.note(NAMES["304"][0], "the list has no ETag")
        measure_dumps(report, place, agent, asked)
        with peers.nginx(place, must(agent, "GET", target).body):
            found = ways(place, etag, target, listing)
            for connections in place.choose((1, 16, MANY), (MANY,)):
                compare(report, place, found, connections)
            compare_stalls(report, place, found)
