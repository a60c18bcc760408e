internal import CUnbound
internal import DNS
internal import DNSWire
internal import Glibc
internal import MailNames
internal import Synchronization

/// libunbound in event mode: one context on an event base.
///
/// Not `Sendable`: made on one thread, then used by the thread that runs the base, and by no other.
final class UnboundContext {
    private let context: OpaquePointer
    /// What an answer without a proof, and without the proof of a forgery, means.
    private let unproved: DNSSECState

    /// libunbound reads configurations, seeds its hash tables and opens its log in variables of the process, so
    /// contexts are made and ended one at a time.
    private static let oneAtATime = Mutex(())

    /// - Throws: where libunbound does not take the configuration.
    init(_ configuration: SettledConfiguration, validating: Bool, base: OpaquePointer) throws(UnboundResolverError) {
        let text = try configuration.text(validating: validating)
        let anchor = validating ? configuration.anchor : nil
        // Below no anchor, nothing is known (RFC 4033 §5, "indeterminate"); below the root's, everything is.
        unproved = anchor?.zone.isRoot == true ? .insecure : .indeterminate
        var made: OpaquePointer?
        var failure: UnboundResolverError?
        Self.oneAtATime.withLock { _ in
            guard let context = ub_ctx_create_event(base) else { return }
            do throws(UnboundResolverError) {
                try Self.configure(context, text, anchor)
                made = context
            } catch {
                ub_ctx_delete(context)
                failure = error
            }
        }
        if let failure { throw failure }
        guard let made else { throw UnboundResolverError("libunbound has no memory for a context") }
        context = made
    }

    /// Ends what is on its way: each inquiry is completed with a server failure.
    deinit { Self.oneAtATime.withLock { _ in ub_ctx_delete(context) } }

    private static func configure(
        _ context: OpaquePointer, _ text: String, _ anchor: TrustAnchor?
    ) throws(UnboundResolverError) {
        let file = postseal_memory_file()
        guard file >= 0 else { throw UnboundResolverError("cannot make a file in memory: error \(errno)") }
        defer { close(file) }
        let octets = Array(text.utf8)
        guard write(file, octets, octets.count) == octets.count else {
            throw UnboundResolverError("cannot write a file in memory: error \(errno)")
        }
        try check(ub_ctx_config(context, "/proc/self/fd/\(file)"), "does not take its configuration")
        if let anchor {
            try check(ub_ctx_add_ta_file(context, anchor.file), "does not take the trust anchor \(anchor.file)")
        }
        // The first question makes libunbound put its configuration into force. This one has an answer in place, so
        // that nothing goes out to the network, and errors are known now.
        let ignored: ub_event_callback_type = { _, _, _, _, _, _, _ in }
        try check(
            ub_resolve_event(context, "localhost.", 1, 1, nil, ignored, nil),
            anchor.map { "cannot start with the trust anchor \($0.file)" } ?? "cannot start")
    }

    private static func check(_ status: CInt, _ what: String) throws(UnboundResolverError) {
        guard status != UB_NOERROR.rawValue else { return }
        throw UnboundResolverError("libunbound \(what): \(ub_strerror(status).map { String(cString: $0) } ?? "error")")
    }

    /// Asks. The inquiry is completed once: before this returns, if libunbound has the answer already.
    func resolve(_ inquiry: Inquiry) {
        inquiry.unproved = unproved
        let reference = Unmanaged.passRetained(inquiry)
        let question = inquiry.question
        let status = ub_resolve_event(
            context, question.name.text, CInt(question.type.rawValue), 1, reference.toOpaque(), Self.callback, nil)
        guard status != UB_NOERROR.rawValue else { return }
        // libunbound did not take the question and won't call back.
        reference.release()
        inquiry.complete(DNSAnswer(question: question, status: .serverFailure))
    }

    private static let callback: ub_event_callback_type = { reference, code, packet, length, proof, whyBogus, _ in
        guard let reference else { return }
        let inquiry = Unmanaged<Inquiry>.fromOpaque(reference).takeRetainedValue()
        let octets = UnsafeRawBufferPointer(start: packet, count: packet == nil ? 0 : Int(max(0, length)))
        // unbound-event.h: with a code, the packet must not be looked at.
        let answer = UnboundContext.answer(
            inquiry, code: code, octets: code == 0 ? octets : UnsafeRawBufferPointer(start: nil, count: 0),
            isBogus: proof == 1, isSecure: proof == 2, whyBogus: whyBogus)
        inquiry.complete(answer)
    }

    private static func answer(
        _ inquiry: Inquiry, code: CInt, octets: UnsafeRawBufferPointer, isBogus: Bool, isSecure: Bool,
        whyBogus: UnsafePointer<CChar>?
    ) -> DNSAnswer {
        let question = inquiry.question
        // The packet of a forgery has the forged records in it: look at the proof first.
        if isBogus {
            return DNSAnswer(
                question: question, status: .bogus, security: .bogus,
                whyBogus: whyBogus.map { String(cString: $0) })
        }
        if code != 0 { return DNSAnswer(question: question, status: DNSStatus(code: UInt16(clamping: code))) }
        guard let message = try? DNSMessage(parsing: Array(octets)) else {
            return DNSAnswer(question: question, status: .serverFailure)
        }
        return DNSAnswer(question, message: message, security: isSecure ? .secure : inquiry.unproved)
    }
}
