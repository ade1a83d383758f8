import Foundation
import SweepFuzzing

/// Runs children, a few at a time, over the inputs of one target, and reports what they end with.
struct FuzzParent {
    /// Inputs of one child, so that slow growth has time to show.
    private static let chunkCount: UInt64 = 100_000
    private static let failureLimit = 10

    let source: InputSource
    /// Arguments from which a child makes the same source.
    let childArguments: [String]
    let jobCount: Int
    /// Where inputs that fail are written.
    let keepFolder: String
    /// A child that does not come to its next input for so long is ended.
    let patienceSeconds: Int

    /// What a target's run came to.
    struct Report {
        var inputs: UInt64 = 0
        var read: UInt64 = 0
        var failures: [String] = []
        var slowest: (nanoseconds: UInt64, index: UInt64) = (0, 0)
        var peak: (bytes: UInt64, index: UInt64) = (0, 0)
        var growthBytes: UInt64 = 0
        var residentGrowthBytes: UInt64 = 0
    }

    private struct Running {
        let process: pid_t
        let page: SharedPage
        let range: Range<UInt64>
        var seen: UInt64 = .max
        var seenAt: ContinuousClock.Instant
        var isGivenUp = false
    }

    func run(count: UInt64) throws -> Report {
        let scratch = FileManager.default.temporaryDirectory
            .appending(path: "critsweep-fuzz-\(getpid())-\(source.target.name)").path()
        try FileManager.default.createDirectory(
            atPath: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        let size = max(1, min(Self.chunkCount, (count + UInt64(jobCount) - 1) / UInt64(jobCount)))
        var waiting = stride(from: 0, to: count, by: Int(size)).map { $0..<min(count, $0 + size) }
        var running: [Running] = []
        var report = Report()
        var childCount = 0
        while !waiting.isEmpty || !running.isEmpty {
            while running.count < jobCount, !waiting.isEmpty {
                childCount += 1
                running.append(
                    try start(waiting.removeFirst(), page: "\(scratch)/\(childCount)"))
            }
            usleep(2_000)
            for place in running.indices.reversed() {
                guard let status = ended(&running[place]) else { continue }
                let child = running.remove(at: place)
                if let rest = add(child, status, to: &report) { waiting.insert(rest, at: 0) }
            }
            if report.failures.count >= Self.failureLimit {
                end(running)
                report.failures.append("the rest of \(source.target.name) is not run")
                break
            }
        }
        return report
    }

    /// Ends children whose findings nobody waits for.
    private func end(_ running: [Running]) {
        for child in running {
            kill(child.process, SIGKILL)
            var status: Int32 = 0
            waitpid(child.process, &status, 0)
        }
    }

    private func start(_ range: Range<UInt64>, page file: String) throws -> Running {
        let page = try SharedPage(file: file)
        let line =
            ["critsweep-fuzz"] + childArguments + [
                "--child-page", file, "--child-first", "\(range.lowerBound)", "--child-end",
                "\(range.upperBound)",
            ]
        var words: [UnsafeMutablePointer<CChar>?] = line.map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let error = posix_spawn(&process, "/proc/self/exe", nil, nil, words, environ)
        guard error == 0 else {
            throw Trouble("a child cannot be started: \(String(cString: strerror(error)))")
        }
        return Running(process: process, page: page, range: range, seenAt: ContinuousClock().now)
    }

    /// The status of a child that has ended; nil while it works.
    private func ended(_ child: inout Running) -> Int32? {
        var status: Int32 = 0
        if waitpid(child.process, &status, WNOHANG) == child.process { return status }
        let now = ContinuousClock().now
        let current = child.page[.inputs] &+ child.page[.phase]
        if current != child.seen {
            child.seen = current
            child.seenAt = now
        } else if now - child.seenAt > .seconds(patienceSeconds), !child.isGivenUp {
            child.isGivenUp = true
            kill(child.process, SIGKILL)
        }
        return nil
    }

    /// Adds what a child has done; returns what it left undone.
    private func add(
        _ child: Running, _ status: Int32, to report: inout Report
    ) -> Range<UInt64>? {
        let page = child.page
        report.inputs += page[.inputs]
        report.read += page[.read]
        if page[.slowestNanoseconds] > report.slowest.nanoseconds {
            report.slowest = (page[.slowestNanoseconds], page[.slowestIndex])
        }
        if page[.peakBytes] > report.peak.bytes {
            report.peak = (page[.peakBytes], page[.peakIndex])
        }
        report.growthBytes = max(report.growthBytes, page[.growthBytes])
        report.residentGrowthBytes = max(report.residentGrowthBytes, page[.residentGrowthBytes])
        let signal = status & 0x7F
        let code = status >> 8 & 0xFF
        if signal == 0, code == 0 { return nil }
        guard page.phase == .judging else {
            report.failures.append(
                "\(source.target.name): the fuzzer itself failed before input "
                    + "\(page[.current]): " + reason(signal, code, child.isGivenUp))
            return nil
        }
        let index = page[.current]
        let sentence =
            signal == 0 && code == 3
            ? page.sentence : reason(signal, code, child.isGivenUp)
        // The input that a child ended at was not counted by it.
        if signal != 0 { report.inputs += 1 }
        report.failures.append("\(source.name(of: index)): \(sentence)" + keep(index))
        let rest = index + 1..<child.range.upperBound
        return rest.isEmpty ? nil : rest
    }

    private func reason(_ signal: Int32, _ code: Int32, _ isGivenUp: Bool) -> String {
        if isGivenUp { return "no end within \(patienceSeconds) s" }
        guard signal != 0 else { return "the child ended with exit code \(code)" }
        return "a trap (signal \(signal), \(String(cString: strsignal(signal))))"
    }

    /// Writes the input to a file of its own, unless it came from one.
    private func keep(_ index: UInt64) -> String {
        guard source.files.isEmpty, let input = try? source.input(index) else { return "" }
        let file = "\(keepFolder)/\(source.target.name)/seed-\(source.seed)-\(index)"
        do {
            try FileManager.default.createDirectory(
                atPath: "\(keepFolder)/\(source.target.name)", withIntermediateDirectories: true)
            try Data(input).write(to: URL(filePath: file), options: .atomic)
        } catch {
            return "; it cannot be kept in \(file)"
        }
        return "; replay: critsweep-fuzz --replay \(file)"
    }
}
