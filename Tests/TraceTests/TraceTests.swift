import DNS
import MailNames
import Testing
import Trace

@Suite struct TraceTests {
    private let question = DNSQuestion(.root, .txt)

    @Test func `keeps steps in order with depth and citation`() {
        var trace = Trace.enabled
        trace.asked(DNSAnswer(question: question, status: .timeout), .rfc(7208, "4.6.4"))
        trace.depth = 2
        trace.found("a record")
        trace.compared(false, "a with b", .rfc(6376))
        trace.decided("fail")
        trace.limit("10 look-ups")
        #expect(trace.steps.map(\.text) == ["", "a record", "a with b", "fail", "10 look-ups"])
        #expect(trace.steps.map(\.depth) == [0, 2, 2, 2, 2])
        #expect(trace.steps[0].kind == .asked(question, DNSAnswer(question: question, status: .timeout)))
        #expect(trace.steps[0].citation?.description == "RFC 7208 §4.6.4")
        #expect(trace.steps[2].citation?.description == "RFC 6376")
        #expect(trace.steps.dropFirst().map(\.kind) == [.found, .compared(false), .decided, .limit])
        #expect(trace.omitted == 0)
    }

    @Test func `costs nothing when it is disabled`() {
        var trace = Trace.disabled
        var made = 0
        func text() -> String {
            made += 1
            return "text"
        }
        trace.found(text())
        trace.compared(true, text())
        trace.decided(text())
        trace.limit(text())
        trace.add(.found, nil, text())
        var part = Trace.enabled
        part.found("x")
        trace.append(part)
        #expect(made == 0)
        #expect(trace.steps.isEmpty)
        #expect(trace == .disabled)
    }

    @Test func `takes the steps of a part one level deeper than it is`() {
        var part = Trace.enabled
        part.found("outer")
        part.depth = 1
        part.found("inner")
        var trace = Trace.enabled
        trace.depth = 3
        trace.append(part)
        #expect(trace.steps.map(\.depth) == [3, 4])
        trace.append(.disabled)
        #expect(trace.steps.count == 2)
    }

    @Test func `counts what is over its limit`() {
        var trace = Trace.enabled
        for number in 0..<(Trace.stepsMax + 5) { trace.found("\(number)") }
        #expect(trace.steps.count == Trace.stepsMax)
        #expect(trace.omitted == 5)
        var whole = Trace.enabled
        whole.found("first")
        whole.append(trace)
        #expect(whole.steps.count == Trace.stepsMax)
        #expect(whole.omitted == 6)
    }
}
