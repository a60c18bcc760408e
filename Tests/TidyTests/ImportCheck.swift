/// The floors of the house: what a module may import.
struct ImportCheck {
    enum Floor: String, CaseIterable {
        case base = "Base"
        case standards = "Standards"
        case engine = "Engine"
        case wire = "Wire"
        case app = "App"

        /// The floors whose modules it may import, its own left out.
        var below: Set<Floor> {
            switch self {
            case .base: []
            case .standards: [.base]
            case .engine, .wire: [.base, .standards]
            case .app: [.base, .standards, .engine, .wire]
            }
        }

        /// What from outside it may import; nil for anything.
        var outside: Set<String>? {
            switch self {
            // No Foundation, no sockets, no clocks, no logging.
            case .base, .standards: ["CIDN2", "CLibcrypto", "CZlib", "Crypto", "CryptoExtras", "Synchronization"]
            case .engine: ["Synchronization"]
            case .wire, .app: nil
            }
        }
    }

    /// Standards that build on another standard themselves, and so may import its module.
    static let standardsAllowed: Set<[String]> = [
        ["ARC", "DKIM"], ["ARC", "AuthenticationResults"], ["MailReports", "TLSRPT"],
    ]
    /// Modules that may import something from outside that their floor knows nothing of, and why.
    static let exceptions: [String: [String: String]] = [
        "MailCrypto": ["FoundationEssentials": "the keys of swift-crypto take and give `Data`"]
    ]
    /// What no floor imports: it would hide where names come from, bring what the house does otherwise, or ship what
    /// tests are made of.
    static let forbidden: Set<String> = ["Dispatch", "Darwin", "XCTest", "FuzzTargets", "TestSupport"]

    /// The modules of the house and their floors.
    let floors: [String: Floor]

    /// Learns the modules from paths such as `Sources/Base/DNS/Resolver.swift`.
    init(paths: [String]) {
        var floors: [String: Floor] = [:]
        for path in paths {
            if let (floor, module) = Self.place(path) { floors[module] = floor }
        }
        self.floors = floors
    }

    static func place(_ path: String) -> (floor: Floor, module: String)? {
        let parts = path.split(separator: "/").map(String.init)
        guard parts.count >= 4, parts[0] == "Sources", let floor = Floor(rawValue: parts[1]) else { return nil }
        return (floor, parts[2])
    }

    /// The module of an import on a line of code.
    static func imported(_ line: String) -> String? {
        let words = SwiftText.words(line)
        guard let index = words.firstIndex(of: "import"),
            words[..<index].allSatisfy({ modifiers.contains($0) || $0.hasPrefix("@") })
        else { return nil }
        let rest = words[(index + 1)...].drop { kinds.contains($0) }
        return rest.first
    }

    private static let modifiers: Set<String> = ["public", "package", "internal", "fileprivate", "private"]
    private static let kinds: Set<String> = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]

    func findings(_ file: SwiftText) -> [Finding] {
        guard let (floor, module) = Self.place(file.path) else {
            return [Finding(path: file.path, line: 0, text: "is in no module on one of the five floors")]
        }
        var findings: [Finding] = []
        for (index, line) in file.code.enumerated() {
            guard let other = Self.imported(line), other != module else { continue }
            guard let complaint = complaint(floor, module, other) else { continue }
            findings.append(Finding(path: file.path, line: index + 1, text: complaint))
        }
        return findings
    }

    private func complaint(_ floor: Floor, _ module: String, _ other: String) -> String? {
        if Self.forbidden.contains(other) { return "imports \(other), which no module does" }
        guard let otherFloor = floors[other] else {
            guard let allowed = floor.outside, !allowed.contains(other), Self.exceptions[module]?[other] == nil else {
                return nil
            }
            return "\(module) imports \(other), which \(floor.rawValue) knows nothing of"
        }
        if floor.below.contains(otherFloor) { return nil }
        if otherFloor == floor {
            if floor != .standards || Self.standardsAllowed.contains([module, other]) { return nil }
            return "standard \(module) imports standard \(other), on which it does not build"
        }
        return "\(module) imports \(other), which is not below \(floor.rawValue)"
    }
}
