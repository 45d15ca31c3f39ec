"""What the kernel has, as iproute2 tells it: a set of texts to compare.

Left out is what the kernel changes by itself: counters, timers, states of links,
and the IPv6 addresses and routes that it makes when a link comes up.
"""
import json
import os
import subprocess
import time

NETNS = "/run/netns"
VOLATILE = {"operstate", "stats", "stats64", "valid_life_time", "preferred_life_time", "tentative",
            "dadfailed", "expires", "cache", "topology_change", "topology_change_detected",
            "root_id", "root_port", "root_path_cost", "state", "used", "promiscuity",
            "allmulti", "designated_cost", "designated_root", "pref", "carrier", "ageing_time"}
QUESTIONS = ((["-d"], "link show\naddr show\nnetconf show\nroute show table all\nrule show\nneigh show nud all\nneigh show proxy\n"),
             (["-6"], "route show table all\nrule show\n"))
PATIENCE = 20                   # seconds
BARRIER = "contract-barrier"


def ip(*arguments, text=None, must=True):
    done = subprocess.run(["ip", *arguments], input=text, stdout=subprocess.PIPE, check=False,
                          stderr=subprocess.DEVNULL, encoding="utf-8", errors="replace")
    if must and done.returncode:
        raise SystemExit(f"ip {' '.join(arguments)} failed with {done.returncode}")
    return done.stdout


def is_kernels(record):
    """Made by the kernel when it pleases."""
    return str(record.get("local", "")).startswith("fe80:") or \
        record.get("state", ["PERMANENT"]) != ["PERMANENT"] or \
        record.get("protocol") in ("kernel", "ra", "kernel_ll", "kernel_ra") and \
        ":" in str(record.get("dst", "")) + str(record.get("local", ""))


def still(record):
    """A record without what changes by itself."""
    if isinstance(record, list):
        return [still(one) for one in record
                if not (isinstance(one, dict) and is_kernels(one))]
    if not isinstance(record, dict):
        return record
    return {key: [flag for flag in value if flag == "UP"] if key == "flags" else still(value)
            for key, value in record.items()
            if key not in VOLATILE and not key.endswith("_timer")}


def describe(namespace):
    """The texts of one namespace, "" being our own."""
    where = ["-n", namespace] if namespace else []
    for options, questions in QUESTIONS:
        output = ip("-j", *options, *where, "-batch", "-", text=questions, must=False)
        for line in output.splitlines():
            for record in still(json.loads(line)) if line.startswith("[") else []:
                yield f"{namespace or 'host'}: {json.dumps(record, sort_keys=True)}"
    for table in ("state", "policy"):
        yield f"{namespace or 'host'}: {ip(*where, 'xfrm', table, must=False)}"


def namespaces():
    return sorted(os.listdir(NETNS)) if os.path.isdir(NETNS) else []


def snapshot():
    names = namespaces()
    return {f"namespace {name}" for name in names} | \
        {text for name in ["", *names] for text in describe(name)}


def clear_one():
    """
    Makes and deletes a namespace, and waits until it is gone: the kernel clears
    namespaces in the background, in order. A netlink socket in one delays it by
    an RCU grace period, so ours has had one as well.
    """
    ip("netns", "add", BARRIER)
    ip("link", "add", "barrier0", "type", "veth", "peer", "name", "barrier1", "netns", BARRIER)
    ip("-n", BARRIER, "link", "show")
    ip("netns", "delete", BARRIER)
    wait_until(lambda: "barrier0" not in ip("-o", "link", "show"))


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("a deleted namespace does not go away: somebody holds it")
        time.sleep(0.02)


def links_of(namespace):
    """Links, and the numbers of other namespaces that have a name."""
    where = ["-n", namespace] if namespace else []
    output = ip("-j", *where, "-batch", "-", text="link show\nnetns list-id\n", must=False)
    records = [one for line in output.splitlines() if line.startswith("[")
               for one in json.loads(line)]
    return [one for one in records if "ifname" in one], \
        {one["nsid"] for one in records if one.get("name")}


def all_ends_are_seen():
    """No veth has its other end in a namespace that was deleted, but lives."""
    host = {(one["ifindex"], one.get("link_index")) for one in links_of("")[0]}
    for namespace in namespaces():
        links, named = links_of(namespace)
        for one in links:
            if "link_index" in one and one.get("link_netnsid") not in {None, *named} and \
                    (one["link_index"], one["ifindex"]) not in host:
                return False
    return True


def settle():
    """
    Waits until what was deleted is gone. A namespace lives on for seconds while
    packets of its sockets wait for a neighbour that does not answer.
    """
    clear_one()
    wait_until(all_ends_are_seen)


def prove():
    """That a change is seen at all, of each sort."""
    before, seen = snapshot(), 0
    for command in ("link add prove type veth", "link set prove up mtu 1400",
                    "address add 192.0.2.1/32 dev prove", "address add 2001:db8::1/128 dev prove nodad",
                    "neigh add 192.0.2.9 lladdr 02:00:5e:00:53:09 dev prove", "neigh add proxy 192.0.2.9 dev prove",
                    "route add 198.51.100.0/24 dev prove", "route add unreachable 2001:db8:1::/64",
                    "rule add priority 9 table 9", "-6 rule add priority 9 table 9",
                    "rule delete priority 9", "-6 rule delete priority 9", "netns add prove", "-n prove route add 192.0.2.0/24 dev lo",
                    "netns delete prove", "-6 route delete 2001:db8:1::/64", "link delete prove"):
        ip(*command.split(), must="dev lo" not in command)
        seen += snapshot() != before
        before = snapshot()
    if seen < 16:
        raise SystemExit(f"of 17 changes to the kernel only {seen} are seen")


def reset_rules(family):
    """Those of the kernel, and no others."""
    own = {0: "local", 32766: "main", **({32767: "default"} if family == "-4" else {})}
    for rule in json.loads(ip(family, "-j", "rule", "show")):
        if rule["priority"] in own and rule.get("protocol", "kernel") == "kernel":
            del own[rule["priority"]]
        else:
            ip(family, "rule", "delete", "priority", str(rule["priority"]), must=False)
    for priority, table in own.items():
        ip(family, "rule", "add", "priority", str(priority), "table", table, "protocol", "kernel")


def reset():
    """An empty world again, behind the agent's back."""
    ip("-all", "netns", "delete", must=False)
    for link in json.loads(ip("-j", "link", "show")):
        if link["ifname"] != "lo":
            ip("link", "delete", "dev", link["ifname"], must=False)
    ip("address", "flush", "dev", "lo")
    ip("route", "flush", "table", "all", "protocol", "116", must=False)
    ip("-6", "route", "flush", "table", "all", "protocol", "116", must=False)
    for family in ("-4", "-6"):
        reset_rules(family)
    ip("address", "add", "127.0.0.1/8", "dev", "lo", must=False)
    ip("link", "set", "lo", "up")
