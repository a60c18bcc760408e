"""What others read in our reports: parsedmarc, of the whole mail as it came; libxml2, by the schema of RFC 9990."""

import json
import os
import pathlib
import subprocess

from . import namespaces, program

# Everything that is logged counts, by whichever library, and Python's own warnings. Levels are as parsedmarc sets them for
# the libraries that it uses: those of mailparser, which does not know `text/rfc822-headers` (RFC 6591 §3.1), are not shown.
SCRIPT = r"""
import json, logging, pathlib, sys, warnings
said = []
class Loud(logging.Handler):
    def emit(self, record): said.append(f"{record.name}: {record.getMessage()}")
import parsedmarc
logging.getLogger().handlers = [Loud()]
for name in list(logging.root.manager.loggerDict):
    logging.getLogger(name).handlers, logging.getLogger(name).propagate = [], True
logging.getLogger("parsedmarc").setLevel(logging.WARNING)
warnings.showwarning = lambda message, *_, **__: said.append(f"warning: {message}")
warnings.simplefilter("always")
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.eml")):
    said.clear()
    try:
        report = parsedmarc.parse_report_file(str(path), offline=True, always_use_local_files=True)
        print(json.dumps([path.name, report["report_type"], report["report"], said], default=str), flush=True)
    except Exception as error:
        print(json.dumps([path.name, None, f"{type(error).__name__}: {error}", said]), flush=True)
"""


def parsedmarc(python, folder):
    """What parsedmarc makes of each mail (`*.eml`) in a folder: by its name, the kind and the report.

    Whatever it warns of, or can't read, is an AssertionError."""
    done = subprocess.run([python, "-c", SCRIPT, str(folder)], capture_output=True, text=True, check=False)
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    mails = sorted(path.name for path in pathlib.Path(folder).glob("*.eml"))
    if [row[0] for row in rows] != mails:
        raise AssertionError(f"parsedmarc ended early: {done.stderr[-2000:]}")
    for name, kind, report, said in rows:
        if kind is None or said:
            raise AssertionError(f"parsedmarc about {name}: {report if kind is None else ''} {said}")
    return {name: (kind, report) for name, kind, report, _ in rows}


def schema():
    """The schema of RFC 9990 among the public suites. Where there is none, the scenario ends with status 77."""
    suites = pathlib.Path(os.environ.get("POSTSEAL_SUITES", program.ROOT / "../shared/suites"))
    path = suites / "dmarc-rua/rfc9990-draft-schema/dmarc-xml-0.2.xsd"
    if not path.exists():
        namespaces.skip(f"the public suites are not there: {path}; set POSTSEAL_SUITES")
    return path


def check_schema(path):
    """Raises AssertionError where a document is not of the schema."""
    done = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", str(schema()), str(path)], capture_output=True,
                          text=True, check=False)
    if done.returncode or done.stderr.strip() != f"{path} validates":
        raise AssertionError(f"xmllint: {done.stderr[-2000:]}")
