import Foundation
import MailBytes
import MailFormat
import MailNames

/// Both sides of the field tables as lines of text.
enum MIMEText {
    static func line(_ items: [String]) -> String { items.isEmpty ? "null" : items.joined(separator: " | ") }

    static func list(_ expected: JSONValue) -> String { line((expected.arrayValue ?? []).compactMap(\.stringValue)) }

    static func unstructured(_ value: [UInt8]) -> String {
        let header = MailMessage(parsing: Array("X:".utf8) + value + Array("\r\n\r\n".utf8)).header
        return header.fields.first.map { header.decodedText($0) } ?? "null"
    }

    static func ourList(_ value: [UInt8]) -> String {
        let parts = unstructured(value).split(separator: ",", omittingEmptySubsequences: true)
        return line(parts.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty })
    }
}

// Addresses.
extension MIMEText {
    static func addresses(_ expected: JSONValue) -> String {
        if let list = expected["List"]?.arrayValue { return line(list.map(address)) }
        let groups = (expected["Group"]?.arrayValue ?? []).flatMap { group -> [String] in
            let members = (group["addresses"]?.arrayValue ?? []).map(address)
            // mail-parser puts what is in no group into groups without a name.
            guard let name = group["name"]?.stringValue else { return members }
            return ["\(name): " + members.joined(separator: ", ") + ";"]
        }
        return line(groups)
    }

    private static func address(_ value: JSONValue) -> String {
        [value["name"]?.stringValue, value["address"]?.stringValue.map { "<\($0)>" }].compactMap(\.self)
            .joined(separator: " ")
    }

    static func ourAddresses(_ value: [UInt8]) -> String {
        line(
            AddressList(parsing: value).addresses.map { entry in
                switch entry {
                case .mailbox(let mailbox): address(mailbox)
                case .group(let group): "\(group.name): " + group.mailboxes.map(address).joined(separator: ", ") + ";"
                }
            })
    }

    private static func address(_ mailbox: Mailbox) -> String {
        [mailbox.displayName, mailbox.addrSpec.isEmpty ? nil : "<\(mailbox.addrSpec)>"].compactMap(\.self)
            .joined(separator: " ")
    }
}

// Dates.
extension MIMEText {
    static func date(_ expected: JSONValue) -> String {
        guard case .object = expected else { return "null" }
        func number(_ name: String) -> Int { Int(expected[name]?.integerValue ?? 0) }
        let minutes = number("tz_hour") * 60 + number("tz_minute")
        return "\(number("year"))-\(number("month"))-\(number("day")) \(number("hour")):\(number("minute")):"
            + "\(number("second")) \(expected["tz_before_gmt"] == .bool(true) ? -minutes : minutes)"
    }

    static func text(_ date: MailDate?) -> String {
        guard let date else { return "null" }
        let local = date.local
        return
            "\(local.year)-\(local.month)-\(local.day) \(local.hour):\(local.minute):\(local.second) "
            + "\(date.offsetMinutes)"
    }

    static func ourDate(_ value: [UInt8]) -> String { text(MailDate(parsing: value[...])) }
}

// Content types. Case matters in values alone.
extension MIMEText {
    static func contentType(_ expected: JSONValue) -> String {
        guard let type = expected["c_type"]?.stringValue else { return "null" }
        var items = [[type, expected["c_subtype"]?.stringValue].compactMap(\.self).joined(separator: "/").lowercased()]
        for pair in expected["attributes"]?.arrayValue ?? [] {
            if let pair = pair.arrayValue, pair.count == 2 {
                items.append("\(pair[0].stringValue ?? "")=\(pair[1].stringValue ?? "")")
            } else if let name = pair["name"]?.stringValue {
                items.append("\(name)=\(pair["value"]?.stringValue ?? "")")
            }
        }
        return items[0] + items.dropFirst().sorted().map { "; " + $0 }.joined()
    }

    static func text(_ type: ContentType) -> String {
        type.mediaType + text(type.parameters)
    }

    static func text(_ parameters: [HeaderParameter]) -> String {
        var items: [String] = []
        for parameter in parameters {
            if let language = parameter.language { items.append("\(parameter.name)-language=\(language)") }
            items.append("\(parameter.name)=\(parameter.value)")
        }
        return items.sorted().map { "; " + $0 }.joined()
    }

    static func ourContentType(_ value: [UInt8]) -> String {
        ContentType(parsing: value[...]).map(text) ?? "null"
    }
}

// Received fields: what both models have.
extension MIMEText {
    static func received(_ expected: JSONValue) -> String {
        func host(_ value: JSONValue?) -> String? { value?["Name"]?.stringValue ?? value?["IpAddr"]?.stringValue }
        func text(_ name: String) -> String? { expected[name]?.stringValue }
        return fields([
            ("from", host(expected["from"])), ("ip", text("from_ip") ?? expected["from"]?["IpAddr"]?.stringValue),
            ("name", text("from_iprev")), ("helo", host(expected["helo"])), ("by", host(expected["by"])),
            ("via", text("via")), ("with", text("with")), ("id", text("id")), ("for", text("for_")),
            ("date", expected["date"].map { date($0) }),
        ])
    }

    static func ourReceived(_ value: [UInt8]) -> String {
        let field = ReceivedField(parsing: value[...])
        return fields([
            ("from", field.from), ("ip", field.clientAddress?.text), ("name", field.clientName),
            ("helo", field.greeting),
            ("by", field.by), ("via", field.via), ("with", field.with), ("id", field.id), ("for", field.recipient),
            ("date", field.date.map { text($0) }),
        ])
    }

    private static func fields(_ fields: [(String, String?)]) -> String {
        fields.compactMap { name, value in
            guard let value, value != "null" else { return nil }
            return "\(name)=\(name == "with" || name == "via" ? value.uppercased() : value)"
        }.joined(separator: " ")
    }
}
