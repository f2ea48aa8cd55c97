#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Standard input, output and error as the program found them.
enum StandardDescriptors {
    /// Makes the three safe to use, whatever the caller closed.
    ///
    /// The first file opened would get the number of one that is closed, and a message would be written into a picture.
    /// Reading from a closed input and writing to a closed output stay errors; writing to a reader that has gone is one
    /// (`EPIPE`) instead of a silent death, and so is a file over the limit (`EFBIG`).
    static func makeSafe() {
        for (descriptor, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY)] {
            // The lowest free number is the closed one: those below it are open by now.
            if fcntl(descriptor, F_GETFD) < 0 { _ = open("/dev/null", mode) }
        }
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
    }
}
