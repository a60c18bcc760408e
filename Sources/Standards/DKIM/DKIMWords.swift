internal import MailBytes

extension ArraySlice<UInt8> {
    /// Whether this is a word of the grammar. RFC 5234 §2.3: words that a grammar gives in quotes are the same in
    /// any case.
    func isWord(_ word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount else { return false }
        return word.withUTF8Buffer { wanted in
            for offset in 0..<wanted.count where unsafe self[startIndex &+ offset].asciiLowercased != wanted[offset] {
                return false
            }
            return true
        }
    }
}
