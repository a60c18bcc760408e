internal import MailBytes

/// Applies a filter's changes to a message as Postfix does, which is as Sendmail does but for deletions: there a
/// deleted field keeps its number, here those behind it move up.
public struct MilterChangeApplier: Hashable, Sendable {
    /// The envelope's sender.
    public var sender: MilterPath
    /// The envelope's recipients.
    public var recipients: [MilterPath]
    /// The header, the mail server's own fields included.
    public var fields: [MilterField]
    /// With CRLF line ends.
    public var body: [UInt8]
    /// Why the message is to be kept back; nil if it is not.
    public private(set) var quarantineReason: [UInt8]?
    private let ownFields: Int
    private var isBodyReplaced = false

    /// A message before the changes.
    ///
    /// - Parameter ownFields: How many fields at the top are the mail server's own and were not shown to the filter:
    ///   Postfix adds a Received field. Occurrences are not counted in them; insertions are.
    public init(_ transaction: MilterTransaction, ownFields: [MilterField] = []) {
        sender = transaction.sender
        recipients = transaction.recipients
        fields = ownFields + transaction.fields
        body = transaction.body
        self.ownFields = ownFields.count
    }

    /// The message as it goes out.
    public var message: [UInt8] { fields.flatMap(\.octets) + [.carriageReturn, .lineFeed] + body }

    /// Applies changes one after the other.
    public mutating func apply(_ changes: [MilterChange]) { for change in changes { apply(change) } }

    /// Applies one change. What it names and is not there stays as it is, but for a field that is to be changed: it is
    /// added at the end.
    public mutating func apply(_ change: MilterChange) {
        switch change {
        case .addHeader(let name, let value): fields.append(Self.field(name, value))
        case .insertHeader(let index, let name, let value):
            fields.insert(Self.field(name, value), at: min(max(0, index), fields.count))
        case .changeHeader(let name, let occurrence, let value):
            if let place = place(of: name, occurrence) {
                fields[place] = Self.field(name, value)
            } else {
                fields.append(Self.field(name, value))
            }
        case .deleteHeader(let name, let occurrence):
            if let place = place(of: name, occurrence) { fields.remove(at: place) }
        case .replaceBody(let octets):
            if !isBodyReplaced { body = [] }
            isBodyReplaced = true
            body += octets
        case .addRecipient(let path): recipients.append(path)
        case .deleteRecipient(let path): recipients.removeAll { $0.address == path.address }
        case .changeSender(let path): sender = path
        case .quarantine(let reason): quarantineReason = reason
        }
    }

    private func place(of name: [UInt8], _ occurrence: Int) -> Int? {
        let places = fields.indices.dropFirst(ownFields).filter { fields[$0].name.equalsIgnoringASCIICase(name) }
        return occurrence > 0 && occurrence <= places.count ? places[occurrence - 1] : nil
    }

    /// The field with CRLF between its lines.
    private static func field(_ name: [UInt8], _ value: [UInt8]) -> MilterField {
        var octets: [UInt8] = []
        for byte in value {
            if byte == .lineFeed, octets.last != .carriageReturn { octets.append(.carriageReturn) }
            octets.append(byte)
        }
        return MilterField(name: name, value: octets)
    }
}
