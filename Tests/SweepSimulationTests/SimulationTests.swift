import Testing

import SweepCore
import SweepSimulation

/// Runs whole sweeps under faults drawn from a seed. To repeat one, put its seed alone in `seeds`.
@Suite("Scheduler and worker core, simulated")
struct SimulationTests {
    static let seeds: [UInt64] = Array(1...20)

    @Test("every promise is kept under faults, and then the sweep ends", arguments: seeds)
    func everyTrialIsRecordedExactlyOnce(seed: UInt64) {
        var simulation = Simulation(seed: seed)
        let violation = simulation.run().violation
        #expect(violation == nil)
    }

    @Test("a run without a trace is the same run")
    func untraced() {
        var traced = Simulation(seed: 11)
        var untraced = Simulation(seed: 11, isTraced: false)
        let (one, two) = (traced.run(), untraced.run())
        #expect(one.eventCount == two.eventCount)
        #expect(one.simulatedMilliseconds == two.simulatedMilliseconds)
        #expect(two.trace.lineCount == 0)
    }

    @Test(
        "a planted bug is found, and named by the promise that it breaks",
        arguments: [
            (PlantedBug.acknowledgesBeforeCommit, Promise.acknowledgedIsDurable),
            (.duplicateCountedTwice, .oneResult), (.attemptUnchecked, .resultIsGranted),
            (.grantsBeyondCredit, .creditKept), (.neverQuarantines, .poisonQuarantined),
            (.cancelIgnored, .cancelledStops), (.requeuesBeforeHello, .graceKept),
            (.spoolForgottenAfterSend, .workKept), (.spoolNotReplayed, .heldIsSaid),
            (.drainDrops, .drainEndsWork), (.divergenceUntold, .divergenceTold),
            (.quarantinesAfterTwo, .quarantineJustified), (.lossUncounted, .lossCounted),
            (.lossesForgotten, .poisonQuarantined),
            (.assignsBeforeDurable, .grantBeforeAssign), (.renewsWrongLease, .leaseKept),
        ])
    func plantedBug(bug: PlantedBug, promise: Promise) {
        var found: Promise?
        for seed: UInt64 in 1...100 where found == nil {
            var simulation = Simulation(seed: seed, planted: bug, isTraced: false)
            found = simulation.run().violation?.promise
        }
        #expect(found == promise)
    }

    @Test("a seed is a run", arguments: [UInt64(1), 7, 42])
    func sameSeedGivesSameTrace(seed: UInt64) {
        var first = Simulation(seed: seed, keptLineLimit: .max)
        var second = Simulation(seed: seed, keptLineLimit: .max)
        let (one, two) = (first.run(), second.run())
        #expect(one.trace.lines == two.trace.lines)
        #expect(one.trace.digest == two.trace.digest)
        #expect(one.trace.lineCount > 100)
    }

    @Test("another seed is another run")
    func otherSeedGivesOtherTrace() {
        var first = Simulation(seed: 1)
        var second = Simulation(seed: 2)
        #expect(first.run().trace.digest != second.run().trace.digest)
    }

    @Test("among a few hundred seeds every fault is both present and absent")
    func weatherVaries() {
        let weathers = (1...300).map { seed in
            var random = SplitMix64(seed: UInt64(seed))
            return Weather(using: &random)
        }
        let rates: [(Weather) -> Double] = [
            { $0.loss }, { $0.duplication }, { $0.stragglers }, { $0.isReordering ? 1 : 0 },
            { Double($0.workerCrashInterval) }, { Double($0.workerFreezeInterval) },
            { Double($0.coordinatorCrashInterval) }, { Double($0.coordinatorFreezeInterval) },
            { Double($0.reconnectInterval) }, { Double($0.partitionInterval) },
            { Double($0.leaveInterval) }, { Double($0.diskFullInterval) },
            { Double($0.stopInterval) }, { Double($0.retryInterval) },
            { Double($0.confusionInterval) }, { $0.failure }, { $0.computeCrash },
            { Double($0.poisonCount) }, { $0.isEmbedded ? 1 : 0 },
            { $0.isSpoolDurable ? 0 : 1 }, { $0.isGentleToWorkers ? 1 : 0 },
            { Double($0.diskErrorInterval) }, { Double($0.spoolFullInterval) },
            { Double($0.clockDrift) }, { Double($0.killerCount) }, { $0.divergence },
            { $0.blackHole == nil ? 0 : 1 }, { $0.losesIdentity ? 1 : 0 },
            { $0.leaversReturn ? 0 : 1 }, { $0.partitionsDelay ? 1 : 0 },
            { $0.breaksConnections ? 1 : 0 }, { $0.workerCount > 6 ? 1 : 0 },
        ]
        for (number, rate) in rates.enumerated() {
            let present = weathers.count { rate($0) > 0 }
            #expect(present > 10 && present < 290, "fault \(number): \(present) of 300")
        }
    }

    @Test("SplitMix64 gives its published numbers")
    func generatorKnownAnswers() {
        // The first outputs for seed 1234567, as in the test vectors of the reference code.
        var random = SplitMix64(seed: 1_234_567)
        let words = (0..<5).map { _ in random.next() }
        #expect(
            words == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ])
    }
}
