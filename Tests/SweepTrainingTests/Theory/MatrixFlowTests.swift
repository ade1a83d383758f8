import SweepTraining
import Testing

@Suite("Gradient flow of two matrices")
struct MatrixFlowTests {
    /// dh = D_h dx and dŷ = D_y dh, by gradient flow with a rate for each matrix.
    struct Flow {
        static let hidden = 5
        static let outputs = 3
        /// Hidden × 2.
        var encoder: [Double]
        /// Outputs × hidden.
        var decoder: [Double]

        static let dx = [0.8, 0.6]
        static let dt = [0.5, -0.3, 0.4]
        static let encoderRate = 0.2
        static let decoderRate = 0.5

        var dh: [Double] {
            (0..<Self.hidden).map {
                encoder[2 * $0] * Self.dx[0] + encoder[2 * $0 + 1] * Self.dx[1]
            }
        }

        var dy: [Double] {
            let dh = dh
            return (0..<Self.outputs).map { row in
                (0..<Self.hidden).reduce(0) { $0 + decoder[row * Self.hidden + $1] * dh[$1] }
            }
        }

        var slope: Flow {
            let error = zip(dy, Self.dt).map { $0 - $1 }
            let dh = dh
            var change = self
            for i in 0..<Self.hidden {
                var back = 0.0
                for row in 0..<Self.outputs { back += decoder[row * Self.hidden + i] * error[row] }
                for j in 0..<2 {
                    change.encoder[2 * i + j] = -0.5 * Self.encoderRate * back * Self.dx[j]
                }
            }
            for row in 0..<Self.outputs {
                for i in 0..<Self.hidden {
                    change.decoder[row * Self.hidden + i] =
                        -0.5 * Self.decoderRate * error[row] * dh[i]
                }
            }
            return change
        }

        func moved(_ step: Double, _ slope: Flow) -> Flow {
            Flow(
                encoder: zip(encoder, slope.encoder).map { $0 + step * $1 },
                decoder: zip(decoder, slope.decoder).map { $0 + step * $1 })
        }

        mutating func advance(_ step: Double) {
            let a = slope
            let b = moved(step / 2, a).slope
            let c = moved(step / 2, b).slope
            let d = moved(step, c).slope
            self = moved(step / 6, a).moved(step / 3, b).moved(step / 3, c).moved(step / 6, d)
        }

        var state: TwoPointState {
            let dy = dy
            let y = dy.reduce(0) { $0 + $1 * $1 }
            return TwoPointState(
                representation: dh.reduce(0) { $0 + $1 * $1 }, output: y,
                alignment: y - zip(dy, Self.dt).reduce(0) { $0 + $1.0 * $1.1 })
        }
    }

    @Test("with a decoder of rank one it obeys the theory")
    func rankOneDecoder() throws {
        var draws = Draws(3)
        let encoder = (0..<10).map { _ in draws.uniform(-0.3, 0.3) }
        var flow = Flow(encoder: encoder, decoder: Array(repeating: 0, count: 15))
        let dh = flow.dh
        let output = [0.05, 0.02, -0.04]
        for row in 0..<3 {
            for i in 0..<5 { flow.decoder[row * 5 + i] = output[row] * dh[i] }
        }
        let task = TwoPointTask(
            inputDistance: 1, targetDistance: Flow.dt.reduce(0) { $0 + $1 * $1 })
        let solution = try #require(
            TwoPointSolution(
                from: flow.state, task: task,
                rates: EffectiveRates(encoder: Flow.encoderRate, decoder: Flow.decoderRate),
                until: 40))
        for time in 1...40 {
            for _ in 0..<100 { flow.advance(0.01) }
            let state = solution.state(at: Double(time))
            #expect(abs(state.representation - flow.state.representation) < 1e-8)
            #expect(abs(state.output - flow.state.output) < 1e-8)
            #expect(abs(state.alignment - flow.state.alignment) < 1e-8)
        }
    }
}
