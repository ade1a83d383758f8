import Foundation

extension Scenario {
    private static let steady = Lab.Spec(milliseconds: 150, points: 20, seeds: 8)

    /// Opens a sweep whose workers talk through a relay.
    private static func open(_ lab: Lab, workers: Int) throws -> Proxy {
        try lab.open()
        let proxy = try Proxy(to: lab.port)
        lab.proxy = proxy
        try lab.addWorkers(workers)
        try lab.waitForWorkers()
        return proxy
    }

    /// What happens between workers and coordinator.
    static let lines: [Scenario] = [
        Scenario(name: "reset-connections", faults: "F7", spec: steady) { lab, scale in
            let proxy = try open(lab, workers: 2)
            let start = Clock.wall
            for _ in 0..<scale.pick(10, sample: 5) {
                proxy.reset()
                Waiting.pause(1)
            }
            let end = Clock.wall
            try lab.finish()
            return { audit in
                Recovery(
                    "longest time without a grant or result, resets every second",
                    [try audit.longestPause(from: start, to: end)])
            }
        },
        Scenario(
            name: "slow-line", faults: "F6",
            spec: Lab.Spec(milliseconds: 150, points: 20, seeds: 4),
            sampleSpec: Lab.Spec(milliseconds: 150, points: 10, seeds: 4)
        ) { lab, _ in
            let proxy = try open(lab, workers: 2)
            proxy.weather.delay = 0.2
            proxy.weather.jitter = 0.2
            proxy.weather.bytesPerSecond = 8_000
            let start = Clock.wall
            Waiting.pause(1)
            proxy.reset()
            try lab.finish()
            let end = Clock.wall
            return { audit in
                Recovery(
                    "longest time without a grant or result; 200 to 400 ms later, 64 kbit/s, a reset",
                    [try audit.longestPause(from: start, to: end)])
            }
        },
        Scenario(name: "half-open", faults: "F5", spec: steady) { lab, _ in
            let proxy = try open(lab, workers: 2)
            let start = Clock.wall
            proxy.abandon()
            Waiting.pause(0.3)
            let quiet = Clock.wall
            try lab.finish()
            return { audit in
                let seconds = try audit.firstProgress(after: quiet) + Double(quiet - start) / 1_000
                return Recovery(
                    "open connections fall silent for ever, to the next grant", [seconds])
            }
        },
        Scenario(name: "one-way", faults: "F5", isInSample: false, spec: steady) { lab, _ in
            let proxy = try open(lab, workers: 2)
            var heals: [Int64] = []
            for isUp in [true, false] {
                proxy.weather.holdsUp = isUp
                proxy.weather.holdsDown = !isUp
                Waiting.pause(8)
                proxy.weather = .init()
                heals.append(Clock.wall)
                Waiting.pause(1.5)
            }
            try lab.finish()
            return { [heals] audit in
                Recovery(
                    "8 s without any byte up, then down: from the healing to the next grant or result",
                    try heals.map { try audit.firstProgress(after: $0) })
            }
        },
        Scenario(name: "door-hangs", faults: "F5", isInSample: false, spec: steady) { lab, _ in
            let proxy = try open(lab, workers: 2)
            proxy.weather.door = .hangs
            proxy.reset()
            Waiting.pause(12)
            proxy.weather.door = .open
            let heal = Clock.wall
            try lab.finish()
            return { audit in
                Recovery(
                    "connections are accepted and hang for 12 s: from then to the next grant or result",
                    [try audit.firstProgress(after: heal)])
            }
        },
        Scenario(name: "door-slams", faults: "F2, F5", isInSample: false, spec: steady) { lab, _ in
            let proxy = try open(lab, workers: 2)
            proxy.weather.door = .slams
            try lab.killCoordinator()
            proxy.reset()
            Waiting.pause(16)
            let start = Clock.wall
            try lab.startCoordinator()
            proxy.weather.door = .open
            try lab.finish()
            return { audit in
                Recovery(
                    "16 s without coordinator, the relay accepts and closes: restart to first grant",
                    [try audit.firstGrant(afterEpoch: 1, from: start)])
            }
        },
        Scenario(name: "pull-cables", faults: "F5", spec: steady) { lab, scale in
            let network = try Network(folder: lab.folder)
            lab.keep(network)
            lab.host = network.address
            let hosts = [try network.addHost(), try network.addHost(), try network.addHost()]
            try lab.open()
            for host in hosts { try lab.addWorkers(1, namespace: host) }
            try lab.waitForWorkers()
            var heals: [Int64] = []
            let cables: [String?] = scale == .sample ? [hosts[0]] : [hosts[0], nil]
            for cable in cables {
                try network.setLink(of: cable, isUp: false)
                Waiting.pause(Double(scale.pick(8, sample: 6)))
                try network.setLink(of: cable, isUp: true)
                heals.append(Clock.wall)
                Waiting.pause(0.5)
            }
            try lab.finish()
            return { [heals] audit in
                return Recovery(
                    "3 network namespaces, cable of one (of all) out for \(scale.pick(8, sample: 6)) s: "
                        + "from the healing to the next grant or result",
                    try heals.map { try audit.firstProgress(after: $0) })
            }
        },
        Scenario(name: "lose-packets", faults: "F6", spec: steady) { lab, _ in
            let network = try Network(folder: lab.folder)
            lab.keep(network)
            lab.host = network.address
            let hosts = [try network.addHost(), try network.addHost()]
            try lab.open()
            for host in hosts { try lab.addWorkers(1, namespace: host) }
            try lab.waitForWorkers()
            let start = Clock.wall
            try network.setLoss(0.1, of: hosts[0])
            try network.setLoss(0.3, of: hosts[1])
            try lab.finish(seconds: 600)
            let end = Clock.wall
            return { audit in
                return Recovery(
                    "10 % and 30 % of the packets lost each way: longest time without a grant or result",
                    [try audit.longestPause(from: start, to: end)])
            }
        },
    ]
}
