import SweepCore

/// Names of parameters and metrics as axes and captions say them.
struct PlotWords {
    var experiment: String

    /// A word and a symbol; nil where there is no usual one.
    private func parts(_ parameter: String) -> (word: String, symbol: String?) {
        switch parameter {
        // The one word that means two things.
        case "gain": (experiment == "training" ? "Xavier gain" : "weight variance", "*g*")
        case "width": ("width", "*N*")
        case "depth": ("depth", "*L*")
        case "layer": ("layer", "*l*")
        case "dx": ("input distance", "*dx*")
        case "dy": ("target distance", "*dy*")
        case "points": ("training points", "*P*")
        case "dimension": ("input dimension", "*D*")
        case "noise_variance": ("cluster variance", "*σ*^{2}")
        case "bias_variance": ("bias variance", "*g*_{b}")
        case "kappa": ("observation noise", "*κ*")
        default: (parameter.split(separator: "_").joined(separator: " "), nil)
        }
    }

    /// "weight variance g".
    func axis(parameter name: String) -> PlotText {
        let (word, symbol) = parts(name)
        return PlotText(word) + (symbol.map { PlotText(markup: " " + $0) } ?? PlotText([]))
    }

    /// "width 500", for a legend.
    func legend(_ parameter: GridPoint.Parameter) -> PlotText {
        switch parameter.value {
        case .word(let word): PlotText(Self.said(word, of: parameter.name))
        case .number(let number):
            PlotText("\(parts(parameter.name).word) \(Self.short(number))")
        }
    }

    /// "N = 500", for a caption; the word where there is no symbol.
    func caption(_ parameter: GridPoint.Parameter) -> PlotText {
        switch parameter.value {
        case .word(let word): PlotText(Self.said(word, of: parameter.name))
        case .number(let number):
            PlotText(markup: parts(parameter.name).symbol ?? "")
                + PlotText(parts(parameter.name).symbol == nil ? parts(parameter.name).word : "")
                + PlotText(" = \(Self.short(number))")
        }
    }

    /// A word tells what it is of by itself, unless it is a yes or a no.
    private static func said(_ word: String, of name: String) -> String {
        switch word {
        case "true": name
        case "false": "no \(name)"
        default: word
        }
    }

    /// Six significant digits at most.
    static func short(_ number: Double) -> String {
        let text = ParameterValue.canonicalText(of: number)
        return text.count <= 7 ? text : PlotNumber.significant(number, 6)
    }

    /// What a metric's axis says; the name itself where it has no symbol.
    func axis(metric name: String) -> PlotText {
        for (suffix, words) in Self.suffixes where name.hasSuffix(suffix) {
            let stem = String(name.dropLast(suffix.count))
            if let known = Self.metrics[stem] { return PlotText(markup: known + words) }
        }
        return Self.metrics[name].map { PlotText(markup: $0) } ?? PlotText(name)
    }

    private static let suffixes = [
        ("_se", ", sampling error"), ("_nngp", ", infinite width"),
        ("_linear", ", theory to 1/*N*"), ("_full", ", theory"),
    ]

    private static let metrics = [
        "cka_output": "CKA(*C*_{L}, *yy*^{T})",
        "adaptation_output": "adaptation of the output kernel",
        "mean_potential": "mean potential ⟨*U*⟩",
        "train_mse": "training error (mean square)",
        "train_accuracy": "training accuracy",
        "test_mse": "test error (mean square)",
        "test_accuracy": "test accuracy",
        "cka_layer": "CKA(*C*_{l}, *yy*^{T})",
        "cka_mean_kernel": "CKA(⟨*C*_{l}⟩, *yy*^{T})",
        "adaptation_layer": "kernel adaptation",
        "adaptation_max": "largest kernel adaptation of a layer",
        "adaptation_peak_layer": "layer of the largest adaptation",
        "log_evidence": "log evidence ln *p*(*y*)",
        "kernel_variance_output": "Var(*C*_{L}) of the prior",
        "kernel_variance_layer": "Var(*C*_{l}) of the prior",
        "chi_perp_output": "*χ*_{⊥} of the last layer",
        "chi_par_output": "*χ*_{∥} of the last layer",
        "chi_perp_layer": "*χ*_{⊥} of layer *l*",
        "chi_par_layer": "*χ*_{∥} of layer *l*",
        "response_layer": "response of the output to layer *l*",
        "critical_gain": "critical gain *g*_{crit}",
        "fixed_point": "fixed point *K**",
        "chi_perp": "*χ*_{⊥}",
        "chi_par": "*χ*_{∥}",
        "h_initial": "*h* of the untrained network",
        "h_final": "final *h*",
        "h_predicted": "*h* where the theory ends",
        "y_final": "final *y*",
        "w_final": "final *w*",
        "loss_final": "final loss",
        "epoch_output_half": "epoch at which *y* is *dy*^{2}/4",
        "eta_h": "rate *η*_{h}, per epoch",
        "eta_y": "rate *η*_{y}, per epoch",
        "eta_y_mean": "rate *η*_{y} of the mean output, per epoch",
        "fit_rmse": "r.m.s. error of the effective theory",
        "h_initial_layer": "*h* of the untrained network, layer *l*",
        "h_final_layer": "final *h* of layer *l*",
        "eta_h_layer": "rate *η*_{h} of layer *l*, per epoch",
        "eta_y_layer": "rate *η*_{y} of layer *l*, per epoch",
        "fit_rmse_layer": "r.m.s. error of the effective theory, layer *l*",
        "kernel_movement_layer": "movement of the kernel of layer *l*",
        "xi_perp": "depth scale *ξ*_{⊥}",
        "xi_par": "depth scale *ξ*_{∥}",
    ]

    /// A theory that stands beside a metric, by the end of its name.
    enum Companion: String, CaseIterable {
        case nngp = "_nngp"
        case linear = "_linear"
        case full = "_full"
        /// The end point of a training in the effective theory.
        case predicted = "_predicted"

        /// The name of this theory's value for a metric; nil where there is none.
        func metric(beside name: String) -> String? {
            if self != .predicted { return name + rawValue }
            return name.hasSuffix("_final") ? name.dropLast("_final".count) + rawValue : nil
        }

        var legend: String {
            switch self {
            case .nngp: "infinite width (NNGP)"
            case .linear: "theory, first order"
            case .full: "theory, full"
            case .predicted: "effective theory"
            }
        }

        /// gnuplot's dash type, and the character of a terminal.
        var dash: Int {
            switch self {
            case .nngp: 2
            case .linear: 3
            case .full: 4
            case .predicted: 2
            }
        }

        var character: String {
            switch self {
            case .nngp: "·"
            case .linear: ":"
            case .full: "="
            case .predicted: "·"
            }
        }
    }

    /// What the points of the only curve are called.
    var measured: String {
        switch experiment {
        case "posterior": "posterior, sampled"
        case "theory": "theory of the sweep's order"
        case "training": "trained networks"
        default: "measured"
        }
    }
}
