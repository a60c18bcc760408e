import Socketmap
import Testing

/// What a reader made of a stream.
private struct Reading: Equatable {
    var texts: [String] = []
    var error: NetstringError?
    var pending = 0

    init(_ texts: [String], _ error: NetstringError? = nil, pending: Int = 0) {
        self.texts = texts
        self.error = error
        self.pending = pending
    }

    init(reading pieces: [ArraySlice<UInt8>], limit: Int) {
        var reader = NetstringReader(payloadOctetsMax: limit)
        do throws(NetstringError) {
            for piece in pieces {
                reader.append(piece)
                while let text = try reader.next() { texts.append(String(decoding: text, as: UTF8.self)) }
            }
        } catch {
            self.error = error
        }
        pending = reader.pendingOctets
    }
}

@Suite struct NetstringTests {
    private static let limit = 12

    private static let streams: [(String, Reading)] = [
        ("", Reading([])),
        ("0:,", Reading([""])),
        ("5:hello,", Reading(["hello"])),
        ("5:hello,0:,6:a b, c,", Reading(["hello", "", "a b, c"])),
        ("12:hello world!,", Reading(["hello world!"])),
        ("3:1:,,3:2:,,", Reading(["1:,", "2:,"])),
        // Not whole yet.
        ("1", Reading([], pending: 1)),
        ("1:", Reading([], pending: 2)),
        ("1:a", Reading([], pending: 3)),
        ("1:a,2:ab", Reading(["a"], pending: 4)),
        // Hostile.
        (":,", Reading([], NetstringError(.noLength, position: 0))),
        (",", Reading([], NetstringError(.noLength, position: 0))),
        ("-1:a,", Reading([], NetstringError(.noLength, position: 0))),
        ("+1:a,", Reading([], NetstringError(.noLength, position: 0))),
        (" 1:a,", Reading([], NetstringError(.noLength, position: 0))),
        ("1:a,\r\n1:b,", Reading(["a"], NetstringError(.noLength, position: 4))),
        ("1 :a,", Reading([], NetstringError(.noColon, position: 1))),
        ("1x", Reading([], NetstringError(.noColon, position: 1))),
        ("0x1:a,", Reading([], NetstringError(.noColon, position: 1))),
        ("01:a,", Reading([], NetstringError(.leadingZero, position: 0))),
        ("00:,", Reading([], NetstringError(.leadingZero, position: 0))),
        ("0:,007:", Reading([""], NetstringError(.leadingZero, position: 3))),
        ("13:", Reading([], NetstringError(.tooLong(limit: 12), position: 1))),
        ("2147483648:", Reading([], NetstringError(.tooLong(limit: 12), position: 1))),
        ("99999999999999999999999999999999:", Reading([], NetstringError(.tooLong(limit: 12), position: 1))),
        ("2:ab,9999999999", Reading(["ab"], NetstringError(.tooLong(limit: 12), position: 6))),
        ("2:abc,", Reading([], NetstringError(.noComma, position: 4))),
        ("2:a,,1:b,", Reading(["a,", "b"])),
        ("GET / HTTP/1.1\r\n\r\n", Reading([], NetstringError(.noLength, position: 0))),
        ("1:a,0:x,", Reading(["a"], NetstringError(.noComma, position: 6))),
    ]

    @Test(arguments: streams.indices)
    private func everyStreamAtEverySplit(_ index: Int) {
        let (stream, expected) = Self.streams[index]
        let octets = Array(stream.utf8)
        #expect(Reading(reading: [octets[...]], limit: Self.limit) == expected, "\(stream)")
        for cut in 0...octets.count {
            let pieces = [octets[..<cut], octets[cut...]]
            #expect(Reading(reading: pieces, limit: Self.limit) == expected, "\(stream) cut at \(cut)")
        }
        let single = octets.indices.map { octets[$0...$0] }
        #expect(Reading(reading: single, limit: Self.limit) == expected, "\(stream), octet by octet")
    }

    @Test func anErrorStays() {
        var reader = NetstringReader(payloadOctetsMax: 10)
        reader.append(Array("x1:a,".utf8))
        for _ in 0..<3 {
            #expect(throws: NetstringError(.noLength, position: 0)) { try reader.next() }
            reader.append(Array("1:a,".utf8))
            #expect(reader.pendingOctets == 0)
        }
    }

    @Test func positionsGoOnOverTheWholeStream() throws {
        var reader = NetstringReader(payloadOctetsMax: 10)
        for round in 0..<1000 {
            reader.append(Array("3:abc,".utf8))
            #expect(try reader.next() == Array("abc".utf8))
            #expect(reader.takenOctets == (round + 1) * 6)
        }
        reader.append(Array("9".utf8))
        #expect(try reader.next() == nil)
        reader.append(Array("!".utf8))
        #expect(throws: NetstringError(.noColon, position: 6001)) { try reader.next() }
    }

    @Test func whatIsPrintedIsRead() throws {
        var reader = NetstringReader(payloadOctetsMax: 100_000)
        var stream: [UInt8] = []
        let texts = [0, 1, 9, 10, 99, 100, 99_999, 100_000].map { [UInt8](repeating: 0x2C, count: $0) }
        for text in texts { Netstring.append(text, to: &stream) }
        #expect(stream == texts.flatMap { Netstring.octets($0) })
        reader.append(stream)
        for text in texts { #expect(try reader.next() == text) }
        #expect(reader.pendingOctets == 0)
    }

    @Test func limitsBeyondReasonAreCut() {
        #expect(NetstringReader(payloadOctetsMax: .max).payloadOctetsMax == 1 << 30)
        #expect(NetstringReader(payloadOctetsMax: -1).payloadOctetsMax == 0)
    }

    @Test(arguments: [
        (NetstringError.Kind.noLength, "octet 7: a netstring begins with its length"),
        (.leadingZero, "octet 7: a length has no zeros in front"),
        (.noColon, "octet 7: a length is followed by a colon"),
        (.tooLong(limit: 9), "octet 7: a netstring has at most 9 octets here"),
        (.noComma, "octet 7: a netstring ends with a comma"),
    ])
    func errorsNameAPlace(_ kind: NetstringError.Kind, _ text: String) {
        #expect(NetstringError(kind, position: 7).description == text)
    }
}
