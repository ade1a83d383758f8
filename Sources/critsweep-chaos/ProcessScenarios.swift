import Foundation

extension Scenario {
    private static let steady = Lab.Spec(milliseconds: 150, points: 20, seeds: 8)
    private static let long = Lab.Spec(milliseconds: 100, points: 50, seeds: 20)
    private static let short = Lab.Spec(milliseconds: 100, points: 20, seeds: 16)

    /// Processes that are killed, frozen, or told to end.
    static let processes: [Scenario] = [
        Scenario(name: "kill-worker", faults: "F1", spec: long, sampleSpec: short) { lab, scale in
            try lab.open()
            try lab.addWorkers(4)
            try lab.waitForWorkers()
            var moments: [Int64] = []
            for number in 0..<scale.pick(20, sample: 5) {
                let victim = lab.workers[number % 4]
                moments.append(Clock.wall)
                try lab.kill(victim)
                // Some are back at once, some after they were given up.
                if number % 2 == 0 { Waiting.pause(0.6) }
                try lab.restart(victim)
                Waiting.pause(0.9)
            }
            try lab.finish()
            return { [moments] audit in try audit.deaths("of a worker over tcp", moments) }
        },
        Scenario(
            name: "kill-local-worker", faults: "F1", spec: long, sampleSpec: short
        ) { lab, scale in
            lab.localWorkers = 4
            try lab.open()
            try lab.waitForWorkers()
            var moments: [Int64] = []
            for number in 0..<scale.pick(20, sample: 5) {
                let children = lab.coordinator?.children.sorted() ?? []
                guard !children.isEmpty else { throw Trouble("the run has no workers") }
                moments.append(Clock.wall)
                kill(children[number % children.count], SIGKILL)
                Waiting.pause(1.2)
            }
            try lab.finish()
            return { [moments] audit in try audit.deaths("of a worker of `run`", moments) }
        },
        Scenario(name: "kill-child", faults: "F1, F17", spec: short) { lab, scale in
            try lab.open()
            try lab.addWorkers(2, slots: 2)
            try lab.waitForWorkers()
            var moments: [Int64] = []
            for number in 0..<scale.pick(10, sample: 3) {
                let children = lab.workers[number % 2].process.children
                guard let child = children.last else { throw Trouble("a worker has no children") }
                moments.append(Clock.wall)
                kill(child, SIGKILL)
                Waiting.pause(0.6)
            }
            try lab.finish()
            return { [moments] audit in try audit.deaths("of a compute child", moments) }
        },
        Scenario(
            name: "kill-coordinator", faults: "F2",
            spec: Lab.Spec(milliseconds: 60, points: 40, seeds: 20), sampleSpec: short
        ) { lab, scale in
            try lab.open()
            try lab.addWorkers(4)
            var starts: [Int64] = []
            for number in 1...scale.pick(10, sample: 3) {
                try lab.waitFor(recorded: number * 40)
                try lab.killCoordinator()
                Waiting.pause(0.2 * Double(number % 3))
                starts.append(Clock.wall)
                try lab.startCoordinator()
            }
            try lab.finish()
            return { [starts] audit in
                Recovery(
                    "start of the next coordinator to its first grant",
                    try starts.enumerated().map {
                        try audit.firstGrant(afterEpoch: $0.offset + 1, from: $0.element)
                    }, bar: 2,
                    late: try audit.losses() == 0
                        ? nil : "\(try audit.losses()) attempts were given up")
            }
        },
        Scenario(name: "kill-everything", faults: "F1, F2", spec: short) { lab, _ in
            try lab.open()
            try lab.addWorkers(4)
            try lab.waitFor(recorded: 40)
            _ = lab.status()
            for worker in lab.workers {
                worker.isExcused = true
                worker.process.send(SIGKILL)
            }
            try lab.killCoordinator()
            for worker in lab.workers { try worker.process.wait(seconds: 10) }
            let start = Clock.wall
            try lab.startCoordinator()
            for worker in lab.workers { try lab.restart(worker) }
            try lab.finish()
            return { audit in
                Recovery(
                    "restart to the first grant",
                    [try audit.firstGrant(afterEpoch: 1, from: start)], bar: 2)
            }
        },
        Scenario(name: "freeze-worker", faults: "F3", spec: steady) { lab, _ in
            try lab.open()
            try lab.addWorkers(2)
            try lab.waitForWorkers()
            let start = Clock.wall
            lab.workers[0].process.send(SIGSTOP)
            Waiting.pause(8)
            lab.workers[0].process.send(SIGCONT)
            try lab.finish()
            return { audit in
                let seconds = try audit.recoveries(from: start)
                return Recovery(
                    "SIGSTOP of 8 s to the next grant of its trials (lease 5 s)", seconds, bar: 6,
                    broken: seconds.isEmpty ? "no lease ended" : nil)
            }
        },
        Scenario(name: "freeze-coordinator", faults: "F4", spec: steady) { lab, _ in
            try lab.open()
            try lab.addWorkers(2)
            try lab.waitFor(recorded: 10)
            lab.coordinator?.send(SIGSTOP)
            Waiting.pause(8)
            let start = Clock.wall
            lab.coordinator?.send(SIGCONT)
            try lab.finish()
            return { audit in
                let losses = try audit.losses()
                return Recovery(
                    "SIGCONT after 8 s to the next grant or result",
                    [try audit.firstProgress(after: start)], bar: 2,
                    late: losses == 0 ? nil : "\(losses) attempts were given up")
            }
        },
        Scenario(name: "tell-to-end", faults: "F14, F15", spec: steady) { lab, _ in
            try lab.open()
            try lab.addWorkers(3)
            try lab.waitFor(recorded: 10)
            var begin = Clock.monotonic
            lab.workers[0].process.send(SIGTERM)
            let status = try lab.workers[0].process.wait(seconds: 120)
            let workerSeconds = Clock.monotonic - begin
            _ = lab.status()
            begin = Clock.monotonic
            lab.coordinator?.send(SIGTERM)
            let end = try lab.coordinator?.wait(seconds: 120)
            let coordinatorSeconds = Clock.monotonic - begin
            let start = Clock.wall
            try lab.startCoordinator()
            try lab.finish()
            return { audit in
                let isQuick =
                    try workerSeconds <= 20 && coordinatorSeconds <= 20 && audit.losses() == 0
                let times = String(
                    format: "worker gone in %.1f s, coordinator in %.1f s", workerSeconds,
                    coordinatorSeconds)
                return Recovery(
                    "restart after SIGTERM to the first grant",
                    [try audit.firstGrant(afterEpoch: 1, from: start)], bar: 2, note: times,
                    broken: status == 0 && end == 130
                        ? nil : "exit codes \(status) and \(end ?? -1), not 0 and 130",
                    late: isQuick ? nil : "\(times), \(try audit.losses()) attempts lost")
            }
        },
        Scenario(name: "two-coordinators", faults: "F16", spec: short) { lab, _ in
            try lab.open()
            try lab.addWorkers(4)
            try lab.waitFor(recorded: 10)
            let begin = Clock.monotonic
            let status = try lab.startRival().wait(seconds: 60)
            let seconds = Clock.monotonic - begin
            try lab.finish()
            return { _ in
                Recovery(
                    "start of the second coordinator to its end", [seconds], bar: 1,
                    broken: status == 75 ? nil : "it ended with \(status), not with 75")
            }
        },
    ]
}
