"""Traffic between two ends: echoes, and TCP whose bytes are compared by their hash."""

import contextlib
import hashlib
import os
import random
import select
import socket
import struct
import threading
import time

from packets import checksum
from stand_in import inside, ip

# isatap: IPv6 whose addresses name the far end
FAMILIES = {"4": socket.AF_INET, "6": socket.AF_INET6, "isatap": socket.AF_INET6}


def address(family, end):
    return {"4": f"10.9.0.{end}", "6": f"fd09::{end}", "isatap": f"fd09::5efe:192.0.2.{end}"}[family]


def bring_up(names, families, mtu=None):
    for end, name in enumerate(names, 1):
        for family in families:
            flags = "" if family == "4" else " nodad"
            length = "24" if family == "4" else "64"
            ip(name, f"address add {address(family, end)}/{length} dev t0{flags}")
        ip(name, f"link set t0 {f'mtu {mtu} ' if mtu else ''}up")


def socket_in(namespace, family, kind, protocol=0):
    with inside(namespace):
        return socket.socket(FAMILIES[family], kind, protocol)


def echo(namespace, family, to, size, seconds):
    """One echo: whether it came back."""
    kind, protocol = (8, socket.IPPROTO_ICMP) if family == "4" else (128, socket.IPPROTO_ICMPV6)
    head = struct.pack(">BBHHH", kind, 0, 0, os.getpid() & 0xFFFF, 1)
    payload = os.urandom(size)
    packet = head[:2] + struct.pack(">H", checksum(head + payload)) + head[4:] + payload
    with socket_in(namespace, family, socket.SOCK_RAW, protocol) as raw:
        raw.connect((to, 0))
        raw.send(packet)
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if not select.select([raw], [], [], left)[0]:
                break
            with contextlib.suppress(OSError):  # a path that has become narrow
                if raw.recv(65536).endswith(payload):
                    return True
    return False


def ping(namespace, family, to, *sizes):
    """The first may be lost to who learns an address, or a path each way."""
    for size in (56, *sizes):
        assert any(echo(namespace, family, to, size, seconds=0.7) for _ in range(3)), \
            f"no echo of {size} bytes from {to}"


class Transfer:
    """A TCP transfer from one namespace to another, in pieces so that things can happen within."""

    def __init__(self, source, sink, family, to, amount, seconds=20):
        self.data = random.Random(f"{family}{source}{amount}").randbytes(amount)
        self.taken, self.received = hashlib.sha256(), 0
        self.listening = socket_in(sink, family, socket.SOCK_STREAM)
        self.listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listening.bind((to, 5000))
        self.listening.listen(1)
        self.sending = socket_in(source, family, socket.SOCK_STREAM)
        for one in (self.listening, self.sending):
            one.settimeout(seconds)
        self.sending.connect((to, 5000))
        self.receiving = self.listening.accept()[0]
        self.receiving.settimeout(seconds)
        self.thread = threading.Thread(target=self.send)
        self.thread.start()

    def send(self):
        try:
            self.sending.sendall(self.data)
            self.sending.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other end misses it

    def take(self, until=None):
        """Reads up to so many bytes, or all."""
        while until is None or self.received < until:
            part = self.receiving.recv(1 << 18)
            if not part:
                return
            self.received += len(part)
            self.taken.update(part)

    def finish(self):
        try:
            self.take()
        finally:
            for one in (self.receiving, self.sending, self.listening):
                one.close()
            self.thread.join()
        assert self.taken.digest() == hashlib.sha256(self.data).digest(), \
            f"another hash of {self.received} bytes"


def transfer(source, sink, family, to, amount):
    Transfer(source, sink, family, to, amount).finish()
