internal import FoundationEssentials
internal import PostsealConfiguration
internal import PostsealReports
internal import Synchronization

extension ConfigCheckCommand {
    /// Folders that the daemon does not make, and that are not there; on this machine, which may be another one.
    static func missingPlaces(_ configuration: DaemonConfiguration) -> [String] {
        var missing: [String] = []
        for (key, path) in stateFiles(configuration) {
            let folder = ReportStoreError.folder(of: path)
            guard !FileManager.default.fileExists(atPath: folder) else { continue }
            let maker = folder == "/var/lib/postseal" ? ", unless systemd makes it (StateDirectory=)" : ""
            missing.append("\(key): the folder \(folder) is not there; without it the daemon does not start\(maker)")
        }
        for folder in configuration.reports.folders where !FileManager.default.fileExists(atPath: folder) {
            missing.append("reports.folders: the folder \(folder) is not there")
        }
        return missing
    }

    /// What the daemon's user may not use, with what to do; nothing where there is no such user.
    ///
    /// - Parameters:
    ///   - read: the files that were read for the configuration.
    ///   - user: whom the daemon runs as; nil for the one that this machine has.
    static func closedPlaces(
        _ configuration: DaemonConfiguration, _ read: [String], user: SystemUser? = nil
    ) -> [String] {
        let state = stateFiles(configuration)
        let owner = state.first.flatMap { SystemUser(owning: ReportStoreError.folder(of: $0.path)) }
        guard let user = user ?? SystemUser(named: SystemUser.daemonName) ?? owner, !user.isRoot else { return [] }
        var uses = read.map { (path: $0, use: SystemUser.Use.read) }
        uses += configuration.reports.folders.map { ($0, .look) }
        for (_, path) in state {
            uses.append((ReportStoreError.folder(of: path), .fill))
            uses.append((path, .change))
        }
        var closed: [String] = []
        for (path, use) in uses {
            guard let obstacle = user.obstacle(to: use, path) else { continue }
            let verb = use == .read || use == .look ? "read" : "write"
            let cause = obstacle == path ? "" : ", because of the folder \(obstacle)"
            let sentence =
                "\(path): the daemon's user \(user.name) can't \(verb) it\(cause): "
                + remedy(use, path, isOwn: obstacle == path, user.name)
            if !closed.contains(sentence) { closed.append(sentence) }
        }
        return closed
    }

    /// What to do. Nobody is told to give a folder of the system away.
    private static func remedy(_ use: SystemUser.Use, _ path: String, isOwn: Bool, _ user: String) -> String {
        guard isOwn else { return "let it in there (chmod, chgrp)" }
        guard use == .fill, path.split(separator: "/").last != "postseal" else { return "chown \(user): \(path)" }
        return "keep it in a folder of its own ('install -d -m 700 -o \(user) -g \(user) FOLDER')"
    }

    /// Files that the daemon makes in folders that are there already.
    private static func stateFiles(_ configuration: DaemonConfiguration) -> [(key: String, path: String)] {
        let reports = configuration.reports
        var files: [(key: String, path: String)] = []
        if case .file(let path) = reports.store,
            reports.isUsed || reports.sending.isUsed || configuration.dashboard.isUsed
        {
            files.append(("reports.store", path))
        }
        if configuration.dashboard.isUsed, case .file(let path) = configuration.dashboard.accounts,
            !files.contains(where: { ReportStoreError.folder(of: $0.path) == ReportStoreError.folder(of: path) })
        {
            files.append(("dashboard.accounts", path))
        }
        return files
    }
}

/// The files of this machine; it is known afterwards which were read.
final class NamedFiles: ConfigurationFiles {
    private let system = SystemFiles()
    private let read = Mutex<[String]>([])

    /// Those that could be read, each once.
    var paths: [String] { read.withLock(\.self) }

    func read(_ path: String, octetsMax: Int) throws(FileError) -> FileContent {
        let content = try system.read(path, octetsMax: octetsMax)
        read.withLock { if !$0.contains(path) { $0.append(path) } }
        return content
    }

    func userID(named name: String) -> UInt32? { system.userID(named: name) }

    func groupID(named name: String) -> UInt32? { system.groupID(named: name) }

    var hostName: String { system.hostName }
}
