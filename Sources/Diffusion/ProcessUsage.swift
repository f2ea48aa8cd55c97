#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What the process has used of the machine so far.
package enum ProcessUsage {
    /// The largest resident size, in bytes.
    package static var peakMemory: Int {
        // Linux's getrusage also counts what the process was before it became this program.
        if let peak = statusEntry("VmHWM:") { return peak }
        var usage = rusage()
        #if canImport(Darwin)
        return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss : 0
        #else
        return getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 ? usage.ru_maxrss * 1024 : 0
        #endif
    }

    /// Bytes from a line of /proc/self/status in kB; nil where there is none.
    private static func statusEntry(_ name: String) -> Int? {
        guard let file = fopen("/proc/self/status", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let words = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
                .split { $0 == " " || $0 == "\t" }
            if words.count > 1, words[0] == name { return Int(words[1]).map { $0 * 1024 } }
        }
        return nil
    }
}
