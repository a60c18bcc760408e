import MailBytes
import Testing

@testable import PostsealObservability

@Suite("Metrics")
struct MetricsTests {
    static func metrics() -> Metrics {
        Metrics(version: "1.2.3", startedAt: UnixTime(seconds: 1_790_000_000)) {
            var figures = ProcessFigures()
            figures.residentBytes = 41_000_000
            figures.processorMilliseconds = 12_340
            figures.openDescriptors = 17
            return figures
        }
    }

    @Test("A fresh page has every series with 0, so that rates are right from the first event on")
    func fresh() throws {
        let page = try ExpositionPage(Self.metrics().page)
        #expect(page.value("postseal_messages_total", ["direction": "incoming", "disposition": "reject"]) == "0")
        #expect(page.value("postseal_verdicts_total", ["method": "dmarc", "result": "temperror"]) == "0")
        #expect(page.value("postseal_milter_connections") == "0")
        #expect(page.value("postseal_signing_keys", ["algorithm": "rsa-sha256", "state": "not_published"]) == "0")
        #expect(page.value("postseal_log_lines_dropped_total") == "0")
        #expect(page.value("postseal_build_info", ["version": "1.2.3"]) == "1")
        #expect(page.value("process_start_time_seconds") == "1790000000")
        #expect(page.value("process_resident_memory_bytes") == "41000000")
        #expect(page.value("process_cpu_seconds_total") == "12.34")
        #expect(page.value("process_open_fds") == "17")
        // What the kernel did not say is left out, not 0.
        #expect(page.value("process_max_fds") == nil)
        // ARC knows no softfail.
        #expect(page.value("postseal_verdicts_total", ["method": "arc", "result": "softfail"]) == nil)
    }

    @Test("What is counted shows under its labels alone")
    func counted() throws {
        let metrics = Self.metrics()
        metrics.messages.add(.incoming, .quarantine)
        metrics.messages.add(.incoming, .quarantine, count: 2)
        metrics.verdicts.add(.spf, .softfail)
        metrics.verdicts.add(.arc, .softfail)
        metrics.checkFailures.add(.internalError)
        metrics.connections.add()
        metrics.connections.add(count: -5)
        metrics.connectionsOpen.change(by: 3)
        metrics.connectionsOpen.change(by: -1)
        metrics.signingKeys.set(.ed25519, .mismatch, to: 4)
        metrics.httpRequests.add(.verify, HTTPStatusLabel(status: 413))
        let page = try ExpositionPage(metrics.page)
        #expect(page.value("postseal_messages_total", ["direction": "incoming", "disposition": "quarantine"]) == "3")
        #expect(page.value("postseal_messages_total", ["direction": "outgoing", "disposition": "quarantine"]) == "0")
        #expect(page.value("postseal_verdicts_total", ["method": "spf", "result": "softfail"]) == "1")
        // What should not be there is better seen than hidden.
        #expect(page.value("postseal_verdicts_total", ["method": "arc", "result": "softfail"]) == "1")
        #expect(page.value("postseal_check_failures_total", ["cause": "internal"]) == "1")
        #expect(page.value("postseal_milter_connections_total") == "1")
        #expect(page.value("postseal_milter_connections") == "2")
        #expect(page.value("postseal_signing_keys", ["algorithm": "ed25519-sha256", "state": "mismatch"]) == "4")
        #expect(page.value("postseal_http_requests_total", ["route": "verify", "status": "4xx"]) == "1")
    }

    @Test("Durations fall into buckets that add up")
    func durations() throws {
        let metrics = Self.metrics()
        for milliseconds in [0, 1, 2, 600, 30_000, 31_000] {
            metrics.messageDuration.observe(.incoming, .milliseconds(milliseconds))
        }
        metrics.messageDuration.observe(.incoming, .seconds(-1))
        metrics.messageDuration.observe(.outgoing, .seconds(Int64.max))
        let page = try ExpositionPage(metrics.page)
        func bucket(_ bound: String, _ direction: String = "incoming") -> String? {
            page.value("postseal_message_duration_seconds_bucket", ["direction": direction, "le": bound])
        }
        #expect(bucket("0.001") == "3")
        #expect(bucket("0.0025") == "4")
        #expect(bucket("0.5") == "4")
        #expect(bucket("1") == "5")
        #expect(bucket("30") == "6")
        #expect(bucket("+Inf") == "7")
        #expect(page.value("postseal_message_duration_seconds_count", ["direction": "incoming"]) == "7")
        #expect(page.value("postseal_message_duration_seconds_sum", ["direction": "incoming"]) == "61.603")
        #expect(bucket("30", "outgoing") == "0")
        #expect(bucket("+Inf", "outgoing") == "1")
    }

    @Test("Nothing that many threads count at once is lost")
    func threads() async {
        let metrics = Self.metrics()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<5000 {
                        metrics.messages.add(.incoming, .accept)
                        metrics.messagesInFlight.change(by: 1)
                        metrics.messageDuration.observe(.incoming, .milliseconds(3))
                        metrics.messagesInFlight.change(by: -1)
                    }
                }
            }
        }
        #expect(metrics.messages.current(.incoming, .accept) == 40_000)
        #expect(metrics.messagesInFlight.current == 0)
        #expect(metrics.messageDuration.numbers[0].buckets.reduce(0, +) == 40_000)
    }

    static let decimals: [(number: Int, digits: Int, text: String)] = [
        (0, 6, "0"), (1, 6, "0.000001"), (2500, 6, "0.0025"), (1_000_000, 6, "1"), (-1500, 3, "-1.5"),
        (30_000_000, 6, "30"), (61_603_000_000, 9, "61.603"), (Int.max, 9, "9223372036.854775807"),
        (Int.min, 0, "-9223372036854775808"),
    ]

    @Test("Decimal numbers are exact", arguments: decimals)
    func decimal(_ example: (number: Int, digits: Int, text: String)) {
        #expect(MetricsPage.decimal(example.number, digits: example.digits) == example.text)
    }

    static let escapes: [(text: String, label: String, help: String)] = [
        ("plain", "plain", "plain"), ("a\"b", "a\\\"b", "a\"b"), ("a\\b", "a\\\\b", "a\\\\b"),
        ("a\nb", "a\\nb", "a\\nb"), ("\\n", "\\\\n", "\\\\n"), ("é", "é", "é"),
    ]

    @Test("Label values and help texts stay on their line", arguments: escapes)
    func staysOnItsLine(_ example: (text: String, label: String, help: String)) {
        #expect(MetricsPage.escaped(example.text, quotes: true) == example.label)
        #expect(MetricsPage.escaped(example.text, quotes: false) == example.help)
    }

    static let stats: [(line: String, threads: Int?, resident: Int?, milliseconds: Int?)] = [
        (
            "7 (postseal) S 1 7 7 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 12 0 99 1000000 2500 18446744073709551615 1",
            12, 10_240_000, 2000
        ),
        // A program may be called anything.
        (
            "7 (a) S ( 9) R 1 7 7 0 -1 4194560 1 0 0 0 1 0 0 0 20 0 3 0 99 1000000 1 0",
            3, 4096, 10
        ),
        ("7 (postseal) S 1", nil, nil, nil), ("", nil, nil, nil), (")", nil, nil, nil),
    ]

    @Test("The kernel's line about a process is read", arguments: stats)
    func stat(_ example: (line: String, threads: Int?, resident: Int?, milliseconds: Int?)) {
        let figures = ProcessFigures(stat: Array(example.line.utf8), pageBytes: 4096, ticksPerSecond: 100)
        #expect(figures.threads == example.threads)
        #expect(figures.residentBytes == example.resident)
        #expect(figures.processorMilliseconds == example.milliseconds)
    }

    @Test("This process has figures")
    func ownFigures() throws {
        let figures = ProcessFigures.current()
        #expect(try #require(figures.residentBytes) > 1_000_000)
        #expect(try #require(figures.openDescriptors) >= 1)
        #expect(try #require(figures.threads) >= 1)
        #expect(try #require(figures.descriptorsMax) > 0)
    }
}
