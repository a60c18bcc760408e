import DMARC
import DNS
import MailNames
import TestSupport
import Testing
import Trace

@Suite("Traces")
struct DMARCTraceTests {
    static let resolver = zone([
        "example.com": "v=DMARC1; p=none; np=reject; pct=5", "dep.example.com": "v=DMARC1; p=none; psd=n",
    ])

    @Test("A trace tells what was asked, found, compared and decided, with the sections")
    func tells() async throws {
        let outcome = try await evaluate(
            "gone.example.com", spf: ["example.net"], dkim: ["x.dep.example.com", "other.com"], in: Self.resolver,
            tracing: true)
        let steps = outcome.trace.steps.map { step -> String in
            switch step.kind {
            case .asked(let question, let answer): "asked \(question.name.text)\(answer == nil ? " again" : "")"
            case .found: "found \(step.text)"
            case .compared(let agreed): "compared \(agreed) \(step.text)"
            case .decided: "decided \(step.text)"
            case .limit: "limit \(step.text)"
            }
        }
        #expect(
            steps == [
                "asked _dmarc.gone.example.com",
                "asked _dmarc.gone.example.com again",
                "asked _dmarc.example.com",
                "found record of example.com: v=DMARC1; p=none; np=reject",
                "found tag 'pct' at byte 29 is historic and ignored",
                "asked _dmarc.com",
                "found organizational domain of gone.example.com: example.com",
                "decided the record of example.com applies to gone.example.com",
                "compared false SPF domain example.net has nothing in common with gone.example.com",
                "asked _dmarc.x.dep.example.com",
                "asked _dmarc.dep.example.com",
                "found record of dep.example.com: v=DMARC1; p=none; psd=n",
                "decided the walk from x.dep.example.com stops at dep.example.com: psd=n",
                "compared false organizational domain of DKIM domain x.dep.example.com: dep.example.com; "
                    + "of gone.example.com: example.com",
                "asked _dmarc.other.com",
                "asked _dmarc.com again",
                "compared false organizational domain of DKIM domain other.com: other.com; "
                    + "of gone.example.com: example.com",
                "asked gone.example.com",
                "decided policy reject, by tag np",
                "decided fail: passing DKIM for x.dep.example.com and 1 more and SPF for example.net is not aligned "
                    + "with gone.example.com",
            ])
        #expect(outcome.trace.steps.allSatisfy { $0.citation != nil })
    }

    @Test("Nobody asked, nothing traced")
    func silent() async throws {
        let outcome = try await evaluate("example.com", in: Self.resolver)
        #expect(outcome.trace.steps.isEmpty && !outcome.trace.isEnabled)
    }
}
