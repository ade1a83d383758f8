import Foundation
import SweepTransport
import Testing

@Suite("Key and access files")
struct KeyFileTests {
    private func problem(_ body: () throws(TransportError) -> Void) -> KeyFileProblem? {
        do throws(TransportError) {
            try body()
            return nil
        } catch {
            if case .keyFile(_, let problem) = error { return problem }
            return .malformed("\(error)")
        }
    }

    private func readProblem(_ path: String) -> KeyFileProblem? {
        problem { () throws(TransportError) in _ = try KeyFile.read(path) }
    }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return (attributes[.posixPermissions] as? Int) ?? -1
    }

    private func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        chmod(path, 0o600)
    }

    @Test("a key comes back from its file, which only we may read")
    func roundTrip() throws {
        let directory = try TemporaryDirectory()
        let keys = try CurveKeyPair.generate()
        let path = directory.file("keys/worker.key")
        try KeyFile.create(path, keys)
        #expect(try mode(path) == 0o600)
        #expect(try mode(directory.file("keys")) == 0o700)
        #expect(try KeyFile.read(path).publicKey == keys.publicKey)
    }

    @Test("a key file that exists is never overwritten, be it a link to another one")
    func existing() throws {
        let directory = try TemporaryDirectory()
        let keys = try CurveKeyPair.generate()
        try KeyFile.create(directory.file("a"), keys)
        #expect(
            problem { () throws(TransportError) in
                try KeyFile.create(directory.file("a"), keys)
            } == .exists)
        symlink(directory.file("target"), directory.file("link"))
        #expect(
            problem { () throws(TransportError) in
                try KeyFile.create(directory.file("link"), keys)
            } == .exists)
        #expect(!FileManager.default.fileExists(atPath: directory.file("target")))
    }

    @Test("a directory that others may enter gets no key")
    func openDirectory() throws {
        let directory = try TemporaryDirectory()
        mkdir(directory.file("open"), 0o755)
        chmod(directory.file("open"), 0o755)
        let keys = try CurveKeyPair.generate()
        #expect(
            problem { () throws(TransportError) in
                try KeyFile.create(directory.file("open/key"), keys)
            } == .openToOthers(mode: 0o755))
    }

    @Test("a key that others may read is refused", arguments: [0o640, 0o604, 0o620, 0o601, 0o777])
    func openKey(mode: Int) throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("key")
        try KeyFile.create(path, .generate())
        chmod(path, mode_t(mode))
        #expect(readProblem(path) == .openToOthers(mode: UInt32(mode)))
    }

    @Test("a missing file, a link, a directory and a pipe are told apart from a key")
    func notAFile() throws {
        let directory = try TemporaryDirectory()
        try KeyFile.create(directory.file("key"), .generate())
        symlink(directory.file("key"), directory.file("link"))
        mkfifo(directory.file("pipe"), 0o600)
        #expect(readProblem(directory.file("none")) == .missingKeyFile)
        #expect(readProblem(directory.file("link")) == .notRegular)
        #expect(readProblem(directory.path) == .notRegular)
        #expect(readProblem(directory.file("pipe")) == .notRegular)
    }

    @Test("what is no key is refused")
    func notAKey() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("key")
        let key = String(repeating: "a", count: 40)
        let bad = [
            "", "\n", key + "a", key + "\n\n", String(key.dropLast()), key.dropLast() + "~",
            // Five characters over 32 bits.
            String(repeating: "#", count: 40), key.dropLast(2) + "é",
        ]
        for text in bad {
            try write(text, to: path)
            #expect(readProblem(path) == .notAKey, "\(text)")
        }
        try write(String(repeating: "a", count: 1 << 20), to: path)
        #expect(readProblem(path) == .tooLarge)
        try write(key, to: path)
        #expect(readProblem(path) == nil)
    }

    @Test("a secret key prints as nothing")
    func secretsStaySecret() throws {
        let keys = try CurveKeyPair.generate()
        #expect("\(keys.secretKey)" == "(secret)")
        #expect("\(keys)".contains("(secret)"))
        #expect(keys.publicKey.fingerprint.count == 8)
    }

    @Test("an access file comes back, and replaces an earlier one in one step")
    func accessFile() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("access.json")
        var access = AccessFile(
            endpoints: ["tcp://10.0.0.1:23450", "tcp://[::1]:23450"],
            serverKey: try CurveKeyPair.generate().publicKey, workerKeyPath: "keys/worker.key")
        try access.write(to: path)
        #expect(try AccessFile.read(path) == access)
        access.endpoints.removeLast()
        try access.write(to: path)
        #expect(try AccessFile.read(path) == access)
        #expect(try mode(path) == 0o600)
        #expect(
            access.resolvedWorkerKeyPath(relativeTo: path) == directory.file("keys/worker.key"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).count == 1)
    }

    @Test("a key that was copied beside its access file is found there")
    func copiedKey() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("access.json")
        for named in ["/elsewhere/keys/worker.key", "keys/worker.key"] {
            let access = AccessFile(
                endpoints: ["tcp://10.0.0.1:23450"],
                serverKey: try CurveKeyPair.generate().publicKey, workerKeyPath: named)
            let asNamed = named.hasPrefix("/") ? named : directory.file(named)
            #expect(access.resolvedWorkerKeyPath(relativeTo: path) == asNamed)
            try write("key", to: directory.file("worker.key"))
            #expect(
                access.resolvedWorkerKeyPath(relativeTo: path) == directory.file("worker.key"))
            try FileManager.default.removeItem(atPath: directory.file("worker.key"))
        }
    }

    @Test("an access file with another shape is refused")
    func badAccessFiles() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("access.json")
        let key = try CurveKeyPair.generate().publicKey.text
        let keyText = key.replacingOccurrences(of: "\\", with: "\\\\")
        func text(
            version: Int = 1, endpoints: String = "\"tcp://127.0.0.1:1\"", server: String? = nil,
            worker: String = "k"
        ) -> String {
            """
            {"version": \(version), "endpoints": [\(endpoints)],
             "server_key": "\(server ?? keyText)", "worker_key": "\(worker)"}
            """
        }
        try write(text(), to: path)
        #expect(throws: Never.self) { try AccessFile.read(path) }
        let bad = [
            "", "{}", "[1]", text(version: 2), text(endpoints: ""), text(server: "short"),
            text(worker: ""), text(endpoints: "\"inproc://x\""), text(endpoints: "5"),
        ]
        for content in bad {
            try write(content, to: path)
            do {
                _ = try AccessFile.read(path)
                Issue.record("accepted \(content)")
            } catch { #expect(error.exitCode == 2, "\(content): \(error)") }
        }
        let none = directory.file("none.json")
        let missing = TransportError.keyFile(path: none, problem: .missingAccessFile)
        #expect(throws: missing) { try AccessFile.read(none) }
        #expect(missing.exitCode == 66)
    }
}
