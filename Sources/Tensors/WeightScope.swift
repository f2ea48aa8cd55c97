import DiffusionBasics
import Synchronization

/// Where a network's parameters come from: a checkpoint, or values made by a test.
package protocol WeightSource: Sendable {
    /// A handle for the parameter of that full name. Nothing is read yet; a missing name or another shape is recorded and
    /// reported all at once by the source's own check, before any handle is read.
    func parameter(named name: String, shape: Shape) -> Parameter

    /// Whether the source holds a tensor of that full name.
    func contains(_ name: String) -> Bool
}

/// One named tensor of a checkpoint, read when it is packed and not before.
package struct Parameter: Sendable {
    package let name: String
    package let shape: Shape
    private let readElements: @Sendable (Range<Int>, UnsafeMutableBufferPointer<Float>) throws -> Void

    /// - Parameter readElements: widens a range of elements, in row-major order, into a buffer of that many floats.
    package init(
        name: String, shape: Shape,
        readElements: @escaping @Sendable (Range<Int>, UnsafeMutableBufferPointer<Float>) throws -> Void
    ) {
        self.name = name
        self.shape = shape
        self.readElements = readElements
    }

    /// Reads elements `range` (all of them by default) as Float32 into `target`, which has room for just these.
    /// - Throws: what the source throws, such as a file that shrank or a value that is not finite.
    package func read(_ range: Range<Int>? = nil, into target: UnsafeMutableBufferPointer<Float>) throws {
        let range = range ?? 0..<shape.elementCount
        ensure(range.count == target.count, "\(name): reading \(range.count) elements into room for \(target.count)")
        try readElements(range, target)
    }

    /// The whole parameter.
    package func scalars() throws -> [Float] {
        try [Float](unsafeUninitializedCapacity: shape.elementCount) { buffer, count in
            try read(into: UnsafeMutableBufferPointer(rebasing: buffer[..<shape.elementCount]))
            count = shape.elementCount
        }
    }
}

/// A place in a checkpoint's tree of names: `weights["down_blocks"][0]["resnets"][1]["conv1"]`.
///
/// Building a network in a scope only collects handles; `LoadList.run` then fills every `Loadable`, so that all missing
/// names are known before the first byte is read, and packing can go on in parallel.
///
/// Like the environment of a view, a scope hands values down to everything below it: how weights are packed is told once,
/// not to every layer's initialiser.
package struct WeightScope: Sendable {
    /// The path so far, `down_blocks.0.resnets.1.conv1`; empty at the root.
    package let path: String
    package let loads: LoadList
    private let source: any WeightSource
    private var values: [ObjectIdentifier: any Sendable] = [:]

    package init(_ source: any WeightSource, loads: LoadList = LoadList(), path: String = "") {
        self.source = source
        self.loads = loads
        self.path = path
    }

    private init(_ name: String, in outer: WeightScope) {
        (source, loads, values) = (outer.source, outer.loads, outer.values)
        path = outer.fullName(name)
    }

    package subscript(name: String) -> WeightScope { WeightScope(name, in: self) }
    package subscript(index: Int) -> WeightScope { self[String(index)] }

    package func parameter(_ name: String, shape: Shape) -> Parameter {
        group?.setSize(of: fullName(name)) { WeightSize(byteCount: shape.elementCount * MemoryLayout<Float>.stride) }
        return source.parameter(named: fullName(name), shape: shape)
    }

    package func contains(_ name: String) -> Bool { source.contains(fullName(name)) }

    /// A value that `loads` will make.
    package func loadable<Value: Sendable>(_ make: @escaping @Sendable () throws -> Value) -> Loadable<Value> {
        let loadable = Loadable(make)
        if let group { group.append(loadable) } else { loads.append { try loadable.load() } }
        return loadable
    }

    package func fullName(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}

/// Names a value that scopes hand down.
package protocol WeightScopeKey {
    associatedtype Value: Sendable
    /// Where no outer scope has set one.
    static var defaultValue: Value { get }
}

extension WeightScope {
    /// What the nearest outer scope has set.
    package subscript<Key: WeightScopeKey>(key: Key.Type) -> Key.Value {
        values[ObjectIdentifier(key)] as? Key.Value ?? Key.defaultValue
    }

    /// The same place with a value for it and all below.
    package func setting<Key: WeightScopeKey>(_ key: Key.Type, to value: Key.Value) -> WeightScope {
        var scope = self
        scope.values[ObjectIdentifier(key)] = value
        return scope
    }
}

/// A part of a network that is described first and filled once, when its weights are read.
package final class Loadable<Value: Sendable>: Sendable {
    private let make: @Sendable () throws -> Value
    private let storage = Mutex<Value?>(nil)

    init(_ make: @escaping @Sendable () throws -> Value) { self.make = make }

    func load() throws {
        let made = try make()
        storage.withLock { $0 = made }
    }

    /// Forgets the value until it is loaded again.
    func release() { storage.withLock { $0 = nil } }

    /// The value; asking before loading is a bug.
    package var value: Value {
        guard let value = storage.withLock({ $0 }) else { reportBug("a layer was used before its weights were loaded") }
        return value
    }
}

/// The reading and packing that a network under construction still needs.
package final class LoadList: Sendable {
    private let pending = Mutex<[@Sendable () throws -> Void]>([])

    package init() {}

    func append(_ load: @escaping @Sendable () throws -> Void) { pending.withLock { $0.append(load) } }

    /// Hands every pending load to `execute`, which may run them in any order or at once; each runs once.
    package func run(_ execute: ([@Sendable () throws -> Void]) throws -> Void) rethrows {
        let loads = pending.withLock { list in
            defer { list = [] }
            return list
        }
        try execute(loads)
    }
}
