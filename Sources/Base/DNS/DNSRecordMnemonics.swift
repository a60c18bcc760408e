/// The names of record types in the registry of DNS parameters at IANA.
///
/// All of them, and not only those that mail needs: a recorded file may hold whatever a resolver gave, such as the
/// signatures beside the records.
enum DNSRecordMnemonics {
    /// The types that mail needs come first, because they are looked for the most.
    static let all: [(name: String, type: DNSRecordType)] = numbers.map { ($0.0, DNSRecordType(rawValue: $0.1)) }

    private static let numbers: [(String, UInt16)] = [
        ("A", 1), ("NS", 2), ("CNAME", 5), ("SOA", 6), ("PTR", 12), ("MX", 15), ("TXT", 16), ("AAAA", 28), ("DS", 43),
        ("DNSKEY", 48), ("TLSA", 52), ("SMIMEA", 53), ("CAA", 257), ("MD", 3), ("MF", 4), ("MB", 7), ("MG", 8),
        ("MR", 9), ("NULL", 10), ("WKS", 11), ("HINFO", 13), ("MINFO", 14), ("RP", 17), ("AFSDB", 18), ("X25", 19),
        ("ISDN", 20), ("RT", 21), ("NSAP", 22), ("NSAP-PTR", 23), ("SIG", 24), ("KEY", 25), ("PX", 26), ("GPOS", 27),
        ("LOC", 29), ("NXT", 30), ("SRV", 33), ("NAPTR", 35), ("KX", 36), ("CERT", 37), ("A6", 38), ("DNAME", 39),
        ("OPT", 41), ("APL", 42), ("SSHFP", 44), ("IPSECKEY", 45), ("RRSIG", 46), ("NSEC", 47), ("DHCID", 49),
        ("NSEC3", 50), ("NSEC3PARAM", 51), ("HIP", 55), ("CDS", 59), ("CDNSKEY", 60), ("OPENPGPKEY", 61),
        ("CSYNC", 62), ("ZONEMD", 63), ("SVCB", 64), ("HTTPS", 65), ("SPF", 99), ("NID", 104), ("L32", 105),
        ("L64", 106), ("LP", 107), ("EUI48", 108), ("EUI64", 109), ("TKEY", 249), ("TSIG", 250), ("IXFR", 251),
        ("AXFR", 252), ("MAILB", 253), ("MAILA", 254), ("ANY", 255), ("URI", 256), ("AVC", 258), ("DOA", 259),
        ("AMTRELAY", 260), ("RESINFO", 261), ("WALLET", 262), ("TA", 32768), ("DLV", 32769),
    ]
}
