import Glibc

/// Works for a while on one thread and counts.
enum Measurement {
    static let warmUpSeconds = 0.2

    /// Repeats an operation, and prints the line that the benchmark folder reads.
    static func run(
        operation: String, size: String, algorithm: String, seconds: Double, _ body: (Int) async throws -> Int
    ) async throws {
        var round = 0
        var until = wallSeconds() + warmUpSeconds
        while wallSeconds() < until {
            _ = try await body(round)
            round += 1
        }
        var count = 0
        let (wallStart, cpuStart) = (wallSeconds(), cpuSeconds())
        until = wallStart + seconds
        while wallSeconds() < until {
            count += try await body(round)
            round += 1
        }
        let (wall, cpu) = (wallSeconds() - wallStart, cpuSeconds() - cpuStart)
        let name = operation.hasSuffix("-cold") ? "postseal-cold" : "postseal"
        print(
            """
            {"peer":"\(name)","op":"\(operation)","size":"\(size)","alg":"\(algorithm)","n":\(count),\
            "wall":\(wall),"cpu":\(cpu),"per_s":\(Double(count) / wall),"per_cpu_s":\(Double(count) / cpu)}
            """)
    }

    private static func wallSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func cpuSeconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}
