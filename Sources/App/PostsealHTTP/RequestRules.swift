internal import NIOHTTP1

/// What is asked of a request before anybody looks at what it wants.
enum RequestRules {
    /// Why a request is refused by its fields alone. A connection on which that happened is closed.
    static func refusal(_ head: HTTPRequestHead, settings: HTTPServiceSettings) -> HTTPRefusal? {
        guard head.version == .http1_1 || head.version == .http1_0 else { return .otherVersion }
        guard head.uri.utf8.count <= settings.targetOctetsMax else {
            return HTTPRefusal(414, "the target of the request is longer than \(settings.targetOctetsMax) octets")
        }
        // A tunnel: what comes behind would not be HTTP.
        guard head.method != .CONNECT else { return HTTPRefusal(501, "this server is no proxy") }
        var hosts = 0
        var lengths = 0
        var codings: [String] = []
        var expectations: [String] = []
        for (name, value) in head.headers {
            switch name.utf8.count {
            case 4 where name.lowercased() == "host": hosts += 1
            case 6 where name.lowercased() == "expect": expectations.append(value.lowercased())
            case 14 where name.lowercased() == "content-length": lengths += 1
            case 17 where name.lowercased() == "transfer-encoding": codings.append(value.lowercased())
            default: break
            }
        }
        // RFC 9112 §3.2.
        guard hosts == 1 || (hosts == 0 && head.version == .http1_0) else {
            return HTTPRefusal(400, "the request has no Host field, or several")
        }
        // RFC 9112 §6.1, §6.3: where two programs could see different ends of a request, one could slip another by.
        guard lengths + codings.count <= 1 else {
            return HTTPRefusal(400, "the length of the request is said in more than one way")
        }
        if let coding = codings.first {
            guard head.version == .http1_1 else { return HTTPRefusal(400, "HTTP/1.0 has no transfer codings") }
            guard coding == "chunked" else { return HTTPRefusal(501, "the only transfer coding here is chunked") }
        }
        guard expectations.allSatisfy({ $0 == "100-continue" }) else {
            return HTTPRefusal(417, "the only expectation that can be met is 100-continue")
        }
        return nil
    }

    /// What the decoder's complaint is to the client.
    static func refusal(_ error: HTTPParserError?) -> HTTPRefusal {
        switch error {
        case .headerOverflow: .tooManyFields
        case .invalidVersion: .otherVersion
        default: .broken
        }
    }

    /// RFC 9110 §10.1.1: whether the client waits to be told that its message is wanted.
    static func wantsContinue(_ head: HTTPRequestHead, settings: HTTPServiceSettings) -> Bool {
        guard head.version == .http1_1, head.headers.contains(name: "Expect") else { return false }
        guard let length = head.headers.first(name: "Content-Length").flatMap({ Int($0) }) else { return true }
        return length <= settings.messageOctetsMax
    }
}
