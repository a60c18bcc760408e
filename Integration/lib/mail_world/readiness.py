"""What a daemon tells systemd, sd_notify(3): that it is ready. Only then all its sockets are open, and not the first
alone."""

import os
import socket

from . import waiting


class Readiness:
    """The socket at which one daemon says so; `environment` has what it must be started with."""

    made = 0

    def __init__(self):
        Readiness.made += 1
        place = f"postseal-{os.getpid()}-{Readiness.made}"
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
        self.notices.bind(f"\0{place}")
        self.environment = {**os.environ, "NOTIFY_SOCKET": f"@{place}"}
        self.is_said = False

    def wait(self, process, log, seconds=20.0):
        """Waits until the process says that it is ready; raises if it ends before. `log()`: what it wrote."""
        waiting.until(f"process {process.pid} is ready", lambda: self.has_come(process, log), seconds)

    def has_come(self, process, log):
        try:
            while not self.is_said:
                self.is_said = "READY=1" in self.notices.recv(4096).decode().split("\n")
        except BlockingIOError:
            if process.poll() is not None:
                raise waiting.TooLate(f"the daemon ended with {process.returncode}: {log()[-2000:]}") from None
        return self.is_said

    def close(self):
        self.notices.close()
