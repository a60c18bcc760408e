"""The table, fourth part: servers with IPv6 addresses, alone or besides others."""

from case import OPEN, Policy, case
from cases_dane import bad, good

# IPv6 alone.
good("six-311", "RFC 7672 §2.2.2: AAAA alone, proved: TLSA records count")
good("six-201", "RFC 7672 §3.1.2: the same with DANE-TA")
bad("six-mismatch", "RFC 7672 §3.2: AAAA alone: no delivery if authentication fails")
bad("six-clear", "RFC 7672 §2.2: AAAA alone: usable records and no STARTTLS: no delivery in the clear")
bad("six-name", "RFC 7672 §3.2.2: AAAA alone: with DANE-TA names are checked")
case("six-tls", "RFC 7672 §2.2: AAAA alone, no records: opportunistic", ["six-tls"], "opportunistic", "may",
     "six-tls tls")
case("six-bare", "RFC 7672 §2.2.2: AAAA alone, not signed: TLSA records do not count", ["six-bare.bare.example"],
     "opportunistic", "may", "six-bare.bare.example tls")
case("six-forged", "RFC 7672 §2.1.2: AAAA alone, forged", ["six-forged.forged.example"],
     "dane | opportunistic | none", "fail", "later", answer="TEMP | NOTFOUND | may | dane | dane-only")
case("six-second", "RFC 7672 §2.2: two servers with AAAA alone, the first fails", ["six-mismatch", "six-311"], "dane",
     "dane dane", "six-311 tls")
case("six-then-four", "RFC 7672 §2.2: AAAA alone fails, the next server has A alone", ["six-clear", "ee-311"], "dane",
     "dane dane", "ee-311 tls")
case("alias-six", "RFC 7672 §2.2.2: an alias, proved throughout, of a server with AAAA alone", ["alias-six"], "dane",
     "dane", "alias-six tls")
case("six-implicit", "RFC 7672 §2.2.2: no MX, and the domain has AAAA alone, with TLSA records of its own", [], "dane",
     "dane", "six-implicit tls", address="six-311",
     records="_25._tcp.{domain} 60 IN CNAME _25._tcp.six-311.hosts.example.")
case("six-insecure-mx", "RFC 7672 §2.2.1: the MX is not proved, AAAA and TLSA are: they may be used", ["six-311"],
     "dane | opportunistic", "dane", "six-311 tls", zone=OPEN, answer="dane | NOTFOUND | may")
case("six-sts", "RFC 8461 §4: AAAA alone: the host is listed and its certificate valid", ["six-web"], "sts", "sts",
     "six-web tls", zone=OPEN, sts=Policy(mx=("six-web",)))
case("six-sts-bad", "RFC 8461 §4.2: AAAA alone: the certificate is nobody's", ["six-tls"], "sts", "sts", "later",
     zone=OPEN, sts=Policy(mx=("six-tls",)))

# Both.
good("dual-311", "RFC 7672 §2.2.2: A and AAAA, the same server at both")
good("dual-two", "RFC 7672 §2.2.2: A and AAAA, at each a certificate of its own, and TLSA records of both")
good("dual-second", "RFC 5321 §5.1: the certificate at the IPv6 address matches no record, so the other address is used")
bad("dual-mismatch", "RFC 7672 §3.2: the certificates at neither address match")
good("dual-closed", "RFC 5321 §5.1: the IPv6 address refuses connections, so the other is used")
good("dual-lost", "RFC 5321 §5.1: nothing comes back from the IPv6 address, so the other is used")
bad("dual-lost-mismatch", "RFC 7672 §3.2: the same, and the certificate at the other does not match")
case("dual-tls", "RFC 5321 §5.1: no records, nothing comes back from the IPv6 address", ["dual-tls"], "opportunistic",
     "may", "dual-tls tls")
case("dual-sts", "RFC 8461 §4: the IPv6 address refuses connections, the other holds to the policy", ["dual-web"],
     "sts", "sts", "dual-web tls", sts=Policy(mx=("dual-web",)))
case("aaaa-servfail", "RFC 7672 §2.2.2: AAAA can't be looked up, A is proved: TLSA records count",
     ["aaaa-servfail.trouble.example"], "dane", "dane", "aaaa-servfail.trouble.example tls")
case("a-servfail", "RFC 7672 §2.2.2: A can't be looked up, AAAA is proved: TLSA records count",
     ["a-servfail.trouble.example"], "dane", "dane", "a-servfail.trouble.example tls")
