internal import FoundationEssentials
internal import Glibc
internal import MailFormat

/// Reading what the command is given.
enum FileInput {
    /// A larger message is refused: 512 MB.
    static let lengthMax = 512 << 20
    private static let pieceMax = 64 << 10

    /// The octets of a file; `-` is standard input.
    static func read(_ path: String) throws -> [UInt8] { try read(InputPath(path)) }

    /// The octets of a file; `-` is standard input.
    static func read(_ path: InputPath) throws -> [UInt8] {
        if path == .standardInput { return try read(descriptor: STDIN_FILENO, path: "standard input") }
        let descriptor = open(path.terminated, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CommandFailure("cannot read \(path): \(reason())") }
        defer { close(descriptor) }
        return try read(descriptor: descriptor, path: path.description)
    }

    private static func read(descriptor: Int32, path: String) throws -> [UInt8] {
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            throw CommandFailure("cannot read \(path): it is a directory")
        }
        let isRegular = status.st_mode & S_IFMT == S_IFREG
        // A file in one piece, with an octet more to see its end; what has no size, as it comes.
        var room = max(0, min(Int(status.st_size), lengthMax)) + 1
        var octets: [UInt8] = []
        while true {
            var failure: Int32 = 0
            let piece = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                let read = Glibc.read(descriptor, buffer.baseAddress, room)
                if read < 0 { failure = errno }
                count = max(0, read)
            }
            if failure == EINTR { continue }
            guard failure == 0 else { throw CommandFailure("cannot read \(path): \(reason(failure))") }
            guard !piece.isEmpty else { return octets }
            if octets.isEmpty { octets = piece } else { octets.append(contentsOf: piece) }
            guard octets.count <= lengthMax else { throw CommandFailure("cannot read \(path): larger than 512 MB") }
            // Some files of the kernel say that they are empty; those of other hosts may come in pieces.
            if isRegular, status.st_size > 0, piece.count < room, octets.count >= status.st_size { return octets }
            room = pieceMax
        }
    }

    /// A message file, with the line ends it has on the wire.
    static func message(_ path: InputPath) throws -> MailMessage {
        MailMessage(parsing: MailMessage.withNetworkLineEndings(try read(path)))
    }

    static func reason(_ code: Int32 = errno) -> String { String(cString: strerror(code)).lowercasedFirst }
}

/// Writing what the command makes.
enum FileOutput {
    /// Replaces a file with these octets.
    static func write(_ octets: [UInt8], to path: String) throws {
        try write(octets, to: path, flags: O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode: 0o644)
    }

    /// Makes a new file that only its owner may read (0600), and never replaces one.
    static func writeSecret(_ octets: [UInt8], to path: String) throws {
        try write(octets, to: path, flags: O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode: 0o600)
    }

    private static func write(_ octets: [UInt8], to path: String, flags: Int32, mode: mode_t) throws {
        let descriptor = open(path, flags, mode)
        guard descriptor >= 0 else { throw CommandFailure("cannot write \(path): \(FileInput.reason())") }
        defer { close(descriptor) }
        var rest = octets[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw CommandFailure("cannot write \(path): \(FileInput.reason())") }
            rest = rest.dropFirst(written)
        }
    }
}

extension String {
    /// The text with its first letter small, to stand inside a sentence.
    var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
