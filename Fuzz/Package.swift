// swift-tools-version: 6.2
import PackageDescription

// libFuzzer around the fuzz targets of `FuzzTargets`. A package of its own, because it is built with sanitizers, and
// all that it needs with it: see the target `fuzz` of the Makefile.

let package = Package(
    name: "postseal-fuzz",
    dependencies: [.package(name: "postseal", path: "..")],
    targets: [
        .executableTarget(
            name: "Fuzz",
            dependencies: [.product(name: "FuzzTargets", package: "postseal")],
            swiftSettings: [.swiftLanguageMode(.v6)])
    ]
)
