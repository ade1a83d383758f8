import SweepPhysics

/// Precision of a network's parameters and activities.
public enum TrainingPrecision: String, CaseIterable, Hashable, Sendable {
    case float32
    case float64
}

/// A network and its optimizer outside a trial: for tests, for benchmarks, and to try things.
///
/// Numbers go in and out in double precision; the network has its own.
public final class TrainableNetwork {
    private let body: Body

    /// All parameters are 0 at first.
    ///
    /// - Precondition: the shape has no ``NetworkShape/problem``.
    public init(
        _ shape: NetworkShape, precision: TrainingPrecision = .float32,
        optimizer: Optimizer = .sgd(), learningRate: Double = 0.01, loss: TrainingLoss = .halfMSE,
        dropoutKey: RandomKey? = nil, family: KernelFamily = .best
    ) {
        let plan = NetworkPlan(shape)
        switch precision {
        case .float32:
            body = .single(.init(plan, optimizer, learningRate, loss, dropoutKey, family))
        case .float64:
            body = .double(.init(plan, optimizer, learningRate, loss, dropoutKey, family))
        }
    }

    /// Xavier-normal weights and biases of 0.
    public func initialise(gain: Double, key: RandomKey) {
        switch body {
        case .single(let session): session.initialise(gain: gain, key: key)
        case .double(let session): session.initialise(gain: gain, key: key)
        }
    }

    /// All parameters, layer by layer: weights row by row (a convolution's as output channel, input
    /// channel, place in the filter), then biases.
    public var parameters: [Double] {
        get {
            switch body {
            case .single(let session): session.parameters
            case .double(let session): session.parameters
            }
        }
        set {
            switch body {
            case .single(let session): session.parameters = newValue
            case .double(let session): session.parameters = newValue
            }
        }
    }

    /// ∂L/∂parameters, in the order of ``parameters``, without dropout.
    ///
    /// - Parameters:
    ///   - inputs: row-major, shape (points, inputs).
    ///   - targets: row-major, shape (points, outputs).
    public func gradient(inputs: [Double], targets: [Double]) -> [Double] {
        switch body {
        case .single(let session): session.gradient(inputs: inputs, targets: targets)
        case .double(let session): session.gradient(inputs: inputs, targets: targets)
        }
    }

    /// One step of the optimizer on these points.
    ///
    /// - Returns: the loss before the step, dropout included where a dropout key was given.
    @discardableResult
    public func step(inputs: [Double], targets: [Double]) -> Double {
        steps(1, inputs: inputs, targets: targets)
    }

    /// `count` steps on the same points, which are converted once.
    ///
    /// - Returns: the loss before the last step.
    @discardableResult
    public func steps(_ count: Int, inputs: [Double], targets: [Double]) -> Double {
        switch body {
        case .single(let session): session.steps(count, inputs: inputs, targets: targets)
        case .double(let session): session.steps(count, inputs: inputs, targets: targets)
        }
    }

    /// Outputs and hidden activities, without dropout.
    ///
    /// - Parameter observable: see ``NetworkShape/observableCount``; nil for the outputs.
    /// - Returns: row-major, one row for each point.
    public func activity(_ observable: Int? = nil, inputs: [Double]) -> [Double] {
        switch body {
        case .single(let session): session.activity(observable, inputs: inputs)
        case .double(let session): session.activity(observable, inputs: inputs)
        }
    }
}

/// Not an existential: calls of a known precision are compiled for it.
private enum Body {
    case single(NetworkSession<Float>)
    case double(NetworkSession<Double>)
}

private final class NetworkSession<Scalar: TrainingScalar> {
    let plan: NetworkPlan
    let network: Network<Scalar>
    let optimizer: OptimizerState<Scalar>
    let loss: TrainingLoss
    let dropoutKey: RandomKey?
    private var tape: Tape<Scalar>

    init(
        _ plan: NetworkPlan, _ optimizer: Optimizer, _ learningRate: Double, _ loss: TrainingLoss,
        _ dropoutKey: RandomKey?, _ family: KernelFamily
    ) {
        self.plan = plan
        network = Network(plan, family: family)
        self.optimizer = OptimizerState(
            optimizer, learningRate: learningRate, parameterCount: plan.parameterCount)
        self.loss = loss
        self.dropoutKey = dropoutKey
        tape = Tape(plan, capacity: 1)
    }

    func initialise(gain: Double, key: RandomKey) { network.initialise(gain: gain, key: key) }

    var parameters: [Double] {
        get { plan.logicalPlaces.map { Double(network.parameters.base[$0]) } }
        set {
            let places = plan.logicalPlaces
            precondition(newValue.count == places.count, "\(places.count) parameters are needed")
            for (place, value) in zip(places, newValue) {
                network.parameters.base[place] = Scalar(value)
            }
        }
    }

    /// Puts the points into the tape; a larger one where they do not fit.
    private func load(_ inputs: [Double]) -> Int {
        let dimension = plan.shape.inputs
        precondition(inputs.count % dimension == 0 && !inputs.isEmpty, "inputs of no whole point")
        let points = inputs.count / dimension
        if tape.capacity < points { tape = Tape(plan, capacity: points) }
        tape.load(.numbers(inputs), points: points, plan: plan)
        return points
    }

    func gradient(inputs: [Double], targets: [Double]) -> [Double] {
        let points = load(inputs)
        let targets = targets.map { Scalar($0) }
        let buffer = ScalarBuffer<Scalar>(plan.parameterCount)
        network.forward(tape, points: points)
        network.setOutputGradients(tape, targets: targets, points: points, loss: loss)
        network.backward(tape, points: points, use: .accumulate(into: buffer, decay: 0))
        return plan.logicalPlaces.map { Double(buffer.base[$0]) }
    }

    func steps(_ count: Int, inputs: [Double], targets: [Double]) -> Double {
        let points = load(inputs)
        precondition(targets.count == points * plan.shape.outputs, "targets do not fit")
        let targets = targets.map { Scalar($0) }
        var last = 0.0
        for _ in 0..<count {
            let mask = dropoutKey.map {
                DropoutMask(key: $0, rate: plan.shape.dropoutRate, step: optimizer.step)
            }
            network.forward(tape, points: points, dropout: mask)
            last =
                loss.factor * network.squaredErrors(tape, targets: targets, points: points)
                / Double(targets.count)
            network.setOutputGradients(tape, targets: targets, points: points, loss: loss)
            optimizer.update(network, tape, points: points, hasDropout: mask != nil)
        }
        return last
    }

    func activity(_ observable: Int?, inputs: [Double]) -> [Double] {
        let points = load(inputs)
        network.forward(tape, points: points)
        let layer = observable.map(plan.layer(ofObservable:)) ?? plan.layers.count - 1
        return (0..<points).flatMap { point in
            tape.activity(layer, point: point, plan: plan).map { Double($0) }
        }
    }
}

extension NetworkPlan {
    /// Where the parameters are, in the order of ``TrainableNetwork/parameters``.
    var logicalPlaces: [Int] {
        layers.flatMap { layer in
            let window = layer.isConvolution ? layer.columns / layer.channels : 1
            let channels = layer.columns / window
            let weights = (0..<layer.rows).flatMap { row in
                (0..<channels).flatMap { channel in
                    (0..<window).map { place in
                        layer.weights + row * layer.stride + place * channels + channel
                    }
                }
            }
            return weights + (0..<layer.rows).map { layer.biases + $0 }
        }
    }
}

extension Tape {
    /// Puts points into the input, converted.
    ///
    /// - Parameter indices: the rows of `inputs` to take; nil for the first `points`.
    func load(
        _ inputs: TrainingInputs, points: Int, indices: ArraySlice<Int>? = nil, plan: NetworkPlan
    ) {
        let dimension = plan.shape.inputs
        let first = indices?.startIndex ?? 0
        for point in 0..<points {
            let row = (indices.map { $0[first + point] } ?? point) * dimension
            inputs.copy(row..<row + dimension, to: input.base + point * plan.inputStride)
        }
    }

    /// a_k of one point; the input for layer −1.
    func activity(_ layer: Int, point: Int, plan: NetworkPlan) -> UnsafeBufferPointer<Scalar> {
        if layer < 0 {
            return UnsafeBufferPointer(
                start: input.base + point * plan.inputStride, count: plan.shape.inputs)
        }
        return UnsafeBufferPointer(
            start: values[layer].base + point * plan.layers[layer].pointStride,
            count: plan.layers[layer].size)
    }
}
