"""What is done to the agent when it is to die: requests that lead there and back again.

forward leads from one state to another, backward back: one request each, which is
disturbed, or several, which are not.
"""
import dataclasses
import json


@dataclasses.dataclass
class Kind:
    name: str
    forward: tuple
    backward: tuple
    setup: tuple = ()
    needs: str = ""     # a GET that must not be a 404

    def ways(self):
        """Those that can be disturbed."""
        return [way for way in ("forward", "backward") if isinstance(getattr(self, way)[0], str)]

    def requests(self, way):
        found = getattr(self, way)
        return (found,) if isinstance(found[0], str) else found


def post(collection, body):
    return "POST", "/" + collection, json.dumps(body)


def delete(url):
    return "DELETE", url, None


def patch(url, body):
    return "PATCH", url, json.dumps(body)


# Namespace a is the agent's, with somebody else's link in it; f is not the agent's.
A = post("namespaces", {"name": "a"})
B = post("namespaces", {"name": "b"})
VETH = post("links", {"namespace": "a", "name": "v1", "kind": "veth", "mtu": 1400,
                      "addresses": ["10.9.0.1/24", "fd09::1/64"],
                      "peer": {"namespace": "b", "name": "v2", "addresses": ["10.9.0.2/24"]}})
VXLAN = post("tunnels", {"namespace": "a", "name": "x1", "kind": "vxlan", "vni": 7, "port": 4789,
                         "local": "10.9.0.1", "remote": "10.9.0.2", "device": "v1", "ttl": 9,
                         "addresses": ["10.8.0.1/24", "fd08::1/64"]})
# Carried by a process of its own: its death is not what is tried here.
USERSPACE = post("tunnels", {"namespace": "a", "name": "t1", "kind": "gre", "datapath": "userspace", "ttl": 9,
                             "local": "10.9.0.1", "remote": "10.9.0.2", "addresses": ["10.6.0.1/24"]})
ROUTES = [{"namespace": "a", "destination": f"10.{100 + i}.0.0/16", "gateway": "10.9.0.2"}
          for i in range(30)]
# So many that their rows are written while the kernel makes them.
MANY_ROUTES = [{"namespace": "a", "destination": f"10.200.{i >> 8}.{i & 255}", "gateway": "10.9.0.2"}
               for i in range(1100)]
ADDRESSES = [{"namespace": "a", "link": "v1", "address": f"10.77.{i}.1/24"} for i in range(8)]

VXLANS = [{"namespace": "a", "name": f"y{i}", "kind": "vxlan", "vni": 20 + i, "port": 4789, "local": "10.9.0.1",
           "remote": "10.9.0.3", "addresses": [f"10.7{i}.0.1/24"]} for i in range(4)]
ON_VXLAN = {"namespace": "a", "destination": "10.60.0.0/16", "device": "y1"}

RULES = [{"namespace": "a", "priority": 100 + i, "source": f"10.{i}.0.0/16", "table": 100} for i in range(8)]
NEIGHBORS = [{"namespace": "a", "link": "v1", "address": f"10.9.0.{10 + i // 2}", **({"proxy": True} if i % 2 else
              {"mac": f"02:00:5e:00:53:{10 + i}"})} for i in range(8)]
NEIGHBOR_BACK = patch("/neighbors/a/v1/10.9.0.10", {"mac": "02:00:5e:00:53:10", "nud": "permanent", "router": False})
NOARP_BACK = patch("/neighbors/a/v1/10.9.0.10", {"mac": "02:00:5e:00:53:10", "nud": "noarp", "managed": None})
RULE_BACK = patch("/rules/a/ipv4/100", {"table": 100, "not": False, "tos": 0})
PATCH_BACK = patch("/tunnels/a/x1", {"mtu": 1340, "ttl": 9, "addresses": ["10.8.0.1/24", "fd08::1/64"]})

USERSPACE_BACK = patch("/tunnels/a/t1", {"ttl": 9, "key": None, "addresses": ["10.6.0.1/24"]})


def document():
    """As PUT /config takes it: thirty objects."""
    load = [json.loads(body) for _, _, body in (A, B, VETH, VXLAN)]
    return {"namespaces": load[:2], "links": [load[2]], "tunnels": [load[3]],
            "addresses": ADDRESSES[:6], "routes": ROUTES[:20], "rules": RULES[:3],
            "neighbors": NEIGHBORS[:4]}


KINDS = [
    Kind("namespace", post("namespaces", {"name": "n", "forwarding": {"ipv4": True}}),
         delete("/namespaces/n")),
    Kind("veth", VETH, delete("/links/a/v1"), (A, B)),
    Kind("bridge", post("links", {"namespace": "a", "name": "br1", "kind": "bridge", "stp": True,
                                  "members": ["p1"], "addresses": ["10.7.0.1/24"]}),
         delete("/links/a/br1"),
         (A, post("links", {"namespace": "a", "name": "p1", "kind": "veth", "peer": {"name": "p2"}}))),
    Kind("vxlan", VXLAN, delete("/tunnels/a/x1"), (A, B, VETH)),
    Kind("macvlan", post("links", {"namespace": "a", "name": "m1", "kind": "macvlan", "device": "v1",
                                   "mode": "bridge", "addresses": ["10.6.0.1/24"]}),
         delete("/links/a/m1"), (A, B, VETH)),
    Kind("address", post("addresses", ADDRESSES[0]), delete("/addresses/a/v1/10.77.0.1/24"), (A, B, VETH)),
    Kind("route", post("routes", ROUTES[0]), delete("/routes/a/254/10.100.0.0/16"), (A, B, VETH)),
    Kind("route6", post("routes", {"namespace": "a", "destination": "fd70::/32", "gateway": "fd09::2"}),
         delete("/routes/a/254/fd70::/32"), (A, B, VETH)),
    Kind("routes", post("routes", ROUTES),
         tuple(delete(f"/routes/a/254/10.{100 + i}.0.0/16") for i in range(30)), (A, B, VETH)),
    Kind("routes-many", post("routes", MANY_ROUTES), delete("/routes?namespace=a"), (A, B, VETH)),
    # As a group, with what is on them; and by what they are known.
    Kind("vxlans-by-filter", tuple(post("tunnels", body) for body in VXLANS) + (post("routes", ON_VXLAN),),
         delete("/tunnels?namespace=a&kind=vxlan"), (A, B, VETH)),
    Kind("routes-by-filter", post("routes", ROUTES), delete("/routes?namespace=a"), (A, B, VETH)),
    Kind("addresses", post("addresses", ADDRESSES),
         tuple(delete(f"/addresses/a/v1/10.77.{i}.1/24") for i in range(8)), (A, B, VETH)),
    Kind("rules", post("rules", RULES), tuple(delete(f"/rules/a/ipv4/{100 + i}") for i in range(8)), (A,)),
    Kind("neighbors", post("neighbors", NEIGHBORS),
         tuple(delete(f"/neighbors/a/v1/10.9.0.{10 + i // 2}" + ("?proxy=true" if i % 2 else "")) for i in range(8)),
         (A, B, VETH)),
    Kind("neighbor", patch("/neighbors/a/v1/10.9.0.10", {"mac": "02:00:5e:00:53:99", "nud": "noarp", "router": True}),
         NEIGHBOR_BACK, (A, B, VETH, post("neighbors", NEIGHBORS[0]), NEIGHBOR_BACK)),
    # Where the kernel cannot change it in place.
    Kind("neighbor-managed", patch("/neighbors/a/v1/10.9.0.10", {"mac": None, "nud": None, "managed": True}),
         NOARP_BACK, (A, B, VETH, post("neighbors", NEIGHBORS[0]), NOARP_BACK)),
    # Beside the old one, and where the kernel takes them for the same, instead of it.
    Kind("rule", patch("/rules/a/ipv4/100", {"table": 7, "tos": 16}), RULE_BACK,
         (A, post("rules", RULES[0]), RULE_BACK)),
    Kind("rule-not", patch("/rules/a/ipv4/100", {"not": True}), RULE_BACK,
         (A, post("rules", RULES[0]), RULE_BACK)),
    Kind("full", (A, VETH, VXLAN, post("routes", ROUTES[:5])), delete("/namespaces/a"), (B,)),
    Kind("patch", patch("/tunnels/a/x1", {"mtu": 1300, "ttl": 33, "addresses": ["10.8.1.1/24"]}),
         PATCH_BACK, (A, B, VETH, VXLAN, PATCH_BACK)),
    Kind("userspace", USERSPACE, delete("/tunnels/a/t1"), (A, B, VETH)),
    Kind("userspace-patch", patch("/tunnels/a/t1", {"ttl": 33, "key": 7, "addresses": ["10.6.1.1/24"]}),
         USERSPACE_BACK, (A, B, VETH, USERSPACE, USERSPACE_BACK)),
    Kind("config", ("PUT", "/config", json.dumps(document())), ("PUT", "/config", "{}"), (), needs="/config"),
]
