package org.align4j.core.doctor;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.align4j.core.doctor.finding.Check;
import org.align4j.core.doctor.finding.Finding;
import org.align4j.core.doctor.finding.Sighting;
import org.align4j.core.doctor.log.LogReader;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.Places;
import org.align4j.core.doctor.log.Texts;

/**
 * Reads a preference log once for all checks, some rows again for those that ask, and the examples once more to quote them. The
 * answer is the same for any number of threads.
 */
public final class Doctor {
    /** The findings whose rows can be left out. */
    public static final List<String> FIXABLE = List.of(
            "schema", "exact-duplicates", "contradictions", "cycles", "identical-answers", "pii");

    private final Logs logs;
    private final List<Check> checks;
    private final int threads;
    private final Places places = new Places();

    private Doctor(Logs logs, int threads) {
        this.logs = logs;
        this.threads = threads;
        this.checks = Checks.of();
    }

    /**
     * Examines the data.
     *
     * @param threads how many threads look at rows
     * @throws org.align4j.core.error.InputException where a file can't be read or holds no row
     */
    public static Examination examine(Logs logs, int threads) {
        return new Doctor(logs, threads).examine();
    }

    private Examination examine() {
        try (LogReader reader = new LogReader(threads)) {
            int before = places.count();
            reader.read(logs.data(), places, new AllChecks());
            int rows = places.count() - before;
            BitSet again = new BitSet();
            checks.forEach(check -> again.or(check.again()));
            if (!again.isEmpty()) {
                readAgain(reader, again, new SecondLook());
            }
            List<Finding> findings =
                    checks.stream().map(Check::finding).flatMap(Optional::stream).toList();
            return new Examination(before, rows, findings, places, excerpts(reader, findings));
        }
    }

    private void readAgain(LogReader reader, BitSet rows, LogReader.Observer observer) {
        reader.readAgain(List.of(logs.data()), rows, observer);
    }

    private Map<Integer, Texts> excerpts(LogReader reader, List<Finding> findings) {
        BitSet wanted = new BitSet();
        for (Finding finding : findings) {
            finding.sightings().stream().limit(Examination.EXAMPLES).forEach(sighting -> {
                wanted.set(sighting.row());
                if (sighting.other() != Sighting.ALONE) {
                    wanted.set(sighting.other());
                }
            });
        }
        Map<Integer, Texts> excerpts = new TreeMap<>();
        if (!wanted.isEmpty()) {
            readAgain(reader, wanted, new Excerpts(excerpts));
        }
        return excerpts;
    }

    /** Shows each row to every check. */
    private final class AllChecks implements LogReader.Observer {
        @Override
        public Runnable look(LogRow row) {
            List<Runnable> notes = new ArrayList<>(checks.size());
            for (Check check : checks) {
                Runnable note = check.look(row);
                if (note != Check.NOTHING) {
                    notes.add(note);
                }
            }
            return () -> notes.forEach(Runnable::run);
        }

        @Override
        public void bad(int number, String reason) {
            checks.forEach(check -> check.bad(number, reason));
        }
    }

    /** Shows rows again to the checks that asked for any. */
    private final class SecondLook implements LogReader.Observer {
        @Override
        public Runnable look(LogRow row) {
            List<Runnable> notes = checks.stream().map(check -> check.lookAgain(row)).toList();
            return () -> notes.forEach(Runnable::run);
        }

        @Override
        public void bad(int number, String reason) {}
    }
}
