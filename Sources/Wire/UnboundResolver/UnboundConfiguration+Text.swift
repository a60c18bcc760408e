internal import MailNames

/// A configuration with everything settled that depends on the system: whom to ask, and what proofs start from.
struct SettledConfiguration: Sendable {
    var options: UnboundConfiguration
    /// Empty: ask from the root downwards.
    var forwarders: [ServerAddress]
    /// Nil: nothing is validated.
    var anchor: TrustAnchor?
    /// Whether to do without validation where it can't work.
    var mayGiveUpProof: Bool
    var usesIPv6: Bool
    /// How many descriptors the process may have.
    var descriptorsMax: Int
}

extension SettledConfiguration {
    /// The configuration in libunbound's own language, unbound.conf(5).
    ///
    /// - Throws: where a name or path has characters that the language has no room for.
    func text(validating: Bool) throws(UnboundResolverError) -> String {
        var lines = ["server:"]
        func set(_ name: String, _ value: some CustomStringConvertible) { lines.append("  \(name): \(value)") }
        func set(_ name: String, _ value: Bool) { set(name, value ? "yes" : "no") }
        // Errors come back as results; a library does not write to its host's standard error.
        set("logfile", "\"/dev/null\"")
        set("module-config", validating ? "\"validator iterator\"" : "\"iterator\"")
        set("do-ip6", usesIPv6)
        set("do-not-query-localhost", !asksLoopback)
        set("outgoing-range", max(16, min(options.outgoingSocketsMax, descriptorsMax / 4)))
        set("outgoing-num-tcp", max(1, options.outgoingConnectionsMax))
        setCaches(&lines)
        setPatience(&lines)
        if let file = options.rootHintsFile { set("root-hints", try Self.quoted(file)) }
        // Answers made up from cached denials (RFC 8198) hide a record that was published a minute ago. And libunbound
        // 1.17 keeps those made up from wildcards in one bucket of its hash table: with ten thousand of them, each
        // look-up takes a millisecond of the processor, at the will of whoever owns a signed zone with a wildcard.
        set("aggressive-nsec", false)
        // RFC 8145 signals are for resolvers of their own standing, not for one inside a mail filter.
        set("trust-anchor-signaling", false)
        if !forwarders.isEmpty || !options.zoneServers.isEmpty {
            // Whoever names servers wants their answer, also about private networks and reserved names: internal
            // reverse zones, a test zone.
            set("unblock-lan-zones", true)
            for zone in ["test.", "home.arpa.", "invalid."] { set("local-zone", "\"\(zone)\" nodefault") }
        }
        for zone in options.insecureZones { set("domain-insecure", try Self.quoted(zone)) }
        for entry in options.zoneServers where !entry.servers.isEmpty {
            try addForwardZone(entry.zone, entry.servers, to: &lines)
        }
        if !forwarders.isEmpty { try addForwardZone(.root, forwarders, to: &lines) }
        return lines.joined(separator: "\n") + "\n"
    }

    private var asksLoopback: Bool {
        // Asking from the root downwards, a name server at 127.0.0.1 is nonsense or an attack, unless the root
        // servers themselves are ours.
        if forwarders.isEmpty { return options.rootHintsFile != nil || options.zoneServers.contains { $0.isLocal } }
        return true
    }

    private func setCaches(_ lines: inout [String]) {
        let octets = max(1 << 20, options.cacheOctetsMax)
        // unbound.conf(5): twice as much for record sets as for messages, which only refer to them.
        lines.append("  rrset-cache-size: \(octets / 2)")
        lines.append("  msg-cache-size: \(octets / 4)")
        lines.append("  key-cache-size: \(octets / 8)")
        lines.append("  neg-cache-size: \(octets / 8)")
        lines.append("  cache-max-negative-ttl: \(max(0, options.negativeSecondsMax))")
    }

    /// How long libunbound itself goes on with servers that don't answer, after the caller has given up. Its own
    /// defaults make that minutes, and take a server that was silent for a moment out of use for a quarter of an
    /// hour; a mail server with one forwarder needs it back as soon as it answers.
    ///
    /// Its own patience with a server that was fast before is that of a twentieth of a second, doubled with each try,
    /// and an answer to an earlier try counts for nothing: a forwarder that answers from its cache most of the time
    /// would be given up before it has found out anything new. So tries wait for 0.4, 0.8, 1.6, 3.2 and 4 seconds.
    private func setPatience(_ lines: inout [String]) {
        lines.append("  outbound-msg-retry: 5")
        lines.append("  infra-cache-min-rtt: 400")
        lines.append("  infra-cache-max-rtt: 4000")
        lines.append("  infra-host-ttl: 15")
        lines.append("  infra-keep-probing: yes")
        lines.append("  val-bogus-ttl: 30")
    }

    private func addForwardZone(
        _ zone: DomainName, _ servers: [ServerAddress], to lines: inout [String]
    ) throws(UnboundResolverError) {
        lines.append("forward-zone:")
        lines.append("  name: \(zone.isRoot ? "\".\"" : try Self.quoted(zone))")
        for server in servers { lines.append("  forward-addr: \(server.address.text)@\(server.port)") }
    }

    private static func quoted(_ zone: DomainName) throws(UnboundResolverError) -> String {
        guard zone.isHostName else { throw UnboundResolverError("zone name '\(zone.text)' is no host name") }
        return "\"\(zone.text).\""
    }

    private static func quoted(_ path: String) throws(UnboundResolverError) -> String {
        guard path.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != 0x7F }) else {
            throw UnboundResolverError("file name with quotes or control characters")
        }
        return "\"\(path)\""
    }
}

extension ZoneServers {
    fileprivate var isLocal: Bool { servers.contains { $0.isLoopback } }
}
