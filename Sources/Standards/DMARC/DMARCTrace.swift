internal import Trace

extension Citation {
    /// A section of RFC 9989. Made for steps that nobody keeps too, so without a text that has to be put together.
    static func dmarc(_ section: String) -> Citation { Citation("RFC 9989", section) }
}
