/// What a file is called within a folder: octets, which need not be text.
struct FileName: Hashable, Sendable {
    let octets: [UInt8]

    init(_ octets: [UInt8]) { self.octets = octets }

    /// As text, for people: what is no UTF-8 is not shown as it is.
    var text: String { String(decoding: octets, as: UTF8.self) }

    /// Where it is, as the system takes it.
    func path(in folder: String) -> [CChar] {
        (Array(folder.utf8) + [UInt8(ascii: "/")] + octets + [0]).map { CChar(bitPattern: $0) }
    }
}

extension FileName: Comparable {
    static func < (left: FileName, right: FileName) -> Bool { left.octets.lexicographicallyPrecedes(right.octets) }
}

extension FileName: ExpressibleByStringLiteral {
    init(stringLiteral text: String) { self.init(Array(text.utf8)) }
}
