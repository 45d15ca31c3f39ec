"""Two hosts that differ in one thing: the tunnel of one is the kernel's, of the other the
datapath's. Both get the same packets, and must do the same with them.

     kernel: t0 u0 ---- wk                     wu ---- u0 t0 :user
                          \\-- the wire, us --/
"""

import contextlib
import ctypes
import fcntl
import os
import select
import socket
import struct
import subprocess
import time

from packets import GRE, IPIP, IPV6, frame_is_noise, is_noise
from stand_in import Datapath, attribute, inside, ip, link_info, run

PACKET_OUTGOING = 4
ETH_ALL = 3
SIOCGIFMTU, SIOCETHTOOL, ETHTOOL_STXCSUM = 0x8921, 0x8946, 0x17
MAC = {"u0": "02:00:00:00:00:01", "wire": "02:00:00:00:00:02", "t0": "02:00:00:00:00:03"}
SILENCE = 0.015  # in which the datapath would have said something
PATIENCE = 0.5  # for what the other twin has said already
QUIET = ("net.ipv4.icmp_ratelimit=1000000 net.ipv6.conf.default.accept_dad=0 "
         "net.ipv6.conf.default.router_solicitations=0 net.ipv4.conf.default.rp_filter=0 "
         "net.ipv4.conf.all.rp_filter=0").split()
NAMES = ("kernel", "user")


def quieten(namespaces):
    """Where the kernel's tunnels are loaded it tells far ends that a packet for the datapath is
    for nobody, beside the datapath that takes it; and IPv6 says more than is asked."""
    for name in namespaces:
        with inside(name):
            for setting in QUIET:
                path, value = setting.split("=")
                with contextlib.suppress(FileNotFoundError), \
                        open(f"/proc/sys/{path.replace('.', '/')}", "w") as file:
                    file.write(value)


def kernel_tunnel(namespace, name, kind, **options):
    """By the very bytes that the datapath gets."""
    body = bytes(16) + attribute(3, name.encode() + b"\0") + attribute(18, link_info(kind, **options))
    with inside(namespace), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as netlink:
        netlink.send(struct.pack("=IHHII", 16 + len(body), 16, 0x605, 1, 0) + body)
        error = struct.unpack_from("=i", netlink.recv(65536), 16)[0]
    if error:
        raise OSError(-error, f"{kind} {options}: {os.strerror(-error)}")


def device_mtu(namespace, device):
    with inside(namespace), socket.socket() as one:
        answer = fcntl.ioctl(one, SIOCGIFMTU, struct.pack("16s24x", device.encode()))
    return struct.unpack_from("=16xi", answer)[0]


def checksums_by_hand(namespace, device):
    """Else the kernel leaves those of GRE to a card that is none."""
    with inside(namespace), socket.socket() as one:
        off = (ctypes.c_uint32 * 2)(ETHTOOL_STXCSUM, 0)
        fcntl.ioctl(one, SIOCETHTOOL, struct.pack("16sP16x", device.encode(),
                                                  ctypes.addressof(off)))


class Tap:
    """A packet socket on a device: what comes in by it, or (mine) also what goes out."""

    def __init__(self, namespace, device, ethernet=False):
        with inside(namespace):
            kind = socket.SOCK_RAW if ethernet else socket.SOCK_DGRAM
            self.socket = socket.socket(socket.AF_PACKET, kind, socket.htons(ETH_ALL))
            self.socket.bind((device, ETH_ALL))
        self.device, self.ethernet = device, ethernet
        self.kind = 0  # of the last packet, as its device says

    def send(self, packet, to=None):
        if self.ethernet:
            return self.socket.send(packet)
        kind = 0x86DD if packet[:1] and packet[0] >> 4 == 6 else 0x0800
        address = bytes.fromhex(to.replace(":", "")) if to else b"\0" * 4
        return self.socket.sendto(packet, (self.device, kind, 0, 0, address))

    def next(self, wanted, seconds):
        """The next packet that is wanted, or None."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) >= 0:
            if not select.select([self.socket], [], [], left)[0]:
                return None
            packet, address = self.socket.recvfrom(65536)
            self.kind = address[1]
            if address[2] != PACKET_OUTGOING and wanted(packet):
                return packet
        return None

    def drain(self):
        while select.select([self.socket], [], [], 0)[0]:
            self.socket.recv(65536)


def is_tunnel(packet):
    """On the wire: an outer packet with something to say."""
    if len(packet) < 20 or packet[9] not in (IPIP, IPV6, GRE):
        return False
    inner = packet[20:]
    if packet[9] == GRE and len(inner) >= 4:
        flags, kind = struct.unpack_from(">HH", inner)
        inner = inner[4 + sum(4 for bit in (0x8000, 0x2000, 0x1000) if flags & bit):]
        if kind == 0x6558:
            return not frame_is_noise(inner)
    return not is_noise(inner)


class Twins:
    """The two hosts; every address and name is the same in both."""

    def __init__(self, program):
        self.stack = contextlib.ExitStack()
        self.wire = f"dw{os.getpid()}"
        self.hosts = [f"d{letter}{os.getpid()}" for letter in "ku"]
        self.program = program

    def __enter__(self):
        for name in (self.wire, *self.hosts):
            run("ip", "netns", "add", name)
            self.stack.callback(subprocess.run, ["ip", "netns", "delete", name], check=False)
        quieten((self.wire, *self.hosts))
        self.taps = [self.cable(*pair) for pair in zip(self.hosts, ("wk", "wu"))]
        self.datapath = self.stack.enter_context(Datapath(self.program))
        return self

    def __exit__(self, *_):
        self.stack.close()

    def cable(self, host, end):
        """A veth between a host and the wire; whoever is asked for there is the wire."""
        batch = [f"link add {end} address {MAC['wire']} type veth peer name u0 address "
                 f"{MAC['u0']} netns {host}", f"link set {end} up"]
        subprocess.run(["ip", "-n", self.wire, "-batch", "-"], input="\n".join(batch), text=True,
                       check=True)
        batch = ["link set lo up", "link set u0 up", "address add 192.0.2.1/24 dev u0",
                 "address add 192.0.2.11/24 dev u0"]
        batch += [f"neigh add 192.0.2.{number} lladdr {MAC['wire']} dev u0"
                  for number in (2, 3, 4, 254)]
        batch += ["route add default via 192.0.2.254"]
        subprocess.run(["ip", "-n", host, "-batch", "-"], input="\n".join(batch), text=True,
                       check=True)
        checksums_by_hand(host, "u0")
        return Tap(self.wire, end)

    @contextlib.contextmanager
    def tunnel(self, kind, name="t0", inner=("10.9.0.1/24", "fd09::1/64"), routers=(), **options):
        """The tunnel in both hosts: a tap of each, and the index in the user-space one."""
        with contextlib.ExitStack() as stack:
            kernel_tunnel(self.hosts[0], name, kind, **options)
            stack.callback(run, "ip", "-n", self.hosts[0], "link", "delete", name)
            index = self.datapath.tunnel(self.hosts[1], name, kind, routers=routers, **options)
            stack.callback(self.datapath.drop, self.hosts[1], index)
            yield self.bring_up(kind, name, inner, routers), index

    def bring_up(self, kind, name, inner, routers):
        mtu = device_mtu(self.hosts[0], name)
        for host in self.hosts:
            batch = [f"link set {name} mtu {mtu}"]
            batch += [f"link set {name} address {MAC['t0']}"] if kind == "gretap" else []
            batch += [] if inner else [f"link set {name} addrgenmode none"]
            batch += [f"link set {name} up"]
            batch += [f"address add {one} dev {name}" for one in inner]
            subprocess.run(["ip", "-n", host, "-batch", "-"], input="\n".join(batch), text=True,
                           check=True)
        for router in routers:
            ip(self.hosts[0], f"tunnel prl dev {name} prl-default {router}")
        taps = [Tap(host, name, kind == "gretap") for host in self.hosts]
        return taps


def both(taps, wanted, patience=PATIENCE):
    """What each twin says: packets, or None. The user-space one is waited for if it should."""
    first = taps[0].next(wanted, SILENCE)
    second = taps[1].next(wanted, patience if first else SILENCE)
    if second and not first:  # the kernel leaves work to a thread when it is busy
        first = taps[0].next(wanted, PATIENCE)
    return first, second
