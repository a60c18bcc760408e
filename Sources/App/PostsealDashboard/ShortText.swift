extension String {
    /// Cut off behind so many characters.
    func shortened(_ count: Int) -> String {
        // A character can have marks without end: what is behind the end is not looked at, however much it is.
        let start = Substring(unicodeScalars.prefix(4 * count + 1)).prefix(count)
        return start.endIndex == endIndex ? self : start + "…"
    }
}

extension [String] {
    /// The first of them, one behind the other, as far as there is room, and how many are left out. What is not shown
    /// is not put together either: a stranger's list can be as long as a file.
    func shown(_ countMax: Int, characters: Int, separator: String = ", ") -> (text: String, left: Int) {
        var text = ""
        var room = characters
        var shown = 0
        for part in prefix(countMax) {
            guard room > 0 else { break }
            let part = part.shortened(room)
            if shown > 0 { text += separator }
            text += part
            room -= part.unicodeScalars.count
            shown += 1
        }
        return (text, count - shown)
    }
}
