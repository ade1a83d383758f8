import CSweepKernels
import Foundation
import SweepPhysics

// SweepBenchmarks [FAMILY]: reads lines "CASE REPETITIONS" and answers each with
// "SECONDS FLOPS BYTES FUNCTIONS CHECK": CPU seconds of one repetition, and the amounts of one.
// "family" answers the name of the kernels; "check PATH" and "check-tilted PATH" write what a peer can
// compare with.

extension KernelFamily {
    var kernels: swk_kernels {
        guard let table = swk_kernels_named(name) else { preconditionFailure("no such family") }
        return table.pointee
    }
}

func processorSeconds() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now)
    return Double(now.tv_sec) + 1e-9 * Double(now.tv_nsec)
}

func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data("SweepBenchmarks: \(message)\n".utf8))
    exit(2)
}

let choice = CommandLine.arguments.count > 1 ? CommandLine.arguments[1] : "auto"
guard let family = choice == "auto" ? KernelFamily.best : KernelFamily.named(choice) else {
    fail("this CPU cannot run the kernels \(choice)")
}

var cases: [String: Case] = [:]
while let line = readLine() {
    let words = line.split(separator: " ").map(String.init)
    if words == ["family"] {
        print(family.name)
        fflush(nil)
        continue
    }
    if words.count == 2, words[0] == "check" || words[0] == "check-tilted" {
        do {
            if words[0] == "check" {
                try SamplerCases.writeCheck(words[1], family)
            } else {
                try writeNumbers(TiltedExpectation(family, pairsOnly: true).check, words[1])
            }
            print("written")
            fflush(nil)
        } catch { fail("\(error)") }
        continue
    }
    guard words.count == 2, let repetitions = Int(words[1]), repetitions > 0 else {
        fail("expects lines CASE REPETITIONS, found: \(line)")
    }
    if cases[words[0]] == nil {
        do {
            cases[words[0]] =
                try FloorCases.make(words[0], family) ?? TrainingCases.make(words[0], family)
                ?? DenseCases.make(words[0], family)
                ?? TheoryCases.make(words[0], family)
                ?? SamplerCases.make(words[0], family)
        } catch { fail("\(words[0]): \(error)") }
        // Caches, pages and branch predictors.
        _ = cases[words[0]]?.body()
    }
    guard let chosen = cases[words[0]] else { fail("has no case \(words[0])") }
    var check = 0.0
    let start = processorSeconds()
    let bodies = max(1, repetitions / chosen.repeats)
    for _ in 0..<bodies { check = chosen.body() }
    let seconds = (processorSeconds() - start) / Double(bodies * chosen.repeats)
    print("\(seconds) \(chosen.flops) \(chosen.bytes) \(chosen.functions) \(check)")
    fflush(nil)
}
