internal import CLibcrypto
internal import MailBytes

/// The border to libcrypto: a certificate.
///
/// Invariants: the object is made once and freed with this one; libcrypto's own notes on it are guarded by its locks;
/// each call here leaves the thread's error queue empty.
///
/// `@unchecked Sendable`: the pointer is to an X509 that nobody changes after `init`. libcrypto fills caches in it
/// under its own lock, and itself verifies with one store of them from many threads (openssl-threads(7)).
@safe final class LibcryptoCertificate: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Which of the two names.
    enum Name { case subject, issuer }

    /// - Parameter der: the certificate and nothing else. Nil if libcrypto does not take it.
    init?(der: [UInt8]) {
        defer { ERR_clear_error() }
        let made: OpaquePointer? = unsafe der.withUnsafeBufferPointer { buffer in
            var next = buffer.baseAddress
            guard let object = unsafe d2i_X509(nil, &next, buffer.count) else { return nil }
            guard unsafe next == buffer.baseAddress.map({ unsafe $0 + buffer.count }) else {
                unsafe X509_free(object)
                return nil
            }
            return unsafe object
        }
        guard let made = unsafe made else { return nil }
        unsafe pointer = made
    }

    deinit { unsafe X509_free(pointer) }

    var isSelfSigned: Bool {
        defer { ERR_clear_error() }
        return unsafe X509_self_signed(pointer, 1) == 1
    }

    /// 1 is a certificate that says so in its basic constraints; other numbers are guesses about old ones.
    var isAuthority: Bool {
        defer { ERR_clear_error() }
        return unsafe X509_check_ca(pointer) == 1
    }

    var keyText: String? {
        defer { ERR_clear_error() }
        guard let key = unsafe X509_get0_pubkey(pointer), let name = unsafe EVP_PKEY_get0_type_name(key) else {
            return nil
        }
        let bits = unsafe EVP_PKEY_get_bits(key)
        let text = unsafe String(cString: name)
        return text.hasPrefix("ED") ? text.prefix(1) + text.dropFirst().lowercased() : "\(text) \(bits)"
    }

    /// A name by RFC 4514, with control characters and what is not ASCII escaped.
    func nameText(_ name: Name) -> String {
        defer { ERR_clear_error() }
        guard
            let object = unsafe name == .subject ? X509_get_subject_name(pointer) : X509_get_issuer_name(pointer),
            let output = unsafe BIO_new(BIO_s_mem())
        else { return "" }
        defer { unsafe BIO_free(output) }
        guard unsafe X509_NAME_print_ex(output, object, 0, postseal_name_flags) >= 0 else { return "" }
        var octets = [UInt8](repeating: 0, count: CertificateLimits.nameTextOctetsMax)
        let count = unsafe octets.withUnsafeMutableBytes { buffer in
            unsafe BIO_read(output, buffer.baseAddress, Int32(clamping: buffer.count))
        }
        return String(lossy: octets.prefix(max(0, Int(count))))
    }
}

/// The border to libcrypto: a public key that checks signatures of certificates.
@safe struct LibcryptoPublicKey: ~Copyable {
    private let pointer: OpaquePointer

    /// - Parameter der: SubjectPublicKeyInfo. Nil if libcrypto does not know the kind of key or the numbers are none.
    init?(der: [UInt8]) {
        defer { ERR_clear_error() }
        let made: OpaquePointer? = unsafe der.withUnsafeBufferPointer { buffer in
            var next = buffer.baseAddress
            return unsafe d2i_PUBKEY(nil, &next, buffer.count)
        }
        guard let made = unsafe made else { return nil }
        unsafe pointer = made
    }

    deinit { unsafe EVP_PKEY_free(pointer) }

    func signed(_ certificate: LibcryptoCertificate) -> Bool {
        defer { ERR_clear_error() }
        return unsafe X509_verify(certificate.pointer, pointer) == 1
    }

    /// SubjectPublicKeyInfo of a private key in any of its forms in DER; nil if libcrypto does not take it.
    static func publicHalf(ofPrivateKey der: [UInt8]) -> [UInt8]? {
        defer { ERR_clear_error() }
        let made: OpaquePointer? = unsafe der.withUnsafeBufferPointer { buffer in
            var next = buffer.baseAddress
            return unsafe d2i_AutoPrivateKey(nil, &next, buffer.count)
        }
        guard let key = unsafe made else { return nil }
        defer { unsafe EVP_PKEY_free(key) }
        var output: UnsafeMutablePointer<UInt8>?
        let length = unsafe i2d_PUBKEY(key, &output)
        guard length > 0, let octets = unsafe output else { return nil }
        defer { unsafe CRYPTO_free(octets, #fileID, #line) }
        return unsafe Array(UnsafeBufferPointer(start: octets, count: Int(length)))
    }
}
