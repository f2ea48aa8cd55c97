/// Small systems of linear equations.
package enum LinearSystem {
    /// Solves matrix · x = rightSide by Gaussian elimination with row pivoting, as LAPACK's `sgesv` does.
    package static func solution(_ matrix: [[Float]], _ rightSide: [Float]) -> [Float] {
        var rows = zip(matrix, rightSide).map { $0 + [$1] }
        let count = rows.count
        for column in 0..<count {
            let pivot = (column..<count).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
            rows.swapAt(column, pivot)
            for row in column + 1..<count {
                let factor = rows[row][column] / rows[column][column]
                for index in column...count { rows[row][index] -= factor * rows[column][index] }
            }
        }
        var solution = [Float](repeating: 0, count: count)
        for row in (0..<count).reversed() {
            let known = (row + 1..<count).reduce(rows[row][count]) { $0 - rows[row][$1] * solution[$1] }
            solution[row] = known / rows[row][row]
        }
        return solution
    }
}
