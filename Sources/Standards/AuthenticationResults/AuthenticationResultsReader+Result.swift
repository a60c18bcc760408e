internal import MailBytes

// RFC 8601 §2.2: resinfo = [CFWS] ";" methodspec [ CFWS reasonspec ] [ CFWS 1*propspec ]

extension AuthenticationResultsReader {
    /// A result from its method on; the cursor ends at the semicolon or the end of the value, or where a tolerant
    /// reading understands no more.
    mutating func result() throws(Failure) -> MethodResult {
        try skipCFWS()
        guard let method = keyword() else { throw failure(.expectedMethod) }
        var result = MethodResult(method: method, result: "")
        try skipCFWS()
        if cursor.skip(UInt8(ascii: "/")) {
            try skipCFWS()
            result.methodVersion = try version()
            try skipCFWS()
        }
        guard cursor.skip(UInt8(ascii: "=")) else { throw failure(.expectedEquals) }
        try skipCFWS()
        let place = failure(.unregisteredResult)
        guard let code = keyword() else { throw failure(.expectedResult) }
        result.result = code
        _ = takeComment()
        // RFC 8601 §2.2: a result is a keyword that the registry has. Where the method is unknown, so are its results.
        if !isTolerant, result.methodVersion == 1, let known = MethodResult.registeredResults(of: method),
            !known.contains(code)
        {
            throw place
        }
        if isTolerant {
            try readTolerantDetails(into: &result)
        } else {
            try readDetails(into: &result)
        }
        return result
    }

    private mutating func readDetails(into result: inout MethodResult) throws(Failure) {
        var isSeparated = try skipCFWS()
        result.comment = takeComment()
        if isSeparated, let reason = try reason() {
            result.reason = reason
            isSeparated = try skipCFWS()
        }
        while let byte = cursor.peek, byte != UInt8(ascii: ";") {
            guard isSeparated else { throw failure(.expectedSemicolon) }
            guard result.properties.count < limits.propertiesMax else { throw failure(.tooManyProperties) }
            result.properties.append(try property())
            // The value of a property has the white space behind it within itself.
            isSeparated = true
        }
    }

    /// `reasonspec`, or nil, without moving, if something else comes next.
    private mutating func reason() throws(Failure) -> String? {
        let start = cursor.position
        guard keyword() == "reason" else {
            cursor.move(to: start)
            return nil
        }
        try skipCFWS()
        guard cursor.skip(UInt8(ascii: "=")) else {
            cursor.move(to: start)
            return nil
        }
        try skipCFWS()
        guard let text = try value() else { throw failure(.expectedValue) }
        return String(lossy: text)
    }

    /// `propspec`.
    private mutating func property() throws(Failure) -> MethodResult.Property {
        guard let type = keyword() else { throw failure(.expectedProperty) }
        try skipCFWS()
        guard cursor.skip(UInt8(ascii: ".")) else { throw failure(.expectedDot) }
        try skipCFWS()
        guard let name = keyword() else { throw failure(.expectedProperty) }
        try skipCFWS()
        guard cursor.skip(UInt8(ascii: "=")) else { throw failure(.expectedEquals) }
        return MethodResult.Property(.init(type), name, try propertyValue())
    }

    /// Reasons and properties in any order; `name=value` without a dot is passed over. Stops, without an error, at
    /// the first thing that is neither.
    private mutating func readTolerantDetails(into result: inout MethodResult) throws(Failure) {
        try skipCFWS()
        result.comment = takeComment()
        while true {
            try skipCFWS()
            guard let byte = cursor.peek, byte != UInt8(ascii: ";") else { return }
            if let reason = try reason() {
                result.reason = result.reason ?? reason
                continue
            }
            guard result.properties.count < limits.propertiesMax else { throw failure(.tooManyProperties) }
            let start = cursor.position
            do throws(Failure) {
                result.properties.append(try property())
            } catch {
                guard !error.isFatal else { throw error }
                cursor.move(to: start)
                guard try skipUndotted() else { return }
            }
        }
    }

    /// Skips `name=value`, as in the `action=none` of Exchange Online.
    private mutating func skipUndotted() throws(Failure) -> Bool {
        guard keyword() != nil else { return false }
        try skipCFWS()
        guard cursor.skip(UInt8(ascii: "=")) else { return false }
        _ = try propertyValue()
        return true
    }
}
