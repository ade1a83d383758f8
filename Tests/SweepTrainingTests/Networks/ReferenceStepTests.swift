import Foundation
import SweepPhysics
import SweepTraining
import Testing

@Suite("Training steps beside PyTorch")
struct ReferenceStepTests {
    @Test("the table has every architecture, activation and optimizer")
    func complete() {
        let all = ReferenceSteps.all
        #expect(all.count == 20)
        #expect(Set(all.map(\.shape.architecture)) == [.mlp, .resnet, .cnn])
        #expect(Set(all.map(\.shape.activation)).count == 7)
        #expect(Set(all.map(\.optimizerName)) == ["sgd", "momentum", "adam"])
        #expect(Set(all.map(\.loss)) == [.halfMSE, .mse])
    }

    @Test("20 steps in double precision agree to 1e-10", arguments: ReferenceSteps.all)
    func double(reference: ReferenceSteps) {
        compare(reference, .float64, KernelFamily.best, tolerance: 1e-10)
    }

    @Test("20 steps in single precision agree to 1e-5", arguments: ReferenceSteps.all)
    func single(reference: ReferenceSteps) {
        for family in KernelFamily.available {
            compare(reference, .float32, family, tolerance: 1e-5)
        }
    }

    private func compare(
        _ reference: ReferenceSteps, _ precision: TrainingPrecision, _ family: KernelFamily,
        tolerance: Double
    ) {
        let network = reference.network(precision, family)
        let (inputs, targets) = (ReferenceSteps.inputs, ReferenceSteps.targets)
        func agrees(_ value: Double, _ expected: Double, _ what: String) {
            #expect(
                abs(value - expected) <= tolerance * max(1, abs(expected)),
                "\(what): \(value), not \(expected), \(family.name)")
        }
        let gradient = network.gradient(inputs: inputs, targets: targets)
        agrees(sqrt(gradient.reduce(0) { $0 + $1 * $1 }), reference.gradientNorm, "gradient")
        agrees(network.step(inputs: inputs, targets: targets), reference.firstLoss, "first loss")
        agrees(network.step(inputs: inputs, targets: targets), reference.secondLoss, "second loss")
        let last = network.steps(ReferenceSteps.steps - 2, inputs: inputs, targets: targets)
        agrees(last, reference.lastLoss, "last loss")
        var mixed = 0.0
        for (place, value) in network.parameters.enumerated() {
            mixed += value * cos(0.7 * Double(place))
        }
        agrees(mixed, reference.mixed, "parameters")
        for (value, expected) in zip(network.activity(inputs: inputs), reference.outputs) {
            agrees(value, expected, "output")
        }
        let observables = [0, 1, reference.shape.observableCount - 1]
        for (observable, expected) in zip(observables, reference.distances) {
            let activity = network.activity(observable, inputs: inputs)
            let kernel = Representation.kernel(activity, points: ReferenceSteps.points)
            agrees(
                Representation.squaredDistances(kernel)[0, 1], expected, "layer \(observable)")
        }
    }
}
