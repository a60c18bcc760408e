/// What is handed over by POST.
public struct HTTPSUpload: Hashable, Sendable {
    /// The value of `Content-Type`: visible ASCII.
    public let mediaType: String
    /// The whole of it.
    public let body: [UInt8]

    /// Nil where the media type has anything in it that would end the field.
    public init?(mediaType: String, body: [UInt8]) {
        guard !mediaType.isEmpty, mediaType.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        self.mediaType = mediaType
        self.body = body
    }
}
