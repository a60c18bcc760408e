/// One header field, as ranges over the octets it came in.
///
/// Nothing is decoded or unfolded here: what DKIM signs are these octets (RFC 6376 §3.4.1).
public struct HeaderField: Hashable, Sendable {
    /// From the first octet of the name to behind the line break that ends the field.
    public var whole: Range<Int>
    /// The field name, without white space in front of the colon (RFC 5322 §4.5.8 allows it).
    public var name: Range<Int>
    /// From behind the colon to before the line break that ends the field: leading white space and folds
    /// included.
    public var value: Range<Int>

    public init(whole: Range<Int>, name: Range<Int>, value: Range<Int>) {
        self.whole = whole
        self.name = name
        self.value = value
    }
}
