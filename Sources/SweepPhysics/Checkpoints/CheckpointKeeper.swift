/// Who runs a trial, as far as its checkpoints go: says when one is due and keeps it.
///
/// A trial that takes long can be taken up where an earlier attempt was, and then ends with the
/// same bits as one that was never disturbed. Physics has no clock, so it is asked once an
/// iteration whether it is time.
public protocol CheckpointKeeper: AnyObject {
    /// What ``keep(_:step:)`` was given by an earlier attempt of this trial; nil to begin afresh.
    var earlier: [UInt8]? { get }

    /// Whether a checkpoint is wanted now. Cheap: it is asked after every iteration.
    func isDue() -> Bool

    /// Takes the whole state of the trial after iteration number `step` of all its chains together.
    func keep(_ state: [UInt8], step: Int)

    /// ``earlier`` is taken up: the trial goes on after iteration `step`.
    func resumed(at step: Int)

    /// ``earlier`` is of no use, as `reason` says in a few words: the trial begins afresh.
    func refused(_ reason: String)
}
