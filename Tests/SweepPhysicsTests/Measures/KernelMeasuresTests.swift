import SweepPhysics
import Testing

@Suite("Kernel measures")
struct KernelMeasuresTests {
    let kernel = Kernel(size: 3, values: [2, 1, 0, 1, 3, -1, 0, -1, 1])

    @Test("alignment is tr(KHMH) / √(tr(KHKH) tr(MHMH)), by hand")
    func byHand() throws {
        // y = (1, -1, 2): H y = (1, -5, 4)/3. (HKH) by rows: row means 1, 1, 0 and mean 2/3, so
        // HKH = ((2, -1, -1), (-1, 5, -4), (-1, -4, 5)) / 3.
        // tr(KHMH) = (Hy)ᵀK(Hy) = (1·(2+5-4) - 5·(-1-25-16) + 4·(-1+20+20)) / 27 = 369/27,
        // tr(KHKH) = (4+1+1+1+25+16+1+16+25)/9 = 90/9, tr(MHMH) = (42/9)².
        let target = Kernel(outerProductOf: [1, -1, 2])
        let alignment = try #require(kernel.alignment(with: target))
        #expect(abs(alignment - 369.0 / 27 / (10.0.squareRoot() * 42 / 9)) < 1e-15)
        #expect(target.alignment(with: kernel) == alignment)
    }

    @Test("alignment is 1 with any multiple of itself and any constant added")
    func invariance() throws {
        let other = Kernel(size: 3, values: kernel.values.map { 7 * $0 + 100 })
        #expect(abs(try #require(kernel.alignment(with: other)) - 1) < 1e-13)
    }

    @Test("alignment with constant targets is 0/0, also when rounding hides it")
    func undefined() {
        #expect(kernel.alignment(with: Kernel(outerProductOf: [3, 3, 3])) == nil)
        #expect(kernel.alignment(with: Kernel(outerProductOf: [0.1, 0.1, 0.1])) == nil)
        #expect(kernel.alignment(with: Kernel(outerProductOf: [1e9 / 3, 1e9 / 3, 1e9 / 3])) == nil)
        #expect(kernel.alignment(with: Kernel(size: 3)) == nil)
        let one = Kernel(size: 1, values: [4])
        #expect(one.alignment(with: one) == nil)
    }

    @Test("adaptation is the relative Frobenius distance")
    func adaptation() throws {
        let reference = Kernel(size: 2, values: [3, 0, 0, 4])
        let moved = Kernel(size: 2, values: [3, 1, 1, 4])
        #expect(abs(try #require(moved.adaptation(from: reference)) - 2.0.squareRoot() / 5) < 1e-16)
        #expect(reference.adaptation(from: reference) == 0)
        #expect(moved.adaptation(from: Kernel(size: 2)) == nil)
    }

    @Test("centring takes row, column and total means out")
    func centring() {
        let centred = kernel.centred
        for row in 0..<3 {
            #expect(abs((0..<3).reduce(0) { $0 + centred[row, $1] }) < 1e-15)
        }
        #expect(kernel.block(rows: 0..<2, columns: 1..<3) == [1, 0, 3, -1])
    }
}
