internal import MailBytes
internal import MailCrypto
public import MailFormat

/// The body of a message that is to be signed, as it comes in: DKIM and ARC need its hash, and must know whether some
/// relay will change it.
///
///     var body = DKIMSigningBody(.relaxed)
///     for await chunk in chunks { body.update(chunk) }
///     let fields = try signer.sign(header, body: body, at: now)
public struct DKIMSigningBody: Sendable {
    private var hasher: DKIMBodyHasher
    private var length = 0
    private var endsInReturn = false
    private var firstBareLineBreak: Int?

    /// - Parameter form: of the body, as the signer will name it in `c=`.
    public init(_ form: DKIMCanonicalization.Form) { hasher = DKIMBodyHasher(form) }

    /// A whole message's.
    public init(_ form: DKIMCanonicalization.Form, of message: MailMessage) {
        self.init(form)
        update(message.bodyBytes)
    }

    /// The form that the body is hashed in.
    public var form: DKIMCanonicalization.Form { hasher.form }

    /// Takes in the next octets, which may be cut anywhere.
    public mutating func update(_ octets: ArraySlice<UInt8>) {
        guard !octets.isEmpty else { return }
        if firstBareLineBreak == nil { inspect(octets) }
        hasher.update(octets)
        length += octets.count
    }

    /// Looks for a CR or LF by itself; one at a cut is settled by the next octets.
    private mutating func inspect(_ octets: ArraySlice<UInt8>) {
        var start = octets.startIndex
        if endsInReturn {
            endsInReturn = false
            guard octets[start] == .lineFeed else {
                firstBareLineBreak = length - 1
                return
            }
            start += 1
        }
        var end = octets.endIndex
        if end > start, octets[end - 1] == .carriageReturn {
            endsInReturn = true
            end -= 1
        }
        guard start < end else { return }
        let found = unsafe octets[start..<end].withUnsafeBytes { memory in
            unsafe DKIMScan.firstBareLineBreak(memory, from: 0, to: memory.count)
        }
        if let found { firstBareLineBreak = length + (start - octets.startIndex) + found }
    }

    /// The octet of the body at which a CR or LF stands by itself (RFC 6376 §5.3), if all octets have come.
    public var bareLineBreak: Int? { firstBareLineBreak ?? (endsInReturn ? length - 1 : nil) }

    /// The hash for `bh=`, if all octets have come.
    public var digest: [UInt8] {
        var whole = hasher
        return whole.finish().digest.bytes
    }
}

extension MailMessage {
    /// Where the header begins: behind a line from a mailbox file, which is no part of the message.
    var headerStart: Int { header.fields.first?.whole.lowerBound ?? body.lowerBound }

    /// The first CR or LF by itself in the header; nil if there is none.
    public var bareLineBreakInHeader: Int? {
        unsafe bytes.withUnsafeBytes { memory in
            unsafe DKIMScan.firstBareLineBreak(memory, from: headerStart, to: body.lowerBound)
        }
    }
}
