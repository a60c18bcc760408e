// libFuzzer's entry points. One executable holds every target; POSTSEAL_FUZZ_TARGET names the one to run.

import Foundation
import FuzzTargets

private let chosen: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["POSTSEAL_FUZZ_TARGET"] ?? ""
    guard let target = fuzzTargets[name] else {
        print("set POSTSEAL_FUZZ_TARGET to one of: \(fuzzTargets.keys.sorted().joined(separator: " "))")
        exit(2)
    }
    return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let octets = Array(UnsafeBufferPointer(start: data, count: size))
    switch chosen {
    case .plain(let body): body(octets)
    case .waiting(let body):
        // libFuzzer's thread is none of those that the work runs on.
        let done = DispatchSemaphore(value: 0)
        Task {
            await body(octets)
            done.signal()
        }
        done.wait()
    }
    return 0
}
