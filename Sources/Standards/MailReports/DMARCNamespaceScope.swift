internal import MailXML

/// The namespaces that are declared where reading is: by the elements that are open.
struct DMARCNamespaceScope {
    private struct Declaration {
        /// Without a colon; empty for the namespace of elements that have no prefix.
        let prefix: [UInt8]
        let namespace: String
        /// How deep the element is that declares it.
        var depth: Int
    }

    private var declarations: [Declaration] = []
    /// Declarations that are kept; an extension needs one. What further ones declare is nobody's.
    private static let declarationsMax = 32

    private static let name = "xmlns"
    private static let prefixedName = "xmlns:"

    /// An element has begun. Those without a prefix and attributes need not be told.
    mutating func enter(_ parser: borrowing XMLPullParser) {
        while let last = declarations.last, last.depth >= parser.depth { declarations.removeLast() }
        guard parser.hasAttributes else { return }
        for (name, value) in parser.attributes where declarations.count < Self.declarationsMax {
            let name = parser.bytes[name]
            guard name.starts(with: Self.name.utf8) else { continue }
            let isPrefixed = name.starts(with: Self.prefixedName.utf8)
            guard isPrefixed || name.count == Self.name.utf8.count else { continue }
            declarations.append(
                Declaration(
                    prefix: isPrefixed ? Array(name.dropFirst(Self.prefixedName.utf8.count)) : [],
                    namespace: String(decoding: parser.bytes[value], as: UTF8.self), depth: parser.depth))
        }
    }

    /// The namespace of a prefix; nil if none is declared. ``enter(_:)`` has been told of the element that has it.
    func namespace(of prefix: ArraySlice<UInt8>) -> String? {
        declarations.last { $0.prefix.elementsEqual(prefix) }?.namespace
    }

    /// Keeps what elements around one of this depth declare, for what begins anew within them.
    mutating func keepOuter(of depth: Int) {
        declarations.removeAll { $0.depth >= depth }
        for index in declarations.indices { declarations[index].depth = 0 }
    }
}
