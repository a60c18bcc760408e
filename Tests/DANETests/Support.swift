import Certificates
import DANE
import MailBytes
import TestSupport

let now = UnixTime(seconds: CertificateFixtures.timeSeconds)

func certificates(_ file: String) throws -> [Certificate] {
    try Certificate.list(pem: CertificateFixtures.pem(file))
}

/// A record that names a certificate of a file: `3 1 1 good:0`; or any record as text: `3 1 1 00ff`.
func record(_ text: String) throws -> TLSARecord {
    let words = text.split(separator: " ").map(String.init)
    let parts = words[3].split(separator: ":").map(String.init)
    guard parts.count == 2, let index = Int(parts[1]) else { return try TLSARecord(parsing: text) }
    let all = try certificates(parts[0])
    let (usage, selector, type) = (UInt8(words[0]) ?? 255, UInt8(words[1]) ?? 255, UInt8(words[2]) ?? 255)
    guard
        let record = TLSARecord(
            naming: all[index], usage: TLSAUsage(rawValue: usage), selector: TLSASelector(rawValue: selector),
            matchingType: TLSAMatchingType(rawValue: type))
    else { throw TLSARecordError(.usage, offset: 0) }
    return record
}
