"""What was measured, line by line, as it comes; and the same as docs/benchmarks.md."""
import os
import platform
import re
import subprocess
import textwrap
import time

WIDTH = 100
HEAD = """\
# Benchmarks

What `make bench` found, written by `tests/bench/run --write`. Figures are medians; what is compared
was measured in turns, in the same run on the same machine, so read the ratios. A bar is what
tunneld wants to hold; the last column says whether it did in this run. Everything runs in network
namespaces of its own, the agent with its store on.
"""


def quantity(value, unit):
    """12345.6, "ms" → "12,346 ms": three digits that matter."""
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"


def ratio_text(ratio):
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.3f}"


def first_line(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except OSError:
        return ""
    return (done.stdout + done.stderr).strip().split("\n")[0]


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    with open("/proc/meminfo", encoding="ascii") as file:
        memory = int(file.readline().split()[1]) / 1024 / 1024
    return f"{len(names)} × {names[0] if names else platform.machine()}, {memory:.0f} GiB"


def versions():
    """Of whatever took part, where it is installed."""
    python = ("import flask, pyroute2, importlib.metadata as m; "
              "print('Flask', m.version('flask'), 'and pyroute2', m.version('pyroute2'))")
    said = [first_line("ip", "-V"), first_line("nginx", "-v").replace("nginx version: ", ""),
            " ".join(first_line("wrk", "-v").split()[:2]), first_line("/usr/bin/python3", "-c", python),
            first_line("/usr/lib/frr/zebra", "--version").replace("zebra version", "frr"),
            first_line("sh", "-c", "socat -V | sed -n 's/ on .*//; s/version //; 2p'")]
    return ", ".join(line for line in said if line and "Error" not in line)


class Report:
    """judges: bars are shown, and held."""

    def __init__(self, judges):
        self.judges = judges
        self.parts = []     # (title, how it was taken, rows)
        self.misses = []

    def part(self, title, how, noise):
        """how it is taken; noise: the share of the processors that others use."""
        self.parts.append((title, " ".join((how or "").split()) + f" {self.noise(noise)}", []))
        print(f"\n{title}\n  ({self.noise(noise)})", flush=True)

    @staticmethod
    def noise(share):
        return f"Others used {100 * share:.0f} % of the processors when it began."

    def add(self, *cells):
        self.parts[-1][2].append(cells)
        what, figure, ratio, bar, verdict = cells
        print(f"  {what:<62} {figure:>14}  {ratio:<36} {bar:<9} {verdict}", flush=True)

    def line(self, what, figure, ratio=None, of="", bar=None):
        """ratio of what; bar: (">=" or "<=", limit)."""
        compared = "" if ratio is None else f"{ratio_text(ratio)} × {of}"
        self.add(what, figure, compared, *self.judge(what, ratio, compared, "", bar))

    def absolute(self, what, value, unit, most):
        """A figure that has a limit of its own."""
        figure = quantity(value, unit)
        self.add(what, figure, "", *self.judge(what, value, figure, f" {unit}", ("<=", most)))

    def judge(self, what, value, text, unit, bar):
        """The cells of the bar and of the verdict."""
        if not (bar and self.judges):
            return "", ""
        kept = value >= bar[1] if bar[0] == ">=" else value <= bar[1]
        limit = f"{'≥' if bar[0] == '>=' else '≤'} {bar[1]:.3g}{unit}"
        if not kept:
            self.misses.append(f"{what}: {text}, not {limit}")
        return limit, "ok" if kept else "misses"

    def note(self, what, why):
        """Something that could not be measured, or only partly."""
        self.add(what, "–", why, "", "")

    def write(self, path, version):
        lines = [HEAD, textwrap.fill(machine(version), WIDTH) + "\n"]
        for part in self.parts:
            lines += section(*part)
        save(path, "\n".join(lines))

    def renew(self, path, version):
        """These parts only; the others stay as they are."""
        with open(path, encoding="utf-8") as file:
            head, *others = re.split("^(?=## )", file.read(), flags=re.MULTILINE)
        sections = {text.split("\n")[0]: text for text in others}
        for title, how, rows in self.parts:
            sections[f"## {title}"] = "\n".join(section(title, f"{how} Of {machine(version)}", rows))
        save(path, head + "\n".join(text.rstrip("\n") + "\n" for text in sections.values()))


def machine(version):
    return f"{time.strftime('%Y-%m-%d')}, {version}, Linux {platform.release()}, {processor()}; {versions()}."


def section(title, how, rows):
    lines = [f"## {title}\n", textwrap.fill(how, WIDTH) + "\n", "| what | figure | ratio | bar | |", "|---|---|---|---|---|"]
    return lines + ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows] + [""]


def save(path, text):
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".new", path)


def requests_per_second(text):
    """What wrk printed."""
    found = re.search(r"Requests/sec:\s+([\d.]+)", text)
    return float(found.group(1)) if found else 0.0
