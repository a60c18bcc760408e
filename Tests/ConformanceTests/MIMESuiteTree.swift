import MailBytes
import MailFormat

/// Both sides of a message: the parts in order, each with its depth, type and content, and the fields of the message.
enum MIMETreeText {
    static func published(_ message: JSONValue) -> String { published(message, depth: 0).joined(separator: "\n    ") }

    private static func published(_ message: JSONValue, depth: Int) -> [String] {
        let parts = message["parts"]?.arrayValue ?? []
        guard !parts.isEmpty else { return ["null"] }
        return published(part: 0, of: parts, depth: depth)
    }

    private static func published(part index: Int, of parts: [JSONValue], depth: Int) -> [String] {
        guard parts.indices.contains(index), depth < 50 else { return ["?"] }
        let part = parts[index]
        var line = "\(depth) \(publishedType(part))"
        var below: [String] = []
        if let children = part["body"]?["Multipart"]?.arrayValue {
            for child in children {
                below += published(part: Int(child.integerValue ?? -1), of: parts, depth: depth + 1)
            }
        } else if let inner = part["body"]?["Message"] {
            below = published(inner, depth: depth + 1)
        } else if let text = part["body"]?["Text"]?.stringValue ?? part["body"]?["Html"]?.stringValue {
            line += " \(text.debugDescription)"
        } else if let octets = (part["body"]?["Binary"] ?? part["body"]?["InlineBinary"])?.arrayValue {
            line += " " + binary(octets.map { UInt8(truncatingIfNeeded: $0.integerValue ?? 0) })
        }
        return [line + publishedFields(part)] + below
    }

    private static func publishedType(_ part: JSONValue) -> String {
        let field = part["headers"]?.arrayValue?.first { $0["name"] == .string("content_type") }
        guard let type = field?["value"]?["ContentType"] else { return "-" }
        return MIMEText.contentType(type)
    }

    private static func publishedFields(_ part: JSONValue) -> String {
        (part["headers"]?.arrayValue ?? []).compactMap { field in
            let value = field["value"]
            switch field["name"] {
            case .string("subject")?: return "\n      subject \((value?["Text"]?.stringValue ?? "").debugDescription)"
            case .string("date")?: return "\n      date \(MIMEText.date(value?["DateTime"] ?? .null))"
            case .string(let name)? where ["from", "to", "cc", "reply_to"].contains(name):
                guard let addresses = value?["Address"] else { return nil }
                return "\n      \(name) \(MIMEText.addresses(addresses))"
            default: return nil
            }
        }.joined()
    }

    static func binary(_ octets: [UInt8]) -> String {
        "binary \(octets.count) \(octets.reduce(UInt32(0)) { $0 &* 31 &+ UInt32($1) })"
    }
}

extension MIMETreeText {
    static func ours(_ octets: [UInt8]) -> String {
        let tree = MIMETree(parsing: MailMessage(parsing: octets))
        return tree.parts.map { part in
            var line = "\(part.depth) \(type(part))"
            if part.children.isEmpty { line += content(part, tree) }
            return line + fields(part)
        }.joined(separator: "\n    ")
    }

    private static func type(_ part: MIMEPart) -> String {
        guard let field = part.header.first(named: "Content-Type"),
            let type = ContentType(part.header.cursor(of: field))
        else { return "-" }
        return MIMEText.text(type)
    }

    private static func content(_ part: MIMEPart, _ tree: MIMETree) -> String {
        if part.contentType.isMultipart { return " \(String(lossy: tree.bytes[part.body]).debugDescription)" }
        if let text = tree.text(of: part) { return " \(text.debugDescription)" }
        return " " + binary(tree.decodedBody(of: part).octets)
    }

    private static func fields(_ part: MIMEPart) -> String {
        part.header.fields.compactMap { field in
            let name = String(lossy: part.header.name(of: field)).lowercased()
            let value = Array(part.header.value(of: field))
            switch name {
            case "subject": return "\n      subject \(part.header.decodedText(field).debugDescription)"
            case "date": return "\n      date \(MIMEText.ourDate(value))"
            case "from", "to", "cc", "reply-to":
                let text = MIMEText.ourAddresses(value)
                guard text != "null" else { return nil }
                return "\n      \(name.replacing("-", with: "_")) \(text)"
            default: return nil
            }
        }.joined()
    }
}
