/// Printed by `Tests/reference/posterior_importance.py`; two million networks a case.
enum ImportanceReferences {
    static let all: [PosteriorSamplingTests.Reference] = [
        .init(
            "erf", width: 6, depth: 1,
            cka: [(0.63734, 0.00014)],
            entry: (-0.20966, 0.00019), potential: (0.78207, 0.00063)),
        .init(
            "erf", width: 6, depth: 2,
            cka: [(0.63668, 0.00018), (0.71274, 0.00019)],
            entry: (-0.13897, 0.00026), potential: (0.55152, 0.00106)),
        .init(
            "erf", width: 6, depth: 4,
            cka: [(0.62577, 0.00028), (0.68911, 0.00030), (0.74847, 0.00029), (0.80418, 0.00024)],
            entry: (-0.05427, 0.00040), potential: (0.46616, 0.00191)),
        .init(
            "tanh", width: 6, depth: 2,
            cka: [(0.64556, 0.00020), (0.72882, 0.00020)],
            entry: (-0.09604, 0.00023), potential: (0.69693, 0.00130)),
        .init(
            "tanh", width: 6, depth: 3,
            cka: [(0.64228, 0.00026), (0.72154, 0.00027), (0.79162, 0.00024)],
            entry: (-0.04793, 0.00030), potential: (0.64242, 0.00201)),
        .init(
            "relu", width: 6, depth: 1,
            cka: [(0.70953, 0.00023)],
            entry: (0.16999, 0.00013), potential: (0.98230, 0.00129)),
        .init(
            "relu", width: 24, depth: 2,
            cka: [(0.62029, 0.00017), (0.68878, 0.00020)],
            entry: (0.30170, 0.00016), potential: (1.92900, 0.00139)),
        .init(
            "leaky_relu", width: 6, depth: 2,
            cka: [(0.70817, 0.00044), (0.79810, 0.00037)],
            entry: (0.30596, 0.00065), potential: (1.24524, 0.00345)),
        .init(
            "leaky_relu", width: 6, depth: 3,
            cka: [(0.70482, 0.00079), (0.79304, 0.00069), (0.84492, 0.00053)],
            entry: (0.37837, 0.00168), potential: (1.55416, 0.00729)),
        .init(
            "linear", width: 6, depth: 1,
            cka: [(0.59265, 0.00016)],
            entry: (-0.49018, 0.00036), potential: (1.75152, 0.00039)),
        .init(
            "linear", width: 6, depth: 2,
            cka: [(0.59459, 0.00018), (0.62820, 0.00019)],
            entry: (-0.64387, 0.00075), potential: (1.88645, 0.00060)),
        .init(
            "silu", width: 6, depth: 2,
            cka: [(0.72368, 0.00044), (0.81899, 0.00035)],
            entry: (0.07095, 0.00033), potential: (1.20520, 0.00356)),
        .init(
            "gelu", width: 6, depth: 2,
            cka: [(0.71780, 0.00044), (0.80583, 0.00036)],
            entry: (0.14502, 0.00045), potential: (1.18590, 0.00348)),
        .init(
            "elu", width: 6, depth: 2,
            cka: [(0.62888, 0.00023), (0.70242, 0.00024)],
            entry: (-0.15751, 0.00035), potential: (0.76587, 0.00125)),
    ]
}
