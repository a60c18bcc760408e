internal import DKIM
internal import MailCrypto
internal import MailNames

/// The keys of the demo's world: made when it starts, kept in memory, gone when it ends.
struct DemoKeys: Sendable {
    /// Where a key is published. The selectors say whose it is.
    enum Place: String, CaseIterable, Sendable {
        case home, homeEd25519, harbour, harbourOld, mill, beacon, books, lists, club, postbag, lookAlike

        var domain: String {
            switch self {
            case .home, .homeEd25519: DemoNames.home
            case .harbour, .harbourOld: DemoNames.harbour
            case .mill: DemoNames.mill
            case .beacon: DemoNames.beacon
            case .books: DemoNames.books
            case .lists: DemoNames.lists
            case .club: DemoNames.club
            case .postbag: DemoNames.postbag
            case .lookAlike: DemoNames.lookAlike
            }
        }

        var selector: String {
            switch self {
            case .home: "rsa1"
            case .homeEd25519: "ed1"
            case .harbour: "quay"
            case .harbourOld: "stolen"
            case .mill: "wheel"
            case .beacon: "lamp"
            case .books: "shelf"
            case .lists, .club: "arc"
            case .postbag: "bag"
            case .lookAlike: "hook"
            }
        }

        var isRSA: Bool {
            switch self {
            case .home, .harbour, .mill, .books, .lists, .club: true
            case .homeEd25519, .harbourOld, .beacon, .postbag, .lookAlike: false
            }
        }

        /// Whether its owner has withdrawn it.
        var isRevoked: Bool { self == .harbourOld }
    }

    private let keys: [Place: DKIMSigningKey]

    subscript(_ place: Place) -> DKIMSigningKey? { keys[place] }

    /// Makes all keys anew, on all cores.
    static func generate() async throws -> DemoKeys {
        try await withThrowingTaskGroup(of: (Place, DKIMSigningKey).self) { group in
            for place in Place.allCases { group.addTask { (place, try await key(for: place)) } }
            var keys: [Place: DKIMSigningKey] = [:]
            for try await (place, key) in group { keys[place] = key }
            return DemoKeys(keys: keys)
        }
    }

    @concurrent
    private static func key(for place: Place) async throws -> DKIMSigningKey {
        DKIMSigningKey(
            domain: try DomainName(place.domain), selector: try DomainName(place.selector),
            privateKey: place.isRSA ? .rsa(try .generate()) : .ed25519(try .generate()))
    }
}
