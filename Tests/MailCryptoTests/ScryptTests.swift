import MailCrypto
import Testing

@Suite struct ScryptTests {
    /// RFC 7914 §12.
    static let vectors: [(password: String, salt: String, cost: Scrypt.Cost, key: String)] = [
        (
            "", "", Scrypt.Cost(n: 16, r: 1, p: 1),
            "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17"
                + "e8d3e0fb2e0d3628cf35e20c38d18906"
        ),
        (
            "password", "NaCl", Scrypt.Cost(n: 1024, r: 8, p: 16),
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830da"
                + "c727afb94a83ee6d8360cbdfa2cc0640"
        ),
        (
            "pleaseletmein", "SodiumChloride", Scrypt.Cost(n: 16_384, r: 8, p: 1),
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9"
                + "e61e85dc0d651e40dfcf017b45575887"
        ),
    ]

    @Test(arguments: vectors.indices)
    func `the vectors of the RFC`(index: Int) {
        let vector = Self.vectors[index]
        let key = Scrypt.key(
            password: Array(vector.password.utf8), salt: Array(vector.salt.utf8), vector.cost, octetCount: 64)
        let text = key?.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
        #expect(text == vector.key)
    }

    @Test(arguments: [
        Scrypt.Cost(n: 0, r: 8, p: 1), Scrypt.Cost(n: 15, r: 8, p: 1), Scrypt.Cost(n: 1 << 20, r: 8, p: 1),
        Scrypt.Cost(n: 1 << 62, r: 8, p: 1), Scrypt.Cost(n: 16, r: .max, p: 1), Scrypt.Cost(n: 16, r: 1, p: 0),
        Scrypt.Cost(n: -16, r: 1, p: 1),
    ])
    func `what costs too much is not begun`(cost: Scrypt.Cost) {
        #expect(Scrypt.key(password: [1], salt: [2], cost) == nil)
    }
}
