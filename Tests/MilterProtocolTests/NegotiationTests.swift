import MailBytes
import MilterProtocol
import TestSupport
import Testing

@Suite struct NegotiationTests {
    private static let quiet: MilterSteps = [
        .noReplyToConnect, .noReplyToHelo, .noReplyToMail, .noReplyToRecipient, .noReplyToData, .noReplyToHeader,
        .noReplyToEndOfHeader, .noReplyToUnknown,
    ]

    private func answer(
        _ preferences: MilterPreferences, _ offer: MilterNegotiation
    ) throws -> MilterNegotiation {
        var session = MilterSession(preferences: preferences)
        session.append(MilterCommand.negotiate(offer).wire)
        guard case .send(let octets)? = try session.next(),
            case .negotiate(let answer) = try MilterReply(packet: octets.dropFirst(4))
        else { throw MilterProtocolError(.emptyPacket) }
        #expect(session.negotiated == answer)
        return answer
    }

    @Test func `Of version 6 it takes the least steps`() throws {
        let taken = try answer(MilterPreferences(actions: [.addHeader, .changeHeader]), .all)
        #expect(taken.version == 6)
        #expect(taken.actions == [.addHeader, .changeHeader])
        #expect(taken.steps == Self.quiet.union([.noData, .noUnknown, .skip, .leadingSpace]))
        #expect(taken.macros.isEmpty)
    }

    @Test func `Of version 2 it takes what that has`() throws {
        let taken = try answer(MilterPreferences(actions: [.addHeader, .changeSender]), .version2)
        #expect(taken == MilterNegotiation(version: 2, actions: .addHeader, steps: []))
    }

    @Test(arguments: [3, 4, 5, 6, 7, 0xFFFF_FFFF] as [UInt32])
    func `Newer versions than 6 are answered with 6`(_ version: UInt32) throws {
        let offer = MilterNegotiation(version: version, actions: .all, steps: .all)
        #expect(try answer(MilterPreferences(actions: []), offer).version == min(version, 6))
    }

    @Test(arguments: [0, 1] as [UInt32])
    func `Older versions than 2 are an error`(_ version: UInt32) {
        let offer = MilterNegotiation(version: version, actions: .all, steps: .all)
        #expect(throws: MilterProtocolError(.versionTooOld(version))) {
            try answer(MilterPreferences(actions: []), offer)
        }
    }

    @Test func `Whatever bits are missing, none is taken that was not offered`() throws {
        var numbers = Numbers(seed: 3)
        for _ in 0..<2000 {
            let offer = MilterNegotiation(
                version: 6, actions: MilterActions(rawValue: UInt32(numbers.below(1 << 32))),
                steps: MilterSteps(rawValue: UInt32(numbers.below(1 << 32))))
            let preferences = MilterPreferences(
                actions: MilterActions(rawValue: UInt32(numbers.below(1 << 32))),
                unwanted: MilterSteps(rawValue: UInt32(numbers.below(1 << 32))),
                decides: Set(MilterStage.allCases.filter { _ in numbers.below(2) == 0 }),
                repliesToBody: numbers.below(2) == 0, macros: [MilterMacroList(.mail, ["i"])])
            let taken = try answer(preferences, offer)
            #expect(offer.actions.isSuperset(of: taken.actions))
            #expect(offer.steps.isSuperset(of: taken.steps))
            #expect(taken.steps.isDisjoint(with: [.rejectedRecipients, .packets256K, .packets1M]))
            #expect(taken.macros.isEmpty != offer.actions.contains(.chooseMacros))
            #expect(taken.actions.contains(.chooseMacros) == offer.actions.contains(.chooseMacros))
        }
    }

    @Test func `Where the filter decides, it wants the command and replies to it`() throws {
        for stage in MilterStage.allCases {
            let taken = try answer(
                MilterPreferences(actions: [], unwanted: .all, decides: [stage]), .all)
            let (left, quiet): (MilterSteps, MilterSteps) =
                switch stage {
                case .connect: (.noConnect, .noReplyToConnect)
                case .helo: (.noHelo, .noReplyToHelo)
                case .mail: (.noMail, .noReplyToMail)
                case .recipient: (.noRecipient, .noReplyToRecipient)
                case .data: (.noData, .noReplyToData)
                case .endOfHeader: (.noEndOfHeader, .noReplyToEndOfHeader)
                case .endOfMessage: ([], [])
                }
            #expect(taken.steps.isDisjoint(with: left.union(quiet)))
        }
    }

    @Test func `Pieces of a body get a reply or none`() throws {
        #expect(try answer(MilterPreferences(actions: []), .all).steps.contains(.skip))
        let taken = try answer(MilterPreferences(actions: [], repliesToBody: false), .all)
        #expect(taken.steps.contains(.noReplyToBody))
        #expect(!taken.steps.contains(.skip))
    }

    @Test func `Wanted macros are listed as on the wire`() throws {
        let preferences = MilterPreferences(
            actions: [],
            macros: [MilterMacroList(.connect, ["j", "{client_addr}"]), MilterMacroList(.endOfMessage, ["i"])])
        let taken = try answer(preferences, .all)
        #expect(taken.macros == preferences.macros)
        let octets = Array(MilterReply.negotiate(taken).wire.dropFirst(17))
        #expect(octets == [UInt8]("\0\0\0\0j {client_addr}\0\0\0\0\u{5}i\0"))
        var offer = MilterNegotiation.all
        offer.actions.remove(.chooseMacros)
        #expect(try answer(preferences, offer).macros.isEmpty)
    }

    @Test func `Stages have the numbers of libmilter`() {
        #expect(MilterStage.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 6])
        #expect(MilterStage.endOfMessage.rawValue == 5)
        #expect(MilterStage.endOfHeader.rawValue == 6)
    }

    @Test func `Lists for stages that nobody knows are left out`() throws {
        let octets = [UInt8]("O\0\0\0\u{6}\0\0\0\0\0\0\0\0\0\0\0\u{9}x y\0\0\0\0\u{2}i  j\0")
        let expected = MilterNegotiation(
            version: 6, actions: [], steps: [], macros: [MilterMacroList(.mail, ["i", "j"])])
        #expect(try MilterReply(packet: octets[...]) == .negotiate(expected))
    }
}
