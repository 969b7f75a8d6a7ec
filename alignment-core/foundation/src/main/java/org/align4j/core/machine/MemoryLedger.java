package org.align4j.core.machine;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The memory that the Align4J processes of this machine expect to hold: {@code memory-ledger} in the cache folder, a line of JSON a claim,
 * changed by one process at a time. Claims of processes that ended are dropped at the next change; a living process writes its own again
 * where the file was deleted or damaged. Where the file can't be written that is said once and the work goes on: the ledger advises, and no
 * number of a run depends on it.
 */
public final class MemoryLedger {
    private static final MemoryLedger SHARED = new MemoryLedger(CacheFolder.memoryLedger());
    private static final long KEEP_EVERY_MILLIS = 2_000;
    private static final long WRITE_EVERY_MILLIS = 60_000;

    private final LedgerFile file;
    private final List<Claim> own = new ArrayList<>();
    private boolean keeping;

    MemoryLedger(Path file) {
        this.file = new LedgerFile(file);
    }

    /** Returns the ledger of this machine's user. */
    public static MemoryLedger shared() {
        return SHARED;
    }

    /**
     * A line of the ledger: what one process expects to hold.
     *
     * @param owner the process
     * @param what it is for, such as a run's directory: no two claims of one process have the same words
     * @param bytes at the peak
     * @param process bytes that the owner takes besides, counted once however many claims it has
     * @param seen when the owner last wrote it, in milliseconds since 1970
     */
    public record Holding(LedgerOwner owner, String what, long bytes, long process, long seen) {
        private boolean isSame(Holding other) {
            return owner.equals(other.owner) && what.equals(other.what);
        }

        private Holding expecting(long other) {
            return new Holding(owner, what, other, process, seen);
        }

        private Holding now() {
            return new Holding(owner, what, bytes, process, System.currentTimeMillis());
        }
    }

    /**
     * The ledger at one moment.
     *
     * @param memory of the machine, and what this process may use of it
     * @param holdings of living processes on this machine
     */
    public record Account(Memory memory, List<Holding> holdings) {
        /**
         * Returns the bytes that are free beside some claims: of what this process may use less the claims, and of what the machine has free
         * now less what the claims' owners are still going to take.
         */
        public long freeBeside(Predicate<Holding> others) {
            Map<LedgerOwner, List<Holding>> owners =
                    holdings.stream().filter(others).collect(Collectors.groupingBy(Holding::owner));
            long expected = 0;
            long stillToCome = 0;
            for (Map.Entry<LedgerOwner, List<Holding>> owner : owners.entrySet()) {
                long process = owner.getValue().stream()
                        .mapToLong(Holding::process)
                        .max()
                        .orElse(0);
                long all = process
                        + owner.getValue().stream().mapToLong(Holding::bytes).sum();
                expected += all;
                stillToCome += Math.max(0, all - owner.getKey().resident().orElse(0));
            }
            long least = memory.limit() - expected;
            OptionalLong available = memory.available();
            return Math.max(0, available.isEmpty() ? least : Math.min(least, available.getAsLong() - stillToCome));
        }

        /** Whether another process claims anything. */
        public boolean hasOthers() {
            return holdings.stream().anyMatch(holding -> !holding.owner().equals(LedgerOwner.self()));
        }

        /** Returns the bytes that are free for this process beside the claims of all others. */
        public long freeBesideOthers() {
            return freeBeside(holding -> !holding.owner().equals(LedgerOwner.self()));
        }
    }

    /** Something that this process expects to hold, until it is closed. */
    public final class Claim implements AutoCloseable {
        private Holding holding;

        private Claim(Holding holding) {
            this.holding = holding;
        }

        /** Expects another number of bytes from now on. */
        public void expect(long bytes) {
            synchronized (MemoryLedger.this) {
                if (own.contains(this) && bytes != holding.bytes()) {
                    holding = holding.expecting(bytes);
                    write(why -> {});
                }
            }
        }

        /**
         * Makes the claim another process's, a child's that was started for it, until that one enters the same words for itself. Its bytes
         * are then all that the child takes.
         */
        public void handTo(ProcessHandle child) {
            Holding given =
                    new Holding(LedgerOwner.of(child), holding.what(), holding.bytes(), 0, System.currentTimeMillis());
            release(kept -> kept.stream().anyMatch(given::isSame) ? kept : joined(kept, List.of(given)));
        }

        /** Gives the claim up. */
        @Override
        public void close() {
            release(kept -> kept);
        }

        private void release(UnaryOperator<List<Holding>> then) {
            synchronized (MemoryLedger.this) {
                if (own.remove(this)) {
                    file.change(why -> {}, kept -> then.apply(without(kept, List.of(holding))));
                }
            }
        }
    }

    /**
     * Enters what this process expects to hold, whether there is room for it or not.
     *
     * @param bytes besides what a process of this program takes anyway
     * @param says hears, once per process, that the ledger can't be written
     */
    public synchronized Claim enter(String what, long bytes, Consumer<String> says) {
        Claim claim = claim(what, bytes);
        write(says);
        return claim;
    }

    /**
     * Enters what is going to be held where it fits beside all claims there are, those of this process too: looks and enters in one. Where
     * the ledger can't be written, this process's own claims are all that counts.
     *
     * @param says hears, once per process, that the ledger can't be written
     * @return null where it doesn't fit
     */
    public synchronized @Nullable Claim enterIfFree(String what, long bytes, Consumer<String> says) {
        List<Holding> mine = holdings();
        Claim claim = claim(what, bytes);
        boolean[] fits = new boolean[1];
        boolean written = file.change(says, kept -> {
            fits[0] = bytes <= here(joined(without(kept, mine), mine)).freeBeside(other -> true);
            return fits[0] ? joined(without(kept, holdings()), holdings()) : kept;
        });
        if (!(written ? fits[0] : bytes <= here(mine).freeBeside(other -> true))) {
            own.remove(claim);
            return null;
        }
        return claim;
    }

    /** Returns the ledger as it stands. */
    public synchronized Account account() {
        return here(file.standing());
    }

    private static Account here(List<Holding> holdings) {
        return new Account(
                Memory.current(),
                holdings.stream().filter(each -> each.owner().isHere()).toList());
    }

    private Claim claim(String what, long bytes) {
        String name = what;
        for (int next = 2; has(name); next++) {
            name = format("%s (%d)", what, next);
        }
        Claim claim = new Claim(new Holding(LedgerOwner.self(), name, bytes, process(), System.currentTimeMillis()));
        own.add(claim);
        if (!keeping) {
            keeping = true;
            Thread keeper = new Thread(this::keep, "memory-ledger");
            keeper.setDaemon(true);
            keeper.start();
        }
        return claim;
    }

    private static long process() {
        return DeviceProfile.cpu(Memory.current()).process();
    }

    private boolean has(String what) {
        return own.stream().anyMatch(claim -> claim.holding.what().equals(what));
    }

    private List<Holding> holdings() {
        return own.stream().map(claim -> claim.holding).toList();
    }

    /** Writes this process's claims again where they no longer stand, and now and then for those who can't look at it. */
    private void keep() {
        try {
            while (isKeeping()) {
                Thread.sleep(KEEP_EVERY_MILLIS);
                writeMissing();
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized boolean isKeeping() {
        keeping = !own.isEmpty();
        return keeping;
    }

    private synchronized void writeMissing() {
        long now = System.currentTimeMillis();
        boolean late = own.stream().anyMatch(claim -> now - claim.holding.seen() > WRITE_EVERY_MILLIS);
        if (late || !file.standing().containsAll(holdings())) {
            write(why -> {});
        }
    }

    private void write(Consumer<String> says) {
        own.forEach(claim -> claim.holding = claim.holding.now());
        file.change(says, kept -> joined(without(kept, holdings()), holdings()));
    }

    private static List<Holding> without(List<Holding> kept, List<Holding> others) {
        return kept.stream()
                .filter(line -> others.stream().noneMatch(line::isSame))
                .toList();
    }

    private static List<Holding> joined(List<Holding> first, List<Holding> second) {
        List<Holding> all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }
}
