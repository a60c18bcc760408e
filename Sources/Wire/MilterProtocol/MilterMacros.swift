internal import MailBytes

/// One macro: what the mail server calls a fact about connection or message, and the fact.
public struct MilterMacro: Hashable, Sendable {
    /// Without braces: `j`, `client_addr`.
    public var name: [UInt8]
    /// Empty where the mail server has nothing to tell.
    public var value: [UInt8]

    public init(_ name: [UInt8], _ value: [UInt8]) {
        self.name = name
        self.value = value
    }

    /// A macro of texts.
    public init(_ name: String, _ value: String) { self.init(Array(name.utf8), Array(value.utf8)) }

    /// The name as it goes over the wire: in braces, if it is longer than a letter.
    var wireName: [UInt8] { name.count > 1 ? [UInt8(ascii: "{")] + name + [UInt8(ascii: "}")] : name }

    /// Takes off the braces, if there are any. Sendmail and Postfix take `{i}` and `i` for the same.
    static func unbraced(_ name: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        name.count >= 2 && name.first == UInt8(ascii: "{") && name.last == UInt8(ascii: "}")
            ? name.dropFirst().dropLast() : name
    }
}

/// The macros that a mail server has set on a connection, a group for each command.
///
/// A packet of macros takes the place of all that were set for its command before. Where several commands have a macro
/// of a name, the one set last counts.
public struct MilterMacros: Hashable, Sendable {
    private struct Group: Hashable {
        var command: UInt8
        var macros: [MilterMacro]
    }

    /// In the order in which they were set.
    private var groups: [Group] = []

    /// No macros.
    public init() {}

    /// The value of a macro, by its name with or without braces; nil if it was not sent.
    public subscript(_ name: String) -> [UInt8]? {
        let bytes = Array(name.utf8)
        let bare = MilterMacro.unbraced(bytes[...])
        for group in groups.reversed() {
            if let macro = group.macros.last(where: { $0.name[...] == bare }) { return macro.value }
        }
        return nil
    }

    /// As the subscript, as text; what is not UTF-8 becomes U+FFFD. Nil also where the value is empty.
    public func text(_ name: String) -> String? {
        guard let value = self[name], !value.isEmpty else { return nil }
        return String(lossy: value)
    }

    /// How many there are.
    public var count: Int { groups.reduce(0) { $0 + $1.macros.count } }

    /// Octets of all names and values.
    var octets: Int { groups.reduce(0) { $0 + $1.macros.reduce(0) { $0 + $1.name.count + $1.value.count } } }

    /// Takes the place of what was set for a command.
    mutating func set(_ macros: [MilterMacro], for command: UInt8) {
        groups.removeAll { $0.command == command }
        if !macros.isEmpty { groups.append(Group(command: command, macros: macros)) }
    }

    /// Forgets what was set for a message, and keeps what was for the connection.
    mutating func removeMessage() {
        groups.removeAll { $0.command != MilterCode.connect && $0.command != MilterCode.helo }
    }
}
