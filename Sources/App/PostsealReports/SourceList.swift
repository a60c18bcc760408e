/// The sources of a report by their numbers. As a list with commas they lead to the rows that go when the report goes.
struct SourceList {
    /// In their order, each once.
    let numbers: [Int64]

    init(_ sources: [Int64]) {
        let sorted = sources.sorted()
        var numbers: [Int64] = []
        numbers.reserveCapacity(sorted.count)
        // Different texts in the place of an address can have the same number.
        for number in sorted where number != numbers.last { numbers.append(number) }
        self.numbers = numbers
    }

    var text: String {
        String(unsafeUninitializedCapacity: numbers.count * 21) { octets in
            var count = 0
            for number in numbers {
                if count > 0 {
                    octets[count] = UInt8(ascii: ",")
                    count += 1
                }
                var digits = 1
                var rest = number.magnitude
                while rest > 9 {
                    rest /= 10
                    digits += 1
                }
                if number < 0 {
                    octets[count] = UInt8(ascii: "-")
                    count += 1
                }
                rest = number.magnitude
                for place in (count..<count + digits).reversed() {
                    octets[place] = UInt8(ascii: "0") + UInt8(rest % 10)
                    rest /= 10
                }
                count += digits
            }
            return count
        }
    }
}
