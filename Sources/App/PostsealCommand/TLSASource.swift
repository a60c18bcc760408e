internal import Certificates
internal import DANE
internal import MailBytes
internal import MailNames

/// A file that records are made from.
struct TLSASource {
    enum Content {
        case certificates([Certificate])
        case key(SubjectPublicKey)
    }

    var path: String
    var content: Content

    init(path: String) throws {
        self.path = path
        let octets = try FileInput.read(path)
        do throws(CertificateError) {
            // DER begins with the tag of a sequence, which no text does.
            if octets.first == 0x30, octets.dropFirst().first.map({ $0 >= 0x80 }) ?? false {
                content = .certificates([try Certificate(der: octets)])
                return
            }
            content = .certificates(try Certificate.list(pem: octets))
        } catch {
            guard error == .noCertificateInPEM else {
                throw CommandFailure("\(path) holds no certificate or key: \(error)")
            }
            do throws(CertificateError) {
                content = .key(try SubjectPublicKey(pem: octets))
            } catch {
                throw CommandFailure("\(path) holds no certificate or key: \(error)")
            }
        }
    }

    /// Whether the first thing in the file is an authority's certificate.
    var isAuthority: Bool {
        if case .certificates(let list) = content { list.first?.isAuthority ?? false } else { false }
    }

    /// The server's certificate, if the file has one.
    var serverCertificate: Certificate? {
        guard case .certificates(let list) = content, let first = list.first, !first.isAuthority else { return nil }
        return first
    }

    /// RFC 7672 §3.1.1 recommends 3 1 1. For authorities it prefers selector 0, whose record changes with every new
    /// certificate of theirs; 2 1 1 stays, at the price that their constraints are not pinned.
    var standardForm: TLSAForm {
        isAuthority ? TLSAForm(.daneTA, .publicKey, .sha256) : TLSAForm(.daneEE, .publicKey, .sha256)
    }

    func record(_ form: TLSAForm) throws -> TLSARecord {
        let record: TLSARecord?
        switch content {
        case .key(let key):
            guard form.selector == .publicKey else {
                throw CommandFailure("\(path) holds a key alone, so that a form with selector 0 needs the certificate")
            }
            record = TLSARecord(naming: key, usage: form.usage, matchingType: form.matchingType)
        case .certificates(let list):
            // The highest authority of the file: the record then outlives those below it.
            guard let certificate = form.usage == .daneTA ? list.last(where: \.isAuthority) : list.first else {
                throw CommandFailure("\(path) holds no authority's certificate, which a form with usage 2 needs")
            }
            record = TLSARecord(
                naming: certificate, usage: form.usage, selector: form.selector, matchingType: form.matchingType)
        }
        guard let record else { throw CommandFailure("\(path): no record of this form can be made") }
        return record
    }
}

/// A record with what it was made from.
struct MadeRecord {
    var record: TLSARecord
    var source: TLSASource
}

/// What the administrator has to know about the records.
struct TLSAAdvice {
    var host: DomainName
    var made: [MadeRecord]
    /// How many files were given: more than one is a roll-over.
    var fileCount: Int

    var sentences: [String] {
        var sentences = ["The zone must be signed with DNSSEC, or nobody looks at these records."]
        if made.contains(where: { $0.record.usage == .daneEE }) { sentences += serverSentences }
        if made.contains(where: { $0.record.usage == .daneTA }) { sentences += authoritySentences }
        if made.contains(where: { $0.record.matchingType == .full }) {
            sentences.append(
                "Records in full are large and can get lost in DNS: a digest does the same (RFC 7671 §10.1.2).")
        }
        let types = Set(made.map { "\($0.record.usage) \($0.record.selector)" })
        if types.contains(where: { type in
            let matching = made.filter { "\($0.record.usage) \($0.record.selector)" == type }.map(\.record.matchingType)
            return matching.contains(.sha512) && !matching.contains(.sha256)
        }) {
            sentences.append("Not every server knows SHA-512: publish the SHA-256 record too (RFC 7671 §2).")
        }
        return sentences + rollover
    }

    private var serverSentences: [String] {
        let isOfCertificate = made.contains { $0.record.usage == .daneEE && $0.record.selector == .certificate }
        return [
            isOfCertificate
                ? "A record with selector 0 changes with every renewal of the certificate; 3 1 1 stays as long as "
                    + "the key does."
                : "A renewal that keeps the key needs no change (certbot: --reuse-key)."
        ]
    }

    private var authoritySentences: [String] {
        var sentences = [
            "The server has to send the authority's certificate in its chain, also if it is a root (RFC 7671 §5.2.2).",
            "With usage 2 the server's certificate has to be valid and for \(host.text).",
        ]
        for case let certificate? in made.map(\.source.serverCertificate)
        where !certificate.matches(host, allowingCommonName: true) {
            let names = certificate.identifiers(allowingCommonName: true).map(\.description)
            sentences.append(
                "Warning: the certificate is for \(names.joined(separator: ", ")), and not for \(host.text).")
            break
        }
        return sentences
    }

    private var rollover: [String] {
        fileCount > 1
            ? [
                "Publish all of them, wait two times the TTL, then let the server change, see that it works, and only "
                    + "then take away the record that no longer matches (RFC 7671 §8.1)."
            ]
            : [
                "Before the server gets another key: publish the new record beside this one and wait two times the TTL "
                    + "(RFC 7671 §8.1); 'postseal dane record OLD NEW --host \(host.text)' prints both."
            ]
    }
}
