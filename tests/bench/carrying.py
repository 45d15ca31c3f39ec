"""Packets between two namespaces that a veth joins: with no tunnel, through tunneld-datapath and
through socat (TUN and IP4-DATAGRAM), both ends alike. One TCP stream from a file (sendfile) to
/dev/null, and UDP of 64 bytes as fast as one sender can; what arrives is counted. Costs are seconds
of a processor: of the two processes that carry, and of the whole machine, the ends of the traffic
included. The kernel's own ipip is measured in the user-mode kernel, whose system calls cost a
hundred times as much as here: there it only stands beside the same ways in that kernel."""
import json
import os
import shutil
import subprocess

import carry
from place import HERE, median
from report import quantity

IN_UML = os.path.join(HERE, "..", "in-uml")
NAMES = {"no tunnel": "no tunnel", "ipip": "tunneld, ipip", "gre": "tunneld, gre", "sit": "tunneld, sit",
         "socat": "socat, ipip", "kernel": "the kernel's ipip"}
OURS = ("ipip", "gre", "sit")
MANY = 500


def medians(rounds):
    """rounds: of each, the figures of all ways; of them the medians, by way and figure."""
    return {way: {name: median([each[way][name] for each in rounds]) for name in found if name != "way"}
            for way, found in rounds[0].items()}


def here(place):
    ways = ["no tunnel", *OURS, *["socat"] * bool(shutil.which("socat"))]
    seconds = place.choose(5, 0.3)
    return medians([{way: carry.measure(place.build, way, seconds) for way in ways}
                    for _ in range(place.choose(3, 1))])


def in_uml(place):
    """The same in a kernel that has ipip itself; nothing where it cannot be."""
    command = [IN_UML, "--timeout", "120", "--settle", "--env", f"TUNNELD_BUILD={place.build}", "--readable",
               place.build, "python3", os.path.join(HERE, "carry.py"), place.build, str(place.choose(3, 0.3)),
               "no tunnel", "kernel", "ipip"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {}, (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
    return {found["way"]: found for found in map(json.loads, done.stdout.splitlines())}, ""


# figure: what, scale, unit, and the bar beside socat
FIGURES = {
    "tcp": ("TCP", 8e-9, "Gbit/s", (">=", 3)),
    "cost": ("TCP, the processes' cost", 1, "s/GB", ("<=", 1)),
    "system": ("TCP, the machine's cost", 1, "s/GB", None),
    "udp": ("UDP", 1, "packets/s", None),
    "udp_cost": ("UDP, the processes' cost", 1, "s/million", None),
    "udp_system": ("UDP, the machine's cost", 1, "s/million", None),
}


def tell(report, found, base, where, ways):
    """The figures of ways, each beside that of base."""
    for figure, (what, scale, unit, bar) in FIGURES.items():
        for way in ways:
            value, other = found[way][figure], found[base][figure] if base in found else 0
            if not value:
                continue
            ratio = value / other if other and way != base else None
            report.line(f"{where}{what}: {NAMES[way]}", quantity(value * scale, unit), ratio, NAMES[base],
                        bar if way in OURS and base == "socat" else None)


def tell_many(report, place):
    """Those that wait cost memory, and no time; the kernel holds each packet against all of them."""
    count = place.choose(MANY, 20)
    found = carry.many(place.build, count, place.choose(5, 0.3))
    report.absolute(f"{count} tunnels: memory of each", found["memory"], "kB", 16)
    report.absolute(f"{count} tunnels: the processor's time while they wait", 1e3 * found["idle"], "ms/s", 0.1)
    report.line(f"TCP: tunneld, ipip, beside {count} that wait", quantity(found["tcp"] * 8e-9, "Gbit/s"),
                found["tcp"] / found["one"], "without them")


def measure(report, place):
    found = here(place)
    if "socat" not in found:
        report.note("socat", "it is not installed: ./install-packages bench")
    tell(report, found, "socat", "", found)
    tell_many(report, place)
    found, why = in_uml(place)
    if found:
        tell(report, found, "kernel", "user-mode kernel, ", found)
    else:
        report.note("the kernel's own ipip", f"the user-mode kernel: {why}")
