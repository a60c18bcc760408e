import Certificates
import DANE
import DNS
import MailBytes
import MailNames

private let fuzzTime = UnixTime(seconds: 1_909_000_000)

/// TLSA records as text and as DNS carries them: what is read can be printed and read again; every record counts or has
/// a reason not to; and a verdict of a set over a chain holds together.
let fuzzTLSA: PlainBody = { bytes in
    if let records = try? TLSARecord.list(parsing: String(lossy: bytes)) {
        for record in records {
            precondition(!record.data.isEmpty, "a record without data")
            guard let again = try? TLSARecord(parsing: record.text) else { fatalError("cannot read what was printed") }
            precondition(again == record && TLSARecord(record.content) == record, "the round trip changed the record")
        }
        checkVerdict(records)
    }
    // A count, then as many octets of one record's content, and so on.
    var records: [TLSARecord] = []
    var rest = bytes[...]
    while let length = rest.popFirst(), rest.count >= 3 {
        let content = rest.prefix(max(3, Int(length)))
        rest = rest.dropFirst(content.count)
        let fields = Array(content)
        records.append(
            TLSARecord(
                usage: TLSAUsage(rawValue: fields[0]), selector: TLSASelector(rawValue: fields[1]),
                matchingType: TLSAMatchingType(rawValue: fields[2]), data: Array(fields[3...])))
    }
    checkVerdict(records)
}

private func checkVerdict(_ records: [TLSARecord]) {
    let set = TLSARecordSet(records)
    precondition(set.usable.count + set.unusable.count == records.count, "a record is lost")
    precondition(set.effective.count + set.outclassed.count == set.usable.count, "a usable record is lost")
    precondition(set.isUsable == !set.effective.isEmpty, "the strongest of some is one")
    guard let chain = fuzzChain, let host = try? DomainName("mx.example.org") else { preconditionFailure("no chain") }
    let references = DANEReferenceNames(baseDomain: host)
    let outcome = DANEVerifier().verify(chain, against: set, references: references, at: fuzzTime, tracing: true)
    precondition(outcome.isMatched == (outcome.failure == nil), "matched with a failure, or neither")
    precondition((outcome.depth == nil) == (outcome.record == nil), "a depth belongs to a match")
    precondition((outcome.failure == .noUsableRecord) == !set.isUsable, "usable or not")
    if let record = outcome.record {
        precondition(set.effective.contains(record), "a record matched that does not count")
    }
    let quiet = DANEVerifier().verify(chain, against: set, references: references, at: fuzzTime)
    precondition(quiet.reason == outcome.reason && quiet.record == outcome.record, "the trace changes the verdict")
}

/// What a TLS peer presents: one certificate, or several one behind the other. Whatever is read holds together, is no
/// path to a stranger's anchor, and is matched by the record made of it.
let fuzzCertificate: PlainBody = { bytes in
    let pieces = split(bytes)
    if let chain = try? PresentedChain(der: pieces) {
        checkChain(chain)
        for certificate in chain.certificates { checkCertificate(certificate) }
    }
    if let key = try? SubjectPublicKey(der: bytes), let leaf = fuzzChain?.leaf {
        precondition(!key.signed(leaf) || key == leaf.publicKey, "a stranger's key signed")
    }
    _ = try? Certificate.list(pem: bytes)
    _ = try? SubjectPublicKey(pem: bytes)
}

private func checkCertificate(_ certificate: Certificate) {
    let der = certificate.derOctets
    precondition(certificate.fingerprint.count == 32)
    precondition(der.firstRange(of: certificate.subjectPublicKeyInfo) != nil, "the key is not in the certificate")
    for text in [certificate.subjectText, certificate.issuerText, certificate.keyText ?? ""] {
        precondition(text.utf8.count <= CertificateLimits.nameTextOctetsMax, "a name of any length")
        precondition(text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }, "control characters")
    }
    guard let again = try? Certificate.list(pem: Array(certificate.pem.utf8)).first, again == certificate else {
        preconditionFailure("the round trip changed the certificate")
    }
    let names = certificate.identifiers(allowingCommonName: true)
    precondition(names.count <= max(1, certificate.dnsNames.count), "more names than there are")
    for case .exact(let name) in names { precondition(certificate.matches(name, allowingCommonName: true)) }
    if certificate.isSelfSigned { precondition(certificate.isSelfIssued) }
}

private func checkChain(_ chain: PresentedChain) {
    guard let anchor = fuzzChain?.leaf else { preconditionFailure("no anchor") }
    let stranger = ChainCheck(anchors: TrustAnchors([anchor]), references: []).verdict(for: chain, at: fuzzTime)
    precondition(!stranger.isTrusted || chain.leaf == anchor, "a stranger's certificate is trusted")
    let own = ChainCheck(anchors: TrustAnchors([chain.leaf]), references: []).verdict(for: chain, at: fuzzTime)
    precondition(own.reportType == nil || !own.isTrusted && !own.description.isEmpty)
    guard let host = try? DomainName("mx.example.org"),
        let record = TLSARecord(naming: chain.leaf, usage: .daneEE, selector: .publicKey, matchingType: .sha256),
        let authority = TLSARecord(naming: chain.leaf, usage: .daneTA, selector: .publicKey, matchingType: .full)
    else { preconditionFailure("no record") }
    let references = DANEReferenceNames(baseDomain: host)
    func outcome(_ record: TLSARecord) -> DANEOutcome {
        DANEVerifier().verify(chain, against: TLSARecordSet([record]), references: references, at: fuzzTime)
    }
    precondition(outcome(record).depth == 0, "a server's own record does not match")
    _ = outcome(authority)
}

/// The sequences of the input, each with its own length; the last takes what is left.
private func split(_ bytes: [UInt8]) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var rest = bytes[...]
    while rest.count > 4, pieces.count < CertificateLimits.chainCertificatesMax - 1 {
        let head = Array(rest.prefix(4))
        let length = head[1] == 0x82 ? 4 + Int(head[2]) << 8 + Int(head[3]) : rest.count
        pieces.append(Array(rest.prefix(length)))
        rest = rest.dropFirst(length)
    }
    return pieces.isEmpty ? [bytes] : pieces
}

private let fuzzChain: PresentedChain? = try? PresentedChain(pem: Array(fuzzCertificatePEM.utf8))

/// The file self-signed.pem of the tests' certificates.
private let fuzzCertificatePEM = """
    -----BEGIN CERTIFICATE-----
    MIIBoTCCAUigAwIBAgIUbBXkCWT9NlyVnhIjzW1l7ni2i28wCgYIKoZIzj0EAwIw
    MjEXMBUGA1UECgwOUG9zdHNlYWwgdGVzdHMxFzAVBgNVBAMMDm14LmV4YW1wbGUu
    b3JnMB4XDTI2MDEwMTAwMDAwMFoXDTQ2MDEwMTAwMDAwMFowMjEXMBUGA1UECgwO
    UG9zdHNlYWwgdGVzdHMxFzAVBgNVBAMMDm14LmV4YW1wbGUub3JnMFkwEwYHKoZI
    zj0CAQYIKoZIzj0DAQcDQgAE+3h/wWH2ZiaqKMmwPb/uk5A2AbzR7kNi2fjF4wGa
    voFQR5DezIWniURTDdrwfmOuLfCRiRk96vf27YbmiZXkYqM8MDowGQYDVR0RBBIw
    EIIObXguZXhhbXBsZS5vcmcwHQYDVR0OBBYEFOiD/O85VAiDqtMtl6N3iP6h6y8M
    MAoGCCqGSM49BAMCA0cAMEQCIG6jxhKyz7M4B+1fXCYKfojSdasQ1w583DvkMGhw
    asMPAiBkp8TtuQZa46UxaVedCIZXKezcl6VyejvfTO7MjPb9cQ==
    -----END CERTIFICATE-----
    """
