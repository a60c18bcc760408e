public import MailNames
public import NIOCore

extension IPAddress {
    /// The address of a socket, without a zone; nil where it has none.
    public init?(socket: SocketAddress) {
        guard let text = socket.ipAddress, let address = IPAddress(String(text.prefix { $0 != "%" })) else {
            return nil
        }
        self = address.unmapped
    }
}
