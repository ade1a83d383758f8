import CZlib

/// The library that sums up archives.
public enum NumPyLibrary {
    /// Version of zlib, as it was loaded.
    public static var zlib: String { String(cString: zlibVersion()) }
}
