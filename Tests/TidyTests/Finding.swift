/// A place where a rule of the house does not hold.
struct Finding: Hashable, CustomStringConvertible {
    var path: String
    /// From 1; 0 for the file as a whole.
    var line: Int
    var text: String

    var description: String { line > 0 ? "\(path):\(line): \(text)" : "\(path): \(text)" }
}
