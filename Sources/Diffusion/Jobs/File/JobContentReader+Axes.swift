import DiffusionBasics

extension JobContentReader {
    mutating func readMatrix(_ node: JSONNode) {
        for (key, column) in columns(of: node, in: "matrix") {
            content.axes.append(JobAxis(keys: [key], columns: [column]))
        }
    }

    mutating func readZip(_ node: JSONNode) {
        let columns = columns(of: node, in: "zip")
        guard let first = columns.first else { return }
        for (key, column) in columns where column.count != first.column.count {
            problems.add(
                .expansion, job: job, field: "zip", at: column.position(0),
                "zip has \(column.count) values of \(key.name) and \(first.column.count) of \(first.key.name), "
                    + "expected as many of each")
            return
        }
        content.axes.append(JobAxis(keys: columns.map(\.key), columns: columns.map(\.column)))
    }

    private mutating func columns(of node: JSONNode, in place: String) -> [(key: JobKey, column: JobColumn)] {
        guard let object = node.object else {
            problems.add(
                .wrongType, job: job, field: place, at: node.position,
                "\(place) is \(node.kindDescription), expected an object of keys and lists")
            return []
        }
        return object.members.compactMap { member in
            guard let key = variedKey(member, in: place), let column = column(key, member.node) else { return nil }
            return (key, column)
        }
    }

    /// The key, if it can be varied and is not yet.
    private mutating func variedKey(_ member: JSONObject.Member, in place: String) -> JobKey? {
        guard let key = target(member.key, at: member.keyPosition) else {
            refuse(member.key, at: member.keyPosition, in: " in \(place)")
            return nil
        }
        guard !content.axes.contains(where: { $0.keys.contains(key) }) else {
            problems.add(
                .givenTwice, job: job, field: key.name, at: member.keyPosition,
                "\(key.name) is varied twice, in \"matrix\" and \"zip\" or under two of its names")
            return nil
        }
        return key
    }

    private mutating func column(_ key: JobKey, _ node: JSONNode) -> JobColumn? {
        if let nodes = node.array { return list(key, nodes, at: node.position) }
        guard let range = range(node) else {
            problems.add(
                .wrongType, job: job, field: key.name, at: node.position,
                "\(key.name) is \(node.kindDescription), expected a list, a range such as \"1..3\", or "
                    + "{\"from\": 1, \"to\": 3, \"step\": 1} whose step leads from one end to the other")
            return nil
        }
        return column(key, range, at: node.position)
    }

    private mutating func list(_ key: JobKey, _ nodes: [JSONNode], at position: JSONNode.Position) -> JobColumn? {
        guard !nodes.isEmpty else {
            problems.add(
                .expansion, job: job, field: key.name, at: position, "\(key.name) has an empty list, expected values")
            return nil
        }
        let values = nodes.compactMap { value(key, $0) }
        return values.count == nodes.count ? .list(values, positions: nodes.map(\.position)) : nil
    }

    private mutating func column(_ key: JobKey, _ range: JobRange, at position: JSONNode.Position) -> JobColumn? {
        guard case .field(let index) = key else { return .range(range, nil, position: position) }
        let field = JobField.all[index]
        switch field.kind {
        case .number: break
        case .integer where range.isWhole, .seed where range.isWhole: break
        default:
            problems.add(
                .wrongType, job: job, field: key.name, at: position,
                "\(key.name) has a range, expected a list of values, each \(field.kind.expectation)")
            return nil
        }
        for end in range.ends where value(key, JSONNode(end.value, at: position)) == nil { return nil }
        return .range(range, field.kind, position: position)
    }

    private func range(_ node: JSONNode) -> JobRange? {
        if let text = node.string { return JobRange(text: text) }
        guard let object = node.object, Set(object.keys).isSubset(of: ["from", "to", "step"]),
            let from = object["from"]?.number, let to = object["to"]?.number
        else { return nil }
        guard let step = object["step"] else { return JobRange(from: from, to: to, step: nil) }
        return step.number.flatMap { JobRange(from: from, to: to, step: $0) }
    }

    mutating func readExclusions(_ node: JSONNode) {
        for pattern in node.array ?? [node] {
            guard let object = pattern.object, !object.members.isEmpty else {
                problems.add(
                    .wrongType, job: job, field: "exclude", at: pattern.position,
                    "exclude holds \(pattern.kindDescription), expected objects of keys and values")
                continue
            }
            let values = object.members.compactMap { excluded($0) }
            content.exclusions.append((values, pattern.position))
        }
    }

    private mutating func excluded(_ member: JSONObject.Member) -> (key: JobKey, value: JobValue)? {
        guard let key = target(member.key, at: member.keyPosition) else {
            refuse(member.key, at: member.keyPosition, in: " in exclude")
            return nil
        }
        return value(key, member.node).map { (key, $0) }
    }
}
