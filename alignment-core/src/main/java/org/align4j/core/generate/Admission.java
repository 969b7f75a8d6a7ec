package org.align4j.core.generate;

import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;

/**
 * Waiting answers whose prompts are read in one pass: prompts end to end, equal ones once however many answers they get.
 *
 * @param answers in the order of their slots
 * @param batch the prompts
 * @param targets which prompt tokens go into which slots
 * @param lastRows {@code [P]} the last row of each prompt
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
     * @param budget at most so many prompt tokens, but one prompt always
     */
    static Admission next(Deque<Answer> waiting, int firstSlot, int most, int budget) {
        List<Answer> answers = new ArrayList<>();
        List<PromptTokens> prompts = new ArrayList<>();
        Map<IntBuffer, Integer> places = new HashMap<>();
        List<Integer> logitsRows = new ArrayList<>();
        int tokens = 0;
        while (!waiting.isEmpty() && answers.size() < most) {
            PromptTokens prompt = waiting.getFirst().prompt();
            Integer place = places.get(IntBuffer.wrap(prompt.prompt()));
            boolean known = place != null;
            if (!known && !prompts.isEmpty() && tokens + prompt.prompt().length > budget) {
                break;
            }
            if (place == null) {
                place = prompts.size();
                places.put(IntBuffer.wrap(prompt.prompt()), place);
                prompts.add(prompt);
                tokens += prompt.prompt().length;
            }
            answers.add(waiting.removeFirst());
            logitsRows.add(place);
        }
        return of(
                answers,
                prompts,
                logitsRows.stream().mapToInt(Integer::intValue).toArray(),
                firstSlot);
    }

    private static Admission of(List<Answer> answers, List<PromptTokens> prompts, int[] logitsRows, int firstSlot) {
        PackedBatch batch = PackedBatch.of(prompts.stream()
                .map(prompt -> TokenTree.ofText(prompt.prompt(), new boolean[prompt.prompt().length]))
                .toList());
        long[] starts = new long[prompts.size() + 1];
        for (int p = 0; p < prompts.size(); p++) {
            starts[p + 1] = starts[p] + prompts.get(p).prompt().length;
        }
        int stored = answers.stream().mapToInt(a -> a.prompt().prompt().length).sum();
        KeyValueCache.Targets targets = new KeyValueCache.Targets(new long[stored], new long[stored], new long[stored]);
        int next = 0;
        for (int a = 0; a < answers.size(); a++) {
            int length = answers.get(a).prompt().prompt().length;
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
