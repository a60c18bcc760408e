import MilterProtocol
import TestSupport
import Testing

@Suite struct ClientSessionTests {
    private func client(_ answer: MilterNegotiation, offer: MilterNegotiation = .all) throws -> MilterClientSession {
        var client = MilterClientSession(offer: offer)
        _ = client.negotiate()
        client.append(MilterReply.negotiate(answer).wire)
        #expect(try client.next() == .negotiated(answer))
        return client
    }

    /// The letters of the packets.
    private func codes(_ octets: [UInt8]) throws -> String {
        var reader = MilterPacketReader()
        reader.append(octets)
        var codes: [UInt8] = []
        while let packet = try reader.next() { codes += packet.prefix(1) }
        return String(decoding: codes, as: UTF8.self)
    }

    @Test func `It sends as much as it may before it waits`() throws {
        // Nothing is answered but the end.
        let silent = MilterNegotiation(
            version: 6, actions: [],
            steps: [
                .noReplyToConnect, .noReplyToHelo, .noReplyToMail, .noReplyToRecipient, .noReplyToData,
                .noReplyToHeader, .noReplyToEndOfHeader, .noReplyToBody,
            ])
        var client = try client(silent)
        client.begin(.sample)
        #expect(try codes(client.octetsToSend()) == "DCHDMRRTLLDNBE")
        #expect(client.octetsToSend() == [])
        // Everything is answered.
        client = try self.client(MilterNegotiation(version: 6, actions: [], steps: []))
        client.begin(.sample)
        var sent: [String] = []
        while true {
            sent.append(try codes(client.octetsToSend()))
            client.append(MilterReply.continue.wire)
            if case .finished(let outcome)? = try client.next() {
                #expect(outcome.reply == .accept)
                break
            }
        }
        #expect(sent == ["DC", "H", "DM", "R", "R", "T", "L", "L", "DN", "B", "E"])
    }

    @Test func `What the filter does not want is not sent, and in old versions no DATA is`() throws {
        var client = try client(
            MilterNegotiation(
                version: 6, actions: [],
                steps: [
                    .noConnect, .noHelo, .noMail, .noRecipient, .noData,
                    .noHeader, .noEndOfHeader, .noBody,
                ]))
        client.begin(.sample)
        #expect(try codes(client.octetsToSend()) == "E")
        client = try self.client(MilterNegotiation(version: 2, actions: [], steps: []), offer: .version2)
        client.begin(.sample)
        var sent = ""
        for _ in 0..<9 {
            sent += try codes(client.octetsToSend())
            client.append(MilterReply.continue.wire)
            _ = try client.next()
        }
        #expect(sent == "DCHDMRRLLDNB")
    }

    static let notOffered: [MilterNegotiation] = [
        MilterNegotiation(version: 3, actions: [], steps: []),
        MilterNegotiation(version: 2, actions: [.changeSender], steps: []),
        MilterNegotiation(version: 2, actions: [], steps: [.skip]),
    ]

    @Test(arguments: notOffered)
    func `A filter that takes more than was offered is not spoken to`(_ answer: MilterNegotiation) {
        var client = MilterClientSession(offer: .version2)
        _ = client.negotiate()
        client.append(MilterReply.negotiate(answer).wire)
        #expect(throws: MilterProtocolError(.notOffered)) { try client.next() }
        client.begin(.sample)
        #expect(client.octetsToSend() == [])
    }

    @Test func `Too old a filter is refused, and a reply before the negotiation`() {
        var client = MilterClientSession()
        _ = client.negotiate()
        var other = client
        client.append(MilterReply.negotiate(MilterNegotiation(version: 1, actions: [], steps: [])).wire)
        #expect(throws: MilterProtocolError(.versionTooOld(1))) { try client.next() }
        other.append(MilterReply.accept.wire)
        #expect(throws: MilterProtocolError(.unexpectedReply(0x61))) { try other.next() }
    }

    @Test func `Replies that are not awaited are an error, and it stays`() throws {
        let replies: [MilterReply] = [
            .progress, .skip, .addHeader(name: [0x41], value: []), .replaceBody([]), .quarantine([]),
            .macroList(MilterMacroList(.data, [])), .negotiate(.all),
        ]
        for reply in replies {
            var client = try client(MilterNegotiation(version: 6, actions: .all, steps: []))
            client.begin(.sample)
            _ = client.octetsToSend()
            client.append(reply.wire)
            #expect(throws: MilterProtocolError(.unexpectedReply(reply.code))) { try client.next() }
            client.append(MilterReply.accept.wire)
            #expect(throws: MilterProtocolError(.unexpectedReply(reply.code))) { try client.next() }
        }
        // Nothing is awaited at all.
        var idle = try client(MilterNegotiation(version: 6, actions: .all, steps: []))
        idle.append(MilterReply.continue.wire)
        #expect(throws: MilterProtocolError(.unexpectedReply(0x63))) { try idle.next() }
    }

    @Test func `A change that was not negotiated is an error`() throws {
        var client = try client(
            MilterNegotiation(version: 6, actions: [.addHeader], steps: .all.subtracting([.skip])))
        client.begin(.sample)
        _ = client.octetsToSend()
        client.append(MilterReply.addHeader(name: [0x41], value: [0x62]).wire)
        #expect(try client.next() == nil)
        client.append(MilterReply.changeHeader(index: 1, name: [0x41], value: []).wire)
        #expect(throws: MilterProtocolError(.unexpectedReply(0x6D))) { try client.next() }
    }

    @Test func `Where every recipient is refused the message ends, and an abort goes before the next`() throws {
        var client = try client(
            MilterNegotiation(
                version: 6, actions: [],
                steps: [
                    .noReplyToConnect, .noReplyToHelo, .noReplyToMail,
                ]))
        client.begin(.sample)
        #expect(try codes(client.octetsToSend()) == "DCHDMR")
        client.append(MilterReply.reject.wire)
        #expect(try client.next() == nil)
        #expect(try codes(client.octetsToSend()) == "R")
        client.append(MilterReply.tempfail.wire)
        let outcome = MilterOutcome(
            command: 0x52, reply: .tempfail,
            refusedRecipients: [.init(index: 0, reply: .reject), .init(index: 1, reply: .tempfail)], changes: [])
        #expect(try client.next() == .finished(outcome))
        client.begin(.sample)
        #expect(try codes(client.octetsToSend()) == "ADMR")
        #expect(try codes(client.abort()) == "A")
        #expect(client.abort() == [])
        #expect(try codes(client.nextClient()) == "K")
        client.begin(.sample)
        #expect(try codes(client.octetsToSend()) == "DCHDMR")
        #expect(try codes(client.quit()) == "Q")
    }
}
