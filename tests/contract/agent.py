"""A tunneld of one's own, and plain connections to it that send whatever they are told."""
import http.client
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

from traffic import Answer, Recorder

SECONDS = 20    # no answer takes longer, or the agent hangs
QUIET = 0.1     # where an answer has no end: it is read until nothing came for so long,
ENOUGH = 1      # or for so long at all


class Connection:
    """Kept alive as long as the agent keeps it; opened again when need be."""

    def __init__(self, address, headers=()):
        self.address, self.headers = address, dict(headers)
        self.socket = None
        self.recorder = Recorder()

    def open(self):
        family = socket.AF_UNIX if isinstance(self.address, str) else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(SECONDS)
        self.socket.connect(self.address)

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket = None

    def exchange(self, method, target, data):
        """Sends bytes, reads one answer. OSError or HTTPException: there was none."""
        if not self.socket:
            self.open()
        if data:
            self.socket.sendall(data)
        reply = http.client.HTTPResponse(self.socket, method=method)
        try:
            reply.begin()
            headers = {name.lower(): value for name, value in reply.getheaders()}
            endless = reply.chunked and method != "HEAD"
            body = self.read_beginning(reply) if endless else reply.read()
            answer = Answer(method, target, reply.status, headers,
                            body.decode(errors="replace"))
            if reply.will_close or endless:
                self.close()
        finally:
            reply.close()
        self.recorder.add(answer)
        return answer

    def read_beginning(self, reply):
        """Of an answer that does not announce its length, which none but a stream does: whole lines."""
        text, deadline = b"", time.monotonic() + ENOUGH
        self.socket.settimeout(QUIET)
        try:
            while time.monotonic() < deadline and (piece := reply.read1()):
                text += piece
        except TimeoutError:
            pass
        return text[:text.rfind(b"\n") + 1]

    def call(self, method, target, body=None, headers=()):
        """body: bytes, text or None."""
        try:
            return self.exchange(method, target, request_bytes(
                method, target, body, {**self.headers, **dict(headers)}))
        except (OSError, http.client.HTTPException):
            self.close()
            raise


def request_bytes(method, target, body, headers):
    body = body.encode(errors="surrogatepass") if isinstance(body, str) else body
    lines = {"Host": "tunneld", **headers}
    if body is not None:
        lines = {"Content-Type": "application/json", "Content-Length": len(body), **lines}
    head = f"{method} {target} HTTP/1.1\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
    return head.encode("utf-8", errors="surrogatepass") + b"\r\n" + (body or b"")


class Agent:
    """Runs as long as the with block does, and has to end with status 0 then."""

    def __init__(self, *options, prefix=(), settings=None):
        self.folder = tempfile.mkdtemp(prefix="tunneld-contract.")
        self.socket = os.path.join(self.folder, "socket")
        self.command = [*prefix, os.environ.get("TUNNELD", "./tunneld"), "--socket", self.socket,
                        "--state-dir", self.folder, *options]
        self.settings = settings or {}
        self.prefixed = bool(prefix)    # then the agent is a child of what was started
        self.process = None

    def connect(self):
        return Connection(self.socket)

    def start(self):
        """Also again, in the folder of one that has ended."""
        with open(os.path.join(self.folder, "log"), "wb") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, **self.settings)
        deadline = time.monotonic() + SECONDS
        while not self.listens():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the agent does not start:\n{self.log()}")
            time.sleep(0.01)

    def listens(self):
        """The socket of one that was killed is left, and for a moment may be open yet."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
                probe.connect(self.socket)
                peer = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            return self.prefixed or struct.unpack("3i", peer)[0] == self.process.pid
        except OSError:
            return False

    def __enter__(self):
        self.start()
        return self

    def memory(self):
        """Resident, in kB."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))

    def wait_unlinked(self):
        """Until it has begun to end: its socket is gone from the file system."""
        deadline = time.monotonic() + SECONDS
        while os.path.exists(self.socket) and time.monotonic() < deadline:
            time.sleep(0.01)

    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def alive(self):
        return self.process.poll() is None

    def ended(self):
        """The exit status (negative: a signal's number) if it ends within a second, else None."""
        try:
            return self.process.wait(1)
        except subprocess.TimeoutExpired:
            return None

    def end(self):
        """The exit status; negative: the signal that ended it."""
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def datapath(self):
        """The pid of what carries its tunnels in user space and outlives it, or None."""
        wanted = f"tunneld-datapath\0--socket\0{self.folder}/datapath.sock\0".encode()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    if file.read() == wanted:
                        return int(pid)
            except OSError:
                continue
        return None

    def __exit__(self, kind, *_):
        status = self.end()
        if left := self.datapath():
            os.kill(left, signal.SIGKILL)
        if status:
            print(self.log()[-4000:])
        shutil.rmtree(self.folder, ignore_errors=True)
        if status and kind is None:
            raise SystemExit(f"the agent ended with {status} instead of 0")
