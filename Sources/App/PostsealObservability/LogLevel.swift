internal import Logging

/// How grave a thing must be to be logged, in the words of the configuration.
public enum LogLevel: String, Sendable, CaseIterable {
    case debug, info, warning, error

    /// The place among the levels.
    var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        }
    }

    init(rank: Int) { self = Self.allCases.first { $0.rank == rank } ?? .info }

    /// The level of swift-log.
    var level: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
    }
}
