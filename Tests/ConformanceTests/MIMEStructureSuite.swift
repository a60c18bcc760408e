import Foundation
import MailBytes
import MailFormat
import TestSupport
import Testing

/// The messages of CPython's tests of its email package. They come without results: what is checked is that all octets
/// are accounted for, that the message put together out of its ranges is the message, and the structure as read by a
/// person.
enum MIMEStructureSuite {
    static func run() throws -> SuiteTally? {
        guard let folder = try Suites.folder("mime-python-email") else { return nil }
        var tally = SuiteTally(suite: "mime-python-email", standard: "RFC 2046")
        for (number, structure, rest) in messages {
            let bytes = try Suites.bytes(folder.appending(path: "msg_\(number).txt"))
            let message = MailMessage(parsing: bytes)
            let tree = MIMETree(parsing: message)
            let problems = MIMERanges.problems(message) + MIMERanges.problems(tree)
            let ours = text(tree, 0) + (rest.isEmpty ? "" : " ") + extras(tree)
            let expected = structure + (rest.isEmpty ? "" : " " + rest)
            if !problems.isEmpty {
                tally.failures.append("msg_\(number): \(problems.joined(separator: ", "))")
            } else if ours != expected {
                tally.failures.append("msg_\(number):\n  expected \(expected)\n  ours     \(ours)")
            } else {
                tally.agreed += 1
            }
        }
        return tally
    }

    private static func text(_ tree: MIMETree, _ index: Int) -> String {
        let part = tree.parts[index]
        let below = part.children.map { text(tree, $0) }.joined(separator: ",")
        return part.contentType.mediaType + (below.isEmpty ? "" : "(\(below))")
    }

    private static func extras(_ tree: MIMETree) -> String {
        var items: [String] = []
        let files = tree.parts.compactMap(\.fileName)
        if !files.isEmpty { items.append("files " + files.joined(separator: ", ")) }
        let defects = tree.defects.map(\.rawValue).sorted()
        if !defects.isEmpty { items.append("defects " + defects.joined(separator: ", ")) }
        return items.joined(separator: "; ")
    }

    /// Number, structure, and file names and defects where there are any.
    private static let messages: [(String, String, String)] = [
        ("01", "text/plain", ""),
        (
            "02",
            "multipart/mixed(text/plain,text/plain,multipart/digest(message/rfc822(text/plain),"
                + "message/rfc822(text/plain),message/rfc822(text/plain),message/rfc822(text/plain),"
                + "message/rfc822(text/plain)),text/plain)",
            ""
        ),
        ("03", "text/plain", ""),
        ("04", "multipart/mixed(text/plain,text/plain)", "files msg.txt, msg.txt"),
        ("05", "multipart/report(text/plain,text/plain,message/rfc822(text/plain))", ""),
        ("06", "message/rfc822(text/plain)", ""),
        ("07", "multipart/mixed(text/plain,image/gif)", "files dingusfish.gif"),
        ("08", "multipart/mixed(text/plain,text/html,text/plain,text/plain)", ""),
        ("09", "multipart/mixed(text/plain,text/html,text/plain,text/plain)", ""),
        ("10", "multipart/mixed(text/plain,text/html,text/plain,text/plain,text/plain)", ""),
        ("11", "message/rfc822(text/plain)", ""),
        (
            "12",
            "multipart/mixed(text/plain,text/html,multipart/mixed(text/plain,text/plain),text/plain,"
                + "text/plain)",
            ""
        ),
        (
            "12a",
            "multipart/mixed(text/plain,text/html,multipart/mixed(text/plain,text/plain),text/plain,"
                + "text/plain)",
            ""
        ),
        ("13", "multipart/mixed(text/plain,multipart/mixed(text/plain,image/gif))", "files dingusfish.gif"),
        ("14", "text/plain", "defects bad-content-type"),
        (
            "15",
            "multipart/mixed(multipart/alternative(text/plain,text/html),image/gif)",
            "files xx.gif; defects repeated-boundary"
        ),
        ("16", "multipart/report(text/plain,message/delivery-status,message/rfc822(text/plain))", ""),
        ("17", "multipart/mixed", "defects no-parts"),
        ("18", "text/plain", ""),
        ("19", "text/plain", ""),
        ("20", "text/plain", ""),
        ("21", "multipart/mixed(text/plain,text/plain)", ""),
        ("22", "multipart/mixed(text/plain,image/jpeg,image/jpeg,text/plain)", "files wibble.JPG, wibble2.JPG"),
        ("23", "multipart/mixed(text/plain)", ""),
        ("24", "multipart/mixed(text/plain)", ""),
        ("25", "multipart/report", "defects missing-boundary, odd-parameters"),
        ("26", "multipart/mixed(text/plain,application/riscos)", "files clock.bmp"),
        ("27", "text/plain", ""),
        ("28", "multipart/digest(message/rfc822(text/plain),message/rfc822(text/plain))", ""),
        ("29", "text/plain", ""),
        ("30", "multipart/digest(message/rfc822(text/plain),message/rfc822(text/plain))", ""),
        ("31", "multipart/mixed", "defects no-parts"),
        ("32", "text/plain", ""),
        ("33", "multipart/signed(text/plain,text/plain)", ""),
        ("34", "multipart/digest(text/plain,message/rfc822(text/plain))", ""),
        ("35", "text/plain", ""),
        (
            "36",
            "multipart/mixed(text/plain,multipart/alternative(message/external-body,message/external-body))",
            "files draft-ietf-mboned-mix-00.txt"
        ),
        ("37", "multipart/mixed(text/x-one,text/plain,text/x-two,text/plain,text/plain,text/plain,text/x-two)", ""),
        (
            "38",
            "multipart/mixed(multipart/mixed(multipart/alternative(text/plain),text/plain),text/plain,"
                + "text/plain)",
            "defects missing-end"
        ),
        (
            "39",
            "multipart/mixed(multipart/mixed(multipart/alternative(application/octet-stream,"
                + "application/octet-stream),multipart/alternative(application/octet-stream,"
                + "application/octet-stream),multipart/alternative(application/octet-stream,"
                + "application/octet-stream)),text/plain)",
            "defects repeated-boundary"
        ),
        ("40", "text/html", ""),
        ("41", "multipart/alternative", "defects missing-boundary"),
        ("42", "multipart/mixed(text/plain,message/rfc822(multipart/mixed))", ""),
        ("43", "multipart/report(text/plain,message/delivery-status,text/rfc822-headers)", ""),
        ("44", "multipart/mixed(text/plain,text/plain)", "files msg.txt, msg.txt"),
        ("45", "multipart/signed(text/plain,application/pgp-signature)", "files signature.asc"),
        ("46", "message/rfc822(text/plain)", ""),
    ]
}

/// What must hold for the ranges of every message.
enum MIMERanges {
    /// The fields follow one another without a gap and the body ends the message.
    static func problems(_ message: MailMessage) -> [String] {
        var problems: [String] = []
        var rebuilt: [UInt8] = []
        let fields = message.header.fields
        let start = fields.first?.whole.lowerBound ?? message.body.lowerBound
        rebuilt += message.bytes[..<start]
        for field in fields {
            if field.whole.lowerBound != rebuilt.count { problems.append("gap in front of a field") }
            rebuilt += message.bytes[field.whole]
            let inner =
                field.name.lowerBound == field.whole.lowerBound && field.name.upperBound < field.value.lowerBound
            if !inner || field.value.upperBound > field.whole.upperBound {
                problems.append("field with parts out of order")
            }
        }
        let separator = message.bytes[rebuilt.count..<message.body.lowerBound]
        if !separator.allSatisfy({ $0 == .carriageReturn || $0 == .lineFeed }) || separator.count > 2 {
            problems.append("text between header and body")
        }
        rebuilt += separator + message.bodyBytes
        if rebuilt != message.bytes { problems.append("what is put together out of the ranges is another message") }
        return problems
    }

    /// Parts lie within their parents, one behind the other, around them only delimiters, preambles and epilogues.
    static func problems(_ tree: MIMETree) -> [String] {
        var problems: [String] = []
        guard tree.parts.first?.whole.upperBound == tree.bytes.count else {
            return ["the message does not reach the end"]
        }
        for (index, part) in tree.parts.enumerated() {
            if part.body.upperBound != part.whole.upperBound || part.body.lowerBound < part.whole.lowerBound {
                problems.append("part \(index): body out of place")
            }
            var end = part.body.lowerBound
            for child in part.children {
                let inner = tree.parts[child]
                if inner.parent != index || inner.depth != part.depth + 1 {
                    problems.append("part \(child): wrong parent")
                }
                if inner.whole.lowerBound < end || inner.whole.upperBound > part.whole.upperBound {
                    problems.append("part \(child): out of its parent")
                }
                end = inner.whole.upperBound
            }
        }
        return problems
    }
}
