#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Stops the process because code of this package broke one of its own rules.
///
/// `precondition` drops its message in release builds; this one keeps it. Never called on data from outside: data throws.
public func reportBug(_ message: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line) -> Never {
    let text = "Diffuse: a bug of the program itself, please report it: \(message()) (\(file):\(line))\n"
    _ = text.withCString { write(STDERR_FILENO, $0, strlen($0)) }
    abort()
}

/// Traps with `message` unless `condition` holds.
@inlinable
public func ensure(
    _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String,
    file: StaticString = #fileID, line: UInt = #line
) {
    if !condition() { reportBug(message(), file: file, line: line) }
}
