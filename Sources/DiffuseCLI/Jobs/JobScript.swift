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
        "\(renderCount) render\(renderCount == 1 ? "" : "s") in \(taskCount) task\(taskCount == 1 ? "" : "s")"
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
            exec "${DIFFUSE:-diffuse}" \(shell(words + ["--shards", String(taskCount)]))

            """
    }

    private var parallel: String {
        """
        #!/bin/sh
        # \(tasks), JOBS at once; for other machines add --sshloginfile and --workdir.
        seq 0 \(taskCount - 1) | exec parallel --jobs "${JOBS:-1}" --line-buffer \\
            'exec "${DIFFUSE:-diffuse}" \(shell(words).replacing("'", with: "'\\''")) --shard {}/\(taskCount)'

        """
    }

    /// A task that is refused ends the job, one with failed renders is not repeated.
    private var kubernetes: String {
        let arguments = words + ["--shards", String(taskCount)]
        var requests = [threadCount.map { "cpu: \"\($0)\"" }, memory.map { "memory: \"\($0)\"" }].compactMap(\.self)
        if requests.isEmpty { requests = ["cpu: \"1\""] }
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
                      command: [\((["diffuse"] + arguments).map(JSONNode.quoted).joined(separator: ", "))]
                      resources:
                        requests: {\(requests.joined(separator: ", "))}
                      volumeMounts:
                        - {name: data, mountPath: /data}
                  volumes:
                    - name: data
                      persistentVolumeClaim: {claimName: diffuse-data}

            """
    }

    /// The name as a label that all three take: letters, digits and hyphens, at most 63.
    private var label: String {
        let mapped = name.lowercased().unicodeScalars.map { scalar -> Character in
            ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) ? Character(scalar) : "-"
        }
        let trimmed = String(mapped).split(separator: "-").joined(separator: "-").prefix(63)
        return trimmed.isEmpty ? "diffuse" : String(trimmed)
    }
}
