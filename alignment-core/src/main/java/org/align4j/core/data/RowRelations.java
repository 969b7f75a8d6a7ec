package org.align4j.core.data;

import static org.align4j.core.error.RootFormat.format;

import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Relations between rows: held-out rows that are trained on too, and rows that contradict one another. Rows are
 * compared as token ids, so that nothing depends on the format they were read in.
 *
 * @param training how many rows are trained on
 * @param prompts {@code [E]} for each held-out row the number of its prompt: equal where prompts are equal
 * @param trained places, among the held-out rows, of those that are trained on too: the same prompt with one of the same answers
 * @param samePrompt held-out rows whose prompt is trained on, those of {@code trained} included
 * @param contradictoryTraining training rows that another training row contradicts
 * @param contradictoryHeldOut held-out rows that another held-out row, or a training row, contradicts
 */
@SuppressWarnings("ArrayRecordComponent") // a result on its way, never compared
public record RowRelations(
        int training,
        int[] prompts,
        int[] trained,
        int samePrompt,
        int contradictoryTraining,
        int contradictoryHeldOut) {
    public RowRelations {
        Objects.requireNonNull(prompts, "prompts");
        Objects.requireNonNull(trained, "trained");
    }

    /** From this share of the rows on, contradictions are more than the odd slip and worth a warning. */
    public static final double MANY = 0.01;

    /** An answer to a prompt; a text without a prompt is an answer to nothing. */
    private record Answered(IntBuffer prompt, IntBuffer answer) {}

    /** Two answers to a prompt, whichever is the better. */
    private record Compared(IntBuffer prompt, IntBuffer first, IntBuffer second) {}

    /** Rows that have nothing to do with each other. */
    public static RowRelations none(int training, int heldOut) {
        return new RowRelations(training, IntStream.range(0, heldOut).toArray(), new int[0], 0, 0, 0);
    }

    /** Looks for relations among the rows of a run. */
    public static RowRelations of(List<? extends TokenRow> training, List<? extends TokenRow> heldOut) {
        Set<Answered> answers =
                heldOut.stream().flatMap(row -> answers(row).stream()).collect(Collectors.toCollection(HashSet::new));
        Set<IntBuffer> prompts = heldOut.stream()
                .filter(row -> row.prompt().length > 1)
                .map(row -> IntBuffer.wrap(row.prompt()))
                .collect(Collectors.toCollection(HashSet::new));
        Set<Answered> trainedAnswers = new HashSet<>();
        Set<IntBuffer> trainedPrompts = new HashSet<>();
        for (TokenRow row : training) {
            answers(row).stream().filter(answers::contains).forEach(trainedAnswers::add);
            Optional.of(IntBuffer.wrap(row.prompt())).filter(prompts::contains).ifPresent(trainedPrompts::add);
        }
        int[] trained = IntStream.range(0, heldOut.size())
                .filter(i -> answers(heldOut.get(i)).stream().anyMatch(trainedAnswers::contains))
                .toArray();
        long same = heldOut.stream()
                .filter(row -> trainedPrompts.contains(IntBuffer.wrap(row.prompt())))
                .count();
        Contradicted contradicted = Contradicted.of(training, heldOut);
        return new RowRelations(
                training.size(),
                numbered(heldOut),
                trained,
                (int) Math.max(same, trained.length),
                contradicted.training(),
                contradicted.heldOut());
    }

    /** Counts the rows that are contradicted: training rows by each other, held-out rows by any. */
    private record Contradicted(int training, int heldOut) {
        static Contradicted of(List<? extends TokenRow> training, List<? extends TokenRow> heldOut) {
            Set<Integer> repeated = repeatedPrompts(training, heldOut);
            List<? extends TokenRow> some = ofPrompts(training, repeated);
            List<? extends TokenRow> others = ofPrompts(heldOut, repeated);
            Map<Object, Set<Object>> said = new HashMap<>();
            some.forEach(row -> judgements(row).forEach((of, what) -> add(said, of, what)));
            int inTraining = contradicted(some, said);
            others.forEach(row -> judgements(row).forEach((of, what) -> add(said, of, what)));
            return new Contradicted(inTraining, contradicted(others, said));
        }
    }

    /** Hashes of prompts that occur more than once: only rows of such a prompt can contradict each other, and they are few. */
    private static Set<Integer> repeatedPrompts(List<? extends TokenRow> training, List<? extends TokenRow> heldOut) {
        int[] hashes = Stream.concat(training.stream(), heldOut.stream())
                .mapToInt(row -> Arrays.hashCode(row.prompt()))
                .sorted()
                .toArray();
        return IntStream.range(1, hashes.length)
                .filter(i -> hashes[i] == hashes[i - 1])
                .mapToObj(i -> hashes[i])
                .collect(Collectors.toSet());
    }

    private static List<? extends TokenRow> ofPrompts(List<? extends TokenRow> rows, Set<Integer> hashes) {
        return rows.stream()
                .filter(row -> hashes.contains(Arrays.hashCode(row.prompt())))
                .toList();
    }

    private static void add(Map<Object, Set<Object>> said, Object of, Object what) {
        said.computeIfAbsent(of, key -> new HashSet<>(2)).add(what);
    }

    /** Rows of one prompt have one number; a text without a prompt, or with a lone first token, is like no other. */
    private static int[] numbered(List<? extends TokenRow> rows) {
        Map<Object, Integer> numbers = new HashMap<>();
        int[] numbered = new int[rows.size()];
        for (int i = 0; i < numbered.length; i++) {
            int[] prompt = rows.get(i).prompt();
            Object key = prompt.length > 1 ? IntBuffer.wrap(prompt) : (Object) i;
            numbered[i] = numbers.computeIfAbsent(key, any -> numbers.size());
        }
        return numbered;
    }

    private static List<Answered> answers(TokenRow row) {
        IntBuffer prompt = IntBuffer.wrap(row.prompt());
        if (row instanceof PairTokens pair) {
            return List.of(
                    new Answered(prompt, IntBuffer.wrap(pair.chosen())),
                    new Answered(prompt, IntBuffer.wrap(pair.rejected())));
        }
        if (row instanceof CompletionTokens single) {
            return List.of(new Answered(prompt, IntBuffer.wrap(single.completion())));
        }
        if (row instanceof StepTokens steps) {
            return List.of(new Answered(prompt, IntBuffer.wrap(steps.completion())));
        }
        if (row instanceof TextTokens text) {
            return List.of(new Answered(IntBuffer.allocate(0), IntBuffer.wrap(text.ids())));
        }
        return List.of(new Answered(prompt, IntBuffer.allocate(0)));
    }

    /** The answers of a row and its word on them; it contradicts a row with another word on the same answers. */
    private static Map<Object, Object> judgements(TokenRow row) {
        if (row instanceof PairTokens pair && !pair.tie() && !Arrays.equals(pair.chosen(), pair.rejected())) {
            IntBuffer chosen = IntBuffer.wrap(pair.chosen());
            IntBuffer rejected = IntBuffer.wrap(pair.rejected());
            IntBuffer prompt = IntBuffer.wrap(pair.prompt());
            return chosen.compareTo(rejected) < 0
                    ? Map.of(new Compared(prompt, chosen, rejected), true)
                    : Map.of(new Compared(prompt, rejected, chosen), false);
        }
        if (row instanceof CompletionTokens single && single.label() != null) {
            return Map.of(answers(row).get(0), single.desirable());
        }
        if (row instanceof StepTokens steps && steps.labels() != null) {
            return Map.of(answers(row).get(0), Arrays.toString(steps.labels()));
        }
        return Map.of();
    }

    private static int contradicted(List<? extends TokenRow> rows, Map<Object, Set<Object>> said) {
        return (int) rows.stream()
                .filter(row -> judgements(row).keySet().stream()
                        .anyMatch(of -> said.getOrDefault(of, Set.of()).size() > 1))
                .count();
    }

    /** Counts the rows that are held out. */
    public int heldOut() {
        return prompts.length;
    }

    /** The places of held-out rows that are not trained on. */
    public int[] unseen() {
        Set<Integer> seen = new HashSet<>(Arrays.stream(trained).boxed().toList());
        return IntStream.range(0, heldOut()).filter(i -> !seen.contains(i)).toArray();
    }

    /** Whether so many training rows contradict each other that a warning is due. */
    public boolean manyContradictions() {
        return contradictoryTraining > 0 && contradictoryTraining >= MANY * training;
    }

    /** Describes each kind of overlap and contradiction that was found in a sentence. */
    public List<String> sentences() {
        List<String> found = new ArrayList<>(overlaps());
        if (contradictoryTraining > 0) {
            found.add(contradictions());
        }
        if (contradictoryHeldOut > 0) {
            found.add(format(
                    "%,d of %,d held-out rows are contradicted by other rows.", contradictoryHeldOut, heldOut()));
        }
        return List.copyOf(found);
    }

    /** Says how many training rows contradict each other. */
    public String contradictions() {
        return format(
                "%,d of %,d training rows (%.1f %%) contradict each other: the same answers to a prompt, judged the other way"
                        + " round.",
                contradictoryTraining, training, 100.0 * contradictoryTraining / training);
    }

    /** Returns sentences that say how many held-out rows are trained on, whole or their prompt. */
    public List<String> overlaps() {
        List<String> found = new ArrayList<>();
        if (trained.length > 0) {
            found.add(format(
                    "%,d of %,d held-out rows are trained on too (the same prompt with a same answer).",
                    trained.length, heldOut()));
        }
        if (samePrompt > trained.length) {
            found.add(format(
                    "The %s of %,d of %,d held-out rows %s trained on with other answers.",
                    samePrompt - trained.length == 1 ? "prompt" : "prompts",
                    samePrompt - trained.length,
                    heldOut(),
                    samePrompt - trained.length == 1 ? "is" : "are"));
        }
        return List.copyOf(found);
    }
}
