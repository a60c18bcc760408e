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
        _ watch: ReportFolderWatch, _ folders: [String], removing: Bool = false, at time: UnixTime = later
    ) async {
        await watch.look(
            through: folders, removing: removing, reader: reader, now: { time }, resolver: { RecordedAnswers() })
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
            try Self.write(try Intake.aggregate(), "\(intake.folder)/a.xml")
            await Self.look(watch, [intake.folder], at: UnixTime(seconds: 0))
            #expect(try await intake.counts().counted == 0)
        }
    }

    @Test func aMaildirIsReadByItsReceiversResults() async throws {
        try await Intake.with { intake in
            let folder = "\(intake.folder)/Maildir"
            for part in ["", "/new", "/cur", "/tmp"] { mkdir(folder + part, 0o700) }
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
            let watch = ReportFolderWatch(receiver: intake.receiver, note: { Issue.record("\($0)") })
            await Self.look(watch, [folder], removing: true)
            #expect(ReportFolder(path: folder).names == ["link.xml", "notes.txt", "pipe.xml"])
        }
    }

    @Test func whatTookThePlaceOfAFileStays() async throws {
        try await Intake.with { intake in
            let path = "\(intake.folder)/a.xml"
            try Self.write(try Intake.aggregate(), path)
            let folder = ReportFolder(path: intake.folder)
            let file = try #require(folder.unseen("a.xml", [], now: Self.later.seconds))
            try Self.write(try Intake.aggregate(id: "a-longer-one"), path)
            #expect(ReportFolder.remove(file))
            #expect(access(path, F_OK) == 0)
            let changed = try #require(folder.unseen("a.xml", [], now: Self.later.seconds))
            #expect(ReportFolder.remove(changed))
            #expect(access(path, F_OK) != 0)
            // It is gone already.
            #expect(ReportFolder.remove(changed))
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
            #expect(notes.withLock(\.self) == [.unreadable(folder: folder), .readable(folder: folder)])
        }
    }
}
