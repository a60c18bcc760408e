public import MailBytes

extension AccountList {
    /// Reads what ``json`` made; nil where it is something else.
    public init?(_ value: JSONValue) {
        guard value["version"]?.integerValue == 1, let values = value["accounts"]?.arrayValue,
            values.count <= Self.countMax
        else { return nil }
        let accounts = values.compactMap { Account($0) }
        guard accounts.count == values.count, Set(accounts.map(\.name)).count == accounts.count else { return nil }
        self.init(accounts.sorted { $0.name < $1.name })
    }

    /// As the file has it.
    public var json: JSONValue { ["version": 1, "accounts": .array(accounts.map(\.json))] }
}

extension Account {
    init?(_ value: JSONValue) {
        guard let name = value["name"]?.stringValue, Self.isName(name),
            let role = value["role"]?.stringValue.flatMap({ Role(rawValue: $0) }),
            let domains = value["domains"]?.arrayValue?.map({ $0.stringValue ?? "" }),
            let read = Self.domains(stored: domains),
            let tokens = value["tokens"]?.arrayValue, tokens.count <= Self.tokensMax,
            let created = value["created"]?.integerValue,
            let generation = value["generation"]?.integerValue.flatMap({ Int(exactly: $0) })
        else { return nil }
        let read1 = tokens.compactMap { AccountToken($0) }
        guard read1.count == tokens.count else { return nil }
        var password: PasswordHash?
        if let text = value["password"]?.stringValue {
            guard let hash = PasswordHash(text) else { return nil }
            password = hash
        }
        self.init(
            name: name, role: role, domains: read, password: password, tokens: read1,
            created: UnixTime(seconds: created), generation: generation)
    }

    var json: JSONValue {
        [
            "name": .string(name), "role": .string(role.rawValue), "domains": .array(domains.map { .string($0) }),
            "password": JSONValue(password?.stored), "created": .integer(created.seconds),
            "generation": .integer(Int64(generation)), "tokens": .array(tokens.map(\.json)),
        ]
    }
}

extension AccountToken {
    init?(_ value: JSONValue) {
        guard let id = value["id"]?.stringValue, let label = value["label"]?.stringValue,
            let hash = value["hash"]?.stringValue.flatMap({ Base64.decode(Array($0.utf8)) }), hash.count == 32,
            let created = value["created"]?.integerValue
        else { return nil }
        self.init(
            id: id, label: label, hash: hash,
            domains: value["domains"]?.arrayValue?.compactMap(\.stringValue), created: UnixTime(seconds: created))
    }

    var json: JSONValue {
        [
            "id": .string(id), "label": .string(label), "hash": .string(Base64.text(hash)),
            "domains": domains.map { .array($0.map { .string($0) }) } ?? .null, "created": .integer(created.seconds),
        ]
    }
}
