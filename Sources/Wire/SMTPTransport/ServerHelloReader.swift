internal import NIOCore

/// Looks at the handshake as it goes by, for the cipher suite that the server chose: the TLS library does not say.
///
/// It stands between the socket and TLS, on either side, changes nothing, and looks no further than the ServerHello,
/// which is in clear text in all versions.
final class ServerHelloReader: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let isServer: Bool
    private var octets: [UInt8] = []
    private var isDone = false
    /// The cipher suite's number.
    private(set) var cipher: UInt16?

    /// A ServerHello's record is no longer: it has no certificates.
    private static let octetsMax = 2048

    init(isServer: Bool) { self.isServer = isServer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !isServer, !isDone { look(at: unwrapInboundIn(data)) }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if isServer, !isDone { look(at: unwrapOutboundIn(data)) }
        context.write(data, promise: promise)
    }

    private func look(at buffer: ByteBuffer) {
        octets += buffer.readableBytesView.prefix(Self.octetsMax)
        let found = Self.cipher(in: octets)
        cipher = found
        // RFC 8446 §4.1.4: a HelloRetryRequest looks the same, and names the same suite.
        if found != nil || octets.count >= Self.octetsMax || octets.first != 0x16 {
            isDone = true
            octets = []
        }
    }

    /// RFC 8446 §4.1.3: record header (5), type 2 and length (4), version (2), random (32), session (1 + n), suite (2).
    static func cipher(in octets: [UInt8]) -> UInt16? {
        guard octets.count > 43, octets[0] == 0x16, octets[5] == 2 else { return nil }
        let index = 44 + Int(octets[43])
        guard octets.count > index + 1 else { return nil }
        return UInt16(octets[index]) << 8 | UInt16(octets[index + 1])
    }

    /// The name of a cipher suite, of those that the library has.
    static func name(of cipher: UInt16) -> String {
        switch cipher {
        case 0x1301: "TLS_AES_128_GCM_SHA256"
        case 0x1302: "TLS_AES_256_GCM_SHA384"
        case 0x1303: "TLS_CHACHA20_POLY1305_SHA256"
        case 0xC02B: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
        case 0xC02C: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
        case 0xC02F: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
        case 0xC030: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
        case 0xCCA8: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
        case 0xCCA9: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
        case 0xC009: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"
        case 0xC00A: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"
        case 0xC013: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"
        case 0xC014: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"
        case 0x002F: "TLS_RSA_WITH_AES_128_CBC_SHA"
        case 0x0035: "TLS_RSA_WITH_AES_256_CBC_SHA"
        case 0x009C: "TLS_RSA_WITH_AES_128_GCM_SHA256"
        case 0x009D: "TLS_RSA_WITH_AES_256_GCM_SHA384"
        default: "0x" + String(cipher, radix: 16)
        }
    }

    var cipherName: String? { cipher.map { Self.name(of: $0) } }
}
