internal import ArgumentParser
internal import DKIM
internal import DNS
internal import MailNames

/// The domain and keys of commands that sign.
struct SigningOptions: ParsableArguments {
    @Option(name: .customLong("domain"), help: ArgumentHelp("The signing domain, d=.", valueName: "domain"))
    var domain: String

    @Option(
        name: .customLong("selector"), parsing: .singleValue,
        help: ArgumentHelp("The selector of the key that follows, s=.", valueName: "selector"))
    var selectors: [String] = []

    @Option(
        name: .customLong("key"), parsing: .singleValue,
        help: ArgumentHelp("File with the private key, PEM: RSA or Ed25519.", valueName: "file"))
    var keyFiles: [String] = []

    func validate() throws {
        guard !selectors.isEmpty else { throw ValidationError("--selector is missing") }
        guard selectors.count == keyFiles.count else {
            throw ValidationError(
                "each --selector needs its own --key: there are \(selectors.count) selectors and \(keyFiles.count) keys"
            )
        }
        guard Set(selectors.map { $0.lowercased() }).count == selectors.count else {
            throw ValidationError("a selector is given twice; each key is published under its own")
        }
    }

    /// The keys in the order given.
    func keys() throws -> [DKIMSigningKey] {
        let name = try DMARCCommand.name(domain)
        return try zip(selectors, keyFiles).map { selector, path in
            let privateKey: DKIMPrivateKey
            do {
                privateKey = try DKIMPrivateKey(pem: try FileInput.read(path))
            } catch let failure as CommandFailure {
                throw failure
            } catch {
                throw CommandFailure("\(path) holds no usable private key: \(error)")
            }
            return DKIMSigningKey(domain: name, selector: try Self.selector(selector), privateKey: privateKey)
        }
    }

    static func selector(_ text: String) throws -> DomainName {
        do {
            return try DomainName(mailDomain: text)
        } catch {
            throw CommandFailure("'\(text)' is no selector: \(error)")
        }
    }

    /// Holds a key against its published record.
    func check(_ key: DKIMSigningKey, resolver: some Resolver) async throws {
        if let misfit = await key.misfit(resolver: resolver) {
            throw CommandFailure("selector \(key.selector.text) of \(key.domain.text): \(misfit.description)")
        }
    }
}
