import Foundation

/// Ends a process with the one that started it.
public enum ProcessEnd {
    /// Ends this process at once when every other end of a pipe is closed, whatever the process is
    /// doing then.
    ///
    /// - Parameters:
    ///   - descriptor: The reading end; what can be read from it is left alone.
    ///   - code: The exit status.
    public static func exitWhenClosed(_ descriptor: Int32, code: Int32) {
        Thread.detachNewThread {
            while true {
                // No event is asked for: only the hang-up, which is always told, ends the wait.
                var item = pollfd(fd: descriptor, events: 0, revents: 0)
                let count = poll(&item, 1, -1)
                if count > 0 { _exit(code) }
                if count < 0, errno != EINTR { _exit(code) }
            }
        }
    }
}
