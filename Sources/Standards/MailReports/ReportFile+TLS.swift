internal import TLSRPT

extension ReportFile {
    /// Limit: what is refused of one text. What else is in the file has a right to be read.
    private static let refusedMax = 10

    /// Reads the TLS reports of a text: one, or several behind each other.
    mutating func readTLSReports(_ octets: [UInt8], _ place: ReportPlace) {
        guard hasItems(place) else { return }
        var reports: TLSReportSequence
        do {
            reports = try TLSReportSequence(octets)
        } catch {
            add(.failure(.tls(error)), octets.count, place)
            return
        }
        var refused = 0
        while !isFull, !reports.isAtEnd, refused < Self.refusedMax {
            guard hasItems(place), let (outcome, length) = reports.next() else { return }
            switch outcome {
            case .success(let report): add(.success(.tls(report)), length, place)
            case .failure(let error):
                add(.failure(.tls(error)), length, place)
                refused += 1
            }
        }
    }
}
