"""A PostgreSQL cluster of the world's own, reached by a socket in its folder."""

import glob
import os
import pwd
import shutil
import signal
import subprocess

from . import waiting


def programs():
    """Where Debian has the newest version's programs; nothing where there is none."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))
    return found[-1] if found else None


def is_there():
    return programs() is not None


class Cluster:
    """It refuses to run as root, and so runs as Debian's `postgres`."""

    def __init__(self, folder, clock=None):
        """With a `clock.Clock` of its own, or the machine's."""
        self.folder, self.data, self.process = folder, os.path.join(folder, "data"), None
        self.environment = {**os.environ, **clock.environment} if clock else None
        account = pwd.getpwnam("postgres")
        self.account = dict(user=account.pw_uid, group=account.pw_gid, extra_groups=[])
        os.makedirs(folder)
        shutil.chown(folder, "postgres", "postgres")
        os.chmod(folder, 0o755)
        subprocess.run([f"{programs()}/initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "--no-sync"],
                       check=True, capture_output=True, cwd="/", **self.account)

    def start(self):
        with open(os.path.join(self.folder, "log"), "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [f"{programs()}/postgres", "-D", self.data, "-k", self.folder, "-c", "listen_addresses="],
                stdout=log, stderr=log, cwd="/", start_new_session=True, env=self.environment, **self.account)
        waiting.until("PostgreSQL", lambda: self.psql("postgres", "SELECT 1").returncode == 0)
        return self

    def psql(self, database, text):
        return subprocess.run(["psql", "-h", self.folder, "-U", "postgres", "-d", database, "-At", "-c", text],
                              capture_output=True, text=True, check=False, cwd="/")

    def create(self, name):
        """A new database; how libpq is told of it."""
        done = self.psql("postgres", f"CREATE DATABASE {name}")
        if done.returncode:
            raise AssertionError(done.stderr)
        return self.address(name)

    def address(self, name):
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def stop(self, number=signal.SIGINT):
        """SIGINT is PostgreSQL's fast shutdown; SIGKILL is what it says, for all of its processes."""
        if self.process and self.process.poll() is None:
            if number == signal.SIGKILL:
                os.killpg(self.process.pid, number)
            else:
                self.process.send_signal(number)
            self.process.wait(60)
