"""What Postfix asks the socketmap besides: next hops that are no mail domains, and keys that are none at all.

Who writes a host in brackets has chosen it, and says in main.cf what to demand of it.
"""

import dataclasses

import servers


@dataclasses.dataclass
class Question:
    #: The key, as Postfix writes next hops.
    domain: str
    why: str
    #: The first words that are right.
    answers: tuple
    map: str = "postseal"


NONE = ("NOTFOUND", "may")

QUESTIONS = [
    Question(f"[ee-311.{servers.HOSTS}]", "postconf(5): a host in brackets is the administrator's affair", NONE),
    Question(f"[ee-311.{servers.HOSTS}]:25", "postconf(5): the same with its port", NONE),
    Question(f"ee-311.{servers.HOSTS}:587", "postconf(5): the same without brackets", NONE),
    Question("[10.25.1.1]", "RFC 7672 §2.2: to an address no TLSA applies", NONE),
    Question("[10.25.1.1]:25", "RFC 7672 §2.2: to an address no TLSA applies", NONE),
    Question("[IPv6:2001:db8::1]", "RFC 7672 §2.2: to an address no TLSA applies", NONE),
    Question("EE-311.Safe.Example", "RFC 1034 §3.1: names are compared without regard to case", ("dane-only",)),
    Question("absent.safe.example", "RFC 5321 §5.1: there is no such domain", NONE),
    Question(".safe.example", "postconf(5): a parent, which no recipient has", NONE + ("PERM",)),
    Question("no name at all", "socketmap_table(5): a key that is no next hop", NONE + ("PERM",)),
    Question("[ee-311.hosts.example", "socketmap_table(5): a key that is no next hop", NONE + ("PERM",)),
    Question("a" * 300 + ".example", "RFC 1035 §2.3.4: longer than any name", NONE + ("PERM",)),
]
