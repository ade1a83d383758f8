import Foundation

extension Scenario {
    private static let steady = Lab.Spec(milliseconds: 150, points: 20, seeds: 8)

    /// Disks and clocks.
    static let disks: [Scenario] = [
        Scenario(name: "ledger-disk-full", faults: "F9", spec: steady) { lab, _ in
            let disk = try SmallDisk("\(lab.folder)/disk", megabytes: 24, folder: lab.folder)
            lab.keep(disk)
            lab.ledger = "\(disk.path)/ledger.sqlite"
            try lab.open()
            try lab.addWorkers(2)
            try lab.waitFor(recorded: 10)
            try disk.fill()
            let full: Bool? = try? Waiting.until("the disk is not told to be full", seconds: 60) {
                lab.status()?["disk_full"] as? Bool == true ? true : nil
            }
            Waiting.pause(3)
            disk.empty()
            let start = Clock.wall
            try lab.finish()
            // What is looked at afterwards must outlive the disk.
            let copy = "\(lab.folder)/sweep/ledger.sqlite"
            try FileManager.default.copyItem(atPath: lab.ledger, toPath: copy)
            lab.ledger = copy
            return { audit in
                Recovery(
                    "space again to the next grant or result",
                    [try audit.firstProgress(after: start)], bar: 10,
                    broken: full == true ? nil : "the full disk was not noticed")
            }
        },
        Scenario(
            name: "spool-disk-full", faults: "F9", isInSample: false,
            spec: Lab.Spec(milliseconds: 1_100, points: 4, seeds: 5)
        ) { lab, _ in
            let disk = try SmallDisk("\(lab.folder)/disk", megabytes: 2, folder: lab.folder)
            lab.keep(disk)
            try lab.open()
            try lab.addWorkers(1, spool: "\(disk.path)/spool")
            try lab.addWorkers(1)
            try lab.waitFor(recorded: 2)
            try disk.fill()
            try lab.waitFor(recorded: 8)
            try lab.killCoordinator()
            Waiting.pause(3)
            let start = Clock.wall
            try lab.startCoordinator()
            try lab.finish()
            return { audit in
                return Recovery(
                    "full from the 2nd result on, coordinator killed at the 8th: restart to first grant",
                    [try audit.firstGrant(afterEpoch: 1, from: start)])
            }
        },
        Scenario(name: "slow-fsync", faults: "F10", spec: steady) { lab, scale in
            let (delay, length) = (scale.pick(5, sample: 3), scale.pick(16, sample: 7))
            try lab.open()
            try lab.addWorkers(2)
            try lab.waitFor(recorded: 10)
            let start = Clock.wall
            lab.faults.syncDelayMilliseconds = Int64(delay) * 1_000
            Waiting.pause(Double(length))
            lab.faults.syncDelayMilliseconds = 0
            let end = Clock.wall
            try lab.finish()
            return { audit in
                let losses = try audit.losses()
                return Recovery(
                    "each fsync takes \(delay) s for \(length) s: longest time without a grant or "
                        + "result", [try audit.longestPause(from: start, to: end)],
                    late: losses == 0 ? nil : "\(losses) leases ended")
            }
        },
        Scenario(name: "failing-fsync", faults: "F10", spec: steady) { lab, _ in
            try lab.open()
            try lab.addWorkers(2)
            try lab.waitFor(recorded: 10)
            _ = lab.status()
            lab.faults.syncError = Int64(EIO)
            let status = try lab.coordinator?.wait(seconds: 120) ?? -1
            lab.faults.syncError = 0
            let start = Clock.wall
            try lab.startCoordinator()
            try lab.finish()
            return { audit in
                Recovery(
                    "fsync fails with EIO, the coordinator ends (\(status)): restart to first grant",
                    [try audit.firstGrant(afterEpoch: 1, from: start)], bar: 2,
                    broken: status == 73 || status == 66 ? nil : "it ended with \(status)")
            }
        },
        Scenario(name: "clock-jumps", faults: "F13", spec: steady) { lab, _ in
            try lab.open()
            try lab.addWorkers(2)
            for (number, hours) in [1, -1, 8_760, -8_760, 0].enumerated() {
                try lab.waitFor(recorded: 10 * (number + 1))
                lab.faults.clockOffsetSeconds = Int64(hours) * 3_600
            }
            try lab.finish()
            return { audit in
                let losses = try audit.losses()
                return Recovery(
                    "wall clock of the coordinator ±1 hour, ±1 year, back", [],
                    late: losses == 0 ? nil : "\(losses) leases ended")
            }
        },
    ]
}
