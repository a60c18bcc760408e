internal import MailBytes
public import MailNames

extension SPFOutcome {
    /// `Received-SPF`
    public static let receivedFieldName = "Received-SPF"

    /// The value of a Received-SPF field: RFC 7208 §9.1, with CR LF in front of folded lines.
    ///
    /// What the client gave is quoted where it must be; octets that a quoted string cannot hold become question marks,
    /// and what is too long for a line is cut.
    ///
    /// - Parameter receiver: the name of this host.
    public func receivedFieldValue(
        receiver: String, clientAddress: IPAddress?, helo: [UInt8], mailFrom: [UInt8]?
    ) -> [UInt8] {
        var output = Array("\(result.rawValue) (".utf8)
        output += Self.comment("\(receiver): \(reason)")
        output += Array(")".utf8)
        // RFC 7208 §9.1: client-ip, envelope-from and helo should be there, so that others can check again.
        var pairs: [(String, [UInt8])] = [("receiver", Array(receiver.utf8))]
        if let clientAddress { pairs.append(("client-ip", Array(clientAddress.text.utf8))) }
        if let mailFrom { pairs.append(("envelope-from", mailFrom)) }
        if !helo.isEmpty { pairs.append(("helo", helo)) }
        if let mechanism { pairs.append(("mechanism", Array(mechanism.utf8))) }
        if result == .temperror || result == .permerror { pairs.append(("problem", Array(reason.utf8))) }
        pairs.append(("identity", Array(identity.rawValue.utf8)))
        for (index, pair) in pairs.enumerated() {
            output += [.carriageReturn, .lineFeed, .tab] + Array("\(pair.0)=".utf8) + Self.value(pair.1)
            if index < pairs.count - 1 { output.append(UInt8(ascii: ";")) }
        }
        return output
    }

    /// Limit: keeps every line below the 998 octets of RFC 5322 §2.1.1.
    private static let textOctetsMax = 320

    private static func comment(_ text: String) -> [UInt8] {
        text.utf8.prefix(textOctetsMax).map { byte in
            let isPlain = byte.isVisible || byte == .space
            let ends = byte == UInt8(ascii: "(") || byte == UInt8(ascii: ")") || byte == UInt8(ascii: "\\")
            return isPlain && !ends ? byte : UInt8(ascii: "?")
        }
    }

    /// RFC 5322 §3.2.3: runs of atext with single dots between them.
    private static func isDotAtom(_ octets: ArraySlice<UInt8>) -> Bool {
        octets.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { run in
            !run.isEmpty && run.allSatisfy(\.isAtext)
        }
    }

    /// A dot-atom as it is, anything else as a quoted string.
    private static func value(_ octets: [UInt8]) -> [UInt8] {
        let cut = octets.prefix(textOctetsMax)
        if isDotAtom(cut) { return Array(cut) }
        var output: [UInt8] = [UInt8(ascii: "\"")]
        for byte in cut {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { output.append(UInt8(ascii: "\\")) }
            output.append(byte.isVisible || byte == .space ? byte : UInt8(ascii: "?"))
        }
        return output + [UInt8(ascii: "\"")]
    }
}
