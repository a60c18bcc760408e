import MailXML
import Testing

@Suite struct XMLFormsTests {
    /// A document, and a cursor that finds stretches in it by their text.
    private struct Document {
        let bytes: [UInt8]

        init(_ text: String) { bytes = Array(text.utf8) }

        func range(_ text: String, from start: Int = 0) throws -> Range<Int> {
            let found = try #require(bytes[start...].firstRange(of: Array(text.utf8)))
            return found
        }

        func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
    }

    private static let limits = XMLLimits(textBytes: 8)

    /// Forms with one of `<r><t>one</t><u>two</u></r>`, which is at the beginning of the document.
    private static func forms(_ document: Document) throws -> XMLForms {
        var forms = XMLForms(limits: limits)
        let texts = try ["one", "two"].map { (place: try document.range($0), text: try document.range($0)) }
        let form = forms.keep(0..<(try document.range("</r>").upperBound), texts: texts, in: document.bytes)
        #expect(form == 0)
        return forms
    }

    @Test(arguments: [
        ("<r><t>three</t><u>two</u></r>", "three two", [0]), ("<r><t>one</t><u>two</u></r>", "one two", []),
        ("<r><t> one\n</t><u>2</u></r>", "one 2", [1]), ("<r><t>a</t><u>b</u></r>", "a b", [0, 1]),
    ])
    func `a stretch has the form if its markup is the same`(text: String, texts: String, changes: [Int]) throws {
        let first = "<r><t>one</t><u>two</u></r>"
        let document = Document(first + text)
        var forms = try Self.forms(document)
        let found = forms.match(at: first.utf8.count, in: document.bytes)
        let match = try #require(found)
        #expect(match.form == 0 && match.end == first.utf8.count + text.utf8.count)
        #expect(forms.texts.map { document.string($0) }.joined(separator: " ") == texts)
        #expect(forms.changes == changes)
    }

    @Test(arguments: [
        "<r><t>ten letters</t><u>two</u></r>", "<r><t>&lt;</t><u>two</u></r>", "<r><t></t><u>two</u></r>",
        "<r><t> </t><u>two</u></r>", "<r><t>one</t><u>two</u></s>", "<r><t>one</t> <u>two</u></r>",
        "<R><t>one</t><u>two</u></R>", "<r><t>one</t><u>two</u></r", "<r><t>one</t><u>two<", "<r><t>one", "<r", "",
    ])
    func `a stretch with other markup, or a text that is not plain, has none`(text: String) throws {
        let first = "<r><t>one</t><u>two</u></r>"
        let document = Document(first + text)
        var forms = try Self.forms(document)
        #expect(forms.match(at: first.utf8.count, in: document.bytes) == nil)
    }

    /// Markup is compared eight octets at a time: none may be left out, at any length and at any place in memory.
    @Test func `one other octet anywhere is other markup`() throws {
        for length in 1...40 {
            let name = String(repeating: "n", count: length)
            let first = "<\(name)>1</\(name)>"
            let octets = Array(first.utf8)
            let text = length + 2
            for shift in 0..<8 {
                let start = octets.count + shift
                var document = octets + [UInt8](repeating: 0x20, count: shift) + octets
                var forms = XMLForms(limits: Self.limits)
                let texts = [(place: text..<text + 1, text: text..<text + 1)]
                #expect(forms.keep(0..<octets.count, texts: texts, in: document) == 0)
                #expect(forms.match(at: start, in: document)?.end == document.count)
                for place in octets.indices where place != text {
                    for bit in [1, 0x20, 0x80] as [UInt8] {
                        document[start + place] ^= bit
                        let found = forms.match(at: start, in: document)
                        #expect(found == nil, "\(length) letters, octet \(place), bit \(bit)")
                        document[start + place] ^= bit
                    }
                }
                // Cut anywhere, it is not whole.
                for count in 0..<octets.count {
                    #expect(forms.match(at: start, in: Array(document.prefix(start + count))) == nil)
                }
            }
        }
    }

    @Test func `an adopted stretch is the model`() throws {
        let first = "<r><t>one</t><u>two</u></r>"
        let document = Document(first + "<r><t>1</t><u>two</u></r>")
        var forms = try Self.forms(document)
        _ = forms.match(at: first.utf8.count, in: document.bytes)
        #expect(forms.changes == [0])
        forms.adopt(0)
        forms.adopt(1)
        forms.adopt(-1)
        _ = forms.match(at: first.utf8.count, in: document.bytes)
        #expect(forms.changes == [])
        _ = forms.match(at: 0, in: document.bytes)
        #expect(forms.changes == [0])
    }

    /// One text or two, or nothing where a text is elsewhere: the same beginning, and three forms.
    @Test func `forms branch where stretches differ`() throws {
        let stretches = ["<r><t>1</t></r>", "<r><t>1</t><t>2</t></r>", "<r><t></t><t>2</t></r>"]
        let document = Document(stretches.joined())
        var forms = XMLForms(limits: Self.limits)
        var starts: [Int] = []
        var start = 0
        for (number, stretch) in stretches.enumerated() {
            starts.append(start)
            let digits = document.bytes[start..<(start + stretch.utf8.count)].indices.filter {
                (0x30...0x39).contains(document.bytes[$0])
            }
            let texts = digits.map { (place: $0..<($0 + 1), text: $0..<($0 + 1)) }
            let end = start + stretch.utf8.count
            #expect(forms.match(at: start, in: document.bytes) == nil)
            #expect(forms.keep(start..<end, texts: texts, in: document.bytes) == number)
            // A second time there is nothing new.
            #expect(forms.keep(start..<end, texts: texts, in: document.bytes) == nil)
            start = end
        }
        #expect(forms.count == 3)
        for (number, start) in starts.enumerated() {
            #expect(forms.match(at: start, in: document.bytes)?.form == number)
            #expect(forms.changes == [])
        }
    }

    @Test func `what is out of bounds has no form, and forms are limited`() throws {
        let document = Document("<r><t>one</t><u>two</u></r>")
        var forms = try Self.forms(document)
        for place in [-1, 1, document.bytes.count, document.bytes.count + 1, Int.max] {
            #expect(forms.match(at: place, in: document.bytes) == nil)
        }
        #expect(forms.match(at: 0, in: []) == nil)
        #expect(forms.keep(0..<1000, texts: [], in: document.bytes) == nil)
        #expect(forms.keep(5..<9, texts: [(place: 2..<3, text: 2..<3)], in: document.bytes) == nil)
        // Stretches that begin differently: no more than a few of them are kept.
        let many = Document((0..<3000).map { "<a\($0)>1</a\($0)>" }.joined())
        var bounded = XMLForms(limits: Self.limits)
        var start = 0
        while let text = many.bytes[start...].firstIndex(of: 0x3E),
            let end = many.bytes[(text + 1)...].firstIndex(of: 0x3E)
        {
            let texts = [(place: (text + 1)..<(text + 2), text: (text + 1)..<(text + 2))]
            _ = bounded.keep(start..<(end + 1), texts: texts, in: many.bytes)
            start = end + 1
        }
        #expect((1..<100).contains(bounded.count))
    }
}
