internal import Glibc
internal import NIOPosix

/// A body that waits for its verdict: a small one in memory, the rest of a large one in a file without a name, which is
/// gone with the process, however that ends.
struct MessageSpool {
    /// The system does not keep it, by the number of its error.
    struct Failure: Error, Hashable {
        var number: Int32
    }

    private let folder: String
    private let share: SpoolShare
    private var memory: [UInt8] = []
    private var isMemoryRead = false
    private var file: UnnamedFile?
    private var fileOctets = 0
    private var octetsRead = 0

    /// Octets that are read from the file at once.
    private static let pieceOctets = 128 * 1024

    /// - Parameter share: what may be kept in memory.
    init(folder: String, share: SpoolShare) {
        self.folder = folder
        self.share = share
    }

    /// Whether some of it is in a file.
    var isInFile: Bool { file != nil }

    /// Keeps the next octets.
    mutating func append(_ octets: ArraySlice<UInt8>) async throws(Failure) {
        if file == nil, share.take(octets.count) {
            memory += octets
            return
        }
        let (file, folder, offset, piece) = (file, folder, fileOctets, Array(octets))
        self.file = try await Self.elsewhere { () throws(Failure) in
            let file = if let file { file } else { try UnnamedFile.make(in: folder) }
            try file.write(piece, at: offset)
            return file
        }
        fileOctets += octets.count
    }

    /// Gives it back, piece by piece; nil at its end.
    mutating func next() async throws(Failure) -> [UInt8]? {
        if !isMemoryRead {
            isMemoryRead = true
            if !memory.isEmpty { return memory }
        }
        memory = []
        share.giveBack()
        guard let file, octetsRead < fileOctets else { return nil }
        let (offset, count) = (octetsRead, min(Self.pieceOctets, fileOctets - octetsRead))
        let piece = try await Self.elsewhere { () throws(Failure) in try file.read(count, at: offset) }
        octetsRead += piece.count
        return piece
    }

    /// A disk may be slow, and an event loop must not wait for it.
    private static func elsewhere<Value: Sendable>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        do {
            return try await NIOThreadPool.singleton.runIfActive { try body() }
        } catch {
            throw error as? Failure ?? Failure(number: ECANCELED)
        }
    }
}

/// A file that only its descriptor leads to.
private final class UnnamedFile: Sendable {
    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Makes one, which nobody else can read.
    static func make(in folder: String) throws(MessageSpool.Failure) -> UnnamedFile {
        let path = folder + "/postseal-" + MessageIdentity.make()
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw MessageSpool.Failure(number: errno) }
        let file = UnnamedFile(descriptor)
        guard unlink(path) == 0 else { throw MessageSpool.Failure(number: errno) }
        return file
    }

    deinit { close(descriptor) }

    func write(_ octets: [UInt8], at offset: Int) throws(MessageSpool.Failure) {
        var done = 0
        while done < octets.count {
            let count = octets[done...].withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, offset + done) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw MessageSpool.Failure(number: count < 0 ? errno : ENOSPC) }
            done += count
        }
    }

    func read(_ octetCount: Int, at offset: Int) throws(MessageSpool.Failure) -> [UInt8] {
        var number: Int32 = 0
        let octets = [UInt8](unsafeUninitializedCapacity: octetCount) { buffer, count in
            while count < octetCount {
                let rest = octetCount - count
                let step = pread(descriptor, buffer.baseAddress?.advanced(by: count), rest, offset + count)
                if step < 0, errno == EINTR { continue }
                guard step > 0 else {
                    number = step < 0 ? errno : EIO
                    break
                }
                count += step
            }
        }
        guard number == 0 else { throw MessageSpool.Failure(number: number) }
        return octets
    }
}
