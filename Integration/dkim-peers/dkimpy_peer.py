"""dkimpy as a peer. No DNS is asked: keys come from a file of "NAME VALUE" lines.

usage: dkimpy_peer.py verify KEYS FILE...          a line "FILE pass" or "FILE reason" each
       dkimpy_peer.py sign rsa|ed25519 KEY FORM FILE...   writes FILE.signed, a line each
"""
import base64
import sys

import dkim


def verify(keys, paths):
    table = {}
    for line in open(keys, encoding='ascii'):
        name, value = line.rstrip('\n').split(' ', 1)
        table[name.lower().encode()] = value.encode()
    for path in paths:
        try:
            good = dkim.verify(open(path, 'rb').read(),
                               dnsfunc=lambda name, timeout=5: table.get(name.rstrip(b'.').lower()))
            print(path, 'pass' if good else 'fail')
        except dkim.DKIMException as error:
            print(path, repr(error))


def sign(kind, key, form, paths):
    text = open(key, 'rb').read()
    if kind == 'ed25519':
        # dkimpy wants the 32 octets of the seed in base64: the end of the PKCS #8 structure.
        der = base64.b64decode(b''.join(text.splitlines()[1:-1]))
        text = base64.b64encode(der[16:48])
    header, body = form.encode().split(b'/')
    for path in paths:
        message = open(path, 'rb').read()
        field = dkim.sign(message, kind.encode(), b'example.com', text, canonicalize=(header, body),
                          signature_algorithm=b'rsa-sha256' if kind == 'rsa' else b'ed25519-sha256')
        open(path + '.signed', 'wb').write(field + message)
        print(path, 'signed')


if sys.argv[1] == 'verify':
    verify(sys.argv[2], sys.argv[3:])
else:
    sign(*sys.argv[2:5], sys.argv[5:])
