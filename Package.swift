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

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]

let tls: [Target.Dependency] = [
    .product(name: "NIOSSL", package: "swift-nio-ssl"), .product(name: "NIOTLS", package: "swift-nio"),
]

/// The standards of messages, those of the way between servers, and the reports about both.
let messageStandards = ["SPF", "DKIM", "DMARC", "ARC", "AuthenticationResults"]
let transportStandards = ["DANE", "MTASTS", "TLSRPT"]
let reportStandards = ["MailReports"]
let standards = messageStandards + transportStandards + reportStandards

let package = Package(
    name: "postseal",
    products: standards.map { .library(name: $0, targets: [$0]) } + [
        .library(name: "Certificates", targets: ["Certificates"]),
        .library(name: "MailFormat", targets: ["MailFormat"]),
        .library(name: "MailXML", targets: ["MailXML"]),
        .library(name: "DNS", targets: ["DNS"]),
        .library(name: "PostsealEngine", targets: ["PostsealEngine"]),
        .library(name: "DNSWire", targets: ["DNSWire"]),
        .library(name: "UnboundResolver", targets: ["UnboundResolver"]),
        .library(name: "MilterProtocol", targets: ["MilterProtocol"]),
        .library(name: "MilterServer", targets: ["MilterServer"]),
        .library(name: "SMTPProtocol", targets: ["SMTPProtocol"]),
        .library(name: "Socketmap", targets: ["Socketmap"]),
        // For the package `Fuzz`.
        .library(name: "FuzzTargets", targets: ["FuzzTargets"]),
        .executable(name: "postseal", targets: ["postseal"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        // Without its traits: it would bring swift-configuration and all of Foundation.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        // What Hummingbird's requests and answers are made of.
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // C libraries of the system
        .systemLibrary(name: "CIDN2", path: "Sources/Base/CIDN2", pkgConfig: "libidn2",
                       providers: [.apt(["libidn2-dev"])]),
        .systemLibrary(name: "CLibcrypto", path: "Sources/Base/CLibcrypto", pkgConfig: "libcrypto",
                       providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", path: "Sources/Base/CZlib", pkgConfig: "zlib",
                       providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CUnbound", path: "Sources/Wire/CUnbound", pkgConfig: "libunbound",
                       providers: [.apt(["libunbound-dev", "libevent-dev"])]),
        .systemLibrary(name: "CMalloc", path: "Sources/App/CMalloc"),
        .systemLibrary(name: "CSQLite", path: "Sources/Wire/CSQLite", pkgConfig: "sqlite3",
                       providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CPQ", path: "Sources/Wire/CPQ", pkgConfig: "libpq",
                       providers: [.apt(["libpq-dev"])]),

        // Base
        base("MailBytes"),
        base("MailNames", ["MailBytes", "CIDN2"]),
        base("DNS", ["MailBytes", "MailNames"]),
        base("Trace", ["DNS", "MailBytes", "MailNames"]),
        base("MailFormat", ["MailBytes", "MailNames"]),
        base("MailXML", ["MailBytes", "MailFormat"]),
        base("MailCrypto", ["MailBytes", "CLibcrypto"] + crypto),
        base("Certificates", ["MailBytes", "MailNames", "MailCrypto", "CLibcrypto"]),

        // Standards
        standard("SPF", ["MailBytes", "MailNames", "DNS", "Trace"]),
        standard("DKIM", ["MailBytes", "MailNames", "DNS", "Trace", "MailFormat", "MailCrypto"]),
        standard("DMARC", ["MailBytes", "MailNames", "DNS", "Trace"]),
        standard("AuthenticationResults", ["MailBytes", "MailNames", "MailFormat"]),
        standard("ARC", ["MailBytes", "MailNames", "DNS", "Trace", "MailFormat", "MailCrypto", "DKIM",
                         "AuthenticationResults"]),
        standard("DANE", ["MailBytes", "MailNames", "DNS", "Trace", "MailCrypto", "Certificates"]),
        standard("MTASTS", ["MailBytes", "MailNames", "DNS", "Trace"]),
        standard("TLSRPT", ["MailBytes", "MailNames", "DNS", "Trace"]),
        standard("MailReports", ["MailBytes", "MailNames", "MailFormat", "MailXML", "TLSRPT", "CZlib"]),

        // Engine
        .target(name: "PostsealEngine",
                dependencies: ["MailBytes", "MailNames", "DNS", "Trace", "MailFormat", "MailCrypto", "SPF",
                               "DKIM", "DMARC", "ARC", "AuthenticationResults"],
                path: "Sources/Engine/PostsealEngine", swiftSettings: everywhere),
        // Which proof of who they are the servers of a domain owe us, and how we know.
        .target(name: "TransportPolicy",
                dependencies: ["MailBytes", "MailNames", "DNS", "Trace", "Certificates", "DANE", "MTASTS", "TLSRPT"],
                path: "Sources/Engine/TransportPolicy", swiftSettings: everywhere),

        // Wire
        // Reads what name servers send: as safe as Base, and apart from libunbound, so that it can be fuzzed alone.
        .target(name: "DNSWire", dependencies: ["MailNames", "DNS"],
                path: "Sources/Wire/DNSWire", swiftSettings: memorySafe),
        // Threads of our own, for what waits.
        .target(name: "Threads", path: "Sources/Wire/Threads", swiftSettings: everywhere),
        .target(name: "UnboundResolver",
                dependencies: ["MailNames", "DNS", "DNSWire", "Threads", "CUnbound"],
                path: "Sources/Wire/UnboundResolver", swiftSettings: everywhere),
        // Reads what mail servers send.
        .target(name: "MilterProtocol", dependencies: ["MailBytes", "MailNames"],
                path: "Sources/Wire/MilterProtocol", swiftSettings: memorySafe),

        // Sockets around MilterProtocol.
        .target(name: "MilterServer", dependencies: ["MilterProtocol", "Sockets", "MailBytes", "MailNames"] + nio,
                path: "Sources/Wire/MilterServer", swiftSettings: everywhere),

        // Addresses to listen on, and sockets bound to them.
        .target(name: "Sockets", dependencies: ["Threads", "MailBytes", "MailNames"] + nio,
                path: "Sources/Wire/Sockets", swiftSettings: everywhere),
        // Reads what SMTP clients and servers send.
        .target(name: "SMTPProtocol", dependencies: ["MailBytes", "MailNames"],
                path: "Sources/Wire/SMTPProtocol", swiftSettings: memorySafe),
        // Sockets and TLS around SMTPProtocol.
        .target(name: "SMTPTransport",
                dependencies: ["SMTPProtocol", "Sockets", "Certificates", "MailBytes", "MailNames"] + nio + tls,
                path: "Sources/Wire/SMTPTransport", swiftSettings: everywhere),
        // Postfix's look-ups in tables of others.
        .target(name: "Socketmap", dependencies: ["Sockets", "MailBytes"] + nio,
                path: "Sources/Wire/Socketmap", swiftSettings: everywhere),
        .target(name: "HTTPSFetch",
                dependencies: ["Certificates", "DNS", "MailBytes", "MailNames",
                               .product(name: "NIOHTTP1", package: "swift-nio")] + nio + tls,
                path: "Sources/Wire/HTTPSFetch", swiftSettings: everywhere),

        // Answers to strangers, by HTTPS alone.
        .target(name: "HTTPSServing",
                dependencies: ["Sockets", "Certificates", "MailBytes", "MailNames",
                               .product(name: "NIOHTTP1", package: "swift-nio")] + nio + tls,
                path: "Sources/Wire/HTTPSServing", swiftSettings: everywhere),

        // SQLite and PostgreSQL behind one protocol.
        .target(name: "Databases", dependencies: ["Threads", "CSQLite", "CPQ"],
                path: "Sources/Wire/Databases", swiftSettings: everywhere),

        // App
        .target(name: "PostsealObservability",
                dependencies: ["Threads", "MailBytes", .product(name: "Logging", package: "swift-log")],
                path: "Sources/App/PostsealObservability", swiftSettings: everywhere),
        // Files of the daemon's own state, and which clock may throw away what is old.
        .target(name: "PostsealState", dependencies: ["MailBytes"], path: "Sources/App/PostsealState", swiftSettings: everywhere),
        .target(name: "PostsealSystemd", path: "Sources/App/PostsealSystemd", swiftSettings: everywhere),
        .target(name: "PostsealConfiguration",
                dependencies: ["PostsealEngine", "PostsealObservability", "UnboundResolver", "Certificates", "Databases", "MailBytes",
                               "MailNames", "DNS", "DKIM", "MailCrypto", "MTASTS", "TLSRPT", "Sockets",
                               .product(name: "Yams", package: "Yams")],
                path: "Sources/App/PostsealConfiguration", swiftSettings: everywhere),
        .target(name: "PostsealHTTP",
                dependencies: ["PostsealEngine", "PostsealObservability", "Rendering", "MailBytes", "MailNames",
                               "MailFormat", "DNS", "Sockets", "HTTPSServing",
                               .product(name: "Logging", package: "swift-log"),
                               .product(name: "HummingbirdCore", package: "hummingbird"),
                               .product(name: "HTTPTypes", package: "swift-http-types"),
                               .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                               .product(name: "NIOHTTP1", package: "swift-nio")] + nio,
                path: "Sources/App/PostsealHTTP", swiftSettings: everywhere),
        // In front of a mail server: what comes in over SMTP goes on to it, if the guard lets it.
        .target(name: "PostsealProxy",
                dependencies: ["PostsealEngine", "SMTPTransport", "SMTPProtocol", "Sockets", "MailFormat", "MailNames",
                               "MailBytes"] + nio,
                path: "Sources/App/PostsealProxy", swiftSettings: everywhere),
        // The way of outgoing mail, as the daemon serves it.
        .target(name: "PostsealTransport",
                dependencies: ["TransportPolicy", "DANE", "MTASTS", "TLSRPT", "Certificates", "Socketmap", "HTTPSFetch",
                               "SMTPProtocol", "SMTPTransport", "Sockets", "UnboundResolver", "DNS", "MailNames",
                               "MailFormat", "MailBytes", "MailCrypto", "Trace", "HTTPSServing", "PostsealState"] + nio,
                path: "Sources/App/PostsealTransport", swiftSettings: everywhere),
        // Pages for people about reports and verdicts, accounts that may see them, and the same as JSON.
        .target(name: "PostsealDashboard",
                dependencies: ["PostsealHTTP", "PostsealReports", "PostsealState", "Databases", "Threads", "Rendering", "MailReports",
                               "TLSRPT", "MailCrypto", "MailNames", "MailBytes",
                               .product(name: "HTTPTypes", package: "swift-http-types"),
                               .product(name: "Crypto", package: "swift-crypto"),
                               .product(name: "NIOPosix", package: "swift-nio")],
                path: "Sources/App/PostsealDashboard", swiftSettings: everywhere),
        .target(name: "PostsealDaemon",
                dependencies: ["CMalloc", "PostsealDashboard", "PostsealState", "DANE", "TLSRPT", "Trace",
                               "PostsealProxy", "PostsealReports", "PostsealReportIntake", "MailReports", "PostsealTransport", "SMTPTransport", "SMTPProtocol", "Socketmap",
                               "TransportPolicy", "MTASTS", "HTTPSServing", "Certificates",
                               "HTTPSFetch", "PostsealConfiguration", "PostsealObservability", "PostsealSystemd",
                               "PostsealHTTP", "PostsealEngine", "MilterServer", "MilterProtocol", "Sockets",
                               "UnboundResolver", "Rendering", "PostsealReportSending", "Databases",
                               "MailBytes", "MailNames", "MailFormat", "DNS", "DKIM", "AuthenticationResults", "SPF",
                               "DMARC", "ARC", .product(name: "Logging", package: "swift-log"),
                               .product(name: "UnixSignals", package: "swift-service-lifecycle")] + nio,
                path: "Sources/App/PostsealDaemon", swiftSettings: everywhere),
        .target(name: "PostsealDemo",
                dependencies: ["PostsealDaemon", "PostsealDashboard", "PostsealReports", "MailReports", "PostsealConfiguration",
                               "PostsealEngine", "PostsealObservability", "MilterServer", "MilterProtocol", "Sockets", "MailBytes", "MailNames", "MailFormat",
                               "MailCrypto", "DNS", "DKIM", "ARC", "AuthenticationResults", "UnboundResolver",
                               .product(name: "UnixSignals", package: "swift-service-lifecycle")] + nio,
                path: "Sources/App/PostsealDemo", swiftSettings: everywhere),
        // Reports are kept here, and questions about them answered.
        .target(name: "PostsealReports",
                dependencies: ["Databases", "PostsealEngine", "PostsealState", "DNS", "MailReports", "TLSRPT", "MailFormat", "MailCrypto",
                               "MailNames", "MailBytes"],
                path: "Sources/App/PostsealReports", swiftSettings: everywhere),
        // Verdicts are counted, and our own reports about others made of them and sent.
        .target(name: "PostsealReportSending",
                dependencies: ["Databases", "PostsealEngine", "PostsealState", "DMARC", "SPF", "DKIM", "ARC", "AuthenticationResults", "MailReports",
                               "TLSRPT", "SMTPTransport", "SMTPProtocol", "Sockets", "HTTPSFetch", "Certificates", "DNS", "Trace",
                               "UnboundResolver", "MailFormat", "MailCrypto", "MailNames", "MailBytes"] + nio,
                path: "Sources/App/PostsealReportSending", swiftSettings: everywhere),
        // The ways by which reports come to a daemon.
        .target(name: "PostsealReportIntake",
                dependencies: ["PostsealReports", "PostsealEngine", "MailReports", "AuthenticationResults", "DKIM", "DMARC", "SPF",
                               "SMTPTransport", "SMTPProtocol", "Threads", "DNS", "MailFormat", "MailNames", "MailBytes"] + nio,
                path: "Sources/App/PostsealReportIntake", swiftSettings: everywhere),
        .target(name: "Rendering", dependencies: ["PostsealEngine", "PostsealReports", "MailBytes", "MailNames", "DNS", "Trace"]
                    + ["MailFormat", "TransportPolicy", "Certificates"] + standards.map { .byName(name: $0) },
                path: "Sources/App/Rendering", swiftSettings: everywhere),
        .target(name: "PostsealCommand",
                dependencies: ["CMalloc", "PostsealConfiguration", "PostsealDaemon", "PostsealDemo", "Rendering",
                               "PostsealEngine", "UnboundResolver", "MailBytes", "MailNames", "DNS",
                               "Trace", "MailFormat", "MailCrypto", "Certificates", "TransportPolicy",
                               "HTTPSFetch", "SMTPTransport", "SMTPProtocol", "PostsealTransport", "PostsealReports",
                               "PostsealDashboard", "PostsealState",
                               "PostsealReportSending", "Databases", "Sockets",
                               .product(name: "ArgumentParser", package: "swift-argument-parser")] + nio
                    + standards.map { .byName(name: $0) },
                path: "Sources/App/PostsealCommand", swiftSettings: everywhere),
        .executableTarget(name: "postseal", dependencies: ["PostsealCommand"],
                          path: "Sources/App/postseal", swiftSettings: everywhere),

        // Fuzz targets without a fuzzer: the package `Fuzz` and the tests feed them. Nothing that is shipped needs them.
        .target(name: "FuzzTargets",
                dependencies: ["PostsealDashboard", "PostsealHTTP", "PostsealReports", "PostsealReportIntake",
                               "PostsealConfiguration", "PostsealEngine", "Socketmap", "SMTPProtocol", "MilterProtocol",
                               "DNSWire", "Certificates", "MailXML", "MailCrypto", "MailFormat", "Trace", "DNS", "MailNames",
                               "MailBytes", .product(name: "HTTPTypes", package: "swift-http-types")]
                    + standards.map { .byName(name: $0) },
                path: "Fuzz/Sources/FuzzTargets", swiftSettings: everywhere),

        // Measures the libraries. Here, so that it is built of what the command is built of; nobody who uses the libraries
        // builds it.
        .executableTarget(name: "postseal-bench",
                          dependencies: ["PostsealEngine", "MailReports", "SPF", "DKIM", "DMARC", "MailFormat", "DNS", "MailNames",
                                         "MailBytes"],
                          path: "Benchmarks/Sources/PostsealBench", swiftSettings: everywhere),

        // Tests
        .target(name: "TestSupport", dependencies: ["MailBytes", "MailNames", "DNS", "MilterProtocol", "Databases"],
                path: "Tests/TestSupport", swiftSettings: everywhere),
        tests("MailBytesTests", ["MailBytes"]),
        tests("MailNamesTests", ["MailNames", "MailBytes"]),
        tests("DNSTests", ["DNS", "MailNames", "MailBytes", "TestSupport"]),
        tests("TraceTests", ["Trace", "DNS", "MailNames"]),
        tests("MailFormatTests", ["MailFormat", "MailNames", "MailBytes", "TestSupport"]),
        tests("MailXMLTests", ["MailXML", "MailBytes", "TestSupport"]),
        tests("MailReportsTests", ["MailReports", "MailXML", "TLSRPT", "MailFormat", "MailNames", "MailBytes",
                                   "TestSupport"]),
        tests("MailCryptoTests", ["MailCrypto", "MailBytes", "TestSupport"]),
        tests("SPFTests", ["SPF", "Trace", "DNS", "MailNames", "MailBytes", "TestSupport"]),
        tests("DKIMTests", ["DKIM", "MailCrypto", "MailFormat", "Trace", "DNS", "MailNames", "MailBytes",
                            "TestSupport"]),
        tests("DMARCTests", ["DMARC", "Trace", "DNS", "MailNames", "MailBytes", "TestSupport"]),
        tests("AuthenticationResultsTests", ["AuthenticationResults", "MailFormat", "MailNames", "MailBytes",
                                             "TestSupport"]),
        tests("ARCTests", ["ARC", "DKIM", "AuthenticationResults", "MailCrypto", "MailFormat", "Trace", "DNS",
                           "MailNames", "MailBytes", "TestSupport"]),
        tests("DNSWireTests", ["DNSWire", "DNS", "MailNames", "MailBytes", "TestSupport"]),
        tests("UnboundResolverTests",
              ["UnboundResolver", "DNSWire", "DNS", "MailNames", "MailBytes", "TestSupport"]),
        tests("MilterProtocolTests", ["MilterProtocol", "MailNames", "MailBytes", "TestSupport"]),
        tests("MilterServerTests", ["MilterServer", "MilterProtocol", "Sockets", "MailNames", "MailBytes", "TestSupport"]
                + nio),
        tests("CertificatesTests", ["Certificates", "MailNames", "MailBytes", "TestSupport"]),
        tests("DANETests", ["DANE", "Certificates", "Trace", "DNS", "MailNames", "MailBytes", "TestSupport"]),
        tests("MTASTSTests", ["MTASTS", "Trace", "DNS", "MailNames", "MailBytes", "TestSupport"]),
        tests("TLSRPTTests", ["TLSRPT", "Trace", "DNS", "MailNames", "MailBytes", "TestSupport"]),
        tests("TransportPolicyTests", ["TransportPolicy", "DANE", "MTASTS", "TLSRPT", "Certificates", "Trace", "DNS",
                                       "MailNames", "MailBytes", "TestSupport"]),
        tests("SocketsTests", ["Sockets", "MailNames", "TestSupport"] + nio),
        tests("SMTPProtocolTests", ["SMTPProtocol", "MailNames", "MailBytes", "TestSupport"]),
        tests("SMTPTransportTests", ["SMTPTransport", "SMTPProtocol", "Sockets", "Certificates", "MailNames",
                                     "MailBytes", "TestSupport",
                                     .product(name: "NIOEmbedded", package: "swift-nio")] + nio + tls),
        tests("SocketmapTests", ["Socketmap", "Sockets", "MailBytes", "TestSupport"] + nio),
        tests("HTTPSFetchTests", ["HTTPSFetch", "Certificates", "DNS", "MailNames", "MailBytes", "TestSupport"]
                + nio + tls),
        tests("HTTPSServingTests", ["HTTPSServing", "HTTPSFetch", "Sockets", "Certificates", "DNS", "MailNames",
                                   "MailBytes", "TestSupport"] + nio + tls),
        tests("PostsealEngineTests", ["PostsealEngine", "AuthenticationResults", "ARC", "DKIM", "DMARC", "SPF",
                                      "MailCrypto", "MailFormat", "MailNames", "MailBytes", "DNS", "TestSupport"]),
        tests("PostsealObservabilityTests", ["PostsealObservability", "MailBytes", "TestSupport",
                                             .product(name: "Logging", package: "swift-log")]),
        tests("PostsealSystemdTests", ["PostsealSystemd", "TestSupport"]),
        tests("PostsealConfigurationTests", ["MTASTS", "TLSRPT", "PostsealConfiguration", "PostsealEngine", "PostsealObservability",
                                             "Sockets", "MailNames", "MailBytes", "MailCrypto", "DKIM", "TestSupport"]),
        tests("PostsealHTTPTests", ["PostsealHTTP", "PostsealEngine", "PostsealObservability", "Rendering",
                                    "MailFormat", "MailNames", "MailBytes", "DNS", "Sockets", "TestSupport",
                                    .product(name: "HummingbirdCore", package: "hummingbird"),
                                    .product(name: "HTTPTypes", package: "swift-http-types"),
                                    .product(name: "Logging", package: "swift-log")] + nio),
        tests("PostsealProxyTests", ["PostsealProxy", "PostsealEngine", "SMTPTransport", "SMTPProtocol", "Sockets",
                                     "MailFormat", "MailNames", "MailBytes", "DNS", "TestSupport"] + nio),
        tests("PostsealStateTests", ["PostsealState", "MailBytes", "TestSupport"]),
        tests("PostsealTransportTests", ["PostsealTransport", "HTTPSFetch", "TransportPolicy", "MTASTS", "DANE", "Certificates",
                                         "Socketmap", "SMTPProtocol", "SMTPTransport", "Sockets", "UnboundResolver", "DNS",
                                         "TLSRPT", "HTTPSServing", "PostsealState", "MailNames", "MailBytes", "Trace",
                                         "TestSupport"] + nio),
        tests("PostsealDashboardTests", ["PostsealDashboard", "PostsealHTTP", "PostsealReports", "PostsealState", "MailReports",
                                         "Databases", "MailNames", "MailBytes", "MailCrypto", "TestSupport",
                                         .product(name: "HTTPTypes", package: "swift-http-types")]),
        tests("PostsealDaemonTests", ["PostsealDaemon", "PostsealDashboard", "PostsealHTTP", "PostsealConfiguration", "PostsealEngine", "PostsealProxy",
                                      "PostsealObservability", "MilterServer", "MilterProtocol", "Sockets", "MailFormat",
                                      "MailNames", "MailBytes", "MailCrypto", "DKIM", "DNS", "UnboundResolver",
                                      "PostsealReports", "PostsealReportSending", "Databases", "MailReports", "SPF", "TLSRPT",
                                      "TestSupport", .product(name: "Logging", package: "swift-log")] + nio),
        tests("PostsealDemoTests", ["PostsealDemo", "PostsealDaemon", "PostsealConfiguration", "PostsealEngine",
                                    "MilterServer", "MilterProtocol", "Sockets", "SPF", "DKIM", "DMARC", "ARC", "DNS",
                                    "UnboundResolver", "MailFormat", "MailNames", "MailBytes", "TestSupport"] + nio),
        tests("PostsealReportSendingTests", ["PostsealReportSending", "Certificates", "Databases", "PostsealEngine", "DKIM", "DMARC", "MailReports",
                                             "TLSRPT", "SMTPTransport", "SMTPProtocol", "Sockets", "HTTPSFetch", "DNS", "MailFormat",
                                             "UnboundResolver", "MailNames", "MailBytes", "TestSupport"] + nio),
        tests("ThreadsTests", ["Threads"]),
        tests("DatabasesTests", ["Databases", "TestSupport"]),
        tests("PostsealReportsTests", ["PostsealReports", "Databases", "Rendering", "MailReports", "TLSRPT", "MailNames", "MailBytes",
                                       "TestSupport"]),
        tests("PostsealReportIntakeTests",
              ["PostsealReportIntake", "PostsealReports", "PostsealEngine", "MailReports", "SMTPTransport", "SMTPProtocol", "Sockets",
               "DKIM", "DNS", "MailCrypto", "MailFormat", "MailNames", "MailBytes", "TestSupport"] + nio),
        tests("PostsealCommandTests", ["PostsealCommand", "PostsealReports", "PostsealReportSending", "TLSRPT", "Certificates", "DANE", "DNS", "MailBytes",
                                       "MailNames", "UnboundResolver", "PostsealConfiguration", "PostsealDashboard",
                                       "Databases", "TestSupport",
                                       .product(name: "ArgumentParser", package: "swift-argument-parser")]),
        tests("ConformanceTests", ["Rendering", "MailCrypto", "MilterProtocol", "MailFormat", "Trace", "DNS", "MailNames", "MailBytes",
                                   "TestSupport", .product(name: "Yams", package: "Yams")]
                + standards.map { .byName(name: $0) }),
        tests("FuzzReplayTests", ["FuzzTargets", "TestSupport"]),
        tests("TidyTests", ["TestSupport"]),
    ]
)
