internal import MailBytes
public import MailNames

extension DomainName {
    /// A domain as aggregate reports name it: letters, digits, `-`, `_` and dots, or U-labels. Nil for anything else
    /// that DNS would take for a name: an address, an address literal, a URL. Readers and writers of reports agree on
    /// this.
    public init?(reported text: String) {
        // What a backslash stands for differs between those who read and those who print names.
        guard !text.utf8.contains(UInt8(ascii: "\\")), let name = try? DomainName(mailDomain: text), name.isHostName
        else {
            return nil
        }
        self = name
    }
}
