internal import MailNames

extension Completion {
    /// Looks whether what is switched on can work.
    mutating func completeReportIntake(_ reports: inout ReportSettings) {
        reports.lmtpListeners = listeners(draft.reportListeners, key: "reports.lmtp.listen")
        if reports.takesPosts, draft.httpListeners.isEmpty {
            reading.error("needs http.listen", at: place("reports.posts"), key: "reports.posts")
        }
        if !reports.addresses.isEmpty, draft.milterListeners.isEmpty, draft.proxyListeners.isEmpty {
            reading.warning(
                "has no effect, because no mail comes in: set milter.listen or proxy.listen",
                at: place("reports.addresses"), key: "reports.addresses")
        }
        if reports.addresses.isEmpty, reading.place(of: "reports.mail") != nil {
            reading.warning("has no effect without reports.addresses", at: place("reports.mail"), key: "reports.mail")
        }
        if reports.folders.isEmpty, reading.place(of: "reports.files") != nil {
            reading.warning("has no effect without reports.folders", at: place("reports.files"), key: "reports.files")
        }
        let receivers = "reports.trusted-receivers"
        if reports.folders.isEmpty, reports.lmtpListeners.isEmpty, reading.place(of: receivers) != nil {
            reading.warning(
                "has no effect without reports.folders or reports.lmtp", at: place(receivers), key: receivers)
        }
        for folder in reports.folders where reports.folders.count(where: { $0 == folder }) > 1 {
            reading.error("\(folder) stands here twice", at: place("reports.folders"), key: "reports.folders")
            break
        }
        for (key, days) in [("keep-files", reports.originalDays), ("keep-records", reports.recordDays)]
        where days > reports.tallyDays && reading.place(of: "reports.\(key)") != nil {
            reading.warning(
                "is longer than reports.keep-sums, which all goes with", at: place("reports.\(key)"),
                key: "reports.\(key)")
        }
    }
}
