import DiffusionRenderer

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The process around a command: descriptors, signals, exit code.
@main
enum Program {
    static func main() async {
        StandardDescriptors.makeSafe()
        let temporaries = TemporaryFiles()
        let graceful = GracefulStop()
        let signals = StopSignals(temporaries: temporaries, graceful: graceful)
        let task = Task { await GracefulStop.$current.withValue(graceful) { await run(temporaries) } }
        let sources = signals.watch { task.cancel() }
        let code = await task.value
        withExtendedLifetime(sources) {}
        exit((code == .interrupted ? signals.exitCode ?? code : code).rawValue)
    }

    private static func run(_ temporaries: TemporaryFiles) async -> ExitCode {
        do {
            return await CommandDispatch.run(try RawArguments.read(), temporaries: temporaries)
        } catch {
            CommandDispatch.report(error, [])
            return ExitCode(refusing: error)
        }
    }
}
