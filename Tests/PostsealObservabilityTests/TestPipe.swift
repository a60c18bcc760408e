import Glibc
import Synchronization

/// A pipe whose far end the test holds.
final class TestPipe: Sendable {
    struct Failure: Error {}

    let input: Int32
    private let output: Int32
    private let isOpen = Mutex((input: true, output: true))

    init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failure() }
        (output, input) = (ends[0], ends[1])
        // Reading takes what is there and no more; a thread that reads to the end polls.
        _ = fcntl(output, F_SETFL, O_NONBLOCK)
    }

    deinit {
        closeInput()
        closeOutput()
    }

    func closeInput() {
        if isOpen.withLock({ state in
            defer { state.input = false }
            return state.input
        }) {
            close(input)
        }
    }

    func closeOutput() {
        if isOpen.withLock({ state in
            defer { state.output = false }
            return state.output
        }) {
            close(output)
        }
    }

    func makeNonBlocking() { _ = fcntl(input, F_SETFL, O_NONBLOCK) }

    /// Writes until nothing more goes in; then takes some out again. The octets that then go in.
    @discardableResult
    func fill(leaving free: Int = 0) -> Int {
        let page = [UInt8](repeating: UInt8(ascii: "."), count: 4096)
        while write(input, page, page.count) > 0 {}
        while write(input, page, 1) > 0 {}
        var buffer = [UInt8](repeating: 0, count: free)
        return free > 0 ? read(output, &buffer, free) : 0
    }

    /// What is in the pipe now.
    func readAvailable() -> String {
        var octets: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(output, &buffer, buffer.count)
            guard count > 0 else { return String(decoding: octets, as: UTF8.self) }
            octets += buffer[..<count]
        }
    }

    /// Starts a thread that reads until the writing end is closed.
    func readUntilClosed() -> PipeReader { PipeReader(output) }
}

/// Reads a pipe to its end on a thread of its own.
final class PipeReader: Sendable {
    private let thread: Mutex<pthread_t>
    private let job: Job

    final class Job: Sendable {
        let descriptor: Int32
        let octets = Mutex<[UInt8]>([])

        init(_ descriptor: Int32) { self.descriptor = descriptor }

        func run() {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                poll(&request, 1, -1)
                let count = read(descriptor, &buffer, buffer.count)
                if count < 0, errno == EAGAIN || errno == EINTR { continue }
                guard count > 0 else { return }
                octets.withLock { $0 += buffer[..<count] }
            }
        }
    }

    init(_ descriptor: Int32) {
        let job = Job(descriptor)
        var handle = pthread_t()
        pthread_create(
            &handle, nil,
            { reference in
                if let reference { Unmanaged<Job>.fromOpaque(reference).takeRetainedValue().run() }
                return nil
            }, Unmanaged.passRetained(job).toOpaque())
        self.job = job
        thread = Mutex(handle)
    }

    /// Waits for the end, and cuts what came into lines.
    func lines() -> [String] {
        thread.withLock { _ = pthread_join($0, nil) }
        return job.octets.withLock { String(decoding: $0, as: UTF8.self) }.split(separator: "\n").map(String.init)
    }
}
