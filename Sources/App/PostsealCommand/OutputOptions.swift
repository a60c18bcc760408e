internal import ArgumentParser
internal import MailBytes
internal import Rendering
internal import Trace

/// How a verdict is shown.
struct OutputOptions: ParsableArguments {
    @Flag(name: .customLong("json"), help: "Print JSON, one object a line.")
    var json = false

    @Flag(name: .customLong("explain"), help: "Show each step: what was asked, what came back, which rule decided.")
    var explain = false

    /// Prints one verdict in the form that was asked for.
    func show(json object: JSONValue, trace: [(check: String, trace: Trace)], text: String) {
        guard json else {
            Console.print(text)
            if explain { Console.print(TraceText.render(trace)) }
            return
        }
        guard explain, case .object(let members) = object else {
            Console.write(Array((object.text + "\n").utf8))
            return
        }
        let steps = trace.flatMap { $0.trace.json(check: $0.check) }
        Console.write(Array((JSONValue.object(members + [JSONMember("trace", .array(steps))]).text + "\n").utf8))
    }
}
