import Socketmap

/// What a mail server or a socketmap sends: whatever it is, the reader neither traps nor holds more than it may, where
/// the octets are cut does not matter, and what was read is printed as it came.
///
/// The first octet is the limit.
let fuzzNetstring: PlainBody = { bytes in
    guard let limit = bytes.first.map({ Int($0) }) else { return }
    let stream = Array(bytes.dropFirst())
    let whole = FuzzedReading(limit, [stream[...]])
    precondition(whole == FuzzedReading(limit, stream.indices.map { stream[$0...$0] }), "another cut, another reading")
    let printed = whole.texts.flatMap { Netstring.octets($0) }
    precondition(printed.elementsEqual(stream.prefix(whole.taken)), "what was taken is not what came")
    if let error = whole.error {
        precondition(stream.indices.contains(error.position), "an error outside of the stream")
        precondition(error.position >= whole.taken, "an error within what was taken")
    } else {
        precondition(whole.taken + whole.pending == stream.count, "octets were lost")
    }
    for text in whole.texts {
        if let request = try? SocketmapRequest(payload: text) {
            precondition(request.payload == text, "the round trip changed a request")
        }
        if let reply = try? SocketmapReply(payload: text) {
            let again = try? SocketmapReply(payload: reply.payload)
            precondition(again?.kind == reply.kind, "the round trip changed a reply")
            precondition(!reply.isSendable || reply.payload.count <= SocketmapReply.payloadOctetsMax)
        }
    }
}

private struct FuzzedReading: Equatable {
    var texts: [[UInt8]] = []
    var error: NetstringError?
    var taken = 0
    var pending = 0

    init(_ limit: Int, _ pieces: [ArraySlice<UInt8>]) {
        var reader = NetstringReader(payloadOctetsMax: limit)
        do throws(NetstringError) {
            for piece in pieces {
                reader.append(piece)
                while let text = try reader.next() {
                    texts.append(text)
                    taken = reader.takenOctets
                }
                // A text, its length of at most three digits, a colon and a comma.
                precondition(reader.pendingOctets <= limit + 5, "the reader holds more than it may")
            }
        } catch {
            self.error = error
        }
        pending = reader.pendingOctets
    }
}
