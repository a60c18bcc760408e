/// What the administrator was told of already, so that a file that stays is told of once.
struct ToldNames {
    private var names: Set<String> = []

    /// Those that nothing was said about yet. What is not there any more is forgotten.
    mutating func new(of all: [String]) -> [String] {
        defer { names = Set(all) }
        return all.filter { !names.contains($0) }
    }
}
