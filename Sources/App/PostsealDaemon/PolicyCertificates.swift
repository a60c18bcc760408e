internal import Glibc
internal import HTTPSServing
internal import MailNames
internal import PostsealConfiguration

/// The files of policy hosts' certificates, as they were at a moment.
struct PolicyCertificates: Sendable {
    private let domains: [PolicyHostingSettings.Hosted]
    /// What changes when a file does, by its path.
    let stamps: [String: FileStamp]

    init(_ settings: PolicyHostingSettings) {
        domains = settings.listeners.isEmpty ? [] : settings.domains
        let paths = Set(domains.flatMap { [$0.certificatePath, $0.keyPath] })
        stamps = Dictionary(uniqueKeysWithValues: paths.map { ($0, FileStamp($0)) })
    }

    /// The certificates by the name of their policy host; each pair of files is read once.
    func read() throws(DaemonError) -> [DomainName: HTTPSIdentity] {
        var known: [String: HTTPSIdentity] = [:]
        var identities: [DomainName: HTTPSIdentity] = [:]
        for hosted in domains {
            let pair = "\(hosted.certificatePath)\n\(hosted.keyPath)"
            if known[pair] == nil { known[pair] = try Self.identity(hosted) }
            identities[hosted.host] = known[pair]
        }
        return identities
    }

    private static func identity(_ hosted: PolicyHostingSettings.Hosted) throws(DaemonError) -> HTTPSIdentity {
        let files = SystemFiles()
        var path = hosted.certificatePath
        do throws(FileError) {
            let chain = try files.read(path, octetsMax: 1 << 20).octets
            path = hosted.keyPath
            let key = try files.read(path, octetsMax: 1 << 20).octets
            do throws(HTTPSServerError) {
                return try HTTPSIdentity(chain: chain, key: key)
            } catch {
                throw FileError("\(error)")
            }
        } catch {
            throw DaemonError("\(path): \(error.description)")
        }
    }
}

/// What tells that a file is another one than before.
struct FileStamp: Hashable, Sendable {
    private var device: UInt64 = 0
    private var number: UInt64 = 0
    private var size: Int64 = -1
    private var seconds = 0
    private var nanoseconds = 0

    /// Of the file that has this name now; one without a file is like another.
    init(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return }
        device = UInt64(status.st_dev)
        number = UInt64(status.st_ino)
        size = Int64(status.st_size)
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
    }
}
