"""A network namespace of one's own, and a /run that nobody else sees.

What a test makes through the API then touches nothing of the machine, and is
gone when the test ends, however it ends.
"""
import ctypes
import os
import subprocess

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000

libc = ctypes.CDLL(None, use_errno=True)


def must(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def isolate():
    must(libc.unshare(CLONE_NEWNS | CLONE_NEWNET), "unshare")
    must(libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None), "make mounts private")
    must(libc.mount(b"tmpfs", b"/run", b"tmpfs", 0, None), "mount /run")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
