#!/usr/bin/python3
"""What can carry packets between two namespaces, and how much of it and at what cost.

As a program: carry.py BUILD SECONDS WAY…  prints a line of JSON for each way, in the namespaces
that it is started in. It runs in the user-mode kernel too, so it takes nothing but Python and ip.
"""
import contextlib
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "datapath"))
from stand_in import Datapath, inside, ip, run, two_namespaces   # noqa: E402

OUTER = ("192.0.2.1", "192.0.2.2")
FOUR, SIX = ("10.9.0.1", "10.9.0.2"), ("fd09::1", "fd09::2")
MTU = {"gre": 1476}     # the others': 1480
SMALL = 64              # bytes of a datagram
PROTOCOL = 4


# ---- ways: each gives the ids of the processes that carry, and the address of the second end ----

def bring_up(names, kind, addresses=FOUR):
    for name, address in zip(names, addresses):
        length = "24" if "." in address else "64 nodad"
        ip(name, f"link set t0 mtu {MTU.get(kind, 1480)} up")
        ip(name, f"address add {address}/{length} dev t0")


@contextlib.contextmanager
def no_tunnel(_build, _names):
    yield (), OUTER[1]


@contextlib.contextmanager
def ours(build, names, kind):
    """Two of them, as on two machines."""
    addresses = SIX if kind == "sit" else FOUR
    with contextlib.ExitStack() as stack:
        ends = [stack.enter_context(Datapath(f"{build}/tunneld-datapath")) for _ in names]
        for name, end, local, remote in zip(names, ends, OUTER, reversed(OUTER)):
            end.tunnel(name, "t0", kind, local=local, remote=remote, ttl=64)
        bring_up(names, kind, addresses)
        yield [end.process.pid for end in ends], addresses[1]


@contextlib.contextmanager
def socat(_build, names):
    with contextlib.ExitStack() as stack:
        running = []
        for name, remote, address in zip(names, reversed(OUTER), FOUR):
            device = f"TUN:{address}/24,tun-name=t0,iff-no-pi,iff-up"
            command = ["socat", device, f"IP4-DATAGRAM:{remote}:{PROTOCOL}"]
            with inside(name):
                running.append(stack.enter_context(started(command)))
        for name in names:
            wait_for(lambda name=name: "t0" in ip(name, "-br link"))
            ip(name, "link set t0 mtu 1480 up")
        yield [process.pid for process in running], FOUR[1]


@contextlib.contextmanager
def kernel(_build, names):
    for name, local, remote in zip(names, OUTER, reversed(OUTER)):
        ip(name, f"link add t0 type ipip local {local} remote {remote} ttl 64")
    bring_up(names, "ipip")
    yield (), FOUR[1]


WAYS = {
    "no tunnel": no_tunnel,
    "ipip": lambda build, names: ours(build, names, "ipip"),
    "gre": lambda build, names: ours(build, names, "gre"),
    "sit": lambda build, names: ours(build, names, "sit"),
    "socat": socat,
    "kernel": kernel,
}


# ---- figures ----

@contextlib.contextmanager
def started(command, **settings):
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **settings)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(true):
    deadline = time.monotonic() + 10
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError("it does not come up")
        time.sleep(0.02)


def ran(process):
    """Seconds for which a process, all its threads, had a processor."""
    total = 0
    for thread in os.listdir(f"/proc/{process}/task"):
        with open(f"/proc/{process}/task/{thread}/schedstat", encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def busy():
    """Seconds for which all processors did something."""
    with open("/proc/stat", encoding="ascii") as file:
        ticks = [int(word) for word in file.readline().split()[1:8]]
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")


def transfer(build, names, carriers, address, sort, *options):
    """Of a sort of traffic: how much came, in what time, and what it cost."""
    tool = f"{build}/tests/bench/traffic"
    with contextlib.ExitStack() as stack:
        with inside(names[1]):
            command = [tool, f"{sort}-take", address]
            taking = stack.enter_context(started(command, stdout=subprocess.PIPE, text=True))
        taking.stdout.readline()
        before, all_before = [ran(one) for one in carriers], busy()
        with inside(names[0]):
            subprocess.run([tool, f"{sort}-send", address, *map(str, options)], check=True, timeout=120)
        amount, seconds = map(float, taking.stdout.read().split())
        cost = sum(ran(one) - old for one, old in zip(carriers, before))
        return amount, seconds, cost, busy() - all_before


def measure(build, way, seconds):
    """TCP in bytes and UDP in packets a second; costs are processor seconds per GB and per million packets."""
    with two_namespaces() as names, WAYS[way](build, names) as (carriers, address):
        transfer(build, names, carriers, address, "tcp", 0.2)   # warm, and both ends up
        amount, took, cost, everything = transfer(build, names, carriers, address, "tcp", seconds)
        found = {"way": way, "tcp": amount / took, "cost": cost / amount * 1e9, "system": everything / amount * 1e9}
        amount, took, cost, everything = transfer(build, names, carriers, address, "udp", seconds, SMALL)
        found |= {"udp": amount / took, "udp_cost": cost / amount * 1e6, "udp_system": everything / amount * 1e6}
    return found


def memory(process):
    """Its own, in kB."""
    with open(f"/proc/{process}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("RssAnon"))


def many(build, count, seconds):
    """count tunnels that wait at one end, of which then one is used: memory of each, what waiting costs, TCP."""
    with two_namespaces() as names, WAYS["ipip"](build, names) as (carriers, address):
        amount, took, *_ = transfer(build, names, carriers, address, "tcp", seconds)
        ip(names[1], "route add default dev u0")
        # No device asks for routers and groups by itself.
        run("ip", "netns", "exec", names[1], "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
        with Datapath(f"{build}/tunneld-datapath") as waiting:
            before, begin = memory(waiting.process.pid), time.monotonic()
            for i in range(count):
                remote = f"198.18.{i // 250}.{i % 250 + 1}"
                waiting.tunnel(names[1], f"w{i}", "ipip", local=OUTER[1], remote=remote, ttl=64)
                ip(names[1], f"link set w{i} up")
            found = {"one": amount / took, "made": time.monotonic() - begin,
                     "memory": (memory(waiting.process.pid) - before) / count}
            ran_before = ran(waiting.process.pid)
            time.sleep(seconds)
            found["idle"] = (ran(waiting.process.pid) - ran_before) / seconds
            amount, took, *_ = transfer(build, names, carriers, address, "tcp", seconds)
            return found | {"tcp": amount / took}


def main():
    build, seconds, *ways = sys.argv[1:]
    for way in ways:
        print(json.dumps(measure(build, way, float(seconds))), flush=True)


if __name__ == "__main__":
    main()
