"""An agent that is disturbed by strace at one system call of one thread, and judged afterwards.

strace counts the calls of each name and thread by themselves, so one thread at a
time is traced, from a moment when nothing happens: the counts of an undisturbed
run say where a disturbance can hit.
"""
import collections
import ctypes
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "contract"))
import snapshot                                 # noqa: E402
from agent import Agent                         # noqa: E402

SETTLES = 2         # seconds from a start until all is well
REPAIRS = 8         # seconds after a fault until it is
LATE = 0.15         # what a change causes in the agent is over by then
PR_SET_PDEATHSIG = 1
FOREIGN = [("", "fh1"), ("f", "fz1"), ("a", "fz1")]


class Wrong(Exception):
    """What must not be."""


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def run(*command):
    subprocess.run(command, check=True, timeout=20, stdout=subprocess.DEVNULL)


def foreign_link(namespace, link):
    """A bridge with an address and routes, as others make it."""
    ip = ["ip", "-n", namespace] if namespace else ["ip"]
    run(*ip, "link", "add", link, "type", "bridge")
    run(*ip, "addr", "add", "192.0.2.1/24", "dev", link)
    run(*ip, "link", "set", link, "up")
    for i in range(5):
        run(*ip, "route", "add", f"198.51.{i}.0/24", "dev", link)


class Disturbed:
    """An agent with a scene, that dies and is started again."""

    def __init__(self, kind):
        self.kind = kind
        self.agent = Agent("--reconcile-interval", "2", settings={"preexec_fn": die_with_parent})
        self.connection = None
        self.states = {}        # what is there when the way forward was gone, and when not
        self.places, self.foreign = [], None

    def __enter__(self):
        self.agent.__enter__()
        self.connection = self.agent.connect()
        run("ip", "netns", "add", "f")
        for request in self.kind.setup:
            self.must(request)
        self.places = [place for place in FOREIGN if place[0] in snapshot.namespaces()]
        for place in self.places:
            foreign_link(*place)
        time.sleep(LATE)
        self.foreign = snapshot.foreign(self.places)
        self.learn()
        return self

    def __exit__(self, *error):
        self.connection.close()
        return self.agent.__exit__(*error)

    def must(self, request):
        answer = self.connection.call(*request)
        if answer.status >= 300:
            raise Wrong(f"{request}: {answer.status} {answer.body}")

    def go(self, way):
        for request in self.kind.requests(way):
            self.must(request)

    def look(self):
        return snapshot.kernel(), snapshot.agents(self.connection)

    def learn(self):
        self.states["backward"] = self.look()
        self.go("forward")
        time.sleep(2 * LATE)
        self.states["forward"] = self.look()
        self.go("backward")
        self.expect(["backward"], SETTLES, "an undisturbed way back")

    # ---- judging ----

    def now(self):
        """The state that it is in, or None."""
        seen = self.look()
        return next((name for name, state in self.states.items() if state == seen), None)

    def explain(self, wanted):
        kernel, agents = self.look()
        told = []
        for name in wanted:
            told += [f"from {name}, kernel: {line}" for line in differences(self.states[name][0], kernel)]
            told += [f"from {name}, agent: {line}" for line in differences(self.states[name][1], agents)]
        return "\n    ".join(told[:12])

    def expect(self, wanted, seconds, what):
        deadline = time.monotonic() + seconds
        while (found := self.now()) not in wanted:
            if time.monotonic() > deadline:
                raise Wrong(f"{what}: neither of {wanted} after {seconds} s ({found}):\n    {self.explain(wanted)}")
            time.sleep(0.02)
        return found

    def expect_order(self, what):
        """What must be so whatever happened."""
        if snapshot.foreign(self.places) != self.foreign:
            raise Wrong(f"{what}: something foreign was touched")
        path = os.path.join(self.agent.folder, "tunneld.db")
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=2) as database:
            left = database.execute("SELECT count(*) FROM journal").fetchone()[0]
            stored = {key for key, in database.execute("SELECT key FROM objects")}
        database.close()
        if left:
            raise Wrong(f"{what}: {left} entries are left in the journal")
        known = {re.sub(r"\?.*", "", url) for url in snapshot.agents(self.connection)}
        odd = {re.sub(r"\?.*", "", key) for key in stored} - known
        if odd:
            raise Wrong(f"{what}: stored, and unknown to the agent: {odd}")

    def check_store(self, what):
        check = subprocess.run([self.agent.command[0], "--state-dir", self.agent.folder, "--check-store"],
                               capture_output=True, text=True, timeout=20)
        if check.returncode:
            raise Wrong(f"{what}: {check.stdout}{check.stderr}")

    # ---- disturbing ----

    def threads(self):
        """Those that take part in a change: by name."""
        folder = f"/proc/{self.agent.process.pid}/task"
        found = {}
        for task in sorted(map(int, os.listdir(folder))):
            with open(f"{folder}/{task}/comm", encoding="ascii") as file:
                name = file.read().strip()
            if name not in ("probe", "reader"):
                found[name if name not in found else f"{name} {len(found) + 1}"] = task
        return found

    def trace(self, thread, *options):
        log = os.path.join(self.agent.folder, "trace")
        tracer = subprocess.Popen(
            ["strace", "-o", log, "-p", str(self.threads()[thread]), *options], stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE, preexec_fn=die_with_parent)
        line = tracer.stderr.readline().decode()
        if "attached" not in line:
            tracer.kill()
            raise SystemExit(f"strace: {line}")
        return tracer

    def traced(self, thread, request, *options):
        """The answer of a request, or None, and the lines of the trace."""
        tracer = self.trace(thread, *options)
        self.connection.close()
        try:
            answer = self.connection.call(*request)
        except Exception:       # noqa: BLE001  whatever comes of an agent that dies
            answer = None
        if answer:
            self.agent_ended(LATE)
        tracer.terminate()
        tracer.wait(10)
        tracer.stderr.close()
        with open(os.path.join(self.agent.folder, "trace"), encoding="utf-8", errors="replace") as file:
            lines = [line for line in file if not line.startswith(("+++", "---", "strace:"))]
        return answer, lines

    def agent_ended(self, seconds):
        try:
            return self.agent.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def to(self, state):
        """Undisturbed."""
        if self.now() == state:
            return
        self.go(state)
        self.expect([state], SETTLES, f"undisturbed, to {state}")


def differences(one, other, path=""):
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(set(one) | set(other)):
            yield from differences(one.get(key), other.get(key), f"{path}/{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for i, pair in enumerate(zip(one, other)):
            yield from differences(*pair, f"{path}/{i}")
    elif one != other:
        yield f"{path}: {json.dumps(one)} is now {json.dumps(other)}"


def knows(target):
    with Agent() as agent:
        return agent.connect().call("GET", target).status != 404


def other(way):
    return "backward" if way == "forward" else "forward"


def count(scene, way, thread):
    """The calls of an undisturbed run, by name."""
    scene.to(other(way))
    time.sleep(LATE)
    _, lines = scene.traced(thread, getattr(scene.kind, way))
    scene.expect([way], SETTLES, f"traced, to {way}")
    return collections.Counter(line.split("(")[0] for line in lines if re.match(r"\w+\(", line))


def kill_at(scene, way, thread, name, number):
    """Whether the agent was there to be killed at this call."""
    what = f"{scene.kind.name} {way}, killed at {name} {number} of {thread}"
    scene.to(other(way))
    answer, _ = scene.traced(thread, getattr(scene.kind, way), "-e",
                             f"inject={name}:signal=SIGKILL:when={number}")
    if scene.agent_ended(LATE if answer else SETTLES) is None:
        scene.expect([way], SETTLES, what)
        return False
    scene.connection.close()
    begun = time.monotonic()
    scene.agent.start()
    acknowledged = answer is not None and answer.status < 300
    left = max(0.1, SETTLES - (time.monotonic() - begun))
    scene.expect([way] if acknowledged else ["forward", "backward"], left, what)
    scene.expect_order(what)
    return True


def fail_at(scene, way, thread, calls, number, error):
    what = f"{scene.kind.name} {way}, {error} at {calls} {number} of {thread}"
    scene.to(other(way))
    answer, lines = scene.traced(thread, getattr(scene.kind, way), "-e", f"trace={calls}", "-e",
                                 f"inject={calls}:error={error}:when={number}")
    if not any("INJECTED" in line for line in lines):
        scene.expect([way], SETTLES, what)
        return False
    if scene.agent_ended(0) is not None:
        raise Wrong(f"{what}: the agent ended: {scene.agent.log()[-500:]}")
    if answer is None or not 200 <= answer.status < 600:
        raise Wrong(f"{what}: no answer")
    scene.expect([way] if answer.status < 300 else ["forward", "backward"], REPAIRS,
                 f"{what}, answered {answer.status} {answer.body[:200]}")
    scene.expect_order(what)
    return True
