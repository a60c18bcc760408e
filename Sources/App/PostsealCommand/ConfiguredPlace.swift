internal import Glibc
internal import PostsealConfiguration

/// Where something is kept that the daemon keeps, too: whoever says nothing means the same place as the daemon.
struct ConfiguredPlace {
    /// The place, as it is used.
    let text: String
    /// The option that says so, as it is written in a command that does the same; empty where none did.
    let option: String

    /// What says where it is, what comes first counting most.
    ///
    /// - Parameters:
    ///   - explicit: what the option of this name has.
    ///   - file: what `--config` has.
    ///   - variable: what the environment has.
    ///   - standardFile: the configuration that counts where nobody says anything.
    ///   - standard: the place where there is no configuration either.
    ///   - read: finds the place in a configuration.
    static func find(
        option: String, explicit: String?, file: String?, variable: String?, environment: [String: String],
        standardFile: String = ConfigurationLoader.standardPath, standard: String,
        read: (DaemonConfiguration) -> String
    ) throws -> ConfiguredPlace {
        if let explicit { return ConfiguredPlace(text: explicit, option: " \(option) \(shown(explicit))") }
        if let file {
            let configuration = try load(file, environment, option)
            return ConfiguredPlace(text: read(configuration), option: " --config \(file)")
        }
        if let variable, !variable.isEmpty { return ConfiguredPlace(text: variable, option: "") }
        // Where there is none, or it is not for this user to read, the place is what the daemon has by itself.
        guard access(standardFile, R_OK) == 0 else { return ConfiguredPlace(text: standard, option: "") }
        return ConfiguredPlace(text: read(try load(standardFile, environment, option)), option: "")
    }

    private static func load(
        _ file: String, _ environment: [String: String], _ option: String
    ) throws -> DaemonConfiguration {
        do throws(ConfigurationFailure) {
            return try ConfigurationLoader(environment: environment).load(file).configuration
        } catch {
            throw CommandFailure(
                "\(error.description)\nso it is not known which place is meant: mend it, be the daemon's user "
                    + "('sudo -u postseal postseal …'), or say it with \(option)")
        }
    }

    /// What has a password in it is not shown again.
    private static func shown(_ place: String) -> String {
        let location = ReportStoreLocation(place)
        guard case .postgreSQL = location, location.description != place else { return place }
        return "PLACE"
    }

    /// What the database is called for libpq, or the path.
    static func text(_ location: ReportStoreLocation) -> String {
        switch location {
        case .file(let path): path
        case .postgreSQL(let text): text
        }
    }

    /// A file that was made anew, and is not the daemon's own.
    static func noteNew(_ path: String) {
        Console.complain("note: \(path) is made anew")
        guard geteuid() == 0, let owner = SystemUser(owning: path), owner.isRoot,
            let user = SystemUser(named: SystemUser.daemonName)
        else { return }
        Console.complain(
            "note: it belongs to root, and a daemon that runs as \(user.name) can't use it: "
                + "chown \(user.name): \(path)*")
    }
}
