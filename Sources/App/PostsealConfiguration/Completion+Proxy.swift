internal import Certificates
internal import Sockets

extension Completion {
    /// Limit: no chain of certificates is longer.
    static let chainOctetsMax = 1 << 20

    /// Reads the certificate and its key, and looks whether the server behind is another one.
    mutating func completeProxy(_ proxy: inout ProxySettings) {
        guard proxy.isUsed else {
            for key in ["server", "certificate", "key"].map({ "proxy.\($0)" }) where reading.place(of: key) != nil {
                reading.warning("has no effect, because nobody is served: set proxy.listen", at: place(key), key: key)
            }
            return
        }
        if proxy.listeners.contains(where: { $0.address == proxy.server && !$0.address.isAnyPort }) {
            reading.error(
                "\(proxy.server) is where the proxy itself listens: mail would go in circles",
                at: place("proxy.server"), key: "proxy.server")
        }
        guard !draft.proxyCertificate.isEmpty else {
            if !draft.proxyKey.isEmpty {
                reading.error("has no meaning without proxy.certificate", at: place("proxy.key"), key: "proxy.key")
            } else {
                reading.warning(
                    "there is no proxy.certificate, so that TLS is not offered and all mail comes in the clear",
                    at: place("proxy.listen"), key: "proxy.listen")
            }
            return
        }
        proxy.identity = identity(draft.proxyCertificate, draft.proxyKey, section: "proxy")
    }

    /// A server's certificate and key, each in a file of its own or both in one.
    mutating func identity(_ certificate: String, _ keyFile: String, section: String) -> ProxySettings.Identity? {
        let chainKey = "\(section).certificate"
        let key = keyFile.isEmpty ? chainKey : "\(section).key"
        let path = keyFile.isEmpty ? certificate : keyFile
        guard let chain = content(of: certificate, key: chainKey, octetsMax: Self.chainOctetsMax),
            let secret = content(of: path, key: key, octetsMax: Self.chainOctetsMax)
        else { return nil }
        if (try? Certificate.list(pem: chain.octets))?.isEmpty != false {
            reading.error("\(certificate) has no certificate in PEM", at: place(chainKey), key: chainKey)
            return nil
        }
        if let complaint = KeyFiles.complaint(path, secret.mode) {
            reading.error(complaint, at: place(key), key: key)
            return nil
        }
        return ProxySettings.Identity(chain: chain.octets, key: secret.octets)
    }
}
