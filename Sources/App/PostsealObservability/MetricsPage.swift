/// Text of the Prometheus exposition format 0.0.4, as it is put together.
struct MetricsPage {
    private(set) var text = ""

    /// The lines that begin a family.
    mutating func begin(_ name: StaticString, type: StaticString, help: StaticString) {
        text += "# HELP \(name) \(Self.escaped("\(help)", quotes: false))\n# TYPE \(name) \(type)\n"
    }

    /// One sample. Labels without a name are left out.
    mutating func sample(
        _ name: StaticString, suffix: StaticString = "", labels: [(name: StaticString, value: String)] = [],
        _ value: String
    ) {
        let printed = labels.filter { $0.name.utf8CodeUnitCount > 0 }
            .map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }
        text += "\(name)\(suffix)" + (printed.isEmpty ? "" : "{\(printed.joined(separator: ","))}") + " \(value)\n"
    }

    mutating func add<First, Second>(
        _ counter: Counter<First, Second>, where isPrinted: (First, Second) -> Bool = { _, _ in true }
    ) {
        begin(counter.name, type: "counter", help: counter.help)
        for (first, second, number) in counter.table.numbers where number > 0 || isPrinted(first, second) {
            sample(counter.name, labels: Self.labels(first, second), "\(number)")
        }
    }

    mutating func add<First, Second>(_ gauge: Gauge<First, Second>) {
        begin(gauge.name, type: "gauge", help: gauge.help)
        for (first, second, number) in gauge.table.numbers {
            sample(gauge.name, labels: Self.labels(first, second), "\(number)")
        }
    }

    mutating func add<Label>(_ histogram: Histogram<Label>) {
        begin(histogram.name, type: "histogram", help: histogram.help)
        let bounds = histogram.boundsMicroseconds.map { Self.decimal($0, digits: 6) } + ["+Inf"]
        for (label, buckets, sum) in histogram.numbers {
            let labels = [(name: Label.labelName, value: label.rawValue)]
            var count = 0
            for (bound, number) in zip(bounds, buckets) {
                count += number
                sample(histogram.name, suffix: "_bucket", labels: labels + [("le", bound)], "\(count)")
            }
            sample(histogram.name, suffix: "_sum", labels: labels, Self.decimal(sum, digits: 9))
            // Of the cells that were read above: a count that differs from the last bucket is an error to Prometheus.
            sample(histogram.name, suffix: "_count", labels: labels, "\(count)")
        }
    }

    private static func labels<First: MetricLabel, Second: MetricLabel>(
        _ first: First, _ second: Second
    ) -> [(name: StaticString, value: String)] {
        [(First.labelName, first.rawValue), (Second.labelName, second.rawValue)]
    }

    /// A label's value or a help text as the format writes it.
    static func escaped(_ text: String, quotes: Bool) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\"" where quotes: output += "\\\""
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }

    /// A whole number of 10^-digits as a decimal number: 2500 of 6 digits is 0.0025.
    static func decimal(_ number: Int, digits: Int) -> String {
        let text = "\(number.magnitude)"
        let padded = String(repeating: "0", count: max(0, digits + 1 - text.utf8.count)) + text
        let whole = padded.dropLast(digits)
        let fraction = padded.suffix(digits).reversed().drop { $0 == "0" }.reversed()
        return (number < 0 ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + String(fraction))
    }
}
