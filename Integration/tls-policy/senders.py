"""Postfix and OpenSSL before the whole table; each yields (case, complaint, details), without complaint if good."""

import concurrent.futures
import re
import subprocess

import servers
import zones
from mail_world import waiting
from mail_world.smtp_client import SMTPClient
from mail import SENDER, SUBMISSION

#: Until the last message has come to an end: the slow policy host holds one up for a minute.
DEADLINE = 100


def split(outcome):
    host, _, how = outcome.rpartition(" ")
    return host, how


def judge(case, client, found, full_name=lambda case, host: case.host(host)):
    """A complaint if a case came out otherwise than expected. Hosts have their full names in `found`."""
    right = {f"{full_name(case, host)} {how}" if host else how
             for host, how in map(split, case.expected(client))}
    return None if found in right else f"{found}, not {' | '.join(sorted(right))}"


STATUS = r"postfix/{client}/[ls]mtp\[\d+\]: \w+: to=<{client}@([^>]+)>.*? relay=(\S+?),.*? status=(\w+) \((.*)\)"


def postfix(client, world, cases):
    """Postfix as the client, by its transport `plain`, `static`, `mapped` or `relayed`: one message to each domain."""
    begin = world.postfix.log_size()
    with SMTPClient(None, None, "127.0.0.1", SUBMISSION, "sender.invalid") as submission:
        for case in cases:
            message = f"Subject: {case.domain}\r\n\r\nA case.\r\n".encode()
            submission.message(SENDER, [f"{client}@{case.domain}"], message)
        submission.quit()
    pattern = re.compile(STATUS.format(client=client))
    ends = {}

    def have_all():
        ends.update({domain: rest for domain, *rest in pattern.findall(world.postfix.log_text(begin))})
        return len(ends) >= len(cases)
    try:
        waiting.until("all messages", have_all, DEADLINE)
    except waiting.TooLate:
        pass
    for case in cases:
        if case.domain not in ends:
            yield case, "no end in time", ""
            continue
        relay, status, text = ends[case.domain]
        found = {"deferred": "later", "bounced": "never"}.get(status, status)
        if status == "sent":
            found = arrived(world.mailboxes.wait(f"{client}.{case.domain}@delivered")[0])
        yield case, judge(case, client, found, receiver), f"{relay} {status}: {text}"


def arrived(mail):
    """Where a message came to, and how the sender gave it away: as the server says, or to an attacker."""
    received = mail.named("received")[0].text
    how = "tls" if " with ESMTPS " in received else "clear"
    if mail.value("read-by"):
        how = mail.value("read-by").split()[-1]
    return f"{received.partition(' by ')[2].split()[0]} {how}"


def receiver(case, name):
    """The server that mail for a host of a case comes to: it knows nothing of aliases and domains."""
    host = case.host(name)
    if host == case.domain:
        return servers.find(case.address).host
    by_address = {each.address: each.host for each in servers.SERVER_LIST}
    server = servers.final(servers.SERVERS_BY_HOST.get(by_address.get(host, host)))
    return server.host if server else host


def openssl(world, cases):
    """What `openssl s_client` makes of the only server of a domain, by its TLSA records or the trusted authorities."""
    single = [case for case in cases if len(case.hosts) == 1 and case.needs in (["dane"], ["sts"]) and comparable(case)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        yield from pool.map(lambda case: handshake(world, case), single)


def comparable(case):
    """Without what OpenSSL leaves to its caller: other names, the common name, patterns, what is not proved."""
    server = servers.SERVERS_BY_HOST.get(servers.host_name(case.hosts[0][1]))
    return server and not server.alias and "|" not in case.policy + case.then and server.offers == "tls" \
        and server.name not in ("ta-next-hop", "ta-expanded", "ta-initial", "common") \
        and server.attacker in (None, "swap") \
        and (case.policy == "dane" or case.sts.mx == tuple(case.mx))


def handshake(world, case):
    server = servers.find(case.hosts[0][1])
    place = server.address if server.four else f"[{server.address6}]"
    words = ["openssl", "s_client", "-starttls", "smtp", "-connect", f"{place}:25", "-servername", server.host,
             "-verify_return_error", "-brief"]
    if case.policy == "dane":
        words += ["-dane_tlsa_domain", server.host]
        for record in server.tlsa:
            words += ["-dane_tlsa_rrdata", zones.association_text(record, server, world.authorities)]
        # RFC 7672 §3.2.1: no names with DANE-EE.
        words += ["-dane_ee_no_namechecks"]
    else:
        words += ["-CAfile", world.authorities.anchors, "-no-CApath", "-verify_hostname", server.host]
    done = subprocess.run(words, input="QUIT\n", capture_output=True, text=True, timeout=60)
    text = done.stdout + done.stderr
    is_good = done.returncode == 0 and "Verification: OK" in text or "Verified peername" in text and "error" not in text
    expected = case.then.endswith(" tls")
    return case, None if is_good == expected else f"verified: {is_good}, not {expected}", " ".join(text.split())
