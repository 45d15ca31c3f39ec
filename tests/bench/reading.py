"""Lists of routes and links: the bare dump (tests/bench/bare_dump.c receives and walks the attributes),
`ip -j` into a pipe and into a file, the agent over its unix socket to the last byte, pyroute2 behind a
small Flask app (tests/bench/peer_flask.py), frr's JSON. IPv4 routes to single addresses over a veth; something
changes before each list, but where it says that nothing did. Memory is the
peak of the agent's resident set; a concurrent list's share is that of 8 lists at once, less that of one, by 7."""
import time

import peers
from place import forget_peak, interleave, memory, run, seconds
from report import quantity

TABLE, CONCURRENT = 100, 8
FLASK_LIMIT = FRR_LIMIT = 100_000


def destination(i):
    return f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}/32"


def routes(count, how):
    """As lines for ip; and a table of its own with one of a hundred of them."""
    yield from (f"route add {destination(i)} {how}" for i in range(count))
    yield from (f"route add {destination(i)} {how} table {TABLE}" for i in range(count // 100))


class Refused(SystemExit):
    """The agent did not answer what was asked for."""


class Reader:
    """The ways to read one namespace; each returns milliseconds."""

    def __init__(self, place, agent, namespace, way=("dev", "v")):
        self.place, self.agent, self.namespace, self.way = place, agent, namespace, way
        self.touched = False    # the first route is away

    def bare(self, what="routes", *table):
        return float(run(self.place.tool("bare_dump"), what, self.namespace, *table).split()[0])

    def http(self, target, *options, address=None):
        answer = self.place.load(address or self.agent.socket, *options, "GET", target)
        if answer["refused"] or not answer["bytes"]:
            raise Refused(f"{target}: {answer}")
        return answer

    def touch(self):
        """A change, so that no answer that was kept is given again."""
        how = "add" if self.touched else "delete"
        self.touched = not self.touched
        run("ip", "-n", self.namespace, "route", how, destination(0), *self.way)
        run("ip", "-n", self.namespace, "link", "set", "v", "txqueuelen", "1000" if self.touched else "999")
        time.sleep(0.01)

    def list(self, target="routes", keys="", address=None):
        if not address:
            self.touch()
        return self.again(target, keys, address)

    def again(self, target="routes", keys="", address=None):
        return self.http(f"/{target}?namespace={self.namespace}{keys}", address=address)["p50_us"] / 1000

    def ip(self, *what):
        return 1000 * seconds(*peers.to_pipe(peers.ip_json(self.namespace, *what)))

    def ip_to_file(self, *what):
        return 1000 * seconds(*peers.to_file(peers.ip_json(self.namespace, *what), self.place.path("list")))


def compare(report, reader, what, count, flask):
    """The ways in turns; flask: its port, None (not installed) or False (not asked for).

    Returns how long the agent took.
    """
    rounds = reader.place.choose({1000: 40, 10_000: 20, 100_000: 15}.get(count, 7), 2)
    command = ("route", "show", "table", "main")
    ways = {"bare": lambda: reader.bare("routes", "254"), "ip": lambda: reader.ip(*command),
            "file": lambda: reader.ip_to_file(*command), "agent": reader.list, "again": reader.again}
    if flask and count < FLASK_LIMIT:
        ways["flask"] = lambda: reader.list(address=flask)
    times = interleave(rounds, ways, slow=("flask",))
    if flask and count == FLASK_LIMIT:
        times["flask"] = reader.list(address=flask)
    big = count >= 100_000
    agent, bare = times["agent"], times["bare"]
    report.line(f"{what}: bare dump", quantity(bare, "ms"))
    report.line(f"{what}: GET /routes", quantity(agent, "ms"), agent / bare, "the bare dump",
                ("<=", 1.7) if big else None)
    report.line(f"{what}: GET /routes again, nothing has changed", quantity(times["again"], "ms"),
                times["again"] / bare, "the bare dump")
    report.line(f"{what}: ip -j route | cat", quantity(times["ip"], "ms"), times["ip"] / agent, "GET /routes",
                (">=", 3) if big else None)
    report.line(f"{what}: ip -j route >file", quantity(times["file"], "ms"), times["file"] / agent, "GET /routes")
    if "flask" in times:
        report.line(f"{what}: Flask and pyroute2", quantity(times["flask"], "ms"), times["flask"] / agent,
                    "GET /routes", (">=", 100) if big else None)
    elif flask is not False:
        report.note(f"{what}: Flask and pyroute2",
                    "minutes and gigabytes: left out" if flask else "not installed: ./install-packages bench")
    return agent


def compare_frr(report, reader, what, count, agent):
    if count > FRR_LIMIT:
        report.note(f"{what}: frr, show ip route json", "too slow here: left out")
        return
    with peers.frr(reader.place, reader.namespace, count + 1 - reader.touched) as command:
        if not command:
            report.note(f"{what}: frr, show ip route json", "not installed, or it did not read the routes in a minute")
            return
        rounds = 3 if count < 100_000 else 1
        took = interleave(rounds, {"frr": lambda: 1000 * seconds(*peers.to_pipe(command))})["frr"]
    report.line(f"{what}: frr, show ip route json", quantity(took, "ms"), took / agent, "GET /routes")


def peak(reader, connections):
    forget_peak(reader.agent)
    target = f"/routes?namespace={reader.namespace}"
    answer = reader.http(target, "--connections", connections, "--count", connections)
    return memory(reader.agent, "VmHWM"), answer["bytes"] / connections


def measure_memory(report, reader, what):
    one, size = peak(reader, 1)
    many, _ = peak(reader, CONCURRENT)
    report.line(f"{what}: size of the answer", quantity(size / 1e6, "MB"))
    report.line(f"{what}: peak memory of the agent", quantity(one / 1024, "MB"))
    each = (many - one) / (CONCURRENT - 1) / 1024
    report.absolute(f"{what}: each concurrent list adds", each, "MB", 0.5)


def measure_table(report, reader, what):
    rounds = reader.place.choose(7, 2)
    times = interleave(rounds, {"all": lambda: reader.list(keys="&table=all"),
                                "one": lambda: reader.list(keys=f"&table={TABLE}")})
    report.line(f"{what}: ?table= of 1 % of them", quantity(times["one"], "ms"), times["one"] / times["all"],
                "?table=all", ("<=", 1 / 30))


def measure_gzip(report, reader, what):
    target = f"/routes?namespace={reader.namespace}"
    packed = reader.http(target, "--header", "Accept-Encoding: gzip")
    plain = reader.http(target)
    if packed["bytes"] == plain["bytes"]:
        report.note(f"{what}: gzip", "the agent does not pack")
        return
    report.line(f"{what}: gzip, size of the answer", quantity(packed["bytes"] / 1e6, "MB"),
                packed["bytes"] / plain["bytes"], "plain")
    report.line(f"{what}: gzip, time", quantity(packed["p50_us"] / 1000, "ms"), packed["p50_us"] / plain["p50_us"],
                "plain")


def measure_page(report, reader, what):
    try:
        took = interleave(reader.place.choose(5, 1), {"page": lambda: reader.list(keys="&limit=100")})["page"]
        report.line(f"{what}: the first 100, by ?limit=", quantity(took, "ms"))
    except Refused:
        report.note(f"{what}: the first 100, by ?limit=", "the agent has no such query")


def exact(reader, count):
    """Microseconds of one exact prefix: of different ones, so that none is asked for twice."""
    path = f"/routes?namespace={reader.namespace}&destination="
    wanted = (destination(i * count // 100 + 1) for i in range(reader.place.choose(50, 5)))
    targets = reader.place.lines(f"GET {path}{one}" for one in wanted)
    reader.touch()
    return reader.place.load(reader.agent.socket, "--file", targets)["p50_us"]


def measure_growth(report, reader, count):
    """One with many routes against those with fewer, in turns."""
    place, few, middle = reader.place, count // 1000, count // 10
    with place.namespace(*routes(middle, "dev v")) as second, place.namespace(*routes(few, "dev v")) as third:
        tenth, least = Reader(place, reader.agent, second), Reader(place, reader.agent, third)
        times = interleave(place.choose(5, 2), {
            "most": reader.list, "tenth": tenth.list,
            "exact": lambda: exact(reader, count), "least": lambda: exact(least, few)})
    report.line(f"{count:,} routes against {middle:,}", quantity(times["most"], "ms"), times["most"] / times["tenth"],
                f"{middle:,} routes", ("<=", 12))
    report.line(f"one exact prefix of {count:,}", quantity(times["exact"], "µs"), times["exact"] / times["least"],
                f"that of {few:,}", ("<=", 1.3))


def measure_size(report, place, count, flask, most):
    what = f"{count:,} routes"
    with place.namespace(*routes(count, "dev v")) as namespace, place.agent() as agent:
        reader = Reader(place, agent, namespace)
        took = compare(report, reader, what, count, flask)
        compare_frr(report, reader, what, count, took)
        measure_memory(report, reader, what)
        if count >= 100_000 or place.quick:
            measure_table(report, reader, what)
            measure_gzip(report, reader, what)
            measure_page(report, reader, what)
        if count == most:
            measure_growth(report, reader, count)


def measure_gateways(report, place, count):
    what = f"{count:,} routes by a gateway"
    with place.namespace(*routes(count, "via 10.255.0.2")) as namespace, place.agent() as agent:
        reader = Reader(place, agent, namespace, ("via", "10.255.0.2"))
        compare(report, reader, what, count, False)


def measure_links(report, place, count):
    what = f"{count:,} links"
    lines = [f"link add a{i} type veth peer name b{i}" for i in range(count // 2)]
    lines += routes(1, "dev v")
    with place.namespace(*lines) as namespace, place.agent() as agent:
        reader = Reader(place, agent, namespace)
        times = interleave(place.choose(10, 2), {
            "bare": lambda: reader.bare("links"), "agent": lambda: reader.list("links"),
            "ip": lambda: reader.ip("-d", "link", "show")})
    report.line(f"{what}: bare dump", quantity(times["bare"], "ms"))
    report.line(f"{what}: GET /links", quantity(times["agent"], "ms"), times["agent"] / times["bare"], "the bare dump")
    report.line(f"{what}: ip -d -j link | cat", quantity(times["ip"], "ms"), times["ip"] / times["agent"], "GET /links")


def measure_idle(report, place):
    with place.agent() as agent:
        time.sleep(1)
        used = memory(agent, "VmHWM") / 1024
    report.absolute("an idle agent's memory, at its peak", used, "MB", 8)


def measure(report, place):
    sizes = place.choose((1000, 10_000, 100_000, 1_000_000), (100, 1000))
    measure_idle(report, place)
    with peers.flask(place) as flask:
        for count in sizes:
            measure_size(report, place, count, flask, sizes[-1])
    measure_gateways(report, place, place.choose(100_000, 100))
    measure_links(report, place, place.choose(1000, 20))
    if peers.has_bird():
        report.note("bird", "its client prints no JSON")
