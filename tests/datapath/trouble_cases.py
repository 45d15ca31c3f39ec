"""What the outer network says of packets, told to who sent the inner ones: path MTU and far
ends that are not there. And what is no packet at all, counted."""

import contextlib
import errno
import socket
import time

import packets as p
from route_cases import configure, say, to
from stand_in import inside
from twins import MAC, PATIENCE, both, is_tunnel
from wire_cases import ENDS

IP_MTU_DISCOVER, IP_MTU, IPV6_MTU_DISCOVER, IPV6_MTU = 10, 14, 23, 24
FAR = {"4": "10.9.0.2", "6": "fd09::2"}


def talker(host, family):
    """A program's socket that sends whole packets through the tunnel."""
    with inside(host):
        one = socket.socket(socket.AF_INET if family == "4" else socket.AF_INET6,
                            socket.SOCK_DGRAM)
    if family == "4":
        one.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, 2)
        one.setsockopt(socket.IPPROTO_IP, 11, 1)
    else:
        one.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, 2)
        one.setsockopt(socket.IPPROTO_IPV6, 25, 1)
    one.settimeout(0.2)
    one.connect((FAR[family], 4001))
    return one


def path_mtu(one, family):
    if family == "4":
        return one.getsockopt(socket.IPPROTO_IP, IP_MTU)
    return one.getsockopt(socket.IPPROTO_IPV6, IPV6_MTU)


def complain(twins, outers, kind, code, field=0, room=68):
    """A router's ICMP message about what each twin has sent."""
    for tap, one in zip(twins.taps, outers):
        tap.send(p.ipv4("192.0.2.254", "192.0.2.1", p.ICMP, p.icmp(kind, code, field, one[:room])),
                 to=MAC["u0"])
    time.sleep(0.02)


def learn(twins, talkers, family, size, mtu):
    """A packet, the complaint that it is too big, and packets until that is known within."""
    for one in talkers:
        one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        one.send(bytes(size))
    outers = both(twins.taps, is_tunnel)
    assert all(outers), f"{size} bytes did not go out: {outers}"
    complain(twins, outers, 3, 4, mtu)
    for one in talkers:
        for _ in range(3):
            with contextlib.suppress(OSError):
                one.send(bytes(size))
            time.sleep(0.02)
    for tap in twins.taps:
        tap.drain()
    return [path_mtu(one, family) for one in talkers]


def path_is_learnt(kind, options, families):
    def case(rig):
        twins = rig.twins()
        for family in families:
            # Of IPv6 the kernel's gre tells nothing of paths below 1280, where packets are lost.
            mtus = (1300, 1000) if family == "4" or kind == "sit" else (1400, 1350)
            with twins.tunnel(kind, **ENDS, **options), contextlib.ExitStack() as stack:
                talkers = [stack.enter_context(talker(host, family)) for host in twins.hosts]
                for host in twins.hosts:
                    with inside(host):
                        open("/proc/sys/net/ipv4/route/flush", "w").write("1")
                configure(twins, [f"neigh replace {FAR[family]} lladdr 02:00:00:00:00:04 dev t0"]
                          if kind == "gretap" else [])
                for mtu in mtus:
                    size = mtu - (40 if family == "4" else 60)
                    found = learn(twins, talkers, family, size, mtu)
                    assert found[0] == found[1] < 1476, \
                        f"{kind} IPv{family}, a path of {mtu}: kernel {found[0]}, user {found[1]}"
    return case


# Of ipip and sit the kernel minds also 3/3. But that is what a kernel says which has them loaded,
# beside the datapath that takes the packet.
COMPLAINTS = [(3, 0), (3, 1), (3, 2), (3, 3), (3, 5), (3, 9), (3, 13), (4, 0), (5, 1), (11, 0),
              (11, 1), (12, 0)]


def hears(one):
    """What a program is told of the packet that it sent, or when it sends the next."""
    try:
        one.send(b"second")
    except OSError as error:
        return errno.errorcode[error.errno]
    time.sleep(0.02)
    number = one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return errno.errorcode[number] if number else "nothing"


def unreachable(kind, options, family):
    def case(rig):
        twins = rig.twins()
        for number, code in COMPLAINTS:
            if kind in ("ipip", "sit") and (number, code) == (3, 3):
                continue
            with twins.tunnel(kind, **ENDS, **options), contextlib.ExitStack() as stack:
                talkers = [stack.enter_context(talker(host, family)) for host in twins.hosts]
                for one in talkers:
                    one.send(b"first")
                outers = both(twins.taps, is_tunnel)
                assert all(outers)
                # Of more than eight bytes the kernel's sit makes a message that no kernel takes.
                complain(twins, outers, number, code, room=28 if kind == "sit" else 68)
                heard = [hears(one) for one in talkers]
                assert heard[0] == heard[1], \
                    f"ICMP {number}/{code}: kernel {heard[0]}, user {heard[1]}"
                for tap in twins.taps:
                    tap.drain()
    return case


# ---- counted ----

def counted(rig):
    """Each sort of bad packet is counted where it belongs, and nothing of it comes in."""
    twins = rig.twins()
    every = {"iflags": p.CSUM | p.KEY | p.SEQ, "ikey": 5}
    inner = p.ipv4("10.9.0.2", "10.9.0.1", p.UDP, p.udp(b"bad"))

    def gre(**changes):
        given = {"flags": every["iflags"], "key": 5} | changes
        return p.ipv4("192.0.2.2", "192.0.2.1", p.GRE, p.gre(p.ETH_IP, inner, **given))

    sorts = {
        "malformed": [p.ipv4("192.0.2.2", "192.0.2.1", p.GRE, b"\0\0"),
                      gre(flags=every["iflags"] | 1), gre(flags=every["iflags"] | 0x4000),
                      p.ipv4("192.0.2.2", "192.0.2.1", p.GRE, gre()[20:28])],
        "checksum": [gre(spoilt=0x100), gre(flags=p.KEY | p.SEQ)],
        "sequence": [gre(number=1), gre(flags=p.CSUM | p.KEY)],
        "unexpected": [gre(key=6), gre(flags=p.CSUM | p.SEQ)],
        "ecn": [p.ipv4("192.0.2.2", "192.0.2.1", p.GRE, gre(number=20)[20:], tos=3)]}
    with twins.tunnel("gre", inner=(), **ENDS, **every) as (taps, index):
        twins.taps[1].send(gre(number=10), to=MAC["u0"])
        assert taps[1].next(lambda _: True, PATIENCE), "a good packet is not let in"
        for name, bad in sorts.items():
            for packet in bad:
                before = twins.datapath.get(twins.hosts[1], index)
                twins.taps[1].send(packet, to=MAC["u0"])
                assert not taps[1].next(lambda _: True, 0.03), f"{name}: it is let in"
                after = twins.datapath.get(twins.hosts[1], index)
                changed = {key: after[key] - before[key] for key in before
                           if key != "info" and after[key] != before[key]}
                assert changed == {name: 1}, f"{name}: {changed}"


def recursion(rig):
    """The route to the far end goes through the tunnel itself."""
    twins = rig.twins()
    with twins.tunnel("ipip", **ENDS) as (_, index):
        configure(twins, ["route add 192.0.2.2/32 dev t0"])
        before = twins.datapath.get(twins.hosts[1], index)
        say(twins, to("10.9.0.2"))
        results = both(twins.taps, is_tunnel)
        assert results == (None, None), f"went out: {results}"
        after = twins.datapath.get(twins.hosts[1], index)
        assert after["recursion"] == before["recursion"] + 1, after
        assert after["sent"] <= before["sent"] + 1, after
        configure(twins, ["route delete 192.0.2.2/32 dev t0"])


def cases():
    path = [("ipip", {}, "4"), ("gre", {}, "46"), ("sit", {}, "6"), ("gretap", {}, "46"),
            ("gre", {"oflags": p.KEY | p.CSUM}, "46"), ("sit", {"mode": 0}, "46")]
    return [(f"path: {kind} {options}", path_is_learnt(kind, options, families))
            for kind, options, families in path] + [
        (f"unreachable: {kind}, IPv{family} {options}", unreachable(kind, options, family))
        for kind, options, family in (
            ("ipip", {}, "4"), ("ipip", {"ttl": 9}, "4"), ("gre", {}, "4"), ("gre", {}, "6"),
            ("sit", {}, "6"), ("sit", {"ttl": 0}, "6"))] + [
        ("counted: bad packets", counted), ("counted: recursion", recursion)]
