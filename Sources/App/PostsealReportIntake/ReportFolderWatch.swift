public import DNS
public import MailBytes
public import MailReports
internal import NIOPosix

/// Looks through folders for reports, again and again.
///
/// A file is looked at once, and again when it has changed. It is never touched, unless files whose reports are stored
/// are to go.
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
        let isMail = ReportFile.isMail(octets)
        let origin = isMail ? await reader.origin(of: octets, resolver: resolver(), now: now()) : .administrator
        switch await receiver.receive(octets, name: isMail ? nil : file.name, from: origin) {
        case .busy, .failed: return false
        case .tooLarge: note(.unreadableFile(path: file.path))
        case .done(let taking):
            if taking.reports > 0 {
                for refusal in taking.refusals { note(.refused(path: file.path, refusal)) }
            }
            if removing, taking.reports > 0, taking.refusals.isEmpty, !ReportFolder.remove(file) {
                note(.cannotRemove(path: file.path))
            }
        }
        return true
    }
}
