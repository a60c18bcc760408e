/// Figures as people read them.
extension Int {
    /// `12,345`
    public var grouped: String {
        let digits = String(magnitude)
        var output = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { output.append(",") }
            output.append(digit)
        }
        return (self < 0 ? "-" : "") + output
    }

    /// `98.2 %` of another number: rounded down, so that nothing but all of it is 100 %. `-` of nothing.
    public func share(of whole: Int) -> String {
        guard whole > 0 else { return "-" }
        let tenths = thousandths(of: whole)
        return "\(tenths / 10).\(tenths % 10) %"
    }

    /// How a number has changed: `+12 %`, `x 15`, `new`, `gone`, `same`.
    public func trend(since before: Int) -> String {
        guard before > 0 else { return self > 0 ? "new" : "same" }
        guard self > 0 else { return "gone" }
        if self / before >= 10 { return "x \((self / before).grouped)" }
        let percent = abs(self - before).thousandths(of: before) / 10
        return percent == 0 ? "same" : "\(self > before ? "+" : "-")\(percent) %"
    }

    /// `1 message`, `2 messages`
    public func of(_ noun: String) -> String { "\(grouped) \(noun)\(self == 1 ? "" : "s")" }

    /// Rounded down; the sums of the store can be multiplied by a thousand.
    private func thousandths(of whole: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: 1000)
        return overflow ? self / (whole / 1000 + 1) : product / whole
    }
}
