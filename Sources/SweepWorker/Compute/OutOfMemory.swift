import Glibc

/// Tells a child that died for lack of memory from others, where that can be told.
enum OutOfMemory {
    /// What a program prints when it asked for memory and got none: Swift's runtime, the C++
    /// library, the system's own words, and OpenBLAS.
    private static let words = [
        "failed to allocate", "Could not allocate memory", "std::bad_alloc",
        "Cannot allocate memory", "Memory allocation still failed",
    ]

    /// Whether memory is why a child ended.
    ///
    /// - Parameters:
    ///   - lastLines: The end of what it printed.
    ///   - kernelHasKilled: Whether the kernel has ended a process of this machine for lack of
    ///     memory since it was last asked: nearly always that child, the greediest and the first
    ///     to go.
    static func isCause(
        of ending: ChildProcess.Ending, lastLines: [String], kernelHasKilled: Bool
    ) -> Bool {
        switch ending {
        case .signal(SIGKILL): kernelHasKilled
        case .signal: lastLines.contains { line in words.contains { line.contains($0) } }
        case .exit: false
        }
    }

    /// How often the kernel has ended a process for lack of memory since the machine was started; 0
    /// where it does not say.
    static func kernelKills() -> UInt64 {
        let descriptor = open("/proc/vmstat", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(descriptor, &piece, piece.count)
            guard count > 0 else { break }
            text += piece[..<count]
        }
        for line in text.split(separator: UInt8(ascii: "\n"))
        where line.starts(with: "oom_kill ".utf8) {
            return UInt64(String(decoding: line.dropFirst(9), as: UTF8.self)) ?? 0
        }
        return 0
    }
}
