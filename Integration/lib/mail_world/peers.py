"""Programs of others in Python that Debian does not have: from the package index, each set in a folder of its own."""

import hashlib
import os
import shutil
import subprocess

from . import namespaces, program

#: Who is asked what reports and records are worth; docs/reports.md names the version.
PARSEDMARC, CHECKDMARC = "parsedmarc==11.1.0", "checkdmarc==6.0.4"


def python(*requirements):
    """A Python that has these packages; installs them at the first call, which needs the network.

    To be called before `namespaces.enter`. Ends the scenario with status 77, and a reason, where they can't be had."""
    name = hashlib.sha256(" ".join(requirements).encode()).hexdigest()[:16]
    folder = program.ROOT / ".build" / "peers" / name
    path = folder / "bin" / "python"
    if (folder / "complete").exists():
        return str(path)
    shutil.rmtree(folder, ignore_errors=True)
    print(f"installing {' '.join(requirements)} into {folder.relative_to(program.ROOT)}", flush=True)
    steps = [["/usr/bin/python3", "-m", "venv", str(folder)],
             [str(path), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements]]
    for step in steps:
        # Of pip's configuration nothing but the index counts: a user's own folders do not.
        done = subprocess.run(step, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                              env={**os.environ, "PIP_REQUIRE_VIRTUALENV": "false", "PIP_USER": "false"})
        if done.returncode:
            shutil.rmtree(folder, ignore_errors=True)
            last = (done.stdout.strip().splitlines() or ["no word"])[-1]
            namespaces.skip(f"not installed: {' '.join(requirements)}, and the package index does not give them: {last}")
    (folder / "complete").touch()
    return str(path)
