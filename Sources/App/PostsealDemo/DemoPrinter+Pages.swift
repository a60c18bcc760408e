// The pages around the day: what comes before, the sum, and what to do next.

extension DemoPrinter {
    /// What somebody needs to know to follow the day.
    func introduce() {
        write("")
        write(style.paint("Postseal: a day at the mail server of home.example", .bold))
        write("")
        paragraph(
            """
            Anybody can write anybody's name into the From line of a mail. Postseal stands beside a mail server, and \
            finds out for each message whether the name is true. It asks four questions:
            """)
        write("")
        for (name, question) in [
            ("SPF", "Does the sender's domain say that this machine may send its mail?"),
            ("DKIM", "Does the message bear a domain's signature, and is it still what was signed?"),
            ("ARC", "What did a mailing list or forwarder see, before it changed the message?"),
            ("DMARC", "Does any of that speak for the domain in From? If not: what does that domain want done?"),
        ] {
            write("  " + style.paint(DemoStyle.padded(name, to: 7), .bold) + question)
        }
        write("")
        paragraph("Where an answer is about another domain than the one in From, its name stands behind it.")
        write("")
        paragraph(
            """
            This is the real daemon with real sockets. Only the world is made up: its domains, their keys (made just \
            now), their DNS, and what people and swindlers send to Carol in a day.
            """)
        write("")
    }

    /// How the day ended.
    func summarise(_ outcomes: [DemoOutcome], isAsExpected: Bool) {
        write(style.paint("The day in figures: \(outcomes.count) messages", .bold))
        write("")
        for outcome in DemoOutcome.allCases {
            let count = outcomes.count { $0 == outcome }
            let figure = "\(count)"
            write(
                "  " + style.paint(DemoStyle.padded("\(outcome.sign) \(outcome.rawValue)", to: 14), .bold, outcome.tone)
                    + String(repeating: " ", count: max(0, 3 - figure.count)) + figure + "   " + outcome.meaning)
        }
        write("")
        if !isAsExpected {
            write(style.paint("Some messages came out otherwise than their stories say: see above.", .bold, .red))
            write("")
        }
    }

    /// What to do next.
    ///
    /// - Parameter postseal: how the program was called.
    func invite(_ places: DemoPlaces, postseal: String) {
        write(style.paint("Now you", .bold))
        write("")
        step("Forge a letter of Ann's:")
        let forgery = "printf 'From: ann@harbour.example\\nSubject: Pay\\n\\nToday!\\n' | "
        command(forgery + places.curl("--data-binary @-", "\\"))
        command("  " + places.verifyURL(mailFrom: "ann@harbour.example"))
        write("")
        step("Have a message of your own judged, which your mail program saved to a file:")
        command(places.curl("--data-binary @message.eml", "\\"))
        command("  " + places.verifyURL(mailFrom: "you@example.org"))
        step("The answer is JSON, and this window says the same in words. Without the daemon:")
        command("\(postseal) verify --ip 192.0.2.1 --helo me.example \\")
        command("  --mail-from you@example.org message.eml")
        for line in DemoStyle.wrapped(
            """
            What stands for ip, helo and mail-from is what the mail server saw: the message's Received and \
            Return-Path lines have it. Names that end in .example are this demo's; for all others the real DNS is asked.
            """, indent: 4)
        {
            write("    " + style.paint(line, .dim))
        }
        write("")
        step("Let your Postfix ask it about every message, with three lines in main.cf:")
        command("smtpd_milters = \(places.postfixAddress)")
        command("non_smtpd_milters = $smtpd_milters")
        command("milter_default_action = accept")
        write("")
        step("See how it is:")
        command(places.curl("", places.url("/metrics")))
        command(places.curl("", places.url("/healthz")))
        write("")
        step("Guard your own domain: docs/guide.md; the configuration to begin with is printed by")
        command("\(postseal) config sample")
        write("")
        write("Messages that come in are shown here. " + style.paint("Ctrl-C ends it.", .bold))
        write("")
    }

    /// Where the daemon can be reached.
    func tell(_ places: DemoPlaces, moved: [String]) {
        for sentence in moved { write(style.paint(sentence, .yellow)) }
        write(
            style.paint("The daemon listens: milter at \(places.milter), HTTP at \(places.http).", .dim))
        if let dashboard = places.dashboard {
            write("Look at it in a browser: " + style.paint(dashboard.address, .bold, .cyan))
            write(
                "  name \(style.paint(DemoDashboard.account, .bold)), "
                    + "password \(style.paint(dashboard.password, .bold))"
            )
        }
        write("")
    }

    private func paragraph(_ text: String) {
        for line in DemoStyle.wrapped(text, indent: 0) { write(line) }
    }

    private func step(_ text: String) { write("  " + text) }

    private func command(_ text: String) { write("    " + style.paint(text, .cyan)) }
}
