/// How each trial ended, two bits a trial, in pages that exist only once a trial of them has ended.
struct SettlementMap: Sendable {
    /// Trials a page holds; a page takes 1 KiB.
    static let pageSize = 4_096
    private static let perWord = 32

    /// An empty page is one whose trials are all open.
    private var pages: [[UInt64]] = []

    /// Numbers of trials by settlement: index 0 is unused.
    private(set) var counts = [0, 0, 0, 0]

    subscript(trial: Int) -> Scheduler.Settlement? {
        let page = trial / Self.pageSize
        guard page < pages.count, !pages[page].isEmpty else { return nil }
        let place = trial % Self.pageSize
        let word = pages[page][place / Self.perWord]
        let bits = UInt8(truncatingIfNeeded: word >> UInt64(2 * (place % Self.perWord))) & 3
        return Scheduler.Settlement(rawValue: bits)
    }

    mutating func set(_ trial: Int, to settlement: Scheduler.Settlement?) {
        if let old = self[trial] { counts[Int(old.rawValue)] -= 1 }
        let page = trial / Self.pageSize
        while pages.count <= page { pages.append([]) }
        if pages[page].isEmpty {
            pages[page] = [UInt64](repeating: 0, count: Self.pageSize / Self.perWord)
        }
        let place = trial % Self.pageSize
        let shift = UInt64(2 * (place % Self.perWord))
        pages[page][place / Self.perWord] &= ~(3 << shift)
        guard let settlement else { return }
        pages[page][place / Self.perWord] |= UInt64(settlement.rawValue) << shift
        counts[Int(settlement.rawValue)] += 1
    }
}
