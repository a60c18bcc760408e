internal import Logging

/// How grave a thing must be to be logged, in the words of the configuration.
public enum LogLevel: String, Sendable, CaseIterable {
    case debug, info, notice, warning, error

    /// The place among the levels.
    var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .notice: 2
        case .warning: 3
        case .error: 4
        }
    }

    init(rank: Int) { self = Self.allCases.first { $0.rank == rank } ?? .info }

    /// The level of swift-log.
    var level: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}
