"""The dashboard by TLS, as curl, openssl and a browser have it, and with a certificate that is renewed."""
import hashlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import time

import browser as browsers
import world as worlds


def curl(world, target, *more):
    done = subprocess.run(
        ['curl', '-sS', '-i', '--max-time', '20', '--cacert', f'{world.folder}/cert.pem', '-b', f'{world.folder}/jar', '-c', f'{world.folder}/jar',
         *more, world.address + target], capture_output=True, text=True)
    head, _, body = done.stdout.replace('\r\n', '\n').partition('\n\n')
    return head, body, done


def served(port):
    """The fingerprint of the certificate that is served."""
    octets = ssl.get_server_certificate(('127.0.0.1', port))
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(octets)).hexdigest()


def on_disk(world):
    with open(f'{world.folder}/cert.pem', encoding='ascii') as file:
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read())).hexdigest()


def handshake(world, version):
    done = subprocess.run(['openssl', 's_client', '-connect', f'127.0.0.1:{world.port}', f'-{version}', '-cipher', 'ALL:@SECLEVEL=0'],
                          input='', capture_output=True, text=True)
    return 'Cipher is (NONE)' not in done.stdout and done.returncode == 0


def wait(truth, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if truth():
            return True
        time.sleep(1)
    return False


def visit(world, check):
    """With curl."""
    head, body, done = curl(world, '/login')
    check('curl trusts the certificate and has the page', ' 200' in head.splitlines()[0], done.stderr)
    cookie = [line for line in head.splitlines() if line.lower().startswith('set-cookie: __host-postseal-door=')]
    check('the cookie is for this host and TLS alone', cookie and all(word in cookie[0] for word in ('; Secure', '; HttpOnly', '; SameSite=Strict', '; Path=/'))
          and 'Domain' not in cookie[0], head)
    check('browsers are told to come by TLS', 'strict-transport-security: max-age=31536000' in head.lower(), head)
    csrf = re.search(r'name="csrf" value="([^"]+)"', body).group(1)
    form = ['--data-urlencode', f'csrf={csrf}', '--data-urlencode', 'name=ada', '--data-urlencode', f'password={worlds.PASSWORD}']
    head, _, _ = curl(world, '/login', *form)
    check('curl logs in', ' 303' in head.splitlines()[0] and 'set-cookie: __Host-postseal=' in head.replace('Set-Cookie', 'set-cookie'), head)
    check('and has its page', ' 200' in curl(world, '/state')[0].splitlines()[0])
    head, _, _ = curl(world, '/login', '-H', f'Origin: http://localhost:{world.port}', *form)
    check('a form of the page without TLS is of another site', ' 403' in head.splitlines()[0], head)


def plain(world, check):
    with socket.create_connection(('127.0.0.1', world.port), timeout=10) as connection:
        connection.sendall(b'GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n')
        answer = b''
        try:
            while piece := connection.recv(65536):
                answer += piece
        except (TimeoutError, ConnectionResetError):
            pass
    check('who does not speak TLS is told nothing', b'HTTP/1.1 200' not in answer and b'csrf' not in answer and b'Cookie' not in answer, answer[:80])
    for version, isTaken in [('tls1', False), ('tls1_1', False), ('tls1_2', True), ('tls1_3', True)]:
        check(f'{version} is {"taken" if isTaken else "refused"}', handshake(world, version) == isTaken)


def browse(world, check, pictures):
    page = browsers.Browser(shutil.which('chromium'))
    try:
        page.size(1280, 800, False)
        page.go(world.address + '/domains/example.com')
        page.submit({'name': 'ada', 'password': worlds.PASSWORD})
        check('a browser logs in by TLS', page.run('location.pathname') == '/domains/example.com', page.run('location.href'))
        cookies = {each['name']: each for each in page.call('Network.getCookies')['cookies']}
        ours = cookies.get('__Host-postseal', {})
        check('the browser took the cookie as it is meant', ours.get('secure') and ours.get('httpOnly') and ours.get('sameSite') == 'Strict'
              and ours.get('path') == '/' and ours.get('session'), cookies)
        check('no other is left', list(cookies) == ['__Host-postseal'], list(cookies))
        check('the browser has nothing to complain of', not page.complaints, page.complaints)
        page.picture(f'{pictures}/domain-tls-served.png')
        # A restart, with all that the browser has.
        port = world.port
        world.stop()
        world.start(tls=True, port=port)
        page.go(world.address + '/account')
        check('its session goes on after a restart', page.run('location.pathname') == '/account', page.run('location.href'))
        page.submit({}, 'form[action="/logout"]')
        left = [each['name'] for each in page.call('Network.getCookies')['cookies']]
        check('and ends when it is to', page.run('location.pathname') == '/login' and left == ['__Host-postseal-door'], left)
    finally:
        page.close()


def renew(world, check):
    old = served(world.port)
    check('the certificate of the file is served', old == on_disk(world))
    world.certify()
    new = on_disk(world)
    check('a renewed certificate is taken up within half a minute', wait(lambda: served(world.port) == new, 35) and new != old)
    with open(f'{world.folder}/cert.pem', 'w', encoding='ascii') as file:
        file.write('nothing\n')
    with open(f'{world.folder}/log', encoding='utf-8', errors='replace') as log:
        check('one that is none is said', wait(lambda: 'the old one stays' in log.read(), 35))
    check('and the one before is served on', served(world.port) == new)


def run(world, check, pictures):
    world.start(tls=True)
    visit(world, check)
    plain(world, check)
    browse(world, check, pictures)
    renew(world, check)
    world.stop()
    os.unlink(f'{world.folder}/cert.pem')
