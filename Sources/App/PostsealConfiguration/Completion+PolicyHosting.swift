internal import Certificates
internal import MTASTS
internal import MailNames
internal import Sockets

extension Completion {
    /// Reads what certificates there are, and looks whether policies can be what they are to be.
    mutating func completePolicyHosting(_ hosting: inout PolicyHostingSettings) {
        let section = "mta-sts-hosting"
        hosting.listeners = listeners(draft.policyListeners, key: "\(section).listen", isPublic: true)
        var seen: [DomainName: ConfigurationProblem.Place] = [:]
        for draft in draft.hostedPolicies {
            guard let domain = draft.domain else { continue }
            if let earlier = seen[domain] {
                reading.error(
                    "\(domain.text) has a policy already\(earlier.inWords)", at: draft.place, key: "\(section).domains")
                continue
            }
            seen[domain] = draft.place
            if let hosted = hosted(draft, domain, isServed: !hosting.listeners.isEmpty) {
                hosting.domains.append(hosted)
            }
        }
        if hosting.listeners.isEmpty, !draft.hostedPolicies.isEmpty {
            reading.warning(
                "nobody is served: set mta-sts-hosting.listen", at: place("\(section).domains"),
                key: "\(section).domains")
        } else if !hosting.listeners.isEmpty, draft.hostedPolicies.isEmpty {
            reading.warning(
                "there is nothing to serve: set mta-sts-hosting.domains", at: place("\(section).listen"),
                key: "\(section).listen")
        }
    }

    private mutating func hosted(
        _ policy: HostedPolicyDraft, _ domain: DomainName, isServed: Bool
    ) -> PolicyHostingSettings.Hosted? {
        let key = "mta-sts-hosting.domains"
        // RFC 8461 §3.2: without an mx, only mode "none" is a policy.
        guard policy.mode == .none || !policy.patterns.isEmpty else {
            reading.error(
                "the policy of \(domain.text) names no servers: set 'mx', or 'mode: none'", at: policy.place,
                key: "\(key).mx")
            return nil
        }
        guard let host = MTASTSPolicy.host(for: domain) else {
            reading.error("\(domain.text) is too long to have a policy host", at: policy.place, key: "\(key).domain")
            return nil
        }
        let isOwn = !policy.certificate.isEmpty
        if !isOwn, !policy.key.isEmpty {
            reading.error("has no meaning without 'certificate' beside it", at: policy.place, key: "\(key).key")
        }
        let certificate = isOwn ? policy.certificate : draft.policyCertificate
        let keyFile = isOwn ? policy.key : draft.policyKey
        let hosted = PolicyHostingSettings.Hosted(
            domain: domain, host: host,
            policy: MTASTSPolicy(
                mode: policy.mode, maxAgeSeconds: Int(policy.maxAge.components.seconds), mxPatterns: policy.patterns),
            certificatePath: certificate, keyPath: keyFile.isEmpty ? certificate : keyFile)
        guard isServed else { return hosted }
        guard !certificate.isEmpty else {
            reading.error(
                "there is no certificate for \(host.text): set mta-sts-hosting.certificate, or 'certificate' here",
                at: policy.place, key: "\(key).certificate")
            return nil
        }
        return canRead(hosted, isOwn ? key : "mta-sts-hosting") ? hosted : nil
    }

    private mutating func canRead(_ hosted: PolicyHostingSettings.Hosted, _ section: String) -> Bool {
        let hasKeyFile = hosted.keyPath != hosted.certificatePath
        guard
            let chain = content(
                of: hosted.certificatePath, key: "\(section).certificate", octetsMax: Self.chainOctetsMax),
            let secret = content(
                of: hosted.keyPath, key: hasKeyFile ? "\(section).key" : "\(section).certificate",
                octetsMax: Self.chainOctetsMax)
        else { return false }
        if (try? Certificate.list(pem: chain.octets))?.isEmpty != false {
            reading.error(
                "\(hosted.certificatePath) has no certificate in PEM", at: place("\(section).certificate"),
                key: "\(section).certificate")
            return false
        }
        if let complaint = KeyFiles.complaint(hosted.keyPath, secret.mode) {
            reading.error(complaint, at: place("\(section).key"), key: "\(section).key")
            return false
        }
        return true
    }
}
