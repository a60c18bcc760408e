// swift-tools-version: 6.2
import PackageDescription

// Every target is built in Swift 6 mode with warnings as errors. The floors of ARCHITECTURE.md are
// held twice: here by the dependency lists, and in Tests/TidyTests by a check of the imports.

let everywhere: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
]
/// Base and Standards read hostile bytes: unsafe constructs must be marked where they stand.
let memorySafe = everywhere + [.strictMemorySafety()]

func base(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/Base/\(name)",
            swiftSettings: memorySafe)
}

func standard(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/Standards/\(name)",
            swiftSettings: memorySafe)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)",
                swiftSettings: everywhere)
}

let crypto: [Target.Dependency] = [
    .product(name: "Crypto", package: "swift-crypto"),
    .product(name: "CryptoExtras", package: "swift-crypto"),
]

let standards = ["SPF", "DKIM", "DMARC", "ARC", "AuthenticationResults"]

let package = Package(
    name: "postseal",
    products: standards.map { .library(name: $0, targets: [$0]) } + [
        .library(name: "MailFormat", targets: ["MailFormat"]),
        .library(name: "DNS", targets: ["DNS"]),
        .library(name: "PostsealEngine", targets: ["PostsealEngine"]),
        .library(name: "DNSWire", targets: ["DNSWire"]),
        .library(name: "UnboundResolver", targets: ["UnboundResolver"]),
        .library(name: "MilterProtocol", targets: ["MilterProtocol"]),
        .executable(name: "postseal", targets: ["postseal"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // C libraries of the system
        .systemLibrary(name: "CIDN2", path: "Sources/Base/CIDN2", pkgConfig: "libidn2",
                       providers: [.apt(["libidn2-dev"])]),
        .systemLibrary(name: "CLibcrypto", path: "Sources/Base/CLibcrypto", pkgConfig: "libcrypto",
                       providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CUnbound", path: "Sources/Wire/CUnbound", pkgConfig: "libunbound",
                       providers: [.apt(["libunbound-dev", "libevent-dev"])]),

        // Base
        base("MailBytes"),
        base("MailNames", ["MailBytes", "CIDN2"]),
        base("DNS", ["MailBytes", "MailNames"]),
        base("Trace", ["DNS", "MailBytes", "MailNames"]),
        base("MailFormat", ["MailBytes", "MailNames"]),
        base("MailCrypto", ["MailBytes", "CLibcrypto"] + crypto),

        // Standards
        standard("SPF", ["MailBytes", "MailNames", "DNS", "Trace"]),
        standard("DKIM", ["MailBytes", "MailNames", "DNS", "Trace", "MailFormat", "MailCrypto"]),
        standard("DMARC", ["MailBytes", "MailNames", "DNS", "Trace"]),
        standard("AuthenticationResults", ["MailBytes", "MailNames", "MailFormat"]),
        standard("ARC", ["MailBytes", "MailNames", "DNS", "Trace", "MailFormat", "MailCrypto", "DKIM",
                         "AuthenticationResults"]),

        // Engine
        .target(name: "PostsealEngine",
                dependencies: ["MailBytes", "MailNames", "DNS", "Trace", "MailFormat", "MailCrypto", "SPF",
                               "DKIM", "DMARC", "ARC", "AuthenticationResults"],
                path: "Sources/Engine/PostsealEngine", swiftSettings: everywhere),

        // Wire
        // Reads what name servers send: as safe as Base, and apart from libunbound, so that it can be fuzzed alone.
        .target(name: "DNSWire", dependencies: ["MailNames", "DNS"],
                path: "Sources/Wire/DNSWire", swiftSettings: memorySafe),
        .target(name: "UnboundResolver",
                dependencies: ["MailNames", "DNS", "DNSWire", "CUnbound"],
                path: "Sources/Wire/UnboundResolver", swiftSettings: everywhere),
        // Reads what mail servers send.
        .target(name: "MilterProtocol", dependencies: ["MailBytes", "MailNames"],
                path: "Sources/Wire/MilterProtocol", swiftSettings: memorySafe),

        // App
        .target(name: "Rendering", dependencies: ["PostsealEngine", "MailBytes", "MailNames", "DNS", "Trace"]
                    + ["MailFormat"] + standards.map { .byName(name: $0) },
                path: "Sources/App/Rendering", swiftSettings: everywhere),
        .target(name: "PostsealCommand",
                dependencies: ["Rendering", "PostsealEngine", "UnboundResolver", "MailBytes", "MailNames", "DNS",
                               "Trace", "MailFormat", "MailCrypto",
                               .product(name: "ArgumentParser", package: "swift-argument-parser")]
                    + standards.map { .byName(name: $0) },
                path: "Sources/App/PostsealCommand", swiftSettings: everywhere),
        .executableTarget(name: "postseal", dependencies: ["PostsealCommand"],
                          path: "Sources/App/postseal", swiftSettings: everywhere),

        // Tests
        .target(name: "TestSupport", dependencies: ["MailBytes", "MailNames", "DNS"],
                path: "Tests/TestSupport", swiftSettings: everywhere),
        tests("MailBytesTests", ["MailBytes"]),
        tests("MailNamesTests", ["MailNames", "MailBytes"]),
        tests("DNSTests", ["DNS", "MailNames", "MailBytes", "TestSupport"]),
        tests("TraceTests", ["Trace", "DNS", "MailNames"]),
        tests("MailFormatTests", ["MailFormat", "MailNames", "MailBytes", "TestSupport"]),
        tests("MailCryptoTests", ["MailCrypto", "MailBytes", "TestSupport"]),
        tests("SPFTests", ["SPF", "Trace", "DNS", "MailNames", "MailBytes", "TestSupport"]),
        tests("DKIMTests", ["DKIM", "MailCrypto", "MailFormat", "Trace", "DNS", "MailNames", "MailBytes",
                            "TestSupport"]),
        tests("DMARCTests", ["DMARC", "Trace", "DNS", "MailNames", "MailBytes", "TestSupport"]),
        tests("AuthenticationResultsTests", ["AuthenticationResults", "MailFormat", "MailNames", "MailBytes",
                                             "TestSupport"]),
        tests("ARCTests", ["ARC", "DKIM", "AuthenticationResults", "MailCrypto", "MailFormat", "Trace", "DNS",
                           "MailNames", "MailBytes", "TestSupport"]),
        tests("DNSWireTests", ["DNSWire", "DNS", "MailNames", "MailBytes"]),
        tests("UnboundResolverTests",
              ["UnboundResolver", "DNSWire", "DNS", "MailNames", "MailBytes", "TestSupport"]),
        tests("MilterProtocolTests", ["MilterProtocol", "MailNames", "MailBytes", "TestSupport"]),
        tests("PostsealEngineTests", ["PostsealEngine", "AuthenticationResults", "DMARC", "MailFormat", "MailNames",
                                      "MailBytes", "DNS", "TestSupport"]),
        tests("PostsealCommandTests", ["PostsealCommand", "TestSupport",
                                       .product(name: "ArgumentParser", package: "swift-argument-parser")]),
        tests("ConformanceTests", ["MailCrypto", "MailFormat", "Trace", "DNS", "MailNames", "MailBytes",
                                   "TestSupport", .product(name: "Yams", package: "Yams")]
                + standards.map { .byName(name: $0) }),
        tests("TidyTests", ["TestSupport"]),
    ]
)
