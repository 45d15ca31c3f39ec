"""Packets as bytes: IPv4, IPv6, UDP, ICMP, Ethernet, GRE; made, and told apart."""

import socket
import struct

ICMP, IPIP, TCP, UDP, IPV6, GRE, ICMPV6 = 1, 4, 6, 17, 41, 47, 58
DF, MF = 0x4000, 0x2000
CSUM, KEY, SEQ = 0x8000, 0x2000, 0x1000
ETH_IP, ETH_IPV6, ETH_ARP, ETH_TEB = 0x0800, 0x86DD, 0x0806, 0x6558


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def ipv4(source, destination, protocol, payload, *, tos=0, ttl=64, fragment=DF, number=1,
         options=b"", length=None, version=4):
    size = 20 + len(options)
    head = struct.pack(">BBHHHBBH4s4s", version << 4 | size // 4, tos,
                       size + len(payload) if length is None else length, number, fragment, ttl,
                       protocol, 0, socket.inet_aton(source),
                       socket.inet_aton(destination)) + options
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def ipv6(source, destination, protocol, payload, *, tos=0, ttl=64, length=None):
    head = struct.pack(">IHBB", 6 << 28 | tos << 20, len(payload) if length is None else length,
                       protocol, ttl)
    return head + socket.inet_pton(socket.AF_INET6, source) + \
        socket.inet_pton(socket.AF_INET6, destination) + payload


def udp(payload):
    """Without a checksum: of IPv4 that says nothing, of IPv6 nobody looks here."""
    return struct.pack(">HHHH", 4000, 4001, 8 + len(payload), 0) + payload


def icmp(kind, code, field, payload):
    head = struct.pack(">BBHI", kind, code, 0, field)
    return head[:2] + struct.pack(">H", checksum(head + payload)) + head[4:] + payload


def ethernet(destination, source, kind, payload):
    return bytes.fromhex(destination.replace(":", "")) + \
        bytes.fromhex(source.replace(":", "")) + struct.pack(">H", kind) + payload


def gre(kind, payload, flags=0, key=0, number=0, spoilt=0):
    words = b"\0" * 4 if flags & CSUM else b""
    words += struct.pack(">I", key) if flags & KEY else b""
    words += struct.pack(">I", number) if flags & SEQ else b""
    packet = struct.pack(">HH", flags, kind) + words + payload
    if flags & CSUM:
        packet = packet[:4] + struct.pack(">H", checksum(packet) ^ spoilt) + packet[6:]
    return packet


def same_but_numbers(packet):
    """An outer IPv4 packet without its number and checksum, which may differ."""
    return packet[:4] + b"\0\0" + packet[6:10] + b"\0\0" + packet[12:]


def is_noise(packet):
    """What hosts say of themselves: neighbour discovery and reports of groups."""
    if packet[:1] and packet[0] >> 4 == 6:
        return len(packet) >= 40 and packet[24] == 0xFF
    return len(packet) >= 20 and packet[9] == 2


def frame_is_noise(frame):
    kind = struct.unpack_from(">H", frame, 12)[0] if len(frame) >= 14 else 0
    return frame[0] & 1 and (kind == ETH_ARP or kind == ETH_IPV6)
