import Synchronization

/// What came of running one public suite.
struct SuiteTally: Sendable {
    /// A case whose published expectation is not what Postseal answers, with the reason.
    struct Difference: Sendable, Equatable {
        var name: String
        var published: String
        var ours: String
        /// Why ours is right, with the section of the standard.
        var reason: String
    }

    /// The suite's folder, and a part of it where it has several.
    var suite: String
    /// The standard it tests.
    var standard: String
    /// Cases that ran and agree with the published expectation.
    var agreed = 0
    /// Cases that ran and differ, each decided and explained. A difference that nobody decided is a failed test.
    var decided: [Difference] = []
    /// Cases that the suite itself says have no expectation.
    var withoutExpectation = 0
    /// Undecided differences: the test fails if there is one.
    var failures: [String] = []

    init(suite: String, standard: String) {
        self.suite = suite
        self.standard = standard
    }

    var ran: Int { agreed + decided.count + withoutExpectation + failures.count }

    /// The line that the run prints.
    var line: String {
        "conformance: \(suite): \(ran) ran, \(agreed) agree, \(decided.count) differ by decision, "
            + "\(withoutExpectation) without expectation, \(failures.count) failed"
    }
}
