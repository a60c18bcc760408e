extension DMARCRecord {
    /// The record as it is published: the tags in the order of custom, without those that have their default.
    ///
    /// ``notes`` are not printed. Reading the text gives the record again, if its values are such as reading gives:
    /// `fo` without a contradiction, and not empty.
    public var text: String {
        var tags = ["v=DMARC1"]
        if let policy { tags.append("p=\(policy.rawValue)") }
        if let subdomainPolicy { tags.append("sp=\(subdomainPolicy.rawValue)") }
        if let nonexistentPolicy { tags.append("np=\(nonexistentPolicy.rawValue)") }
        if isTesting { tags.append("t=y") }
        if publicSuffix != .unspecified { tags.append("psd=\(publicSuffix.rawValue)") }
        if dkimAlignment != .relaxed { tags.append("adkim=\(dkimAlignment.rawValue)") }
        if spfAlignment != .relaxed { tags.append("aspf=\(spfAlignment.rawValue)") }
        if !aggregateReports.isEmpty { tags.append("rua=" + aggregateReports.map(\.text).joined(separator: ",")) }
        if !failureReports.isEmpty { tags.append("ruf=" + failureReports.map(\.text).joined(separator: ",")) }
        if failureOptions != .allFail { tags.append("fo=" + failureOptions.text) }
        return tags.joined(separator: "; ")
    }
}

extension DMARCRecord: CustomStringConvertible {
    public var description: String { text }
}

extension DMARCFailureOptions {
    /// The value of the tag: `0` or `1` first.
    var text: String {
        var letters: [String] = []
        if contains(.allFail) { letters.append("0") }
        if contains(.anyFails) { letters.append("1") }
        if contains(.dkim) { letters.append("d") }
        if contains(.spf) { letters.append("s") }
        return letters.joined(separator: ":")
    }
}
