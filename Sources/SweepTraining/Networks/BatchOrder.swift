import SweepPhysics

/// The order in which an epoch of mini-batches takes the training points: a shuffle of its own for
/// each epoch, from its number alone.
struct BatchOrder {
    private let stream: RandomStream

    init(key: RandomKey) { stream = RandomStream(key) }

    /// A permutation of 0 ..< count.
    ///
    /// Fisher and Yates's shuffle; place i takes 64 bits, number epoch · count + i, so the bias of
    /// a choice among count is below count / 2⁶⁴.
    func points(epoch: Int, count: Int) -> [Int] {
        var order = Array(0..<count)
        for place in stride(from: count - 1, to: 0, by: -1) {
            let bits = stream.bits(at: UInt64(epoch) * UInt64(count) + UInt64(place))
            let other = Int(bits.multipliedFullWidth(by: UInt64(place + 1)).high)
            order.swapAt(place, other)
        }
        return order
    }
}
