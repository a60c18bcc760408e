// MARK: 17:00 to 23:00

extension DemoDay {
    func eveningMessages() throws -> [DemoMessage] {
        [
            message(
                "17:05",
                "Carol wrote to a colleague of Ann's who has left; the harbour's server says so. Such "
                    + "notices have no sender, so that nobody answers them.",
                from: hosts.harbour, mailFrom: "", as: "postmaster@harbour.example",
                try writer.sign(
                    plain(
                        "17:05", "Mail system <postmaster@harbour.example>", "Undelivered mail",
                        "There is no mailbox bert@harbour.example here."), .harbour),
                DemoExpectation(.accepted, spf: "none", dkim: "pass", arc: "none", dmarc: "pass")),
            message(
                "17:48",
                "The swindler invents a department, billing.mill.example, which does not exist. For "
                    + "names that do not exist the miller asks for more: refuse.",
                from: hosts.spoofer, mailFrom: "invoice@billing.mill.example", as: "invoice@billing.mill.example",
                plain(
                    "17:48", "Billing <invoice@billing.mill.example>", "Invoice 2231",
                    "Dear Carol,\n\nplease find our invoice attached.\n\nBilling"),
                DemoExpectation(.refused, spf: "none", dkim: "none", arc: "none", dmarc: "fail")),
            message(
                "18:55", "The miller forgot to sign. The university forwards it: neither check is left to hold.",
                from: hosts.alumni, mailFrom: "max@mill.example", as: "max@mill.example",
                plain(
                    "18:55", "Max Miller <max@mill.example>", "Flour, once more",
                    "Dear Carol,\n\nI forgot to sign this one.\n\nMax"),
                DemoExpectation(.quarantined, spf: "fail", dkim: "none", arc: "none", dmarc: "fail")),
            message(
                "21:05", "A small domain that publishes nothing about its mail, as many do. There is nothing to check.",
                from: hosts.cottage, mailFrom: "granny@cottage.example", as: "granny@cottage.example",
                plain(
                    "21:05", "Granny <granny@cottage.example>", "Sunday", "Dear Carol,\n\ncome for cake.\n\nGranny"),
                DemoExpectation(.accepted, spf: "none", dkim: "none", arc: "none", dmarc: "none")),
            message(
                "22:40", "Carol logs in once more, and thanks Ann. Our signature lets the harbour see that it is she.",
                from: hosts.train, mailFrom: "carol@home.example", as: "carol@home.example",
                to: "ann@harbour.example", login: "carol",
                writer.write(
                    DemoLetter(
                        from: "Carol <carol@home.example>", to: "Ann Brook <ann@harbour.example>",
                        subject: "Re: Minutes of Monday", text: "Dear Ann,\n\nthank you. Until Monday!\n\nCarol"),
                    at: "22:40"), DemoExpectation(.signed)),
        ]
    }
}
