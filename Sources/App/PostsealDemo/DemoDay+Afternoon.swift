// MARK: 12:00 to 17:00

extension DemoDay {
    func afternoonMessages() throws -> [DemoMessage] {
        let contract = try writer.sign(
            plain(
                "12:58", "Ann Brook <ann@harbour.example>", "The contract",
                "Dear Carol,\n\nplease pay 100 to the account that you know.\n\nAnn"), .harbour)
        return [
            message(
                "12:15", "A message with two From lines: one program shows Ann, another the swindler.",
                from: hosts.lookAlike, mailFrom: "ann@harb0ur.example",
                as: "ann@harbour.example, or ann@harb0ur.example",
                writer.write(
                    DemoLetter(
                        from: "Ann <ann@harb0ur.example>", subject: "Which of us do you see?",
                        text: "Dear Carol,\n\nlook at the address.\n\nAnn",
                        extra: ["From: Ann Brook <ann@harbour.example>"]), at: "12:15"),
                DemoExpectation(.refused, spf: "pass", dkim: "none", arc: "none", dmarc: "fail")),
            message(
                "12:58", "A signed letter of Ann's, caught on the way: somebody put 9000 in place of 100.",
                from: hosts.phone, mailFrom: "ann@harbour.example", as: "ann@harbour.example",
                writer.tamper(contract, "pay 100 to the account that you know", "pay 9000 to account 4711"),
                DemoExpectation(.quarantined, spf: "fail", dkim: "fail", arc: "none", dmarc: "fail")),
            message(
                "13:27",
                "Olga really writes this, but past her own server, from her telephone. To us it looks "
                    + "like the forgery of 11:50: a domain that only watches leaves its readers to guess.",
                from: hosts.phone, mailFrom: "olga@orchard.example", as: "olga@orchard.example",
                plain(
                    "13:27", "Olga <olga@orchard.example>", "Apples", "Dear Carol,\n\nthe apples are ripe.\n\nOlga"),
                DemoExpectation(.marked, spf: "softfail", dkim: "none", arc: "none", dmarc: "fail")),
            message(
                "14:10", "The printer in our own network reports to the people who mend it.",
                from: hosts.printer, mailFrom: "printer@home.example", as: "printer@home.example",
                to: "help@mill.example",
                writer.write(
                    DemoLetter(
                        from: "Printer <printer@home.example>", to: "help@mill.example", subject: "Out of paper",
                        text: "Tray 2 is empty."), at: "14:10"),
                DemoExpectation(.signed)),
            message(
                "14:36", "A thief signs with a key stolen from the harbour. The harbour has withdrawn that key.",
                from: hosts.spoofer, mailFrom: "ann@harbour.example", as: "ann@harbour.example",
                try writer.sign(
                    plain(
                        "14:36", "Ann Brook <ann@harbour.example>", "Signed, as you see",
                        "Dear Carol,\n\nthis is signed, so do as it says.\n\nAnn"), .harbourOld),
                DemoExpectation(.refused, spf: "fail", dkim: "permerror", arc: "none", dmarc: "fail")),
            message(
                "15:20", "A lighthouse that signs with the younger kind of key alone, Ed25519.",
                from: hosts.beacon, mailFrom: "keeper@beacon.example", as: "keeper@beacon.example",
                try writer.sign(
                    plain(
                        "15:20", "The keeper <keeper@beacon.example>", "Fog tonight",
                        "Dear Carol,\n\nfog from ten o'clock on.\n\nThe keeper"), .beacon),
                DemoExpectation(.accepted, spf: "pass", dkim: "pass", arc: "none", dmarc: "pass")),
            message(
                "16:02",
                "A look-alike: harb0ur, with a zero. It proves to be what it says it is, which is not "
                    + "Ann: these checks prove whose mail it is, not that its sender means well.",
                from: hosts.lookAlike, mailFrom: "ann@harb0ur.example", as: "ann@harb0ur.example",
                try writer.sign(
                    plain(
                        "16:02", "Ann Brook <ann@harb0ur.example>", "My new address",
                        "Dear Carol,\n\nplease use this address from now on.\n\nAnn"), .lookAlike),
                DemoExpectation(.accepted, spf: "pass", dkim: "pass", arc: "none", dmarc: "pass")),
        ]
    }
}
