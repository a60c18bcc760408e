internal import CLibcrypto

/// Scrypt (RFC 7914): a hash of passwords that costs memory as well as time.
public enum Scrypt {
    /// What it costs: `128 * r * n` octets of memory, and time in proportion to `n * r * p`.
    public struct Cost: Hashable, Sendable {
        /// N: a power of two.
        public var n: Int
        /// r: the size of a block.
        public var r: Int
        /// p: how often.
        public var p: Int

        public init(n: Int, r: Int, p: Int) {
            self.n = n
            self.r = r
            self.p = p
        }

        /// Limit: what is more is not computed. A quarter of a gigabyte.
        public static let octetsMax = 256 << 20

        /// Whether it can be computed here.
        public var isBearable: Bool {
            guard (2...1 << 20).contains(n), n & (n - 1) == 0, (1...32).contains(r), (1...16).contains(p) else {
                return false
            }
            return 128 * n * r <= Self.octetsMax
        }
    }

    /// The key that is made of a password and a salt; nil where the cost is not bearable, or there is no memory.
    ///
    /// Blocks for as long as it takes: a tenth of a second and more.
    public static func key(
        password: [UInt8], salt: [UInt8], _ cost: Cost, octetCount: Int = 32
    ) -> [UInt8]? {
        // RFC 7914 §6; OpenSSL wants to be told how much memory it may take.
        guard cost.isBearable, (1...1024).contains(octetCount) else { return nil }
        let memory = UInt64(128 * cost.r * (cost.n + cost.p + 2) + 4096)
        var key = [UInt8](repeating: 0, count: octetCount)
        let status = unsafe password.withUnsafeBufferPointer { password in
            unsafe salt.withUnsafeBufferPointer { salt in
                unsafe key.withUnsafeMutableBufferPointer { output in
                    // The function takes the password as char.
                    unsafe password.withMemoryRebound(to: CChar.self) { text in
                        unsafe EVP_PBE_scrypt(
                            text.baseAddress, text.count, salt.baseAddress, salt.count, UInt64(cost.n),
                            UInt64(cost.r), UInt64(cost.p), memory, output.baseAddress, output.count)
                    }
                }
            }
        }
        guard status == 1 else {
            ERR_clear_error()
            return nil
        }
        return key
    }
}
