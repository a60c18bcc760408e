import AuthenticationResults
import MailBytes
import MailFormat

/// The value of an `Authentication-Results` field, in each reading: what was read can be printed, is one field when
/// printed, and reads as the same again; and whoever writes our name is found out.
let fuzzAuthenticationResults: PlainBody = { bytes in
    _ = AuthenticationResultsField.claims(bytes[...], authservID: "example.org")
    for strictness in [AuthenticationResultsField.Strictness.strict, .strictInternational, .tolerant] {
        guard let field = try? AuthenticationResultsField(parsing: bytes[...], strictness) else { continue }
        checkPrinted(field, .utf8)
        checkPrinted(field, .ascii)
        if field.claims(authservID: "example.org"), strictness != .tolerant {
            precondition(AuthenticationResultsField.claims(bytes[...], authservID: "example.org"), "a claim is missed")
        }
    }
}

private func checkPrinted(_ field: AuthenticationResultsField, _ encoding: AuthenticationResultsField.Encoding) {
    let message = MailMessage(parsing: field.field(encoding: encoding) + Array("\r\n".utf8))
    precondition(message.defects.isEmpty, "the printed field has a defect")
    guard message.header.fields.count == 1, let only = message.header.fields.first else {
        preconditionFailure("a printed value began a field")
    }
    let strictness: AuthenticationResultsField.Strictness = encoding == .utf8 ? .strictInternational : .strict
    let value = message.header.cursor(of: only)
    // A reading does not refuse results that a tolerant one let through, so both go the tolerant way.
    guard let again = try? AuthenticationResultsField(parsing: value, .tolerant) else {
        preconditionFailure("cannot read what was printed")
    }
    let known = field.results.allSatisfy { $0.isRegistered }
    if known {
        precondition(
            (try? AuthenticationResultsField(parsing: value, strictness)) != nil, "printed against the grammar")
    }
    precondition(again.results.count == field.results.count, "a printed value began a result")
    // Printing once may replace octets; printing again changes nothing.
    guard let third = try? AuthenticationResultsField(parsing: again.fieldValue(encoding: encoding)[...], .tolerant)
    else {
        preconditionFailure("cannot read what was printed twice")
    }
    precondition(again == third, "the round trip changed the field")
}
