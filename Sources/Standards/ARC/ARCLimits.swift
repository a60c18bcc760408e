/// Limits of a chain. They are checked before the work that they bound; those of single signatures are
/// `DKIMLimits`, and hold for all fields of the chain together where they bound octets of the header.
public enum ARCLimits {
    /// Sets in a message: RFC 8617 §4.2.1, §5.2 step 1.
    public static let setsMax = 50
    /// Keys that are fetched side by side, the one that is needed and those that may come next. RFC 8617 §9.2: a
    /// made-up chain must not have many names looked up, so the keys of a long one are not all fetched at once.
    public static let keysAhead = 4
}
