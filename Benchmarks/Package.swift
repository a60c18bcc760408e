// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody who uses the libraries builds it.

let package = Package(
    name: "postseal-benchmarks",
    dependencies: [.package(name: "postseal", path: "..")],
    targets: [
        .executableTarget(
            name: "postseal-bench",
            dependencies: [
                .product(name: "MailFormat", package: "postseal"),
                .product(name: "DNS", package: "postseal"),
                .product(name: "SPF", package: "postseal"),
                .product(name: "DKIM", package: "postseal"),
                .product(name: "DMARC", package: "postseal"),
                .product(name: "MailReports", package: "postseal"),
                .product(name: "PostsealEngine", package: "postseal"),
            ],
            path: "Sources/PostsealBench",
            swiftSettings: [.swiftLanguageMode(.v6)])
    ]
)
