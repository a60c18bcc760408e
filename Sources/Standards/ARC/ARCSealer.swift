public import AuthenticationResults
public import DKIM
public import MailBytes
internal import MailCrypto
public import MailFormat
internal import MailNames

/// Adds ARC sets to messages that are passed on: RFC 8617 §5.1.
///
/// A message is sealed last, when nothing in it will be changed any more, DKIM signatures included. What the set
/// says about the message is what was found when it came in.
public struct ARCSealer: Sendable {
    /// Which header fields the message signature covers.
    public enum SignedFields: Hashable, Sendable {
        /// What `DKIMSigner` signs by default, and all DKIM-Signature fields (RFC 8617 §4.1.2).
        case automatic
        /// These names in this order, as they are. Each stands for one field, from the bottom of the header.
        case exactly([String])
    }

    /// How the tags of a field are written. Whoever validates gets along with either.
    public enum Layout: Hashable, Sendable {
        /// The instance in front, where RFC 8617 §4.1.2 and §4.1.3 have it; the signature last; 78 columns.
        case instanceFirst
        /// By the alphabet, and base64 in one piece, which makes long lines: the form of the public test suite.
        case alphabetical
    }

    public var key: DKIMSigningKey
    /// Under which name the results are given: the authserv-id of this receiver.
    public var authservID: String
    public var signedFields: SignedFields
    public var layout: Layout

    /// - Parameter key: an RSA key, for all that is known of other validators. RFC 8617 leaves the algorithms to
    ///   DKIM, which has Ed25519 too, but a chain lives on being validated by everyone who comes after.
    public init(
        key: DKIMSigningKey, authservID: String, signedFields: SignedFields = .automatic,
        layout: Layout = .instanceFirst
    ) {
        self.key = key
        self.authservID = authservID
        self.signedFields = signedFields
        self.layout = layout
    }

    /// The set for a message: an ARC-Seal, an ARC-Message-Signature and an ARC-Authentication-Results field, each
    /// with CR LF, to be put on top of the message in this order.
    ///
    /// - Parameters:
    ///   - message: as it will leave, with CR LF line ends: see `MailMessage.withNetworkLineEndings`.
    ///   - results: what was found when it came in. Without them, the results of the message's own
    ///     Authentication-Results fields that bear ``authservID``, which is right only if forged ones have been
    ///     removed (RFC 8601 §5).
    ///   - chain: the outcome for this message. One that failed is sealed as failed (RFC 8617 §5.1.2), which is
    ///     final; where the failure is temporary, think first of asking for the message again.
    ///   - time: for `t=`.
    /// - Throws: ``ARCSealingError``. Nothing is to be added to the message then.
    public func seal(
        _ message: MailMessage, results: AuthenticationResultsField? = nil, chain: ARCOutcome, at time: UnixTime
    ) throws(ARCSealingError) -> [UInt8] {
        try seal(
            message, body: DKIMSigningBody(Self.bodyForm, of: message), results: results, chain: chain, at: time)
    }

    /// The form in which bodies are hashed for ``seal(_:body:results:chain:at:)``.
    public static let bodyForm = DKIMCanonicalization.Form.relaxed

    /// As ``seal(_:results:chain:at:)``, for a message whose body was not kept.
    ///
    /// - Parameters:
    ///   - message: its header; what it holds behind that is not looked at.
    ///   - body: the body, in ``bodyForm``.
    public func seal(
        _ message: MailMessage, body: DKIMSigningBody, results: AuthenticationResultsField? = nil, chain: ARCOutcome,
        at time: UnixTime
    ) throws(ARCSealingError) -> [UInt8] {
        guard key.hasUsableNames else { throw .unusableNames }
        guard body.form == Self.bodyForm else { throw .bodyInAnotherForm }
        try Self.check(message, body)
        let present = ARCChain(message.header)
        // RFC 8617 §5.1, step 2.
        guard !chain.isTerminal, !present.isDeclaredBroken else { throw .chainDeclaredBroken }
        guard !present.isTooLong, present.instances < ARCLimits.setsMax else { throw .chainFull }
        let isUnchanged = present.instances == chain.instances && present.isEmpty == (chain.result == .none)
        guard isUnchanged, chain.result != .pass || present.defect == nil else { throw .chainOfAnotherMessage }

        // RFC 8617 §5.1, step 3.
        let instance = present.instances + 1
        let isInternational = message.bytes[..<message.body.lowerBound].contains(where: \.isNonASCII)
        let assessment = assessment(
            instance, results ?? collected(from: message.header), chain, isInternational ? .utf8 : .ascii)
        let signature = try messageSignature(instance, message, body.digest, time)
        let seal = try seal(
            instance, chain.result, over: chain.result == .fail ? nil : present, assessment + signature, time)
        return seal + signature + assessment
    }

    /// What must not be sealed: the chain would break on the way.
    private static func check(_ message: MailMessage, _ body: DKIMSigningBody) throws(ARCSealingError) {
        let refused: [MessageDefect] = [.missingSeparator, .tooManyFields, .nulOctet, .bareCarriageReturn]
        for defect in refused where message.defects.contains(defect) { throw .malformedHeader(defect) }
        if let offset = message.bareLineBreakInHeader { throw .bareLineBreak(offset: offset) }
        if let offset = body.bareLineBreak { throw .bareLineBreak(offset: message.body.lowerBound + offset) }
    }

    // MARK: ARC-Authentication-Results

    /// RFC 8617 §4.1.1: one field with all results of this receiver.
    private func assessment(
        _ instance: Int, _ results: AuthenticationResultsField, _ chain: ARCOutcome,
        _ encoding: AuthenticationResultsField.Encoding
    ) -> [UInt8] {
        var results = results
        // RFC 8617 §5.2: the status of the chain belongs among the results.
        if results.results(of: "arc").isEmpty {
            results.results.append(
                .arc(chain.result.rawValue, oldestPass: chain.oldestPass, reason: chain.reason))
        }
        let opening = Array("\(ARCFieldName.results.rawValue): i=\(instance); ".utf8)
        let folding = AuthenticationResultsField.Folding(.carriageReturnLineFeed, startColumn: opening.count)
        return opening + results.fieldValue(folding: folding, encoding: encoding) + [.carriageReturn, .lineFeed]
    }

    /// The results of all fields that bear our name, from the top.
    private func collected(from header: HeaderSection) -> AuthenticationResultsField {
        var all = AuthenticationResultsField(authservID: authservID)
        let positions = header.positions(named: AuthenticationResultsField.fieldName)
        for position in positions.prefix(AuthenticationResultsLimits.fieldsReadMax) {
            guard
                let field = try? AuthenticationResultsField(
                    parsing: header.cursor(of: header.fields[position]), .tolerant),
                field.isWritten(by: authservID)
            else { continue }
            all.results += field.results
        }
        return all
    }

    // MARK: ARC-Message-Signature

    /// RFC 8617 §4.1.2: a DKIM signature with another name, without `v=`, and with the instance as `i=`.
    private func messageSignature(
        _ instance: Int, _ message: MailMessage, _ bodyHash: [UInt8], _ time: UnixTime
    ) throws(ARCSealingError) -> [UInt8] {
        let names = try fieldNames(message.header)
        var hash = DKIMHeaderHash(.relaxed)
        var selector = DKIMFieldSelector(message.header)
        var octets = 0
        for name in names {
            guard let field = selector.next(Array(name.utf8)[...]) else { continue }
            hash.add(field, of: message.header)
            octets += field.whole.count
        }
        guard octets <= DKIMLimits.signedHeaderOctetsMax / 2 else { throw .headerTooLarge }
        return try signed(.messageSignature, hash) { signature in
            [
                .text("i", "\(instance)"), .text("a", algorithm.rawValue),
                .text("c", DKIMCanonicalization.relaxed.text),
                .text("d", key.domain.text), .text("s", key.selector.text), .text("t", "\(time.seconds)"),
                .list("h", names), .base64("bh", bodyHash), .base64("b", signature),
            ]
        }
    }

    private func fieldNames(_ header: HeaderSection) throws(ARCSealingError) -> [String] {
        let names: [String]
        switch signedFields {
        case .automatic: names = ARCSignedFieldNames.automatic(header)
        case .exactly(let given):
            for name in given where !ARCSignedFieldNames.isAllowed(name) { throw .fieldNotSignable(name) }
            names = given
        }
        guard names.count <= DKIMLimits.fieldNamesMax else { throw .headerTooLarge }
        return names
    }

    // MARK: ARC-Seal

    /// RFC 8617 §4.1.3, §5.1.1: over the sets in rising order; §5.1.2: of a failed chain, over the new set alone.
    private func seal(
        _ instance: Int, _ status: ARCResult, over chain: ARCChain?, _ newFields: [UInt8], _ time: UnixTime
    ) throws(ARCSealingError) -> [UInt8] {
        var hash = DKIMHeaderHash(.relaxed)
        chain?.addSets(upTo: instance - 1, to: &hash)
        let new = MailMessage(parsing: newFields).header
        for field in new.fields { hash.add(field, of: new) }
        return try signed(.seal, hash) { signature in
            [
                .text("i", "\(instance)"), .text("a", algorithm.rawValue), .text("cv", status.rawValue),
                .text("d", key.domain.text), .text("s", key.selector.text), .text("t", "\(time.seconds)"),
                .base64("b", signature),
            ]
        }
    }

    // MARK: Signing

    private var algorithm: DKIMAlgorithm { key.privateKey.algorithm }

    private var signatureLength: Int {
        switch key.privateKey {
        case .rsa(let key): (key.bits + 7) / 8
        case .ed25519: 64
        }
    }

    /// A tag to write.
    private enum Tag {
        case text(String, String)
        case list(String, [String])
        case base64(String, [UInt8])

        var name: String {
            switch self {
            case .text(let name, _), .list(let name, _), .base64(let name, _): name
            }
        }
    }

    /// The field with its signature and CR LF.
    ///
    /// It is written twice: with zeros of the signature's length, to be hashed without them, and with the
    /// signature. So all lines end in the same places, wherever `b=` stands.
    private func signed(
        _ name: ARCFieldName, _ hash: DKIMHeaderHash, _ tags: ([UInt8]) -> [Tag]
    ) throws(ARCSealingError) -> [UInt8] {
        let draft = write(name, tags([UInt8](repeating: 0, count: signatureLength)))
        guard draft.count <= DKIMLimits.signatureOctetsMax else { throw .headerTooLarge }
        let header = MailMessage(parsing: draft).header
        var hash = hash
        if let field = header.fields.first, let list = try? DKIMTagList(draft, in: field.value),
            let blank = list.tag("b")
        {
            hash.add(signatureField: field, blanking: blank.extent, of: header)
        }
        let signature: [UInt8]
        do throws(KeyError) {
            signature = try key.privateKey.signature(of: hash.finish())
        } catch {
            throw .key(error)
        }
        return write(name, tags(signature))
    }

    private func write(_ name: ARCFieldName, _ tags: [Tag]) -> [UInt8] {
        var writer = DKIMFieldWriter(fieldName: name.rawValue)
        for tag in layout == .alphabetical ? tags.sorted(by: { $0.name < $1.name }) : tags {
            switch tag {
            case .text(let name, let value): writer.add(name, value)
            case .list(let name, let items): writer.add(name, list: items.map { Array($0.utf8)[...] })
            case .base64(let name, let octets) where layout == .alphabetical: writer.add(name, Base64.encode(octets))
            case .base64(let name, let octets): writer.add(name, base64: octets)
            }
        }
        return writer.bytes + [.carriageReturn, .lineFeed]
    }
}
