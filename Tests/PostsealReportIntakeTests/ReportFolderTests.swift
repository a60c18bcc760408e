import DNS
import Glibc
import MailBytes
import PostsealEngine
import PostsealReports
import Synchronization
import TestSupport
import Testing

@testable import PostsealReportIntake

/// Folders and Maildirs that reports are found in.
@Suite struct ReportFolderTests {
    private static let reader = ReportMailReader(receivers: ["mx.example.com"], options: InspectionOptions())
    /// Files that are made now have rested then.
    private static let later = UnixTime(seconds: Int64(time(nil)) + 3600)

    private static func look(
        _ watch: ReportFolderWatch, _ folders: [String], removing: Bool = false, at time: UnixTime = later,
        _ zone: [String] = []
    ) async {
        await watch.look(
            through: folders, removing: removing, reader: reader, now: { time }, resolver: { Zone(zone) })
    }

    private static func maildir(_ folder: String) -> String {
        for part in ["", "/new", "/cur", "/tmp"] { mkdir(folder + part, 0o700) }
        return folder
    }

    /// Says that a file was changed at a time.
    private static func date(_ path: String, _ seconds: Int64) {
        let time = timespec(tv_sec: Int(seconds), tv_nsec: 0)
        #expect(utimensat(AT_FDCWD, path, [time, time], 0) == 0)
    }

    private static func file(_ look: ReportFolder.Look) -> ReportFolder.File? {
        if case .file(let file) = look { file } else { nil }
    }

    private static func write(_ octets: [UInt8], _ path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        #expect(octets.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) } == octets.count)
    }

    @Test func filesAreTakenOnceAndAgainWhenTheyChange() async throws {
        try await Intake.with { intake in
            let folder = "\(intake.folder)/in"
            mkdir(folder, 0o700)
            let seen = Mutex(0)
            let receiver = ReportReceiver(store: intake.store, now: { Intake.now }) { _, _ in seen.withLock { $0 += 1 }
            }
            let watch = ReportFolderWatch(receiver: receiver, note: { _ in })
            try Self.write(try Intake.aggregate(), "\(folder)/a.xml")
            try Self.write(Array("no report".utf8), "\(folder)/notes.txt")
            try Self.write(try Intake.aggregate(id: "hidden"), "\(folder)/.hidden.xml")
            await Self.look(watch, [folder])
            await Self.look(watch, [folder])
            #expect(seen.withLock(\.self) == 2)
            #expect(try await intake.counts().counted == 1)
            try Self.write(try Intake.aggregate(id: "a-longer-one"), "\(folder)/a.xml")
            await Self.look(watch, [folder])
            #expect(seen.withLock(\.self) == 3)
            #expect(try await intake.counts().counted == 2)
        }
    }

    @Test func whatIsBeingWrittenIsLeftAlone() async throws {
        try await Intake.with { intake in
            let watch = ReportFolderWatch(receiver: intake.receiver, note: { _ in })
            let folder = "\(intake.folder)/in"
            mkdir(folder, 0o700)
            try Self.write(try Intake.aggregate(), "\(folder)/a.xml")
            Self.date("\(folder)/a.xml", Self.later.seconds)
            for (seconds, count) in [(-4, 0), (4, 0), (5, 1)] {
                await Self.look(watch, [folder], at: UnixTime(seconds: Self.later.seconds + Int64(seconds)))
                #expect(try await intake.counts().counted == count)
            }
        }
    }

    @Test func aMaildirIsReadByItsReceiversResults() async throws {
        try await Intake.with { intake in
            let folder = Self.maildir("\(intake.folder)/Maildir")
            let good = ["mx.example.com; dmarc=pass header.from=reporter.example"]
            try Self.write(Intake.mail(try Intake.aggregate(), results: good), "\(folder)/new/1.x")
            try Self.write(Intake.mail(try Intake.aggregate(id: "2")), "\(folder)/cur/2.x:2,S")
            try Self.write(Intake.mail(try Intake.aggregate(id: "3"), results: good), "\(folder)/tmp/3.x")
            let watch = ReportFolderWatch(receiver: intake.receiver, note: { _ in })
            // What is in a Maildir is whole, however young it is.
            await Self.look(watch, [folder], at: UnixTime(seconds: 0))
            let counts = try await intake.counts()
            #expect(counts.counted == 1)
            #expect(counts.apart == 1)
        }
    }

    @Test func whatIsStoredGoesAndNothingElse() async throws {
        try await Intake.with { intake in
            let folder = "\(intake.folder)/in"
            mkdir(folder, 0o700)
            try Self.write(try Intake.aggregate(), "\(folder)/a.xml")
            try Self.write(Array("no report".utf8), "\(folder)/notes.txt")
            symlink("/etc/hostname", "\(folder)/link.xml")
            mkfifo("\(folder)/pipe.xml", 0o600)
            mkdir("\(folder)/within", 0o700)
            let notes = Mutex<[ReportFolderWatch.Note]>([])
            let watch = ReportFolderWatch(receiver: intake.receiver) { note in notes.withLock { $0.append(note) } }
            await Self.look(watch, [folder], removing: true)
            // Who wrote it may go on.
            #expect(ReportFolder(path: folder).names?.count == 5)
            await Self.look(watch, [folder], removing: true, at: UnixTime(seconds: Self.later.seconds + 60))
            #expect(ReportFolder(path: folder).names == ["link.xml", "notes.txt", "pipe.xml", "within"])
            // What is no file is told once.
            let others = ["link.xml", "pipe.xml", "within"].map {
                ReportFolderWatch.Note.noFile(path: "\(folder)/\($0)")
            }
            #expect(notes.withLock(\.self) == others)
        }
    }

    @Test func whatTookThePlaceOfAFileStays() async throws {
        try await Intake.with { intake in
            let path = "\(intake.folder)/a.xml"
            try Self.write(try Intake.aggregate(), path)
            let folder = ReportFolder(path: intake.folder)
            let file = try #require(Self.file(folder.look(at: "a.xml", [], now: Self.later.seconds)))
            try Self.write(try Intake.aggregate(id: "a-longer-one"), path)
            #expect(ReportFolder.remove(file))
            #expect(access(path, F_OK) == 0)
            let changed = try #require(Self.file(folder.look(at: "a.xml", [], now: Self.later.seconds)))
            #expect(ReportFolder.remove(changed))
            #expect(access(path, F_OK) != 0)
            // It is gone already.
            #expect(ReportFolder.remove(changed))
        }
    }

    /// A mail whose writer pauses after the first part that is a report.
    @Test func aFileWhoseWriterGoesOnStays() async throws {
        try await Intake.with { intake in
            let path = "\(intake.folder)/in/a.eml"
            mkdir("\(intake.folder)/in", 0o700)
            let watch = ReportFolderWatch(receiver: intake.receiver, note: { Issue.record("\($0)") })
            let mail = Intake.mail(try Intake.aggregate())
            try Self.write(mail, path)
            await Self.look(watch, ["\(intake.folder)/in"], removing: true)
            await Self.look(
                watch, ["\(intake.folder)/in"], removing: true, at: UnixTime(seconds: Self.later.seconds + 5))
            #expect(access(path, F_OK) == 0)
            try Self.write(mail + Array("\r\n".utf8), path)
            await Self.look(
                watch, ["\(intake.folder)/in"], removing: true, at: UnixTime(seconds: Self.later.seconds + 60))
            #expect(access(path, F_OK) == 0)
            await Self.look(
                watch, ["\(intake.folder)/in"], removing: true, at: UnixTime(seconds: Self.later.seconds + 120))
            #expect(access(path, F_OK) != 0)
        }
    }

    @Test func whatIsStoredGoesFromAMaildirAtOnce() async throws {
        try await Intake.with { intake in
            let folder = Self.maildir("\(intake.folder)/Maildir")
            try Self.write(Intake.mail(try Intake.aggregate()), "\(folder)/new/1.x")
            let watch = ReportFolderWatch(receiver: intake.receiver, note: { Issue.record("\($0)") })
            await Self.look(watch, [folder], removing: true)
            #expect(ReportFolder(path: folder).names == [])
        }
    }

    /// A mail of which DNS does not say whose it is: it is tried again for a day, and holds nobody up.
    @Test func whatDNSDoesNotSayIsAskedAgain() async throws {
        try await Intake.with { intake in
            let folder = Self.maildir("\(intake.folder)/Maildir")
            let (late, _) = try Intake.signed(Intake.mail(try Intake.aggregate()))
            try Self.write(late.filter { $0 != .carriageReturn }, "\(folder)/new/1.x")
            let (other, key) = try Intake.signed(
                Intake.mail(try Intake.aggregate(id: "2")), by: "reporter.example")
            try Self.write(other, "\(folder)/new/2.x")
            let watch = ReportFolderWatch(receiver: intake.receiver, note: { Issue.record("\($0)") })
            let silent = ["s._domainkey.reporter.example TXT timeout"]
            await Self.look(watch, [folder], removing: true, silent)
            #expect(try await intake.counts() == (0, 0))
            // Not before a while.
            await Self.look(watch, [folder], removing: true, at: UnixTime(seconds: Self.later.seconds + 5), [key])
            #expect(try await intake.counts() == (0, 0))
            await Self.look(watch, [folder], removing: true, at: UnixTime(seconds: Self.later.seconds + 60), [key])
            #expect(try await intake.counts() == (2, 0))
            #expect(ReportFolder(path: folder).names == [])
        }
    }

    @Test func whatDNSNeverSaysIsKeptApartAndStays() async throws {
        try await Intake.with { intake in
            let folder = Self.maildir("\(intake.folder)/Maildir")
            let (mail, _) = try Intake.signed(Intake.mail(try Intake.aggregate()))
            try Self.write(mail, "\(folder)/new/1.x")
            let good = ["mx.example.com; dmarc=pass header.from=reporter.example"]
            try Self.write(Intake.mail(try Intake.aggregate(id: "2"), results: good), "\(folder)/new/2.x")
            let watch = ReportFolderWatch(receiver: intake.receiver, note: { Issue.record("\($0)") })
            let silent = ["s._domainkey.reporter.example TXT timeout"]
            for hours in 0..<24 {
                let time = UnixTime(seconds: Self.later.seconds + Int64(hours) * 3600)
                await Self.look(watch, [folder], removing: true, at: time, silent)
                #expect(try await intake.counts() == (1, 0))
            }
            await Self.look(
                watch, [folder], removing: true, at: UnixTime(seconds: Self.later.seconds + 86_400), silent)
            #expect(try await intake.counts() == (1, 1))
            #expect(ReportFolder(path: folder).names == ["new/1.x"])
        }
    }

    /// Names are octets, and a time to come is no sign of a writer.
    @Test func oddFilesAreReadAllTheSame() async throws {
        try await Intake.with { intake in
            let folder = ReportFolder(path: "\(intake.folder)/in")
            mkdir(folder.path, 0o700)
            let odd = FileName(Array("r".utf8) + [0xE9] + Array("port.xml".utf8))
            try Self.write(try Intake.aggregate(), "\(folder.path)/plain")
            #expect(rename("\(folder.path)/plain", odd.path(in: folder.path)) == 0)
            try Self.write(try Intake.aggregate(id: "2"), "\(folder.path)/future.xml")
            Self.date("\(folder.path)/future.xml", Self.later.seconds + 86_400)
            #expect(folder.names == ["future.xml", odd])
            let watch = ReportFolderWatch(receiver: intake.receiver, note: { Issue.record("\($0)") })
            await Self.look(watch, [folder.path], removing: true)
            #expect(try await intake.counts().counted == 2)
            await Self.look(watch, [folder.path], removing: true, at: UnixTime(seconds: Self.later.seconds + 60))
            #expect(folder.names == [])
        }
    }

    /// Other files and other mail are nothing to tell.
    @Test func aBrokenReportIsNamedOnce() async throws {
        try await Intake.with { intake in
            let folder = "\(intake.folder)/in"
            mkdir(folder, 0o700)
            try Self.write(Array(try Intake.aggregate().dropLast(20)), "\(folder)/cut.xml")
            try Self.write(Array("no report".utf8), "\(folder)/garbage.xml")
            try Self.write(Array("no report".utf8), "\(folder)/notes.txt")
            let mail = "From: a@b.example\r\nSubject: x\r\nDate: y\r\n\r\nHello\r\n"
            try Self.write(Array(mail.utf8), "\(folder)/mail.eml")
            let notes = Mutex<[ReportFolderWatch.Note]>([])
            let watch = ReportFolderWatch(receiver: intake.receiver) { note in notes.withLock { $0.append(note) } }
            await Self.look(watch, [folder])
            await Self.look(watch, [folder])
            let paths = notes.withLock(\.self).compactMap { note in
                if case .refused(let path, _) = note { path } else { nil }
            }
            #expect(paths == ["\(folder)/cut.xml", "\(folder)/garbage.xml"])
            #expect(notes.withLock(\.count) == 2)
        }
    }

    /// Else its parts would be taken for folders in a plain one, and nobody would hear of it.
    @Test func aMaildirThatCannotBeOpenedIsNoPlainFolder() async throws {
        try await Intake.with { intake in
            let folder = Self.maildir("\(intake.folder)/Maildir")
            rmdir("\(folder)/cur")
            symlink("cur", "\(folder)/cur")
            let notes = Mutex<[ReportFolderWatch.Note]>([])
            let watch = ReportFolderWatch(receiver: intake.receiver) { note in notes.withLock { $0.append(note) } }
            await Self.look(watch, [folder])
            #expect(
                notes.withLock(\.self) == [.unreadable(folder: folder, reason: "Too many levels of symbolic links")])
        }
    }

    /// A service that may not look into a mailbox says so, and what it may not read is tried again.
    @Test(.enabled(if: geteuid() != 0, "root may read everything"))
    func whatMayNotBeReadIsTold() async throws {
        try await Intake.with { intake in
            let folder = Self.maildir("\(intake.folder)/Maildir")
            let notes = Mutex<[ReportFolderWatch.Note]>([])
            let watch = ReportFolderWatch(receiver: intake.receiver) { note in notes.withLock { $0.append(note) } }
            chmod("\(folder)/cur", 0)
            await Self.look(watch, [folder])
            chmod("\(folder)/cur", 0o700)
            try Self.write(Intake.mail(try Intake.aggregate()), "\(folder)/new/1.x")
            chmod("\(folder)/new/1.x", 0)
            await Self.look(watch, [folder])
            await Self.look(watch, [folder])
            chmod("\(folder)/new/1.x", 0o600)
            await Self.look(watch, [folder])
            #expect(try await intake.counts().apart == 1)
            #expect(
                notes.withLock(\.self) == [
                    .unreadable(folder: folder, reason: "Permission denied"), .readable(folder: folder),
                    .unreadableFile(path: "\(folder)/new/1.x"),
                ])
        }
    }

    @Test func aFolderThatComesBackIsToldAnew() async throws {
        try await Intake.with { intake in
            let notes = Mutex<[ReportFolderWatch.Note]>([])
            let watch = ReportFolderWatch(receiver: intake.receiver) { note in notes.withLock { $0.append(note) } }
            let folder = "\(intake.folder)/none"
            for folders in [[folder], [], [folder]] { await Self.look(watch, folders) }
            let note = ReportFolderWatch.Note.unreadable(folder: folder, reason: "No such file or directory")
            #expect(notes.withLock(\.self) == [note, note])
        }
    }

    @Test func aFolderThatIsNotThereIsToldOnce() async throws {
        try await Intake.with { intake in
            let notes = Mutex<[ReportFolderWatch.Note]>([])
            let watch = ReportFolderWatch(receiver: intake.receiver) { note in notes.withLock { $0.append(note) } }
            let folder = "\(intake.folder)/none"
            await Self.look(watch, [folder])
            await Self.look(watch, [folder])
            mkdir(folder, 0o700)
            await Self.look(watch, [folder])
            #expect(
                notes.withLock(\.self) == [
                    .unreadable(folder: folder, reason: "No such file or directory"), .readable(folder: folder),
                ])
        }
    }
}
