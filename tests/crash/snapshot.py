"""What the kernel has, and what the agent says of it, as values that can be compared."""
import hashlib
import json
import os
import subprocess

MANAGED_GROUP = str(0x74756E6C)


def ip(namespace, *arguments):
    prefix = ["-n", namespace] if namespace else []
    run = subprocess.run(["ip", *prefix, "-j", *arguments], capture_output=True, text=True, timeout=20)
    return json.loads(run.stdout or "[]") if run.returncode == 0 else []


def namespaces():
    return ["", *sorted(os.listdir("/run/netns"))]


def addresses(link):
    """Without those that the kernel makes of a random MAC."""
    return sorted([a.get("local"), a.get("address", ""), a.get("prefixlen"), a.get("protocol", "")]
                  for a in link.get("addr_info", []) if not str(a.get("local")).startswith("fe80"))


def link_of(link):
    info = link.get("linkinfo", {})
    data = {k: v for k, v in info.get("info_data", {}).items()
            if not k.endswith("_timer") and k not in ("bridge_id", "root_id", "root_path_cost", "root_port",
                                                      "topology_change", "topology_change_detected")}
    return [info.get("info_kind", ""), data, link.get("mtu"), "UP" in link.get("flags", ()),
            link.get("group"), link.get("master", ""), link.get("link", ""), addresses(link)]


def route_of(route):
    return {k: v for k, v in route.items() if k not in ("flags", "cache", "pref")}


def routes(namespace):
    found = []
    for family in ("-4", "-6"):
        for route in ip(namespace, family, "route", "show", "table", "all"):
            if route.get("type") in ("local", "broadcast", "multicast", "anycast") or \
                    route.get("protocol") == "kernel" or "fe80" in str(route.get("dst")):
                continue
            found.append(route_of(route))
    return sorted(found, key=json.dumps)


def rules(namespace):
    return [rule for family in ("-4", "-6") for rule in ip(namespace, family, "-d", "rule", "show")
            if rule.get("protocol") != "kernel"]


def neighbor_of(neighbor):
    """What the kernel finds out of a managed one comes when it comes."""
    if "managed" not in neighbor:
        return neighbor
    return {k: v for k, v in neighbor.items() if k not in ("lladdr", "state")}


def neighbors(namespace):
    """Those of the agent, and those that somebody else set."""
    tables = [ip(namespace, "-d", "neigh", "show", *table) for table in (("nud", "all"), ("proxy",))]
    return sorted((neighbor_of(one) for table in tables for one in table
                   if one.get("protocol") == "116" or "proxy" in one or "PERMANENT" in one.get("state", ())),
                  key=json.dumps)


def kernel():
    """Every namespace: links with their addresses, routes, rules and neighbours."""
    return {name: [{link["ifname"]: link_of(link) for link in ip(name, "-d", "addr")}, routes(name), rules(name),
                    neighbors(name)]
            for name in namespaces()}


def steady(value):
    """Without what runs by itself."""
    if isinstance(value, dict):
        return {k: steady(v) for k, v in value.items() if not k.endswith("_timer") and k != "tentative"}
    return [steady(item) for item in value] if isinstance(value, list) else value


def foreign(places):
    """A hash of all that is told of links of others: places are (namespace, link)."""
    told = []
    for namespace, link in places:
        told.append(ip(namespace, "-d", "addr", "show", "dev", link))
        told.append(ip(namespace, "route", "show", "dev", link))
    return hashlib.sha256(json.dumps(steady(told), sort_keys=True).encode()).hexdigest()


def agents(connection):
    """By URL: the state of each managed object, and its members but for those of chance."""
    found = {}
    for collection in ("namespaces", "links", "addresses", "routes", "rules", "neighbors"):
        answer = connection.call("GET", f"/{collection}" + ("?table=all" if collection == "routes" else ""))
        if answer.status != 200:
            return {"answer": answer.status, "body": answer.body}
        for item in json.loads(answer.body):
            if item["status"]["state"] == "foreign" or (item.get("name") == "host"):
                continue
            chance = () if "nud" in item and not item.get("managed") else ("mac", "nud")
            members = {k: v for k, v in item.items() if k not in ("status", "peer", *chance)}
            if "addresses" in members:
                members["addresses"] = sorted(json.dumps(a) for a in members["addresses"] if "fe80" not in str(a))
            found[item["self"]] = [item["status"]["state"], members]
    return found
