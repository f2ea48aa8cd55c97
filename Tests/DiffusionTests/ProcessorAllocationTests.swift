import Diffusion
import DiffusionWeights
import TestSupport
import Testing

/// The cores of a container's or a batch system's allocation.
@Suite struct ProcessorAllocationTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func theSecondVersionsQuotaCountsAtEveryLevel() throws {
        try folder.write("pods/cpu.max", "350000 100000\n")
        try folder.write("pods/one/cpu.max", "max 100000\n")
        let group = ControlGroup(membership: "0::/pods/one\n", root: folder.path)
        #expect(group.processorCount == 4)
        try folder.write("cpu.max", "50000 100000\n")
        #expect(group.processorCount == 1)
    }

    @Test(arguments: ["cpu", "cpu,cpuacct"])
    func theFirstVersionsToo(_ controllers: String) throws {
        try folder.write("\(controllers)/job/cpu.cfs_quota_us", "200000\n")
        try folder.write("\(controllers)/job/cpu.cfs_period_us", "100000\n")
        let group = ControlGroup(membership: "4:memory:/x\n3:\(controllers):/job\n", root: folder.path)
        #expect(group.processorCount == 2)
    }

    @Test(arguments: ["", "nonsense", "0::/../..", "3:cpu:/none"])
    func withoutAQuotaThereIsNoLimit(_ membership: String) {
        #expect(ControlGroup(membership: membership, root: folder.path).processorCount == nil)
    }

    @Test func slurmSaysHowMany() {
        #expect(ProcessorAllocation.slurmCount([:]) == nil)
        #expect(ProcessorAllocation.slurmCount(["SLURM_CPUS_PER_TASK": "3", "SLURM_CPUS_ON_NODE": "8"]) == 3)
        #expect(ProcessorAllocation.slurmCount(["SLURM_CPUS_ON_NODE": "2"]) == 2)
        #expect(ProcessorAllocation.slurmCount(["SLURM_CPUS_ON_NODE": "8", "SLURM_NTASKS": "4"]) == nil)
        #expect(ProcessorAllocation.slurmCount(["SLURM_CPUS_PER_TASK": "0"]) == nil)
        #expect(ProcessorAllocation.coreCount >= 1)
    }
}
