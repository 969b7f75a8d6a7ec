package org.align4j.core.doctor.people;

import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.LongIntMap;
import org.align4j.core.doctor.log.NormalText;
import org.align4j.core.doctor.log.Noted;

/**
 * Rows that say the opposite of an earlier row: the same two answers to a prompt the other way round, or one answer with
 * another label.
 */
public final class Contradictions implements Check.InParts {
    static final Threshold THRESHOLD = Threshold.any(0.001);
    private static final String ADVICE =
            "Nothing can be learned from judgements that cancel out; keep what most rows say, and neither side where they are"
                    + " even, with --fix contradictions.";

    /** The mark of rows that most others on their subject contradict, or as many. */
    private static final String MINORITY = "minority";

    private final LongIntMap saying = new LongIntMap();
    private final ImmutableLongArray.Builder subjects = ImmutableLongArray.builder();
    private final ImmutableIntArray.Builder numbers = ImmutableIntArray.builder();
    private final BitSet forward = new BitSet();
    private final List<Sighting> found = new ArrayList<>();
    private final BitSet disputed = new BitSet();
    private int rows;

    /**
     * Holds which of two ways a row answers a question.
     *
     * @param subject what it is about: a prompt and two answers in a fixed order, or a prompt and one answer
     * @param forward whether it finds the first answer better, or the one answer desirable
     */
    private record Judgement(long subject, boolean forward) {
        static Optional<Judgement> of(LogRow row) {
            LogRow.Keys keys = row.keys();
            if (row.isPair() && keys.chosen() != keys.rejected()) {
                boolean forward = keys.chosen() < keys.rejected();
                long first = Math.min(keys.chosen(), keys.rejected());
                long second = Math.max(keys.chosen(), keys.rejected());
                return Optional.of(new Judgement(NormalText.hash(keys.prompt(), first, second), forward));
            }
            if (row.verdict().label() != null) {
                return Optional.of(new Judgement(
                        NormalText.hash(keys.prompt(), keys.chosen()),
                        row.verdict().label()));
            }
            return Optional.empty();
        }

        long saying(boolean way) {
            return NormalText.hash(subject, way ? 1 : 2);
        }
    }

    @Override
    public String id() {
        return "contradictions";
    }

    @Override
    public Runnable look(LogRow row) {
        Optional<Judgement> judgement = Judgement.of(row);
        return judgement.isEmpty() || row.facts().repeats() ? NOTHING : () -> note(row.number(), judgement.get());
    }

    private void note(int row, Judgement judgement) {
        saying.putIfAbsent(judgement.saying(judgement.forward), row);
        int opposite = saying.get(judgement.saying(!judgement.forward));
        if (opposite != LongIntMap.ABSENT) {
            found.add(Sighting.of(row, opposite));
            disputed.set(rows);
        }
        subjects.add(judgement.subject);
        numbers.add(row);
        forward.set(rows, judgement.forward);
        rows++;
    }

    @Override
    public Noted noted() {
        return Noted.of(rows, found).with(MINORITY, minorities());
    }

    @Override
    public Optional<Finding> finding(Noted all) {
        return all.finding(id(), THRESHOLD, ADVICE).map(finding -> finding.removing(all.sightings(MINORITY)));
    }

    /** The rows that most others on their subject contradict, and all rows of a subject where they are even. */
    private List<Sighting> minorities() {
        ImmutableLongArray about = subjects.build();
        ImmutableIntArray number = numbers.build();
        Map<Long, Votes> votes = new HashMap<>();
        disputed.stream().forEach(i -> votes.putIfAbsent(about.get(i), new Votes()));
        for (int i = 0; i < rows; i++) {
            Votes on = votes.get(about.get(i));
            if (on != null) {
                on.add(number.get(i), forward.get(i));
            }
        }
        List<Sighting> removed = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            Votes on = votes.get(about.get(i));
            if (on != null && on.loses(forward.get(i))) {
                removed.add(Sighting.of(number.get(i), on.first(!forward.get(i))));
            }
        }
        return removed;
    }

    /** Counts the rows on either side of each question. */
    private static final class Votes {
        private int forward;
        private int backward;
        private int firstForward = Sighting.ALONE;
        private int firstBackward = Sighting.ALONE;

        void add(int row, boolean way) {
            if (way) {
                firstForward = forward++ == 0 ? row : firstForward;
            } else {
                firstBackward = backward++ == 0 ? row : firstBackward;
            }
        }

        boolean loses(boolean way) {
            return way ? forward <= backward : backward <= forward;
        }

        int first(boolean way) {
            return way ? firstForward : firstBackward;
        }
    }
}
