import SweepPhysics
import SweepTraining

/// What a trial computes: the resolved settings of one grid point.
public enum Experiment: Hashable, Sendable {
    case posterior(PosteriorSettings)
    case theory(TheorySettings)
    case prior(PriorSettings)
    case training(TrainingSettings)
    case criticality(CriticalitySettings)
    case calibration(CalibrationSettings)
}
