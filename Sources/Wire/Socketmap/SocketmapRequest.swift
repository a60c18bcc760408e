/// What is asked of a socketmap: a key in the map of a name (socketmap_table(5), "REQUEST FORMAT").
public struct SocketmapRequest: Hashable, Sendable {
    /// The name of the map, as the mail server's configuration has it behind the last colon.
    public var map: [UInt8]
    /// What is looked for, as it came: not folded to small letters, and never empty when Postfix asks.
    public var key: [UInt8]

    /// - Parameter map: without a space.
    public init(map: [UInt8], key: [UInt8]) {
        self.map = map
        self.key = key
    }

    /// Reads the text of a netstring.
    ///
    /// - Throws: where no space follows the name of a map.
    public init(payload: [UInt8]) throws(SocketmapRequestError) {
        try self.init(payload[...], lastMap: [])
    }

    /// The same of a part of a text.
    ///
    /// - Parameter lastMap: the name of the map that was asked for before: it is mostly the same.
    init(_ payload: ArraySlice<UInt8>, lastMap: [UInt8]) throws(SocketmapRequestError) {
        guard let space = payload.firstIndex(of: UInt8(ascii: " ")) else { throw .noSpace(position: payload.count) }
        guard space > payload.startIndex else { throw .noMap }
        let map = payload[..<space]
        self.map = map.elementsEqual(lastMap) ? lastMap : Array(map)
        key = Array(payload[(space + 1)...])
    }

    /// The text of the netstring.
    public var payload: [UInt8] { map + [UInt8(ascii: " ")] + key }
}

/// Why a text is no request.
public enum SocketmapRequestError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text ends there, and no space was found.
    case noSpace(position: Int)
    /// It begins with the space.
    case noMap

    public var description: String {
        switch self {
        case .noSpace(let position): "octet \(position): a request is the name of a map, a space and a key"
        case .noMap: "octet 0: a request begins with the name of a map"
        }
    }
}
