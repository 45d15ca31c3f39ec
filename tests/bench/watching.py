"""1, 10 and 100 watchers on /events (NDJSON, unix socket) while routes are added: through the API over 64
connections, and by `ip -batch`. Events a second are those that all watchers got together, from the first change
until the slowest of them had the last one; the ratio is that of one watcher's pace to that of the changes when nobody
watches. Lag is from sending one POST until its event has come to all. With one
of 100 watchers stopped, each other must get all events or be told of a gap. And once more so, where
routes are added and most of them removed again: what each watcher was told, replayed, must be the table in the
end, unless it was told that something was missed."""
import json
import subprocess
import time

from changing import route_body
from place import finish, median, must
from reading import destination
from report import quantity

CALM = 0.2


class Watchers:
    """A load that watches; used by with, asked once."""

    def __init__(self, place, agent, count, events, *options):
        self.running = place.running(*place.command(
            agent.socket, "--connections", count, "--watch", events, "--seconds", 60, "--header",
            "Accept: application/x-ndjson", *options, "GET", "/events?kind=route"), stdout=subprocess.PIPE)
        self.process = None

    def __enter__(self):
        self.process = self.running.__enter__()
        self.process.stdout.readline()      # "watching"
        return self

    def found(self, wait=10):
        """What came, once each has all, or after so many seconds."""
        try:
            self.process.wait(wait)
        except subprocess.TimeoutExpired:
            return finish(self.process)
        return json.loads(self.process.stdout.read())

    def __exit__(self, *error):
        return self.running.__exit__(*error)


def add_by_api(place, agent, namespace, count):
    path = place.lines(f"POST /routes {route_body(namespace, i)}" for i in range(count))
    answer = place.load(agent.socket, "--file", path, "--connections", 64)
    if answer["refused"]:
        raise SystemExit(f"POST /routes: {answer}")


def add_by_ip(place, _agent, namespace, count):
    place.batch(namespace, *(f"route add {destination(i)} dev v" for i in range(count)))


def watch(place, add, watchers, count, *options):
    """Returns what the watchers found, and when the first change was sent."""
    with place.namespace() as namespace, place.agent() as agent:
        must(agent, "GET", f"/routes?namespace={namespace}")
        with Watchers(place, agent, watchers, count, *options) as watching:
            time.sleep(CALM)
            begin = time.monotonic()
            add(place, agent, namespace, count)
            return watching.found(place.choose(10, 2)), begin


def unwatched(place, add, count):
    """Seconds that the changes take when nobody watches."""
    with place.namespace() as namespace, place.agent() as agent:
        begin = time.monotonic()
        add(place, agent, namespace, count)
        return time.monotonic() - begin


def measure_watchers(report, what, watchers, count, found, plain):
    """found: what each round told, and when its first change was sent."""
    worst = min((told for told, _ in found), key=lambda told: told["content"])
    if worst["refused"]:
        report.note(what, f"{worst['refused']} watchers were refused")
    elif not worst["events"]:
        report.note(what, "no events came")
    elif worst["content"] < watchers:
        share = 100 * worst["events"] / watchers / count
        report.line(f"{what}: some got a gap, and all together", quantity(share, "%"))
    else:
        took = median([told["last"] - begin for told, begin in found])
        report.line(what, quantity(watchers * count / took, "/s"), plain / took, "the pace without watchers")


def measure_rate(report, place, name, add, count):
    sizes, plain = place.choose((1, 10, 100), (1, 3)), []
    found = {watchers: [] for watchers in sizes}
    for _ in range(place.choose(3, 1)):
        plain.append(unwatched(place, add, count))
        for watchers in sizes:
            found[watchers].append(watch(place, add, watchers, count))
    for watchers in sizes:
        what = f"{watchers} watcher{'s' * (watchers > 1)}, {count:,} routes by {name}"
        measure_watchers(report, what, watchers, count, found[watchers], median(plain))


def measure_lag(report, place):
    count, watchers = place.choose((300, 10), (10, 2))
    with place.namespace() as namespace, place.agent() as agent, Watchers(place, agent, watchers, count) as watching:
        connection, sent = agent.connect(), []
        for i in range(count):
            time.sleep(0.002)
            sent.append(time.monotonic())
            connection.call("POST", "/routes", route_body(namespace, i))
        connection.close()
        came = watching.found()["times"]
    lags = sorted(1e6 * (b - a) for a, b in zip(sent, came))
    report.line(f"lag of {watchers} watchers: p50", quantity(lags[len(lags) // 2], "µs"))
    report.line(f"lag of {watchers} watchers: p99", quantity(lags[len(lags) * 99 // 100], "µs"))


def measure_stopped(report, place, name, add, count):
    watchers = place.choose(100, 3)
    found, _ = watch(place, add, watchers, count, "--stopped", 1)
    what = f"one of {watchers} watchers stopped, {count:,} routes by {name}"
    if found["refused"] or not found["events"]:
        report.note(what, "refused" if found["refused"] else "no events came")
        return
    report.line(f"{what}: got all", quantity(found["content"], "watchers"))
    report.line(f"{what}: told of a gap", quantity(found["with_gaps"], "watchers"))
    report.absolute(f"{what}: told of neither", found["silent"], "watchers", 0)


def table(agent, namespace):
    """The sum of the hashes of all routes' URLs, as load has it of what was told: FNV-1a."""
    total = 0
    for route in json.loads(must(agent, "GET", f"/routes?namespace={namespace}&table=all").body):
        value = 0xcbf29ce484222325
        for byte in route["self"].encode():
            value = (value ^ byte) * 0x100000001b3 % 2 ** 64
        total += value
    return total % 2 ** 64


def measure_replay(report, place):
    """As many changes as the last one, but a third of the routes stay."""
    watchers, count = place.choose((100, 60_000), (3, 30))
    gone = count * 2 // 3
    with place.namespace() as namespace, place.agent() as agent:
        before = table(agent, namespace)
        with Watchers(place, agent, watchers, count + gone, "--stopped", 1) as watching:
            time.sleep(CALM)
            add_by_ip(place, agent, namespace, count)
            place.batch(namespace, *(f"route del {destination(i)} dev v" for i in range(gone)))
            replays = watching.found(place.choose(20, 3))["replays"]
        wanted = f"{(table(agent, namespace) - before) % 2 ** 64:016x}"
    what = f"one of {watchers} watchers stopped, {count + gone:,} changes replayed"
    report.line(f"{what}: equal the table", quantity(sum(state == wanted for state, _ in replays), "watchers"))
    report.line(f"{what}: told that they missed some",
                quantity(sum(state != wanted and told > 0 for state, told in replays), "watchers"))
    report.absolute(f"{what}: neither", sum(state != wanted and not told for state, told in replays), "watchers", 0)


def measure(report, place):
    ways = {"the API": (add_by_api, place.choose(3000, 30)), "ip -batch": (add_by_ip, place.choose(20_000, 30))}
    for name, (add, count) in ways.items():
        measure_rate(report, place, name, add, count)
    measure_lag(report, place)
    for name, (add, _) in ways.items():
        measure_stopped(report, place, name, add, place.choose({"the API": 5000, "ip -batch": 100_000}[name], 30))
    measure_replay(report, place)
