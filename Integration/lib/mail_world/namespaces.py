"""A mail host and its clients as network namespaces.

`enter` starts the program anew in namespaces of its own (mounts, network, host name, processes): that is the mail host.
Whatever it mounts, binds or leaves running is gone when the program ends, however it ends. Clients live in further
network namespaces behind a pair of virtual interfaces each, and may have many addresses.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys

HOST = "mx.example.org"
MARK = "MAIL_WORLD_INSIDE"
CLONE_NEWNET = 0x40000000

#: The mail host as strangers see it, and as its own network does.
OUTER_V4, OUTER_V6 = "198.51.100.1", "2001:db8:51::1"
INNER_V4, INNER_V6 = "10.20.0.1", "fd20::1"

libc = ctypes.CDLL(None, use_errno=True)


def command(*words, check=True):
    return subprocess.run(words, check=check, capture_output=True, text=True)


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def enter():
    """Goes on only within the new namespaces; ends the program with status 77 where there can be none."""
    if os.environ.get(MARK) == "yes":
        settle()
        return
    if os.geteuid() != 0:
        skip("network namespaces need root")
    words = ["unshare", "--mount", "--propagation", "private", "--net", "--uts", "--ipc", "--pid", "--fork",
             "--kill-child=KILL", "--mount-proc"]
    try:
        works = command(*words, "sh", "-c", "ip link add veth0 type veth peer name veth1 && mount -t tmpfs none /run",
                        check=False)
    except FileNotFoundError as error:
        skip(f"not installed: {error.filename}")
    if works.returncode:
        skip(f"namespaces can't be made: {works.stderr.strip()}")
    os.environ[MARK] = "yes"
    os.execvp(words[0], words + [sys.executable, *sys.argv])


def settle():
    # The first process of a PID namespace is deaf to signals that it has no handler for.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # Debian's programs for administrators, whatever the caller's PATH.
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    command("mount", "-t", "tmpfs", "none", "/run")
    command("hostname", HOST)
    command("ip", "link", "set", "lo", "up")
    # Addresses that come and go at once: nobody else could have them.
    for name in ("all", "default"):
        with open(f"/proc/sys/net/ipv6/conf/{name}/accept_dad", "w", encoding="ascii") as file:
            file.write("0")


def bind_over(path, text, folder):
    """Shows `text` in place of the file at `path`, in this mount namespace alone."""
    own = os.path.join(folder, path.strip("/").replace("/", "-"))
    with open(own, "w", encoding="ascii") as file:
        file.write(text)
    command("mount", "--bind", own, os.path.realpath(path))


class Clients:
    """A network namespace with addresses that clients connect from."""

    def __init__(self, name, host_addresses, addresses):
        self.name = name
        near, far = f"{name}0", f"{name}1"
        command("ip", "netns", "add", name)
        command("ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", name)
        for address in host_addresses:
            self.give(address, near, [])
        command("ip", "link", "set", near, "up")
        inside = ["netns", "exec", name, "ip"]
        for address in addresses:
            self.give(address, far, inside)
        command("ip", *inside, "link", "set", far, "up")
        command("ip", *inside, "link", "set", "lo", "up")

    @staticmethod
    def give(address, device, inside):
        width, more = ("64", ["nodad"]) if ":" in address else ("24", [])
        command("ip", *inside, "address", "add", f"{address}/{width}", "dev", device, *more)

    def socket(self, family):
        """A TCP socket in the clients' namespace, for the calling thread to use as it likes."""
        with open("/proc/thread-self/ns/net", "rb") as home, open(f"/run/netns/{self.name}", "rb") as away:
            self.move(away)
            try:
                return socket.socket(family, socket.SOCK_STREAM)
            finally:
                self.move(home)

    @staticmethod
    def move(namespace):
        if libc.setns(namespace.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
