internal import MailBytes
internal import MailNames

extension DKIMSignature {
    /// The field that says this, folded, with an empty `b=` at its end: what a signer hashes and completes.
    func unsignedField() -> DKIMFieldWriter {
        var writer = DKIMFieldWriter(fieldName: "DKIM-Signature")
        writer.add("v", "1")
        writer.add("a", algorithm.rawValue)
        writer.add("c", canonicalization.text)
        writer.add("d", domain.bytes)
        writer.add("s", selector.bytes)
        if let signedAt { writer.add("t", "\(signedAt.seconds)") }
        if let expiresAt { writer.add("x", "\(expiresAt.seconds)") }
        if let identity {
            writer.add(
                "i", DKIMQuotedPrintable.encode(identity.localPart) + [UInt8(ascii: "@")] + identity.domain.bytes)
        }
        if let bodyLength { writer.add("l", "\(bodyLength)") }
        writer.add("h", list: (0..<fieldNames.count).map { fieldNames.name(at: $0) })
        writer.add("bh", base64: bodyHash)
        writer.add("b", base64: [])
        return writer
    }

    /// The whole field, folded, with the line break at its end.
    public var field: [UInt8] {
        var writer = unsignedField()
        writer.append(base64: signature)
        return writer.bytes + [.carriageReturn, .lineFeed]
    }
}
