internal import MailBytes

/// What a mail server offers when a connection begins, and what a filter takes of it.
public struct MilterNegotiation: Hashable, Sendable {
    /// The protocol's version; 6 is the newest.
    public var version: UInt32
    public var actions: MilterActions
    public var steps: MilterSteps
    /// The macros that the filter wants, a stage each; what is not listed stays as the mail server is configured.
    /// Only a filter sends them, and only where ``MilterActions/chooseMacros`` is negotiated.
    public var macros: [MilterMacroList]

    public init(version: UInt32, actions: MilterActions, steps: MilterSteps, macros: [MilterMacroList] = []) {
        self.version = version
        self.actions = actions
        self.steps = steps
        self.macros = macros
    }

    /// The newest version that is spoken here.
    public static let versionMax: UInt32 = 6
    /// The oldest version that is spoken here.
    public static let versionMin: UInt32 = 2

    /// Everything that version 6 has.
    public static let all = MilterNegotiation(version: versionMax, actions: .all, steps: .all)
    /// Everything that version 2 has.
    public static let version2 = MilterNegotiation(version: 2, actions: .version2, steps: .version2)

    /// Reads what stands behind the code; nil if it is not of its form. Lists for stages that nobody knows are left
    /// out.
    init?(data: ArraySlice<UInt8>) {
        var reader = MilterDataReader(data)
        guard let version = reader.number32(), let actions = reader.number32(), let steps = reader.number32() else {
            return nil
        }
        self.init(version: version, actions: MilterActions(rawValue: actions), steps: MilterSteps(rawValue: steps))
        while !reader.isAtEnd {
            guard let number = reader.number32(), let names = reader.string() else { return nil }
            guard let stage = MilterStage(rawValue: number) else { continue }
            macros.append(MilterMacroList(stage, names.split(separator: 0x20).map { String(lossy: $0) }))
        }
    }

    /// Appends what stands behind the code.
    func append(to output: inout [UInt8]) {
        output.append(number32: version)
        output.append(number32: actions.rawValue)
        output.append(number32: steps.rawValue)
        for list in macros {
            output.append(number32: list.stage.rawValue)
            output.append(string: list.names.joined(separator: " ").utf8)
        }
    }
}

/// The macros that a filter wants to be told at one stage.
public struct MilterMacroList: Hashable, Sendable {
    public var stage: MilterStage
    /// In the mail server's form: `j`, `{client_addr}`.
    public var names: [String]

    public init(_ stage: MilterStage, _ names: [String]) {
        self.stage = stage
        self.names = names
    }
}
