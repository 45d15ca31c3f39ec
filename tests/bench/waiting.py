"""How long GET /links/{namespace}/{name} takes over the unix socket, asked about a thousand times a second on
one connection: while nothing else happens, while another client pulls a list in a loop, and while vxlan
tunnels are made one by one and removed again. Beside it, what nginx with a file of that size takes in the same company:
who waits for a processor waits whatever is asked of whom."""
import contextlib
import functools
import subprocess

import peers
from changing import make_tunnels
from place import finish, interleave, median, must
from reading import routes
from report import quantity

PAUSE = 1000    # microseconds before each request


def asking(target):
    return ("--pause", PAUSE, "--count", 10_000_000, "GET", target)


def checked(target, answer):
    if answer["refused"]:
        raise SystemExit(f"{target}: {answer}")
    return answer


def sample(place, server, target, seconds):
    return checked(target, place.load(server, "--seconds", seconds, *asking(target)))


@contextlib.contextmanager
def puller(place, agent, namespace):
    """A client that pulls a list again and again."""
    command = place.command(agent.socket, "--count", 10_000_000, "GET", f"/routes?namespace={namespace}")
    with place.running(*command, stdout=subprocess.PIPE) as process:
        yield
        answer = finish(process)
    if answer["refused"] or not answer["answers"]:
        raise SystemExit(f"GET /routes: {answer}")


def while_pulling(place, agent, namespace, server, target):
    with puller(place, agent, namespace):
        return sample(place, server, target, place.choose(4, 1))


def make_and_remove(place, agent, namespace, count):
    """By the filter where the agent has it, else one by one."""
    make_tunnels(place, agent, namespace, count)
    if place.load(agent.socket, "DELETE", f"/tunnels?namespace={namespace}")["status"] < 300:
        return
    gone = place.lines(f"DELETE /tunnels/{namespace}/t{i}" for i in range(count))
    answer = place.load(agent.socket, "--file", gone, "--connections", 64)
    if answer["refused"]:
        raise SystemExit(f"DELETE /tunnels/…: {answer}")


def while_changing(place, agent, namespace, server, target):
    with place.running(*place.command(server, *asking(target)), stdout=subprocess.PIPE) as process:
        make_and_remove(place, agent, namespace, place.choose(1000, 20))
        return checked(target, finish(process))


def measure(report, place):
    count, tunnels = place.choose((100_000, 1000), (100, 20))
    company = {"nothing else happens": lambda _agent, _namespace, *asked: sample(place, *asked, place.choose(4, 1)),
               f"another client pulls {count:,} routes": functools.partial(while_pulling, place),
               f"{tunnels:,} tunnels are made and removed": functools.partial(while_changing, place)}
    medians = {}

    def ask(name, *where):
        answer = company[name[0]](*where)
        medians.setdefault(name, []).append(answer["p50_us"])
        return answer["p99_us"]

    with place.namespace(*routes(count, "dev v")) as namespace, place.agent() as agent:
        target = f"/links/{namespace}/v"
        with peers.nginx(place, must(agent, "GET", target).body) as port:
            servers = {"": (agent.socket, target), ", nginx": (port, "/small")}
            slowest = interleave(place.choose(3, 1), {
                (what, server): functools.partial(ask, (what, server), agent, namespace, *asked)
                for what in company for server, asked in servers.items()})
    idle = next(iter(company))
    for (what, server), p99 in slowest.items():
        report.line(f"{what}{server}: p50", quantity(median(medians[what, server]), "µs"))
        bar = () if server else (("<=", 3),)
        ratio = (p99 / slowest[idle, server], "that of idle", *bar) if what != idle else ()
        report.line(f"{what}{server}: p99", quantity(p99, "µs"), *ratio)
