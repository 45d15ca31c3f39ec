"""Where packets go whose tunnel has no remote address, and from whom they may come; and which
of several tunnels gets one. Both twins have to decide the same."""

import contextlib
import socket
import subprocess

import packets as p
from stand_in import inside
from twins import MAC, PATIENCE, SILENCE, both, is_tunnel
from wire_cases import must_be_equal

IPV6_HDRINCL = 36
LOCAL = {"local": "192.0.2.1"}
PAYLOAD = p.udp(b"where to")


def say(twins, packet):
    """By the routes of each host, as one of its programs would."""
    six = packet[0] >> 4 == 6
    to = socket.inet_ntop(socket.AF_INET6, packet[24:40]) if six else \
        socket.inet_ntoa(packet[16:20])
    for host in twins.hosts:
        with inside(host):
            raw = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_RAW,
                                socket.IPPROTO_RAW)
        with raw:
            if six:
                raw.setsockopt(socket.IPPROTO_IPV6, IPV6_HDRINCL, 1)
            with contextlib.suppress(OSError):
                raw.sendto(packet, (to, 0))


def configure(twins, lines):
    for host in twins.hosts:
        subprocess.run(["ip", "-n", host, "-batch", "-"], input="\n".join(lines), text=True,
                       check=True)


def to(destination):
    if ":" in destination:
        return p.ipv6("fd09::1", destination, p.UDP, PAYLOAD)
    return p.ipv4("10.9.0.1", destination, p.UDP, PAYLOAD)


def outbound(twins, what, destinations):
    """destination: whether something must have gone out (the twins could be equally wrong)."""
    for destination, goes in destinations.items():
        say(twins, to(destination))
        results = both(twins.taps, is_tunnel)
        must_be_equal(f"{what}, to {destination}",
                      [one and p.same_but_numbers(one) for one in results])
        assert bool(results[0]) == goes, f"{what}, to {destination}: {results[0]}"


def inbound(twins, taps, what, outers):
    for name, (packet, comes) in outers.items():
        for tap in twins.taps:
            tap.send(packet, to=MAC["u0"])
        results = both(taps, lambda _: True)
        must_be_equal(f"{what}, {name}", results)
        assert bool(results[0]) == comes, f"{what}, {name}: {results[0]}"


def ipip(rig):
    twins = rig.twins()
    with twins.tunnel("ipip", **LOCAL) as (taps, _):
        configure(twins, ["route add 10.8.1.0/24 via 192.0.2.3 dev t0 onlink",
                          "route add 10.8.2.0/24 dev t0"])
        outbound(twins, "ipip to any", {"10.8.1.7": True, "10.8.1.8": True, "10.8.2.5": False})
        inner = p.ipv4("10.8.1.7", "10.9.0.1", p.UDP, PAYLOAD)
        inbound(twins, taps, "ipip from any", {
            source: (p.ipv4(source, "192.0.2.1", p.IPIP, inner), True)
            for source in ("192.0.2.3", "203.0.113.9")})


def gre(rig):
    twins = rig.twins()
    with twins.tunnel("gre", **LOCAL):
        configure(twins, ["neigh add fd09::5 lladdr 192.0.2.4 dev t0",
                          "route add fd08:1::/64 via fd09::5 dev t0"])
        outbound(twins, "gre to any", {"fd09::5": True, "fd08:1::9": True})


def sit(rig):
    twins = rig.twins()
    with twins.tunnel("sit", **LOCAL) as (taps, _):
        configure(twins, ["route add 2002::/16 dev t0", "route add ::/96 dev t0",
                          "route add fd08:1::/64 via ::192.0.2.4 dev t0",
                          "route add fd08:2::/64 dev t0"])
        outbound(twins, "sit to any", {
            "2002:c000:0203::1": True, "2002:c000:0204:5::9": True, "::192.0.2.4": True,
            "fd08:1::9": True, "fd08:2::9": False})
        inbound(twins, taps, "sit from any", {
            f"{source} within {outside}": (p.ipv4(outside, "192.0.2.1", p.IPV6, p.ipv6(
                source, destination, p.UDP, PAYLOAD)), good)
            for source, destination, outside, good in (
                ("2002:c000:0203::1", "fd09::1", "192.0.2.3", True),
                ("2002:c000:0203::1", "fd09::1", "192.0.2.4", False),
                ("fd08:1::9", "2002:c000:0201::1", "192.0.2.4", True),
                ("fd08:1::9", "2002:c000:0202::1", "192.0.2.4", False),
                ("::192.0.2.3", "fd09::1", "192.0.2.4", True))})


def isatap(rig):
    twins = rig.twins()
    with twins.tunnel("sit", routers=["192.0.2.4"], inner=["fd09::5efe:192.0.2.1/64"], flags=1,
                      **LOCAL) as (taps, _):
        configure(twins, ["route add fd08:1::/64 via fe80::5efe:192.0.2.4 dev t0",
                          "route add fd08:2::/64 dev t0"])
        outbound(twins, "isatap", {
            "fd09::5efe:192.0.2.3": True, "fd09::200:5efe:192.0.2.3": True, "fd08:1::9": True,
            "fd08:2::9": False, "fd09::1234": False})
        inner = ("fd09::5efe:192.0.2.3", "fd09::200:5efe:192.0.2.3", "fd08:1::9", "fd09::77")
        inbound(twins, taps, "isatap", {
            f"{source} within {outside}": (p.ipv4(outside, "192.0.2.1", p.IPV6, p.ipv6(
                source, "fd09::5efe:192.0.2.1", p.UDP, PAYLOAD)),
                outside == "192.0.2.4" or (outside == "192.0.2.3" and "5efe" in source))
            for source in inner for outside in ("192.0.2.3", "192.0.2.4", "192.0.2.2")})


# A kernel's sit keeps the route of its first packet for all: so each has its first.
ODD = {"2002:c633:6401:5::9": True, "2002:e000:0009::1": False, "2002:0000:0009::1": True,
       "2002:f000:0009::1": True, "2002:7f00:0001::1": False, "2002:c000:02ff::1": False,
       "::224.0.0.9": False}
ODD_OF_ISATAP = {"fd09::5efe:224.0.0.9": False, "fd09::5efe:0.0.0.9": True,
                 "fd09::5efe:255.255.255.255": False,
                 "fd09::5efe:198.51.100.1": True}


def odd(rig):
    twins = rig.twins()
    for flags, ends in enumerate((ODD, ODD_OF_ISATAP)):
        for destination, goes in ends.items():
            with twins.tunnel("sit", flags=flags, inner=("fd09::1/64",), **LOCAL):
                configure(twins, ["route add 2002::/16 dev t0", "route add ::/96 dev t0"])
                outbound(twins, "odd ends", {destination: goes})


# ---- which of several ----

SEVERAL = {"t1": {"local": "192.0.2.1", "remote": "192.0.2.2"}, "t2": {"remote": "192.0.2.2"},
           "t3": {"remote": "192.0.2.3"}, "t4": {"local": "192.0.2.1"},
           "t5": {"local": "192.0.2.11"}}


def several(kind, options):
    def case(rig):
        twins = rig.twins()
        with contextlib.ExitStack() as stack:
            taps = {name: stack.enter_context(twins.tunnel(
                kind, name, inner=(), **ends, **options))[0] for name, ends in SEVERAL.items()}
            for source in ("192.0.2.2", "192.0.2.3", "192.0.2.4"):
                for destination in ("192.0.2.1", "192.0.2.11"):
                    one_of_several(twins, taps, kind, source, destination)
    return case


def one_of_several(twins, taps, kind, source, destination):
    six = kind == "sit"
    inner = p.ipv6("fd09::2", "fd09::1", p.UDP, PAYLOAD) if six else \
        p.ipv4("10.9.0.2", "10.9.0.1", p.UDP, PAYLOAD)
    protocol = {"sit": p.IPV6, "ipip": p.IPIP, "gre": p.GRE}[kind]
    outer = p.ipv4(source, destination, protocol,
                   p.gre(p.ETH_IP, inner) if kind == "gre" else inner)
    for tap in twins.taps:
        tap.send(outer, to=MAC["u0"])
    found = []
    for end in (0, 1):
        wait = PATIENCE if end and found[0] else SILENCE
        found.append({name for name, pair in taps.items()
                      if pair[end].next(lambda _: True, wait if end and name in found[0]
                                        else SILENCE)})
    assert found[0] == found[1] and len(found[0]) <= 1, \
        f"{kind} from {source} to {destination}: kernel {found[0]}, user {found[1]}"


def cases():
    return [("routes: ipip", ipip), ("routes: gre", gre), ("routes: sit", sit),
            ("routes: isatap", isatap), ("routes: odd far ends", odd)] + [
        (f"several: {kind}", several(kind, {})) for kind in ("ipip", "gre", "sit")]
