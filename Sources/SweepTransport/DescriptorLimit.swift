import Glibc

/// The number of file descriptors this process may open: each worker's connection takes one.
public enum DescriptorLimit {
    /// Raises the limit as far as the system lets us, when it is lower than needed.
    ///
    /// At the limit libzmq 4.3.4 spins and then aborts, so a coordinator checks before it starts.
    ///
    /// - Parameter connectionCount: Connections to be ready for; 256 descriptors are kept for all
    ///   else.
    /// - Throws: ``TransportError/descriptorLimit(needed:allowed:)``.
    public static func ensure(connectionCount: Int) throws(TransportError) {
        let needed = connectionCount + 256
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        if limit.rlim_cur >= rlim_t(needed) { return }
        let allowed = limit.rlim_max
        guard allowed >= rlim_t(needed) else {
            throw .descriptorLimit(needed: needed, allowed: Int(clamping: allowed))
        }
        limit.rlim_cur = rlim_t(needed)
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw .descriptorLimit(needed: needed, allowed: Int(clamping: allowed))
        }
    }
}
