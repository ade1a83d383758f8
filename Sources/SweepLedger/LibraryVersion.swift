import CSodium

/// Versions of libraries, for provenance.
public enum LibraryVersion {
    /// Of libsodium, as it was loaded.
    public static var sodium: String { String(cString: sodium_version_string()) }
}
