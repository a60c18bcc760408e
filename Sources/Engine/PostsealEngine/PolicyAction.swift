/// What to do with a message about which something was found, in an administrator's words.
public enum PolicyAction: String, Hashable, Sendable, CaseIterable {
    /// Deliver it as if nothing were known.
    case accept
    /// Deliver it, marked so that recipient and delivery agent see the discrepancy.
    case tag
    /// Keep it from the inbox: see ``QuarantineMethod``.
    case quarantine
    /// Refuse it, with a reply that tells the sender's administrator what to mend.
    case reject
}

/// What to do where the author's domain asks for rejection (`p=reject`) and DMARC fails.
public enum RejectRequestAction: String, Hashable, Sendable, CaseIterable {
    /// Reject only where nothing suggests that a list or forwarder broke the message; otherwise quarantine
    /// (RFC 9989 §7.4).
    case careful
    /// Deliver it as if nothing were known.
    case accept
    /// Deliver it, marked.
    case tag
    /// Keep it from the inbox.
    case quarantine
    /// Refuse it, whatever it carries.
    case reject
}

/// What to do where the author's domain asks for quarantine and DMARC fails: never more than asked.
public enum QuarantineRequestAction: String, Hashable, Sendable, CaseIterable {
    case accept, tag, quarantine
}

/// What to do where the author's domain only watches (`p=none`) and DMARC fails. RFC 9989 §5.4: such a policy changes
/// nothing about the delivery, so more than a mark is not on offer.
public enum MonitoringAction: String, Hashable, Sendable, CaseIterable {
    case accept, tag
}

/// What to do with a message that could not be judged.
public enum FailMode: String, Hashable, Sendable, CaseIterable {
    /// Deliver it unjudged.
    case accept
    /// Ask the sender to try again: nothing is lost, something is late.
    case tempfail
    /// Refuse it: the sender is told, and does not try again.
    case reject
}

/// How a message is kept from the inbox.
public enum QuarantineMethod: String, Hashable, Sendable, CaseIterable {
    /// The mail server keeps it back until an administrator releases it (Postfix: the hold queue).
    case hold
    /// It is delivered with the header field `X-Postseal-Quarantine`, for the delivery agent to file it.
    case header
}

extension PolicyAction {
    init(_ action: QuarantineRequestAction) {
        switch action {
        case .accept: self = .accept
        case .tag: self = .tag
        case .quarantine: self = .quarantine
        }
    }

    init(_ action: MonitoringAction) {
        switch action {
        case .accept: self = .accept
        case .tag: self = .tag
        }
    }
}
