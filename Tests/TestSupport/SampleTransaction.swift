internal import MailNames
public import MilterProtocol

extension MilterTransaction {
    /// A message as there are many.
    public static let sample = MilterTransaction(
        connection: MilterConnection(hostName: "mx.example.net", address: .v4(0xC000_0201), port: 40_000),
        helo: Array("mx.example.net".utf8), sender: MilterPath("sender@example.net", arguments: ["SIZE=100"]),
        recipients: [MilterPath("one@example.org"), MilterPath("two@example.org", arguments: ["NOTIFY=NEVER"])],
        fields: [MilterField("From", "sender@example.net"), MilterField("To", "one@example.org,\r\n two@example.org")],
        body: Array("Hello\r\n".utf8),
        macros: [
            .connect: [MilterMacro("j", "mail.example.org"), MilterMacro("client_addr", "192.0.2.1")],
            .mail: [MilterMacro("mail_addr", "sender@example.net")],
            .endOfHeader: [MilterMacro("i", "4F2A")],
        ])

    /// The header as a filter sees it.
    public var header: [UInt8] { fields.flatMap(\.octets) + [0x0D, 0x0A] }
}
