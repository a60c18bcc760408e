"""Reports of some weeks, accounts, messages, and the daemon that shows them."""
import http.client
import ipaddress
import json
import os
import random
import socket
import sqlite3
import subprocess
import time

PASSWORD = 'correct horse battery staple'
MARK = '"\'><img src=x onerror=window.__xss=1;alert(1)><script>window.__xss=1</script>'
# Whose the addresses are: own servers, one of them forgotten, a known service, a list, a stranger. And a claim: the name is another address's.
HOSTS = {'192.0.2.25': 'mx.example.com', '192.0.2.26': 'mx2.example.com', '192.0.2.40': 'printer.example.com', '198.51.100.7': 'mta7.mcsv.net',
         '198.51.100.90': 'out.crm.example', '2001:db8:77::1': 'mx.lists.example'}
CLAIMS = {'203.0.113.250': 'mx.example.com'}
# As long as names can be, and longer than results are.
LONG_NAME = '.'.join(['a' * 63, 'b' * 63, 'example'])
LONG_WORD = 'w' * 80
XML_MARK = MARK.replace('&', '&amp;').replace('<', '&lt;')


def aggregate(domain, begin, organization, number, rows, policy='none', mark=''):
    def row(source, count, dkim, spf, signed, disposition='none', reason=''):
        result = 'pass' if dkim == 'pass' or spf == 'pass' else 'fail'
        auth = ''.join(f'<dkim><domain>{name}</domain><selector>s1{mark}</selector><result>pass</result></dkim>' for name in signed)
        auth += f'<spf><domain>{domain if spf == "pass" else "bounce.example"}</domain><result>{spf}</result></spf>'
        return (f'<record><row><source_ip>{source}</source_ip><count>{count}</count><policy_evaluated><disposition>{disposition}'
                f'</disposition><dkim>{dkim}</dkim><spf>{spf}</spf>{reason}</policy_evaluated></row><identifiers><header_from>{domain}'
                f'</header_from><envelope_from>{"x" + mark if mark else domain}</envelope_from></identifiers><auth_results>{auth}</auth_results></record>'), result
    records = ''.join(row(*each)[0] for each in rows)
    return (f'<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0"><version>1.0</version><report_metadata><org_name>{organization}{mark}</org_name>'
            f'<email>reports@{organization.lower().replace(" ", "")}.example</email><report_id>{domain}:{begin}:{number}{mark}</report_id>'
            f'<date_range><begin>{begin}</begin><end>{begin + 86399}</end></date_range></report_metadata><policy_published>'
            f'<domain>{domain}</domain><p>{policy}</p><sp>{policy}</sp></policy_published>{records}</feedback>')


def rows(seed, scale):
    rng = random.Random(seed)
    made = [
        ('192.0.2.25', int(900 * scale * rng.uniform(.8, 1.2)), 'pass', 'pass', ['example.com']),
        ('192.0.2.26', int(300 * scale * rng.uniform(.8, 1.2)), 'pass', 'pass', ['example.com']),
        ('198.51.100.7', int(150 * scale * rng.uniform(.5, 1.5)), 'pass', 'fail', ['example.com', 'newsletter.example']),
        ('192.0.2.40', int(30 * scale * rng.uniform(.8, 1.2)), 'fail', 'fail', []),
        ('203.0.113.250', int(60 * scale * rng.uniform(.5, 1.5)), 'fail', 'fail', []),
        ('198.51.100.90', int(20 * scale * rng.uniform(.5, 1.5)), 'fail', 'fail', ['crm.example']),
    ]
    for number in range(rng.randrange(3, 9)):
        made.append((f'203.0.113.{rng.randrange(1, 250)}', rng.randrange(1, 30), 'fail', 'fail', []))
    made.append(('2001:db8:77::1', rng.randrange(3, 20), 'pass', 'fail', ['example.com', 'lists.example']))
    made.append(('2001:db8:77::1', rng.randrange(3, 9), 'fail', 'fail', ['lists.example'], 'none',
                 '<reason><type>mailing_list</type><comment>by a list</comment></reason>'))
    return made


def tls(domain, day, number, mark='', kind='certificate-expired'):
    mark = json.dumps(mark)[1:-1]
    date = time.strftime('%Y-%m-%d', time.gmtime(day))
    return json.dumps({'organization-name': 'Large Mail' + mark, 'date-range': {'start-datetime': f'{date}T00:00:00Z', 'end-datetime': f'{date}T23:59:59Z'},
                       'contact-info': 'tls@large.example', 'report-id': f'tls-{day}-{number}{mark}', 'policies': [
        {'policy': {'policy-type': 'sts', 'policy-domain': domain, 'mx-host': [f'mx.{domain}', f'mx2.{domain}']},
         'summary': {'total-successful-session-count': 480 + number, 'total-failure-session-count': 7},
         'failure-details': [
             {'result-type': kind, 'sending-mta-ip': '203.0.113.5', 'receiving-mx-hostname': f'mx2.{domain}', 'failed-session-count': 5,
              'failure-reason-code': 'X509_V_ERR_CERT_HAS_EXPIRED' + mark},
             {'result-type': 'starttls-not-supported', 'receiving-mx-hostname': f'mx2.{domain}{mark}', 'failed-session-count': 2}]}]})


def failure(domain, mark=''):
    return '\r\n'.join([
        'From: reports@receiver.example', 'Subject: FW: Invoice', 'MIME-Version: 1.0', f'Message-ID: <f{len(mark)}@receiver.example>',
        'Content-Type: multipart/report; report-type=feedback-report; boundary=b', '', '--b', 'Content-Type: text/plain', '', 'It failed.', '--b',
        'Content-Type: message/feedback-report', '', 'Feedback-Type: auth-failure', 'Version: 1', 'User-Agent: reporter/1', 'Auth-Failure: dmarc',
        f'Reported-Domain: {domain}', 'Source-IP: 203.0.113.66', f'Delivery-Result: reject{mark}', f'X-Odd: {mark}', '', '--b',
        'Content-Type: text/rfc822-headers', '', f'From: Director <director@{domain}>', f'Subject: Invoice {mark}', '', '--b--', ''])


class World:
    def __init__(self, postseal, folder, database=None):
        self.postseal, self.folder = postseal, folder
        self.store = database or f'{folder}/reports.db'
        self.accounts = database or f'{folder}/accounts.json'
        self.daemon = None

    def run(self, *words, given=None):
        return subprocess.run([self.postseal, *words], input=given, capture_output=True, text=True, timeout=300)

    def fill(self):
        today = int(time.time()) // 86400 * 86400
        files = f'{self.folder}/files'
        os.makedirs(files)
        count = 0

        def put(name, text):
            nonlocal count
            count += 1
            with open(f'{files}/{count:04}-{name}', 'w') as file:
                file.write(text)
        for back in range(1, 57):
            day = today - back * 86400
            weekday = time.gmtime(day).tm_wday
            scale = (.4 if weekday > 4 else 1) * (1 + .2 * (28 - back) / 28)
            for number, organization in enumerate(['Large Mail', 'Other Mail', 'University']):
                put('a.xml', aggregate('example.com', day, organization, number, rows(day + number, scale / (number + 1))))
            if back < 40:
                put('b.xml', aggregate('mail.example.net', day, 'Large Mail', 7, [('192.0.2.80', 40 + back, 'pass', 'pass', ['mail.example.net'])], 'quarantine'))
                put('c.xml', aggregate('parked.example.org', day, 'Other Mail', 8, [(f'203.0.113.{back}', 3, 'fail', 'fail', [], 'reject')], 'reject'))
            if back < 20:
                put('t.json', tls('example.com', day, back))
        put('f.eml', failure('example.com'))
        put('long.xml', aggregate('example.com', today - 86400, 'Z' + '\u0301' * 200, 98, [('203.0.113.8', 500, 'pass', 'fail', ['example.com', LONG_NAME]),
                                                                                           ('203.0.113.9', 500, 'fail', 'fail', [LONG_NAME])]))
        put('long.json', tls('example.com', today - 86400, 98, kind=LONG_WORD))
        put('long.eml', failure('example.com').replace('Auth-Failure: dmarc', 'Auth-Failure: ' + LONG_WORD).replace('<f0@', '<long@'))
        put('hostile.xml', aggregate('example.com', today - 86400, 'Hostile', 99, [('203.0.113.7', 4, 'fail', 'fail', [])], mark=XML_MARK))
        put('hostile.json', tls('example.com', today - 86400, 99, MARK))
        put('hostile.eml', failure('example.com', MARK))
        return self.run('report', 'import', '--store', self.store, files)

    def make_accounts(self):
        results = []
        for name, more in [('ada', ['--role', 'administrator']), ('otto', ['--role', 'operator']),
                           ('vera', ['--role', 'viewer', '--domain', 'example.com'])]:
            results.append(self.run('account', 'add', name, *more, '--accounts', self.accounts, given=PASSWORD + '\n'))
        return results

    def start(self, tls=False, port=None):
        with socket.socket() as one, socket.socket() as two:
            one.bind(('127.0.0.1', 0))
            two.bind(('127.0.0.1', 0))
            self.port, self.http = port or one.getsockname()[1], two.getsockname()[1]
        dns = [
            {'Status': 0, 'AD': True, 'Question': [{'name': '_dmarc.example.com.', 'type': 'TXT'}],
             'Answer': [{'name': '_dmarc.example.com.', 'type': 'TXT', 'TTL': 300, 
                         'data': '"v=DMARC1; p=none; rua=mailto:dmarc@example.com; ruf=mailto:failures@example.com"'}]},
            {'Status': 0, 'AD': True, 'Question': [{'name': 'example.com.', 'type': 'TXT'}],
             'Answer': [{'name': 'example.com.', 'type': 'TXT', 'TTL': 300, 'data': '"v=spf1 ip4:192.0.2.0/26 -all"'}]},
            {'Status': 0, 'AD': True, 'Question': [{'name': 'example.com.', 'type': 'MX'}],
             'Answer': [{'name': 'example.com.', 'type': 'MX', 'TTL': 300, 'data': '10 mx.example.com.'}]},
            {'Status': 0, 'AD': True, 'Question': [{'name': 'mx.example.com.', 'type': 'A'}],
             'Answer': [{'name': 'mx.example.com.', 'type': 'A', 'TTL': 300, 'data': '192.0.2.25'}]},
        ]
        for address, name in {**HOSTS, **CLAIMS}.items():
            pointer = ipaddress.ip_address(address).reverse_pointer + '.'
            dns.append({'Status': 0, 'AD': False, 'Question': [{'name': pointer, 'type': 'PTR'}],
                        'Answer': [{'name': pointer, 'type': 'PTR', 'TTL': 300, 'data': f'{name}.'}]})
            kind = 'AAAA' if ':' in address else 'A'
            if name != 'mx.example.com':
                dns.append({'Status': 0, 'AD': False, 'Question': [{'name': f'{name}.', 'type': kind}],
                            'Answer': [{'name': f'{name}.', 'type': kind, 'TTL': 300, 'data': address}]})
        with open(f'{self.folder}/dns.json', 'w') as file:
            json.dump(dns, file)
        lines = ['name: mx.example.com', f'http:\n  listen: tcp:127.0.0.1:{self.http}', f'dns:\n  recorded: {self.folder}/dns.json',
                 # Nobody listens there: what is made can be looked at, and so can each attempt.
                 f'reports:\n  store: {self.store}\n  posts: yes\n  send:\n    contact: reports@example.com\n    server: tcp:127.0.0.1:1\n    failure: yes',
                 f'dashboard:\n  listen: tcp:127.0.0.1:{self.port}', 'log:\n  level: warning']
        if self.accounts != self.store:
            # Else they are where the reports are, by themselves.
            lines[4] += f'\n  accounts: {self.accounts}'
        if tls:
            if not os.path.exists(f'{self.folder}/cert.pem'):
                self.certify()
            lines[4] += f'\n  certificate: {self.folder}/cert.pem\n  key: {self.folder}/key.pem'
        with open(f'{self.folder}/postseal.yaml', 'w') as file:
            file.write('\n'.join(lines) + '\n')
        self.log = open(f'{self.folder}/log', 'ab')
        self.daemon = subprocess.Popen([self.postseal, 'serve', '--config', f'{self.folder}/postseal.yaml'], stderr=self.log, stdout=self.log)
        self.address = f'{"https" if tls else "http"}://localhost:{self.port}'
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(('127.0.0.1', self.port)) == 0:
                    return
            if self.daemon.poll() is not None:
                break
            time.sleep(.1)
        raise RuntimeError(open(f'{self.folder}/log').read())

    def wait_for_hosts(self):
        """Until the daemon has looked up whose the addresses are; pages are remembered for a minute, and would be without."""
        for _ in range(300):
            with sqlite3.connect(f'file:{self.store}?mode=ro', uri=True) as store:
                names = [name for name, in store.execute('SELECT name FROM hosts WHERE name IS NOT NULL')]
            if set(names) >= set(HOSTS.values()) and names.count('mx.example.com') == 2:
                return True
            time.sleep(.2)
        return False

    def post(self, text):
        """Posts a report; one about DMARC is kept apart."""
        connection = http.client.HTTPConnection('127.0.0.1', self.http, timeout=30)
        connection.request('POST', '/v1/reports', text.encode(), {'Content-Type': 'application/xml'})
        return connection.getresponse().status

    def wait_for_sent(self):
        """Until a report of ours was tried."""
        for _ in range(300):
            done = self.run('report', 'sent', '--json', '--config', f'{self.folder}/postseal.yaml')
            found = [json.loads(line) for line in done.stdout.splitlines()]
            if any(delivery['failures'] for report in found for delivery in report['deliveries']):
                return True
            time.sleep(.2)
        return False

    def certify(self):
        """A certificate, put in the place of the one before as renewing programs do it."""
        new = [f'{self.folder}/new-key.pem', f'{self.folder}/new-cert.pem']
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost',
                        '-addext', 'subjectAltName=DNS:localhost', '-keyout', new[0], '-out', new[1]], check=True, capture_output=True)
        os.chmod(new[0], 0o600)
        for path in new:
            os.replace(path, path.replace('new-', ''))

    def stop(self):
        if self.daemon:
            self.daemon.terminate()
            self.daemon.wait(30)
            self.daemon = None

    def send(self, subject, sender='ann@example.com', client='192.0.2.25', helo='mx.example.com'):
        """Hands a message in to be judged."""
        connection = http.client.HTTPConnection('127.0.0.1', self.http, timeout=30)
        quote = __import__('urllib.parse', fromlist=['quote']).quote
        connection.request('POST', f'/v1/verify?ip={client}&helo={quote(helo)}&mail-from={quote(sender)}&rcpt=bob%40example.com',
                           f'From: {sender}\r\nTo: bob@example.com\r\nSubject: {subject}\r\nMessage-ID: <{abs(hash(subject))}@x>\r\n\r\nHello\r\n'.encode())
        answer = connection.getresponse()
        return answer.status, answer.read()
