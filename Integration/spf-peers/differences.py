"""The differences between Postseal and its peers that are decided: what each says, and why Postseal's verdict is the RFC's.

A difference is recognised by what the verdicts say and by the records that the check can reach, so that another one in the
same case is not taken for it."""
import re


def reachable(zone, domain):
    """The records of a domain, and of all that these include or redirect to by a name without macros."""
    seen, waiting, texts = set(), [domain], []
    while waiting:
        name = waiting.pop().lower().rstrip('.')
        if name in seen:
            continue
        seen.add(name)
        values = zone.get((name, 'TXT'), [])
        for value in values if isinstance(values, list) else []:
            text = ''.join(value)
            if text.lower().startswith('v=spf1'):
                texts.append(text)
                waiting += re.findall(r'(?:include:|redirect=)(\S+)', text, re.IGNORECASE)
    return texts


def why(peer, envelope, mine, other, zone):
    """The decision that a difference falls under; None if there is none."""
    texts = reachable(zone, envelope['domain'])
    for decision, applies in DECISIONS[peer]:
        if applies(mine, other, texts, zone):
            return decision
    return None


def has(pattern):
    """Whether a record holds the pattern, in any case."""
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda texts: any(compiled.search(text) for text in texts)


def voids(verdict, zone):
    """How many questions of a verdict, but for the first record, found nothing."""
    return sum(tuple(question.rsplit(' ', 1)) not in zone for question in verdict['asked'][1:])


def ours(*words):
    """Postseal's reason has one of these words."""
    return lambda mine, other, texts, zone: any(word in mine['reason'] for word in words)


def refused(pattern):
    """libspf2 refuses a record, and one has the pattern."""
    return lambda mine, other, texts, zone: other['why'] == UNCOMPILED and has(pattern)(texts)


UNCOMPILED = 'Could not find a valid SPF record'

DECISIONS = {
    'pyspf': [
        # Unspecified by the RFC; Postseal's reading keeps mail of IPv6 clients whose senders' exchangers have IPv4 alone.
        ('§4.6.4: void look-ups are counted by terms (pyspf counts every answer, and those for %{p})',
         lambda mine, other, texts, zone: 'Void lookup limit' in other['why'] and mine['void_lookups'] <= 2
         and voids(other, zone) > 2),
        ('§4.6.4, §6.1: a redirect counts when it is followed (pyspf counts it when it is read)',
         lambda mine, other, texts, zone: 'Too many DNS lookups' in other['why'] and has(' redirect=')(texts)),
        ('§5.2: an include of the record itself is an error when it is reached (pyspf takes it for one of syntax)',
         lambda mine, other, texts, zone: 'trivial recursion' in other['why']),
        ('§5.4: an mx matches as soon as one address does (pyspf looks up all of them first, and fails with any)',
         lambda mine, other, texts, zone: other['result'] == 'temperror' and mine['reason'].lstrip('+-~?').startswith('mx')),
        ('§7.1: a percent sign begins a macro, and a macro has nothing but letters, digits and delimiters',
         ours('malformed macro')),
        ('§12: a record has visible ASCII and spaces alone', ours('character that no record may have')),
        ('§7.3: the parts of every value are joined by dots (pyspf does it for %{l} and %{s} alone)',
         lambda mine, other, texts, zone: has(r'%\{[odvhp]\d*r?\.?[-+,/_=]')(texts)),
    ],
    'libspf2': [
        ('§4.6.4: more than two void look-ups are an error (RFC 4408, which libspf2 follows, has no such limit)',
         ours('for which the DNS has nothing')),
        ('§5.6: a prefix length may be 0 (libspf2 refuses the record)', refused(r'/0( |$|/)')),
        ('§7.1: the delimiters of macros include the comma and the slash (libspf2 refuses the record)',
         refused(r'%\{[a-z]\d*r?[.+_=-]*[,/]')),
        ('§12: the name of a modifier may hold dots (libspf2 refuses the record)',
         refused(r' [a-z][a-z0-9_-]*\.[a-z0-9._-]*=')),
        ('§7.1: a domain-spec may hold any visible character (libspf2 refuses the record)',
         refused(r'(:|redirect=)[^ ]*[;"@,?]')),
        ('§7.1: a domain-spec may have any number of macros (libspf2 refuses long ones)',
         lambda mine, other, texts, zone: other['why'] == UNCOMPILED
         and any(term.count('%{') >= 40 for text in texts for term in text.split())),
        ('§7.1: a domain-spec ends in a macro or in a top-level label (libspf2 does not look)',
         ours('name that does not end', 'address where a name')),
        ('§7.1: a percent sign begins a macro (libspf2 lets others pass)', ours('malformed macro')),
        ('§12: a record has visible ASCII and spaces alone (libspf2 lets others pass)',
         ours('character that no record may have')),
        ('§12: a colon has a domain-spec behind it (libspf2 passes it over)', ours('empty name')),
        ('§5.6: prefix lengths have no leading zeros (libspf2 lets them pass)', ours('malformed prefix length')),
        ('§4.6.4: an mx with more than ten exchangers is an error (libspf2 ignores the rest)', ours('mail exchangers')),
        ('§4.6.4: ten look-ups in all records together (libspf2 counts in each by itself)',
         ours('terms that ask the DNS')),
        ('§6.1: a redirect waits until no mechanism matches (libspf2 follows it where it stands)',
         lambda mine, other, texts, zone: has(r' redirect=\S+ +[^ ]')(texts)),
        ('§7.3: a number of parts as large as there are keeps all of them (libspf2 drops the first octet)',
         lambda mine, other, texts, zone: has(r'%\{[a-z]\d')(texts)),
    ],
}
