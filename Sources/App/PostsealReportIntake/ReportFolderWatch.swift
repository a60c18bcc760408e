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
        /// A folder can't be read, in the system's words.
        case unreadable(folder: String, reason: String)
        /// A folder can be read again.
        case readable(folder: String)
        /// A file can't be read, or is too large.
        case unreadableFile(path: String)
        /// What is there is no plain file, and is not looked into.
        case noFile(path: String)
        /// In a file that reports were found in, or that should be one, something was refused.
        case refused(path: String, MailReportError)
        /// A file whose reports are stored can't be removed.
        case cannotRemove(path: String)
    }

    /// What is known of a folder.
    private struct Memory {
        var seen: Set<ReportFolder.FileIdentity> = []
        var undecided = UndecidedFiles()
        /// Files that go if nobody has written on, and when they were read.
        var stored: [(file: ReportFolder.File, time: UnixTime, isTold: Bool)] = []
        /// Names of which it was told that they can't be read.
        var told: Set<FileName> = []
    }

    /// What became of a file, or of a message in it.
    private enum Fate {
        /// It need not be looked at again.
        case done
        /// The same, and all of its reports are stored.
        case stored
        /// DNS does not say now whose it is.
        case undecided
        /// Nothing can be stored now.
        case later
    }

    /// A file in a plain folder has to stay the same for so long before it goes: its writer may have paused.
    static let removalSeconds: Int64 = 30

    private let receiver: ReportReceiver
    private let note: @Sendable (Note) -> Void
    private var memories: [String: Memory] = [:]
    private var unreadable: Set<String> = []

    public init(receiver: ReportReceiver, note: @escaping @Sendable (Note) -> Void) {
        self.receiver = receiver
        self.note = note
    }

    /// Looks through folders once.
    ///
    /// - Parameters:
    ///   - paths: Maildirs, or folders of files.
    ///   - removing: whether files go whose reports are all stored: those of a Maildir at once, others at a later look.
    ///   - reader: finds out who vouches for mails.
    ///   - resolver: who answers for one mail.
    ///   - now: the time.
    public func look(
        through paths: [String], removing: Bool, reader: ReportMailReader, now: @Sendable () -> UnixTime,
        resolver: @Sendable () -> some DNS.Resolver
    ) async {
        memories = memories.filter { paths.contains($0.key) }
        // What was not looked through meanwhile is told of anew.
        unreadable.formIntersection(paths)
        for path in paths {
            let folder = ReportFolder(path: path)
            guard let listing = try? await NIOThreadPool.singleton.runIfActive({ folder.listing }) else { return }
            let names: [FileName]
            switch listing {
            case .success(let found): names = found
            case .failure(let failure):
                if unreadable.insert(path).inserted { note(.unreadable(folder: path, reason: failure.text)) }
                continue
            }
            if unreadable.remove(path) != nil { note(.readable(folder: path)) }
            var memory = memories[path] ?? Memory()
            defer { memories[path] = memory }
            await removeStored(&memory, removing, at: now())
            let resting = memory.undecided.resting(at: now())
            for name in names {
                guard !Task.isCancelled else { return }
                guard let file = await file(name, in: folder, &memory, resting, at: now()) else { continue }
                switch await take(file, removing, &memory.undecided, reader, now, resolver) {
                case .later: return
                case .undecided: break
                case .done: memory.seen.insert(file.identity)
                case .stored:
                    // What a reader has moved to another name meanwhile is known there, and goes then.
                    let isTried = file.isWhole
                    if isTried, await remove(file) { break }
                    memory.seen.insert(file.identity)
                    memory.stored.append((file.withoutOctets, now(), isTried))
                }
            }
            await forgetWhatIsGone(&memory, folder, names)
        }
    }

    /// A file that is to be taken in; nil for everything else.
    private func file(
        _ name: FileName, in folder: ReportFolder, _ memory: inout Memory,
        _ resting: Set<ReportFolder.FileIdentity>, at now: UnixTime
    ) async -> ReportFolder.File? {
        let known = [memory.seen, resting]
        let look = try? await NIOThreadPool.singleton.runIfActive { folder.look(at: name, known, now: now.seconds) }
        let path = "\(folder.path)/\(name.text)"
        switch look {
        case nil: return nil
        case .noFile: if memory.told.insert(name).inserted { note(.noFile(path: path)) }
        case .unreadable: if memory.told.insert(name).inserted { note(.unreadableFile(path: path)) }
        case .nothing: memory.told.remove(name)
        case .file(let file):
            memory.told.remove(name)
            return file
        }
        return nil
    }

    /// Takes a file in, or what was undecided of it.
    private func take(
        _ file: ReportFolder.File, _ removing: Bool, _ undecided: inout UndecidedFiles, _ reader: ReportMailReader,
        _ now: @Sendable () -> UnixTime, _ resolver: @Sendable () -> some DNS.Resolver
    ) async -> Fate {
        guard let octets = file.octets else {
            note(.unreadableFile(path: file.path))
            return .done
        }
        let isMbox = Mbox.begins(octets)
        let messages = Mbox.messages(in: octets)
        let isOverdue = undecided.isOverdue(file.identity, at: now())
        let tried = undecided.open(in: file.identity)
        var (open, areStored): (Set<Int>, Bool) = ([], tried?.areOthersStored ?? !messages.isEmpty)
        for (index, message) in messages.enumerated() where tried?.messages.contains(index) ?? true {
            guard !Task.isCancelled else { return .later }
            // Programs differ in what they do about lines of a text that look like those between messages: behind the
            // first one there may be what a stranger wrote, results of our own receivers among it.
            let reader = index == 0 ? reader : ReportMailReader(receivers: [], options: reader.options)
            switch await receive(Array(message), isMbox, file, removing, isOverdue: isOverdue, reader, now, resolver) {
            case .later: return .later
            case .undecided: open.insert(index)
            case .done: areStored = false
            case .stored: break
            }
        }
        guard open.isEmpty else {
            undecided.add(file.identity, open, areOthersStored: areStored, at: now())
            return .undecided
        }
        undecided.forget(file.identity)
        return areStored ? .stored : .done
    }

    /// Takes a message in, or a file that is no mbox.
    ///
    /// - Parameter isOverdue: whether DNS was given enough time to say whose it is.
    private func receive(
        _ octets: [UInt8], _ isInMbox: Bool, _ file: ReportFolder.File, _ removing: Bool, isOverdue: Bool,
        _ reader: ReportMailReader, _ now: @Sendable () -> UnixTime, _ resolver: @Sendable () -> some DNS.Resolver
    ) async -> Fate {
        // What stands in an mbox came by mail, whatever it looks like.
        let isMail = isInMbox || ReportFile.isMail(octets)
        let found = isMail ? await reader.origin(of: octets, resolver: resolver(), now: now()) : .administrator
        let origin = isOverdue ? found.settled : found
        switch await receiver.receive(octets, name: isMail ? nil : file.name, from: origin) {
        case .busy, .failed: return .later
        case .undecided: return .undecided
        case .tooLarge: note(.unreadableFile(path: file.path))
        case .done(let taking):
            // Mailboxes have other mail as well, and folders other files.
            for refusal in taking.refusals where taking.reports > 0 || !refusal.isForeign(in: isMail ? nil : file.name)
            {
                note(.refused(path: file.path, refusal))
            }
            // What is kept apart for want of DNS alone must not be the only copy.
            let isDecided = origin == found || taking.isCounted
            if removing, taking.reports > 0, taking.refusals.isEmpty, isDecided { return .stored }
        }
        return .done
    }

    /// Removes files that were stored at an earlier look, and stayed the same.
    private func removeStored(_ memory: inout Memory, _ removing: Bool, at now: UnixTime) async {
        let stored = memory.stored
        memory.stored = []
        guard removing else { return }
        for (file, time, isTold) in stored {
            if !isTold, (0..<Self.removalSeconds).contains(now.seconds - time.seconds) {
                memory.stored.append((file, time, isTold))
            } else if await !remove(file, isTold: isTold) {
                memory.stored.append((file, time, true))
            }
        }
    }

    /// Removes a file; false where it is still there.
    private func remove(_ file: ReportFolder.File, isTold: Bool = false) async -> Bool {
        let isGone = try? await NIOThreadPool.singleton.runIfActive { ReportFolder.remove(file) }
        if isGone == false, !isTold { note(.cannotRemove(path: file.path)) }
        return isGone == true
    }

    private func forgetWhatIsGone(_ memory: inout Memory, _ folder: ReportFolder, _ names: [FileName]) async {
        memory.told.formIntersection(names)
        guard let present = try? await NIOThreadPool.singleton.runIfActive({ folder.present(names) }) else { return }
        memory.seen.formIntersection(present)
        memory.undecided.keep(present)
    }
}

extension MailReportError {
    /// Whether it says of something that it never was meant for a report: other mail, other files.
    ///
    /// - Parameter name: the name of the file; nil for a mail.
    fileprivate func isForeign(in name: String?) -> Bool {
        guard case .container(let error) = self else { return false }
        let isCalledReport = name.map { name in [".xml", ".json", ".gz", ".zip"].contains { name.hasSuffix($0) } }
        return error.problem == .noReport || error.problem == .notReport && isCalledReport == false
    }
}
