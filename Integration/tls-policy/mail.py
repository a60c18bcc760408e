"""Postfix, once: as each of the mail servers, and as the sender in several ways."""

import os

import servers
from case import CASES
from certificates import issue
from mail_world import namespaces
from mail_world.postfix import Postfix, Service

SUBMISSION = 2525
SENDER = "probe@sender.invalid"

#: What the receiving servers and both senders have in common, over what Postfix of the mail world has.
MAIN = """inet_protocols = all
mynetworks = 127.0.0.0/8 {network}.0.0/16 [fd25::]/64
transport_maps = regexp:{folder}/etc/routes
smtpd_reject_unlisted_recipient = no
smtpd_peername_lookup = no
smtpd_tls_received_header = yes
smtp_dns_support_level = dnssec
# As for a client in a chroot, which cannot connect to the socket itself.
asked_policies = proxy:socketmap:unix:{socket}:postseal
proxy_read_maps = $asked_policies
smtp_host_lookup = dns
smtp_tls_CAfile = {anchors}
smtp_tls_loglevel = 1
smtp_tls_mandatory_protocols = >=TLSv1.2
smtp_mx_session_limit = 6
smtp_connect_timeout = 5s
smtp_helo_timeout = 20s
smtp_starttls_timeout = 20s
smtp_connection_cache_on_demand = no
queue_run_delay = 1h
minimal_backoff_time = 1h
maximal_backoff_time = 2h
notify_classes =
"""

#: Mail that came to a receiving server goes no further; its recipient says who sent it and to which domain.
ROUTES = "/@sender\\.invalid$/ discard:\n/^plain@/ plain:\n/^static@/ static:\n/^mapped@/ mapped:\n" \
    "/^relayed@/ relayed:unix:{relay}\n"
ARRIVAL = """arrival unix n - n - 0 cleanup
    -o recipient_canonical_maps=regexp:{folder}/etc/arrived
    -o recipient_canonical_classes=envelope_recipient
discard unix - - n - - discard
"""
ARRIVED = "/^(plain|static|mapped|relayed|waived[0-9]+)@(.+\\.example)$/ $1.$2@delivered\n"
SENDING = """{name} unix - - n - 60 smtp
    -o syslog_name=postfix/{name}
    -o smtp_tls_security_level={level}
    -o smtp_tls_policy_maps={maps}
"""
#: To our relay, whose answers are those of the servers.
RELAYING = """relayed unix - - n - 60 lmtp
    -o syslog_name=postfix/relayed
    -o lmtp_data_done_timeout=200s
"""


def static_policy(case):
    """What an administrator who knows everything would write into a table of TLS policies."""
    word = next((each for each in case.answers if each != "TEMP"), "")
    if word in ("dane", "dane-only"):
        return f"{case.domain} {word}\n"
    if word == "secure":
        patterns = ":".join(servers.pattern(each).removeprefix("*") for each in case.sts.mx)
        return f"{case.domain} secure match={patterns} servername=hostname\n"
    return ""


def receiving(server, folder, authorities, stranger, by_name):
    """The services that are this mail server; its line for the map of names goes into `by_name`."""
    for place, (address, identity) in enumerate(server.listeners):
        options = [f"myhostname={server.host}", "syslog_name=postfix/in", "cleanup_service_name=arrival"]
        if server.offers == "tls":
            pem = authorities.write(f"{server.host}-{place}", identity, server.shown)
            options.append("smtpd_tls_security_level=may")
            options.append(f"smtpd_tls_chain_files={stranger if server.by_name else pem}")
            if server.by_name:
                by_name.append(f"{server.host} {pem}\n")
                options.append(f"tls_server_sni_maps=hash:{folder}/etc/sni")
        yield Service(25, options=options, address=address)


def start(folder, authorities, socket, relay):
    """Starts it; `socket`, `relay`: where the socketmap and the relay are."""
    stranger = authorities.write("stranger", issue("stranger.invalid", ["stranger.invalid"]), 0)
    by_name = []
    services = [service for server in servers.SERVER_LIST if not server.alias and server.offers != "closed"
                for service in receiving(server, folder, authorities, stranger, by_name)]
    services.append(Service(SUBMISSION))
    sending = "".join([
        SENDING.format(name="plain", level="dane", maps=""),
        SENDING.format(name="static", level="may", maps=f"texthash:{folder}/etc/policies"),
        SENDING.format(name="mapped", level="may", maps="$asked_policies")])
    postfix = Postfix(
        folder, services, ["delivered"],
        more=MAIN.format(folder=folder, socket=socket, network=servers.NETWORK, anchors=authorities.anchors),
        extra_services=ARRIVAL.format(folder=folder) + sending + RELAYING)
    postfix.write("etc/routes", ROUTES.format(relay=relay))
    postfix.write("etc/arrived", ARRIVED)
    postfix.write("etc/policies", "".join(static_policy(case) for case in CASES))
    postfix.write("etc/sni", "".join(by_name))
    namespaces.command("postmap", "-F", f"hash:{os.path.join(folder, 'etc/sni')}")
    postfix.start()
    return postfix
