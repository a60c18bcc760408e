// libFuzzer's entry points. One executable holds every target; POSTSEAL_FUZZ_TARGET names the one to run.

import Foundation

/// A fuzz target: takes octets, must return, and must trap only when a property does not hold.
typealias FuzzTarget = @Sendable ([UInt8]) -> Void

/// All targets by name. Each is defined in the file of its module.
let fuzzTargets: [String: FuzzTarget] = [
    "accounts": fuzzAccounts,
    "address-list": fuzzAddressList,
    "arc-set": fuzzARCSet,
    "authentication-results": fuzzAuthenticationResults,
    "certificate": fuzzCertificate,
    "configuration": fuzzConfiguration,
    "content-type": fuzzContentType,
    "dashboard-request": fuzzDashboardRequest,
    "date": fuzzDate,
    "dkim-key": fuzzDKIMKey,
    "dkim-signature": fuzzDKIMSignature,
    "dkim-verify": fuzzDKIMVerify,
    "dmarc-record": fuzzDMARCRecord,
    "dns-answers": fuzzDNSAnswers,
    "dns-packet": fuzzDNSPacket,
    "message": fuzzMessage,
    "milter-client": fuzzMilterClient,
    "milter-session": fuzzMilterSession,
    "mime": fuzzMIME,
    "mta-sts": fuzzMTASTS,
    "netstring": fuzzNetstring,
    "report-container": fuzzReportContainer,
    "report-failure": fuzzReportFailure,
    "report-mail": fuzzReportMail,
    "report-stored-forms": fuzzStoredForms,
    "report-xml": fuzzReportXML,
    "smtp-client": fuzzSMTPClient,
    "smtp-proxy-header": fuzzSMTPProxyHeader,
    "smtp-server": fuzzSMTPServer,
    "spf-check": fuzzSPFCheck,
    "spf-record": fuzzSPFRecord,
    "tlsa": fuzzTLSA,
    "tlsrpt": fuzzTLSRPT,
    "tlsrpt-datagram": fuzzTLSRPTDatagram,
]

private let chosen: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["POSTSEAL_FUZZ_TARGET"] ?? ""
    guard let target = fuzzTargets[name] else {
        print("set POSTSEAL_FUZZ_TARGET to one of: \(fuzzTargets.keys.sorted().joined(separator: " "))")
        exit(2)
    }
    return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    chosen(Array(UnsafeBufferPointer(start: data, count: size)))
    return 0
}
