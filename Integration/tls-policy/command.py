"""`postseal tls` before the whole table; yields (case, complaint, details), without complaint if good."""

import concurrent.futures
import json
import subprocess

import servers
from name_servers import RESOLVER
from senders import DEADLINE, judge

#: What a server must prove, as the command says it, by the word of the table; and whether it is to be tried at all.
DEMANDS = {"dane": ("dane",), "tls": ("encrypt",), "sts": ("sts",), "both": ("dane+sts",),
           "may": ("opportunistic", "sts-testing"), "unlisted": ("sts", "dane+sts"), "fail": ()}


def command(world, cases):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        yield from pool.map(lambda case: explained(world, case), cases)


def explained(world, case):
    words = [world.postseal, "tls", case.domain, "--json", *world.live, "--resolver", f"{RESOLVER}:53",
             "--trust-anchor", world.anchor, "--ca-file", world.authorities.anchors,
             "--allow-network", f"{servers.NETWORK}.0.0/16"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=DEADLINE)
    except subprocess.TimeoutExpired as error:
        return case, str(error), ""
    try:
        found = json.loads(done.stdout)
        complaints = list(compare(case, found, done.returncode, bool(world.live)))
    except (ValueError, KeyError, TypeError) as error:
        return case, f"{type(error).__name__} {error}", done.stdout + done.stderr
    return case, "; ".join(complaints) or None, f"{found['reason']} {done.stdout if complaints else ''}"


def compare(case, found, status, is_live):
    """What is wrong with what `postseal tls` says of a domain."""
    if found["policy"] not in case.policies:
        yield f"policy {found['policy']}, not {case.policy}"
    if not found["reason"]:
        yield "no reason"
    right = 2 if found["outcome"] != "try" else 1 if found["policy"] == "opportunistic" else 0
    tried = [session["outcome"] for each in found["mx"] for session in each["session"] or []]
    if is_live and right != 2 and "deliver" not in tried:
        right = 1 if "refuse" in tried else 2
    if status != right:
        yield f"exit status {status}, not {right}"
    hosts = [each["host"] for each in found["mx"]]
    # Without a word for them the hosts cannot be known.
    expected = ([servers.host_name(name) for _, name in case.hosts] or [case.domain]) if case.needs else []
    if sorted(hosts) != sorted(expected):
        yield f"hosts {hosts}, not {expected}"
    needs = dict(zip(expected, case.needs))
    for each in found["mx"]:
        need = needs.get(each["host"])
        if need is None:
            continue
        if not each["reason"]:
            yield f"{each['host']} without a reason"
        if each["usable"] == (need in ("fail", "unlisted")):
            yield f"{each['host']} usable: {each['usable']}, though {need}"
        if DEMANDS[need] and each["demand"] not in DEMANDS[need]:
            yield f"{each['host']} {each['demand']}, not {need}"
        if need in ("sts", "both", "unlisted") and each["sts_match"] != (need != "unlisted"):
            yield f"{each['host']} sts_match: {each['sts_match']}"
        if bool(each["tlsa"]) != (need in ("dane", "tls", "both")) and need not in ("fail", "sts", "unlisted"):
            yield f"{each['host']} tlsa: {each['tlsa']}"
    come_to = outcome(found) if is_live else found["outcome"]
    if is_live or come_to != "try":
        complaint = judge(case, "command", come_to)
        if complaint:
            yield complaint


def outcome(found):
    """What would have become of a message: the servers in their order, the addresses of each in theirs."""
    if found["outcome"] != "try":
        return found["outcome"]
    for each in found["mx"]:
        for session in each["session"] or []:
            if session["outcome"] == "deliver":
                return f"{each['host']} {'tls' if session['tls'] else 'clear'}"
    return "later"
