"""The command under test, and the programs that a mail world needs besides."""

import importlib.util
import os
import pathlib
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
NEEDED = ["postfix", "nsd", "ldns-signzone", "opendkim", "opendkim-testmsg", "opendkim-genkey", "saslpasswd2", "ip"]


def postseal():
    """$POSTSEAL, else the newest build in the repository."""
    built = [ROOT / ".build/release/postseal", ROOT / ".build/debug/postseal"]
    built = sorted((path for path in built if path.exists()), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in [os.environ.get("POSTSEAL"), *built]:
        if path and os.access(path, os.X_OK):
            return os.path.realpath(path)
    sys.exit("the command is not built")


def lacking(programs=NEEDED, modules=("dkim", "dns", "nacl")):
    """What is not installed."""
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    missing = [name for name in programs if not shutil.which(name, path=path)]
    return missing + [f"python3-{name}" for name in modules if not importlib.util.find_spec(name)]
