"""What each twin puts on the wire for the same packet, and lets in of the same outer one."""

import random

import packets as p
from twins import MAC, PATIENCE, SILENCE, both, is_tunnel

KEY, CSUM, SEQ = p.KEY, p.CSUM, p.SEQ
ENDS = {"local": "192.0.2.1", "remote": "192.0.2.2"}
GRE_SORTS = [
    {}, {"ttl": 33, "tos": 0x10}, {"tos": 1}, {"tos": 0x11}, {"pmtudisc": 0},
    {"pmtudisc": 0, "ttl": 7}, {"pmtudisc": 0, "ignore_df": 1},
    {"iflags": KEY, "oflags": KEY, "ikey": 7, "okey": 9}, {"iflags": CSUM, "oflags": CSUM},
    {"iflags": SEQ, "oflags": SEQ}, {"oflags": SEQ | KEY, "okey": 1}, {"iflags": KEY, "ikey": 0},
    {"iflags": CSUM | KEY | SEQ, "oflags": CSUM | KEY | SEQ, "ikey": 1, "okey": 2}]
SORTS = [(kind, options) for kind, all_options in {
    "ipip": [{}, {"ttl": 33, "tos": 0x10}, {"tos": 1}, {"tos": 0xFD}, {"pmtudisc": 0},
             {"pmtudisc": 0, "tos": 1}, {"mode": 0}],
    "sit": [{}, {"ttl": 0}, {"ttl": 0, "tos": 1}, {"ttl": 0, "pmtudisc": 0}, {"tos": 0x20},
            {"mode": 4}, {"mode": 4, "tos": 1, "ttl": 0}, {"mode": 0},
            {"mode": 0, "ttl": 0, "pmtudisc": 0, "tos": 3}],
    "gre": GRE_SORTS, "gretap": GRE_SORTS}.items() for options in all_options]


def describe(kind, options):
    return " ".join([kind, *(f"{name} {value:#x}" if isinstance(value, int) else f"{name} {value}"
                             for name, value in options.items())])


class Differs(AssertionError):
    pass


def must_be_equal(what, results):
    if results[0] != results[1]:
        said = [one.hex(" ", 4) if one is not None else "nothing" for one in results]
        raise Differs(f"{what}\n        kernel: {said[0]}\n        user:   {said[1]}")


def inner_packets(kind):
    """Of both families, with all that an outer header may be made of."""
    payload = p.udp(b"what is said within")
    for tos in (0, 1, 2, 3, 0x10, 0xBB):
        for ttl, fragment in ((64, p.DF), (1, 0), (255, p.MF), (5, 7)):
            yield f"IPv4 tos {tos:#x} ttl {ttl} fragment {fragment:#x}", p.ipv4(
                "10.9.0.1", "10.9.0.2", p.UDP, payload, tos=tos, ttl=ttl, fragment=fragment)
        yield f"IPv6 tos {tos:#x}", p.ipv6("fd09::1", "fd09::2", p.UDP, payload, tos=tos, ttl=9)
    yield "IPv4 with options", p.ipv4("10.9.0.1", "10.9.0.2", p.UDP, payload, options=b"\1" * 8)
    yield "IPv4 in IPv4", p.ipv4("10.9.0.1", "10.9.0.2", p.IPIP, p.ipv4(
        "10.8.0.1", "10.8.0.2", p.UDP, payload))
    for odd in (1, 3, 1001):
        yield f"{odd} bytes", p.ipv4("10.9.0.1", "10.9.0.2", p.UDP, p.udp(b"x" * odd))


def is_left_out(kind, options, packet):
    """A sit sends what its mode says: the kernel's also the rest, which no far end takes."""
    mode = options.get("mode", p.IPV6)
    return kind == "sit" and mode and (mode == p.IPIP) != (packet[0] >> 4 == 4)


def framed(kind, packet):
    if kind != "gretap":
        return packet
    family = p.ETH_IPV6 if packet[:1] and packet[0] >> 4 == 6 else p.ETH_IP
    return p.ethernet("02:00:00:00:00:04", "02:00:00:00:00:03", family, packet)


def outbound(twins, kind, options):
    """The outer packets are the same, byte for byte but for number and checksum."""
    with twins.tunnel(kind, inner=(), **ENDS, **options) as (taps, _):
        for what, packet in inner_packets(kind):
            for tap in taps:
                tap.send(framed(kind, packet))
            left_out = is_left_out(kind, options, packet)
            results = both(twins.taps, is_tunnel, SILENCE if left_out else PATIENCE)
            if left_out and results[1] is None:
                continue
            must_be_equal(f"outbound {describe(kind, options)}, {what}",
                          [one and p.same_but_numbers(one) for one in results])


# ---- inbound ----

# The kernel's device shows also what is neither IPv4 nor IPv6, or is said to be the other one:
# no host takes that from it, and TUN has no name for it.
STRANGE = "strange: "


def gre_of(kind, options, payload, family, **changes):
    given = {"flags": options.get("iflags", 0), "key": options.get("ikey", 0)} | changes
    given["flags"] |= given.pop("more", 0)
    return p.gre(p.ETH_TEB if kind == "gretap" else family, payload, **given)


def carried(kind, options, packet, **changes):
    """The payload of an outer packet, and its protocol."""
    family = p.ETH_IPV6 if packet[:1] and packet[0] >> 4 == 6 else p.ETH_IP
    if kind.startswith("gre"):
        return p.GRE, gre_of(kind, options, framed(kind, packet), family, **changes)
    return p.IPV6 if family == p.ETH_IPV6 else p.IPIP, packet


def plain(number=0, six=False, **fields):
    payload = p.udp(b"what is said within %d" % number)
    if six:
        return p.ipv6("fd09::2", "fd09::1", p.UDP, payload, **fields)
    return p.ipv4("10.9.0.2", "10.9.0.1", p.UDP, payload, **fields)


def outer(kind, options, packet, /, source="192.0.2.2", destination="192.0.2.1", **fields):
    protocol, payload = carried(kind, options, packet)
    return p.ipv4(source, destination, protocol, payload, **fields)


def outer_packets(kind, options):
    """What peers and strangers send: good, and all that is bad in one way."""
    for six in (False, True):
        family = "IPv6" if six else "IPv4"
        yield f"{family}", outer(kind, options, plain(six=six))
        for tos in range(4):
            for inside in range(4):
                yield f"{family}, ECN {tos} around {inside}", outer(
                    kind, options, plain(six=six, tos=0x40 | inside), tos=0x80 | tos)
        yield f"{family}, cut short within", outer(kind, options, plain(six=six)[:19])
        yield f"{family}, a header only", outer(kind, options, plain(six=six)[:40 if six else 20])
        yield f"{family}, longer than it says", outer(kind, options, plain(six=six) + b"more")
    yield "IPv4, longer than there is", outer(kind, options, plain(length=2000))
    yield "of another source", outer(kind, options, plain(), source="192.0.2.3")
    yield "to another address of ours", outer(kind, options, plain(), destination="192.0.2.11")
    yield "with options outside", outer(kind, options, plain(), options=b"\1" * 8)
    yield f"{STRANGE}neither IPv4 nor IPv6", outer(kind, options, b"\x55" * 40)
    yield "nothing within", outer(kind, options, b"")
    yield "one byte within", outer(kind, options, b"\x45")
    yield "another outer protocol", p.ipv4("192.0.2.2", "192.0.2.1", p.UDP, plain())
    for number, fragment in ((7, p.MF), (8, 3)):
        yield "a fragment alone", outer(kind, options, plain(), number=number, fragment=fragment)


def gre_packets(kind, options):
    def one(packet=plain(), family=p.ETH_IP, **changes):
        return p.ipv4("192.0.2.2", "192.0.2.1", p.GRE, gre_of(
            kind, options, framed(kind, packet), family, **changes))

    flags = options.get("iflags", 0)
    for bit, name in ((KEY, "key"), (CSUM, "checksum"), (SEQ, "number"), (0x4000, "routing"),
                      (0x0800, "strict routing"), (1, "version"), (0x0100, "recursion"),
                      (0x80, "acknowledgement"), (0x10, "reserved bit")):
        yield f"{name} the other way", one(flags=flags ^ bit)
    yield "another key", one(key=options.get("ikey", 0) ^ 1)
    yield "a wrong checksum", one(more=CSUM, spoilt=0x100)
    for number in (5, 4, 5, 6, 0xFFFFFFFF, 7, 0x7FFFFFFF, 0x80000000, 0x80000002, 0xFFFFFFFF, 0):
        yield f"number {number:#x}", one(number=number)
    for family in (p.ETH_ARP, 0x8847, 0x8100, p.ETH_IPV6, p.ETH_TEB, 0x883E, p.ETH_IP):
        wccp = family == 0x883E and not options.get("iflags")
        strange = "" if wccp or family == p.ETH_IP else STRANGE
        yield f"{strange}type {family:#x}", p.ipv4("192.0.2.2", "192.0.2.1", p.GRE, p.gre(
            family, plain(), options.get("iflags", 0), options.get("ikey", 0)))
    for length in range(0, 45, 3):
        protocol, payload = carried(kind, options, plain())
        yield f"cut to {length}", p.ipv4("192.0.2.2", "192.0.2.1", protocol, payload[:length])


def inbound(twins, kind, options):
    """The same is let in, and it is the same then."""
    cases = [*outer_packets(kind, options)]
    if kind.startswith("gre"):
        cases += gre_packets(kind, options)
    with twins.tunnel(kind, inner=(), **ENDS, **options) as (taps, _):
        for what, packet in cases:
            for tap in twins.taps:
                tap.send(packet, to=MAC["u0"])
            strange = what.startswith(STRANGE)
            results = both(taps, lambda _: True, SILENCE if strange else PATIENCE)
            if strange and results[1] is None:
                continue
            must_be_equal(f"inbound {describe(kind, options)}, {what}", results)


# ---- by chance ----

MUTATIONS = 60


def mutated(chance, packet):
    """One good packet, spoilt behind the outer header or in its ECN; sometimes cut."""
    spoilt = bytearray(packet[20:])
    for _ in range(chance.choice((1, 1, 2, 5))):
        # Most of what is decided stands at the beginning.
        place = chance.randrange(min(len(spoilt), chance.choice((4, 24, 70))))
        spoilt[place] ^= 1 << chance.randrange(8)
    if chance.random() < 0.2:
        del spoilt[chance.randrange(len(spoilt)):]
    return p.ipv4("192.0.2.2", "192.0.2.1", packet[9], bytes(spoilt), tos=chance.randrange(4))


def is_sensible(kind, packet, ethertype):
    """Whether a host would look further at what a device shows it."""
    if kind == "gretap":
        ethertype = int.from_bytes(packet[12:14], "big")
        if ethertype not in (p.ETH_IP, p.ETH_IPV6):
            return len(packet) >= 14
        packet = packet[14:]
    version = {p.ETH_IP: 4, p.ETH_IPV6: 6}.get(ethertype)
    least = 20 if version == 4 else 40
    if len(packet) < least or packet[0] >> 4 != version:
        return False
    return version == 6 or 20 <= 4 * (packet[0] & 15) <= len(packet)


def by_chance(twins, kind, options):
    """What is sensible comes in by both twins or by none."""
    chance = random.Random(f"{kind} {options}")
    seeds = [packet for _, packet in outer_packets(kind, options)]
    # One that is let in would forbid lower numbers to all that follow.
    seeds = [one for one in seeds if not options.get("iflags", 0) & SEQ and len(one) > 40]
    with twins.tunnel(kind, inner=(), **ENDS, **options) as (taps, _):
        for number in range(MUTATIONS if seeds else 0):
            packet = mutated(chance, chance.choice(seeds))
            for tap in twins.taps:
                tap.send(packet, to=MAC["u0"])
            results = both(taps, lambda _: True, SILENCE * 4)
            must_be_equal(
                f"by chance {describe(kind, options)}, {number}: {packet.hex(' ', 4)}",
                [one if one and is_sensible(kind, one, tap.kind) else None
                 for one, tap in zip(results, taps)])


def both_ways(kind, options):
    def case(rig):
        for part in (outbound, inbound, by_chance):
            part(rig.twins(), kind, options)
    return case


def cases():
    return [(f"wire: {describe(kind, options)}", both_ways(kind, options))
            for kind, options in SORTS]
