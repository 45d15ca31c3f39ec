"""Where it is measured: a network and a /run of one's own, with namespaces, agents and peers in it.

Whatever is started is ended by its id, also where a measurement fails; namespaces
are seen by nobody else and are gone with the last process.
"""
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "contract"))
from agent import Agent                         # noqa: E402
from isolation import isolate, libc             # noqa: E402

SECONDS = 600       # no single measurement takes longer
PORT, TOKEN = 8080, "benchmark-benchmark"
PR_SET_PDEATHSIG = 1


def die_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def run(*command, text=None):
    """Runs a command to its end; returns what it printed."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)[:200]}: {done.stderr[:500] or done.returncode}")
    return done.stdout


def seconds(*command):
    """How long a command takes, its start included, as whoever calls it waits."""
    begin = time.perf_counter()
    run(*command)
    return time.perf_counter() - begin


def within(namespace, *command):
    return ("nsenter", f"--net=/run/netns/{namespace}", *command)


def network(place):
    """Which network namespace a path or process has."""
    return os.stat(place).st_ino


class Place:
    """quick: sizes that only show that all of it works."""

    def __init__(self, build, quick):
        self.build, self.quick = build, quick
        self.folder = tempfile.mkdtemp(prefix="tunneld-bench.")
        self.namespaces = 0

    def __enter__(self):
        isolate()
        os.makedirs("/run/netns")
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def choose(self, full, quick):
        return quick if self.quick else full

    def path(self, name):
        return os.path.join(self.folder, name)

    def tool(self, name):
        return os.path.join(self.build, "tests", "bench", name)

    # ---- namespaces ----

    @contextlib.contextmanager
    def namespace(self, *lines):
        """A namespace as others make it, with a veth v, 10.255.0.1/30, and what lines of ip tell."""
        self.namespaces += 1
        name = f"bench{self.namespaces}"
        run("ip", "netns", "add", name)
        try:
            self.batch(name, "link add v type veth peer name w", "link set v up", "link set w up",
                       "addr add 10.255.0.1/30 dev v", *lines)
            yield name
        finally:
            run("ip", "netns", "delete", name)

    def lines(self, lines):
        """A file with these lines."""
        path = self.path("lines")
        with open(path, "w", encoding="ascii") as file:
            file.writelines(f"{line}\n" for line in lines)
        return path

    def batch(self, name, *lines):
        """Seconds that ip -batch takes for these lines."""
        return seconds("ip", "-n", name, "-batch", self.lines(lines))

    # ---- agents and clients ----

    def agent(self):
        """One with an empty store, on a unix socket and on TCP."""
        token = self.path("token")
        with open(os.open(token, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write(TOKEN + "\n")
        return Agent("--listen", f"127.0.0.1:{PORT}", "--token-file", token, "--max-connections-per-peer", "1000",
                     "--log-level", "error", settings={"preexec_fn": die_with_parent})

    def command(self, address, *options):
        """address: the path of a unix socket, or a port."""
        way = "--socket" if isinstance(address, str) else "--port"
        return (self.tool("load"), way, str(address), *map(str, options))

    def load(self, address, *options):
        return json.loads(run(*self.command(address, *options)))

    @contextlib.contextmanager
    def running(self, *command, **settings):
        """In the background, as long as the with block; it may end by itself before."""
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=die_with_parent, text=True, **settings)
        try:
            yield process
        finally:
            end(process)

    @contextlib.contextmanager
    def peer(self, *command):
        """A server of others; what it says goes to a file."""
        with open(self.path("peer.log"), "ab") as log:
            with self.running(*command, stdout=log, stderr=log) as process:
                yield process


def end(process):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def finish(process):
    """Tells a load that has no end to stop, and returns what it found."""
    process.send_signal(signal.SIGTERM)
    return json.loads(process.communicate(timeout=60)[0])


def must(agent, method, target, body=None):
    """One call that is not measured."""
    connection = agent.connect()
    answer = connection.call(method, target, None if body is None else json.dumps(body))
    connection.close()
    if answer.status >= 300:
        raise SystemExit(f"{method} {target}: {answer.status} {answer.body[:500]}")
    return answer


# ---- memory, in kB ----

def memory(agent, figure):
    with open(f"/proc/{agent.process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(figure + ":"))


def forget_peak(agent):
    with open(f"/proc/{agent.process.pid}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


def wait_until(true, limit=30, step=0.05):
    deadline = time.monotonic() + limit
    while not (found := true()) and time.monotonic() < deadline:
        time.sleep(step)
    return found


def median(values):
    """One that was seen, not the middle of two."""
    return sorted(values)[len(values) // 2]


def interleave(rounds, ways, slow=()):
    """Each way once a round, so that noise hits all alike; slow ones in the first three only.

    Returns the median of each.
    """
    found = {name: [] for name in ways}
    for i in range(rounds):
        for name, way in ways.items():
            if i < 3 or name not in slow:
                found[name].append(way())
    return {name: median(values) for name, values in found.items()}


def busy(pause=1):
    """The share of the processors' time that somebody used, while this process waits."""
    def look():
        with open("/proc/stat", encoding="ascii") as file:
            ticks = [int(word) for word in file.readline().split()[1:9]]
        return sum(ticks), ticks[3] + ticks[4]
    total, idle = look()
    time.sleep(pause)
    later, later_idle = look()
    return 1 - (later_idle - idle) / max(1, later - total)
