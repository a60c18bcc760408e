/// How much of a hostile message is worked on. Each is checked before the work it bounds.
///
/// The order: the number of signatures; then, for each, the octets of the field, the number of its tags, of names
/// in `h=`; then, once for each key name, the number and octets of the records and the bits of the key; last the
/// octets of the header that one signature covers.
public enum DKIMLimits {
    /// Octets of one signature field. Fields with `z=` reach some thousands.
    public static let signatureOctetsMax = 65_536
    /// Tags of one list; a dozen are defined.
    public static let tagsMax = 100
    /// Names in `h=`. RFC 6376 sets no number; mailing lists and oversigning reach about 60.
    public static let fieldNamesMax = 1_000
    /// Octets of the header fields under one signature: ten signatures over them are 40 MB to hash.
    public static let signedHeaderOctetsMax = 4 << 20
    /// Octets of one key record. A key of 16,384 bits takes 2,800.
    public static let keyRecordOctetsMax = 8_192
    /// Key records under one name that are tried (RFC 6376 §3.6.2.2 wants one).
    public static let keyRecordsMax = 4
    /// Octets of `b=` when decoded: a signature by a key of 16,384 bits.
    public static let signatureValueOctetsMax = 2_048
}
