"""Makes the zone and the envelopes of the scenario, always the same ones: domains dN.example, each with a record of its
own, and the names that the record speaks of.

The zone is a table of (name, type) to a list of values, or to a word for a failure. TXT values are lists of strings, MX
values (preference, name). What is not in the table does not exist, or has no records of the type."""
import json
import random

SEED = 7208
CASES = 2600
CLIENTS = ['192.0.2.10', '192.0.2.200', '198.51.100.7', '203.0.113.77', '2001:db8::10', '2001:db8:1::10', '::ffff:192.0.2.10']
HELOS = ['mail.example', 'h.d7.example', 'mta.mail.example', 'localhost', '[192.0.2.10]']
LOCAL_PARTS = ['user', 'strong-bad', 'a.b+c', 'list-1', 'Joe_User', 'x=y', 'o/p']
DELIMITERS = '.-+,/_='


class World:
    def __init__(self):
        self.dice = random.Random(SEED)
        self.zone = {}
        self.envelopes = []
        for number, client in enumerate(CLIENTS):
            self.reverse(client, number)

    def add(self, name, kind, value):
        self.zone.setdefault((name.lower(), kind), []).append(value)

    def fail(self, name, kind, word):
        self.zone[name.lower(), kind] = word

    def reverse(self, client, number):
        name = reverse_name(client)
        if number == 3:
            return
        for host in ('mail.example', f'c{number}.mail.example'):
            self.add(name, 'PTR', host)
            if (host, address_type(client)) not in self.zone or number % 2:
                self.add(host, address_type(client), client.removeprefix('::ffff:'))

    # Names of a domain

    def host(self, domain):
        """A name below the domain, with addresses of some kind or without."""
        dice = self.dice
        name = f'h{dice.randrange(6)}.{domain}'
        if (name, 'made') in self.zone:
            return name
        self.zone[name, 'made'] = []
        draw = dice.random()
        if draw < 0.12:
            return name
        if draw < 0.16:
            self.fail(name, dice.choice(['A', 'AAAA']), dice.choice(['servfail', 'timeout']))
            return name
        for _ in range(dice.choice([1, 1, 2, 3])):
            if dice.random() < 0.8:
                self.add(name, 'A', dice.choice(['192.0.2.10', '192.0.2.11', '192.0.3.9', '198.51.100.7', '203.0.113.1']))
            if dice.random() < 0.5:
                self.add(name, 'AAAA', dice.choice(['2001:db8::10', '2001:db8::ffff', '2001:db8:2::1']))
        return name

    def exchangers(self, name, domain):
        dice = self.dice
        if (name, 'MX') in self.zone or dice.random() < 0.15:
            return
        if dice.random() < 0.05:
            self.add(name, 'MX', (0, ''))
            return
        for index in range(dice.choice([1, 1, 2, 3, 9, 10, 11, 12]) if dice.random() < 0.3 else 1):
            host = self.host(domain) if index < 3 else f'm{index}.{domain}'
            self.add(name, 'MX', (index, host))
            if index >= 3 and (host, 'A') not in self.zone:
                self.add(host, 'A', '203.0.113.250')

    # Records

    def name(self, domain):
        """A domain-spec without macros, for addresses."""
        return self.host(domain) if self.dice.random() < 0.97 else f'gone{self.dice.randrange(3)}.{domain}'

    def macro(self):
        dice = self.dice
        letter = dice.choice('slodipvhSLODIVH' if dice.random() < 0.9 else 'pP')
        digits = dice.choice(['', '', '', '1', '2', '3', '7', '127'])
        turn = dice.choice(['', '', 'r'])
        delimiters = ''.join(dice.sample(DELIMITERS, dice.choice([0, 0, 0, 1, 2])))
        return '%{' + letter + digits + turn + delimiters + '}'

    def macro_string(self, domain):
        dice = self.dice
        parts = [self.macro() for _ in range(dice.choice([1, 1, 2, 3]))]
        if dice.random() < 0.1:
            parts.insert(0, dice.choice(['%%', '%_', '%-', 'x', '_spf']))
        tail = dice.choice([f'x.{domain}', f'x.{domain}.', '%{d}', '%{o}', '%{d2}'])
        if dice.random() < 0.05:
            parts = parts * 20
        return '.'.join(parts + [tail])

    def prefix(self, v4, v6):
        dice = self.dice
        text = ''
        if dice.random() < 0.3:
            text += f'/{dice.choice(v4)}'
        if dice.random() < 0.2:
            text += f'//{dice.choice(v6)}'
        return text

    def directive(self, domain, depth):
        dice = self.dice
        qualifier = dice.choice(['', '', '', '', '+', '-', '~', '?'])
        kind = dice.choice(['ip4', 'ip4', 'ip4', 'ip6', 'ip6', 'a', 'a', 'mx', 'include', 'include', 'exists', 'ptr'])
        if kind == 'ip4':
            return qualifier + dice.choice([
                'ip4:192.0.2.0/28', 'ip4:192.0.2.10', 'ip4:198.51.100.0/24', 'ip4:203.0.113.0/27', 'ip4:10.0.0.0/8',
                'IP4:192.0.2.128/25', 'ip4:203.0.113.77/32', 'ip4:172.16.0.1/12'])
        if kind == 'ip6':
            return qualifier + dice.choice([
                'ip6:2001:db8::/48', 'ip6:2001:db8:1::/64', 'ip6:2001:db8::10', 'ip6:2001:DB8:FFFF::/48',
                'ip6:::ffff:192.0.2.10', 'ip6:::1', 'ip6:2001:db8:1::10/127'])
        if kind == 'a':
            own = dice.random() < 0.3
            if own and (domain, 'A') not in self.zone:
                self.add(domain, 'A', dice.choice(['192.0.2.10', '198.51.100.1']))
            target = '' if own else ':' + self.name(domain)
            return qualifier + 'a' + target + self.prefix([0, 8, 24, 28, 32], [0, 32, 64, 128])
        if kind == 'mx':
            name = domain if dice.random() < 0.5 else self.name(domain)
            self.exchangers(name, domain)
            return qualifier + 'mx' + ('' if name == domain else ':' + name) + self.prefix([24, 32], [64, 128])
        if kind == 'include':
            if depth > 3:
                return qualifier + 'include:' + domain
            return qualifier + 'include:' + self.child(domain, depth)
        if kind == 'ptr':
            return qualifier + 'ptr' + dice.choice(['', '', ':mail.example', ':example', ':nothing.example', f':{domain}'])
        return qualifier + 'exists:' + (self.macro_string(domain) if dice.random() < 0.7 else self.name(domain))

    def child(self, domain, depth):
        dice = self.dice
        name = f's{dice.randrange(4)}.{domain}' if depth == 0 else f'{dice.choice("tuv")}.{domain}'
        if (name, 'TXT') not in self.zone:
            self.zone[name, 'TXT'] = []
            draw = dice.random()
            if draw < 0.04:
                self.zone[name, 'TXT'] = dice.choice(['servfail', 'timeout'])
            elif draw < 0.08:
                self.zone[name, 'TXT'] = [['not an SPF record']]
            elif draw < 0.10:
                del self.zone[name, 'TXT']
            else:
                self.zone[name, 'TXT'] = [self.strings(self.record(name, depth + 1))]
        return name

    def record(self, domain, depth=0):
        dice = self.dice
        terms = [self.directive(domain, depth) for _ in range(dice.choice([0, 1, 1, 2, 2, 3, 4, 5]))]
        draw = dice.random()
        if draw < 0.6:
            terms.append(dice.choice(['-all', '-all', '~all', '?all', '+all', 'all', '-ALL']))
        elif draw < 0.8 and depth < 3:
            target = self.child(domain, depth) if dice.random() < 0.9 else self.macro_string(domain)
            terms.insert(dice.randrange(len(terms) + 1) if dice.random() < 0.3 else len(terms), 'redirect=' + target)
        if dice.random() < 0.15:
            self.add(f'e.{domain}', 'TXT', [dice.choice([
                'See http://%{d}/why?s=%{S}&i=%{I}', '%{i} is not mine', 'no', '%{c} by %{r}: %{p}', '%{x}', 'a%', '%{l1r-}'])])
            terms.insert(dice.randrange(len(terms) + 1), f'exp=e.{dice.choice(["%{d}", domain])}')
        if dice.random() < 0.1:
            terms.insert(dice.randrange(len(terms) + 1), dice.choice(['x=y', 'ra=%{i}', 'v.1-_=:/', 'default=pass']))
        return ' '.join(['v=spf1'] + terms)

    def strings(self, text):
        """The record as one string, or cut into several."""
        if self.dice.random() < 0.9 and len(text) < 256:
            return [text]
        cuts = sorted(self.dice.sample(range(1, len(text)), min(2 + len(text) // 250, len(text) - 1)))
        return [text[a:b] for a, b in zip([0] + cuts, cuts + [len(text)])]

    def broken(self, text):
        """A record with one octet more, less or other."""
        dice = self.dice
        place = dice.randrange(6, len(text) + 1)
        new = dice.choice(':/=%{}.-_ 0129ax\t+~?,;@"')
        return text[:place] + dice.choice(['', new, new]) + text[place + dice.choice([0, 1]):]

    def limits(self, domain):
        """A record that comes near the limits."""
        dice = self.dice
        for host in ('ok', 'two'):
            self.add(f'{host}.{domain}', 'A', '203.0.113.250')
            self.add(f'{host}.{domain}', 'AAAA', '2001:db8:ffff::1')
        self.add(f'i.{domain}', 'TXT', ['v=spf1 ' + ' '.join(f'a:ok.{domain}' for _ in range(dice.randrange(5))) + ' ?all'])
        found = [f'a:ok.{domain}', f'exists:two.{domain}', f'include:i.{domain}']
        void = [f'a:no{index}.{domain}' for index in range(4)] + [f'exists:no.{domain}', f'mx:no.{domain}']
        if dice.random() < 0.5:
            terms = [dice.choice(found) for _ in range(dice.randrange(6, 13))]
        else:
            terms = [dice.choice(found + void) for _ in range(dice.randrange(2, 8))]
        return 'v=spf1 ' + ' '.join(terms + [dice.choice(['ip4:192.0.2.0/24', 'ip6:2001:db8::/32', ''])] + ['-all'])

    def make(self):
        dice = self.dice
        for number in range(CASES):
            domain = f'd{number}.example'
            kind = dice.choice(['plain'] * 6 + ['broken'] * 3 + ['limits', 'none'])
            if kind == 'none':
                draw = dice.random()
                if draw < 0.3:
                    self.add(domain, 'TXT', [dice.choice(['v=spf10 -all', ' v=spf1 -all', 'v=spf1;-all', 'V=SPF1 -all', 'v=spf1'])])
                elif draw < 0.5:
                    self.add(domain, 'TXT', ['v=spf1 -all'])
                    self.add(domain, 'TXT', [dice.choice(['v=spf1 +all', 'other', 'v=spf1x'])])
                elif draw < 0.7:
                    self.fail(domain, 'TXT', dice.choice(['servfail', 'timeout']))
                elif draw < 0.85:
                    self.add(domain, 'A', '192.0.2.10')
            else:
                text = self.limits(domain) if kind == 'limits' else self.record(domain)
                self.zone[domain, 'TXT'] = [self.strings(self.broken(text) if kind == 'broken' else text)]
            local_part = dice.choice(LOCAL_PARTS)
            null = dice.random() < 0.03
            self.envelopes.append({
                'number': number, 'kind': kind, 'domain': domain, 'ip': dice.choice(CLIENTS),
                'helo': domain if null else dice.choice(HELOS), 'mail_from': '' if null else f'{local_part}@{domain}'})
        self.zone = {key: value for key, value in self.zone.items() if key[1] != 'made' and value != []}
        return self


def address_type(client):
    return 'AAAA' if ':' in client and not client.startswith('::ffff:') else 'A'


def reverse_name(client):
    import ipaddress
    return ipaddress.ip_address(client.removeprefix('::ffff:')).reverse_pointer


def recorded(zone):
    """The zone as a recorded file of DNS answers."""
    entries = []
    for (name, kind), value in sorted(zone.items()):
        entry = {'Question': [{'name': name + '.', 'type': kind}]}
        if value == 'timeout':
            entry['Error'] = 'timeout'
        elif value == 'servfail':
            entry['Status'] = 2
        else:
            entry['Status'] = 0
            entry['Answer'] = [{'name': name + '.', 'type': kind, 'TTL': 300, 'data': presentation(kind, each)} for each in value]
        entries.append(entry)
    return json.dumps(entries)


def presentation(kind, value):
    if kind == 'TXT':
        return ' '.join('"' + text.replace('\\', '\\\\').replace('"', '\\"').replace('\t', '\\009') + '"' for text in value)
    if kind == 'MX':
        return f'{value[0]} {value[1]}.'
    return value + '.' if kind == 'PTR' else value
