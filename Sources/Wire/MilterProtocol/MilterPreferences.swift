/// What a filter wants of mail servers. Each part is asked for only where the mail server offers it.
public struct MilterPreferences: Hashable, Sendable {
    /// What the filter may want to do to messages.
    public var actions: MilterActions
    /// What it does not want to be told; only the steps that leave something out count.
    public var unwanted: MilterSteps
    /// Where it decides before the end of the message: each makes an event of its own that waits for an answer.
    public var decides: Set<MilterStage>
    /// Whether pieces of the body are answered, which is needed to have the rest of a body left out.
    public var repliesToBody: Bool
    /// The macros that it wants; for stages without a list the mail server's configuration counts.
    public var macros: [MilterMacroList]
    public var limits: MilterLimits

    /// A filter that decides at the end of messages, and is told everything but DATA and unknown commands.
    public init(
        actions: MilterActions, unwanted: MilterSteps = [.noData, .noUnknown], decides: Set<MilterStage> = [],
        repliesToBody: Bool = true, macros: [MilterMacroList] = [], limits: MilterLimits = MilterLimits()
    ) {
        self.actions = actions
        self.unwanted = unwanted
        self.decides = decides
        self.repliesToBody = repliesToBody
        self.macros = macros
        self.limits = limits
    }

    /// The filter's part of the negotiation, which takes nothing that was not offered.
    public func answer(to offer: MilterNegotiation) -> MilterNegotiation {
        var steps = unwanted.intersection(.left)
        steps.formUnion([.leadingSpace, .noReplyToHeader, .noReplyToUnknown])
        for stage in MilterStage.allCases {
            if decides.contains(stage) {
                if let step = stage.leftOut { steps.remove(step) }
            } else if let step = stage.withoutReply {
                steps.insert(step)
            }
        }
        steps.insert(repliesToBody ? .skip : .noReplyToBody)
        var answer = MilterNegotiation(
            version: min(offer.version, MilterNegotiation.versionMax),
            actions: actions.subtracting(.chooseMacros).intersection(offer.actions),
            steps: steps.intersection(offer.steps))
        if !macros.isEmpty, offer.actions.contains(.chooseMacros) {
            answer.actions.insert(.chooseMacros)
            answer.macros = macros
        }
        return answer
    }
}
