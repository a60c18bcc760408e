"""The table, second part: how a sender gets from a domain to its servers; proofs, failures, aliases, preferences."""

from case import EXPIRED, FORGED, HASHED, OPEN, SAFE, case

# Without a proof.
case("insecure", "RFC 7672 §2.2.1: the MX is not proved: opportunistic", ["bare-tls.bare.example"], "opportunistic",
     "may", "bare-tls.bare.example tls", zone=OPEN)
case("insecure-clear", "RFC 7672 §2.2.1: the MX is not proved: opportunistic, cleartext too",
     ["bare-clear.bare.example"], "opportunistic", "may", "bare-clear.bare.example clear", zone=OPEN)
case("insecure-mx", "RFC 7672 §2.2.1: the MX is not proved, the host's records are: they may be used", ["ee-311"],
     "dane | opportunistic", "dane", "ee-311 tls", zone=OPEN, answer="dane | NOTFOUND | may")
case("insecure-mx-mismatch", "RFC 7672 §2.2.1: the same, and they do not match", ["mismatch"], "dane | opportunistic",
     "dane", "later | mismatch tls", plain="later", zone=OPEN, answer="dane | NOTFOUND | may")
case("insecure-host", "RFC 7672 §2.2.2: addresses that are not proved: TLSA records do not count",
     ["bare-tlsa.bare.example"], "opportunistic", "may", "bare-tlsa.bare.example tls")
case("insecure-servfail", "RFC 7672 §2.2.2: addresses that are not proved: TLSA is not asked for, so it cannot fail",
     ["tlsa-servfail.opentrouble.example"], "opportunistic", "may", "tlsa-servfail.opentrouble.example tls")
case("insecure-silent", "RFC 7672 §2.2.2: the same, before a server that says nothing to such questions",
     ["tlsa-silent.opentrouble.example"], "opportunistic", "may", "tlsa-silent.opentrouble.example tls")
case("insecure-tlsa", "RFC 7672 §2.2.3: TLSA records by an alias that leaves the signed zones do not count",
     ["ta-shared-open"], "opportunistic", "may", "ta-shared-open tls")

# Failures: never in the clear.
LOOKUP = "TEMP | dane | dane-only"
for kind, text in (("servfail", "SERVFAIL"), ("silent", "silence"), ("notimp", "NOTIMP"), ("refused", "REFUSED")):
    case(f"tlsa-{kind}", f"RFC 7672 §2.1.2: {text} when asked for TLSA: the server is not connected to",
         [f"tlsa-{kind}.trouble.example"], "dane | none", "fail", "later", answer=LOOKUP)
case("tlsa-bogus", "RFC 7672 §2.1.1: a forged answer for TLSA is a failure", ["tlsa-bogus"], "dane | none", "fail",
     "later", answer=LOOKUP)
case("bogus-host", "RFC 7672 §2.1.2: the host's addresses are forged", ["forged.forged.example"],
     "dane | opportunistic | none", "fail", "later", answer="TEMP | NOTFOUND | may | dane | dane-only")
case("bogus-host-second", "RFC 7672 §2.1.2: the first host's addresses are forged, the second is used",
     ["forged.forged.example", "ee-311"], "dane", "fail dane", "ee-311 tls", answer="dane | dane-only")
case("bogus-mx", "RFC 7672 §2.1.2: the MX is forged: delivery is delayed", ["tls"], "none", "", "later", zone=FORGED,
     answer="TEMP")
case("expired-mx", "RFC 7672 §2.1.2: the MX was signed until yesterday: delivery is delayed", ["tls"], "none", "",
     "later", zone=EXPIRED, answer="TEMP")

# Aliases.
case("alias-good", "RFC 7672 §2.2.2: an alias, proved throughout: the records of its target", ["alias-good"], "dane",
     "dane", "alias-good tls")
case("alias-bad", "RFC 7672 §2.2.3: the records of the target come first, those of the alias do not count",
     ["alias-bad"], "dane", "dane", "later")
case("alias-own", "RFC 7672 §2.2.3: the target has none, so those of the alias count", ["alias-own"], "dane", "dane",
     "alias-own tls")
case("alias-out", "RFC 7672 §2.2.2: an alias that leaves the signed zones: its own records count", ["alias-out"],
     "dane", "dane", "alias-out tls")
case("alias-out-bad", "RFC 7672 §2.2.2: the same, and they do not match", ["alias-out-bad"], "dane", "dane", "later")
case("alias-in", "RFC 7672 §2.1.3: an alias that is not proved makes what follows not proved",
     ["alias-in.bare.example"], "opportunistic", "may", "alias-in.bare.example tls")
case("alias-first", "RFC 7672 §2.2.3: records at names between alias and target do not count", ["alias-first"],
     "opportunistic", "may", "alias-first tls")
case("alias-target", "RFC 7672 §3.2.2: the domain that an alias leads to is a reference name", ["ta-expanded"], "dane",
     "dane", "ta-expanded tls")
case("alias-expanded", "RFC 7672 §3.2.2: an alias for a next-hop: the certificate may name its target", ["ta-expanded"],
     "dane", "dane", "ta-expanded tls", alias="alias-target.safe.example")
case("initial-target", "RFC 7672 §3.2.2: the certificate names a domain that is an alias of this one", ["ta-initial"],
     "dane", "dane", "later")
case("alias-initial", "RFC 7672 §3.2.2: an alias for a next-hop: the certificate may name the alias", ["ta-initial"],
     "dane", "dane", "ta-initial tls", alias="initial-target.safe.example")
case("alias-nowhere", "RFC 5321 §5.1: the only host is an alias of nothing", ["alias-nowhere"],
     "none | opportunistic", "fail", "later | never", answer="NOTFOUND | may | TEMP")

# No MX, or none that works.
case("null-mx", "RFC 7505 §3: a null MX takes no mail, at once", "null", "none", "", "never")
case("implicit", "RFC 7672 §2.2.2: no MX: the domain is the host, with TLSA records of its own", [], "dane", "dane",
     "implicit tls", address="ee-second",
     records="_25._tcp.{domain} 60 IN CNAME _25._tcp.ee-second.hosts.example.")
case("implicit-mismatch", "RFC 7672 §2.2.2: no MX: the same, and they do not match", [], "dane", "dane", "later",
     address="ee-second", records="_25._tcp.{domain} 60 IN TLSA 3 1 1 " + "cd" * 32)
case("implicit-none", "RFC 5321 §5.1: no MX: the domain is the host, opportunistic", [], "opportunistic", "may",
     "implicit-none clear", address="clear")
case("nothing", "RFC 5321 §5.1: neither MX nor address: an error", [], "none", "fail", "never",
     records='{domain} 60 IN TXT "no mail here"')
case("host-without-address", "RFC 5321 §5.1: the only host does not exist", ["absent"], "none | opportunistic", "fail",
     "later | never", answer="NOTFOUND | may | TEMP")
case("literal", "RFC 7672 §2.2: to an MX that is an address no TLSA applies, if it is connected to at all",
     ["10.25.1.1."], "none | opportunistic", "fail", "10.25.1.1. tls | later | never", answer="NOTFOUND | may | TEMP")

# Several hosts: preference before safety, the next when one fails.
case("second-good", "RFC 7672 §2.2: authentication of the first fails, the second is used", ["mismatch", "ee-second"],
     "dane", "dane dane", "ee-second tls")
case("second-after-clear", "RFC 7672 §2.2: the first has no STARTTLS, the second is used", ["clear-311", "ee-second"],
     "dane", "dane dane", "ee-second tls")
case("second-after-strip", "RFC 7672 §2.2: the first is behind a man in the middle, the second is used",
     ["strip-311", "ta-201"], "dane", "dane dane", "ta-201 tls")
case("second-after-servfail", "RFC 7672 §2.1.2: the first's TLSA question fails, the second is used",
     ["tlsa-servfail.trouble.example", "ee-second"], "dane", "fail dane", "ee-second tls", answer="dane | dane-only")
case("second-after-closed", "RFC 5321 §5.1: the first cannot be reached, the second is used",
     ["closed-311", "ee-second"], "dane", "dane dane", "ee-second tls")
case("second-plain", "RFC 7672 §2.2.1: the first fails, the second has no records: opportunistic there",
     ["mismatch", "clear"], "dane", "dane may", "clear clear")
case("first-plain", "RFC 7672 §2.2.1: a host without records comes first, by its preference", ["clear", "ee-second"],
     "dane | opportunistic", "may dane", "clear clear", answer="dane")
case("equal", "RFC 7672 §2.2.1: of two with one preference one fails, the other is used", [["mismatch", "ee-second"]],
     "dane", "dane dane", "ee-second tls")
case("all-bad", "RFC 7672 §2.2: none can be authenticated: delayed", ["mismatch", "ta-name", "clear-311"], "dane",
     "dane dane dane", "later")
case("many", "RFC 7672 §2.2: the third is the first good one", ["mismatch", "ta-other", "ee-311", "ee-second"], "dane",
     "dane dane dane dane", "ee-311 tls")
case("hashed-second", "RFC 7672 §2.2.1: the same below NSEC3", ["crossed", "ee-second"], "dane", "dane dane",
     "ee-second tls", zone=HASHED)
case("below", "RFC 8461 §3.4: a domain below another has nothing of its policy", ["self-signed"], "opportunistic",
     "may", "self-signed tls", zone=f"sts-good.{SAFE}")
