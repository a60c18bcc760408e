// swift-tools-version: 6.2
import PackageDescription

// A package of its own, because it is built with sanitizers: see the target `fuzz` of the Makefile.

let package = Package(
    name: "postseal-fuzz",
    dependencies: [
        .package(name: "postseal", path: ".."),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    ],
    targets: [
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                .product(name: "MailFormat", package: "postseal"),
                .product(name: "DNS", package: "postseal"),
                .product(name: "DNSWire", package: "postseal"),
                .product(name: "MilterProtocol", package: "postseal"),
                .product(name: "SMTPProtocol", package: "postseal"),
                .product(name: "SPF", package: "postseal"),
                .product(name: "DKIM", package: "postseal"),
                .product(name: "DMARC", package: "postseal"),
                .product(name: "ARC", package: "postseal"),
                .product(name: "AuthenticationResults", package: "postseal"),
                .product(name: "Certificates", package: "postseal"),
                .product(name: "DANE", package: "postseal"),
                .product(name: "Socketmap", package: "postseal"),
                .product(name: "MTASTS", package: "postseal"),
                .product(name: "TLSRPT", package: "postseal"),
                .product(name: "MailXML", package: "postseal"),
                .product(name: "MailReports", package: "postseal"),
                .product(name: "PostsealEngine", package: "postseal"),
                .product(name: "PostsealConfiguration", package: "postseal"),
                .product(name: "PostsealDashboard", package: "postseal"),
                .product(name: "PostsealHTTP", package: "postseal"),
                .product(name: "PostsealReportIntake", package: "postseal"),
                .product(name: "PostsealReports", package: "postseal"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            swiftSettings: [.swiftLanguageMode(.v6)])
    ]
)
