#!/usr/bin/env python3
"""Makes the certificates of this folder anew, with new keys: README.md says what they are for.

Needs the Python package "cryptography" and the command openssl. The private keys are thrown away, but for those of key-*.pem.
"""

import datetime
import ipaddress
import pathlib
import subprocess
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HERE = pathlib.Path(__file__).parent
HOST = "mx.example.org"


def day(year, month=1, date=1):
    return datetime.datetime(year, month, date, tzinfo=datetime.timezone.utc)


def p256():
    return ec.generate_private_key(ec.SECP256R1())


class Issued:
    """A certificate with its key, and those above it."""

    def __init__(self, certificate, key, above):
        self.certificate, self.key, self.above = certificate, key, above

    def chain(self):
        return [self.certificate] + self.above


def issue(name, issuer=None, *, key=None, names=None, authority=False, path_length=None, begin=None, end=None,
          usage=None, pss=False, digest=None, constraint=None, extra=None, alias=None, addresses=None):
    """Issues a certificate; without an issuer it is its own. `alias` is an issuer's name that another key signs with."""
    key = key or p256()
    signer = issuer.key if issuer else key
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Postseal tests"),
                         x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(alias or (issuer.certificate.subject if issuer else subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin or day(2026))
        .not_valid_after(end or day(2046))
    )
    if authority:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        builder = builder.add_extension(
            x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True)
    if names or addresses:
        general = [x509.DNSName(entry) for entry in names or []]
        general += [x509.IPAddress(address) for address in addresses or []]
        builder = builder.add_extension(x509.SubjectAlternativeName(general), critical=False)
    if usage:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    if constraint:
        builder = builder.add_extension(x509.NameConstraints([x509.DNSName(constraint)], None), critical=True)
    if extra:
        builder = builder.add_extension(extra, critical=False)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    algorithm = None if isinstance(signer, ed25519.Ed25519PrivateKey) else digest or hashes.SHA256()
    options = {"rsa_padding": padding.PSS(padding.MGF1(hashes.SHA256()), 32)} if pss else {}
    certificate = builder.sign(signer, algorithm, **options)
    return Issued(certificate, key, issuer.chain() if issuer else [])


def write(name, certificates):
    text = b"".join(entry.public_bytes(serialization.Encoding.PEM) for entry in certificates)
    (HERE / f"{name}.pem").write_bytes(text)


def write_key(name, key, public=False, traditional=False):
    if public:
        data = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    else:
        form = serialization.PrivateFormat.TraditionalOpenSSL if traditional else serialization.PrivateFormat.PKCS8
        data = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    (HERE / f"{name}.pem").write_bytes(data)


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def write_with_openssl(name, kind, digest):
    """A root and a server's certificate of kinds that the Python package does not make; valid for 20 years from now."""
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        (place / "names").write_text(f"subjectAltName=DNS:{HOST}\n")
        options = ["-newkey", kind, "-nodes"] + (["-pkeyopt", "rsa_keygen_bits:2048"] if "RSA" in kind else [])
        openssl(folder, "req", "-x509", *options, "-days", "7300", "-subj", f"/CN=root for {name}",
                "-keyout", "root.key", "-out", "root.pem")
        openssl(folder, "req", *options, "-subj", f"/CN={HOST}", "-keyout", "server.key", "-out", "server.csr")
        openssl(folder, "x509", "-req", "-in", "server.csr", "-CA", "root.pem", "-CAkey", "root.key", "-days", "7300",
                f"-{digest}", "-extfile", "names", "-out", "server.pem")
        text = (place / "server.pem").read_bytes() + (place / "root.pem").read_bytes()
    (HERE / f"{name}.pem").write_bytes(text)


def main():
    root = issue("root", authority=True)
    middle = issue("intermediate", root, authority=True, path_length=0)
    server = issue(HOST, middle, names=[HOST, "*.mail.example.org"], usage=ExtendedKeyUsageOID.SERVER_AUTH)
    write("good", server.chain())
    write("root", root.chain())
    # Signed by the root, so that the root is the only one above it.
    write("short", issue(HOST, root, names=[HOST]).chain())

    for name, options in {
        "expired": {"begin": day(2020), "end": day(2021)},
        "not-yet-valid": {"begin": day(2040), "end": day(2041)},
        "other-name": {"names": ["mx.example.net"]},
        "next-hop": {"names": ["example.org"]},
        "client-only": {"usage": ExtendedKeyUsageOID.CLIENT_AUTH},
        "common-name": {"names": None},
        "address-only": {"names": None, "addresses": [ipaddress.ip_address("192.0.2.1")]},
        "odd-names": {"names": [HOST + "\0.example.net", "*", "*.org", "m*.example.org", "*x.example.org",
                                "mx.*.org", "", "a..b", "xn--bcher-kva.example.org", "MX2.Example.ORG."]},
    }.items():
        write(name, issue(HOST, middle, **{"names": [HOST], **options}).chain())

    # The certificate says one name and its common name another.
    write("common-name-beside", issue("mx2.example.org", middle, names=["mx.example.net"]).chain())
    write("self-signed", issue(HOST, names=[HOST]).chain())
    write("self-signed-expired", issue(HOST, names=[HOST], begin=day(2020), end=day(2021)).chain())
    write("self-signed-other-name", issue("mx.example.net", names=["mx.example.net"]).chain())

    old = issue("old intermediate", root, authority=True, begin=day(2020), end=day(2021))
    write("expired-intermediate", issue(HOST, old, names=[HOST]).chain())
    old_root = issue("old root", authority=True, begin=day(2020), end=day(2021))
    write("expired-root", issue(HOST, old_root, names=[HOST]).chain())
    # The intermediate may have no authority below it.
    write("path-length", issue(HOST, issue("second intermediate", middle, authority=True), names=[HOST]).chain())
    write("no-authority", issue(HOST, issue("no authority", root), names=[HOST]).chain())
    limited = issue("limited to example.net", root, authority=True, constraint="example.net")
    write("name-constraint", issue(HOST, limited, names=[HOST]).chain())
    # Another key that calls itself by the root's name.
    impostor = issue("impostor", authority=True)
    write("forged", [issue(HOST, impostor, names=[HOST], alias=root.certificate.subject).certificate, root.certificate])

    rsa2048 = rsa.generate_private_key(65537, 2048)
    pss_root = issue("RSA-PSS root", key=rsa2048, authority=True, pss=True)
    write("rsa-pss", issue(HOST, pss_root, key=rsa.generate_private_key(65537, 2048), names=[HOST], pss=True).chain())
    rsa_root = issue("RSA root", key=rsa2048, authority=True)
    write("rsa-1024", issue(HOST, rsa_root, key=rsa.generate_private_key(65537, 1024), names=[HOST]).chain())
    edwards = issue("Ed25519 root", key=ed25519.Ed25519PrivateKey.generate(), authority=True)
    write("ed25519", issue(HOST, edwards, key=ed25519.Ed25519PrivateKey.generate(), names=[HOST]).chain())
    curve = issue("P-384 root", key=ec.generate_private_key(ec.SECP384R1()), authority=True)
    write("p384", issue(HOST, curve, key=ec.generate_private_key(ec.SECP384R1()), names=[HOST],
                        digest=hashes.SHA384()).chain())

    # A key that is for RSA-PSS alone, and a signature by a broken hash.
    write_with_openssl("rsa-pss-key", "RSA-PSS", "sha256")
    write_with_openssl("sha1", "RSA", "sha1")

    key = p256()
    write_key("key-ec", key)
    write_key("key-ec-old-form", key, traditional=True)
    write_key("key-ec-public", key, public=True)
    write("key-ec-certificate", issue(HOST, key=key, names=[HOST]).chain())
    write_key("key-rsa", rsa.generate_private_key(65537, 2048), traditional=True)


if __name__ == "__main__":
    main()
