internal import DKIM
internal import MailCrypto
internal import MailFormat

// RFC 8617 §5.1.1: a seal covers the sets in rising order, in each the results, the message signature and the seal.

extension ARCChain {
    /// Adds whole sets from the first on. Of each field the first is taken: the structure must have been validated.
    func addSets(upTo instance: Int, to hash: inout DKIMHeaderHash) {
        for set in sets.prefix(max(0, instance)) {
            addContent(of: set, to: &hash)
            if let seal = set.seals.first { hash.add(header.fields[seal.position], of: header) }
        }
    }

    /// The hash for each seal, from the first. What seals have in common is hashed once.
    func sealDigests(_ seals: [ARCSeal]) -> [SHA256Digest] {
        // RFC 8617 §4.1.3: always relaxed.
        var common = DKIMHeaderHash(.relaxed)
        var digests: [SHA256Digest] = []
        for (set, seal) in zip(sets, seals) {
            addContent(of: set, to: &common)
            var hash = common
            hash.add(signatureField: header.fields[seal.position], blanking: seal.blank, of: header)
            digests.append(hash.finish())
            common.add(header.fields[seal.position], of: header)
        }
        return digests
    }

    private func addContent(of set: Fields, to hash: inout DKIMHeaderHash) {
        if let position = set.results.first { hash.add(header.fields[position], of: header) }
        if let signature = set.messageSignatures.first { hash.add(header.fields[signature.position], of: header) }
    }

    /// The octets of all fields in the sets.
    var octets: Int {
        sets.reduce(0) { sum, set in
            let positions = set.results + set.messageSignatures.map(\.position) + set.seals.map(\.position)
            return positions.reduce(sum) { $0 + header.fields[$1].whole.count }
        }
    }
}
