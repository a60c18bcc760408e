"""The table, third part: MTA-STS policies that hold, that do not, and that are none."""

from case import OPEN, SAFE, Policy, case


def enforced(name, why, mx, then, listed=None, plain=None, **more):
    """A domain with a policy in force. `listed`: its patterns, where they are not the hosts."""
    sts = more.pop("sts", None) or Policy(mx=tuple(listed if listed is not None else mx))
    needs = more.pop("needs", " ".join("sts" for _ in mx))
    case(f"sts-{name}", why, mx, "sts", needs, then, sts=sts, plain=plain, **more)


def ignored(name, why, **policy):
    """A domain whose policy does not count: its server, which the policy would not have, gets the mail."""
    keys = ("answer", "then", "policy", "zone", "needs", "plain", "mapped")
    more = {key: policy.pop(key) for key in keys if key in policy}
    case(f"sts-{name}", why, ["self-signed"], more.pop("policy", "opportunistic"), more.pop("needs", "may"),
         more.pop("then", "self-signed tls"), sts=Policy(**{"mx": ("self-signed",), **policy}),
         **{"zone": OPEN, **more})


# In force.
enforced("good", "RFC 8461 §4: the host is listed and its certificate valid", ["tls"], "tls tls")
enforced("insecure", "RFC 8461 §1: the same without DNSSEC", ["bare-tls.bare.example"], "bare-tls.bare.example tls",
         zone=OPEN)
enforced("clear", "RFC 8461 §5: no STARTTLS: no delivery", ["clear"], "later", plain="clear clear")
enforced("strip", "RFC 8461 §5: a man in the middle strips STARTTLS, and gets nothing", ["strip"], "later",
         plain="strip clear")
enforced("swap", "RFC 8461 §5: a man in the middle shows a certificate of his own, and gets nothing", ["swap"], "later")
enforced("break", "RFC 8461 §5: the handshake fails: no delivery in the clear", ["break"], "later",
         plain="break clear | later")
enforced("self-signed", "RFC 8461 §4.2: the certificate must lead to a trusted authority", ["self-signed"], "later")
enforced("private", "RFC 8461 §4.2: the certificate must lead to a trusted authority, with a chain", ["private-chain"],
         "later")
enforced("issuerless", "RFC 8461 §4.2: the server forgot the certificate between its own and the root", ["issuerless"],
         "later")
enforced("expired", "RFC 8461 §4.2: the certificate must not be expired", ["expired"], "later")
enforced("wrong-name", "RFC 8461 §4.2: the certificate must name the host", ["wrong-name"], "later")
enforced("next-hop-name", "RFC 8461 §4.2: the certificate must name the host, not the domain", ["next-hop-name"],
         "later")
enforced("common-name", "RFC 8461 §4.2: the common name does not count", ["common"], "later",
         # Postfix looks at the common name where there is no DNS name, whatever asks for it.
         mapped="common tls | later")
enforced("wild-certificate", "RFC 8461 §4.2: a wildcard for the first label", ["wild"], "wild tls")
enforced("sni", "RFC 8461 §7.1: the client sends the host's name as SNI, and gets the right certificate", ["sni-web"],
         "sni-web tls")
enforced("pattern", "RFC 8461 §4.1: *.hosts.example covers the host", ["tls"], "tls tls", listed=["*.hosts.example"])
enforced("pattern-deep", "RFC 8461 §4.1: *.hosts.example does not cover two labels", ["deep.below"], "later",
         needs="unlisted",
         listed=["*.hosts.example"],
         # Postfix's .hosts.example does.
         mapped="deep.below tls | later")
enforced("pattern-apex", "RFC 8461 §4.1: *.tls.hosts.example does not cover tls.hosts.example", ["tls"], "later",
         needs="unlisted", listed=["*.tls.hosts.example"])
enforced("unlisted", "RFC 8461 §4.1: the host is not listed", ["spare"], "later", needs="unlisted", listed=["tls"])
enforced("unlisted-name", "RFC 8461 §4.1: the host is not listed, though its certificate has a name that is",
         ["unlisted"], "later", needs="unlisted", listed=["tls"],
         # Postfix compares the patterns with the certificate alone.
         mapped="unlisted tls | later")
enforced("second", "RFC 8461 §5.1: the first is not listed, the second is used", ["spare", "tls"], "tls tls",
         needs="unlisted sts", listed=["tls"], plain="spare tls")
enforced("second-expired", "RFC 8461 §5.1: the first's certificate fails, the second is used", ["expired", "tls"],
         "tls tls", plain="expired tls")
enforced("second-clear", "RFC 8461 §5.1: the first has no STARTTLS, the second is used", ["clear", "tls"], "tls tls",
         plain="clear clear")
enforced("many", "RFC 8461 §3.2: several mx lines", ["wild", "tls"], "wild tls")
enforced("case", "RFC 8461 §4.1: names are compared without regard to case", ["tls"], "tls tls",
         listed=["TLS.Hosts.EXAMPLE"])
enforced("implicit", "RFC 8461 §4.1: without MX the domain itself is the host, and must be listed", [], "later",
         sts=Policy(mx=("tls",)), needs="unlisted", address="tls", plain="sts-implicit tls",
         # Postfix compares the patterns with the certificate alone.
         mapped="sts-implicit tls | later")
enforced("extension", "RFC 8461 §3.2: unknown fields are ignored, the first of two modes counts, LF ends lines",
         ["self-signed"], "later", sts=Policy(
             mx=("self-signed",), body="version: STSv1\nwhatever: yes indeed\nmode: enforce\nmode: none\n"
                                       "mx: {mx}\nmax_age: 86400\n"))
enforced("media-parameters", "RFC 8461 §3.2: parameters of the media type are ignored", ["self-signed"], "later",
         sts=Policy(mx=("self-signed",), media="text/plain; charset=utf-8; format=flowed"))
enforced("txt-others", "RFC 8461 §3.1: other TXT records are discarded", ["self-signed"], "later", sts=Policy(
    mx=("self-signed",), txt=(("v=spf1 -all",), ("v=STSv1; id=20261125;",), ("v=STSv10; id=1;",))))
enforced("txt-strings", "RFC 8461 §3.1: the strings of a record are one text", ["self-signed"], "later", sts=Policy(
    mx=("self-signed",), txt=(("v=STS", "v1; id=2026", "1125"),)))
enforced("txt-alias", "RFC 8461 §3.1: aliases are followed to the TXT record", ["self-signed"], "later",
         sts=Policy(mx=("self-signed",), txt_alias=True))
enforced("host-alias", "RFC 8461 §8.2: the policy host may be an alias of another's server", ["self-signed"], "later",
         sts=Policy(mx=("self-signed",), host_alias=True))
enforced("host-wild", "RFC 8461 §3.3: the policy host's certificate may have a wildcard", ["self-signed"], "later",
         sts=Policy(mx=("self-signed",), certificate="wild"))

# Not in force.
ignored("testing", "RFC 8461 §5: testing: delivered as though nothing had failed", mode="testing",
        policy="sts | opportunistic")
case("sts-testing-clear", "RFC 8461 §5: testing: in the clear too", ["clear"], "sts | opportunistic", "may",
     "clear clear", sts=Policy(mx=("tls",), mode="testing"))
ignored("none", "RFC 8461 §5: none: as though there was no policy", mode="none")
ignored("none-bare", "RFC 8461 §3.2: none needs no mx", mode="none", mx=())
ignored("no-txt", "RFC 8461 §3.1: without a TXT record there is no policy", txt=())
ignored("two-txt", "RFC 8461 §3.1: two records are none", txt=(("v=STSv1; id=1;",), ("v=STSv1; id=2;",)))
ignored("bad-id", "RFC 8461 §3.1: an id of letters and digits alone", txt=(("v=STSv1; id=2026-11-25;",),))
ignored("long-id", "RFC 8461 §3.1: an id of at most 32", txt=(("v=STSv1; id=" + "1" * 33 + ";",),))
ignored("no-id", "RFC 8461 §3.1: a record needs an id", txt=(("v=STSv1;",),))
ignored("bad-version", "RFC 8461 §3.1: the version comes first, and as it is spelled", txt=(("v=stsv1; id=1;",),))
ignored("broken", "RFC 8461 §3.2: a policy that does not keep to the syntax is none",
        body="version: STSv1\r\nmode enforce\r\nmx: {mx}\r\nmax_age: 86400\r\n")
ignored("no-mx", "RFC 8461 §3.2: a policy needs an mx", mx=())
ignored("no-version", "RFC 8461 §3.2: a policy needs a version", body="mode: enforce\r\nmx: {mx}\r\nmax_age: 86400\r\n")
ignored("bad-mode", "RFC 8461 §3.2: a mode that there is not",
        body="version: STSv1\r\nmode: strict\r\nmx: {mx}\r\nmax_age: 86400\r\n")
ignored("long-age", "RFC 8461 §3.2: max_age of at most 31557600", max_age=31557601)
ignored("empty", "RFC 8461 §3.2: an empty policy", body="")
ignored("redirect", "RFC 8461 §3.3: redirections are not followed", serve="redirect")
ignored("missing", "RFC 8461 §3.3: a policy comes with status 200", serve=404)
ignored("created", "RFC 8461 §3.3: a policy comes with status 200, and no other of the good ones", serve=203)
ignored("failing", "RFC 8461 §3.3: a server's error is no policy", serve=500)
ignored("huge", "RFC 8461 §3.3: a policy above 64 kilobytes is not read", serve="huge")
ignored("slow", "RFC 8461 §3.3: a policy that does not come in time is none", serve="slow")
ignored("stall", "RFC 8461 §3.3: a policy host that says nothing", serve="stall")
ignored("closed", "RFC 8461 §3.3: a policy host that cannot be reached", serve="closed")
ignored("html", "RFC 8461 §3.2: another media type is no policy", media="text/html")
ignored("host-self-signed", "RFC 8461 §3.3: the policy host's certificate must be trusted", certificate="self")
ignored("host-expired", "RFC 8461 §3.3: the policy host's certificate must not be expired", certificate="expired")
ignored("host-wrong", "RFC 8461 §3.3: the policy host's certificate must name it", certificate="wrong")
ignored("host-common", "RFC 8461 §3.3: the common name of the policy host does not count", certificate="common")
ignored("host-private", "no policy is fetched from an address that may be somebody's own network", private=True)
ignored("txt-bogus", "RFC 7672 §2.1.1: a forged TXT record is a failure, not the absence of a policy",
        txt_zone="bogus", zone=SAFE, policy="none", needs="fail", then="later", answer="TEMP",
        # Who knows nothing of MTA-STS does not ask.
        plain="self-signed tls", mapped="later | self-signed tls")

# Both.
case("both", "RFC 8461 §2: DANE holds, MTA-STS too", ["web-match"], "dane", "dane", "web-match tls",
     sts=Policy(mx=("web-match",)))
case("both-dane-fails", "RFC 8461 §2: MTA-STS does not mend a failure of DANE", ["web-mismatch"], "dane", "dane",
     "later",
     sts=Policy(mx=("web-mismatch",)))
case("both-sts-fails", "RFC 8461 §2: DANE holds, and it is what counts", ["ee-311"], "dane", "dane", "ee-311 tls",
     sts=Policy(mx=("tls",)))
case("both-testing", "RFC 8461 §2: a policy in testing does not mend a failure of DANE", ["mismatch"], "dane", "dane",
     "later", sts=Policy(mx=("mismatch",), mode="testing"))
case("both-tlsa-fails", "RFC 7672 §2.1.2: a question for TLSA that fails is not mended by MTA-STS",
     ["tlsa-servfail.trouble.example"], "dane | sts | none", "fail", "later",
     answer="TEMP | dane | dane-only", sts=Policy(mx=("tlsa-servfail.trouble.example",)))
case("both-open", "RFC 8461 §2: the MX is not proved, records and certificate are good", ["web-match"], "dane | sts",
     "both", "web-match tls", zone=OPEN, sts=Policy(mx=("web-match",)), answer="secure")
case("both-open-sts-fails", "RFC 8461 §5: the MX is not proved, records match: MTA-STS must hold all the same",
     ["ee-311"], "dane | sts", "both", "later", zone=OPEN, sts=Policy(mx=("ee-311",)), plain="ee-311 tls",
     answer="secure")
case("both-open-dane-fails", "RFC 7672 §2.2.1: the MX is not proved, so records that do not match may count",
     ["web-mismatch"], "dane | sts", "both", "later | web-mismatch tls", zone=OPEN, sts=Policy(mx=("web-mismatch",)),
     plain="later", answer="secure")
case("both-unusable", "RFC 7672 §2.2: records that cannot be used ask for TLS, the policy for more", ["unusable-web"],
     "dane | sts", "sts", "unusable-web tls", sts=Policy(mx=("unusable-web",)), answer="secure")
case("both-unusable-fails", "RFC 8461 §5: the same, and the certificate is nobody's", ["unusable-pkix"], "dane | sts",
     "sts", "later", sts=Policy(mx=("unusable-pkix",)), plain="unusable-pkix tls", answer="secure")
case("both-mixed", "RFC 8461 §5: a host without records is held to the policy, a host with some to them",
     ["mismatch", "self-signed"], "dane", "dane sts", "later", sts=Policy(mx=("mismatch", "self-signed")),
     plain="self-signed tls", answer="dane-only")
case("both-mixed-good", "RFC 8461 §5.1: the same, and the second host's certificate is good", ["mismatch", "tls"],
     "dane", "dane sts", "tls tls", sts=Policy(mx=("mismatch", "tls")), answer="dane-only",
     # Postfix cannot hold one host to its records and another to a policy: it takes the stricter of the two for both.
     mapped="later | tls tls")
case("both-none", "RFC 8461 §2: no records, proved: MTA-STS is in force", ["self-signed"], "sts", "sts", "later",
     sts=Policy(mx=("self-signed",)))
