"""What is made and removed over the unix socket, with the store on: what was answered is durable. Each round
has a namespace and an agent of its own. One array of routes against `ip -batch` with the same routes; one route per
POST against one `ip route add` per route in a loop of the shell; vxlan tunnels removed by filter against
`ip -batch`, and 16 of them by 16 DELETEs at once against one."""
import json

from place import interleave, median, seconds, within
from reading import destination
from report import quantity

AT_ONCE = 16


def route_body(namespace, i):
    return json.dumps({"namespace": namespace, "destination": destination(i), "device": "v"})


def tunnel(namespace, i):
    return {"namespace": namespace, "name": f"t{i}", "kind": "vxlan", "vni": i + 1, "remote": "10.255.0.2"}


def array_seconds(place, count, *options):
    with place.namespace() as namespace, place.agent() as agent:
        body = "[" + ",".join(route_body(namespace, i) for i in range(count)) + "]"
        answer = place.load(agent.socket, "--file", place.lines([f"POST /routes {body}"]), *options)
    if answer["refused"]:
        raise SystemExit(f"POST /routes with {count} routes: {answer}")
    return answer["seconds"]


def batch_seconds(place, count):
    with place.namespace() as namespace:
        return place.batch(namespace, *(f"route add {destination(i)} dev v" for i in range(count)))


def measure_array(report, place):
    count = place.choose(10_000, 100)
    silent = ("--header", "Prefer: return=minimal")
    times = interleave(place.choose(5, 1), {"array": lambda: array_seconds(place, count),
                                            "silent": lambda: array_seconds(place, count, *silent),
                                            "batch": lambda: batch_seconds(place, count)})
    report.line(f"{count:,} routes by ip -batch", quantity(1000 * times["batch"], "ms"))
    report.line(f"{count:,} routes by one POST", quantity(1000 * times["array"], "ms"), times["batch"] / times["array"],
                "the speed of ip -batch", (">=", 1.2))
    report.line("the same with Prefer: return=minimal",
                quantity(1000 * times["silent"], "ms"), times["batch"] / times["silent"], "the speed of ip -batch")


def single_rate(place, count, connections):
    with place.namespace() as namespace, place.agent() as agent:
        path = place.lines(f"POST /routes {route_body(namespace, i)}" for i in range(count))
        answer = place.load(agent.socket, "--file", path, "--connections", connections)
    if answer["refused"]:
        raise SystemExit(f"POST /routes: {answer}")
    return count / answer["seconds"]


def command_rate(place, count):
    """One ip per route, in a shell that runs in the namespace already."""
    loop = 'while read -r route; do ip route add $route dev v || exit; done <"$0"'
    with place.namespace() as namespace:
        path = place.lines(map(destination, range(count)))
        return count / seconds(*within(namespace, "sh", "-c", loop, path))


def measure_singles(report, place):
    many, few = place.choose((5000, 500), (60, 20))
    rates = interleave(place.choose(3, 1), {"ip": lambda: command_rate(place, few),
                                            "one": lambda: single_rate(place, few, 1),
                                            "many": lambda: single_rate(place, many, 64)})
    report.line("routes, one per ip command", quantity(rates["ip"], "/s"))
    report.line("routes, one per POST, 1 connection", quantity(rates["one"], "/s"), rates["one"] / rates["ip"],
                "ip per command")
    report.line("routes, one per POST, 64 connections", quantity(rates["many"], "/s"), rates["many"] / rates["ip"],
                "ip per command", (">=", 25))


def make_tunnels(place, agent, namespace, count):
    made = place.lines(f"POST /tunnels {json.dumps(tunnel(namespace, i))}" for i in range(count))
    answer = place.load(agent.socket, "--file", made, "--connections", 8)
    if answer["refused"]:
        raise SystemExit(f"POST /tunnels: {answer}")


def filter_seconds(place, count):
    """Of a DELETE by filter; None where the agent has no such operation."""
    with place.namespace() as namespace, place.agent() as agent:
        make_tunnels(place, agent, namespace, count)
        answer = place.load(agent.socket, "DELETE", f"/tunnels?namespace={namespace}")
    return None if answer["status"] in (404, 405) else answer["seconds"]


def batch_delete_seconds(place, count):
    made = (f"link add t{i} type vxlan id {i + 1} remote 10.255.0.2 dstport 4789" for i in range(count))
    with place.namespace(*made) as namespace:
        return place.batch(namespace, *(f"link delete t{i}" for i in range(count)))


def measure_filter(report, place):
    count = place.choose(500, 10)
    batch = batch_delete_seconds(place, count)
    report.line(f"{count} vxlan tunnels deleted by ip -batch", quantity(1000 * batch, "ms"))
    took = [filter_seconds(place, count) for _ in range(place.choose(3, 1))]
    what = f"{count} vxlan tunnels deleted by filter"
    if None in took:
        report.note(what, "the agent has no such operation")
        return
    report.line(what, quantity(1000 * median(took), "ms"), batch / median(took), "the speed of ip -batch", (">=", 50))


def measure_at_once(report, place):
    rounds = place.choose(5, 1)
    with place.namespace() as namespace, place.agent() as agent:
        make_tunnels(place, agent, namespace, rounds * (AT_ONCE + 1))
        left = iter(range(rounds * (AT_ONCE + 1)))

        def delete(count):
            path = place.lines(f"DELETE /tunnels/{namespace}/t{next(left)}" for _ in range(count))
            answer = place.load(agent.socket, "--file", path, "--connections", count)
            if answer["refused"]:
                raise SystemExit(f"DELETE: {answer}")
            return 1000 * answer["seconds"]

        times = interleave(rounds, {"one": lambda: delete(1), "many": lambda: delete(AT_ONCE)})
    report.line("one vxlan tunnel deleted", quantity(times["one"], "ms"))
    report.line(f"{AT_ONCE} of them by {AT_ONCE} requests at once", quantity(times["many"], "ms"),
                times["many"] / times["one"], "one", ("<=", 2))


def measure(report, place):
    measure_array(report, place)
    measure_singles(report, place)
    measure_filter(report, place)
    measure_at_once(report, place)
