import SweepLedger
import SweepSpec

// The sweep of the ledger, and that of the spec.

extension CoordinatorRun {
    /// The sweep in the ledger, which must be the spec's or a smaller one; nil when there is none.
    func compare(_ ledger: Ledger, _ dataFiles: SweepDataFiles) throws -> StoredSweep? {
        guard let stored = try ledger.sweep() else { return nil }
        let old = try SweepAccess.spec(of: ledger, spec.path)
        switch spec.change(from: old) {
        case .same, .extended:
            if !stored.dataFiles.isEmpty {
                try dataFiles.check(against: stored.dataFiles, ledger: directory.ledgerPath)
            }
            return stored
        case .changed(let key, let before, let now):
            let change = SpecChange.changed(key: key, old: before, new: now)
            throw CommandError(
                .usage,
                "\(spec.path) is not the spec that \(directory.ledgerPath) was begun with: "
                    + "\(change); put it back, or run the new spec into another folder with --out")
        }
    }

    /// Writes what is new of the spec.
    func adopt(
        _ ledger: Ledger, _ dataFiles: SweepDataFiles, after stored: StoredSweep?
    ) throws {
        guard let stored else {
            try ledger.begin(
                name: spec.name, document: spec.sourceText, canonical: spec.canonicalText,
                dataFiles: dataFiles.forLedger)
            return
        }
        if stored.dataFiles.isEmpty { try ledger.adopt(dataFiles: dataFiles.forLedger) }
        if stored.canonical != spec.canonicalText {
            try ledger.extend(document: spec.sourceText, canonical: spec.canonicalText)
        }
    }
}
