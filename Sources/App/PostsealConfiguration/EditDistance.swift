/// How far two words are apart.
public enum EditDistance {
    /// Letters that must be added, removed, replaced or swapped with the next to make one word the other
    /// (Damerau and Levenshtein). Only the first 64 octets of each count.
    public static func between(_ first: String, _ second: String) -> Int {
        let (a, b) = (Array(first.utf8.prefix(64)), Array(second.utf8.prefix(64)))
        var rows = [Array(0...b.count)]
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }

    /// The word that was probably meant: the nearest, if no more than two letters, or a third of them, are wrong.
    public static func nearest(to word: String, among words: [String]) -> String? {
        let lowered = word.lowercased()
        let candidates = words.map { (word: $0, distance: between(lowered, $0)) }
        guard let best = candidates.min(by: { $0.distance < $1.distance }) else { return nil }
        let allowed = max(1, min(2, best.word.utf8.count / 3))
        return best.distance <= allowed ? best.word : nil
    }
}
