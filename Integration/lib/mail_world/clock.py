"""A calendar clock for some programs of a world: the machine's, and so many seconds (libfaketime)."""

import os
import pathlib
import shutil
import subprocess

LIBFAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
TIMERS = pathlib.Path(__file__).with_name("timerfd.c")
#: Swift brings the first one.
COMPILERS = ["clang", "gcc", "cc"]


def lacking():
    """What is not installed."""
    missing = [] if os.path.exists(LIBFAKETIME) else ["faketime"]
    return missing if any(map(shutil.which, COMPILERS)) else [*missing, "clang"]


class Clock:
    """The file that says how far ahead it is, and `environment` for programs that shall have it. They are to be begun
    by another program, as env(1): loaded into what Python begins, libfaketime hides its arguments."""

    def __init__(self, path):
        self.path, timers = path, f"{path}.so"
        compiler = next(filter(None, map(shutil.which, COMPILERS)))
        subprocess.run([compiler, "-shared", "-fPIC", "-o", timers, TIMERS], check=True)
        self.environment = {
            "LD_PRELOAD": f"{timers}:{LIBFAKETIME}", "FAKETIME_TIMESTAMP_FILE": self.path, "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        self.set(0)

    def set(self, seconds):
        """So many seconds ahead. One write: a reader sees the old or the new."""
        with open(f"{self.path}.new", "w", encoding="ascii") as file:
            file.write(f"{seconds:+d}\n")
        os.chmod(f"{self.path}.new", 0o644)
        os.rename(f"{self.path}.new", self.path)
        self.ahead = seconds
