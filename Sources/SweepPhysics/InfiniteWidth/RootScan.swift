/// All roots of a function of a variance K ≥ 0, by a scan in log K.
///
/// The functions here are differences of two terms of order K + offset, so that a value below
/// `noise` (K + offset) is rounding and has no sign.
struct RootScan {
    /// f(0); its sign opens the first bracket when it is not 0.
    var valueAtZero: Double
    /// The scale of f at K = 0.
    var offset: Double
    /// Largest K that is looked at.
    var largest: Double
    var function: (Double) -> Double

    private static let smallest = 1e-12
    private static let nodesPerDecade = 24.0
    private static let noise = 1e-14

    /// Roots above 0 in increasing order. Two that lie between neighbouring nodes are found by the
    /// minimum of |f| between them; a minimum that touches 0 counts as one root.
    func roots() -> [Double] {
        let nodes = significantNodes()
        var found: [Double] = []
        for i in nodes.indices.dropFirst() {
            let (before, here) = (nodes[i - 1], nodes[i])
            if (before.value > 0) != (here.value > 0) {
                found.append(bisect(before.variance, here.variance, risesTo: here.value > 0))
            } else if i + 1 < nodes.count, before.variance > 0,
                (nodes[i + 1].value > 0) == (here.value > 0),
                relative(here) < 0.05, relative(here) <= relative(before),
                relative(here) < relative(nodes[i + 1])
            {
                found += rootsAround(before.variance, nodes[i + 1].variance, here.value > 0)
            }
        }
        return found.sorted()
    }

    private struct Node {
        var variance: Double
        var value: Double
    }

    private func relative(_ node: Node) -> Double { abs(node.value) / (node.variance + offset) }

    private func significantNodes() -> [Node] {
        var nodes: [Node] = []
        if valueAtZero != 0 { nodes.append(Node(variance: 0, value: valueAtZero)) }
        let ratio = PortableMath.exp(2.302_585_092_994_045_684 / Self.nodesPerDecade)
        var variance = Self.smallest
        while variance <= largest {
            let node = Node(variance: variance, value: function(variance))
            if relative(node) > Self.noise { nodes.append(node) }
            variance *= ratio
        }
        return nodes
    }

    private func bisect(_ low: Double, _ high: Double, risesTo: Bool) -> Double {
        var (low, high) = (low, high)
        for _ in 0..<400 {
            // From 0 on, powers first; then the geometric mean halves the digits left to find.
            let middle = low == 0 ? high / 16 : (low * high).squareRoot()
            if middle <= low || middle >= high { break }
            if (function(middle) > 0) == risesTo { high = middle } else { low = middle }
        }
        return high
    }

    /// Golden section for the smallest |f| / (K + offset), then a bracket on each side of it.
    private func rootsAround(_ low: Double, _ high: Double, _ positive: Bool) -> [Double] {
        func height(_ logarithm: Double) -> Double {
            let variance = PortableMath.exp(logarithm)
            let value = function(variance) / (variance + offset)
            return positive ? value : -value
        }
        let golden = 0.618_033_988_749_894_848_2
        var (left, right) = (PortableMath.log(low), PortableMath.log(high))
        var (a, b) = (right - golden * (right - left), left + golden * (right - left))
        var (atA, atB) = (height(a), height(b))
        for _ in 0..<60 where atA > -Self.noise && atB > -Self.noise {
            if atA < atB {
                (right, b, atB) = (b, a, atA)
                a = right - golden * (right - left)
                atA = height(a)
            } else {
                (left, a, atA) = (a, b, atB)
                b = left + golden * (right - left)
                atB = height(b)
            }
        }
        let bottom = PortableMath.exp(atA < atB ? a : b)
        let lowest = min(atA, atB)
        if lowest > Self.noise { return [] }
        if lowest >= -Self.noise { return [bottom] }
        return [
            bisect(low, bottom, risesTo: !positive), bisect(bottom, high, risesTo: positive),
        ]
    }
}
