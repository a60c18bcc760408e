public import DNS
public import MailBytes
internal import MailFormat
public import MailReports
internal import NIOPosix

/// Looks through folders for reports, again and again.
///
/// A file is looked at once, and again when it has changed. It is never touched, unless files whose reports are stored
/// are to go. An mbox goes if every message in it had reports, and all of them are stored.
public actor ReportFolderWatch {
    /// What there is to tell the administrator.
    public enum Note: Hashable, Sendable {
        /// A folder can't be read.
        case unreadable(folder: String)
        /// A folder can be read again.
        case readable(folder: String)
        /// A file can't be read, or is too large.
        case unreadableFile(path: String)
        /// In a file that reports were found in, something was refused.
        case refused(path: String, MailReportError)
        /// A file whose reports are stored can't be removed.
        case cannotRemove(path: String)
    }

    private let receiver: ReportReceiver
    private let note: @Sendable (Note) -> Void
    private var seen: [String: Set<ReportFolder.FileIdentity>] = [:]
    private var unreadable: Set<String> = []

    public init(receiver: ReportReceiver, note: @escaping @Sendable (Note) -> Void) {
        self.receiver = receiver
        self.note = note
    }

    /// Looks through folders once.
    ///
    /// - Parameters:
    ///   - paths: Maildirs, or folders of files.
    ///   - removing: whether files go whose reports are all stored.
    ///   - reader: finds out who vouches for mails.
    ///   - resolver: who answers for one mail.
    ///   - now: the time.
    public func look(
        through paths: [String], removing: Bool, reader: ReportMailReader, now: @Sendable () -> UnixTime,
        resolver: @Sendable () -> some DNS.Resolver
    ) async {
        seen = seen.filter { paths.contains($0.key) }
        for path in paths {
            let folder = ReportFolder(path: path)
            guard let names = try? await NIOThreadPool.singleton.runIfActive({ folder.names }) else {
                if unreadable.insert(path).inserted { note(.unreadable(folder: path)) }
                continue
            }
            if unreadable.remove(path) != nil { note(.readable(folder: path)) }
            for name in names {
                guard !Task.isCancelled else { return }
                let known = seen[path] ?? []
                let time = now().seconds
                guard
                    let file = try? await NIOThreadPool.singleton.runIfActive({
                        folder.unseen(name, known, now: time)
                    })
                else { continue }
                guard await take(file, removing, reader, now, resolver) else { return }
                seen[path, default: []].insert(file.identity)
            }
            // What is gone need not be remembered.
            let present = try? await NIOThreadPool.singleton.runIfActive { folder.present(names) }
            if let present { seen[path]?.formIntersection(present) }
        }
    }

    /// Takes a file in.
    ///
    /// - Returns: false where it has to be tried again.
    private func take(
        _ file: ReportFolder.File, _ removing: Bool, _ reader: ReportMailReader, _ now: @Sendable () -> UnixTime,
        _ resolver: @Sendable () -> some DNS.Resolver
    ) async -> Bool {
        guard let octets = file.octets else {
            note(.unreadableFile(path: file.path))
            return true
        }
        let isMbox = Mbox.begins(octets)
        var isStored = true
        for (index, message) in Mbox.messages(in: octets).enumerated() {
            guard !Task.isCancelled else { return false }
            // Programs differ in what they do about lines of a text that look like those between messages: behind the
            // first one there may be what a stranger wrote, results of our own receivers among it.
            let reader = index == 0 ? reader : ReportMailReader(receivers: [], options: reader.options)
            switch await receive(Array(message), isMbox, file, reader, now, resolver) {
            case nil: return false
            case false?: isStored = false
            case true?: break
            }
        }
        if removing, isStored, !ReportFolder.remove(file) { note(.cannotRemove(path: file.path)) }
        return true
    }

    /// Takes a message in, or a file that is no mbox.
    ///
    /// - Returns: whether reports were in it and each of them is stored; nil where it has to be tried again.
    private func receive(
        _ octets: [UInt8], _ isInMbox: Bool, _ file: ReportFolder.File, _ reader: ReportMailReader,
        _ now: @Sendable () -> UnixTime, _ resolver: @Sendable () -> some DNS.Resolver
    ) async -> Bool? {
        // What stands in an mbox came by mail, whatever it looks like.
        let isMail = isInMbox || ReportFile.isMail(octets)
        let origin = isMail ? await reader.origin(of: octets, resolver: resolver(), now: now()) : .administrator
        switch await receiver.receive(octets, name: isMail ? nil : file.name, from: origin) {
        case .busy, .failed: return nil
        case .tooLarge:
            note(.unreadableFile(path: file.path))
            return false
        case .done(let taking):
            guard taking.reports > 0 else { return false }
            for refusal in taking.refusals { note(.refused(path: file.path, refusal)) }
            return taking.refusals.isEmpty
        }
    }
}
