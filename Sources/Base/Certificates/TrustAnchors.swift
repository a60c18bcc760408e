/// Whom to believe: the certificates at which a path may end.
///
/// Loaded once and used by any number of checks on any thread; a copy is another name for the same. Each may be a root
/// or any other certificate: a path may end at an intermediate too.
public struct TrustAnchors: Sendable, CustomStringConvertible {
    let store: LibcryptoStore
    /// What they are, for people: `the system's trust anchors`.
    public let description: String

    /// These certificates and no others.
    public init(_ certificates: [Certificate]) {
        store = LibcryptoStore()
        for certificate in certificates { store.add(certificate.object) }
        description = certificates.count == 1 ? "1 trust anchor" : "\(certificates.count) trust anchors"
    }

    /// Those of a file in PEM, such as a bundle of authorities.
    ///
    /// - Throws: where the file can't be read, or has none.
    public init(file path: String) throws(TrustAnchorsError) {
        store = LibcryptoStore()
        guard store.load(file: path), store.count > 0 else { throw TrustAnchorsError(path: path) }
        description = "the trust anchors of \(path)"
    }

    /// Those of a directory whose files are named by hashes, as `openssl rehash` does. They are read when needed.
    ///
    /// - Throws: where libcrypto does not take the directory. What is in it shows only later.
    public init(directory path: String) throws(TrustAnchorsError) {
        store = LibcryptoStore()
        guard store.load(directory: path) else { throw TrustAnchorsError(path: path) }
        description = "the trust anchors of \(path)"
    }

    /// Those of the system: of `SSL_CERT_FILE` and `SSL_CERT_DIR` where the environment has them, else the
    /// distribution's bundle, else libcrypto's own places.
    public static func system() -> TrustAnchors {
        let store = LibcryptoStore()
        store.loadSystem()
        return TrustAnchors(store: store, description: "the system's trust anchors")
    }

    private init(store: LibcryptoStore, description: String) {
        self.store = store
        self.description = description
    }

    /// How many are in memory. Those of a directory are not before they are needed.
    public var loadedCount: Int { store.count }
}

/// Trust anchors that can't be had.
public struct TrustAnchorsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file or directory.
    public var path: String

    public var description: String { "no trust anchors to be read in \(path)" }
}
