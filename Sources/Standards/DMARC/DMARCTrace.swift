internal import Trace

extension Citation {
    /// A section of RFC 9989.
    static func dmarc(_ section: String) -> Citation { .rfc(9989, section) }
}
