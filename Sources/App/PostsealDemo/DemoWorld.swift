internal import DNS
internal import MailBytes

/// A small mail world: domains with their DNS, their keys and their machines, and what they send in a day.
struct DemoWorld: Sendable {
    let keys: DemoKeys
    let hosts = DemoHosts()
    let answers: RecordedAnswers
    /// The messages in the order of the day.
    let day: [DemoMessage]

    /// Makes a world with new keys.
    ///
    /// - Parameter now: when its mail is signed.
    init(at now: UnixTime) async throws {
        keys = try await DemoKeys.generate()
        answers = try DemoZone(keys: keys, hosts: hosts).answers
        let writer = DemoWriter(keys: keys, now: now)
        day = try DemoDay(writer: writer, hosts: hosts).messages()
    }
}
