internal import DNS
internal import MailNames

/// Where a host can be reached.
struct HTTPSAddresses: Sendable {
    var answers: [DNSAnswer] = []
    /// In the order in which they are tried.
    var usable: [IPAddress] = []
    var refused: [IPAddress] = []
    /// Why there are none.
    var failure: HTTPSFetchFailure?

    /// - Parameter answers: for AAAA and A, if both came in time.
    init(_ answers: [DNSAnswer], _ options: HTTPSFetchOptions) {
        self.answers = answers
        let rule = HTTPSAddressRule(allowed: options.allowedNetworks)
        for address in Self.inTurn(answers.map(\.addresses)) {
            if rule.refusal(of: address) == nil { usable.append(address) } else { refused.append(address) }
        }
        usable = Array(usable.prefix(max(options.addressesMax, 1)))
        refused = Array(refused.prefix(Self.refusedMax))
        guard usable.isEmpty else { return }
        failure =
            if !refused.isEmpty {
                .privateAddress(refused)
            } else if answers.count < HTTPSFetcher.addressTypes.count {
                .timeout(.dns)
            } else if let failed = answers.first(where: { $0.status.isFailure }) {
                // Where one of the two answers is missing, there may be addresses.
                .dns(failed.status)
            } else {
                .dns(answers.first?.status ?? .noError)
            }
    }

    /// Refused addresses that are told of.
    private static let refusedMax = 16

    /// RFC 8305 §4: one of each family in turn, so that a family that does not work costs one attempt.
    static func inTurn(_ families: [[IPAddress]]) -> [IPAddress] {
        var result: [IPAddress] = []
        var seen: Set<IPAddress> = []
        for index in 0..<(families.map(\.count).max() ?? 0) {
            for family in families where index < family.count && seen.insert(family[index]).inserted {
                result.append(family[index])
            }
        }
        return result
    }
}

extension HTTPSFetcher {
    /// What is asked, in the order of preference.
    static let addressTypes: [DNSRecordType] = [.aaaa, .a]

    /// Asks for both families at once. What did not come in time is done without.
    func addresses(of resource: HTTPSResource) async -> HTTPSAddresses {
        let limit = min(options.dnsTimeout, options.totalTimeout)
        let answers = await withTaskGroup(of: DNSAnswer?.self) { group in
            for type in Self.addressTypes {
                group.addTask { await resolver.answer(DNSQuestion(resource.host, type)) }
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            var answers: [DNSAnswer] = []
            for await answer in group {
                guard let answer else { break }
                answers.append(answer)
                if answers.count == Self.addressTypes.count { break }
            }
            group.cancelAll()
            return answers
        }
        let ordered = Self.addressTypes.compactMap { type in answers.first { $0.question.type == type } }
        var found = HTTPSAddresses(ordered, options)
        if Task.isCancelled { found.failure = .cancelled }
        return found
    }
}
