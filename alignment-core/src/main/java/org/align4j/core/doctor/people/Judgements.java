package org.align4j.core.doctor.people;

import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.doctor.log.LogRow;
import org.align4j.core.doctor.log.LongIntMap;
import org.align4j.core.doctor.log.NormalText;

/** Who judged which pair how, in a few bytes a row. */
final class Judgements {
    private final Map<String, Integer> annotators = new LinkedHashMap<>();
    private final ImmutableIntArray.Builder who = ImmutableIntArray.builder();
    private final ImmutableIntArray.Builder row = ImmutableIntArray.builder();
    private final ImmutableLongArray.Builder pair = ImmutableLongArray.builder();
    private final LongIntMap times = new LongIntMap();
    private final BitSet forward = new BitSet();
    private int count;

    void add(LogRow judged, String annotator) {
        LogRow.Keys keys = judged.keys();
        long key = NormalText.hash(
                keys.prompt(), Math.min(keys.chosen(), keys.rejected()), Math.max(keys.chosen(), keys.rejected()));
        Integer known = annotators.get(annotator);
        int number = known == null ? annotators.size() : known;
        annotators.putIfAbsent(annotator, number);
        who.add(number);
        row.add(judged.number());
        pair.add(key);
        times.increment(key);
        forward.set(count++, keys.chosen() < keys.rejected());
    }

    int count() {
        return count;
    }

    /** Their names, in the order in which they were seen. */
    List<String> names() {
        return List.copyOf(annotators.keySet());
    }

    /** For each judgement whose it is. */
    ImmutableIntArray annotatorOfEach() {
        return who.build();
    }

    /** For each judgement the number of its row. */
    ImmutableIntArray rowOfEach() {
        return row.build();
    }

    /** The votes on pairs that several annotators judged; only the first of each annotator counts. */
    List<List<DawidSkene.Vote>> overlaps() {
        ImmutableLongArray key = pair.build();
        ImmutableIntArray annotator = who.build();
        Map<Long, List<DawidSkene.Vote>> groups = new LinkedHashMap<>();
        Map<Long, Integer> items = new HashMap<>();
        for (int i = 0; i < count; i++) {
            if (times.get(key.get(i)) > 1) {
                List<DawidSkene.Vote> votes = groups.computeIfAbsent(key.get(i), any -> new ArrayList<>());
                int item = items.computeIfAbsent(key.get(i), any -> items.size());
                int by = annotator.get(i);
                if (votes.stream().noneMatch(vote -> vote.annotator() == by)) {
                    votes.add(new DawidSkene.Vote(item, by, forward.get(i)));
                }
            }
        }
        return groups.values().stream().filter(votes -> votes.size() > 1).toList();
    }
}
