internal import MailBytes
internal import TLSRPT

extension TLSReportDay {
    /// The day of a number of days since 1970-01-01, as it is kept.
    init(number: Int64) {
        self.init(containing: UnixTime(seconds: number.multipliedReportingOverflow(by: 86_400).partialValue))
    }
}
