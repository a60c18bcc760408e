extension ArraySlice where Element == UInt8 {
    /// Whether these octets stand in it somewhere. Nothing stands everywhere.
    public func contains(octets: some Collection<UInt8>) -> Bool {
        let wanted = [UInt8](octets)
        guard let head = wanted.first else { return true }
        let (span, wantedSpan) = (self.span, wanted.span)
        var place = 0
        while place <= span.count &- wantedSpan.count {
            if span[place] == head {
                var offset = 1
                while offset < wantedSpan.count, span[place &+ offset] == wantedSpan[offset] { offset &+= 1 }
                if offset == wantedSpan.count { return true }
            }
            place &+= 1
        }
        return false
    }
}

extension Array where Element == UInt8 {
    /// As ``Swift/ArraySlice/contains(octets:)``.
    public func contains(octets: some Collection<UInt8>) -> Bool { self[...].contains(octets: octets) }
}
