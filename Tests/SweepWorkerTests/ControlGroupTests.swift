import SweepWorker
import Testing

@Suite("The control group")
struct ControlGroupTests {
    private static func limit(_ membership: String, _ files: [String: String]) -> Int? {
        ControlGroup.memoryLimit(membership: membership) { files[$0] }
    }

    @Test("the tightest limit on the way to the root counts")
    func ancestors() {
        let files = [
            "/sys/fs/cgroup/job/step/memory.max": "max\n",
            "/sys/fs/cgroup/job/memory.max": "4096000\n",
            "/sys/fs/cgroup/memory.max": "8192000\n",
        ]
        #expect(Self.limit("0::/job/step\n", files) == 4_096_000)
        #expect(Self.limit("0::/\n", files) == 8_192_000)
    }

    @Test("the first version is read too, and its largest number is no limit")
    func firstVersion() {
        let lines = "5:cpu,cpuacct:/\n4:memory:/slurm/job_7\n0::/\n"
        let limit = "/sys/fs/cgroup/memory/slurm/job_7/memory.limit_in_bytes"
        let root = "/sys/fs/cgroup/memory/memory.limit_in_bytes"
        let none = "9223372036854771712\n"
        #expect(Self.limit(lines, [limit: "1000000\n", root: none]) == 1_000_000)
        #expect(Self.limit(lines, [limit: none, root: none]) == nil)
        #expect(Self.limit("5:cpu:/slurm/job_7\n", [limit: "1000000\n"]) == nil)
    }

    @Test("a container sees its group at the root")
    func container() {
        #expect(
            Self.limit("0::/host/only/path\n", ["/sys/fs/cgroup/memory.max": "77\n"]) == 77)
    }

    @Test("what cannot be read is no limit", arguments: ["", "nonsense", "0::", "1:memory"])
    func unreadable(membership: String) {
        #expect(Self.limit(membership, [:]) == nil)
    }
}
