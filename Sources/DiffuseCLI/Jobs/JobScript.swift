import DiffusionBasics

/// A script that runs a job file on several machines, a share of it in each task.
struct JobScript {
    enum Kind: String, CaseIterable {
        case slurm
        case kubernetes
        case parallel
    }

    var name: String
    /// The words after `diffuse`.
    var command: [String]
    var renderCount: Int
    var taskCount = 1
    /// Cores of a task; nil leaves them to the system.
    var threadCount: Int?
    /// Bytes of a task.
    var memory: Int?
    /// What a task takes on this machine, where that was measured.
    private(set) var secondsOfTask: Double?

    /// Slurm's stock arrays stop at 1001 (`MaxArraySize`).
    static let mostTasks = 1000
    /// A task loads the model anew: it should be worth that.
    private static let secondsPerTask = 600.0
    /// Where nothing was measured.
    private static let rendersPerTask = 20

    /// Tasks of ten minutes, or of twenty renders where no time is known.
    mutating func setTaskCount(seconds: Double?) {
        let wanted = seconds.map { Int(min($0 / Self.secondsPerTask, 1e6).rounded(.up)) }
        let count = wanted ?? (renderCount + Self.rendersPerTask - 1) / Self.rendersPerTask
        taskCount = max(1, min(count, renderCount, Self.mostTasks))
        secondsOfTask = seconds.map { $0 / Double(taskCount) }
    }

    func text(_ kind: Kind) -> String {
        switch kind {
        case .slurm: slurm
        case .kubernetes: kubernetes
        case .parallel: parallel
        }
    }

    private var words: [String] { command + (threadCount.map { ["--threads", String($0)] } ?? []) }

    private var tasks: String {
        let time = secondsOfTask.map { " of about \(BatchCommand.duration($0)) on this machine" } ?? ""
        return
            "\(renderCount) render\(renderCount == 1 ? "" : "s") in \(taskCount) task\(taskCount == 1 ? "" : "s")\(time)"
    }

    private func shell(_ words: [String]) -> String { words.map(Self.quoted).joined(separator: " ") }

    /// As a word of a POSIX shell.
    static func quoted(_ word: String) -> String {
        let isPlain = word.unicodeScalars.allSatisfy { scalar in
            ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
                || "-_./=:,@%+".unicodeScalars.contains(scalar)
        }
        return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}

extension JobScript {
    /// `exec`, so that the scheduler's signals arrive. Run again, a task skips what is there, so it may be requeued.
    private var slurm: String {
        let options = [
            "job-name=\(label)", "array=0-\(taskCount - 1)", threadCount.map { "cpus-per-task=\($0)" },
            memory.map { "mem=\(($0 + 1_048_575) / 1_048_576)M" }, "requeue", "open-mode=append",
            "output=slurm-\(label)-%a.log",
        ].compactMap(\.self)
        return """
            #!/bin/bash
            \(options.map { "#SBATCH --\($0)" }.joined(separator: "\n"))
            # \(tasks); submit with sbatch, in the folder where this was printed.
            # What this site wants goes before: sbatch --partition=NAME --time=4:00:00\(coreOption) SCRIPT
            exec "${DIFFUSE:-diffuse}" \(shell(words + ["--shards", String(taskCount)]))

            """
    }

    /// Without it Slurm gives one core.
    private var coreOption: String { threadCount == nil ? " --cpus-per-task=8" : "" }

    /// Parallel puts a task's words in place of `{}`, `{1}`, `{.}` and more: braces of our own are kept from it by quotes.
    private var parallel: String {
        let own = shell(words).replacing("{", with: "{''").replacing("'", with: "'\\''")
        return """
            #!/bin/sh
            # \(tasks), JOBS at once; for other machines add --sshloginfile FILE --workdir . --env DIFFUSE
            seq 0 \(taskCount - 1) | exec parallel --jobs "${JOBS:-1}" --line-buffer \\
                'exec "${DIFFUSE:-diffuse}" \(own) --shard {}/\(taskCount)'

            """
    }

    /// A task that is refused ends the job, one with failed renders is not repeated. What a container is limited to is also
    /// requested, and tells how many threads to take.
    private var kubernetes: String {
        // Kubernetes puts variables in place of $(NAME).
        let command = (["diffuse"] + words + ["--shards", String(taskCount)]).map { $0.replacing("$(", with: "$$(") }
        let limits = ["cpu: \"\(threadCount ?? 1)\"", memory.map { "memory: \"\($0)\"" }].compactMap(\.self)
        return """
            # \(tasks); the image holds diffuse, the claim the job file, the models and the pictures.
            apiVersion: batch/v1
            kind: Job
            metadata:
              name: \(label)
            spec:
              completionMode: Indexed
              completions: \(taskCount)
              parallelism: \(min(taskCount, 10))
              backoffLimitPerIndex: 3
              podFailurePolicy:
                rules:
                  - action: FailJob
                    onExitCodes: {operator: In, values: [2]}
                  - action: FailIndex
                    onExitCodes: {operator: In, values: [3]}
              template:
                spec:
                  restartPolicy: Never
                  containers:
                    - name: diffuse
                      image: diffuse:latest
                      workingDir: /data
                      command: [\(command.map(JSONNode.quoted).joined(separator: ", "))]
                      resources:
                        limits: {\(limits.joined(separator: ", "))}
                      volumeMounts:
                        - {name: data, mountPath: /data}
                  volumes:
                    - name: data
                      persistentVolumeClaim: {claimName: diffuse-data}

            """
    }

    /// The name as a label that all three take: letters, digits and hyphens. Kubernetes' 63 have room for a task's number.
    private var label: String {
        let mapped = name.lowercased().unicodeScalars.map { scalar -> Character in
            ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) ? Character(scalar) : "-"
        }
        let cut = String(mapped).split(separator: "-").joined(separator: "-").prefix(50)
        return cut.isEmpty ? "diffuse" : String(cut.hasSuffix("-") ? cut.dropLast() : cut)
    }
}
