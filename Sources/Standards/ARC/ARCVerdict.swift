internal import DKIM

/// What became of one seal or message signature.
struct ARCVerdict: Sendable {
    var result: DKIMResult
    /// Why it is not a pass.
    var reason: String?

    init(_ result: DKIMResult, _ reason: String? = nil) {
        self.result = result
        self.reason = reason
    }

    init(_ error: DKIMSyntaxError) { self.init(error.result, "\(error)") }

    init(_ verdict: DKIMKeyVerdict) { self.init(verdict.result, verdict.reason) }

    var isPass: Bool { result == .pass }
    /// RFC 6376 §6.1.2: the key could not be fetched, and may be later.
    var isTemporary: Bool { result == .temperror }
    var explanation: String { reason ?? result.rawValue }
}
