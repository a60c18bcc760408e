import Foundation
import Glibc
import TestSupport

/// A disk of its own, as small as a test wants it. Only root can have one: a test ends early where there is none.
struct SmallDisk {
    let path: String

    /// Calls with such a disk; nil where none can be made.
    static func with<Result>(octets: Int, _ body: (SmallDisk) async throws -> Result) async throws -> Result? {
        try await withFolder { folder in
            guard mount("tmpfs", folder, "tmpfs", 0, "size=\(octets)") == 0 else { return nil }
            defer { umount2(folder, CInt(MNT_DETACH)) }
            return try await body(SmallDisk(path: folder))
        }
    }

    /// Fills it, but for so many octets.
    func fill(but octets: Int) throws {
        let file = open("\(path)/ballast", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(file) }
        let piece = [UInt8](repeating: 1, count: 4096)
        var size = 0
        while case let count = write(file, piece, piece.count), count > 0 { size += count }
        guard ftruncate(file, off_t(max(size - octets, 0))) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    /// Lets nobody write any more.
    func freeze() throws {
        let flags = UInt(MS_REMOUNT | MS_RDONLY)
        guard mount(nil, path, nil, flags, nil) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
}
