// IANA's registry of e-mail authentication methods, as far as reading needs it.

extension MethodResult {
    /// The registered results of a registered method; nil for any other method.
    static func registeredResults(of method: String) -> [String]? {
        switch method {
        // RFC 8601 §2.7.1; RFC 7281 for S/MIME; DomainKeys is historic.
        case "dkim", "domainkeys", "smime":
            ["none", "pass", "fail", "policy", "neutral", "temperror", "permerror"]
        // RFC 8601 §2.7.2; Sender ID is historic.
        case "spf", "sender-id":
            ["none", "pass", "fail", "softfail", "policy", "neutral", "temperror", "permerror"]
        // RFC 9989 §9.2; RFC 8601 §2.7.4; RFC 6212; RFC 6541.
        case "dmarc", "auth", "vbr", "dkim-atps":
            ["none", "pass", "fail", "temperror", "permerror"]
        // RFC 8617 §10.1.
        case "arc": ["none", "pass", "fail"]
        // RFC 8601 §2.7.3.
        case "iprev": ["pass", "fail", "temperror", "permerror"]
        // RFC 8904.
        case "dnswl": ["pass", "none", "temperror", "permerror"]
        // RFC 7293 §15.
        case "rrvs": ["none", "unknown", "temperror", "permerror", "pass", "fail"]
        // RFC 5617, historic.
        case "dkim-adsp":
            ["none", "pass", "unknown", "fail", "discard", "nxdomain", "temperror", "permerror"]
        // The draft of BIMI, "Authentication-Results" chapter.
        case "bimi": ["pass", "none", "fail", "temperror", "declined", "skipped"]
        default: nil
        }
    }

    /// Whether a consumer may act on the result: a registered method in version 1 with a registered result.
    ///
    /// RFC 8601 §4.1: results and methods outside the registry must be ignored.
    public var isRegistered: Bool {
        methodVersion == 1 && Self.registeredResults(of: method)?.contains(result) == true
    }
}

extension AuthenticationResultsField {
    /// The results that a consumer may act on (RFC 8601 §2.3, §2.6, §4.1): unregistered methods and results, other
    /// method versions, and properties of unregistered types are left out.
    public var usableResults: [MethodResult] {
        results.filter(\.isRegistered).map { result in
            var result = result
            result.properties.removeAll { !$0.type.isRegistered }
            return result
        }
    }
}
