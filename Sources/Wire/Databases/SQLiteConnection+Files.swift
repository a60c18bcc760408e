internal import CSQLite
internal import Glibc

/// The file, and the log beside it.
extension SQLiteConnection {
    /// Opens a file to read it.
    ///
    /// A file with a log is read with the help of another one beside it (`-shm`), which has to be made. Where nothing
    /// can be made, as in a backup or a snapshot that is mounted for reading, and no log is there, nobody writes: the
    /// file is read as it is.
    static func openToRead(_ path: String) throws(DatabaseError) -> OpaquePointer {
        let handle = try open(path, SQLITE_OPEN_READONLY)
        // Nothing is read before the first statement.
        let code = sqlite3_exec(handle, "SELECT count(*) FROM sqlite_master", nil, nil, nil)
        guard code & 0xFF == SQLITE_CANTOPEN, !isWritable(folder(of: path)) else { return handle }
        sqlite3_close_v2(handle)
        guard isEmpty("\(path)-wal") else {
            throw DatabaseError(.cannotOpen, "it has a log (-wal) that can't be read where its folder can't be written")
        }
        return try open("file:\(escaped(path))?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI)
    }

    /// As ``DatabaseConnection`` promises.
    public func giveBack(pages: Int) throws(DatabaseError) -> Bool {
        let free = try number("PRAGMA freelist_count") ?? 0
        if pages > 0, free > 0 { try script("PRAGMA incremental_vacuum(\(pages))") }
        // Others read or write as they like: what they keep from being written back comes the next time.
        sqlite3_busy_timeout(handle, 0)
        sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
        sqlite3_busy_timeout(handle, Self.busyMilliseconds)
        guard pages > 0, free > 0 else { return false }
        // A file that was made without knows no such thing.
        let left = try number("PRAGMA freelist_count") ?? 0
        return left > 0 && left < free
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func isWritable(_ path: String) -> Bool { access(path, W_OK) == 0 }

    /// Whether a file is not there, or nothing is in it.
    private static func isEmpty(_ path: String) -> Bool {
        var facts = stat()
        return stat(path, &facts) == 0 ? facts.st_size == 0 : errno == ENOENT
    }

    /// A path within a URI: only what stands for itself there stays as it is.
    private static func escaped(_ path: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for octet in path.utf8 {
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"):
                result.append(octet)
            default: result += [UInt8(ascii: "%"), digits[Int(octet >> 4)], digits[Int(octet & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
