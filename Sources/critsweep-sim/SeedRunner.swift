import Foundation
import SweepSimulation
import Synchronization

/// Runs a range of seeds on several threads; each seed is a run of its own.
struct SeedRunner {
    let threadCount: Int
    /// Whether runs have traces, and the sum a digest of them.
    let isTraced: Bool

    init(threadCount: Int?, isTraced: Bool = true) {
        self.isTraced = isTraced
        self.threadCount = threadCount ?? max(1, ProcessInfo.processInfo.activeProcessorCount)
    }

    /// What a range came to. The same for any number of threads.
    struct Sum: CustomStringConvertible, Sendable {
        var seedCount = 0
        var eventCount = 0
        var faultCount = 0
        var simulatedMilliseconds: UInt64 = 0
        /// Stands for all traces, whatever the order in which the seeds ended.
        var digest: UInt64 = 0
        /// By seed, as many as were asked for.
        var failures: [Simulation.Outcome] = []

        mutating func add(_ outcome: Simulation.Outcome) {
            seedCount += 1
            eventCount += outcome.eventCount
            faultCount += outcome.faultCount
            simulatedMilliseconds += outcome.simulatedMilliseconds
            digest &+= outcome.trace.hash &* (2 &* outcome.seed &+ 1)
            if outcome.violation != nil { failures.append(outcome) }
        }

        var description: String {
            "\(seedCount) seeds, \(failures.count) failed: \(eventCount) events, "
                + "\(faultCount) faults, \(simulatedMilliseconds / 1_000) simulated s"
        }

        /// The digest of all traces, in words.
        var traces: String { ", traces " + String(digest, radix: 16) }
    }

    /// Runs the seeds in order, and no more after so many failures.
    func run(
        _ seeds: ClosedRange<UInt64>, planted: PlantedBug? = nil, failureLimit: Int
    ) -> Sum {
        let next = Atomic<UInt64>(seeds.lowerBound)
        let sum = Mutex(Sum())
        withThreads { thread in
            while true {
                let seed = next.add(1, ordering: .relaxed).oldValue
                guard seed <= seeds.upperBound,
                    sum.withLock({ $0.failures.count < failureLimit })
                else { return }
                TrapReport.enter(seed: seed, thread: thread)
                var simulation = Simulation(seed: seed, planted: planted, isTraced: isTraced)
                let outcome = simulation.run()
                sum.withLock { $0.add(outcome) }
            }
        }
        var result = sum.withLock { $0 }
        result.failures.sort { $0.seed < $1.seed }
        result.failures = Array(result.failures.prefix(failureLimit))
        return result
    }

    private func withThreads(_ body: @Sendable (Int) -> Void) {
        if threadCount == 1 { return body(0) }
        // Blocks until all have ended, so nothing of this frame outlives it.
        DispatchQueue.concurrentPerform(iterations: threadCount, execute: body)
    }
}
