internal import CPQ
internal import Glibc

/// What a statement came to; freed with its last owner.
final class PostgreSQLResult {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { PQclear(pointer) }
}

/// One session with a server, from the connection to its end.
///
/// Everything is waited for with a deadline of our own: a server that is stopped, or behind a network that loses all,
/// answers no request to give up.
final class PostgreSQLLink {
    /// Limit: statements that are kept prepared. Ours are far fewer.
    private static let statementsMax = 1000
    /// How much later than the server the connection gives up.
    private static let graceSeconds = 5

    private let handle: OpaquePointer
    private let address: PostgreSQLAddress
    private let patience: PostgreSQLPatience
    private var statements: [String: String] = [:]
    /// How long the server may take for a statement.
    private var statementSeconds: Int

    init(_ address: PostgreSQLAddress, _ patience: PostgreSQLPatience, isReadOnly: Bool) throws(DatabaseError) {
        self.address = address
        self.patience = patience
        statementSeconds = patience.statementSeconds
        // What comes before the connection string is overridden by it; what comes behind it overrides it.
        let parameters = [
            ("connect_timeout", "\(patience.connectSeconds)"), ("fallback_application_name", "postseal"),
            ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "15000"), ("dbname", address.text), ("client_encoding", "UTF8"),
        ]
        let opened = Self.withStrings(parameters.map(\.0)) { keywords in
            Self.withStrings(parameters.map(\.1)) { PQconnectdbParams(keywords, $0, 1) }
        }
        guard let opened else { throw DatabaseError(.failed, "out of memory") }
        handle = opened
        postseal_ignore_notices(handle)
        guard PQstatus(handle) == CONNECTION_OK, PQsetnonblocking(handle, 1) == 0 else { throw lost() }
        try script(
            """
            SET statement_timeout = '\(patience.statementSeconds)s';
            SET idle_in_transaction_session_timeout = '\(patience.statementSeconds * 2)s';
            SET standard_conforming_strings = on; SET bytea_output = hex;
            SET default_transaction_isolation = 'read committed';
            SET default_transaction_read_only = \(isReadOnly ? "on" : "off")
            """)
    }

    deinit { PQfinish(handle) }

    private static func withStrings<T>(
        _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> T
    ) -> T {
        let copies = strings.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        let pointers = copies.map { $0.map { UnsafePointer($0) } } + [nil]
        return pointers.withUnsafeBufferPointer { buffer in
            // There is always the nil at the end.
            buffer.baseAddress.map(body) ?? [nil].withUnsafeBufferPointer { body($0.baseAddress.unsafelyUnwrapped) }
        }
    }

    /// Whether the server is still there, as far as the system knows.
    var isAlive: Bool {
        guard PQstatus(handle) == CONNECTION_OK else { return false }
        var waiting = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
        // Between statements a server says nothing but that it ends. Should it be a notice, a new session does no harm.
        return poll(&waiting, 1, 0) == 0
    }

    // MARK: - Statements

    /// Lets statements take so long, to the end of the transaction.
    func allow(seconds: Int) throws(DatabaseError) {
        try script("SET LOCAL statement_timeout = '\(seconds)s'")
        statementSeconds = seconds
    }

    /// What the server does by itself where a transaction ends.
    func endAllowance() { statementSeconds = patience.statementSeconds }

    /// Runs statements without values.
    func script(_ text: String) throws(DatabaseError) {
        guard PQsendQuery(handle, text) == 1 else { throw lost() }
        _ = try answer()
    }

    func execute(_ text: String, _ values: [DatabaseValue]) throws(DatabaseError) -> PostgreSQLResult {
        let name = try prepared(text)
        // Numbers go as digits: the server may want them as another type than eight octets.
        var octets: [UInt8] = []
        var places: [(start: Int, count: Int, isBinary: Bool)?] = []
        for value in values {
            let start = octets.count
            switch value {
            case .null:
                places.append(nil)
                continue
            case .integer(let number): octets += Array(String(number).utf8) + [0]
            case .text(let text): octets += Array(DatabaseValue.storable(text).utf8) + [0]
            case .blob(let blob): octets += blob
            }
            if case .blob = value {
                places.append((start, octets.count - start, true))
            } else {
                places.append((start, octets.count - start - 1, false))
            }
        }
        // So that there is an address even where there is nothing.
        octets.append(0)
        guard places.allSatisfy({ $0.map { $0.count <= Int(Int32.max) } ?? true }) else {
            throw DatabaseError(.failed, "a value is too large")
        }
        let isSent = octets.withUnsafeBytes { buffer in
            let start = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            let pointers = places.map { place in place.flatMap { place in start.map { $0 + place.start } } }
            let lengths = places.map { Int32($0?.count ?? 0) }
            let formats = places.map { Int32($0?.isBinary == true ? 1 : 0) }
            return PQsendQueryPrepared(handle, name, Int32(values.count), pointers, lengths, formats, 1)
        }
        guard isSent == 1 else { throw lost() }
        return try answer()
    }

    private func prepared(_ text: String) throws(DatabaseError) -> String {
        if let known = statements[text] { return known }
        if statements.count >= Self.statementsMax {
            statements = [:]
            try script("DEALLOCATE ALL")
        }
        let name = "s\(statements.count)"
        guard PQsendPrepare(handle, name, Self.numbered(text), 0, nil) == 1 else { throw lost() }
        _ = try answer()
        statements[text] = name
        return name
    }

    /// `$1`, `$2` and so on in the place of each `?` that stands outside of quotes.
    static func numbered(_ text: String) -> String {
        var result: [UInt8] = []
        var quote: UInt8?
        var count = 0
        for octet in text.utf8 {
            if octet == UInt8(ascii: "'") || octet == UInt8(ascii: "\"") {
                if quote == nil { quote = octet } else if quote == octet { quote = nil }
            }
            if octet == UInt8(ascii: "?"), quote == nil {
                count += 1
                result += Array("$\(count)".utf8)
            } else {
                result.append(octet)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    // MARK: - Waiting

    /// Sends what is to be sent, and waits for all that comes to it.
    private func answer() throws(DatabaseError) -> PostgreSQLResult {
        let deadline = ContinuousClock.now + .seconds(statementSeconds + Self.graceSeconds)
        while true {
            let left = PQflush(handle)
            if left == 0 { break }
            guard left > 0 else { throw lost() }
            try wait(POLLIN | POLLOUT, deadline)
            guard PQconsumeInput(handle) == 1 else { throw lost() }
        }
        var kept: PostgreSQLResult?
        var failure: DatabaseError?
        while true {
            while PQisBusy(handle) == 1 {
                try wait(POLLIN, deadline)
                // What the server said before it went is read all the same.
                guard PQconsumeInput(handle) == 1 || PQisBusy(handle) == 0 else { throw lost() }
            }
            guard let pointer = PQgetResult(handle) else { break }
            let result = PostgreSQLResult(pointer)
            switch PQresultStatus(pointer) {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: kept = result
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH: throw DatabaseError(.failed, "COPY is not for here")
            default: failure = failure ?? self.failure(pointer)
            }
        }
        if let failure { throw failure }
        guard let kept, PQstatus(handle) == CONNECTION_OK else { throw lost() }
        return kept
    }

    private func wait(_ events: Int32, _ deadline: ContinuousClock.Instant) throws(DatabaseError) {
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { throw DatabaseError(.disconnected, "the server does not answer") }
            var waiting = pollfd(fd: PQsocket(handle), events: Int16(events), revents: 0)
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
            let count = poll(&waiting, 1, Int32(clamping: milliseconds + 1))
            if count > 0 { return }
            guard count == 0 || errno == EINTR else { throw lost() }
        }
    }

    // MARK: - Failures

    private func lost() -> DatabaseError {
        DatabaseError(.disconnected, address.harmless(PQerrorMessage(handle).map { String(cString: $0) } ?? ""))
    }

    private func failure(_ result: OpaquePointer) -> DatabaseError {
        func field(_ code: Character) -> String {
            guard let text = PQresultErrorField(result, Int32(code.asciiValue ?? 0)) else { return "" }
            return String(cString: text)
        }
        // Detail and context repeat values; the message itself does so only where a text is no number.
        let (state, message) = (field("C"), address.harmless(field("M")))
        if PQstatus(handle) != CONNECTION_OK || state.isEmpty { return lost() }
        var error = DatabaseError(Self.problem(state), "\(message) (\(state))")
        error.isWorthAnotherTry = state == "40001" || state == "40P01"
        return error
    }

    /// By PostgreSQL's list of SQLSTATE.
    private static func problem(_ state: String) -> DatabaseError.Problem {
        switch state {
        case "40001", "40P01", "55P03", "57014": .busy
        case "53100": .full
        case "25006", "42501": .cannotOpen
        case "57P01", "57P02", "57P03", "25P03": .disconnected
        case "XX001", "XX002": .damaged
        default: state.hasPrefix("08") ? .disconnected : .failed
        }
    }
}
