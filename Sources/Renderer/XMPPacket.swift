/// A flat XMP packet: simple properties of one resource (XMP specification part 1, RDF/XML serialisation).
package struct XMPPacket: Sendable, Hashable {
    /// The namespaces whose properties this package writes.
    package enum Namespace: String, Sendable, CaseIterable {
        case iptcExtension = "Iptc4xmpExt"
        case basic = "xmp"

        var uri: String {
            switch self {
            case .iptcExtension: "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
            case .basic: "http://ns.adobe.com/xap/1.0/"
            }
        }
    }

    package struct Property: Sendable, Hashable {
        package var namespace: Namespace
        package var name: String
        package var value: String

        package init(_ namespace: Namespace, _ name: String, _ value: String) {
            self.namespace = namespace
            self.name = name
            self.value = value
        }
    }

    package var properties: [Property]

    package init(_ properties: [Property]) { self.properties = properties }

    /// The packet's text. It is marked read-only: there is no padding to edit in place.
    package var text: String {
        """
        <?xpacket begin="\u{FEFF}" id="W5M0MpCehiHzreSzNTczkc9d"?>
        <x:xmpmeta xmlns:x="adobe:ns:meta/">
        <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
        <rdf:Description rdf:about=""\(declarations)>
        \(properties.map(Self.element).joined(separator: "\n"))
        </rdf:Description>
        </rdf:RDF>
        </x:xmpmeta>
        <?xpacket end="r"?>
        """
    }

    private var declarations: String {
        let used = Set(properties.map(\.namespace))
        return Namespace.allCases.filter(used.contains).map { " xmlns:\($0.rawValue)=\"\($0.uri)\"" }.joined()
    }

    private static func element(_ property: Property) -> String {
        let name = "\(property.namespace.rawValue):\(property.name)"
        return "<\(name)>\(XMLText.escaped(property.value))</\(name)>"
    }

    /// A simple property of any packet, written as an element or as an attribute with the usual prefix; nil where there
    /// is none. It reads text, not XML: enough for marks that a person wants to see, and no parser to attack.
    package static func value(of property: String, in packet: String) -> String? {
        let bytes = Array(packet.utf8)
        for start in bytes.occurrences(of: Array(property.utf8)) {
            let rest = bytes[(start + property.utf8.count)...]
            let opensElement = start > 0 && bytes[start - 1] == UInt8(ascii: "<")
            if opensElement, let content = content(after: rest) { return XMLText.unescaped(content) }
            if !opensElement, let content = attribute(after: rest) { return XMLText.unescaped(content) }
        }
        return nil
    }

    private static func content(after rest: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard rest.first == UInt8(ascii: ">") else { return nil }
        return rest.dropFirst().prefix { $0 != UInt8(ascii: "<") }
    }

    private static func attribute(after rest: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let value = rest.drop { [0x09, 0x0A, 0x0D, 0x20, UInt8(ascii: "=")].contains($0) }
        guard let quote = value.first, [UInt8(ascii: "\""), UInt8(ascii: "'")].contains(quote) else { return nil }
        guard let end = value.dropFirst().firstIndex(of: quote) else { return nil }
        return value[(value.startIndex + 1)..<end]
    }
}

extension [UInt8] {
    /// Where `needle` begins in these bytes, in order, overlaps left out.
    fileprivate func occurrences(of needle: [UInt8]) -> [Int] {
        guard let first = needle.first else { return [] }
        var found: [Int] = []
        var from = 0
        while let start = self[from...].firstIndex(of: first) {
            let isHit = self[start...].starts(with: needle)
            if isHit { found.append(start) }
            from = start + (isHit ? needle.count : 1)
        }
        return found
    }
}
