import MilterProtocol

/// What a mail server sends: whatever it is, the filter's side neither traps nor says what no mail server reads, and
/// where the octets are cut does not matter.
///
/// The first octet says how the filter behaves, and whether the rest is a stream or packets without their lengths,
/// with 0xFE between them.
let fuzzMilterSession: PlainBody = { bytes in
    guard let choices = bytes.first else { return }
    let stream = choices & 0x80 == 0 ? Array(bytes.dropFirst()) : framed(bytes.dropFirst())
    let whole = FuzzedFilter(choices).run([stream[...]])
    let cut = FuzzedFilter(choices).run(stream.indices.map { stream[$0...$0] })
    precondition(whole == cut, "another cut of the octets gave other events")
    var reader = MilterPacketReader()
    reader.append(whole.sent)
    do throws(MilterProtocolError) {
        while let packet = try reader.next() {
            let reply = try MilterReply(packet: packet)
            let again = try MilterReply(packet: reply.wire.dropFirst(4))
            precondition(again == reply, "the round trip changed a reply")
        }
    } catch {
        fatalError("the filter sent what nobody reads: \(error)")
    }
    precondition(reader.pendingOctets == 0, "the filter sent half a packet")
}

/// What a filter sends: the mail server's side neither traps nor hangs, and its outcome can be carried out.
let fuzzMilterClient: PlainBody = { bytes in
    guard let choices = bytes.first else { return }
    let stream = choices & 0x80 == 0 ? Array(bytes.dropFirst()) : framed(bytes.dropFirst())
    // Packet by packet: a reply that comes before its command is sent is none that was awaited.
    let whole = fuzzedOutcomes(choices, packets(stream))
    let cut = fuzzedOutcomes(choices, stream.indices.map { stream[$0...$0] })
    precondition(whole == cut, "another cut of the octets gave other outcomes")
    for outcome in whole {
        var applier = MilterChangeApplier(fuzzedTransaction, ownFields: [MilterField("Received", "here")])
        applier.apply(outcome.changes)
        precondition(applier.fields.count <= fuzzedTransaction.fields.count + outcome.changes.count + 1)
    }
}

/// Packets with their lengths.
private func framed(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var stream: [UInt8] = []
    for packet in bytes.split(separator: 0xFE, omittingEmptySubsequences: false) {
        for shift in [24, 16, 8, 0] { stream.append(UInt8(truncatingIfNeeded: packet.count >> shift)) }
        stream += packet
    }
    return stream
}

/// The octets cut behind each packet.
private func packets(_ stream: [UInt8]) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var rest = stream[...]
    while !rest.isEmpty {
        let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        let piece = rest.prefix(4 + length)
        pieces.append(piece)
        rest = rest.dropFirst(piece.count)
    }
    return pieces
}

/// A filter that answers as it is told, and keeps what it saw.
private struct FuzzedFilter: Equatable {
    var events: [MilterEvent] = []
    var sent: [UInt8] = []
    var failure: MilterProtocolError?
    private let choices: UInt8
    private var session: MilterSession

    static func == (one: FuzzedFilter, other: FuzzedFilter) -> Bool {
        one.events == other.events && one.sent == other.sent && one.failure == other.failure
    }

    init(_ choices: UInt8) {
        self.choices = choices
        var limits = MilterLimits()
        // Small enough to be reached.
        limits.packetOctets = 2000
        limits.headerOctets = 500
        limits.macroOctets = 200
        limits.macros = 10
        limits.recipients = 4
        limits.envelopeOctets = 300
        limits.addressOctets = 100
        session = MilterSession(
            preferences: MilterPreferences(
                actions: choices & 1 == 0 ? .all : [.addHeader],
                decides: choices & 2 == 0 ? [] : Set(MilterStage.allCases), repliesToBody: choices & 4 == 0,
                macros: choices & 8 == 0 ? [] : [MilterMacroList(.endOfMessage, ["i"])], limits: limits))
    }

    private var verdict: MilterVerdict {
        switch choices >> 4 & 7 {
        case 0: .continue
        case 1: .accept
        case 2: .reject
        case 3: .tempfail
        case 4: .discard
        default:
            (try? MilterReplyText(code: 550, enhanced: "5.7.1", text: "no 100 %")).map { .reply($0) } ?? .reject
        }
    }

    func run(_ pieces: [ArraySlice<UInt8>]) -> FuzzedFilter {
        var filter = self
        do throws(MilterProtocolError) {
            for piece in pieces {
                filter.session.append(piece)
                while let event = try filter.session.next() { filter.take(event) }
            }
        } catch {
            filter.failure = error
            // It stays so.
            filter.session.append([0, 0, 0, 1, 0x51])
            precondition((try? filter.session.next()) == nil)
        }
        return filter
    }

    private mutating func take(_ event: MilterEvent) {
        events.append(event)
        switch event {
        case .send(let octets): sent += octets
        case .connected, .greeted, .sender, .recipient, .data: sent += session.answerStage(verdict) ?? []
        case .messageStarted(let message):
            precondition(message.header.suffix(2) == [0x0D, 0x0A], "a header without an end")
            sent += session.answerHeader(verdict) ?? []
        case .body(let piece): sent += session.answerBody(skipping: piece.count > 3) ?? []
        case .messageEnded:
            sent += session.progress() ?? []
            // What came is what is asked for: names and values as hostile as they are.
            let pieces = events.lazy.compactMap { if case .body(let piece) = $0 { Array(piece) } else { nil } }
            let text = pieces.first ?? []
            let changes: [MilterChange] = [
                .insertHeader(index: 1, name: [0x41], value: text),
                .changeHeader(name: text, occurrence: 1, value: text),
                .addRecipient(MilterPath(text)), .quarantine(reason: text), .replaceBody(text),
            ]
            let good = changes.filter { session.refused([$0]).isEmpty }
            sent += (try? session.answer(verdict, changes: good)) ?? []
        case .aborted, .connectionReset, .quit: break
        }
    }
}

private let fuzzedTransaction = MilterTransaction(
    helo: [0x68], sender: MilterPath("a@example.com"),
    recipients: [MilterPath("b@example.org"), MilterPath("c@example.org", arguments: ["NOTIFY=NEVER"])],
    fields: [MilterField("From", "a@example.com"), MilterField("To", "b@example.org")], body: [0x78, 0x0D, 0x0A],
    macros: [.endOfMessage: [MilterMacro("i", "1")]])

/// What becomes of two messages.
private func fuzzedOutcomes(_ choices: UInt8, _ pieces: [ArraySlice<UInt8>]) -> [MilterOutcome] {
    var client = MilterClientSession(offer: choices & 1 == 0 ? .all : .version2, replyOctetsMax: 2000)
    _ = client.negotiate()
    var outcomes: [MilterOutcome] = []
    do throws(MilterProtocolError) {
        for piece in pieces {
            client.append(Array(piece))
            while let event = try client.next() {
                switch event {
                case .negotiated: client.begin(fuzzedTransaction)
                case .progress: break
                case .finished(let outcome):
                    outcomes.append(outcome)
                    if outcomes.count < 2 { client.begin(fuzzedTransaction) }
                }
                _ = client.octetsToSend()
            }
            _ = client.octetsToSend()
        }
    } catch {
        precondition(client.octetsToSend().isEmpty, "a broken connection goes on")
    }
    return outcomes
}
