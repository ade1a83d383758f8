import CSweepKernels
import Testing

/// Which family runs where.
@Suite("Kernel dispatch")
struct KernelDispatchTests {
    @Test("every table that is handed out bears the name asked for")
    func tablesBearTheirNames() throws {
        #expect(KernelFamily.available.contains("reference"))
        for name in KernelFamily.available {
            let table = try #require(swk_kernels_named(name))
            #expect(String(cString: try #require(table.pointee.name)) == name)
        }
    }

    @Test(
        "unknown names have no table",
        arguments: ["", "AVX2", "avx", "avx2 ", "avx5122", "reference\n", "auto"])
    func unknownNamesHaveNoTable(name: String) {
        #expect(swk_kernels_named(name) == nil)
    }

    @Test("no name has no table")
    func noNameHasNoTable() {
        #expect(swk_kernels_named(nil) == nil)
    }

    @Test("the best family is the last of those this machine can run")
    func bestIsTheLast() throws {
        let best = try #require(swk_kernels_best())
        #expect(String(cString: try #require(best.pointee.name)) == KernelFamily.available.last)
    }
}
