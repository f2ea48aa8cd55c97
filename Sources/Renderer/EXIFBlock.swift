/// The few EXIF entries that this package reads and writes (EXIF 2.32, in TIFF 6.0's structure).
package struct EXIFBlock: Sendable, Hashable {
    /// How the picture is meant to be seen, 1 to 8; nil where the block does not say.
    package var orientation: Int?
    package var software: String?
    package var userComment: String?

    package init(orientation: Int? = nil, software: String? = nil, userComment: String? = nil) {
        self.orientation = orientation
        self.software = software
        self.userComment = userComment
    }

    enum Tag {
        static let orientation: UInt16 = 0x0112
        static let xResolution: UInt16 = 0x011A
        static let yResolution: UInt16 = 0x011B
        static let resolutionUnit: UInt16 = 0x0128
        static let software: UInt16 = 0x0131
        static let yCbCrPositioning: UInt16 = 0x0213
        static let exifDirectory: UInt16 = 0x8769
        static let exifVersion: UInt16 = 0x9000
        static let componentsConfiguration: UInt16 = 0x9101
        static let userComment: UInt16 = 0x9286
        static let flashpixVersion: UInt16 = 0xA000
        static let colorSpace: UInt16 = 0xA001
        static let pixelXDimension: UInt16 = 0xA002
        static let pixelYDimension: UInt16 = 0xA003
    }

    /// TIFF's type numbers and the size of one value.
    enum Kind: UInt16 {
        case ascii = 2
        case short = 3
        case long = 4
        case rational = 5
        case undefined = 7

        var byteCount: Int {
            switch self {
            case .ascii, .undefined: 1
            case .short: 2
            case .long: 4
            case .rational: 8
            }
        }
    }
}
