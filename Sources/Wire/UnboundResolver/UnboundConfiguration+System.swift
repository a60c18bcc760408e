internal import CUnbound
internal import Glibc
internal import MailNames

extension UnboundConfiguration {
    /// Settles what depends on the system's files and network.
    ///
    /// - Throws: where a file that was named can't be read, or the trust anchor's has no anchor in it.
    func settled() throws(UnboundResolverError) -> SettledConfiguration {
        var forwarders = servers
        if forwarders.isEmpty, let systemServersFile, let text = SystemFile.text(systemServersFile) {
            forwarders = Self.nameServers(resolvConf: text)
        }
        if let rootHintsFile, SystemFile.text(rootHintsFile) == nil {
            throw UnboundResolverError("cannot read the root hints \(rootHintsFile)")
        }
        var anchor: TrustAnchor?
        if validation != .off { anchor = try Self.anchor(named: trustAnchorFile) }
        if anchor == nil, validation == .required {
            throw UnboundResolverError("DNSSEC validation is required, but no trust anchor file was found")
        }
        let asked = forwarders + zoneServers.flatMap(\.servers)
        let usesIPv6 = asked.contains { !$0.address.isV4 } || forwarders.isEmpty && SystemNetwork.hasIPv6Route
        return SettledConfiguration(
            options: self, forwarders: forwarders, anchor: anchor,
            mayGiveUpProof: validation == .automatic && trustAnchorFile == nil, usesIPv6: usesIPv6,
            descriptorsMax: SystemLimits.descriptorsMax)
    }

    private static func anchor(named file: String?) throws(UnboundResolverError) -> TrustAnchor? {
        guard let file else {
            for file in systemTrustAnchorFiles {
                if let text = SystemFile.text(file), let zone = TrustAnchor.zone(text) {
                    return TrustAnchor(file: file, zone: zone)
                }
            }
            return nil
        }
        guard let text = SystemFile.text(file) else {
            throw UnboundResolverError("cannot read the trust anchor \(file)")
        }
        guard let zone = TrustAnchor.zone(text) else {
            throw UnboundResolverError("\(file) has no DS or DNSKEY record to start DNSSEC proofs from")
        }
        return TrustAnchor(file: file, zone: zone)
    }

    /// The name servers of a resolv.conf(5), at most eight; lines that have no address are passed over, as libc does.
    static func nameServers(resolvConf text: String) -> [ServerAddress] {
        var servers: [ServerAddress] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.count >= 2, words[0] == "nameserver", let address = IPAddress(String(words[1]))
            else { continue }
            servers.append(ServerAddress(address))
            if servers.count == 8 { break }
        }
        return servers
    }
}

/// A file of trust anchors and the zone that they are for.
struct TrustAnchor: Hashable, Sendable {
    var file: String
    var zone: DomainName

    /// The owner of the first DS or DNSKEY record in a zone file; nil without one.
    static func zone(_ text: String) -> DomainName? {
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.prefix { $0 != ";" }.split(whereSeparator: { $0 == " " || $0 == "\t" }).prefix(4)
            guard let owner = words.first,
                words.dropFirst().contains(where: { ["DS", "DNSKEY"].contains($0.uppercased()) })
            else { continue }
            return try? DomainName(presentation: String(owner))
        }
        return nil
    }
}

/// Small text files of the system.
enum SystemFile {
    /// Longer files are refused: none of those we read comes near.
    static let octetsMax = 1 << 20

    /// The file's text, wrong UTF-8 repaired; nil if it can't be read.
    static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var octets: [UInt8] = []
        var isDone = false
        while !isDone {
            let chunk = [UInt8](unsafeUninitializedCapacity: 16_384) { buffer, count in
                count = max(0, read(descriptor, buffer.baseAddress, 16_384))
            }
            octets += chunk
            isDone = chunk.isEmpty
            if octets.count > octetsMax { return nil }
        }
        return String(decoding: octets, as: UTF8.self)
    }
}

enum SystemLimits {
    /// How many descriptors this process may have open; 1024 where the system does not say.
    static var descriptorsMax: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        return Int(clamping: limit.rlim_cur)
    }
}

/// What the network can do, as far as the kernel knows.
enum SystemNetwork {
    /// Whether there is a way to the rest of the world over IPv6. Nothing is sent.
    static var hasIPv6Route: Bool {
        let descriptor = socket(AF_INET6, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = UInt16(53).bigEndian
        // a.root-servers.net, as good as any address out there.
        guard inet_pton(AF_INET6, "2001:503:ba3e::2:30", &address.sin6_addr) == 1 else { return false }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in6>.size)) == 0
            }
        }
    }
}
