import MailBytes
import Testing

@Suite struct ByteSearchTests {
    @Test(arguments: [
        ("", "", true), ("a", "", true), ("", "a", false), ("abc", "abc", true), ("abc", "abcd", false),
        ("aab", "ab", true), ("xaabx", "aab", true), ("abab", "abb", false), ("ab", "b", true), ("ab", "ba", false),
    ])
    func `octets are found wherever they stand`(text: String, wanted: String, isThere: Bool) {
        let octets = Array(text.utf8)
        #expect(octets.contains(octets: wanted.utf8) == isThere)
        // In the middle of something longer, whose ends do not count.
        let slice = (Array("ab".utf8) + octets + Array("ab".utf8))[2..<(2 + octets.count)]
        #expect(slice.contains(octets: wanted.utf8) == isThere)
    }
}
