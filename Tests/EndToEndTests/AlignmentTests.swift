import Foundation
import TestSupport
import Testing

@Suite("Alignment of networks")
struct AlignmentTests {
    private static func spec(_ name: String, architecture: String) -> String {
        """
        sweep: \(name)
        experiment: training
        data: {task: xor-corners}
        network: {architecture: \(architecture), activation: tanh, observed_layer: 1}
        training: {learning_rate: 0.1, epochs: 60, layers: [0]}
        grid:
          gain: [0.8, 1.4]
          width: [16]
          depth: [3]
        seeds: 3
        """
    }

    @Test("seeds, grid points and architectures are compared, and wrong wishes are told")
    func command() throws {
        try Scratch.with { folder in
            for name in ["mlp", "resnet"] {
                let spec = try Scratch.write(
                    Self.spec(name, architecture: name), "\(name).yaml", in: folder)
                let run = try Program.run(["run", spec, "--workers", "1", "--quiet"], in: folder)
                try #require(run.status == 0, "\(run.talk)")
            }
            let all = try Program.run(
                ["cka", "mlp.sweep", "resnet.sweep", "--format", "csv"], in: folder)
            #expect(all.status == 0, "\(all.talk)")
            let rows = all.output.split(separator: "\n").map { $0.split(separator: ",") }
            // Four groups: four with themselves, six with each other.
            try #require(rows.count == 11)
            #expect(rows.dropFirst().allSatisfy { $0.count == 13 })
            // Of one gain, seeds begin with the same weights in both architectures.
            #expect(
                rows.dropFirst().map { $0[9] }
                    == ["3", "9", "6", "9", "3", "9", "6", "3", "9", "3"])
            #expect(all.talk.contains("began with the same weights are not compared"))
            for row in rows.dropFirst() {
                let mean = try #require(Double(row[10]))
                let least = try #require(Double(row[12]))
                #expect(least >= 0 && least <= mean && mean <= 1)
            }
            let table = try Program.run(
                ["cka", "mlp.sweep", "--where", "gain=0.8", "--at", "start", "--format", "table"],
                in: folder)
            #expect(table.status == 0 && table.output.contains("1 and 1"))
            #expect(table.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
            // What is the same in all groups is said once.
            let both = try Program.run(["cka", "mlp.sweep", "--format", "table"], in: folder)
            #expect(
                both.output.hasPrefix(
                    "width = 16, depth = 3\n\n1  mlp.sweep: gain=0.8; layer 1, n = 3\n"))
            // A name of several words and a comma is one cell.
            try FileManager.default.copyItem(
                at: folder.appending(path: "mlp.sweep"), to: folder.appending(path: "a, b.sweep"))
            let named = try Program.run(["cka", "a, b.sweep", "--format", "csv"], in: folder)
            #expect(
                named.output.hasPrefix(
                    "at,sweep_a,point_a,layer_a,networks_a,sweep_b,point_b,layer_b,networks_b,"
                        + "pairs,cka_mean,cka_sd,cka_min\n"
                        + "end,\"a, b.sweep\",depth=3;gain=0.8;width=16,1,3,\"a, b.sweep\","
                        + "depth=3;gain=0.8;width=16,1,3,3,"))
            let first = try Program.run(["cka", "mlp.sweep", "--layer", "0"], in: folder)
            #expect(first.status == 0 && first.output.contains("\"layer\": 0"))
            #expect(
                first.output.contains("\"at\": \"end\"") && first.output.contains("\"gain\": 1.4"))
            #expect(first.output.contains("\"networks\": 3"))

            let wrong: [([String], String)] = [
                (["--layer", "7"], "hidden layer 7 was not observed in mlp.sweep, but 1, 0;"),
                (["./mlp.sweep/"], "./mlp.sweep/ is the same sweep as mlp.sweep; name it once"),
                (["--at", "middle"], "--at must be start or end, but is \"middle\""),
                (["--where", "gain"], "--where must be name=value"),
                (
                    ["--where", "gain=0.9"],
                    "mlp.sweep: no point has gain = 0.9; it is one of 0.8, 1.4"
                ),
                (["--where", "colour=1"], "mlp.sweep: "),
            ]
            for (arguments, sentence) in wrong {
                let result = try Program.run(["cka", "mlp.sweep"] + arguments, in: folder)
                #expect(result.status == 2 && result.talk.contains(sentence), "\(result.talk)")
            }
        }
    }
}
