import SweepPhysics

extension TrainingRun {
    /// To be raised whenever the same state would go on to other numbers.
    private static var version: Int { 2 }

    /// A fingerprint of all that the next epochs depend on beside the state.
    func makeIdentity() -> Fingerprint {
        var print = Fingerprint()
        print.add("training")
        print.add(Self.version)
        print.add(network.family.name)
        // The description of plain values: every field, in its declared order.
        print.add(String(describing: settings))
        for part in [data.training, data.test].compactMap({ $0 }) {
            part.inputs.add(to: &print)
            print.add(part.targets)
        }
        print.add(pair.first)
        print.add(pair.second)
        for key in [keys.weights, keys.batches, keys.dropout] {
            let words = key.kernelKey
            print.add(UInt64(words.key0) << 32 | UInt64(words.key1))
            print.add(words.stream)
        }
        return print
    }

    /// The whole state between two epochs.
    func checkpoint() -> [UInt8] {
        var writer = CheckpointWriter(identity: identity)
        writer.write(epoch)
        writer.write(optimizer.step)
        writer.write(raw: Self.raw(network.parameters))
        for buffer in optimizer.memory { writer.write(raw: Self.raw(buffer)) }
        writer.write(record.output)
        writer.write(record.alignment)
        writer.write(record.loss)
        for series in record.representation { writer.write(series) }
        writer.write(record.testLoss)
        writer.write(record.testAccuracy)
        writer.write(record.startingMeanError)
        for kernel in record.initialKernels { writer.write(kernel.values) }
        writer.write(record.initialOutputs)
        if let geometry = record.initialGeometry {
            // A share is never negative.
            writer.write((geometry.relevant + geometry.irrelevant).map { $0 ?? -1 })
            writer.write(geometry.components.coordinates)
            writer.write(geometry.components.shares)
        }
        return writer.finish()
    }

    /// Takes up a state of ``checkpoint()``; the run is as it was before when it throws.
    func resume(_ bytes: [UInt8]) throws(CheckpointRefusal) {
        var reader = try CheckpointReader(bytes, identity: identity)
        let epoch = try reader.count(upTo: settings.epochs)
        let step = try reader.count()
        let buffers = [network.parameters] + optimizer.memory
        let taken = buffers.map { ScalarBuffer<Scalar>($0.count) }
        for buffer in taken { try reader.read(raw: Self.raw(buffer)) }
        let entries = (epoch + settings.recordEvery - 1) / settings.recordEvery
        var record = record
        record.output = try reader.doubles(entries)
        record.alignment = try reader.doubles(entries)
        record.loss = try reader.doubles(entries)
        for layer in record.representation.indices {
            record.representation[layer] = try reader.doubles(entries)
        }
        record.testLoss = try reader.doubles(data.test == nil ? 0 : entries)
        record.testAccuracy = try reader.doubles(
            data.test != nil && isClassification ? entries : 0)
        record.startingMeanError = try reader.double()
        record.initialKernels = []
        let size = data.tracked.count
        if epoch > 0 {
            for _ in settings.observedLayers {
                record.initialKernels.append(
                    Kernel(size: size, values: try reader.doubles(size * size)))
            }
        }
        record.initialOutputs = try reader.doubles(epoch > 0 ? size * data.outputs : 0)
        if epoch > 0, data.features != nil { record.initialGeometry = try geometry(&reader) }
        try reader.finish()
        for (buffer, source) in zip(buffers, taken) {
            buffer.base.update(from: source.base, count: buffer.count)
        }
        self.epoch = epoch
        optimizer.step = step
        self.record = record
    }

    private func geometry(
        _ reader: inout CheckpointReader
    ) throws(CheckpointRefusal) -> FeatureGeometry {
        let shares = try reader.doubles(4).map { $0 < 0 ? nil : $0 }
        let count = FeatureGeometry.componentCount
        let coordinates = try reader.doubles(data.points * count)
        return FeatureGeometry(
            relevant: Array(shares.prefix(2)), irrelevant: Array(shares.suffix(2)),
            components: PrincipalComponents(
                coordinates: coordinates, shares: try reader.doubles(count)))
    }

    private static func raw(_ buffer: ScalarBuffer<Scalar>) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(
            start: buffer.base, count: buffer.count * MemoryLayout<Scalar>.stride)
    }
}

extension CheckpointWriter {
    fileprivate mutating func write(raw values: UnsafeMutableRawBufferPointer) {
        write(raw: UnsafeRawBufferPointer(values))
    }
}
