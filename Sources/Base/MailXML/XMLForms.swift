/// What stretches of a document looked like, so that those that look the same need not be read tag by tag.
///
/// A program writes what is alike in a document of data alike: the same markup, with texts in between. Markup that
/// stands at the same place again, octet for octet, means the same again. So the markup of what came once is kept as
/// steps, which branch where stretches differ; the way to the end of a stretch is its form. Each form has a model, a
/// stretch that was read, and of others with that form it is told which texts differ from the model's.
///
/// All octets are those of ``XMLPullParser/bytes`` of one document.
public struct XMLForms: Sendable {
    /// A stretch that has a known form.
    public struct Match: Sendable {
        /// The number of the form.
        public let form: Int
        /// Where the stretch ends.
        public let end: Int
    }

    private struct Step {
        /// Where the markup stood when it came first.
        let start: Int
        let count: Int
        /// The form that ends with the markup; ``XMLForms/none`` if a text is behind it.
        let form: Int
        /// The first step that came behind this one.
        var following = XMLForms.none
        /// The next step that came in the place of this one.
        var alternative = XMLForms.none
    }

    private var steps: [Step] = []
    /// The texts of the models, by the numbers of the forms.
    private var models: [[Range<Int>]] = []
    /// The texts of the stretch that ``match(at:in:)`` found last.
    public private(set) var texts: [Range<Int>] = []
    /// Which of them differ from the model's.
    public private(set) var changes: [Int] = []
    private let textBytesMax: Int

    /// No step, or no form.
    private static let none = -1
    private static let stepsMax = 1024
    private static let alternativesMax = 8

    /// Texts longer than the limit are no part of a form.
    public init(limits: XMLLimits) { textBytesMax = limits.textBytes }

    /// How many forms there are.
    public var count: Int { models.count }
    /// Whether no more steps are kept.
    public var isFull: Bool { steps.count >= Self.stepsMax }

    // MARK: - Finding

    /// Looks whether a stretch with a known form begins at a place. Its texts have nothing in them to decode, and are
    /// not empty.
    public mutating func match(at start: Int, in bytes: [UInt8]) -> Match? {
        guard !steps.isEmpty, start >= 0 else { return nil }
        texts.removeAll(keepingCapacity: true)
        let span = unsafe bytes.span.bytes
        var (place, number) = (start, 0)
        while number != Self.none {
            let step = steps[number]
            if XMLScan.areEqual(span, step.start, place, count: step.count) {
                let end = place + step.count
                if step.form != Self.none {
                    compare(span, step.form)
                    return Match(form: step.form, end: end)
                }
                if let text = text(span, from: end) {
                    texts.append(text.range)
                    (place, number) = (text.end, step.following)
                    continue
                }
                // Nothing where a text should be: that is other markup, which goes on.
            }
            number = step.alternative
        }
        return nil
    }

    /// The text from a place up to the next `<`, without white space at both ends, and where the `<` is.
    @inline(__always)
    private func text(_ span: RawSpan, from start: Int) -> (range: Range<Int>, end: Int)? {
        let end = XMLScan.first(span, from: start, of: UInt8(ascii: "<"), or: UInt8(ascii: "&"))
        guard end < span.byteCount, end - start <= textBytesMax, XMLScan.octet(span, end) == UInt8(ascii: "<") else {
            return nil
        }
        let range = XMLScan.trimmed(span, start, end)
        return range.isEmpty ? nil : (range, end)
    }

    private mutating func compare(_ span: RawSpan, _ form: Int) {
        changes.removeAll(keepingCapacity: true)
        let model = models[form]
        for index in texts.indices {
            let (text, known) = (texts[index], model[index])
            let isSame = XMLScan.areEqual(span, known.lowerBound, text.lowerBound, count: text.count)
            if !isSame || text.count != known.count { changes.append(index) }
        }
    }

    // MARK: - Keeping

    /// Makes the stretch that ``match(at:in:)`` found last the model of its form.
    public mutating func adopt(_ form: Int) {
        guard models.indices.contains(form), models[form].count == texts.count else { return }
        models[form] = texts
    }

    /// Keeps the form of a stretch; a new form has it as the model.
    ///
    /// - Parameter texts: where its texts stand, in their order, with white space around them and without. None is
    ///   empty, and none has something to decode.
    /// - Returns: the number of the form; nil if it is known already, or if there are too many.
    public mutating func keep(
        _ stretch: Range<Int>, texts: [(place: Range<Int>, text: Range<Int>)], in bytes: [UInt8]
    ) -> Int? {
        var (place, previous) = (stretch.lowerBound, Self.none)
        for (textPlace, _) in texts {
            guard place <= textPlace.lowerBound,
                let step = keep(place..<textPlace.lowerBound, form: Self.none, behind: previous, bytes)
            else { return nil }
            (place, previous) = (textPlace.upperBound, step)
        }
        guard place <= stretch.upperBound, stretch.upperBound <= bytes.count,
            let last = keep(place..<stretch.upperBound, form: models.count, behind: previous, bytes),
            steps[last].form == models.count
        else { return nil }
        models.append(texts.map(\.text))
        return models.count - 1
    }

    /// The step with this markup behind another one, which may have been there already; nil if there are too many.
    private mutating func keep(_ markup: Range<Int>, form: Int, behind previous: Int, _ bytes: [UInt8]) -> Int? {
        var (last, count) = (Self.none, 0)
        var number = previous == Self.none ? (steps.isEmpty ? Self.none : 0) : steps[previous].following
        while number != Self.none {
            let step = steps[number]
            let isSame = unsafe XMLScan.areEqual(bytes.span.bytes, step.start, markup.lowerBound, count: step.count)
            if step.count == markup.count, (step.form == Self.none) == (form == Self.none), isSame { return number }
            (last, number, count) = (number, step.alternative, count + 1)
        }
        guard count < Self.alternativesMax, !isFull else { return nil }
        steps.append(Step(start: markup.lowerBound, count: markup.count, form: form))
        let new = steps.count - 1
        if last != Self.none {
            steps[last].alternative = new
        } else if previous != Self.none {
            steps[previous].following = new
        }
        return new
    }
}
