"""A long run: message after message of all sizes, refused ones and clients that go away; the daemon's memory comes back."""

import concurrent.futures
import os
import signal
import subprocess

from cases import SERVER, check, letter
from mail_world.daemon import Daemon
from mail_world.smtp_client import Refused, SMTPClient
from world import EVIL, GOOD

PORT, SINK = 26, 2600
#: Size, and messages of a turn. The largest go through a file.
SIZES = ((1_000, 600), (60_000, 150), (3_000_000, 6))
#: Clients of a turn that are refused, and that go away within the text.
OTHERS = 60
TURNS = int(os.environ.get("SMTP_PROXY_TURNS", "6"))
#: After these it has what it needs.
WARM = 2
GROWTH_MB = 8


def memory(daemon):
    """Resident octets of its own, in MB."""
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("RssAnon")) / 1024


def refused(world):
    with SMTPClient(world.clients, EVIL, SERVER, PORT) as smtp:
        try:
            smtp.message("a@good.example", ["b@example.org"], letter("good.example", "x"))
        except Refused as error:
            check(error.reply.code == 550, error.reply)
            return
    raise AssertionError("it was not refused")


def gone(world):
    with SMTPClient(world.clients, GOOD, SERVER, PORT) as smtp:
        smtp.envelope("a@good.example", ["b@example.org"])
        smtp.command("DATA", 3)
        smtp.send(letter("good.example", "x", body="half a message\r\n" * 5000))


def turn(world):
    for size, count in SIZES:
        done = world.inside("smtp-source", "-s", "10", "-m", str(count), "-l", str(size), "-f", "a@good.example", "-t",
                            "b@example.org", f"{SERVER}:{PORT}")
        check(done.returncode == 0, done.stderr)
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        for job in [pool.submit(each, world) for _ in range(OTHERS) for each in (refused, gone)]:
            job.result()


def run(world):
    """What was measured."""
    sink = subprocess.Popen(["smtp-sink", "-u", "nobody", f"127.0.0.1:{SINK}", "200"])
    configuration = world.configuration.replace(f"{SERVER}:25", f"{SERVER}:{PORT}").replace(
        "127.0.0.1:10025", f"127.0.0.1:{SINK}")
    daemon = Daemon(world.postseal, world.folder, "endurance", configuration, f"tcp:{SERVER}:{PORT}")
    try:
        daemon.start().wait_ready()
        sizes = []
        for _ in range(TURNS):
            turn(world)
            sizes.append(memory(daemon))
        check(max(sizes[WARM:]) - sizes[WARM - 1] < GROWTH_MB, "it grows:", sizes)
        left = os.listdir(os.path.join(world.folder, "spool"))
        check(not left, "left in the spool:", left)
        return (f"{TURNS * (sum(count for _, count in SIZES) + 2 * OTHERS)} messages, "
                f"{' '.join(f'{size:.0f}' for size in sizes)} MB")
    finally:
        daemon.signal(signal.SIGKILL)
        sink.kill()
        sink.wait()
