"""Two authorities and all the certificates that servers show, good and bad.

"web" is what senders trust, with an intermediate as authorities have them; "private" is known to nobody but by TLSA
records, and issues through an intermediate too where a server asks for it. Keys are P-256: a hundred are made at once.
"""

import datetime
import hashlib
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)
DER, PEM = serialization.Encoding.DER, serialization.Encoding.PEM
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo
PKCS8, UNENCRYPTED = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()


class Identity:
    """A certificate, its key, and the certificates above it, nearest first."""

    def __init__(self, certificate, key, above=()):
        self.certificate, self.key, self.above = certificate, key, list(above)

    def pem(self, shown):
        """The key and the chain in one text, as Postfix wants it; `shown`: how many certificates above the leaf."""
        chain = [self.certificate, *self.above[:shown]]
        return self.key.private_bytes(PEM, PKCS8, UNENCRYPTED) + b"".join(each.public_bytes(PEM) for each in chain)

    def association(self, selector, matching):
        """What a TLSA record with these parameters holds, for this certificate; RFC 6698 §2.1."""
        return association(self.certificate, selector, matching)


def association(certificate, selector, matching):
    octets = certificate.public_bytes(DER) if selector == 0 else certificate.public_key().public_bytes(DER, SPKI)
    return {0: lambda: octets, 1: lambda: hashlib.sha256(octets).digest(),
            2: lambda: hashlib.sha512(octets).digest()}[matching]().hex()


def issue(common_name, names=(), issuer=None, authority=False, expired=False):
    """A new identity; without an issuer it is self-signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])
    now = datetime.datetime.utcnow()
    first, last = (now - 60 * DAY, now - DAY) if expired else (now - DAY, now + 60 * DAY)
    builder = (x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
               .issuer_name(issuer.certificate.subject if issuer else subject)
               .serial_number(x509.random_serial_number()).not_valid_before(first).not_valid_after(last)
               .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
               .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
               .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
                   (issuer.key if issuer else key).public_key()), critical=False))
    if authority:
        builder = builder.add_extension(x509.KeyUsage(
            digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
            key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
            decipher_only=False), critical=True)
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
    certificate = builder.sign((issuer or Identity(None, key)).key, hashes.SHA256())
    return Identity(certificate, key, [issuer.certificate, *issuer.above] if issuer else [])


class Authorities:
    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.web_root = issue("Web Root", authority=True)
        self.web = issue("Web Issuer", issuer=self.web_root, authority=True)
        self.private_root = issue("Private Root", authority=True)
        self.private_issuer = issue("Private Issuer", issuer=self.private_root, authority=True)
        #: Nobody uses these: what a record names that matches nothing.
        self.other_root = issue("Other Root", authority=True)
        self.other = issue("other.invalid", ["other.invalid"])
        self.anchors = os.path.join(folder, "anchors.pem")
        with open(self.anchors, "wb") as file:
            file.write(self.web_root.certificate.public_bytes(PEM))

    def write(self, name, identity, shown):
        path = os.path.join(self.folder, f"{name}.pem")
        with open(path, "wb") as file:
            file.write(identity.pem(shown))
        return path

    def identity(self, issuer, name, names, expired=False):
        """`issuer`: `self`, `web`, `private` or `private-issuer`."""
        above = {"self": None, "web": self.web, "private": self.private_root,
                 "private-issuer": self.private_issuer}[issuer]
        return issue(name, names, above, expired=expired)
