import Foundation

/// The processors that this process may run on: its allocation on a cluster or in a container, not the whole machine.
package enum ProcessorAllocation {
    /// Cores of the allocation: the least of what the affinity mask, the control group and the batch system grant.
    package static var coreCount: Int {
        let granted = [affinityCount, ControlGroup.ofProcess?.processorCount, slurmCount()].compactMap(\.self)
        return max(1, granted.min() ?? ProcessInfo.processInfo.activeProcessorCount)
    }

    /// Processors that Slurm gave a task: `--cpus-per-task`, else what a job of one task has on its node. Where Slurm runs
    /// without control groups, nothing else tells.
    package static func slurmCount(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> Int? {
        func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } }
        if let count = number("SLURM_CPUS_PER_TASK") { return count }
        return (number("SLURM_NTASKS") ?? 1) == 1 ? number("SLURM_CPUS_ON_NODE") : nil
    }

    /// Physical cores that the process may be scheduled on; two threads of one core share the units that products keep busy.
    private static var affinityCount: Int? {
        #if os(Linux)
        let cores = Set(allowedProcessors().map { siblings(of: $0) ?? "\($0)" })
        return cores.isEmpty ? nil : cores.count
        #else
        return nil
        #endif
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
