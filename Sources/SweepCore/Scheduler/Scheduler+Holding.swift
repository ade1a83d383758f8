extension Scheduler {
    /// Whether this session holds the lease: nobody else's state of the trial counts.
    public func isHeld(_ lease: Lease, by worker: WorkerID) -> Bool {
        guard let host = sessions[worker], let trial = open[lease.trial.rawValue] else {
            return false
        }
        return trial.state == .running && trial.isLeased(lease.attempt, to: host)
    }
}
