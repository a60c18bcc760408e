internal import Trace

extension Citation {
    /// A section of RFC 7671.
    static func dane(_ section: String) -> Citation { Citation("RFC 7671", section) }
    /// A section of RFC 7672.
    static func smtp(_ section: String) -> Citation { Citation("RFC 7672", section) }
}
