import Foundation

/// The faults of a process that was started with the library `CChaosFaults` preloaded; they change
/// while it runs.
final class FaultPage {
    let path: String
    private let page: UnsafeMutablePointer<Int64>
    private static let byteCount = 24

    init(_ path: String) throws {
        self.path = path
        let file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        defer { close(file) }
        guard file >= 0, ftruncate(file, Self.byteCount) == 0,
            let memory = mmap(nil, Self.byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0),
            memory != MAP_FAILED
        else { throw Trouble("\(path) cannot be mapped") }
        page = memory.bindMemory(to: Int64.self, capacity: 3)
    }

    deinit { munmap(page, Self.byteCount) }

    /// How much longer each fsync takes.
    var syncDelayMilliseconds: Int64 {
        get { page[0] }
        set { page[0] = newValue }
    }

    /// The errno of each fsync; 0 for none.
    var syncError: Int64 {
        get { page[1] }
        set { page[1] = newValue }
    }

    /// What the wall clock is ahead.
    var clockOffsetSeconds: Int64 {
        get { page[2] }
        set { page[2] = newValue }
    }
}
