extension LedgerSchema {
    static let firstWithCheckpoints = 3

    /// Checkpoints: a line for each attempt that kept one, for its story, and the bytes of the newest
    /// for a trial that is open. See docs/ledger.md.
    static let version3 = """
        CREATE TABLE checkpoint (
            seed INTEGER NOT NULL CHECK (seed >= 0),
            point INTEGER NOT NULL REFERENCES point (id),
            attempt INTEGER NOT NULL,
            step INTEGER NOT NULL CHECK (step >= 0),
            byte_count INTEGER NOT NULL,
            times INTEGER NOT NULL,
            kernel_family TEXT NOT NULL,
            software_version TEXT NOT NULL,
            sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
            kept_at INTEGER NOT NULL,
            PRIMARY KEY (seed, point, attempt)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE checkpoint_state (
            id INTEGER PRIMARY KEY,
            seed INTEGER NOT NULL,
            point INTEGER NOT NULL REFERENCES point (id),
            attempt INTEGER NOT NULL,
            data BLOB NOT NULL,
            UNIQUE (seed, point)
        ) STRICT;
        CREATE TABLE continuation (
            seed INTEGER NOT NULL CHECK (seed >= 0),
            point INTEGER NOT NULL REFERENCES point (id),
            attempt INTEGER NOT NULL,
            step INTEGER NOT NULL CHECK (step >= 0),
            continued_at INTEGER NOT NULL,
            PRIMARY KEY (seed, point, attempt)
        ) STRICT, WITHOUT ROWID;
        """
}
