"""Servers of others, to compare with: each runs in a folder and a network of ours, none system-wide."""
import contextlib
import os
import shutil
import socket
import subprocess

from place import HERE, wait_until, within

NGINX_PORT, FLASK_PORT = 8081, 8082
ZEBRA = "/usr/lib/frr/zebra"
FRR_FOLDER = "/run/bench-frr"     # in a /run of our own; zebra wants to be its user
NGINX = """
daemon off; worker_processes 1; user root; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
	access_log off; keepalive_requests 100000000; default_type application/json;
	client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
	uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
	server {{ listen 127.0.0.1:{port} backlog=2048; root {folder}/www; etag off; }}
}}
"""


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def has_flask():
    found = subprocess.run(["/usr/bin/python3", "-c", "from flask import Flask; from pyroute2 import NetNS"],
                           stderr=subprocess.DEVNULL, timeout=30, check=False)
    return found.returncode == 0


@contextlib.contextmanager
def nginx(place, body):
    """Serves body as /small."""
    folder = place.path("nginx")
    os.makedirs(os.path.join(folder, "www"), exist_ok=True)
    for path, text in (("www/small", body), ("conf", NGINX.format(folder=folder, port=NGINX_PORT))):
        with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
            file.write(text)
    with place.peer("nginx", "-p", folder, "-c", os.path.join(folder, "conf"), "-e", os.path.join(folder, "error.log")):
        if not wait_until(lambda: listens(NGINX_PORT)):
            raise SystemExit("nginx does not start")
        yield NGINX_PORT


@contextlib.contextmanager
def flask(place):
    """What people write themselves. None where it is not installed."""
    if not has_flask():
        yield None
        return
    with place.peer("/usr/bin/python3", os.path.join(HERE, "peer_flask.py"), str(FLASK_PORT)):
        if not wait_until(lambda: listens(FLASK_PORT)):
            raise SystemExit("Flask does not start")
        yield FLASK_PORT


@contextlib.contextmanager
def frr(place, namespace, routes):
    """zebra in a namespace, once it knows its routes; yields the command that lists them as JSON, or None."""
    if not (shutil.which("vtysh") and os.path.exists(ZEBRA)):
        yield None
        return
    folder = FRR_FOLDER
    os.makedirs(folder)
    shutil.chown(folder, "frr")
    ask = ["vtysh", "--vty_socket", folder, "-c"]
    with place.peer(*within(namespace, ZEBRA, "-z", f"{folder}/zserv", "-i", f"{folder}/pid",
                            "--vty_socket", folder, "-f", "/dev/null", "-A", "127.0.0.1", "-P", "0", "--log",
                            f"file:{folder}/log")):
        def knows():
            said = subprocess.run([*ask, "show ip route summary json"], capture_output=True, text=True, timeout=60,
                                  check=False).stdout
            return f'"routesTotal":{routes}' in said.replace(" ", "") or None
        yield [*ask, "show ip route json"] if wait_until(knows, 60, 0.2) else None
    shutil.rmtree(folder, ignore_errors=True)


def has_bird():
    return shutil.which("birdc") is not None


def ip_json(namespace, *what):
    return ("ip", "-n", namespace, "-j", *what)


def to_pipe(command):
    """Runs it as a program that reads its output would."""
    return ("sh", "-c", '"$@" | cat >/dev/null', "sh", *command)


def to_file(command, path):
    return ("sh", "-c", 'file=$1; shift; "$@" >"$file"', "sh", path, *command)
