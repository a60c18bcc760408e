internal import MailNames

/// Who lives in the demo's world. Names and addresses are those set aside for examples: nobody's.
enum DemoNames {
    /// Us: the receiver, and the sender of what our users write.
    static let home = "home.example"
    /// Our name in Authentication-Results.
    static let authservID = "mx.home.example"
    /// Honest, and strict: what is not proved to be its own is to be refused.
    static let harbour = "harbour.example"
    /// Honest, and careful: what is not proved to be its own is to be set aside.
    static let mill = "mill.example"
    /// Honest, and only watching so far.
    static let orchard = "orchard.example"
    /// Signs with Ed25519 alone.
    static let beacon = "beacon.example"
    /// `bücher.example`, as DNS has it.
    static let books = "xn--bcher-kva.example"
    /// Publishes nothing.
    static let cottage = "cottage.example"
    /// Its name servers do not answer.
    static let slow = "slow.example"
    /// A mailing list whose seals we believe.
    static let lists = "lists.example"
    /// A mailing list that we know nothing of.
    static let club = "club.example"
    /// Sends newsletters for others.
    static let postbag = "postbag.example"
    /// Forwards mail as it came.
    static let alumni = "alumni.example"
    /// Rents out servers to anybody.
    static let hosting = "hosting.example"
    /// A digit in place of the `o`.
    static let lookAlike = "harb0ur.example"
}

/// The machines of the demo's world.
struct DemoHosts: Sendable {
    let harbour = DemoClient("mx.harbour.example", Self.v4(198, 51, 100, 10))
    let mill = DemoClient("mx.mill.example", Self.v4(198, 51, 100, 20))
    let orchard = DemoClient("mx.orchard.example", Self.v4(198, 51, 100, 30))
    let beacon = DemoClient("mx.beacon.example", Self.v4(198, 51, 100, 40))
    let books = DemoClient("mx.xn--bcher-kva.example", .v6(0x2001_0db8_0005_0000, 0x25))
    let cottage = DemoClient("mail.cottage.example", Self.v4(198, 51, 100, 60))
    let slow = DemoClient("mx.slow.example", Self.v4(198, 51, 100, 70))
    let lists = DemoClient("mail.lists.example", Self.v4(203, 0, 113, 16))
    let club = DemoClient("mail.club.example", Self.v4(203, 0, 113, 20))
    let postbag = DemoClient("out7.postbag.example", Self.v4(203, 0, 113, 30))
    let alumni = DemoClient("relay.alumni.example", Self.v4(203, 0, 113, 40))
    let lookAlike = DemoClient("mail.harb0ur.example", Self.v4(203, 0, 113, 50))
    /// The spoofer's. What it says in EHLO is a lie.
    let spoofer = DemoClient("vps66.hosting.example", Self.v4(203, 0, 113, 66), helo: "mx.harbour.example")
    /// An employee's telephone, by way of some provider.
    let phone = DemoClient("smtp.hosting.example", Self.v4(203, 0, 113, 90))
    /// Carol on the train.
    let train = DemoClient("unknown", Self.v4(203, 0, 113, 200), helo: "[203.0.113.200]")
    /// A machine in our own network.
    let printer = DemoClient("printer.home.example", Self.v4(192, 0, 2, 140))

    /// Those whose addresses have names.
    var named: [DemoClient] {
        [
            harbour, mill, orchard, beacon, books, cottage, lists, club, postbag, alumni, lookAlike, spoofer, phone,
            printer,
        ]
    }

    private static func v4(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32) -> IPAddress {
        .v4(a << 24 | b << 16 | c << 8 | d)
    }
}
