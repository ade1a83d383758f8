/// The version of this program, recorded with every result.
enum Version {
    static let text = "0.1.0"

    /// The compiler that built this program. Its exact version is not told to programs.
    static var compiler: String {
        #if compiler(>=6.5)
            "6.5 or newer"
        #elseif compiler(>=6.4)
            "6.4"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }
}
