internal import Synchronization

/// A value that can be replaced by another one at any time, while others use it.
public final class Replaceable<Value: Sendable>: Sendable {
    private let content: Mutex<Value>

    /// A place with a value in it.
    public init(_ value: Value) { content = Mutex(value) }

    /// The value of this moment.
    public var value: Value {
        get { content.withLock { $0 } }
        set { content.withLock { $0 = newValue } }
    }
}
