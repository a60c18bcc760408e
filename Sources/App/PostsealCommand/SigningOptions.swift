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
        let name = try Self.domain(domain)
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

    /// RFC 6376 §3.5: what stands in `d=` is a host name with a dot in it.
    static func domain(_ text: String) throws -> DomainName {
        let name = try DMARCCommand.name(text)
        guard name.isHostName, name.labelCount >= 2 else {
            throw CommandFailure("'\(text)' is no signing domain: it must be a host name of two labels or more")
        }
        return name
    }

    /// RFC 6376 §3.1: a selector has the form of a domain name.
    static func selector(_ text: String) throws -> DomainName {
        let name: DomainName
        do {
            name = try DomainName(mailDomain: text)
        } catch {
            throw CommandFailure("'\(text)' is no selector: \(error)")
        }
        guard name.isHostName else {
            throw CommandFailure("'\(text)' is no selector: character that no host name has")
        }
        return name
    }

    /// Holds a key against its published record.
    func check(_ key: DKIMSigningKey, resolver: some Resolver) async throws {
        if let misfit = await key.misfit(resolver: resolver) {
            throw CommandFailure("selector \(key.selector.text) of \(key.domain.text): \(misfit.description)")
        }
    }
}
