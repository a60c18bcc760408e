internal import Certificates
internal import MailNames
internal import Sockets

extension Completion {
    /// Limit: a larger file of authorities is none. The system's has some 200 KB.
    static let authoritiesOctetsMax = 8 << 20

    /// Reads the authorities, and looks whether what is switched on can work.
    mutating func completeTransport(_ transport: inout TransportSettings) {
        if !draft.authorities.isEmpty { transport.authorities = authorities() }
        let relayKeys = ["transport.relay.certificate", "transport.relay.key"]
        if transport.relay.listeners.isEmpty {
            for key in relayKeys where reading.place(of: key) != nil {
                reading.warning("has no effect without transport.relay.listen", at: place(key), key: key)
            }
        } else if !draft.relayCertificate.isEmpty {
            transport.relay.identity = identity(draft.relayCertificate, draft.relayKey, section: "transport.relay")
        } else if !draft.relayKey.isEmpty {
            let key = "transport.relay.key"
            reading.error("has no meaning without transport.relay.certificate", at: place(key), key: key)
        }
        for isV4 in [true, false] where transport.relay.sources.count(where: { $0.isV4 == isV4 }) > 1 {
            let key = "transport.relay.source-addresses"
            reading.error("two addresses of IPv\(isV4 ? 4 : 6), where one can be used", at: place(key), key: key)
        }
        if !transport.isUsed {
            for key in ["transport.dane", "transport.mta-sts", "transport.mta-sts-cache"]
            where reading.place(of: key) != nil {
                reading.warning(
                    "has no effect, because nobody asks: set transport.socketmap.listen or "
                        + "transport.relay.listen", at: place(key), key: key)
            }
        } else if !transport.usesDANE, !transport.usesMTASTS {
            reading.warning(
                "with transport.dane and transport.mta-sts both off, no server has to prove anything",
                at: place("transport.mta-sts"), key: "transport.mta-sts")
        }
    }

    /// Looks whether what reports need is there.
    mutating func completeReports(
        _ transport: inout TransportSettings, _ store: ReportStoreLocation, name: String
    ) {
        let listen = "transport.tls-reports.listen"
        transport.reports.listeners = listeners(draft.tlsReportListeners, key: listen)
        for draft in draft.tlsReportListeners {
            guard let address = draft.address, case .tcp = address else { continue }
            reading.error("Postfix writes to a Unix socket, not to \(address)", at: draft.place, key: listen)
        }
        if transport.reports.organization.isEmpty { transport.reports.organization = name }
        // RFC 8460 §5.1: where several machines share a database their reports must not be taken for one.
        if transport.reports.node.isEmpty, case .postgreSQL = store {
            transport.reports.node = name.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
        }
        guard !transport.reports.isUsed else {
            if transport.reports.listeners.isEmpty, transport.relay.listeners.isEmpty {
                reading.warning(
                    "nothing is counted: set transport.tls-reports.listen for Postfix, or transport.relay.listen",
                    at: place("transport.tls-reports.contact"), key: "transport.tls-reports.contact")
            }
            return
        }
        for key in ["listen", "organization", "node", "folder", "keep", "size"].map({ "transport.tls-reports.\($0)" })
        where reading.place(of: key) != nil {
            reading.warning(
                "has no effect without transport.tls-reports.contact, whom people can ask about the reports",
                at: place(key), key: key)
        }
    }

    private mutating func authorities() -> TrustAnchors? {
        let key = "transport.certificate-authorities"
        guard let content = content(of: draft.authorities, key: key, octetsMax: Self.authoritiesOctetsMax) else {
            return nil
        }
        do throws(CertificateError) {
            let certificates = try Certificate.list(pem: content.octets)
            guard !certificates.isEmpty else {
                reading.error("\(draft.authorities) has no certificate", at: place(key), key: key)
                return nil
            }
            return TrustAnchors(certificates)
        } catch {
            reading.error("\(draft.authorities) is no file of certificates: \(error)", at: place(key), key: key)
            return nil
        }
    }
}
