internal import CLibcrypto

/// The border to libcrypto: a private RSA key that signs.
///
/// Invariants: the key is made once and never changed, so threads may share it; each signature has a context of
/// its own; everything that is allocated here is freed here.
///
/// `@unchecked Sendable`: the pointer is to an EVP_PKEY that is only read after `init`, which libcrypto allows
/// from several threads (openssl-threads(7)).
@safe final class LibcryptoKey: @unchecked Sendable {
    private let key: OpaquePointer

    /// - Parameter der: RSAPrivateKey of RFC 8017 §A.1.2. Nil if libcrypto does not take it.
    init?(rsaPKCS1 der: [UInt8]) {
        let made: OpaquePointer? = unsafe der.withUnsafeBufferPointer { buffer in
            var next = buffer.baseAddress
            return unsafe d2i_PrivateKey(EVP_PKEY_RSA, nil, &next, buffer.count)
        }
        guard let key = unsafe made else {
            ERR_clear_error()
            return nil
        }
        unsafe self.key = key
    }

    deinit { unsafe EVP_PKEY_free(key) }

    /// The RSASSA-PKCS1-v1_5 signature of a SHA-256 digest; nil if libcrypto fails.
    func signature(ofSHA256 digest: [UInt8]) -> [UInt8]? {
        guard let context = unsafe EVP_PKEY_CTX_new(key, nil) else { return failed() }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        guard unsafe EVP_PKEY_sign_init(context) == 1,
            unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1,
            unsafe EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1
        else { return failed() }
        var length = Int(unsafe EVP_PKEY_get_size(key))
        var signature = [UInt8](repeating: 0, count: length)
        let status = unsafe signature.withUnsafeMutableBufferPointer { output in
            unsafe digest.withUnsafeBufferPointer { input in
                unsafe EVP_PKEY_sign(context, output.baseAddress, &length, input.baseAddress, input.count)
            }
        }
        guard status == 1, length <= signature.count else { return failed() }
        signature.removeLast(signature.count - length)
        return signature
    }

    /// The secret as RSAPrivateKey, in DER; empty if libcrypto fails.
    var pkcs1DER: [UInt8] {
        var output: UnsafeMutablePointer<UInt8>?
        let length = unsafe i2d_PrivateKey(key, &output)
        guard length > 0, let octets = unsafe output else { return failed() ?? [] }
        defer { unsafe CRYPTO_clear_free(octets, Int(length), #fileID, #line) }
        return unsafe Array(UnsafeBufferPointer(start: octets, count: Int(length)))
    }

    /// Takes what went wrong off the thread's error queue, so that it cannot be mistaken for a later failure.
    private func failed() -> [UInt8]? {
        ERR_clear_error()
        return nil
    }
}
