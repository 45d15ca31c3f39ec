"""The kernel's tunnel at one end, the datapath at the other: all that goes over it arrives."""

from packets import CSUM, KEY, SEQ
from stand_in import Datapath, two_namespaces
from traffic import address, bring_up, ping, transfer
from twins import kernel_tunnel, quieten

AMOUNT = 3 << 20
ALL = CSUM | KEY | SEQ
BOTH_WAYS = {"iflags": "oflags", "oflags": "iflags", "ikey": "okey", "okey": "ikey"}
# name, kind, options of the datapath's end, what is inside
PAIRS = [
    ("ipip", "ipip", {}, "4"), ("ipip, may be cut", "ipip", {"pmtudisc": 0, "ttl": 0}, "4"),
    ("ipip, ttl and tos", "ipip", {"ttl": 9, "tos": 0x20}, "4"),
    ("gre", "gre", {}, "46"), ("gre, tos from inside", "gre", {"tos": 1}, "46"),
    ("gre, two keys", "gre", {"iflags": KEY, "oflags": KEY, "ikey": 7, "okey": 9}, "46"),
    ("gre, one key", "gre", {"oflags": KEY, "okey": 9}, "46"),
    ("gre, checksums", "gre", {"iflags": CSUM, "oflags": CSUM}, "46"),
    ("gre, numbers", "gre", {"iflags": SEQ, "oflags": SEQ}, "46"),
    ("gre, all", "gre", {"iflags": ALL, "oflags": ALL, "ikey": 9, "okey": 9}, "46"),
    ("gre, may be cut", "gre", {"pmtudisc": 0, "ignore_df": 1}, "46"),
    ("sit", "sit", {}, "6"), ("sit, mode ipip", "sit", {"mode": 4}, "4"),
    ("sit, any mode", "sit", {"mode": 0}, "46"), ("sit, may be cut", "sit", {
        "ttl": 0, "pmtudisc": 0}, "6"),
    ("gretap", "gretap", {}, "46"), ("gretap, all", "gretap", {
        "iflags": ALL, "oflags": ALL, "ikey": 3, "okey": 4}, "46"),
    ("isatap", "sit", {"flags": 1, "remote": None}, ("isatap",)),
    ("isatap, may be cut", "sit", {"flags": 1, "remote": None, "ttl": 0, "pmtudisc": 0}, ("isatap",)),
]


def mirrored(options):
    """What the other end is set to."""
    return {BOTH_WAYS.get(name, name): value for name, value in options.items()}


def kernel_and_user(names, datapath, kind, options):
    ours, theirs = ({"local": f"192.0.2.{end}", "remote": f"192.0.2.{3 - end}", **more}
                    for end, more in ((2, options), (1, mirrored(options))))
    kernel_tunnel(names[0], "t0", kind, **{k: v for k, v in theirs.items() if v is not None})
    return datapath.tunnel(names[1], "t0", kind,
                           **{k: v for k, v in ours.items() if v is not None})


def pair(kind, options, families):
    def case(rig):
        with two_namespaces() as names, Datapath(rig.program) as datapath:
            quieten(names)
            index = kernel_and_user(names, datapath, kind, options)
            bring_up(names, families, 1400)
            for family in families:
                ping(names[0], family, address(family, 2), 1300, 3000)
                ping(names[1], family, address(family, 1), 1301, 3001)
                transfer(names[0], names[1], family, address(family, 2), AMOUNT)
                transfer(names[1], names[0], family, address(family, 1), AMOUNT)
            told = datapath.get(names[1], index)
            bad = {k: told[k] for k in ("malformed", "checksum", "sequence", "unexpected",
                                        "send_failed", "recursion") if told[k]}
            assert told["received"] and not bad, bad
    return case


def cases():
    return [(f"traffic: {name}", pair(kind, options, families))
            for name, kind, options, families in PAIRS]
