package org.align4j.core.files;

/** Holds the disk that this process writes to. Only tests, from within this package, put another one in its place. */
final class CurrentDisk {
    private static volatile Disk disk = new SystemDisk();

    private CurrentDisk() {}

    static Disk get() {
        return disk;
    }

    /** Takes another disk from the next operation on and answers with the former one. */
    static synchronized Disk replace(Disk other) {
        Disk former = disk;
        disk = other;
        return former;
    }
}
