"""Through a router whose path becomes narrow in the middle of a transfer, and by what else an
outer packet's way is chosen: a mark, a device. Outer packets that are cut."""

import contextlib
import os
import socket
import subprocess

import packets as p
from route_cases import configure, say, to
from stand_in import Datapath, inside, ip, run, two_namespaces
from traffic import Transfer, address, bring_up, ping
from twins import MAC, PATIENCE, Tap, both, is_tunnel, kernel_tunnel, quieten
from wire_cases import must_be_equal

NARROW = 1280
WIDER = 1340  # below that the kernel's own gre loses IPv6, without a word
AMOUNT = int(os.environ.get("DATAPATH_AMOUNT", 6 << 20))


@contextlib.contextmanager
def two_and_a_router():
    """192.0.2.1 in the first, 198.51.100.2 in the second, and the router's name."""
    router = f"dr{os.getpid()}"
    with two_namespaces() as names, contextlib.ExitStack() as stack:
        run("ip", "netns", "add", router)
        stack.callback(subprocess.run, ["ip", "netns", "delete", router], check=False)
        ip(names[0], "link delete u0")
        for name, network, mine, hop in ((names[0], "192.0.2", 1, "r0"),
                                         (names[1], "198.51.100", 2, "r1")):
            ip(name, f"link add u0 type veth peer name {hop} netns {router}")
            ip(name, f"address add {network}.{mine}/24 dev u0")
            ip(name, "link set u0 up")
            ip(name, f"route add default via {network}.254")
            ip(router, f"address add {network}.254/24 dev {hop}")
            ip(router, f"link set {hop} up")
        with inside(router), open("/proc/sys/net/ipv4/ip_forward", "w", encoding="ascii") as file:
            file.write("1")
        yield names, router


def narrow(names, router, mtu):
    ip(router, f"link set r1 mtu {mtu}")
    ip(names[1], f"link set u0 mtu {mtu}")


def through_a_router(kind, families, ends, options=None):
    """ends: for each end whether the datapath makes it."""
    def case(rig):
        for family in families:
            for sender in (0, 1):
                with two_and_a_router() as (names, router), Datapath(rig.program) as datapath:
                    quieten(names)
                    hosts = ["192.0.2.1", "198.51.100.2"]
                    for end, user in enumerate(ends):
                        make = datapath.tunnel if user else kernel_tunnel
                        make(names[end], "t0", kind, local=hosts[end], remote=hosts[1 - end],
                             **(options or {}))
                    bring_up(names, family, 1440)
                    ping(names[0], family, address(family, 2), 1300)
                    one = Transfer(names[sender], names[1 - sender], family,
                                   address(family, 2 - sender), AMOUNT)
                    one.take(AMOUNT // 3)
                    lost = family == "6" and kind != "sit" and not ends[sender]
                    narrow(names, router, WIDER if lost else NARROW)
                    one.finish()
                    sizes = [1100, 1300] if family == "4" or kind == "sit" else [1100]
                    ping(names[0], family, address(family, 2), *sizes)
                    ping(names[1], family, address(family, 1), *sizes)
    return case


# ---- a mark, a device ----

def by_mark(rig):
    """A route that only marked packets have."""
    twins = rig.twins()
    lines = ["rule add fwmark 7 lookup 77", "route add 203.0.113.9/32 via 192.0.2.3 table 77",
             "route add unreachable 203.0.113.9/32"]
    configure(twins, lines)
    try:
        for mark, goes in ((7, True), (0, False)):
            with twins.tunnel("ipip", local="192.0.2.1", remote="203.0.113.9", fwmark=mark):
                say(twins, to("10.9.0.2"))
                results = both(twins.taps, is_tunnel)
                must_be_equal(f"mark {mark}", [one and p.same_but_numbers(one) for one in results])
                assert bool(results[0]) == goes, results
    finally:
        configure(twins, [line.replace(" add ", " delete ", 1) for line in lines])


def by_device(rig):
    """A second device to the same network: only bound packets go by it."""
    twins = rig.twins()
    other = "02:00:00:00:00:09"
    configure(twins, ["link add u1 link u0 type macvlan mode private", "link set u1 up",
                      f"neigh add 192.0.2.254 lladdr {other} dev u1",
                      "route add 203.0.113.0/24 via 192.0.2.254 dev u1 onlink metric 900",
                      "route add 203.0.113.0/24 via 192.0.2.254 dev u0 metric 10"])
    frames = [Tap(twins.wire, end, True) for end in ("wk", "wu")]
    indices = []
    for host in twins.hosts:
        with inside(host):
            indices.append(socket.if_nametoindex("u1"))
    assert indices[0] == indices[1], indices
    try:
        for link, hop in ((0, MAC["wire"]), (indices[0], other)):
            with twins.tunnel("gre", local="192.0.2.1", remote="203.0.113.9", link=link):
                say(twins, to("10.9.0.2"))
                results = [tap.next(lambda frame: is_tunnel(frame[14:]), PATIENCE)
                           for tap in frames]
                assert all(results) and results[0][:6] == results[1][:6] == \
                    bytes.fromhex(hop.replace(":", "")), (link, results)
    finally:
        configure(twins, ["link delete u1"])


# ---- outer fragments ----

def cut_outside(kind, options, families):
    """Inner packets longer than the outer path takes, where outer ones may be cut."""
    def case(rig):
        with two_namespaces() as names, Datapath(rig.program) as datapath:
            quieten(names)
            kernel_tunnel(names[0], "t0", kind, local="192.0.2.1", remote="192.0.2.2", **options)
            datapath.tunnel(names[1], "t0", kind, local="192.0.2.2", remote="192.0.2.1", **options)
            bring_up(names, families, 3000)
            for family in families:
                ping(names[0], family, address(family, 2), 2500, 2900)
                ping(names[1], family, address(family, 1), 2500, 2900)
                Transfer(names[1], names[0], family, address(family, 1), 1 << 20).finish()
                Transfer(names[0], names[1], family, address(family, 2), 1 << 20).finish()
    return case


MAY_BE_CUT = [("ipip", {"ttl": 0, "pmtudisc": 0}, "4"), ("sit", {"ttl": 0, "pmtudisc": 0}, "6"),
              ("gre", {"pmtudisc": 0, "ignore_df": 1}, "46"),
              ("gretap", {"pmtudisc": 0, "ignore_df": 1, "oflags": p.CSUM, "iflags": p.CSUM}, "46")]


def cases():
    return [(f"narrow: {kind}, IPv{families}, {'user and user' if all(ends) else 'kernel and user'}",
             through_a_router(kind, families, ends))
            for kind, families in (("ipip", "4"), ("gre", "46"), ("sit", "6"), ("gretap", "46"))
            for ends in ((False, True), (True, True))] + [
        (f"cut outside: {kind}", cut_outside(kind, options, families))
        for kind, options, families in MAY_BE_CUT] + [
        ("bound: mark", by_mark), ("bound: device", by_device)]
