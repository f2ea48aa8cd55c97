#if os(Linux)
import DiffusionTensors
import Glibc
import Synchronization

/// Moves some units of pages and refuses all others as the system may: the target is unmapped, and somebody else's memory
/// comes to lie there at once.
final class RefusingPages: Sendable {
    fileprivate struct State {
        var accepted: Int
        var refusedCount = 0
        var strangers: [UInt] = []
    }

    private let state: Mutex<State>

    init(accepted: Int) { state = Mutex(State(accepted: accepted)) }

    var refusedCount: Int { state.withLock { $0.refusedCount } }

    /// Whether what others mapped at refused targets is as they left it.
    var strangersAreWhole: Bool {
        state.withLock { state in
            state.strangers.allSatisfy { address in
                guard let bytes = UnsafePointer<UInt8>(bitPattern: address) else { return false }
                return bytes[0] == 42 && bytes[MovablePages.unit - 1] == 43
            }
        }
    }

    var movable: MovablePages {
        MovablePages { [self] source, target in
            if state.withLock({ $0.accept() }) { return MovablePages.system.moveUnit?(source, target) ?? false }
            let flags = MAP_PRIVATE | MAP_ANON | MAP_FIXED
            let stranger = mmap(target, MovablePages.unit, PROT_READ | PROT_WRITE, flags, -1, 0)
            stranger?.storeBytes(of: 42, as: UInt8.self)
            stranger?.storeBytes(of: 43, toByteOffset: MovablePages.unit - 1, as: UInt8.self)
            state.withLock { $0.strangers.append(UInt(bitPattern: stranger)) }
            return false
        }
    }

    deinit {
        for address in state.withLock({ $0.strangers }) {
            munmap(UnsafeMutableRawPointer(bitPattern: address), MovablePages.unit)
        }
    }
}

extension RefusingPages.State {
    fileprivate mutating func accept() -> Bool {
        if accepted > 0 {
            accepted -= 1
            return true
        }
        refusedCount += 1
        return false
    }
}
#endif
