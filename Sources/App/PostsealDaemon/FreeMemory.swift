internal import CMalloc

/// Memory that the allocator keeps although nobody uses it, given back to the system.
///
/// A burst of connections would otherwise leave the daemon large for ever: what is free lies between what is in use,
/// and glibc gives back only what lies at the end.
enum FreeMemory {
    /// What may stay: it is used again soon.
    private static let octetsKept = 16 << 20

    /// Gives free memory back where there is much of it.
    static func giveBack() {
        guard mallinfo2().fordblks > octetsKept else { return }
        malloc_trim(octetsKept)
    }
}
