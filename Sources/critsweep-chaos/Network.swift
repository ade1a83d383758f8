import Foundation
import Synchronization

/// Hosts of their own on this machine: network namespaces on a bridge. Needs root.
final class Network {
    /// The coordinator's address, on the bridge.
    let address: String
    private static let made = Atomic(0)
    private let bridge: String
    private let prefix: String
    private var namespaces: [String] = []
    private let folder: String

    init(folder: String) throws {
        self.folder = folder
        guard geteuid() == 0 else { throw Skipped(reason: "network namespaces need root") }
        let number = Int(getpid()) % 10_000
        // Never the same twice, as the kernel takes its time to remove what is given back.
        prefix = "cs\(number)n\(Self.made.add(1, ordering: .relaxed).newValue)"
        bridge = "\(prefix)b"
        let subnet = "10.\(200 + number % 50).\(Int.random(in: 1...250))"
        address = "\(subnet).1"
        do {
            try Self.ip(["link", "add", bridge, "type", "bridge"], folder)
            try Self.ip(["addr", "add", "\(address)/24", "dev", bridge], folder)
            try Self.ip(["link", "set", bridge, "up"], folder)
        } catch {
            try? Self.ip(["link", "del", bridge], folder)
            throw Skipped(reason: "no bridge can be made here: \(error)")
        }
    }

    deinit {
        for name in namespaces { try? Self.ip(["netns", "del", name], folder) }
        try? Self.ip(["link", "del", bridge], folder)
    }

    /// Adds a host and returns the name of its namespace.
    func addHost() throws -> String {
        let number = namespaces.count + 1
        let name = "\(prefix)h\(number)"
        let cable = "\(prefix)v\(number)"
        let subnet = address.split(separator: ".").dropLast().joined(separator: ".")
        do {
            try Self.ip(["netns", "add", name], folder)
            namespaces.append(name)
            try Self.ip(["netns", "exec", name, "true"], folder)
        } catch { throw Skipped(reason: "no network namespace can be used here: \(error)") }
        try Self.ip(
            ["link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", name], folder)
        try Self.ip(["link", "set", cable, "master", bridge, "up"], folder)
        try Self.ip(
            ["-n", name, "addr", "add", "\(subnet).\(number + 1)/24", "dev", "eth0"], folder)
        try Self.ip(["-n", name, "link", "set", "eth0", "up"], folder)
        return name
    }

    /// Pulls out or plugs in the cable of a host, nil for the coordinator's.
    func setLink(of host: String?, isUp: Bool) throws {
        let link = host.map { $0.replacingOccurrences(of: "h", with: "v") } ?? bridge
        try Self.ip(["link", "set", link, isUp ? "up" : "down"], folder)
    }

    /// Loses packets on their way into a host and out of it.
    func setLoss(_ probability: Double, of host: String) throws {
        for chain in ["INPUT", "OUTPUT"] {
            let result = try HostProcess.run(
                "ip",
                [
                    "netns", "exec", host, "iptables", "-A", chain, "-m", "statistic", "--mode",
                    "random", "--probability", "\(probability)", "-j", "DROP",
                ], in: folder)
            guard result.status == 0 else { throw Skipped(reason: "iptables does not work here") }
        }
    }

    private static func ip(_ arguments: [String], _ folder: String) throws {
        let status = try HostProcess.run("ip", arguments, in: folder).status
        guard status == 0 else {
            throw Trouble(
                "ip \(arguments.joined(separator: " ")): "
                    + Text.lastLine(of: "\(folder)/questions.log"))
        }
    }
}

/// A small disk in memory that can be filled. Needs root.
final class SmallDisk {
    let path: String
    private let folder: String
    private var filler: String { "\(path)/filler" }

    init(_ path: String, megabytes: Int, folder: String) throws {
        self.path = path
        self.folder = folder
        guard geteuid() == 0 else { throw Skipped(reason: "a small disk needs root") }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let result = try HostProcess.run(
            "mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m,mode=700", "tmpfs", path],
            in: folder)
        guard result.status == 0 else { throw Skipped(reason: "no disk can be mounted here") }
    }

    deinit { _ = try? HostProcess.run("umount", ["-l", path], in: folder) }

    /// Leaves no byte free.
    func fill() throws {
        let file = open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(file) }
        for size in [1 << 20, 1 << 12, 1] {
            let bytes = [UInt8](repeating: 0, count: size)
            while write(file, bytes, size) == size {}
        }
        guard errno == ENOSPC else { throw Trouble("\(path) does not become full") }
    }

    func empty() { unlink(filler) }
}
