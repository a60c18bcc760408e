internal import Crypto

/// SHA-512, for TLSA records and S/MIME.
public enum SHA512Hash {
    /// The 64 octets of the hash.
    public static func hash(_ octets: ArraySlice<UInt8>) -> [UInt8] {
        unsafe octets.withUnsafeBytes { buffer in
            var state = Crypto.SHA512()
            unsafe state.update(bufferPointer: buffer)
            return unsafe state.finalize().withUnsafeBytes { unsafe Array($0) }
        }
    }
}

/// SHA-1, which nothing may be trusted to any more: to read old test data and to name things.
public enum InsecureSHA1Hash {
    /// The 20 octets of the hash.
    public static func hash(_ octets: ArraySlice<UInt8>) -> [UInt8] {
        unsafe octets.withUnsafeBytes { buffer in
            var state = Insecure.SHA1()
            unsafe state.update(bufferPointer: buffer)
            return unsafe state.finalize().withUnsafeBytes { unsafe Array($0) }
        }
    }
}
