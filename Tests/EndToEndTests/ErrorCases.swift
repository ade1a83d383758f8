/// How each line of docs/errors.md comes about; commands and sentences are there.
enum ErrorCases {
    static let all = commandLine + specs + data + places + ledgers + network + machine + mounts
    static let plain = all.filter { $0.need == .nothing }
    static let mounting = all.filter { $0.need == .mounts }

    private static let commandLine = [
        ErrorCase("no such command"),
        ErrorCase("no argument"),
        ErrorCase("an argument too many"),
        ErrorCase("an unknown option"),
        ErrorCase("an option without its value"),
        ErrorCase("a word for a number"),
        ErrorCase("a negative index"),
        ErrorCase("a point beyond the grid"),
        ErrorCase("a seed beyond the seeds"),
        ErrorCase("an unknown choice"),
        ErrorCase("an unknown table format"),
        ErrorCase("kernels that are none"),
        ErrorCase("no workers"),
        ErrorCase("negative slots"),
        ErrorCase("an unknown activation"),
        ErrorCase("a negative variance"),
        ErrorCase("an unknown template"),
        ErrorCase("an unknown metric", "finished"),
        ErrorCase("an export of no format", "finished"),
        ErrorCase("an export of an unknown format", "finished"),
        ErrorCase("an archive to standard output", "finished"),
        ErrorCase("an alignment of no trainings", "finished"),
        ErrorCase("an alignment at no moment", "finished"),
        ErrorCase("an alignment in an unobserved layer", trained),
        ErrorCase("an alignment of a sweep with itself", trained),
        ErrorCase("an alignment of one network", trained),
        ErrorCase("a spread without sampling errors", "finished"),
        ErrorCase("an unknown kind of failure", "finished"),
        ErrorCase("a story beyond the sweep", "finished"),
        ErrorCase("a figure of no metric", "finished"),
        ErrorCase("a figure in no format", "finished"),
        ErrorCase("a figure of no matrix", "finished"),
    ]

    private static let trained = "critsweep run train.yaml --workers 1 --quiet >run.json"

    private static let specs = [
        ErrorCase("no spec"),
        ErrorCase("a folder for a spec", "mkdir specs"),
        ErrorCase("a spec that may not be read", "chmod 0 smoke.yaml"),
        ErrorCase("a spec that is not text", #"printf 'sweep: \377\n' >bad.yaml"#),
        ErrorCase("an empty spec", ": >bad.yaml"),
        ErrorCase("broken YAML", "printf 'sweep: [\\n' >bad.yaml"),
        ErrorCase("an unknown key", "sed s/seeds/sedes/ smoke.yaml >bad.yaml"),
        ErrorCase("a key twice", "cp smoke.yaml bad.yaml; echo 'seeds: 3' >>bad.yaml"),
        ErrorCase(
            "a key of another experiment", "echo 'data: {task: xor}' | cat smoke.yaml - >bad.yaml"),
        ErrorCase(
            "a word for a number in a spec", "sed 's/seeds: 2/seeds: many/' smoke.yaml >bad.yaml"),
        ErrorCase("a number out of range", "sed 's/seeds: 2/seeds: 0/' smoke.yaml >bad.yaml"),
        ErrorCase("an unknown experiment", "sed s/calibration$/calculation/ smoke.yaml >bad.yaml"),
        ErrorCase("an empty grid", "sed 's/\\[1, 2\\]/[]/' smoke.yaml >bad.yaml"),
        ErrorCase("a grid value twice", "sed 's/\\[1, 2\\]/[1, 1]/' smoke.yaml >bad.yaml"),
        ErrorCase(
            "a grid too large to count",
            "sed 's/\\[1, 2\\]/{from: 1, to: 2, count: 10000000000}/' smoke.yaml >bad.yaml"),
        ErrorCase(
            "a spec that changed", "finished; sed -i 's/1, 2/1, 3/' smoke.yaml",
            changes: ["smoke.sweep/ledger"]),
        ErrorCase(
            "a trial larger than the machine",
            "sed -e 's/24/100000/' -e 's/depth: .1/depth: [100/' -e 's/{task.*}/{task: xor, points: 4000, dimension: 20}/' csv.yaml >bad.yaml"
        ),
    ]

    private static let mnist =
        "sed 's/csv, path: data.csv/mnist, path: images, points: 4/' csv.yaml >mnist.yaml"

    private static let data = [
        ErrorCase("no data"),
        ErrorCase("data that may not be read", "echo 1,2 >data.csv; chmod 0 data.csv"),
        ErrorCase("a folder for data", "mkdir data.csv"),
        ErrorCase("data that are no text", "head -c 300 /dev/zero >data.csv"),
        ErrorCase("a header in the data", #"printf 'x,y\n1,2\n3,4\n' >data.csv"#),
        ErrorCase("rows of two lengths", #"printf '1,2\n3,4,5\n' >data.csv"#),
        ErrorCase("a NaN in the data", #"printf '1,2\n3,nan\n' >data.csv"#),
        ErrorCase("a constant target", #"printf '1,2\n3,2\n' >data.csv"#),
        ErrorCase("empty data", ": >data.csv"),
        ErrorCase("no images", mnist),
        ErrorCase(
            "images that are none",
            mnist + "; mkdir images; for name in images-idx3 labels-idx1; do "
                + "head -c 100 /dev/zero >images/train-$name-ubyte; done"),
    ]

    private static let places = [
        ErrorCase("a folder that may not be written", "mkdir locked; chmod 500 locked"),
        ErrorCase("a file where the folder should be", "echo x >taken"),
        ErrorCase(
            "a sweep's folder that may not be written", "mkdir smoke.sweep; chmod 500 smoke.sweep"),
        ErrorCase(
            "a ledger that may not be written",
            "finished; chmod 400 smoke.sweep/ledger.sqlite; sed -i 's/seeds: 2/seeds: 3/' smoke.yaml"
        ),
        ErrorCase("an access file without a folder"),
        ErrorCase("an access file over a ledger", "finished"),
        ErrorCase(
            "a folder in the place of a key",
            "mkdir -m 700 smoke.sweep smoke.sweep/keys smoke.sweep/keys/server.key"),
        ErrorCase(
            "a folder in the place of the provenance",
            "finished; rm smoke.sweep/smoke.p*; mkdir smoke.sweep/smoke.provenance.json",
            changes: ["smoke.sweep/ledger"]),
        ErrorCase("an export over the ledger", "finished"),
        ErrorCase("an export over a folder", "finished"),
        ErrorCase("an export into no folder", "finished"),
        ErrorCase(
            "an export into a folder that may not be written",
            "finished; mkdir locked; chmod 500 locked"),
        ErrorCase("a figure into no folder", "finished"),
        ErrorCase("a figure over the ledger", "finished"),
        ErrorCase("an export that is read in part", "finished"),
        ErrorCase("standard output that is full", "finished"),
        ErrorCase("standard output that is closed", "finished"),
        ErrorCase("a reader that has seen enough", "finished"),
        ErrorCase("standard error that is closed"),
        ErrorCase("a spool that may not be written", "finished; mkdir -m 500 spool"),
        ErrorCase("a spool in a file", "finished; echo x >spool"),
        ErrorCase("a spool that others may write", "finished; mkdir -m 777 spool"),
        ErrorCase(
            "a spool in use",
            "running ipc://c.sock; background worker --access long/access.json --spool spool --slots 1; until [ -e spool/identity ]; do sleep 0.02; done",
            changes: ["long", "spool"]),
        ErrorCase(
            "a spool whose identity is damaged",
            "finished; mkdir -m 700 spool; echo x >spool/identity", changes: ["spool/lock"]),
        ErrorCase("no home for a spool", "finished; touch \"$OUT/home\""),
    ]

    private static let ledgers = [
        ErrorCase("no sweep"),
        ErrorCase("a folder without a sweep", "mkdir empty"),
        ErrorCase("a text file for a ledger"),
        ErrorCase(
            "another program's database",
            "finished; mv smoke.sweep/ledger.sqlite other.db; printf '\\0\\0\\0\\5' | dd of=other.db bs=1 seek=68 conv=notrunc status=none"
        ),
        ErrorCase(
            "a ledger of a newer version",
            "finished; printf '\\0\\0\\0\\143' | dd of=smoke.sweep/ledger.sqlite bs=1 seek=60 conv=notrunc status=none"
        ),
        ErrorCase("a ledger cut short", "finished; truncate -s 20000 smoke.sweep/ledger.sqlite"),
        ErrorCase("an empty ledger", "finished; : >smoke.sweep/ledger.sqlite"),
        ErrorCase("a run over an emptied ledger", "finished; : >smoke.sweep/ledger.sqlite"),
        ErrorCase(
            "a ledger with a page of zeros",
            "finished; dd if=/dev/zero of=smoke.sweep/ledger.sqlite bs=4096 seek=2 count=1 conv=notrunc status=none"
        ),
        ErrorCase(
            "a ledger with an altered result",
            "finished; sed -i 's/gain=1/gain=3/g' smoke.sweep/ledger.sqlite"),
        ErrorCase("a second coordinator", "running ipc://c.sock", changes: ["long"]),
        ErrorCase(
            "an export of an altered ledger",
            "finished; sed -i 's/gain=1/gain=3/g' smoke.sweep/ledger.sqlite"),
        ErrorCase(
            "a retry of an exported copy",
            "finished; critsweep export smoke.sweep --out a.sqlite 2>/dev/null",
            changes: ["a.sqlite.lock"]),
        ErrorCase("a retry without a sweep"),
    ]

    private static let network = [
        ErrorCase("a port in use", "running tcp://127.0.0.1:21500", changes: ["long"]),
        ErrorCase("a socket in use", "running ipc://c.sock", changes: ["long"]),
        ErrorCase("a file in the place of a socket", "echo x >c.sock"),
        ErrorCase("an address that is none"),
        ErrorCase("an address of another machine"),
        ErrorCase("a host name to listen at that is not known"),
        ErrorCase("a transport that is none"),
        ErrorCase("a socket without its folder"),
        ErrorCase("no access file"),
        ErrorCase(
            "an access file that others may read", "finished; chmod 644 smoke.sweep/access.json"),
        ErrorCase("an access file that is none", "echo x >access.json; chmod 600 access.json"),
        ErrorCase(
            "an access file without its key",
            "finished; cp smoke.sweep/access.json .; sed -i 's|keys/worker.key|keys/gone.key|' access.json"
        ),
        ErrorCase(
            "a key that is none",
            "finished; cp smoke.sweep/access.json .; sed -i \"s|\\\"worker_key.*|\\\"worker_key\\\" : \\\"my.key\\\"|\" access.json; echo x >my.key; chmod 600 my.key"
        ),
        ErrorCase(
            "a key that others may read",
            "finished; chmod 644 smoke.sweep/keys/worker.key; cp smoke.sweep/access.json .; sed -i \"s|\\\"worker_key.*|\\\"worker_key\\\" : \\\"smoke.sweep/keys/worker.key\\\"|\" access.json"
        ),
        ErrorCase(
            "a closed port",
            "finished; cp smoke.sweep/access.json .; sed -i 's|tcp://[0-9.:]*|tcp://127.0.0.1:21500|' access.json",
            changes: ["spool"], hasLog: true),
        ErrorCase(
            "a firewall that drops what comes",
            // A queue of connections that is full drops those that come, as a firewall does.
            "finished; cp smoke.sweep/access.json .; sed -i 's|tcp://[0-9.:]*|tcp://127.0.0.1:21500|' access.json; perl -MSocket -MFcntl -e 'my $here = sockaddr_in(21500, INADDR_LOOPBACK); socket(S, PF_INET, SOCK_STREAM, 0); bind(S, $here) and listen(S, 0) or die; for (1..4) { socket(my $c, PF_INET, SOCK_STREAM, 0); fcntl($c, F_SETFL, O_NONBLOCK); connect($c, $here); push @c, $c } open(F, \">queue\"); close(F); sleep 60' & PIDS=\"$PIDS $!\"; until [ -e queue ]; do sleep 0.02; done",
            changes: ["spool"], hasLog: true),
        ErrorCase(
            "no socket",
            "finished; cp smoke.sweep/access.json .; sed -i 's|tcp://[0-9.:]*|ipc://c.sock|' access.json",
            changes: ["spool"], hasLog: true),
        ErrorCase(
            "a host name that is not known",
            "finished; cp smoke.sweep/access.json .; sed -i 's|tcp://[0-9.:]*|tcp://nowhere.invalid:21500|' access.json",
            changes: ["spool"], hasLog: true),
        ErrorCase(
            "a coordinator that hangs", "running ipc://c.sock; kill -STOP $PIDS",
            changes: ["spool", "long"], hasLog: true),
        ErrorCase(
            "a worker's key that the coordinator does not know",
            "running ipc://c.sock; finished; cp long/access.json .; sed -i \"s|\\\"worker_key.*|\\\"worker_key\\\" : \\\"smoke.sweep/keys/worker.key\\\"|\" access.json",
            changes: ["spool", "long"], hasLog: true),
        ErrorCase(
            "another coordinator's key",
            "running ipc://c.sock; finished; cp long/access.json .; KEY=$(sed -n 's/.*\"server_key\" : \"\\(.*\\)\",.*/\\1/p' smoke.sweep/access.json); awk -v key=\"$KEY\" '/server_key/ {print \"  \\\"server_key\\\" : \\\"\" key \"\\\",\"; next} {print}' access.json >other.json; chmod 600 other.json",
            changes: ["spool", "long"], hasLog: true),
    ]

    private static let machine = [
        ErrorCase("too few open files"),
        ErrorCase("a figure without gnuplot", "finished"),
        ErrorCase("too little address space"),
        ErrorCase(
            "a trial larger than ulimit -v",
            "sed -e 's/24/20000/' -e 's/depth: .1/depth: [4/' -e 's/{task.*}/{task: xor, points: 200, dimension: 20}/' csv.yaml >big.yaml"
        ),
    ]

    private static let mounts = [
        ErrorCase(
            "a read-only file system", "mount -t tmpfs none /mnt; mount -o remount,ro /mnt",
            need: .mounts),
        ErrorCase(
            "a disk that is full at the start", "mount -t tmpfs -o size=64k none /mnt",
            need: .mounts),
        ErrorCase(
            "a disk that is full at a resume",
            "mount -t tmpfs -o size=4m none /mnt; cp -r \"$FINISHED\" /mnt/s; head -c 8m /dev/zero >/mnt/fill 2>/dev/null",
            need: .mounts),
        ErrorCase(
            "a disk that is full at an export",
            "mount -t tmpfs -o size=4m none /mnt; cp -r \"$FINISHED\" /mnt/s; head -c 8m /dev/zero >/mnt/fill 2>/dev/null",
            need: .mounts),
        ErrorCase(
            "a disk that is full at an archive",
            "mount -t tmpfs -o size=4m none /mnt; cp -r \"$FINISHED\" /mnt/s; head -c 8m /dev/zero >/mnt/fill 2>/dev/null",
            need: .mounts),
        ErrorCase(
            "a disk that is full at a copy",
            "mount -t tmpfs -o size=4m none /mnt; cp -r \"$FINISHED\" /mnt/s; head -c 8m /dev/zero >/mnt/fill 2>/dev/null",
            need: .mounts),
        ErrorCase(
            "a disk that is full at the spool",
            "mount -t tmpfs -o nr_inodes=2 none /mnt; mkdir -m 700 /mnt/spool; finished",
            need: .mounts),
        ErrorCase(
            "a disk without room for a while",
            "mount -t tmpfs -o size=300k none /mnt; sed -i 's/\\[1, 2\\]/{from: 1, to: 30, count: 30}/' smoke.yaml; (sleep 1; mount -o remount,size=80m /mnt) & ",
            need: .mounts, changes: ["mnt"]),
        ErrorCase("no /proc", "mount -t tmpfs none /proc", need: .mounts, changes: ["smoke.sweep"]),
    ]
}
