"""How long GET /links/{namespace}/{name} takes over the unix socket, asked about a thousand times a second on
one connection: while nothing else happens, while another client pulls a list in a loop, and while vxlan
tunnels are made one by one and removed again."""
import contextlib
import subprocess

from changing import make_tunnels
from place import finish, interleave, median, must
from reading import routes
from report import quantity

PAUSE = 1000    # microseconds before each request


def sample(place, agent, target, seconds):
    answer = place.load(agent.socket, "--pause", PAUSE, "--seconds", seconds, "--count", 10_000_000, "GET", target)
    if answer["refused"]:
        raise SystemExit(f"{target}: {answer}")
    return answer


@contextlib.contextmanager
def puller(place, agent, namespace):
    """A client that pulls a list again and again."""
    command = place.command(agent.socket, "--count", 10_000_000, "GET", f"/routes?namespace={namespace}")
    with place.running(*command, stdout=subprocess.PIPE) as process:
        yield
        answer = finish(process)
    if answer["refused"] or not answer["answers"]:
        raise SystemExit(f"GET /routes: {answer}")


def while_pulling(place, agent, target, namespace):
    with puller(place, agent, namespace):
        return sample(place, agent, target, place.choose(4, 1))


def make_and_remove(place, agent, namespace, count):
    """By the filter where the agent has it, else one by one."""
    make_tunnels(place, agent, namespace, count)
    if place.load(agent.socket, "DELETE", f"/tunnels?namespace={namespace}")["status"] < 300:
        return
    gone = place.lines(f"DELETE /tunnels/{namespace}/t{i}" for i in range(count))
    answer = place.load(agent.socket, "--file", gone, "--connections", 64)
    if answer["refused"]:
        raise SystemExit(f"DELETE /tunnels/…: {answer}")


def while_changing(place, agent, target, namespace):
    command = place.command(agent.socket, "--pause", PAUSE, "--count", 10_000_000, "GET", target)
    with place.running(*command, stdout=subprocess.PIPE) as process:
        make_and_remove(place, agent, namespace, place.choose(1000, 20))
        answer = finish(process)
    if answer["refused"]:
        raise SystemExit(f"{target}: {answer}")
    return answer


def measure(report, place):
    count, tunnels = place.choose((100_000, 1000), (100, 20))
    medians = {}

    def remember(name, answer):
        medians.setdefault(name, []).append(answer["p50_us"])
        return answer["p99_us"]

    with place.namespace(*routes(count, "dev v")) as namespace, place.agent() as agent:
        target = f"/links/{namespace}/v"
        must(agent, "GET", target)
        slowest = interleave(place.choose(3, 1), {
            "idle": lambda: remember("idle", sample(place, agent, target, place.choose(4, 1))),
            "pulling": lambda: remember("pulling", while_pulling(place, agent, target, namespace)),
            "changing": lambda: remember("changing", while_changing(place, agent, target, namespace))})
    names = {"idle": "nothing else happens", "pulling": f"another client pulls {count:,} routes",
             "changing": f"{tunnels:,} tunnels are made and removed"}
    for name, what in names.items():
        report.line(f"{what}: p50", quantity(median(medians[name]), "µs"))
        ratio = (slowest[name] / slowest["idle"], "that of idle", ("<=", 3)) if name != "idle" else ()
        report.line(f"{what}: p99", quantity(slowest[name], "µs"), *ratio)
