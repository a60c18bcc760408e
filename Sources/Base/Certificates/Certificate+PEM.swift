internal import MailCrypto

extension Certificate {
    /// All certificates of a PEM text, in order (RFC 7468 §5). Blocks of other kinds, such as keys, are passed over.
    ///
    /// Limits: 1 MB of text, 64 blocks.
    ///
    /// - Throws: where there is none, or one can't be read.
    public static func list(pem text: [UInt8]) throws(CertificateError) -> [Certificate] {
        let document: PEMDocument
        do throws(KeyError) {
            document = try PEMDocument(text)
        } catch {
            switch error {
            case .notPEM: throw .badPEM("no PEM block: expected a line '-----BEGIN CERTIFICATE-----'")
            case .tooLong: throw .badPEM("more text than a file of certificates has")
            default: throw .badPEM(error.description)
            }
        }
        var certificates: [Certificate] = []
        for block in document.blocks where labels.contains(block.label) {
            do throws(CertificateError) {
                certificates.append(try Certificate(der: block.content))
            } catch {
                guard case .malformed(let offset) = error else {
                    throw .inPEM(number: certificates.count + 1, offset: nil)
                }
                throw .inPEM(number: certificates.count + 1, offset: offset)
            }
        }
        guard !certificates.isEmpty else { throw .noCertificateInPEM }
        return certificates
    }

    /// RFC 7468 §5.1: the usual label, and two old ones.
    private static let labels: Set<String> = ["CERTIFICATE", "X509 CERTIFICATE", "X.509 CERTIFICATE"]

    /// The certificate as PEM text.
    public var pem: String { PEMDocument.text(label: "CERTIFICATE", derOctets) }
}
