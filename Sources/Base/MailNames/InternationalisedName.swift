internal import CIDN2
internal import MailBytes

/// The border to libidn2, which does IDNA 2008 with the mapping of UTS 46.
enum InternationalisedName {
    /// Longer input is refused before the library sees it: no name of 253 octets needs more.
    static let inputLengthMax = 1024

    static func toASCII(_ octets: ArraySlice<UInt8>) throws(DomainNameError) -> [UInt8] {
        guard octets.count <= inputLengthMax else { throw .nameTooLong }
        guard !octets.contains(0), String(validating: octets, as: UTF8.self) != nil else {
            throw .notInternationalised
        }
        let terminated = Array(octets) + [0]
        var output: UnsafeMutablePointer<UInt8>?
        let status = unsafe terminated.withUnsafeBufferPointer { buffer in
            unsafe idn2_lookup_u8(
                buffer.baseAddress, &output,
                CInt(IDN2_NFC_INPUT.rawValue | IDN2_NONTRANSITIONAL.rawValue))
        }
        defer { unsafe idn2_free(output) }
        guard status == IDN2_OK.rawValue, let text = unsafe output else {
            throw status == IDN2_TOO_BIG_LABEL.rawValue
                ? .labelTooLong
                : status == IDN2_TOO_BIG_DOMAIN.rawValue ? .nameTooLong : .notInternationalised
        }
        return unsafe copy(text)
    }

    static func toUnicode(_ name: DomainName) -> String? {
        guard containsALabel(name.bytes) else { return nil }
        let terminated = name.bytes.map { CChar(bitPattern: $0) } + [0]
        var output: UnsafeMutablePointer<CChar>?
        let status = unsafe terminated.withUnsafeBufferPointer { buffer in
            unsafe idn2_to_unicode_8z8z(buffer.baseAddress, &output, 0)
        }
        defer { unsafe idn2_free(output) }
        guard status == IDN2_OK.rawValue, let text = unsafe output else { return nil }
        return unsafe String(validatingCString: text)
    }

    private static func copy(_ text: UnsafeMutablePointer<UInt8>) -> [UInt8] {
        var octets: [UInt8] = []
        var index = 0
        while unsafe text[index] != 0, index <= inputLengthMax {
            unsafe octets.append(text[index])
            index += 1
        }
        return octets
    }

    private static func containsALabel(_ bytes: [UInt8]) -> Bool {
        let prefix = Array("xn--".utf8)
        return bytes.split(separator: UInt8(ascii: ".")).contains { $0.starts(with: prefix) }
    }
}
