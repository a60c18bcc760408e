internal import Databases
internal import Glibc

extension ReportStoreError {
    /// What is wrong at a place, with what to do about it where that is known; the place stands in front.
    ///
    /// - Parameter setting: what to do to have another place, as words that go on.
    public func sentence(at place: String, setting: String) -> String {
        let name = SQLReportStore.name(of: place)
        guard problem == .cannotOpen, !PostgreSQLAddress.isMeant(by: place) else { return "\(name): \(description)" }
        let folder = Self.folder(of: place)
        if access(folder, F_OK) != 0, errno == ENOENT {
            return "\(name): the folder \(folder) is not there: \(setting), or make it for the user that the daemon "
                + "runs as ('install -d -m 700 -o postseal -g postseal \(folder)')"
        }
        let isThere = access(place, F_OK) == 0
        if isThere ? access(place, R_OK | W_OK) != 0 : access(folder, W_OK | X_OK) != 0 {
            let gift = isThere ? "; what another user made is given to it by 'chown postseal: \(place)*'" : ""
            return "\(name): \(description): this user has no permission. What belongs to the daemon is used as it "
                + "('sudo -u postseal postseal …')\(gift)"
        }
        return "\(name): \(description)"
    }

    /// The folder that a file is in.
    public static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
