import Foundation

/// The processors that this process may run on: its allocation on a cluster or in a container, not the whole machine.
enum ProcessorAllocation {
    /// Physical cores of the allocation; two threads of one core share the units that products keep busy.
    static var coreCount: Int {
        #if os(Linux)
        let allowed = allowedProcessors()
        let cores = Set(allowed.map { siblings(of: $0) ?? "\($0)" })
        if !cores.isEmpty { return cores.count }
        #endif
        return max(1, ProcessInfo.processInfo.activeProcessorCount)
    }

    #if os(Linux)
    private static func allowedProcessors() -> [Int] {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return [] }
        let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
        return line.map { numbers(in: $0.dropFirst("Cpus_allowed_list:".count)) } ?? []
    }

    /// The hardware threads of a processor's core, the same text for each of them.
    private static func siblings(of processor: Int) -> String? {
        let path = "/sys/devices/system/cpu/cpu\(processor)/topology/thread_siblings_list"
        return try? String(contentsOfFile: path, encoding: .utf8)
    }

    /// `0-3,8` as 0, 1, 2, 3, 8.
    static func numbers(in list: some StringProtocol) -> [Int] {
        list.split(separator: ",").flatMap { part -> [Int] in
            let ends = part.split(separator: "-").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
            guard let first = ends.first, let last = ends.last, first <= last, last - first < 65_536 else { return [] }
            return Array(first...last)
        }
    }
    #endif
}
