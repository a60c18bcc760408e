internal import DKIM
internal import MailCrypto
internal import MailNames

/// Reads private keys, each file once. What is in them is never shown.
struct KeyFiles {
    /// Limit: more text than any key file has.
    static let octetsMax = 128 << 10
    /// RFC 8301 §3.2: signers use at least 2048 bits.
    static let rsaBitsMin = 2048
    /// Others may do nothing, the group may only read.
    static let forbiddenMode: UInt16 = 0o037

    private enum Outcome {
        case key(DKIMPrivateKey)
        case complaint(String)
    }

    private let files: any ConfigurationFiles
    private var outcomes: [String: Outcome] = [:]

    init(files: any ConfigurationFiles) { self.files = files }

    /// The key of a draft; nil, with a complaint, if it cannot be used.
    mutating func key(_ draft: KeyDraft, named key: String, _ reading: inout Reading) -> DKIMPrivateKey? {
        guard !draft.file.isEmpty else { return nil }
        let outcome = outcomes[draft.file] ?? load(draft.file)
        outcomes[draft.file] = outcome
        switch outcome {
        case .complaint(let text):
            reading.error(text, at: draft.filePlace, key: key)
            return nil
        case .key(let privateKey):
            if case .rsa(let rsa) = privateKey, rsa.bits < Self.rsaBitsMin {
                reading.warning(
                    "\(draft.file) is an RSA key of \(rsa.bits) bits, which others may not accept any more; "
                        + "make one of "
                        + "\(Self.rsaBitsMin)", at: draft.filePlace, key: key)
            }
            return privateKey
        }
    }

    private func load(_ path: String) -> Outcome {
        let content: FileContent
        do throws(FileError) {
            content = try files.read(path, octetsMax: Self.octetsMax)
        } catch {
            return .complaint("cannot read \(path): \(error.description)")
        }
        if let complaint = Self.complaint(path, content.mode) { return .complaint(complaint) }
        do throws(KeyError) {
            return .key(try DKIMPrivateKey(pem: content.octets))
        } catch {
            return .complaint("\(path) holds no usable private key: \(error.description)")
        }
    }

    /// What is wrong with the permissions of a key's file; nil if nothing is.
    static func complaint(_ path: String, _ mode: UInt16) -> String? {
        guard mode & forbiddenMode != 0 else { return nil }
        let octal = String(mode, radix: 8)
        let who = mode & 0o007 != 0 ? "everybody on this machine" : "its group"
        let what = mode & 0o044 & (mode & 0o007 != 0 ? 0o007 : 0o070) != 0 && mode & 0o022 == 0 ? "read" : "change"
        let good = mode & 0o040 != 0 ? "640" : "600"
        return "\(path) has mode 0\(octal), so that \(who) can \(what) the key: chmod \(good) \(path)"
    }
}

/// Selectors that were given already: under one name only one key can be published.
struct SelectorTable {
    private struct Name: Hashable {
        var domain: DomainName
        var selector: DomainName
    }

    private var known: [Name: KeyDraft] = [:]

    /// Adds the keys of a rule and says what is wrong with them.
    ///
    /// - Parameter domain: the domain they sign for; nil: that of each author.
    mutating func add(
        _ keys: [KeyDraft], of domain: DomainName?
    ) -> [(text: String, place: ConfigurationProblem.Place)] {
        var complaints: [(text: String, place: ConfigurationProblem.Place)] = []
        var inRule: [DomainName: KeyDraft] = [:]
        for key in keys {
            guard let selector = key.selector else { continue }
            if let earlier = inRule[selector] {
                complaints.append(("'\(selector.text)' is there already\(earlier.place.inWords)", key.place))
                continue
            }
            inRule[selector] = key
            guard let domain else { continue }
            let name = Name(domain: domain, selector: selector)
            if let earlier = known[name], earlier.file != key.file {
                complaints.append(
                    (
                        "'\(selector.text)' of \(domain.text) has another file\(earlier.place.inWords); under one "
                            + "selector one key is published", key.place
                    ))
            }
            known[name] = known[name] ?? key
        }
        return complaints
    }
}

/// Zone files with trust anchors, as far as they are looked at here.
enum TrustAnchorText {
    /// Whether a line has a DS or DNSKEY record.
    static func hasAnchor(_ octets: [UInt8]) -> Bool {
        String(decoding: octets, as: UTF8.self).split(whereSeparator: \.isNewline).contains { line in
            line.prefix { $0 != ";" }.split(whereSeparator: { $0 == " " || $0 == "\t" }).prefix(4).dropFirst()
                .contains { ["DS", "DNSKEY"].contains($0.uppercased()) }
        }
    }
}
