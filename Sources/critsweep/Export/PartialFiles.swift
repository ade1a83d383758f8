import Foundation
import Synchronization

/// Files that are removed when the user stops this command before they are complete.
enum PartialFiles {
    // Paths as C strings that are never freed: a handler may run at any moment.
    private static let first = Atomic<UInt>(0)
    private static let second = Atomic<UInt>(0)
    private static let third = Atomic<UInt>(0)

    /// Has the file removed by SIGINT, SIGTERM, SIGHUP and SIGPIPE, which end the process as ever.
    static func remember(_ path: String) {
        let text = UInt(bitPattern: strdup(path))
        for slot in 0..<3 where exchange(slot, text) { break }
        for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] {
            var action = sigaction()
            sigaction(number, nil, &action)
            // What nohup or a parent ignores stays ignored.
            let ignored = unsafeBitCast(SIG_IGN, to: Int.self)
            if unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == ignored {
                continue
            }
            signal(number) { number in
                PartialFiles.removeAll()
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }

    private static func exchange(_ slot: Int, _ text: UInt) -> Bool {
        switch slot {
        case 0:
            first.compareExchange(expected: 0, desired: text, ordering: .releasing).exchanged
        case 1:
            second.compareExchange(expected: 0, desired: text, ordering: .releasing).exchanged
        default:
            third.compareExchange(expected: 0, desired: text, ordering: .releasing).exchanged
        }
    }

    private static func removeAll() {
        remove(first.load(ordering: .acquiring))
        remove(second.load(ordering: .acquiring))
        remove(third.load(ordering: .acquiring))
    }

    private static func remove(_ text: UInt) {
        guard let path = UnsafePointer<CChar>(bitPattern: text) else { return }
        unlink(path)
    }
}
