"""`postseal serve` under test: a configuration, a process, a log."""

import os
import re
import signal
import socket
import subprocess

from . import waiting
from .readiness import Readiness


class Daemon:
    """One daemon with a configuration of its own.

    `address` is one of those where it listens, as its configuration writes it: `unix:PATH` or `tcp:HOST:PORT`.
    """

    def __init__(self, program, folder, name, configuration, address, environment=None):
        self.program, self.name, self.address = program, name, address
        self.path = os.path.join(folder, f"{name}.yaml")
        self.log = os.path.join(folder, f"{name}.log")
        self.environment = environment
        self.process = None
        self.readiness = None
        self.configure(configuration)

    def configure(self, configuration):
        self.configuration = configuration
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(configuration)

    @property
    def milter(self):
        """The address as Postfix writes it."""
        return self.address if self.address.startswith("unix:") else "inet:" + self.address.removeprefix("tcp:")

    def start(self, output=None):
        """Starts it and returns at once; `wait_ready` waits.

        `output`: where its log goes, an open file; otherwise a file that `log_text` reads.
        """
        log = open(self.log, "a", encoding="utf-8") if output is None else output
        # Begun by Python itself, a program that libfaketime is loaded into does not see its arguments.
        before = ["env"] if self.environment else []
        if self.readiness:
            self.readiness.close()
        self.readiness = Readiness()
        try:
            self.process = subprocess.Popen(
                [*before, self.program, "serve", "--config", self.path], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                env={**self.readiness.environment, **(self.environment or {})}, start_new_session=True)
        finally:
            if output is None:
                log.close()
        return self

    def wait_ready(self, seconds=20.0):
        self.readiness.wait(self.process, self.log_text, seconds)
        waiting.until(f"daemon {self.name} at {self.address}", self.answers, seconds)
        return self

    def answers(self):
        """Whether somebody accepts connections there; raises if the process has ended."""
        if self.process.poll() is not None:
            raise waiting.TooLate(f"daemon {self.name} ended with {self.process.returncode}: {self.log_text()[-2000:]}")
        kind, _, place = self.address.partition(":")
        try:
            if kind == "unix":
                with socket.socket(socket.AF_UNIX) as probe:
                    probe.connect(place)
            else:
                host, _, port = place.rpartition(":")
                socket.create_connection((host.strip("[]"), int(port)), 2).close()
            return True
        except OSError:
            return False

    def signal(self, number):
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)

    def reload(self):
        """Tells it to read its configuration again, and waits until its log says that it did, or that it did not."""
        start = len(self.log_text())
        self.signal(signal.SIGHUP)
        return waiting.until(f"daemon {self.name} reloads",
                             lambda: re.search(r".*configuration (not )?taken up.*\n", self.log_text()[start:]))

    def stop(self, seconds=15.0):
        """A graceful stop; its exit status."""
        self.signal(signal.SIGTERM)
        return self.ended(seconds)

    def kill(self):
        self.signal(signal.SIGKILL)
        return self.ended(10)

    def ended(self, seconds):
        if not self.process:
            return None
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            self.process.kill()
            self.process.wait()
            raise waiting.TooLate(f"daemon {self.name} did not end within {seconds:g} s") from error

    def log_text(self):
        try:
            with open(self.log, encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""
