internal import MailBytes

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
        var octets: [UInt8] = []
        octets.reserveCapacity(numbers.count * 8)
        for (place, number) in numbers.enumerated() {
            if place > 0 { octets.append(UInt8(ascii: ",")) }
            octets.append(decimal: number)
        }
        return String(decoding: octets, as: UTF8.self)
    }
}
