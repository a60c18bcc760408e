internal import ArgumentParser
internal import FoundationEssentials
internal import MailBytes

/// The clock of a command that asks nobody anything.
struct ClockOptions: ParsableArguments {
    @Option(
        name: .customLong("at"),
        help: ArgumentHelp("Take this as the time: RFC 3339, or Unix seconds.", valueName: "time"))
    var time: String?

    func validate() throws {
        if let time, UnixTime(text: time) == nil {
            throw ValidationError("--at '\(time)' is neither an RFC 3339 time nor a number of Unix seconds")
        }
    }

    /// The clock that the option gives, or the system's.
    var now: UnixTime {
        time.flatMap { UnixTime(text: $0) } ?? UnixTime(seconds: Int64(Date().timeIntervalSince1970))
    }
}
