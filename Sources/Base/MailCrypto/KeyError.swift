/// Why octets or a text are no usable key.
///
/// Never holds any of the key.
public enum KeyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no `-----BEGIN …-----` line.
    case notPEM
    /// A PEM block begins, but its end line is missing or another one.
    case unterminatedPEM
    /// What stands between the PEM lines is not base64; the line, from 1, where it begins to go wrong.
    case badBase64(line: Int)
    /// The private key is encrypted.
    case encrypted
    /// A certificate, which holds a public key alone.
    case certificate
    /// A public key where a private one is needed.
    case publicKey
    /// A key in OpenSSH's own form.
    case openSSH
    /// A key of a kind that DKIM does not know; the kind, such as `EC`.
    case unsupportedKind(String)
    /// The DER structure ends, or goes wrong, at this octet.
    case malformed(offset: Int)
    /// There are octets behind the end of the key.
    case trailingOctets(offset: Int)
    /// An RSA key of fewer bits than can be used.
    case tooSmall(bits: Int)
    /// An RSA key of more bits than are worked with.
    case tooLarge(bits: Int)
    /// A size that no new RSA key is given.
    case unusualSize(bits: Int)
    /// A raw key of the wrong length.
    case wrongLength(expected: Int, found: Int)
    /// The structure is right, but the numbers are no key.
    case unusable
    /// More text than a key file has.
    case tooLong

    public var description: String {
        switch self {
        case .notPEM: "no PEM block: expected a line '-----BEGIN PRIVATE KEY-----' or the like"
        case .unterminatedPEM: "a PEM block without its end line"
        case .badBase64(let line): "line \(line) is not base64"
        case .encrypted: "the private key is encrypted; decrypt it first, for example with openssl pkey"
        case .certificate: "a certificate where a private key is needed"
        case .publicKey: "a public key where a private key is needed"
        case .openSSH: "a key in OpenSSH's own form; convert it with ssh-keygen -p -m PEM"
        case .unsupportedKind(let kind): "a key of kind \(kind), which DKIM does not use: RSA or Ed25519 is needed"
        case .malformed(let offset): "malformed key at octet \(offset)"
        case .trailingOctets(let offset): "octets behind the end of the key at octet \(offset)"
        case .tooSmall(let bits): "an RSA key of \(bits) bits, fewer than 1024"
        case .tooLarge(let bits): "an RSA key of \(bits) bits, more than 16384"
        case .unusualSize(let bits):
            "an RSA key of \(bits) bits cannot be made; it has 2048 to 8192, in steps of 256"
        case .wrongLength(let expected, let found): "a key of \(found) octets, not \(expected)"
        case .unusable: "the numbers are no usable key"
        case .tooLong: "more text than a key file has"
        }
    }
}
