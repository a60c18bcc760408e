import Certificates
import MailBytes
import MailNames
import TestSupport

let now = UnixTime(seconds: CertificateFixtures.timeSeconds)

func certificates(_ file: String) throws -> [Certificate] {
    try Certificate.list(pem: CertificateFixtures.pem(file))
}

func chain(_ file: String) throws -> PresentedChain {
    try PresentedChain(pem: CertificateFixtures.pem(file))
}

/// The word for a verdict, with the depth where it has one.
func word(_ verdict: ChainVerdict) -> String {
    switch verdict {
    case .trusted(let depth): "trusted \(depth)"
    case .expired(let depth, _): "expired \(depth)"
    case .notYetValid(let depth, _): "not yet valid \(depth)"
    case .notTrusted(let depth, _): "not trusted \(depth)"
    case .hostMismatch: "host mismatch"
    case .invalid(let depth, _): "invalid \(depth)"
    }
}
