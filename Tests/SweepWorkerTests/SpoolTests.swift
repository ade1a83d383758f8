import Foundation
import SweepCore
import SweepProtocol
import SweepWorker
import Testing

/// A folder for one test, deleted after it.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("\(NSTemporaryDirectory())/critsweep-worker-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw POSIXError(.EIO) }
        path = String(cString: made)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Unacknowledged results on a real disk.
@Suite("Spool")
struct SpoolTests {
    private func results(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(folder)/sweep-0000000000000009")
            .sorted()
    }

    @Test("a kept result is read back by the next process, under the same identity")
    func survives() throws {
        let folder = try TemporaryFolder()
        let trial = try finished(12, attempt: 3, wallMilliseconds: 77, doubles: 100)
        let identity: WorkerIdentity
        do {
            let spool = try SpoolDirectory(path: folder.path + "/a/spool")
            identity = spool.identity
            #expect(try spool.nextIncarnation() == 1)
            try spool.keep(trial, sweep: 9)
        }
        let again = try SpoolDirectory(path: folder.path + "/a/spool")
        #expect(again.identity == identity)
        #expect(try again.nextIncarnation() == 2)
        #expect(try again.sweeps() == [9])
        let restored = try again.restore(sweep: 9)
        #expect(restored.map(\.lease) == [trial.lease])
        #expect(restored.map(\.ending) == [.success])
        #expect(try again.read(trial.lease, sweep: 9) == trial)
        #expect(try again.restore(sweep: 4).isEmpty)
        try again.delete(trial.lease, sweep: 9)
        #expect(try again.read(trial.lease, sweep: 9) == nil)
        #expect(try again.sweeps() == [])
        #expect(again.takeRemarks() == [])
    }

    @Test("two workers cannot share a spool")
    func isLocked() throws {
        let folder = try TemporaryFolder()
        let first = try SpoolDirectory(path: folder.path)
        let error = #expect(throws: SpoolError.self) { try SpoolDirectory(path: folder.path) }
        #expect(error == .locked(path: folder.path, holder: getpid()))
        #expect(error?.exitCode == 75)
        withExtendedLifetime(first) {}
    }

    @Test("a flipped bit anywhere, or a cut, is never loaded: the file is set aside with a remark")
    func damageIsSetAside() throws {
        let folder = try TemporaryFolder()
        let spool = try SpoolDirectory(path: folder.path)
        let trial = try finished(1)
        try spool.keep(trial, sweep: 9)
        let path = "\(folder.path)/sweep-0000000000000009/1-0.result"
        let good = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        var damaged: [[UInt8]] = [[], Array(good.dropLast()), good + [0]]
        for index in good.indices {
            var bytes = good
            bytes[index] ^= UInt8(1 << (index % 8))
            damaged.append(bytes)
        }
        for bytes in damaged {
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            #expect(try spool.restore(sweep: 9).isEmpty)
            #expect(spool.takeRemarks().count == 1)
            #expect(try results(folder.path) == ["1-0.result.damaged"])
        }
        try Data(good).write(to: URL(fileURLWithPath: path))
        #expect(try spool.read(trial.lease, sweep: 9) == trial)
    }

    @Test("a result under another lease's or sweep's name is not loaded")
    func namesMustFit() throws {
        let folder = try TemporaryFolder()
        let spool = try SpoolDirectory(path: folder.path)
        let bytes = SpoolRecord.bytes(of: try finished(1), sweep: 9)
        try spool.keep(try finished(7), sweep: 9)
        let base = "\(folder.path)/sweep-0000000000000009"
        try Data(bytes).write(to: URL(fileURLWithPath: "\(base)/2-0.result"))
        let foreign = SpoolRecord.bytes(of: try finished(3), sweep: 8)
        try Data(foreign).write(to: URL(fileURLWithPath: "\(base)/3-0.result"))
        #expect(try spool.restore(sweep: 9).map(\.lease) == [try finished(7).lease])
        #expect(spool.takeRemarks().count == 2)
    }

    @Test("a half-written file of a killed worker is removed")
    func draftsAreRemoved() throws {
        let folder = try TemporaryFolder()
        let spool = try SpoolDirectory(path: folder.path)
        try spool.keep(try finished(7), sweep: 9)
        let draft = "\(folder.path)/sweep-0000000000000009/8-0.result.tmp"
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: draft))
        #expect(try spool.restore(sweep: 9).count == 1)
        #expect(try results(folder.path) == ["7-0.result"])
    }

    @Test("links are not followed")
    func linksAreNotFollowed() throws {
        let folder = try TemporaryFolder()
        let spool = try SpoolDirectory(path: folder.path)
        try spool.keep(try finished(7), sweep: 9)
        let base = "\(folder.path)/sweep-0000000000000009"
        let elsewhere = "\(folder.path)/elsewhere"
        try Data(SpoolRecord.bytes(of: try finished(8), sweep: 9)).write(
            to: URL(fileURLWithPath: elsewhere))
        #expect(symlink(elsewhere, "\(base)/8-0.result") == 0)
        #expect(try spool.restore(sweep: 9).map(\.lease) == [try finished(7).lease])
    }

    @Test("a damaged identity is refused, since results would belong to nobody")
    func damagedIdentity() throws {
        let folder = try TemporaryFolder()
        do {
            let spool = try SpoolDirectory(path: folder.path)
            _ = try spool.nextIncarnation()
        }
        let path = "\(folder.path)/identity"
        let good = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        for index in good.indices {
            var bytes = good
            bytes[index] ^= 4
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: SpoolError.self) { try SpoolDirectory(path: folder.path) }
            #expect(error == .damagedIdentity(path: path))
        }
        try Data().write(to: URL(fileURLWithPath: path))
        #expect(throws: SpoolError.self) { try SpoolDirectory(path: folder.path) }
        try Data(good).write(to: URL(fileURLWithPath: path))
        #expect(try SpoolDirectory(path: folder.path).nextIncarnation() == 2)
    }

    @Test("the queue does what it was told in order, and tells of it")
    func queue() throws {
        let folder = try TemporaryFolder()
        let queue = SpoolQueue(try SpoolDirectory(path: folder.path))
        for trial in 0..<20 { queue.keep(try finished(trial), sweep: 9) }
        for trial in 0..<19 { queue.delete(try finished(trial).lease, sweep: 9) }
        queue.settle()
        #expect(queue.takeKept() == (0..<20).map { KeptResult(assignment($0).lease, sweep: 9) })
        #expect(queue.takeKept() == [])
        #expect(try queue.restore(sweep: 9).map(\.lease) == [assignment(19).lease])
        // A folder in the way of the draft: the disk says no.
        let base = "\(folder.path)/sweep-0000000000000009/20-0.result.tmp"
        try FileManager.default.createDirectory(
            atPath: base, withIntermediateDirectories: false)
        queue.keep(try finished(20), sweep: 9)
        queue.settle()
        #expect(queue.takeKept().map { $0.trouble == nil } == [false])
    }

    @Test("a folder that others can write to, or that cannot be made, is refused")
    func unsafeFolder() throws {
        let folder = try TemporaryFolder()
        #expect(chmod(folder.path, 0o777) == 0)
        #expect(throws: SpoolError.self) { try SpoolDirectory(path: folder.path) }
        #expect(chmod(folder.path, 0o700) == 0)
        try Data().write(to: URL(fileURLWithPath: "\(folder.path)/file"))
        #expect(throws: SpoolError.self) { try SpoolDirectory(path: "\(folder.path)/file/spool") }
    }
}
