internal import Glibc
public import MTASTS
public import MailBytes
public import MailNames
internal import PostsealState
public import TransportPolicy

/// MTA-STS policies in memory and in a file, so that what is known outlives a restart.
///
/// A line is added for each entry that changes, and the last line of a domain counts: what was written is there after
/// any end of the program. When half of the file is old lines it is written anew, under another name that then takes
/// its place. Nothing in it is secret; the file is the daemon's alone all the same (0600).
public actor MTASTSCacheFile: MTASTSStore {
    /// What there is to tell the administrator.
    public enum Report: Sendable, Hashable {
        /// Lines that could not be read were passed over.
        case skipped(lines: Int)
        /// The file could not be written; policies are known until the program ends.
        case cannotWrite(String)
    }

    /// Limit: so many domains are remembered. Where there are more, those go whose policy ends first.
    static let entriesMax = 200_000
    /// Limit: a larger file is not one of ours.
    static let octetsMax = 1 << 30

    private let path: String
    private let report: @Sendable (Report) -> Void
    private var entries: [DomainName: MTASTSCacheEntry] = [:]
    private var lineCount = 0
    private var isFailing = false
    /// Whether the file ends within a line, because the disk was full or the machine stopped.
    private var isWithinLine = false

    /// Reads what there is; a file that is not there is an empty one.
    ///
    /// - Throws: where the file can't be read, or its folder does not let it be written.
    public init(path: String, report: @escaping @Sendable (Report) -> Void) throws(MTASTSCacheFileError) {
        self.path = path
        self.report = report
        let content = try Self.content(of: path)
        let text = MTASTSCacheText(parsing: content)
        entries = text.entries
        // As many as there may be, at least; the first change puts it right.
        lineCount = content.count { $0 == UInt8(ascii: "\n") }
        isWithinLine = content.last.map { $0 != UInt8(ascii: "\n") } ?? false
        if !text.skipped.isEmpty { report(.skipped(lines: text.skipped.count)) }
        // That it can't be written should be known at the start, and not when the first policy comes.
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw MTASTSCacheFileError(path, errno) }
        close(descriptor)
    }

    /// What is known of a domain.
    public func entry(for domain: DomainName) -> MTASTSCacheEntry? { entries[domain] }

    /// The domains whose policies are known.
    public var domains: [DomainName] { Array(entries.keys) }

    /// Keeps an entry, in memory and as a line of the file.
    public func keep(_ entry: MTASTSCacheEntry) {
        if entries[entry.domain] == nil, entries.count >= Self.entriesMax { makeRoom() }
        entries[entry.domain] = entry
        if lineCount >= 2 * entries.count + 100 {
            rewrite()
        } else {
            append(entry.line + "\n")
        }
    }

    /// Forgets what is of no use any more.
    public func tidy(at now: UnixTime) {
        let before = entries.count
        entries = entries.filter { !$0.value.isDisposable(at: now) }
        if entries.count < before { rewrite() }
    }

    private func makeRoom() {
        let inOrder = entries.values.sorted { ends($0) < ends($1) }
        for entry in inOrder.prefix(max(1, entries.count / 10)) { entries[entry.domain] = nil }
    }

    private func ends(_ entry: MTASTSCacheEntry) -> Int64 { entry.fetched?.expiresAt.seconds ?? 0 }

    // MARK: The file

    private func append(_ text: String) {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return failed(errno) }
        defer { close(descriptor) }
        guard StateFiles.writeAll(Array(((isWithinLine ? "\n" : "") + text).utf8), to: descriptor) else {
            isWithinLine = true
            return failed(errno)
        }
        isWithinLine = false
        lineCount += 1
        isFailing = false
    }

    private func rewrite() {
        let new = path + ".new"
        unlink(new)
        let descriptor = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return failed(errno) }
        let text = MTASTSCacheText.text(entries.values.sorted { $0.domain.text < $1.domain.text })
        let isWritten = StateFiles.writeAll(Array(text.utf8), to: descriptor) && fsync(descriptor) == 0
        let code = errno
        close(descriptor)
        guard isWritten, rename(new, path) == 0 else {
            failed(isWritten ? errno : code)
            unlink(new)
            return
        }
        lineCount = entries.count
        isWithinLine = false
        isFailing = false
    }

    /// Told once, until it works again: a full disk would fill the log as well.
    private func failed(_ code: Int32) {
        if !isFailing { report(.cannotWrite(MTASTSCacheFileError(path, code).description)) }
        isFailing = true
    }

    private static func content(of path: String) throws(MTASTSCacheFileError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return [] }
            throw MTASTSCacheFileError(path, errno)
        }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while content.count < octetsMax {
            let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw MTASTSCacheFileError(path, errno) }
            if count == 0 { return content }
            content += piece[..<count]
        }
        throw MTASTSCacheFileError(path, EFBIG)
    }
}

/// Why the file of policies can't be used.
public struct MTASTSCacheFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One clause.
    public let description: String

    init(_ path: String, _ code: Int32) {
        description = "cannot keep MTA-STS policies in \(path): \(String(cString: strerror(code)))"
    }
}
