"""The domains of the world, and where their mail may come from."""

#: Addresses that clients outside have.
GOOD, GOOD6 = "198.51.100.10", "2001:db8:51::10"
EVIL, EVIL6 = "198.51.100.66", "2001:db8:51::66"
FORWARDER, LIST, NAMELESS, EXCEPTED = "198.51.100.30", "198.51.100.40", "198.51.100.77", "198.51.100.80"
OUTSIDE = [GOOD, GOOD6, EVIL, EVIL6, FORWARDER, LIST, NAMELESS, EXCEPTED]
#: Addresses of the own network.
INSIDE, INSIDE6 = "10.20.0.5", "fd20::5"

def reverse6(address):
    """The labels in front of the reverse zone of 2001:db8:51::/48, for an address `2001:db8:51::N`."""
    return ".".join(reversed(address.rpartition(":")[2].zfill(20)))


def sender(spf=None, dmarc=None, more=""):
    """The records of a domain that sends mail."""
    lines = [f"@ 5 IN A {GOOD}"]
    if spf:
        lines.append(f'@ 5 IN TXT "{spf}"')
    if dmarc:
        lines.append(f'_dmarc 5 IN TXT "v=DMARC1; {dmarc}"')
    return "\n".join(lines) + "\n" + more + "\n"


def strict(dmarc, more=""):
    """A domain whose mail comes from GOOD alone."""
    return sender(f"v=spf1 ip4:{GOOD} ip6:{GOOD6} -all", dmarc, more)


def zones(keys):
    """Zone texts by `NAME.MODE`; `keys` are those of keys.py by (domain, selector)."""
    def published(domain):
        return "\n".join(key.line() for (owner, _), key in keys.items() if owner == domain)

    good = published("good.example")
    revoked = 'revoked._domainkey 5 IN TXT "v=DKIM1; p="'
    wrong = keys["good.example", "ed"].line("wronged")
    hosts = f'mail 5 IN A {GOOD}\nmail 5 IN AAAA {GOOD6}\nmail 5 IN TXT "v=spf1 a -all"\n'
    return {
        "example.org.signed": f"@ 5 IN A 198.51.100.1\n@ 5 IN TXT \"v=spf1 ip4:198.51.100.1 -all\"\n"
                              "mx 5 IN A 198.51.100.1\nmx 5 IN AAAA 2001:db8:51::1\n"
                              '_dmarc 5 IN TXT "v=DMARC1; p=reject"\n' + published("example.org"),
        "good.example.signed": strict("p=reject", "\n".join([hosts, good, revoked, wrong])),
        "watching.example.signed": strict("p=none"),
        "careful.example.signed": strict("p=quarantine"),
        "parent.example.signed": strict("p=none; sp=quarantine; np=reject", f"shop 5 IN A {GOOD}"),
        "testing.example.signed": strict("p=reject; t=y"),
        "plain.example.unsigned": strict(None),
        "soft.example.unsigned": sender(f"v=spf1 ip4:{GOOD} ~all"),
        "neutral.example.unsigned": sender("v=spf1 ?all"),
        "nospf.example.unsigned": sender(),
        "twice.example.unsigned": sender("v=spf1 -all", None, '@ 5 IN TXT "v=spf1 +all"'),
        "xn--bcher-kva.example.signed": strict("p=reject"),
        "excepted.example.signed": strict("p=reject"),
        "list.example.signed": sender(f"v=spf1 ip4:{LIST} -all", "p=reject",
                                      f"lists 5 IN A {LIST}\n" + published("list.example")),
        "stranger.example.signed": sender(f"v=spf1 ip4:{LIST} -all", None, published("stranger.example")),
        "forwarder.example.signed": sender(f"v=spf1 ip4:{FORWARDER} -all", None, f"relay 5 IN A {FORWARDER}"),
        "third.example.signed": sender(),
        "misfit.example.signed": sender(None, None, keys["misfit.example", "other"].line("m1")),
        "keyless.example.signed": sender(),
        "slow.example.unsigned": sender(None, None, "\n".join(
            f'{host} 5 IN TXT "v=spf1 ip4:{GOOD} -all"' for host in ("ms700", "ms20000"))),
        "rotate.example.unsigned": rotating(keys, is_new_published=False),
        "100.51.198.in-addr.arpa.signed": "10 5 IN PTR mail.good.example.\n66 5 IN PTR mail.good.example.\n"
                                          "30 5 IN PTR relay.forwarder.example.\n40 5 IN PTR lists.list.example.\n"
                                          "1 5 IN PTR mx.example.org.",
        "1.5.0.0.8.b.d.0.1.0.0.2.ip6.arpa.signed": f"{reverse6(GOOD6)} 5 IN PTR mail.good.example.",
    }


def rotating(keys, is_new_published):
    """The zone in which a new selector takes over: until then its record is that of another key."""
    new = keys["rotate.example", "new"]
    unlike = keys["misfit.example", "other"]
    return sender(None, None, "\n".join([
        keys["rotate.example", "old"].line(),
        (new if is_new_published else unlike).line("new"),
    ]).replace(" 5 IN", " 1 IN"))


#: Domains whose mail is delivered here: ours, and those of the second mail host at port 2600.
OWN_DOMAINS = ["example.org", "peer.delivered"]
