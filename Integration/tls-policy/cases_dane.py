"""The table, first part: what TLSA records ask for, and what they do not."""

from case import HASHED, OPEN, case


def good(server, why, **more):
    """A domain whose one server is authenticated."""
    case(server, why, [server], "dane", "dane", f"{server} tls", **more)


def bad(server, why, **more):
    """A domain whose one server is not authenticated."""
    case(server, why, [server], "dane", "dane", "later", **more)


def encrypted(server, why, then=None):
    """A domain whose one server has records, and none that can be used."""
    case(server, why, [server], "dane", "tls", then or f"{server} tls", answer="dane | encrypt")


# Certificate usage 3.
good("ee-311", "RFC 7672 §3.1.1: DANE-EE, the key's SHA-256 matches")
good("ee-301", "RFC 7672 §3.1.1: DANE-EE, the certificate's SHA-256 matches")
good("ee-312", "RFC 7671 §9: DANE-EE, the key's SHA-512 matches")
good("ee-302", "RFC 7671 §9: DANE-EE, the certificate's SHA-512 matches")
good("ee-310", "RFC 6698 §2.1.3: the whole key stands in the record")
good("ee-300", "RFC 6698 §2.1.3: the whole certificate stands in the record")
good("ee-expired", "RFC 7672 §3.1.1: with DANE-EE the expiration date is ignored")
good("ee-name", "RFC 7672 §3.2.1: with DANE-EE names are not checked")
good("ee-wild", "RFC 7672 §2.2.3: records found by a wildcard are records")
good("sni-311", "RFC 7672 §8.1: the client sends the TLSA base domain as SNI, and gets the right certificate")
bad("mismatch", "RFC 7672 §3.2: no delivery if authentication fails")
bad("mismatch-301", "RFC 7672 §3.2: no delivery if authentication fails, whole certificate")
bad("crossed", "RFC 6698 §2.1.2: selector 1 means the key, not the certificate")
bad("clear-311", "RFC 7672 §2.2: usable records and no STARTTLS: no delivery in the clear")
bad("closed-311", "RFC 5321 §4.5.4.1: a server that cannot be reached is tried again later")
bad("strip-311", "RFC 7672 §1.3.1: a man in the middle strips STARTTLS, and gets nothing")
bad("swap-311", "RFC 7672 §3.2: a man in the middle shows a certificate of his own, and gets nothing")
bad("break-311", "RFC 7672 §2.2: the handshake fails: no delivery in the clear")
bad("refuse-311", "RFC 7672 §2.2: STARTTLS is refused: no delivery in the clear")
good("demand-311", "RFC 8689 §4.2.1: a server that knows REQUIRETLS, before messages that do not ask for it")
bad("demand-mismatch", "RFC 8689 §4.2.1: the same, and its certificate does not match")
case("hashed", "RFC 7672 §2.2.2: the same below a zone with NSEC3", ["ee-311"], "dane", "dane", "ee-311 tls",
     zone=HASHED)
case("hashed-none", "RFC 7672 §2.2: NSEC3 proves that there are no records: opportunistic", ["clear"],
     "opportunistic", "may", "clear clear", zone=HASHED)

# Certificate usage 2.
good("ta-211", "RFC 7672 §3.1.2: DANE-TA, the key of the authority that is in the chain")
good("ta-201", "RFC 7672 §3.1.2: DANE-TA, the certificate of the authority that is in the chain")
good("ta-212", "RFC 7671 §9: DANE-TA, SHA-512")
good("ta-issuer", "RFC 7671 §5.2: an intermediate certificate can be the trust anchor, without its root")
bad("ta-rootless", "RFC 7672 §3.1.2: the trust anchor must be in the chain that the server shows")
bad("ta-other", "RFC 7672 §3.2: the chain leads to another authority")
bad("ta-expired", "RFC 7671 §5.2: with DANE-TA an expired certificate fails")
bad("ta-name", "RFC 7672 §3.2.2: with DANE-TA names are checked")
good("ta-wild", "RFC 7672 §3.2.3: a wildcard stands for the first label")
bad("ta-deep", "RFC 7672 §3.2.3: a wildcard need not stand for two labels")
good("ta-next-hop", "RFC 7672 §3.2.2: the next-hop domain is a reference name, if the MX is proved")
good("ta-common", "RFC 7672 §3.2.3: the common name counts where there is no DNS name")
bad("ta-common-ignored", "RFC 7672 §3.2.3: the common name does not count where there is a DNS name")
good("ta-shared", "RFC 7672 §2.2.3: TLSA records by an alias, the base domain stays the host")
case("ta-next-hop", "RFC 7672 §3.2.2: the next-hop domain is no reference name, if the MX is not proved",
     ["ta-next-hop"], "dane | opportunistic", "dane", "later | ta-next-hop tls", zone=OPEN,
     answer="dane | NOTFOUND | may",
     # Postfix takes the same names whether the MX is proved or not, and logs less.
     plain="ta-next-hop tls")

# Records side by side.
good("roll-before", "RFC 7671 §8.1: the records of the key in use and of the next, before the change")
good("roll-after", "RFC 7671 §8.1: the records of the key in use and of the last, after the change")
good("roll-issuer", "RFC 7672 §4: the records of two authorities")
good("roll-kind", "RFC 7671 §8.2: from DANE-EE to DANE-TA, with records of both")
bad("agile-weak", "RFC 7671 §9: SHA-256 does not count beside SHA-512")
good("agile-strong", "RFC 7671 §9: SHA-512 matches, SHA-256 is not looked at")
good("agile-full", "RFC 7671 §9: a whole key always counts")
good("agile-malformed", "RFC 7671 §9: a malformed record is discarded before digests are compared")
good("agile-selector", "RFC 7671 §9: digests are compared within usage and selector")
good("half-good", "RFC 7672 §2.2: one usable record suffices, and matches")
bad("half-bad", "RFC 7672 §2.2: one usable record suffices, and does not match")

# Records that cannot be used: encryption is a must, authentication is not.
encrypted("unusable-pkix", "RFC 7672 §3.1.3: usages 0 and 1 are unusable")
encrypted("unusable-short", "RFC 7671 §9: a digest of the wrong length is unusable")
encrypted("unusable-matching", "RFC 7672 §2.2: an unknown matching type is unusable")
encrypted("unusable-selector", "RFC 7672 §2.2: an unknown selector is unusable")
encrypted("unusable-clear", "RFC 7672 §2.2: only unusable records: no delivery in the clear", "later")
encrypted("unusable-strip", "RFC 7672 §2.2: only unusable records: who strips STARTTLS gets nothing", "later")

# No records: opportunistic.
case("tls", "RFC 7672 §2.2: no records: STARTTLS is used where it is offered", ["tls"], "opportunistic", "may",
     "tls tls")
case("self-signed", "RFC 7672 §2.2: no records: any certificate is good", ["self-signed"], "opportunistic", "may",
     "self-signed tls")
case("clear", "RFC 7672 §2.2: no records: cleartext where STARTTLS is not offered", ["clear"], "opportunistic", "may",
     "clear clear")
case("strip", "RFC 7672 §1.3.1: no records: who strips STARTTLS is not noticed", ["strip"], "opportunistic", "may",
     "strip clear")
case("swap", "RFC 7672 §1.3.1: no records: who swaps the certificate is not noticed", ["swap"], "opportunistic", "may",
     "swap tls")
case("break", "RFC 7672 §2.2: no records: cleartext may follow upon a broken handshake", ["break"], "opportunistic",
     "may", "break clear | later")
case("refuse", "RFC 7672 §2.2: no records: cleartext may follow upon a refused STARTTLS", ["refuse"], "opportunistic",
     "may", "refuse clear | later")
case("other-port", "RFC 7672 §2.2.3: records of another port are not asked for", ["port-465"], "opportunistic", "may",
     "port-465 tls")
case("at-the-domain", "RFC 7672 §2.2.1: records belong to the MX host, not to the recipient's domain", ["tls"],
     "opportunistic", "may", "tls tls", records="_25._tcp.{domain} 60 IN TLSA 3 1 1 " + "ab" * 32)
