import Glibc
import MailBytes
import Testing

@testable import PostsealReportIntake

/// How long files wait of which DNS does not say whose they are.
@Suite struct UndecidedFilesTests {
    private static let begin = UnixTime(seconds: 1_795_132_800)
    private static let day: Int64 = 86_400

    private static func file(
        _ number: UInt64 = 1, octets: Int64 = 100, seconds: Int64 = 0
    ) -> ReportFolder.FileIdentity {
        var facts = stat()
        facts.st_ino = ino_t(number)
        facts.st_size = off_t(octets)
        facts.st_mtim.tv_sec = Int(seconds)
        return ReportFolder.FileIdentity(facts)
    }

    /// Tries again whenever that is due, for so long; how many times.
    private static func wait(
        _ files: inout UndecidedFiles, _ file: ReportFolder.FileIdentity, from start: UnixTime, for seconds: Int64
    ) -> Int {
        var tries = 0
        for elapsed in stride(from: 0, to: seconds, by: 30) {
            let now = start.adding(seconds: elapsed)
            guard !files.resting(at: now).contains(file) else { continue }
            files.add(file, [0], areOthersStored: true, at: now)
            tries += 1
        }
        return tries
    }

    @Test func theyAreTriedForADayWithGrowingPauses() {
        var files = UndecidedFiles()
        #expect((25...40).contains(Self.wait(&files, Self.file(), from: Self.begin, for: Self.day)))
        #expect(!files.isOverdue(Self.file(), at: Self.begin.adding(seconds: Self.day - 1)))
        #expect(files.isOverdue(Self.file(), at: Self.begin.adding(seconds: Self.day)))
        #expect(!files.isOverdue(Self.file(2), at: Self.begin.adding(seconds: Self.day)))
    }

    @Test func aFileThatGrowsHasWaitedAllTheSame() {
        var files = UndecidedFiles()
        let grown = Self.file(octets: 200, seconds: 9)
        _ = Self.wait(&files, Self.file(), from: Self.begin, for: Self.day)
        let later = Self.begin.adding(seconds: Self.day)
        #expect(files.isOverdue(grown, at: later) && !files.isOverdue(Self.file(octets: 50), at: later))
        // All of it is tried: there is more in it than was.
        #expect(files.open(in: grown) == nil && files.open(in: Self.file())?.messages == [0])
        files.add(grown, [0, 3], areOthersStored: false, at: later)
        #expect(files.open(in: grown)?.messages == [0, 3] && files.open(in: grown)?.areOthersStored == false)
        #expect(files.open(in: Self.file()) == nil && files.isOverdue(grown, at: later))
    }

    @Test func whatIsDecidedHasNotWaited() {
        var files = UndecidedFiles()
        _ = Self.wait(&files, Self.file(), from: Self.begin, for: Self.day)
        files.forget(Self.file())
        #expect(!files.isOverdue(Self.file(octets: 200), at: Self.begin.adding(seconds: 10 * Self.day)))
        files.add(Self.file(), [0], areOthersStored: true, at: Self.begin)
        files.keep([Self.file(2)])
        #expect(files.open(in: Self.file()) == nil)
    }

    /// A clock that leaps makes no tries, and one that is put right again keeps nothing waiting for years.
    @Test func clocksThatLeapSettleNothing() {
        var files = UndecidedFiles()
        let ahead = Self.begin.adding(seconds: 400 * Self.day)
        files.add(Self.file(), [0], areOthersStored: true, at: Self.begin)
        #expect(!files.isOverdue(Self.file(), at: ahead))
        files.add(Self.file(), [0], areOthersStored: true, at: ahead)
        files.add(Self.file(2), [0], areOthersStored: true, at: ahead)
        #expect(files.resting(at: ahead) == [Self.file(), Self.file(2)])
        #expect(files.resting(at: Self.begin.adding(seconds: 60)).isEmpty)
        files.add(Self.file(2), [0], areOthersStored: true, at: Self.begin)
        #expect(files.resting(at: Self.begin).contains(Self.file(2)))
        #expect(!files.resting(at: Self.begin.adding(seconds: 3600)).contains(Self.file(2)))
    }
}
