internal import DNS
internal import MailBytes
internal import MailNames

// The explanation of a fail: RFC 7208 §6.2. The result is settled; nothing here can change it, and nothing counts
// as a look-up or as a void one (§4.6.4).

extension SPFEvaluation {
    /// Asks for the text that `exp=` points to.
    mutating func explain(_ entry: SPFEntry) -> Step {
        // No term is left to look at: a `%{p}` that has to wait comes back here and not to a mechanism.
        switch targetName(entry) {
        case .name(let name):
            pending = .explanation
            return .ask(DNSQuestion(name, .txt))
        case .waits(let question):
            switch pending {
            case .reverseNames: pending = .reverseNames(.explanationMacro)
            case .reverseAddress: pending = .reverseAddress(.explanationMacro)
            default: break
            }
            return .ask(question)
        case .malformed, .matchesNothing:
            return .done
        }
    }

    /// RFC 7208 §6.2: after an error, without a record, or with several, it is as if there were no `exp`.
    mutating func receiveExplanation(_ answer: DNSAnswer) -> Step {
        guard answer.status == .noError else { return .done }
        let texts = answer.texts
        guard texts.count == 1, let text = texts.first, text.count <= limits.recordBytesMax,
            text.allSatisfy({ $0.isVisible || $0 == .space }),
            (try? SPFMacro.check(text.span, in: 0..<text.count, allowing: .explanationLetters)) != nil
        else { return .done }
        explanationText = text
        return explain(text)
    }

    /// Goes on where an explanation had to wait for the client's name, for `%{p}` in its address or in its text.
    mutating func explain() -> Step {
        if let explanationText { return explain(explanationText) }
        guard let index = frame.record.explanation else { return .done }
        return explain(frame.record.entries[index])
    }

    /// Expands the text, when everything is known that it needs.
    private mutating func explain(_ text: [UInt8]) -> Step {
        let check = try? SPFMacro.check(text.span, in: 0..<text.count, allowing: .explanationLetters)
        if check?.macros.contains(.validatedName) == true, let question = reverseQuestion(for: .explanationMacro) {
            return .ask(question)
        }
        let expansion = expandExplanation(text)
        // RFC 7208 §6.2: ASCII alone; and no control characters, which the client could bring in by HELO or the
        // reverse-path (§11.5.3).
        guard expansion.allSatisfy({ $0.isVisible || $0 == .space }), !expansion.isEmpty else { return .done }
        explanation = String(lossy: expansion)
        traceExplanation()
        return .done
    }

    /// The text with its macros replaced, up to the limit: of an explanation it is the beginning that counts.
    private func expandExplanation(_ text: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        var index = 0
        while index < text.count, output.count < limits.explanationBytesMax {
            guard text[index] == UInt8(ascii: "%"), let macro = SPFMacro(text.span, at: index, before: text.count)
            else {
                output.append(text[index])
                index += 1
                continue
            }
            output.append(contentsOf: expand(text, in: index..<macro.end))
            index = macro.end
        }
        return Array(output.prefix(max(0, limits.explanationBytesMax)))
    }
}
