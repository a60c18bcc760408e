internal import HTTPTypes
internal import HummingbirdCore
public import MailBytes
internal import MailFormat
internal import NIOCore

/// Takes the reports of one request. The daemon has the one that stores them.
public protocol HTTPReportTaker: Sendable {
    /// Takes in the next octets of the body; false where there is no room for them. All requests together have a limit,
    /// and one that comes in slowly makes room for others.
    func add(_ octets: ArraySlice<UInt8>) -> Bool

    /// The whole body, once; nil where it had to make room.
    func complete() -> [UInt8]?

    /// Hears that a request is refused because there was no room.
    func noteBusy()

    /// Stores the reports in the body of a request.
    func take(_ octets: [UInt8]) async -> HTTPReportOutcome
}

/// What became of a body in which reports were looked for.
public enum HTTPReportOutcome: Sendable {
    /// They are stored; the object says how many.
    case stored(JSONValue)
    /// There is none that can be read, for this reason.
    case refused(String)
    /// They can't be stored now.
    case later
}

extension HTTPRoutes {
    /// Takes a posted report (RFC 8460 §3, §5.4).
    func takeReports(_ request: Request) async throws -> HTTPAnswer {
        guard let taker = reports() else { throw HTTPRefusal(404, "no reports are taken here") }
        let octetsMax = settings.reportOctetsMax
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > octetsMax {
            throw HTTPRefusal.bodyTooLarge(max: octetsMax)
        }
        let type = (request.headers[.contentType] ?? "").prefix { $0 != ";" }.lowercased()
        guard !type.hasPrefix("multipart/") else {
            throw HTTPRefusal(415, "the body must be the report itself, as application/tlsrpt+gzip or +json")
        }
        let coding = try ReportCoding(request.headers)
        var octetCount = 0
        for try await buffer in request.body {
            octetCount += buffer.readableBytes
            guard octetCount <= octetsMax else { throw HTTPRefusal.bodyTooLarge(max: octetsMax) }
            guard taker.add(Array(buffer.readableBytesView)[...]) else { throw noRoom(taker) }
        }
        guard let octets = taker.complete() else { throw noRoom(taker) }
        guard !octets.isEmpty else { throw HTTPRefusal(400, "there is no report: the body is empty") }
        guard coding.isUndone(octets) else { throw HTTPRefusal.unknownCoding }
        // RFC 8460 §5.4: what is posted is one report. An answer for several mails would not say which one it is of.
        guard Mbox.messages(in: octets).count == 1 else {
            throw HTTPRefusal(
                415,
                "an mbox of several mails is not taken here: hand in each report by itself, or import the file with "
                    + "'postseal report import'")
        }
        switch await taker.take(octets) {
        // RFC 8460 §5.4: any 2xx says that the report has arrived.
        case .stored(let object): return HTTPAnswer(.created, json: object)
        case .refused(let reason): throw HTTPRefusal(422, reason)
        case .later: throw HTTPRefusal.notStored(settings.retryAfterSeconds)
        }
    }

    private func noRoom(_ taker: any HTTPReportTaker) -> HTTPRefusal {
        taker.noteBusy()
        return HTTPRefusal.notStored(settings.retryAfterSeconds)
    }
}

/// The content coding of a posted report. A report is unpacked by what its octets are, which undoes gzip and zlib.
private struct ReportCoding {
    private let isDeflate: Bool

    /// - Throws: where it is one that is not undone.
    init(_ fields: HTTPFields) throws(HTTPRefusal) {
        let codings = fields[values: .contentEncoding].flatMap { $0.split { $0 == "," || $0 == " " || $0 == "\t" } }
            .map { $0.lowercased() }
        // RFC 9110 §8.4.1: x-gzip is gzip.
        guard codings.allSatisfy(["identity", "gzip", "x-gzip", "deflate"].contains) else {
            throw HTTPRefusal.unknownCoding
        }
        isDeflate = codings.last { $0 != "identity" } == "deflate"
    }

    /// RFC 9110 §8.4.1.2: deflate is zlib's format (RFC 1950 §2.2). Some send what is to be within that alone, which
    /// nothing can be told by.
    func isUndone(_ octets: [UInt8]) -> Bool {
        guard isDeflate else { return true }
        guard octets.count >= 2, octets[0] & 0x0F == 8 else { return false }
        return (Int(octets[0]) << 8 | Int(octets[1])) % 31 == 0
    }
}
