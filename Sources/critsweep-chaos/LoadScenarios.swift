import Foundation

extension Scenario {
    /// Many workers, many trials.
    static let loads: [Scenario] = [
        Scenario(
            name: "crowd", faults: "F1–F8, F19",
            spec: Lab.Spec(milliseconds: 1, points: 1_000, seeds: 100),
            sampleSpec: Lab.Spec(milliseconds: 1, points: 400, seeds: 100)
        ) { lab, scale in
            lab.leaseSeconds = 30
            try lab.open()
            let proxy = try Proxy(to: lab.port)
            lab.proxy = proxy
            try lab.addWorkers(scale.pick(200, sample: 8))
            var storm = Storm(lab, proxy)
            let start = Clock.wall
            try storm.rage()
            let end = Clock.wall
            try lab.finish(seconds: 600)
            let count = lab.workers.count
            return { [storm = storm.counts] audit in
                Recovery(
                    "\(count) workers, lease 30 s, a fault every 2 s: "
                        + "longest time without a grant or result",
                    [try audit.longestPause(from: start, to: end)],
                    note: storm + "; \(try audit.losses()) attempts lost")
            }
        },
        Scenario(
            name: "restart-with-a-million", faults: "F2", isInSample: false,
            spec: Lab.Spec(milliseconds: 0, points: 1_000, seeds: 1_000)
        ) { lab, _ in
            _ = try lab.runUndisturbed()
            try FileManager.default.copyItem(
                atPath: "\(lab.undisturbed)/ledger.sqlite", toPath: lab.ledger)
            lab.stays = true
            try lab.open()
            try lab.addWorkers(2)
            let epoch = try Waiting.until("the coordinator does not answer", seconds: 60) {
                lab.status()?["starts"] as? Int
            }
            var starts: [Int64] = []
            for number in 1...5 {
                // Workers that are connected, and a coordinator with nothing to do.
                Waiting.pause(5)
                try lab.killCoordinator()
                try lab.extend()
                Waiting.pause(2)
                lab.stays = number < 5
                starts.append(Clock.wall)
                try lab.startCoordinator()
                guard lab.stays else { break }
                // Whoever asks before it listens reads the ledger, and is waited for.
                Waiting.pause(5)
                try lab.waitFor(recorded: lab.spec.trialCount, seconds: 300)
            }
            try lab.finish()
            return { [starts] audit in
                Recovery(
                    "kill -9 with a million recorded trials, two workers that were connected: start of "
                        + "the next coordinator to its first grant",
                    try starts.enumerated().map {
                        try audit.firstGrant(afterEpoch: epoch + $0.offset, from: $0.element)
                    }, bar: 2)
            }
        },
    ]
}

/// A fault every two seconds, of every kind in turn.
private struct Storm {
    private enum Fault: CaseIterable {
        case killWorker, reset, killChild, freezeWorker, abandon, killCoordinator, hold
        case freezeCoordinator
    }

    private let lab: Lab
    private let proxy: Proxy
    private var number = 0
    private var done: [Fault: Int] = [:]

    init(_ lab: Lab, _ proxy: Proxy) {
        self.lab = lab
        self.proxy = proxy
    }

    var counts: String {
        Fault.allCases.compactMap { fault in
            done[fault].map { "\($0) × \(fault)" }
        }.joined(separator: ", ")
    }

    /// Until the sweep has ended; it must also end when the faults do not, but not for ever.
    mutating func rage() throws {
        // Nothing is disturbed before there is something to disturb.
        try lab.waitFor(recorded: 1, seconds: 300)
        let end = Clock.monotonic + 1_200
        while lab.coordinator?.isRunning == true, Clock.monotonic < end, !Interruption.wasAsked {
            let next = Clock.monotonic + 2
            let fault = Fault.allCases[number % Fault.allCases.count]
            try make(fault)
            done[fault, default: 0] += 1
            number += 1
            while Clock.monotonic < next, lab.coordinator?.isRunning == true { usleep(20_000) }
        }
    }

    private func make(_ fault: Fault) throws {
        let worker = lab.workers[number * 7 % lab.workers.count]
        switch fault {
        case .killWorker:
            try lab.kill(worker)
            try lab.restart(worker)
        case .killChild: if let child = worker.process.children.last { kill(child, SIGKILL) }
        case .reset: proxy.reset()
        case .abandon: proxy.abandon(1)
        case .hold:
            proxy.weather.holdsUp = true
            proxy.weather.holdsDown = true
            Waiting.pause(1.2)
            proxy.weather = .init()
        case .freezeWorker:
            worker.process.send(SIGSTOP)
            Waiting.pause(1.5)
            worker.process.send(SIGCONT)
        case .killCoordinator:
            try lab.killCoordinator()
            // It may have ended just before.
            if lab.coordinator?.status != 0 { try lab.startCoordinator() }
        case .freezeCoordinator:
            lab.coordinator?.send(SIGSTOP)
            Waiting.pause(1.5)
            lab.coordinator?.send(SIGCONT)
        }
    }
}
