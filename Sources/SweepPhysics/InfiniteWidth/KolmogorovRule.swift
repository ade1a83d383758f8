/// Sixteen-point Gauss rule for the Kolmogorov distribution of s, exact for polynomials in log s.
///
/// tanh is a mixture of error functions: tanh(x) = <erf(x / (√2 s))>_s, with s distributed by
/// P(s < t) = 1 - 2 Σ_k (-1)^(k-1) exp(-2 k² t²). (A logistic variable is a normal one whose
/// standard deviation is 2 s: Andrews and Mallows 1974.) So a Gaussian average of tanh is the same
/// average of the arcsine formula, which is smooth in log s whatever the variance is.
///
/// Made by `Tests/reference/kolmogorov_rule.py`.
enum KolmogorovRule {
    static let count = 16

    /// s of node i.
    static let scales: [Double] = [
        0.24227171391121648169, 0.2862386899582061575, 0.33514933884655872602,
        0.39278287598517393133, 0.46251676584984696089, 0.54813813921591843559,
        0.6539761888273828398, 0.78467663409735273873, 0.94454276154273762333,
        1.1365832993734285231, 1.3623114663276389031, 1.6230275887926086394,
        1.921414199302262464, 2.2634753803220981898, 2.6632866214111638421,
        3.1617773490002647707,
    ]

    /// Weight of node i; they add up to 1.
    static let weights: [Double] = [
        5.6717623606019646121e-8, 0.000011750853675536821172, 0.00041894460510032567266,
        0.0051738547094386479, 0.029738539231379229302, 0.094123257837537241106,
        0.18350968799971927326, 0.23878398298103588237, 0.21857929451814699494,
        0.14302791883567359042, 0.064688960522914722831, 0.018656565414027282234,
        0.0030446579707806579525, 0.0002360582897120890082, 6.4389223829675441405e-6,
        3.0590851952616987086e-8,
    ]
}
