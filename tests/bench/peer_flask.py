#!/usr/bin/python3
"""What people write themselves: pyroute2 behind Flask. peer_flask.py PORT."""
import socket
import sys

from flask import Flask, jsonify, request
from pyroute2 import NetNS

app = Flask(__name__)


def as_object(route, names):
    attributes = dict(route["attrs"])
    destination = attributes.get("RTA_DST")
    return {
        "namespace": request.args["namespace"],
        "destination": f"{destination}/{route['dst_len']}" if destination else "default",
        "table": attributes.get("RTA_TABLE", route["table"]),
        "gateway": attributes.get("RTA_GATEWAY"),
        "device": names.get(attributes.get("RTA_OIF")),
        "metric": attributes.get("RTA_PRIORITY", 0),
        "protocol": route["proto"],
        "scope": route["scope"],
        "type": route["type"],
    }


@app.get("/routes")
def routes():
    with NetNS(request.args["namespace"]) as namespace:
        names = {link["index"]: link.get_attr("IFLA_IFNAME") for link in namespace.get_links()}
        return jsonify([as_object(route, names) for route in namespace.get_routes(family=socket.AF_INET, table=254)])


if __name__ == "__main__":
    app.run("127.0.0.1", int(sys.argv[1]), threaded=True)
