package org.align4j.core.generate;

import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;

/**
 * Waiting answers whose tokens so far, their prompts as a rule, are read in one pass: end to end, equal ones once.
 *
 * @param answers in the order of their slots
 * @param batch what is read
 * @param targets which of its tokens go into which slots
 * @param lastRows {@code [P]} the last row of each text read
 * @param logitsRows {@code [answers]} which of these rows is an answer's own
 */
@SuppressWarnings("ArrayRecordComponent") // a parameter object, never compared
record Admission(
        List<Answer> answers, PackedBatch batch, KeyValueCache.Targets targets, long[] lastRows, int[] logitsRows) {

    /**
     * Takes answers from the queue.
     *
     * @param firstSlot of the first of them
     * @param most at most so many answers
     * @param budget at most so many tokens, but one text always
     */
    static Admission next(Deque<Answer> waiting, int firstSlot, int most, int budget) {
        List<Answer> answers = new ArrayList<>();
        List<int[]> texts = new ArrayList<>();
        Map<IntBuffer, Integer> places = new HashMap<>();
        List<Integer> logitsRows = new ArrayList<>();
        int tokens = 0;
        while (!waiting.isEmpty() && answers.size() < most) {
            int[] text = waiting.getFirst().tokens();
            Integer place = places.get(IntBuffer.wrap(text));
            if (place == null && !texts.isEmpty() && tokens + text.length > budget) {
                break;
            }
            if (place == null) {
                place = texts.size();
                places.put(IntBuffer.wrap(text), place);
                texts.add(text);
                tokens += text.length;
            }
            answers.add(waiting.removeFirst());
            logitsRows.add(place);
        }
        return of(
                answers, texts, logitsRows.stream().mapToInt(Integer::intValue).toArray(), firstSlot);
    }

    private static Admission of(List<Answer> answers, List<int[]> texts, int[] logitsRows, int firstSlot) {
        PackedBatch batch = PackedBatch.of(texts.stream()
                .map(text -> TokenTree.ofText(text, new boolean[text.length]))
                .toList());
        long[] starts = new long[texts.size() + 1];
        for (int p = 0; p < texts.size(); p++) {
            starts[p + 1] = starts[p] + texts.get(p).length;
        }
        int stored =
                Arrays.stream(logitsRows).map(text -> texts.get(text).length).sum();
        KeyValueCache.Targets targets = new KeyValueCache.Targets(new long[stored], new long[stored], new long[stored]);
        int next = 0;
        for (int a = 0; a < answers.size(); a++) {
            int length = texts.get(logitsRows[a]).length;
            for (int t = 0; t < length; t++, next++) {
                targets.rows()[next] = starts[logitsRows[a]] + t;
                targets.slots()[next] = (long) firstSlot + a;
                targets.places()[next] = t;
            }
        }
        long[] lastRows =
                Arrays.stream(starts, 1, starts.length).map(end -> end - 1).toArray();
        return new Admission(answers, batch, targets, lastRows, logitsRows);
    }

    static long[] widen(int[] values) {
        return Arrays.stream(values).asLongStream().toArray();
    }
}
