import CHeapMeter
import Foundation
import SweepFuzzing

/// A process of its own that judges inputs one after the other, so that a trap ends only it.
struct FuzzChild {
    /// Inputs before the heap is expected to stand still.
    private static let warmUpCount: UInt64 = 1_000
    /// What the heap may grow by afterwards, in one child; caches of the runtime, not of ours.
    private static let growthLimit = 64 << 10
    /// What more may be resident afterwards: memory freed in small pieces is not given back.
    private static let residentGrowthLimit = 16 << 20
    /// No child may take the machine's memory, whatever it is made to do.
    private static let memoryLimit: UInt64 = 2 << 30

    let source: InputSource
    let page: SharedPage
    /// An input that takes longer, at the best of three times, is a hang.
    let longestMilliseconds: UInt64

    /// Judges inputs `first` ..< `end`; the exit code is 0, or 3 with a sentence in the page.
    func run(first: UInt64, end: UInt64) throws -> Int32 {
        Self.limitProcess()
        let parent = getppid()
        let warmEnd = first + min(Self.warmUpCount, (end - first) / 4)
        var (live, resident) = (Int64(0), 0)
        for index in first..<end {
            if index == warmEnd { (live, resident) = (heap_meter_live(), Self.residentBytes()) }
            if index % 1_024 == 0, getppid() != parent { return 1 }
            page[.current] = index
            page.phase = .making
            let input = try source.input(index)
            page.phase = .judging
            if let sentence = judge(input, index) { return ended(sentence) }
        }
        guard end - first >= 4 else { return finish() }
        let growth = Int(heap_meter_live() - live)
        let residentGrowth = Self.residentBytes() - resident
        page[.growthBytes] = UInt64(max(0, growth))
        page[.residentGrowthBytes] = UInt64(max(0, residentGrowth))
        if growth > Self.growthLimit {
            return ended(
                "the heap grew by \(growth) bytes over inputs \(warmEnd) to \(end - 1), at "
                    + "most \(Self.growthLimit) are allowed")
        }
        if residentGrowth > Self.residentGrowthLimit {
            return ended(
                "resident memory grew by \(residentGrowth) bytes over inputs \(warmEnd) to "
                    + "\(end - 1), at most \(Self.residentGrowthLimit) are allowed")
        }
        return finish()
    }

    private func finish() -> Int32 {
        page.phase = .ended
        return 0
    }

    private func ended(_ sentence: String) -> Int32 {
        page.sentence = sentence
        return 3
    }

    /// What is wrong, or nil.
    private func judge(_ input: [UInt8], _ index: UInt64) -> String? {
        let before = heap_meter_live()
        heap_meter_reset_peak()
        var (verdict, nanoseconds) = timed(input, by: CLOCK_MONOTONIC)
        let peak = Int(heap_meter_peak() - before)
        // Another process may have had the processor, and then the time was not the input's: it is
        // judged twice more, by the work it takes, and the best time counts. One that waits without
        // working is found by the parent's patience.
        let longest = longestMilliseconds * 1_000_000
        for _ in 0..<2 where nanoseconds > longest {
            let again = timed(input, by: CLOCK_THREAD_CPUTIME_ID).nanoseconds
            nanoseconds = min(nanoseconds, again)
        }
        page[.inputs] += 1
        if case .read = verdict { page[.read] += 1 }
        if nanoseconds > page[.slowestNanoseconds] {
            page[.slowestNanoseconds] = nanoseconds
            page[.slowestIndex] = index
        }
        if peak > Int(page[.peakBytes]) {
            page[.peakBytes] = UInt64(peak)
            page[.peakIndex] = index
        }
        if case .broken(let sentence) = verdict { return sentence }
        if nanoseconds > longest {
            return "\(nanoseconds / 1_000_000) ms for an input of \(input.count) bytes, at most "
                + "\(longestMilliseconds) are allowed"
        }
        let allowed = source.target.allowance.bytes(byteCount: input.count, verdict: verdict)
        if peak > allowed {
            return "\(peak) bytes of memory for an input of \(input.count) bytes, at most "
                + "\(allowed) are allowed"
        }
        return nil
    }

    private func timed(
        _ input: [UInt8], by clock: clockid_t
    ) -> (verdict: Verdict, nanoseconds: UInt64) {
        let start = Self.now(clock)
        let verdict = source.target.verdict(on: input)
        return (verdict, Self.now(clock) - start)
    }

    private static func now(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private static func residentBytes() -> Int {
        heap_meter_trim()
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else {
            return 0
        }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static func limitProcess() {
        var memory = rlimit(rlim_cur: rlim_t(memoryLimit), rlim_max: rlim_t(memoryLimit))
        setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &memory)
        var core = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &core)
        // The runtime would otherwise spend seconds on a picture of its stack.
        for number in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT] {
            signal(number, SIG_DFL)
        }
    }
}
