import SweepPhysics

extension TrainingRun {
    /// To be raised whenever the same state would go on to other numbers.
    private static var version: Int { 2 }

    /// A fingerprint of all that the next epochs depend on beside the state.
    private var identity: Fingerprint {
        var print = Fingerprint()
        print.add("training")
        print.add(Self.version)
        print.add(network.family.name)
        // The description of plain values: every field, in its declared order.
        print.add(String(describing: settings))
        print.add(data.inputs)
        print.add(data.targets)
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
        writer.write(record.startingMeanError)
        for kernel in record.initialKernels { writer.write(kernel.values) }
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
        record.startingMeanError = try reader.double()
        record.initialKernels = []
        if epoch > 0 {
            let size = min(TrainingSettings.trackedLimit, data.points)
            for _ in settings.observedLayers {
                record.initialKernels.append(
                    Kernel(size: size, values: try reader.doubles(size * size)))
            }
        }
        try reader.finish()
        for (buffer, source) in zip(buffers, taken) {
            buffer.base.update(from: source.base, count: buffer.count)
        }
        self.epoch = epoch
        optimizer.step = step
        self.record = record
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
