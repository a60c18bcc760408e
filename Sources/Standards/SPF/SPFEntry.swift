internal import MailBytes
internal import MailNames

/// A term as the evaluation wants it: plain values without references, so that an array of them is one block of
/// memory and going through it counts no references.
struct SPFEntry: Sendable {
    enum Kind: UInt8 { case all, include, a, mx, ptr, ip4, ip6, exists, redirect, explanation, modifier }

    var kind: Kind
    var qualifier = SPFQualifier.pass
    var v4Length: UInt8 = 32
    var v6Length: UInt8 = 128
    var macros = SPFMacroUse()
    /// Index of the name among the record's names: where there is a domain-spec without macros that is a domain name.
    var name: Int32 = -1
    /// Where the whole term stands in the record.
    var start: UInt32
    var end: UInt32
    /// Where the domain-spec, or the value of an unknown modifier, stands; empty if there is none.
    var specStart: UInt32 = 0
    var specEnd: UInt32 = 0
    /// The network of `ip4` (in the lowest 32 bits of `low`) or `ip6`.
    var high: UInt64 = 0
    var low: UInt64 = 0

    init(kind: Kind, start: Int) {
        self.kind = kind
        self.start = UInt32(truncatingIfNeeded: start)
        end = self.start
    }

    var range: Range<Int> { Int(start)..<max(Int(start), Int(end)) }
    var spec: Range<Int> { Int(specStart)..<max(Int(specStart), Int(specEnd)) }
    var hasSpec: Bool { specEnd > specStart }
}

/// The macros of a domain-spec that the evaluation has to know of beforehand.
struct SPFMacroUse: OptionSet, Sendable {
    var rawValue: UInt8 = 0

    static let any = SPFMacroUse(rawValue: 1)
    /// `%{s}` or `%{l}`, which match nothing if the local part is not ASCII (RFC 8616 §4).
    static let localPart = SPFMacroUse(rawValue: 2)
    /// `%{p}`, for which the DNS has to be asked first.
    static let validatedName = SPFMacroUse(rawValue: 4)
}

extension SPFRecord {
    /// The terms, as values to look at. Makes an array; the evaluation does without.
    public var terms: [SPFTerm] { entries.map(term) }

    private func term(_ entry: SPFEntry) -> SPFTerm {
        switch entry.kind {
        case .redirect: .redirect(domainSpec(entry) ?? SPFDomainSpec(checked: ""))
        case .explanation: .explanation(domainSpec(entry) ?? SPFDomainSpec(checked: ""))
        case .modifier:
            .modifier(
                name: String(
                    lossy: bytes[Int(entry.start)..<max(Int(entry.start), Int(entry.specStart) - 1)].map(
                        \.asciiLowercased)),
                value: String(lossy: bytes[entry.spec]))
        default: .directive(entry.qualifier, mechanism(entry))
        }
    }

    private func mechanism(_ entry: SPFEntry) -> SPFMechanism {
        let spec = domainSpec(entry)
        return switch entry.kind {
        case .include: .include(spec ?? SPFDomainSpec(checked: ""))
        case .a: .a(spec, v4Length: Int(entry.v4Length), v6Length: Int(entry.v6Length))
        case .mx: .mx(spec, v4Length: Int(entry.v4Length), v6Length: Int(entry.v6Length))
        case .ptr: .ptr(spec)
        case .ip4, .ip6: entry.network.map { .network($0) } ?? .all
        case .exists: .exists(spec ?? SPFDomainSpec(checked: ""))
        case .all, .redirect, .explanation, .modifier: .all
        }
    }

    private func domainSpec(_ entry: SPFEntry) -> SPFDomainSpec? {
        entry.hasSpec ? SPFDomainSpec(checked: String(lossy: bytes[entry.spec])) : nil
    }
}

extension SPFEntry {
    /// The network of `ip4` or `ip6`.
    var network: IPPrefix? {
        kind == .ip4
            ? IPPrefix(.v4(UInt32(truncatingIfNeeded: low)), length: Int(v4Length))
            : IPPrefix(.v6(high, low), length: Int(v6Length))
    }

    /// Whether an address lies within the network of `ip4`.
    func contains(v4 address: UInt32) -> Bool {
        let difference = UInt32(truncatingIfNeeded: low) ^ address
        return v4Length == 0 || difference &>> (32 &- UInt32(v4Length)) == 0
    }

    /// Whether an address lies within the network of `ip6`.
    func contains(v6 otherHigh: UInt64, _ otherLow: UInt64) -> Bool {
        SPFEntry.agree((high, low), (otherHigh, otherLow), length: v6Length)
    }

    /// Whether the leading bits of two IPv6 addresses are the same.
    static func agree(_ left: (UInt64, UInt64), _ right: (UInt64, UInt64), length: UInt8) -> Bool {
        if length == 0 { return true }
        if length <= 64 { return (left.0 ^ right.0) &>> (64 &- UInt64(length)) == 0 }
        return left.0 == right.0 && (left.1 ^ right.1) &>> (128 &- UInt64(length)) == 0
    }
}
