"""Plays the agent for tunneld-datapath: namespaces, devices, raw sockets, and its orders.

What is here is datapath/control.h once more, and the little of the kernel's language that it
takes to order a tunnel.
"""

import contextlib
import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import tempfile
import time

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
HELLO, SET, REMOVE, LIST, GET, STOP, TUNNEL, RESULT = range(1, 9)
VERSION = 1
TUNNEL_HEAD = struct.Struct("256s16sIII256s4xQQQ256s14QI")
COUNTERS = ("received sent received_bytes sent_bytes malformed checksum sequence unexpected ecn "
            "too_big recursion unroutable send_failed path_mtu").split()
TUNSETIFF, TUNSETOFFLOAD, TUNSETVNETHDRSZ = 0x400454CA, 0x400454D0, 0x400454D8
IFF_TUN, IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 1, 2, 0x1000, 0x4000
TUN_F = {"csum": 1, "tso4": 2, "tso6": 4, "ecn": 8}
SO_RCVBUFFORCE, SO_SNDBUFFORCE, SO_MARK, SO_BINDTOIFINDEX = 33, 32, 36, 62
IP_MTU_DISCOVER, IP_RECVERR, IP_FREEBIND, SO_ATTACH_FILTER = 10, 11, 15, 26
TUNSETLINK = 0x400454CD
LINK_TYPES = {"ipip": 768, "sit": 776, "gre": 778}
PROTOCOLS = {"ipip": 4, "sit": 41, "gre": 47, "gretap": 47}
# linux/if_tunnel.h: number and format
TUNNEL_ATTRIBUTES = {
    "link": (1, "=I"), "local": (2, "4s"), "remote": (3, "4s"), "ttl": (4, "B"), "tos": (5, "B"),
    "flags": (8, "=H"), "mode": (9, "B"), "pmtudisc": (10, "B"), "fwmark": (20, "=I")}
GRE_ATTRIBUTES = {
    "link": (1, "=I"), "iflags": (2, ">H"), "oflags": (3, ">H"), "ikey": (4, ">I"),
    "okey": (5, ">I"), "local": (6, "4s"), "remote": (7, "4s"), "ttl": (8, "B"), "tos": (9, "B"),
    "pmtudisc": (10, "B"), "ignore_df": (19, "B"), "fwmark": (20, "=I")}


def attribute(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def link_info(kind, **options):
    """IFLA_LINKINFO's payload."""
    known = GRE_ATTRIBUTES if kind.startswith("gre") else TUNNEL_ATTRIBUTES
    data = b""
    for name, value in options.items():
        number, form = known[name]
        value = socket.inet_aton(value) if form == "4s" else value
        data += attribute(number, struct.pack(form, value))
    return attribute(1, kind.encode() + b"\0") + attribute(2, data)


@contextlib.contextmanager
def inside(namespace):
    """In a network namespace, given by name."""
    with open("/proc/thread-self/ns/net", "rb") as home, \
            open(f"/run/netns/{namespace}", "rb") as other:
        if LIBC.setns(other.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns {namespace}")
        try:
            yield
        finally:
            LIBC.setns(home.fileno(), CLONE_NEWNET)


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def ip(namespace, line):
    return run("ip", "-n", namespace, *line.split())


def open_device(name, kind):
    """The first queue of a device, and its index. Where we are."""
    tap = kind == "gretap"
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    flags = (IFF_TAP if tap else IFF_TUN) | IFF_NO_PI | IFF_VNET_HDR
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), flags))
    fcntl.ioctl(fd, TUNSETVNETHDRSZ, struct.pack("i", 10))
    fcntl.ioctl(fd, TUNSETOFFLOAD, sum(TUN_F.values()))
    if not tap:  # neighbours then have IPv4 addresses as those of the link, as of the kernel's
        fcntl.ioctl(fd, TUNSETLINK, LINK_TYPES[kind])
    return fd, socket.if_nametoindex(name)


def open_socket(protocol, options, remote, cut):
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol)
    raw.setblocking(False)
    if cut:
        refuse = (ctypes.c_ubyte * 8)(6, 0, 0, 0, 0, 0, 0, 0)  # BPF_RET 0
        program = struct.pack("HxxxxxxP", 1, ctypes.addressof(refuse))
        raw.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
    raw.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, 0 if cut else 2)
    raw.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    raw.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20)
    raw.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 4 << 20)
    raw.setsockopt(socket.SOL_SOCKET, SO_MARK, options.get("fwmark", 0))
    raw.setsockopt(socket.SOL_SOCKET, SO_BINDTOIFINDEX, options.get("link", 0))
    raw.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
    raw.bind((options.get("local", "0.0.0.0"), 0))
    if remote and options.get("local"):
        with contextlib.suppress(OSError):  # no route: each packet says where it goes
            raw.connect((remote, 0))
    return raw


def protocols_of(kind, options):
    """Outside: a sit has one or two, by its mode."""
    if kind == "sit":
        return {0: [41, 4], 4: [4]}.get(options.get("mode"), [41])
    return [PROTOCOLS[kind]]


class Datapath:
    """A running tunneld-datapath, and our connection to it."""

    def __init__(self, program):
        self.folder = tempfile.TemporaryDirectory()
        self.devices = {}
        path = f"{self.folder.name}/socket"
        self.process = subprocess.Popen([program, "--socket", path])
        self.connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for _ in range(200):
            try:
                self.connection.connect(path)
                break
            except OSError:
                time.sleep(0.01)
        self.connection.settimeout(5)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()

    def ask(self, kind, body=b"", fds=()):
        message = struct.pack("=HHI", kind, VERSION, 0) + body
        socket.send_fds(self.connection, [message], list(fds))
        return self.answer()

    def answer(self):
        data = self.connection.recv(65536)
        kind, _, number = struct.unpack_from("=HHI", data)
        if kind == TUNNEL:
            fields = TUNNEL_HEAD.unpack_from(data, 8)
            start = 8 + TUNNEL_HEAD.size
            told = dict(zip(COUNTERS, fields[10:-1]))
            told["info"] = data[start:start + fields[-1]]
            return kind, told
        return kind, (number, data[8:].split(b"\0")[0].decode())

    def set(self, namespace, name, index, info, fds=(), routers=()):
        packed = b"".join(socket.inet_aton(one) for one in routers)
        body = TUNNEL_HEAD.pack(namespace.encode(), name.encode(), index, 0, len(routers), packed,
                                0, 0, 0, b"", *[0] * len(COUNTERS), len(info))
        return self.ask(SET, body + info, fds)[1]

    def get(self, namespace, index):
        body = TUNNEL_HEAD.pack(namespace.encode(), b"", index, 0, 0, b"", 0, 0, 0, b"",
                                *[0] * len(COUNTERS), 0)
        return self.ask(GET, body)[1]

    def tunnel(self, namespace, name, kind, routers=(), **options):
        """Makes one as the agent does; returns its index."""
        isatap = options.get("flags") == 1
        with inside(namespace):
            device, index = open_device(name, kind)
            remote = None if isatap else options.get("remote")
            sockets = [open_socket(protocol, options, remote, cut)
                       for protocol in protocols_of(kind, options) for cut in (False, True)]
            netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
            netlink.setblocking(False)
        fds = [device, *(one.fileno() for one in sockets), netlink.fileno()]
        error, text = self.set(namespace, name, index, link_info(kind, **options), fds, routers)
        for one in (*sockets, netlink):
            one.close()
        self.devices[namespace, index] = device
        if error:
            raise OSError(error, text)
        return index

    def drop(self, namespace, index):
        """Ends one, and its device."""
        body = TUNNEL_HEAD.pack(namespace.encode(), b"", index, 0, 0, b"", 0, 0, 0, b"",
                                *[0] * len(COUNTERS), 0)
        os.close(self.devices.pop((namespace, index)))
        return self.ask(REMOVE, body)[1]


@contextlib.contextmanager
def two_namespaces(mtu=1500):
    """Two, joined by a veth: 192.0.2.1 in the first, 192.0.2.2 in the second."""
    names = [f"dp{os.getpid()}{end}" for end in "ab"]
    try:
        for name in names:
            run("ip", "netns", "add", name)
            ip(name, "link set lo up")
        ip(names[0], f"link add u0 mtu {mtu} type veth peer name u0 mtu {mtu} netns {names[1]}")
        for number, name in enumerate(names, 1):
            ip(name, f"address add 192.0.2.{number}/24 dev u0")
            ip(name, "link set u0 up")
        yield names
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)
