internal import ArgumentParser
internal import Databases
internal import FoundationEssentials
internal import Glibc
internal import MailBytes
internal import PostsealConfiguration
internal import PostsealDashboard
internal import PostsealObservability
internal import Synchronization

struct AccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account",
        abstract: "Manages the accounts of the dashboard.",
        discussion: """
            Works on the file or the database of accounts, beside daemons that run: what is changed counts at once. \
            Passwords are read from the terminal, or a line of standard input, and are never arguments.
            """,
        subcommands: [
            AccountAddCommand.self, AccountListCommand.self, AccountPasswordCommand.self, AccountTokenCommand.self,
            AccountRemoveCommand.self,
        ])
}

/// Where accounts are.
struct AccountOptions: ParsableArguments {
    @Option(
        name: .customLong("accounts"),
        help: ArgumentHelp(
            "Where accounts are kept: a file, or, where dashboard.accounts is 'database', PostgreSQL as libpq has it, "
                + "postgresql://… or service=…, with the password in ~/.pgpass. Without it, --config says where, "
                + "$POSTSEAL_ACCOUNTS, the configuration \(ConfigurationLoader.standardPath) where it can be read, or "
                + "else it is \(Self.standardPath).", valueName: "place"))
    var explicit: String?

    @Option(
        name: .customLong("config"),
        help: ArgumentHelp("The configuration whose accounts are meant.", valueName: "file"))
    var file: String?

    /// The variable of the environment that says where accounts are.
    private static let variable = "POSTSEAL_ACCOUNTS"
    private static let standardPath = DashboardSettings.accountsStandardPath

    /// Where accounts are.
    func place(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        standardFile: String = ConfigurationLoader.standardPath
    ) throws -> ConfiguredPlace {
        try ConfiguredPlace.find(
            option: "--accounts", explicit: explicit, file: file, variable: environment[Self.variable],
            environment: environment, standardFile: standardFile, standard: Self.standardPath
        ) { configuration in
            switch configuration.dashboard.accounts {
            case .file(let path): path
            case .database: ConfiguredPlace.text(configuration.reports.store)
            }
        }
    }

    private func store(_ place: String) throws -> any AccountStore {
        guard PostgreSQLAddress.isMeant(by: place) else { return AccountFile(path: place) }
        do throws(DatabaseError) {
            return try DashboardDatabase(PostgreSQLAddress(place))
        } catch {
            throw CommandFailure(error.description)
        }
    }

    /// Where they are, without a user or a password.
    static func name(of place: String) -> String {
        guard PostgreSQLAddress.isMeant(by: place) else { return place }
        return (try? PostgreSQLAddress(place).description) ?? "PostgreSQL"
    }

    /// All accounts.
    func list() async throws -> AccountList {
        do {
            return try await store(place().text).list()
        } catch let error as AccountError {
            throw CommandFailure(error.description)
        }
    }

    /// Changes the accounts.
    func change(_ body: @Sendable (inout AccountList) throws(AccountError) -> Void) async throws {
        let place = try place().text
        let isNew = !PostgreSQLAddress.isMeant(by: place) && access(place, F_OK) != 0
        do {
            try await store(place).change(body)
        } catch let error as AccountError {
            throw CommandFailure(error.description)
        }
        if isNew, access(place, F_OK) == 0 { ConfiguredPlace.noteNew(place) }
    }
}

struct AccountAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Makes an account.",
        discussion: "Exit status: 0 if it is made, 2 if not.")

    /// The roles, as they are told.
    enum Role: String, ExpressibleByArgument, CaseIterable {
        case administrator, `operator`, viewer

        var account: Account.Role {
            switch self {
            case .administrator: .administrator
            case .operator: .operator
            case .viewer: .viewer
            }
        }
    }

    @Argument(help: ArgumentHelp("Its name: letters, digits, '.', '-', '_' and '@'.", valueName: "name"))
    var name: String

    @Option(
        name: .customLong("role"),
        help: "What it may do: an administrator manages accounts, an operator sees everything, a viewer its domains.")
    var role: Role

    @Option(
        name: .customLong("domain"), parsing: .singleValue,
        help: ArgumentHelp(
            "A domain that a viewer sees, with all below it; may be given more than once.", valueName: "domain"))
    var domains: [String] = []

    @OptionGroup var options: AccountOptions

    func validate() throws {
        guard Account.isName(name) else { throw ValidationError("'\(name)' can't be the name of an account") }
        do throws(AccountError) {
            _ = try Account.domains(in: domains.joined(separator: " "))
        } catch {
            throw ValidationError(error.description)
        }
        guard role != .viewer || !domains.isEmpty else { throw ValidationError("a viewer needs --domain") }
        guard role == .viewer || domains.isEmpty else { throw ValidationError("--domain is for viewers alone") }
    }

    func run() async throws {
        // Nobody thinks up a password for a place that is not known.
        _ = try options.place()
        let hash = try PasswordPrompt.newHash(for: name)
        let account = Account(
            name: name, role: role.account, domains: try Account.domains(in: domains.joined(separator: " ")),
            password: hash, created: LogSink.systemTime(), generation: Account.newGeneration)
        try await options.change { list throws(AccountError) in try list.add(account) }
    }
}

struct AccountListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the accounts.", discussion: "Exit status: 0 if there are any, 1 if not.")

    @OptionGroup var options: AccountOptions

    func run() async throws {
        let list = try await options.list()
        for account in list.accounts {
            let sees = account.role == .viewer ? account.domains.joined(separator: ", ") : "all domains"
            Console.print("\(account.name)  \(account.role.rawValue)  \(sees)")
            for token in account.tokens {
                Console.print("  token \(token.id)  \(token.label)  \(token.domains?.joined(separator: ", ") ?? "")")
            }
        }
        let ambiguous = list.ambiguousNames
        if !ambiguous.isEmpty {
            Console.complain(
                "note: names differ by case alone: \(ambiguous.joined(separator: ", ")); each is found as it is "
                    + "written here; better remove those that nobody uses")
        }
        guard !list.accounts.isEmpty else {
            let place = try options.place()
            Console.complain(
                "there is no account in \(AccountOptions.name(of: place.text)); 'postseal account add"
                    + "\(place.option) NAME --role administrator' makes one")
            throw Verdict.bad
        }
    }
}

struct AccountPasswordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "password", abstract: "Gives an account another password; its sessions end.",
        discussion: """
            Its tokens have no part in the password and go on working: how many there are is told, unless \
            --revoke-tokens ends them as well, as after a theft. Exit status: 0 if it is changed, 2 if not.
            """)

    @Argument(help: ArgumentHelp("The name of the account.", valueName: "name"))
    var name: String

    @Flag(name: .customLong("revoke-tokens"), help: "Revokes all its tokens as well, at once.")
    var revokesTokens = false

    @OptionGroup var options: AccountOptions

    func run() async throws {
        let hash = try PasswordPrompt.newHash(for: name)
        let (name, revokes) = (name, revokesTokens)
        let tokens = Mutex((account: name, count: 0))
        try await options.change { list throws(AccountError) in
            let account = try list.account(name).name
            let count = list[exactly: account]?.set(hash, revokingTokens: revokes) ?? 0
            tokens.withLock { $0 = (account, count) }
        }
        let (account, count) = tokens.withLock { $0 }
        guard count > 0 else { return }
        let number = count == 1 ? "1 token" : "\(count) tokens"
        guard !revokes else { return Console.complain("note: \(number) of '\(account)' revoked") }
        let still = count == 1 ? "still works" : "still work"
        Console.complain(
            "note: \(number) of '\(account)' \(still): '--revoke-tokens' revokes all with the next password, "
                + "'postseal account remove \(account) --token ID' one of them")
    }
}

struct AccountTokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Makes a token for a program, and prints it, once.",
        discussion: "A program sends it as 'Authorization: Bearer TOKEN'. Exit status: 0 if it is made, 2 if not.")

    @Argument(help: ArgumentHelp("The name of the account.", valueName: "name"))
    var name: String

    @Option(name: .customLong("label"), help: ArgumentHelp("What it is for.", valueName: "text"))
    var label: String

    @Option(
        name: .customLong("domain"), parsing: .singleValue,
        help: ArgumentHelp("A domain that it is for; without it all that the account sees.", valueName: "domain"))
    var domains: [String] = []

    @OptionGroup var options: AccountOptions

    func validate() throws {
        guard AccountToken.isLabel(label) else {
            throw ValidationError("--label says what the token is for, in \(AccountToken.labelMax) characters at most")
        }
        do throws(AccountError) {
            _ = try Account.domains(in: domains.joined(separator: " "))
        } catch {
            throw ValidationError(error.description)
        }
    }

    func run() async throws {
        let scope = try Account.domains(in: domains.joined(separator: " "))
        let (secret, token) = AccountToken.make(
            label: label, domains: scope.isEmpty ? nil : scope, at: LogSink.systemTime())
        let name = name
        try await options.change { list throws(AccountError) in
            let account = try list.account(name)
            if let foreign = scope.first(where: { !account.sees($0) }) {
                throw AccountError("'\(name)' does not see \(foreign)")
            }
            guard account.tokens.count < Account.tokensMax else { throw AccountError("there are too many tokens") }
            list[name]?.tokens.append(token)
        }
        Console.print(secret)
    }
}

struct AccountRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Removes an account, or a token of it.",
        discussion: "Its sessions end at once. Exit status: 0 if it is gone, 2 if there was none.")

    @Argument(help: ArgumentHelp("The name of the account.", valueName: "name"))
    var name: String

    @Option(
        name: .customLong("token"), parsing: .unconditional,
        help: ArgumentHelp("This token alone, by its number.", valueName: "id"))
    var token: String?

    @OptionGroup var options: AccountOptions

    func run() async throws {
        let (name, token) = (name, token)
        let isLast = Mutex(false)
        try await options.change { list throws(AccountError) in
            let account = try list.account(name)
            guard let token else {
                let before = list.administrators
                list[name] = nil
                let isGone = before > 0 && list.administrators == 0
                isLast.withLock { $0 = isGone }
                return
            }
            guard account.tokens.contains(where: { $0.id == token }) else {
                throw AccountError("there is no token '\(token)' of '\(name)'")
            }
            list[name]?.tokens.removeAll { $0.id == token }
        }
        if isLast.withLock({ $0 }) {
            Console.complain(
                "note: there is no administrator any more; 'postseal account add\(try options.place().option) NAME "
                    + "--role administrator' makes one")
        }
    }
}

/// Asks for a password.
enum PasswordPrompt {
    /// The hash of a new password.
    static func newHash(for name: String) throws -> PasswordHash {
        let password = try read("New password for \(name): ")
        if let complaint = PasswordHash.complaint(password, name: name) {
            throw CommandFailure("the password will not do: \(complaint)")
        }
        if isatty(STDIN_FILENO) == 1, try read("Again: ") != password {
            throw CommandFailure("the password was written in two ways")
        }
        guard let hash = PasswordHash(of: password) else { throw CommandFailure("there is not enough memory") }
        return hash
    }

    /// A line of standard input; of a terminal without showing what is typed.
    private static func read(_ prompt: String) throws -> String {
        guard isatty(STDIN_FILENO) == 1 else { return try line() }
        Console.ask(prompt)
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else { return try line() }
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
            Console.ask("\n")
        }
        return try line()
    }

    private static func line() throws -> String {
        guard let line = readLine(strippingNewline: true), !line.isEmpty else {
            throw CommandFailure("a password is read from the terminal, or a line of standard input; there was none")
        }
        return line
    }
}
