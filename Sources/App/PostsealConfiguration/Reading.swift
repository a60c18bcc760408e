/// What is gathered while a configuration is read: problems, and where everything stands.
struct Reading: Sendable {
    /// Limit: a file that is all wrong needs no more lines than this.
    static let problemsMax = 100

    /// The configuration file as it was named; nil where there is none.
    let file: String?
    /// What relative file names are relative to.
    let folder: String
    private(set) var problems: [ConfigurationProblem] = []
    /// Where each key was set, by its path.
    private(set) var places: [String: ConfigurationProblem.Place] = [:]
    private var path: [String] = []
    private var omitted = 0

    init(file: String?, folder: String) {
        self.file = file
        self.folder = folder
    }

    /// The path of the key that is being read.
    var key: String { path.joined(separator: ".") }

    /// Where a key was set; nil if it was not.
    func place(of key: String) -> ConfigurationProblem.Place? { places[key] }

    /// Whether anything was found that keeps the daemon from starting.
    var hasErrors: Bool { problems.contains { $0.severity == .error } || omitted > 0 }

    /// Whether further problems are only counted.
    var isFull: Bool { problems.count >= Self.problemsMax }

    mutating func error(_ text: String, at place: ConfigurationProblem.Place, key: String? = nil) {
        add(.error, text, place, key)
    }

    mutating func warning(_ text: String, at place: ConfigurationProblem.Place, key: String? = nil) {
        add(.warning, text, place, key)
    }

    private mutating func add(
        _ severity: ConfigurationProblem.Severity, _ text: String, _ place: ConfigurationProblem.Place, _ key: String?
    ) {
        guard !isFull else {
            omitted += severity == .error ? 1 : 0
            return
        }
        let current = self.key
        let problem = ConfigurationProblem(
            severity, file: file, place: place, key: key ?? (current.isEmpty ? nil : current), text: text)
        if !problems.contains(problem) { problems.append(problem) }
    }

    /// Reads what stands under a key.
    mutating func within(
        _ name: String, at place: ConfigurationProblem.Place, _ read: (inout Reading) -> Void
    ) {
        path.append(name)
        if places[key] == nil { places[key] = place }
        read(&self)
        path.removeLast()
    }

    /// All problems: those of the file in its order, then those of the environment, then those of the whole.
    var sortedProblems: [ConfigurationProblem] {
        func rank(_ place: ConfigurationProblem.Place) -> (Int, Int, Int) {
            switch place {
            case .line(let line, let column): (0, line, column)
            case .variable: (1, 0, 0)
            case .whole: (2, 0, 0)
            }
        }
        var sorted = problems.enumerated().sorted {
            (rank($0.element.place), $0.offset) < (rank($1.element.place), $1.offset)
        }.map(\.element)
        if omitted > 0 {
            sorted.append(
                ConfigurationProblem(.error, file: file, place: .whole, key: nil, text: "and \(omitted) further errors")
            )
        }
        return sorted
    }
}

private func < (left: ((Int, Int, Int), Int), right: ((Int, Int, Int), Int)) -> Bool {
    left.0 == right.0 ? left.1 < right.1 : left.0 < right.0
}
