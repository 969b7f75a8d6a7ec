package org.align4j.core.doctor;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.align4j.core.doctor.SharedDoctor.Banded;
import org.align4j.core.doctor.SharedDoctor.Digest;
import org.align4j.core.doctor.SharedDoctor.OfAnnotator;
import org.align4j.core.doctor.SharedDoctor.Part;
import org.align4j.core.doctor.SharedDoctor.Seen;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.LongIntMap;
import org.align4j.core.doctor.log.Noted;
import org.align4j.core.doctor.people.Annotators;
import org.align4j.core.doctor.people.Contradictions;
import org.align4j.core.doctor.people.Cycles;

/**
 * Compares rows that have something in common, group after group. Hands on {@link Part} and {@link Seen}, and, of rows with one subject,
 * {@link Banded}, {@link OfAnnotator} and {@link Annotators.Votes}.
 */
public final class SharedGroups {
    /** Rows of whole groups that are compared before what was noted is handed on. */
    private static final int MOST = SharedChunks.ROWS;

    private final SharedDoctor doctor;
    private final boolean subjects;
    private final Consumer<Serializable> out;
    private final Map<Integer, Integer> lines = new TreeMap<>();
    private List<Check.InParts> checks = List.of();
    private Annotators annotators = new Annotators(row -> Double.NaN);
    private LongIntMap exact = new LongIntMap();
    private long group;

    /** @param subjects whether groups are of rows with one subject; else of pairs with one prompt */
    public SharedGroups(SharedDoctor doctor, boolean subjects, Consumer<Serializable> out) {
        this.doctor = doctor;
        this.subjects = subjects;
        this.out = out;
        begin();
    }

    private void begin() {
        lines.clear();
        checks = subjects ? List.of(new ExactDuplicates(), new Contradictions()) : List.of(new Cycles());
        annotators = new Annotators(row -> Double.NaN);
        exact = new LongIntMap();
    }

    /** Adds a row; groups come one after another, and the rows of each in their order. */
    public void add(long ofGroup, Digest digest) {
        if (lines.size() >= MOST && ofGroup != group) {
            end();
        }
        group = ofGroup;
        LogRow row = digest.row();
        lines.put(row.number(), digest.line());
        checks.forEach(check -> check.look(row).run());
        if (subjects) {
            annotators.look(row).run();
            if (exact.putIfAbsent(NearDuplicates.key(row.keys()), row.number()) == LongIntMap.ABSENT) {
                out.accept(new Banded(row.number(), digest.bands()));
            }
        }
    }

    /** Hands on what was found so far. */
    public void end() {
        checks.forEach(check -> doctor.handOn(check, number -> lines.getOrDefault(number, 0), out));
        if (subjects) {
            out.accept(new Part(SharedDoctor.NEAR, new Noted().plus(Noted.ROWS, lines.size())));
            annotators.counts().forEach((name, counts) -> out.accept(new OfAnnotator(name, counts)));
            annotators.votes().forEach(out);
        }
        begin();
    }
}
