import Foundation
import Testing

/// Clocks, randomness, output, sleeps and traps stay where ``Rim`` names them.
@Suite("The rim")
struct RimTests {
    /// One sentence for each place where a file breaks a rule.
    static func violations(in file: SourceTree.File, rules: [Rim.Rule]) -> [String] {
        let source = file.source
        return rules.flatMap { rule in
            rule.lines(in: source, at: file.path).map { "\(file.path):\($0): \(rule.name)" }
        }
    }

    @Test("no clock, randomness, output, sleep or trap below the loops")
    func sourcesAreClean() throws {
        let found = try SourceTree.swiftSources().flatMap {
            Self.violations(in: $0, rules: Rim.swiftRules)
        }
        #expect(found == [], "a loop that needs one is named in Tests/HouseTests/Rim.swift")
    }

    @Test("kernels neither allocate nor talk")
    func kernelsAreClean() throws {
        let files = try SourceTree.files(
            under: "Sources/CSweepKernels", extensions: ["c", "h", "inc"])
        #expect(files.flatMap { Self.violations(in: $0, rules: [Rim.kernelCall]) } == [])
    }

    @Test("a file that the rim names exists")
    func namedFilesExist() {
        let files = Rim.swiftRules.flatMap(\.allowedIn).filter { !$0.hasSuffix("/") }
        for path in files {
            let file = SourceTree.root.appending(path: path).path
            #expect(FileManager.default.fileExists(atPath: file), "\(path)")
        }
    }

    // MARK: The rules themselves

    /// A line that must be caught, and the rule that catches it.
    static let planted: [(code: String, rule: Rim.Rule)] = [
        ("let now = Date()", Rim.wallClock),
        ("let now = Date.now", Rim.wallClock),
        ("let begin = ContinuousClock().now", Rim.wallClock),
        ("let t = Glibc.time(nil)", Rim.wallClock),
        ("clock_gettime(CLOCK_MONOTONIC, &t)", Rim.wallClock),
        ("let s = \"at \\(Date())\"", Rim.wallClock),
        ("let x = Double.random(in: 0..<1)", Rim.unseededRandomness),
        ("let x = Double\n    .random (in: 0..<1)", Rim.unseededRandomness),
        ("let y = list.randomElement()", Rim.unseededRandomness),
        ("var g = SystemRandomNumberGenerator()", Rim.unseededRandomness),
        ("let id = UUID()", Rim.unseededRandomness),
        ("let h = name.hashValue", Rim.unseededRandomness),
        ("print(x)", Rim.output),
        ("Swift.print(x)", Rim.output),
        ("fputs(text, stderr)", Rim.output),
        ("let s = \"\\(values.map { print($0) })\"", Rim.output),
        ("sleep(1)", Rim.sleep),
        ("try await Task.sleep(for: .seconds(1))", Rim.sleep),
        ("let a = try! f()", Rim.trap),
        ("let a = b as! Int", Rim.trap),
        ("fatalError(\"never\")", Rim.trap),
    ]

    @Test("a planted violation is caught, with its line", arguments: planted.indices)
    func plantedViolationIsCaught(index: Int) {
        let (code, rule) = Self.planted[index]
        let file = SourceTree.File(path: "Sources/SweepCore/Planted.swift", text: "\n" + code)
        let found = Self.violations(in: file, rules: Rim.swiftRules)
        #expect(found.count == 1, "\(code)")
        #expect(found.first?.hasSuffix(": \(rule.name)") == true, "\(code)")
        #expect(found.first?.hasPrefix("Sources/SweepCore/Planted.swift:") == true)
    }

    @Test(
        "what is not a violation is left alone",
        arguments: [
            "// print(x), Date(), try!", "/* sleep(1) /* nested */ print(2) */",
            "let s = \"print(x) Date() as! try!\"", "let s = #\"\\(print(1))\"#",
            "printer.print(x)", "func print(_ x: Int) {}", "let date = Date(timestamp)",
            "try f()", "x as? Int", "a != b", "func hash(into hasher: inout Hasher) {}",
            "let x = generator.uniform(in: 0..<1)", "let time = 1.0; use(time)",
            "clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t)", "print = 1", "let q = \"\\\"\"; f(\"\")",
        ])
    func harmlessCodeIsNot(code: String) {
        let file = SourceTree.File(path: "Sources/SweepCore/Harmless.swift", text: code)
        #expect(Self.violations(in: file, rules: Rim.swiftRules) == [])
    }

    @Test("the rim may do what its rooms may not")
    func rimIsAllowed() {
        let code = "print(Date())"
        let inside = SourceTree.File(path: "Sources/critsweep/Main.swift", text: code)
        let outside = SourceTree.File(path: "Sources/critsweeper/Main.swift", text: code)
        #expect(Self.violations(in: inside, rules: Rim.swiftRules) == [])
        #expect(Self.violations(in: outside, rules: Rim.swiftRules).count == 2)
    }

    @Test(
        "allocation and output in a kernel are caught",
        arguments: [
            "p = malloc(8);", "printf(\"%d\", 1);", "x = rand();", "char q = '\"'; exit(1);",
        ])
    func plantedKernelCallIsCaught(code: String) {
        let file = SourceTree.File(
            path: "Sources/CSweepKernels/planted.c", text: "/* malloc(1) */ // free(p)\n" + code)
        let found = Self.violations(in: file, rules: [Rim.kernelCall])
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("Sources/CSweepKernels/planted.c:2:") == true)
    }
}
