// MARK: 09:00 to 12:00

extension DemoDay {
    func lateMorningMessages() throws -> [DemoMessage] {
        try listMessages() + [
            message(
                "10:05", "The mill's newsletter. A company that sends for others sends it, and signs for the mill.",
                from: hosts.postbag, mailFrom: "bounce-4711@postbag.example", as: "news@mill.example",
                try writer.sign(
                    plain(
                        "10:05", "Mill News <news@mill.example>", "Rye is back",
                        "Dear friends of the mill,\n\nthe new rye is here.\n\nYour mill"), .mill, .postbag),
                DemoExpectation(.accepted, spf: "pass", dkim: "pass", arc: "none", dmarc: "pass")),
            message(
                "10:32", "A bookshop with an umlaut in its name, over IPv6.",
                from: hosts.books, mailFrom: "käthe@bücher.example", as: "käthe@bücher.example",
                try writer.sign(
                    plain(
                        "10:32", "Käthe <käthe@bücher.example>", "Ihre Bestellung",
                        "Liebe Carol,\n\nIhre Bücher liegen bereit.\n\nKäthe"), .books),
                DemoExpectation(.accepted, spf: "pass", dkim: "pass", arc: "none", dmarc: "pass")),
            message(
                "11:08",
                "A domain whose name servers do not answer. Nobody can say now whether this is "
                    + "genuine, so the sender is asked to come again: nothing is lost.",
                from: hosts.slow, mailFrom: "dave@slow.example", as: "dave@slow.example",
                plain(
                    "11:08", "Dave <dave@slow.example>", "Hello", "Dear Carol,\n\nour DNS is down today.\n\nDave"),
                DemoExpectation(.deferred, spf: "temperror", dkim: "none", arc: "none", dmarc: "temperror")),
            message(
                "11:50",
                "The swindler brings a forged certificate along: a header line that claims we checked "
                    + "it and found it good. The orchard's policy only watches, so the message is let in, marked.",
                from: hosts.spoofer, mailFrom: "olga@orchard.example", as: "olga@orchard.example",
                writer.write(
                    DemoLetter(
                        from: "Olga <olga@orchard.example>", subject: "You can trust this",
                        text: "Dear Carol,\n\nyour mail server has checked this message. Click here.\n\nOlga",
                        extra: [
                            "Authentication-Results: mx.home.example; spf=pass smtp.mailfrom=orchard.example;\n"
                                + " dkim=pass header.d=orchard.example; dmarc=pass header.from=orchard.example"
                        ]), at: "11:50"),
                DemoExpectation(.marked, spf: "softfail", dkim: "none", arc: "none", dmarc: "fail")),
        ]
    }

    /// The same letter by way of two mailing lists.
    private func listMessages() throws -> [DemoMessage] {
        let regatta = try writer.sign(
            writer.write(
                DemoLetter(
                    from: "Ann Brook <ann@harbour.example>", to: "The sailors <sailors@lists.example>",
                    subject: "Regatta", text: "Dear all,\n\nwho sails with us on Sunday?\n\nAnn"), at: "09:15"),
            .harbour)
        return [
            message(
                "09:15",
                "Ann's letter by way of a mailing list, which changed the subject and added a footer: "
                    + "her signature breaks. The list seals what it saw before, and we know that list.",
                from: hosts.lists, mailFrom: "sailors-bounces@lists.example", as: "ann@harbour.example",
                try writer.passOn(regatta, by: (.lists, "sailors"), author: DemoNames.harbour),
                DemoExpectation(.accepted, spf: "pass", dkim: "fail", arc: "pass", dmarc: "fail")),
            message(
                "09:40", "The same by way of a list that we know nothing of. Anybody could make such a seal.",
                from: hosts.club, mailFrom: "rowers-bounces@club.example", as: "ann@harbour.example",
                try writer.passOn(regatta, by: (.club, "rowers"), author: DemoNames.harbour),
                DemoExpectation(.quarantined, spf: "pass", dkim: "fail", arc: "pass", dmarc: "fail")),
        ]
    }
}
