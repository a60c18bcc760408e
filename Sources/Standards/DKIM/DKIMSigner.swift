public import MailBytes
internal import MailCrypto
public import MailFormat
internal import MailNames

/// Signs messages: RFC 6376 §5.
///
/// Never makes `l=`, which lets others add to a message (RFC 6376 §8.2).
public struct DKIMSigner: Sendable {
    /// The keys; each makes a field of its own. RSA and Ed25519 together reach every verifier (RFC 8463 §3).
    public var keys: [DKIMSigningKey]
    public var canonicalization: DKIMCanonicalization
    /// The names of `h=`, in their order; nil for the usual fields, with those that matter protected against
    /// additions by being named once more than they are there.
    public var fieldNames: [String]?
    /// Seconds from the time of signing to `x=`; nil for no `x=`.
    public var lifetimeSeconds: Int?
    /// AUID, `i=`, as `user@domain` or `@domain`; nil for no `i=`.
    public var identity: String?

    public init(
        keys: [DKIMSigningKey], canonicalization: DKIMCanonicalization = .relaxed, fieldNames: [String]? = nil,
        lifetimeSeconds: Int? = nil, identity: String? = nil
    ) {
        self.keys = keys
        self.canonicalization = canonicalization
        self.fieldNames = fieldNames
        self.lifetimeSeconds = lifetimeSeconds
        self.identity = identity
    }

    /// The DKIM-Signature fields for a message, one for each key in their order, with CR LF: to be put on top.
    ///
    /// Refuses messages that receivers read differently, or that some relay will change: see ``DKIMSigningError``.
    /// Long lines and 8-bit text are signed as they are; whoever submits them should have encoded them
    /// (RFC 6376 §5.3).
    public func sign(_ message: MailMessage, at now: UnixTime) throws(DKIMSigningError) -> [UInt8] {
        guard !keys.isEmpty else { throw .noKeys }
        return try sign(message, body: DKIMSigningBody(canonicalization.body, of: message), at: now)
    }

    /// As ``sign(_:at:)``, for a message whose body was not kept.
    ///
    /// - Parameters:
    ///   - message: its header; what it holds behind that is not looked at.
    ///   - body: the body, in the form that ``canonicalization`` names.
    public func sign(
        _ message: MailMessage, body: DKIMSigningBody, at now: UnixTime
    ) throws(DKIMSigningError) -> [UInt8] {
        guard !keys.isEmpty else { throw .noKeys }
        guard keys.allSatisfy(\.hasUsableNames) else { throw .unusableNames }
        guard body.form == canonicalization.body else { throw .bodyInAnotherForm }
        try Self.check(message, body)
        let header = message.header
        let names = fieldNames ?? DKIMSignedFields.names(for: header)
        guard let list = DKIMFieldNames(names) else { throw .unusableFieldNames }
        guard list.containsFrom else { throw .fromNotAmongFields }
        let bodyHash = body.digest
        let fields = try Self.select(list, in: header)
        // What the signatures have in common is hashed once.
        var common = DKIMHeaderHash(canonicalization.header)
        for field in fields { common.add(field, of: header) }
        let expiresAt = try expiry(at: now)
        var output: [UInt8] = []
        for key in keys {
            let signature = DKIMSignature(
                algorithm: key.privateKey.algorithm, bodyHash: bodyHash, canonicalization: canonicalization,
                domain: key.domain, selector: key.selector, fieldNames: list, identity: try identity(for: key),
                signedAt: now, expiresAt: expiresAt)
            var field = signature.unsignedField()
            var hash = common
            hash.add(newField: field.bytes)
            do throws(KeyError) {
                field.append(base64: try key.privateKey.signature(of: hash.finish()))
            } catch {
                throw .keyFailed
            }
            output += field.bytes + [.carriageReturn, .lineFeed]
        }
        return output
    }

    /// What must not be signed.
    private static func check(_ message: MailMessage, _ body: DKIMSigningBody) throws(DKIMSigningError) {
        let refused: [MessageDefect] = [.missingSeparator, .tooManyFields, .nulOctet, .bareCarriageReturn]
        for defect in refused where message.defects.contains(defect) { throw .malformedHeader(defect) }
        let authors = message.header.positions(named: "From").count
        guard authors > 0 else { throw .noFromField }
        guard authors == 1 else { throw .severalFromFields(authors) }
        if let offset = message.bareLineBreakInHeader { throw .bareLineBreak(offset: offset) }
        if let offset = body.bareLineBreak { throw .bareLineBreak(offset: message.body.lowerBound + offset) }
    }

    private static func select(
        _ names: DKIMFieldNames, in header: HeaderSection
    ) throws(DKIMSigningError) -> [HeaderField] {
        var selector = DKIMFieldSelector(header)
        var fields: [HeaderField] = []
        var octets = 0
        for index in 0..<names.count {
            guard let field = selector.next(names.name(at: index)) else { continue }
            octets += field.whole.count
            guard octets <= DKIMLimits.signedHeaderOctetsMax / 2 else { throw .headerTooLarge }
            fields.append(field)
        }
        return fields
    }

    private func expiry(at now: UnixTime) throws(DKIMSigningError) -> UnixTime? {
        guard let lifetimeSeconds else { return nil }
        guard lifetimeSeconds > 0 else { throw .badLifetime }
        return now.adding(seconds: Int64(lifetimeSeconds))
    }

    private func identity(for key: DKIMSigningKey) throws(DKIMSigningError) -> DKIMIdentity? {
        guard let identity else { return nil }
        guard let parsed = DKIMIdentity(text: identity) else { throw .malformedIdentity }
        guard parsed.domain.isEqualOrSubdomain(of: key.domain) else { throw .identityOutsideDomain }
        return parsed
    }
}
