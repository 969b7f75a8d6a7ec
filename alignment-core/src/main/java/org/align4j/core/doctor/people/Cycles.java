package org.align4j.core.doctor.people;

import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.doctor.log.Check;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.LongIntMap;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.doctor.log.LogRow;

/**
 * Pairs on a circle: A is better than B, B than C, C than A. A circle has at least three answers; two are a contradiction,
 * which {@link Contradictions} tells.
 */
public final class Cycles implements Check {
    static final Threshold THRESHOLD = Threshold.any(0.005);
    private static final int SHORTEST = 3;
    private static final String ADVICE =
            "No order of the answers agrees with such pairs; judge them again, or leave them out with --fix cycles.";

    private final ImmutableLongArray.Builder prompts = ImmutableLongArray.builder();
    private final ImmutableLongArray.Builder chosen = ImmutableLongArray.builder();
    private final ImmutableLongArray.Builder rejected = ImmutableLongArray.builder();
    private final ImmutableIntArray.Builder numbers = ImmutableIntArray.builder();
    private final LongIntMap pairsOfPrompt = new LongIntMap();
    private int pairs;

    @Override
    public String id() {
        return "cycles";
    }

    @Override
    public Runnable look(LogRow row) {
        LogRow.Keys keys = row.keys();
        if (!row.isPair() || keys.chosen() == keys.rejected()) {
            return NOTHING;
        }
        return () -> {
            pairs++;
            prompts.add(keys.prompt());
            chosen.add(keys.chosen());
            rejected.add(keys.rejected());
            numbers.add(row.number());
            pairsOfPrompt.increment(keys.prompt());
        };
    }

    @Override
    public Optional<Finding> finding() {
        return pairs == 0 ? Optional.empty() : Optional.of(Finding.ofCount(id(), THRESHOLD, pairs, found(), ADVICE));
    }

    private List<Sighting> found() {
        ImmutableLongArray better = chosen.build();
        ImmutableLongArray worse = rejected.build();
        ImmutableIntArray number = numbers.build();
        List<Sighting> found = new ArrayList<>();
        for (List<Integer> group : groups().values()) {
            PreferenceOrder preferences = new PreferenceOrder();
            group.forEach(i -> preferences.add(better.get(i), worse.get(i), number.get(i)));
            found.addAll(preferences.onCircles());
        }
        found.sort((a, b) -> Integer.compare(a.row(), b.row()));
        return found;
    }

    /** The places of the pairs of each prompt that has enough of them for a circle. */
    private Map<Long, List<Integer>> groups() {
        ImmutableLongArray prompt = prompts.build();
        Map<Long, List<Integer>> groups = new LinkedHashMap<>();
        for (int i = 0; i < pairs; i++) {
            if (pairsOfPrompt.get(prompt.get(i)) >= SHORTEST) {
                groups.computeIfAbsent(prompt.get(i), key -> new ArrayList<>()).add(i);
            }
        }
        return groups;
    }
}
