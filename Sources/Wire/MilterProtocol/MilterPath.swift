/// A sender or recipient of the envelope, with its ESMTP arguments.
public struct MilterPath: Hashable, Sendable {
    /// The address without its angle brackets; empty for the sender of a bounce.
    public var address: [UInt8]
    /// What stood behind it, each as the client wrote it: `SIZE=1234`, `NOTIFY=NEVER`.
    public var arguments: [[UInt8]]
    /// Whether the address came in angle brackets. Clients that leave them out are old and rare.
    public var hasBrackets: Bool

    public init(_ address: [UInt8] = [], arguments: [[UInt8]] = [], hasBrackets: Bool = true) {
        self.address = address
        self.arguments = arguments
        self.hasBrackets = hasBrackets
    }

    /// An address without its angle brackets, and arguments.
    public init(_ address: String, arguments: [String] = []) {
        self.init(Array(address.utf8), arguments: arguments.map { Array($0.utf8) })
    }

    /// The address as it goes over the wire.
    public var wireAddress: [UInt8] { hasBrackets ? Self.bracketed(address) : address }

    /// How many octets it takes in memory, about.
    var octets: Int { arguments.reduce(address.count) { $0 + $1.count + 16 } }

    /// Puts angle brackets around an address that has none yet.
    static func bracketed(_ address: [UInt8]) -> [UInt8] {
        isBracketed(address[...]) ? address : [UInt8(ascii: "<")] + address + [UInt8(ascii: ">")]
    }

    private static func isBracketed(_ address: ArraySlice<UInt8>) -> Bool {
        address.count >= 2 && address.first == UInt8(ascii: "<") && address.last == UInt8(ascii: ">")
    }

    /// Takes off the angle brackets, if there are any.
    static func unbracketed(_ address: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        isBracketed(address) ? address.dropFirst().dropLast() : address
    }
}

extension MilterPath {
    /// Reads what stands behind the code; nil if it is not of its form.
    init?(data: ArraySlice<UInt8>) {
        var reader = MilterDataReader(data)
        guard let address = reader.string() else { return nil }
        let hasBrackets = Self.isBracketed(address)
        self.init(Array(Self.unbracketed(address)), hasBrackets: hasBrackets)
        while !reader.isAtEnd {
            guard let argument = reader.string() else { return nil }
            arguments.append(Array(argument))
        }
    }

    /// Appends what stands behind the code.
    func append(to output: inout [UInt8]) {
        output.append(string: wireAddress)
        for argument in arguments { output.append(string: argument) }
    }
}
