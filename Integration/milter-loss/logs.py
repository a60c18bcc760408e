"""The daemon's log cannot be written: mail flows on."""

import fcntl
import os
import subprocess

import zones
from checks import check, deliver, equal, refused, says
from messages import from_domain


def flows(world):
    """Mail is judged as ever."""
    for _ in range(50):
        says(deliver(world, from_domain("good.example")), spf="pass", dmarc="pass")
    refused(world, from_domain("good.example"), 550, "5.7.1", zones.EVIL, sender="x@nospf.example")


def with_output(world, output, close=()):
    """Runs the daemon with its log going there."""
    daemon = world.daemons["standard"]
    daemon.kill()
    daemon.start(output)
    for each in close:
        os.close(each)
    daemon.wait_ready()
    process = daemon.process.pid
    flows(world)
    equal((daemon.process.poll(), daemon.process.pid), (None, process), "the daemon's process")
    equal(daemon.stop(), 0, "exit status")
    daemon.start().wait_ready()


def full_disk(world):
    folder = os.path.join(world.folder, "full")
    os.makedirs(folder)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", folder], check=True)
    with open(os.path.join(folder, "filling"), "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
    with open(os.path.join(folder, "log"), "ab") as log:
        with_output(world, log)
    check(os.path.getsize(os.path.join(folder, "log")) == 0, "the disk was not full")


def closed_pipe(world):
    reading, writing = os.pipe()
    with open(writing, "wb") as output:
        with_output(world, output, close=[reading])


def stuck_pipe(world):
    reading, writing = os.pipe()
    # So that a few lines fill it.
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    try:
        with open(writing, "wb") as output:
            with_output(world, output)
    finally:
        os.close(reading)


CASES = [
    ("the log's disk is full: mail flows", full_disk),
    ("the log's pipe is closed: mail flows", closed_pipe),
    ("nobody reads the log's pipe: mail flows", stuck_pipe),
]
