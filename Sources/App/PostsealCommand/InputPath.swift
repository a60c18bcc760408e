/// Where a file is, as the system has it: octets, which need not be text in any encoding.
struct InputPath: Hashable, Sendable {
    /// `-`
    static let standardInput = InputPath("-")

    private static let slash = CChar(bitPattern: UInt8(ascii: "/"))

    /// With the NUL at its end that the system's calls want.
    let terminated: [CChar]

    init(_ text: String) { terminated = Array(text.utf8CString) }

    private init(terminated: [CChar]) { self.terminated = terminated }

    /// What stands in this folder under a name.
    func appending(_ name: ArraySlice<CChar>) -> InputPath {
        var path: [CChar] = []
        path.reserveCapacity(terminated.count + name.count + 1)
        path += octets
        if path.last != Self.slash { path.append(Self.slash) }
        path += name
        path.append(0)
        return InputPath(terminated: path)
    }

    var octets: ArraySlice<CChar> { terminated.dropLast() }

    /// The folder that it is in, as far as the path says it.
    var folder: ArraySlice<CChar> { octets.lastIndex(of: Self.slash).map { octets[..<$0] } ?? [] }

    /// Its name without the folder, to be shown.
    var name: String { Self.text(octets.lastIndex(of: Self.slash).map { octets[($0 + 1)...] } ?? octets) }

    /// What is no UTF-8 becomes U+FFFD.
    private static func text(_ octets: ArraySlice<CChar>) -> String {
        String(decoding: octets.lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension InputPath: Comparable {
    static func < (left: InputPath, right: InputPath) -> Bool {
        left.octets.lexicographicallyPrecedes(right.octets) { UInt8(bitPattern: $0) < UInt8(bitPattern: $1) }
    }
}

extension InputPath: CustomStringConvertible {
    /// To be shown: what is no UTF-8 becomes U+FFFD.
    var description: String { Self.text(octets) }
}
