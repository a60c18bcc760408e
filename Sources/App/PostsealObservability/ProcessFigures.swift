internal import Glibc
internal import MailBytes

/// What the kernel says of this process; what it does not say is nil.
struct ProcessFigures: Sendable {
    var residentBytes: Int?
    var virtualBytes: Int?
    var threads: Int?
    /// Time on processors in milliseconds.
    var processorMilliseconds: Int?
    var openDescriptors: Int?
    /// The soft limit.
    var descriptorsMax: Int?

    /// Read from `/proc/self`.
    @Sendable static func current() -> ProcessFigures {
        var figures = ProcessFigures(
            stat: read("/proc/self/stat"), pageBytes: sysconf(Int32(_SC_PAGESIZE)),
            ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)))
        figures.openDescriptors = countDescriptors()
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            figures.descriptorsMax = Int(exactly: limit.rlim_cur)
        }
        return figures
    }

    /// Reads a line of `/proc/PID/stat`, proc(5).
    init(stat: [UInt8], pageBytes: Int, ticksPerSecond: Int) {
        // The name of the program stands in parentheses and may hold anything; the last one closes it.
        guard let end = stat.lastIndex(of: UInt8(ascii: ")")) else { return }
        let fields = stat[(end + 1)...].split { $0.isWSPOrLineBreak }.map { Int(String(lossy: $0)) }
        // The first field here is the third of the line.
        func field(_ number: Int) -> Int? { fields.indices.contains(number - 3) ? fields[number - 3] : nil }
        if let user = field(14), let system = field(15), ticksPerSecond > 0 {
            processorMilliseconds = (user + system) * 1000 / ticksPerSecond
        }
        threads = field(20)
        virtualBytes = field(23)
        residentBytes = field(24).map { $0 * pageBytes }
    }

    init() {}

    private static func read(_ path: String) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
        return Array(buffer.prefix(max(0, count)))
    }

    private static func countDescriptors() -> Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Without `.`, `..` and the folder itself.
        return max(0, count - 3)
    }

    /// The names are those that Prometheus' own client libraries use, so that ready-made dashboards find them.
    func add(to page: inout MetricsPage, startedAt: UnixTime) {
        func add(_ name: StaticString, _ help: StaticString, type: StaticString = "gauge", _ value: String?) {
            guard let value else { return }
            page.begin(name, type: type, help: help)
            page.sample(name, value)
        }
        add("process_start_time_seconds", "When the process began, in Unix seconds.", "\(startedAt.seconds)")
        add(
            "process_cpu_seconds_total", "Time on processors.", type: "counter",
            processorMilliseconds.map { MetricsPage.decimal($0, digits: 3) })
        add("process_resident_memory_bytes", "Memory that is in use.", residentBytes.map(String.init))
        add("process_virtual_memory_bytes", "Address space that is in use.", virtualBytes.map(String.init))
        add("process_threads", "Threads.", threads.map(String.init))
        add("process_open_fds", "Open file descriptors.", openDescriptors.map(String.init))
        add("process_max_fds", "File descriptors that may be open.", descriptorsMax.map(String.init))
    }
}
