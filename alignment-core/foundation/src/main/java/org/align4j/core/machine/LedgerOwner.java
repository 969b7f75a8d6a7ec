package org.align4j.core.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.align4j.core.machine.Memory.ProcFile;

/**
 * A process that claims memory, told apart from a later one with its number by when it started.
 *
 * @param pid its number
 * @param started when it started: in the system's ticks since it booted on Linux, else in milliseconds since 1970
 * @param boot of the machine it runs on; empty where the system doesn't tell
 * @param space in which its number is meant, such as a container's; empty where the system doesn't tell
 */
public record LedgerOwner(long pid, long started, String boot, String space) {
    private static final String BOOT = String.join("", ProcFile.lines("/proc/sys/kernel/random/boot_id"));
    private static final String SPACE = space(Path.of("/proc/self/ns/pid"));
    private static final LedgerOwner SELF = of(ProcessHandle.current());

    /** How long an owner that can't be looked at from here counts after it last wrote. */
    private static final long LONGEST_UNSEEN_MILLIS = 180_000;

    /** The place of the starting time among the fields of /proc/PID/stat that follow the command's name. */
    private static final int START_FIELD = 19;

    /** Returns this process. */
    public static LedgerOwner self() {
        return SELF;
    }

    /** Returns a process that this one can see. */
    public static LedgerOwner of(ProcessHandle process) {
        return new LedgerOwner(process.pid(), started(process.pid()).orElse(0), BOOT, SPACE);
    }

    /** Whether it runs on this machine, since it last booted. */
    boolean isHere() {
        return boot.equals(BOOT);
    }

    /**
     * Whether it still runs; of one that can't be looked at from here, whether it wrote lately.
     *
     * @param seen when it last wrote, in milliseconds since 1970
     */
    boolean isAlive(long seen) {
        return isVisible()
                ? started(pid).orElse(-1) == started
                : Math.abs(System.currentTimeMillis() - seen) < LONGEST_UNSEEN_MILLIS;
    }

    /** Returns the bytes that it occupies now, where that can be looked at. */
    OptionalLong resident() {
        return isVisible() ? ProcFile.bytes(ProcFile.lines("/proc/" + pid + "/status"), "VmRSS") : OptionalLong.empty();
    }

    private boolean isVisible() {
        return isHere() && space.equals(SPACE);
    }

    /** When a living process started; empty where there is none. */
    private static OptionalLong started(long pid) {
        List<String> stat = ProcFile.lines("/proc/" + pid + "/stat");
        if (!stat.isEmpty()) {
            // The name stands in brackets and may hold anything; the state follows.
            String[] fields =
                    stat.get(0).substring(stat.get(0).lastIndexOf(')') + 2).split(" ", -1);
            boolean ended = fields[0].equals("Z") || fields[0].equals("X");
            return ended ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(fields[START_FIELD]));
        }
        Optional<Instant> instant = ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .flatMap(process -> process.info().startInstant());
        return instant.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(instant.get().toEpochMilli());
    }

    private static String space(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException | UnsupportedOperationException elsewhere) {
            return "";
        }
    }
}
