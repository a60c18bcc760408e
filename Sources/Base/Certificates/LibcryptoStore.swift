internal import CLibcrypto
internal import MailBytes

/// The border to libcrypto: trust anchors, and the check of a path to them.
///
/// Invariants: filled by whoever makes it, before anybody else has it; freed with this object; each call leaves the
/// thread's error queue empty.
///
/// `@unchecked Sendable`: the pointer is to an X509_STORE, whose contents libcrypto guards by a lock of its own, also
/// where it reads certificates of a directory later on.
@safe final class LibcryptoStore: @unchecked Sendable {
    private let pointer: OpaquePointer?

    init() { unsafe pointer = X509_STORE_new() }

    deinit { unsafe X509_STORE_free(pointer) }

    func add(_ certificate: LibcryptoCertificate) {
        defer { ERR_clear_error() }
        // The store counts its own reference.
        _ = unsafe X509_STORE_add_cert(pointer, certificate.pointer)
    }

    func load(file: String) -> Bool {
        defer { ERR_clear_error() }
        return unsafe X509_STORE_load_file(pointer, file) == 1
    }

    func load(directory: String) -> Bool {
        defer { ERR_clear_error() }
        return unsafe X509_STORE_load_path(pointer, directory) == 1
    }

    /// Where distributions keep all authorities in one file: Debian, Fedora, Alpine.
    private static let bundles = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
    ]

    func loadSystem() {
        defer { ERR_clear_error() }
        let isChosen =
            unsafe postseal_environment_has(X509_get_default_cert_file_env()) != 0
            || postseal_environment_has(X509_get_default_cert_dir_env()) != 0
        if !isChosen, Self.bundles.contains(where: { load(file: $0) }) { return }
        _ = unsafe X509_STORE_set_default_paths(pointer)
    }

    /// How many certificates are in memory.
    var count: Int {
        guard unsafe pointer != nil, let objects = unsafe X509_STORE_get0_objects(pointer) else { return 0 }
        return unsafe max(0, Int(OPENSSL_sk_num(objects)))
    }

    /// Looks for a path from a certificate to one of the anchors, and checks it as one of a TLS server.
    func verify(
        _ leaf: LibcryptoCertificate, untrusted: [LibcryptoCertificate], at time: UnixTime, ignoringAnchorDates: Bool
    ) -> ChainVerdict {
        defer { ERR_clear_error() }
        let failure = ChainVerdict.invalid(depth: 0, text: "libcrypto failed to begin")
        guard unsafe pointer != nil, let context = unsafe X509_STORE_CTX_new() else { return failure }
        defer { unsafe X509_STORE_CTX_free(context) }
        guard let stack = unsafe OPENSSL_sk_new_null() else { return failure }
        // The stack holds no references: the certificates outlive it as arguments.
        defer { unsafe OPENSSL_sk_free(stack) }
        for certificate in untrusted { unsafe OPENSSL_sk_push(stack, UnsafeRawPointer(certificate.pointer)) }
        return withExtendedLifetime((leaf, untrusted)) {
            guard unsafe X509_STORE_CTX_init(context, pointer, leaf.pointer, stack) == 1,
                let parameters = unsafe X509_STORE_CTX_get0_param(context),
                unsafe X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_SERVER) == 1,
                unsafe X509_VERIFY_PARAM_set_flags(
                    parameters, UInt(X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST)) == 1
            else { return failure }
            unsafe X509_VERIFY_PARAM_set_time(parameters, Int(clamping: time.seconds))
            unsafe X509_VERIFY_PARAM_set_depth(parameters, Int32(CertificateLimits.pathIntermediatesMax))
            unsafe X509_VERIFY_PARAM_set_auth_level(parameters, Self.authenticationLevel)
            if ignoringAnchorDates { unsafe X509_STORE_CTX_set_verify_cb(context, Self.withoutAnchorDates) }
            let isValid = unsafe X509_verify_cert(context) == 1
            let code = unsafe X509_STORE_CTX_get_error(context)
            guard isValid, code == X509_V_OK else {
                let depth = unsafe X509_STORE_CTX_get_error_depth(context)
                return unsafe ChainVerdict(
                    code: code, depth: max(0, Int(depth)),
                    certificate: Self.parts(X509_STORE_CTX_get_current_cert(context)))
            }
            // The anchor is the first certificate of the path that came from here; libcrypto may go on above it.
            return .trusted(depth: max(0, Int(unsafe X509_STORE_CTX_get_num_untrusted(context))))
        }
    }

    /// Takes the failures away that are about the dates of certificates from the store.
    private static let withoutAnchorDates: X509_STORE_CTX_verify_cb = { isGood, context in
        let code = unsafe X509_STORE_CTX_get_error(context)
        guard isGood == 0, code == X509_V_ERR_CERT_HAS_EXPIRED || code == X509_V_ERR_CERT_NOT_YET_VALID,
            unsafe X509_STORE_CTX_get_error_depth(context) >= X509_STORE_CTX_get_num_untrusted(context)
        else { return isGood }
        unsafe X509_STORE_CTX_set_error(context, X509_V_OK)
        return 1
    }

    /// libcrypto's levels: 1 asks for 80 bits of strength, which are RSA-1024 and SHA-256 but no longer SHA-1 and MD5.
    private static let authenticationLevel: Int32 = 1

    /// What Postseal reads of a certificate of the path, which may be one of the anchors.
    private static func parts(_ certificate: OpaquePointer?) -> CertificateParts? {
        guard let certificate = unsafe certificate else { return nil }
        var output: UnsafeMutablePointer<UInt8>?
        let length = unsafe i2d_X509(certificate, &output)
        guard length > 0, let octets = unsafe output else { return nil }
        defer { unsafe CRYPTO_free(octets, #fileID, #line) }
        return try? CertificateParts(reading: unsafe Array(UnsafeBufferPointer(start: octets, count: Int(length))))
    }
}

extension ChainVerdict {
    /// What libcrypto's number for a failure means to mail.
    fileprivate init(code: Int32, depth: Int, certificate: CertificateParts?) {
        let text = unsafe X509_verify_cert_error_string(Int(code)).map { unsafe String(cString: $0) } ?? "error \(code)"
        switch code {
        case X509_V_ERR_CERT_HAS_EXPIRED: self = .expired(depth: depth, notAfter: certificate?.notAfter)
        case X509_V_ERR_CERT_NOT_YET_VALID: self = .notYetValid(depth: depth, notBefore: certificate?.notBefore)
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_SIGNATURE_FAILURE,
            X509_V_ERR_CERT_UNTRUSTED, X509_V_ERR_CERT_REJECTED:
            self = .notTrusted(depth: depth, text: text)
        default: self = .invalid(depth: depth, text: text)
        }
    }
}
