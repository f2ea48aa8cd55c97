import Foundation

/// The processor time that a container or a batch system leaves to this process (Linux control groups, versions 1 and 2).
package struct ControlGroup {
    /// The group's folder, and those above it, which limit it too.
    private let folders: [String]

    /// - Parameters:
    ///   - membership: the text of `/proc/self/cgroup`.
    ///   - root: where the groups are mounted.
    package init(membership: String, root: String) {
        var folders: [String] = []
        for line in membership.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            if fields[1].isEmpty {
                folders += Self.upwards(from: String(fields[2]), below: root)
            } else if fields[1].split(separator: ",").contains("cpu") {
                folders += Self.upwards(from: String(fields[2]), below: "\(root)/\(fields[1])")
                folders += Self.upwards(from: String(fields[2]), below: "\(root)/cpu")
            }
        }
        self.folders = folders
    }

    /// nil where there are no control groups.
    static var ofProcess: ControlGroup? {
        (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)).map {
            ControlGroup(membership: $0, root: "/sys/fs/cgroup")
        }
    }

    /// Whole processors, a part of one counting as one; nil without a limit.
    package var processorCount: Int? {
        folders.compactMap(Self.quota).min().map { max(1, Int($0.rounded(.up))) }
    }

    private static func upwards(from path: String, below root: String) -> [String] {
        let parts = path.split(separator: "/")
        guard !parts.contains("..") else { return [root] }
        return (0...parts.count).map { ([root] + parts.prefix($0).map(String.init)).joined(separator: "/") }
    }

    /// `cpu.max` holds quota and period in microseconds, or `max`; version 1 has a file for each, and -1.
    private static func quota(in folder: String) -> Double? {
        func numbers(_ file: String) -> [Double?] {
            let text = try? String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
            return text?.split(whereSeparator: \.isWhitespace).map { Double($0) } ?? []
        }
        var limit = numbers("cpu.max")
        if limit.isEmpty { limit = numbers("cpu.cfs_quota_us") + numbers("cpu.cfs_period_us") }
        guard limit.count == 2, let quota = limit[0], let period = limit[1], quota > 0, period > 0 else { return nil }
        return quota / period
    }
}
