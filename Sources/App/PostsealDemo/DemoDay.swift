/// What the demo's world sends in a day: every way in which mail proves itself, or fails to.
struct DemoDay: Sendable {
    let writer: DemoWriter
    let hosts: DemoHosts

    /// In the order of the day.
    func messages() throws -> [DemoMessage] {
        try earlyMessages() + lateMorningMessages() + afternoonMessages() + eveningMessages()
    }

    /// A message to Carol, or from her if she logged in.
    func message(
        _ time: String, _ story: String, from client: DemoClient, mailFrom: String, as shownFrom: String,
        to recipient: String = "carol@home.example", login: String? = nil, _ octets: [UInt8],
        _ expected: DemoExpectation
    ) -> DemoMessage {
        DemoMessage(
            time: time, story: story, client: client, mailFrom: mailFrom, recipient: recipient, shownFrom: shownFrom,
            login: login, octets: octets, expected: expected)
    }

    /// A letter that nobody signed.
    func plain(_ time: String, _ from: String, _ subject: String, _ text: String) -> [UInt8] {
        writer.write(DemoLetter(from: from, subject: subject, text: text), at: time)
    }
}

// MARK: 06:00 to 09:00

extension DemoDay {
    private func earlyMessages() throws -> [DemoMessage] {
        let minutes = try writer.sign(
            plain(
                "06:12", "Ann Brook <ann@harbour.example>", "Minutes of Monday",
                "Dear Carol,\n\nhere are the minutes. We meet again next Monday.\n\nAnn"), .harbour)
        let greeting = writer.write(
            DemoLetter(
                from: "Carol <carol@home.example>", to: "Ann Brook <ann@harbour.example>", subject: "Late today",
                text: "Dear Ann,\n\nmy train is late. I shall be there at ten.\n\nCarol"), at: "07:30")
        let flour = try writer.sign(
            plain(
                "08:03", "Max Miller <max@mill.example>", "Flour for Friday",
                "Dear Carol,\n\nforty bags, as always. The van comes at noon.\n\nMax"), .mill)
        return [
            message(
                "06:12", "Ann writes from her office. Her own server sends it, and has signed it.",
                from: hosts.harbour, mailFrom: "ann@harbour.example", as: "ann@harbour.example", minutes,
                DemoExpectation(.accepted, spf: "pass", dkim: "pass", arc: "none", dmarc: "pass")),
            message(
                "06:55", "A swindler at a rented server writes in Ann's name: \"pay this invoice today\".",
                from: hosts.spoofer, mailFrom: "ann@harbour.example", as: "ann@harbour.example",
                plain(
                    "06:55", "Ann Brook <ann@harbour.example>", "Urgent: unpaid invoice",
                    "Dear Carol,\n\nplease pay the attached invoice today. The account is a new one.\n\nAnn"),
                DemoExpectation(.refused, spf: "fail", dkim: "none", arc: "none", dmarc: "fail")),
            message(
                "07:30", "Carol, one of our own users, logs in from the train and writes to Ann.",
                from: hosts.train, mailFrom: "carol@home.example", as: "carol@home.example",
                to: "ann@harbour.example", login: "carol", greeting, DemoExpectation(.signed)),
            message(
                "08:03", "The miller writes: another honest domain, with another policy.",
                from: hosts.mill, mailFrom: "max@mill.example", as: "max@mill.example", flour,
                DemoExpectation(.accepted, spf: "pass", dkim: "pass", arc: "none", dmarc: "pass")),
            message(
                "08:21", "The swindler tries the miller's name. That domain asks for doubtful mail to be set aside.",
                from: hosts.spoofer, mailFrom: "max@mill.example", as: "max@mill.example",
                plain(
                    "08:21", "Max Miller <max@mill.example>", "New bank account",
                    "Dear Carol,\n\nplease note our new account for all payments.\n\nMax"),
                DemoExpectation(.quarantined, spf: "fail", dkim: "none", arc: "none", dmarc: "fail")),
            message(
                "08:47",
                "Carol's old university address forwards Ann's letter. The forwarder is not Ann's "
                    + "server, so the address check fails; the signature still holds.",
                from: hosts.alumni, mailFrom: "ann@harbour.example", as: "ann@harbour.example", minutes,
                DemoExpectation(.accepted, spf: "fail", dkim: "pass", arc: "none", dmarc: "pass")),
        ]
    }
}
