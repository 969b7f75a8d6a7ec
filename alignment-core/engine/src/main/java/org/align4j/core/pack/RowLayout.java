package org.align4j.core.pack;

import java.io.Serializable;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.align4j.core.pack.PackedBatch.Span;
import org.jspecify.annotations.Nullable;

/**
 * How prompts with answers become forward passes: each prompt once for all answers that a forward has of it, those of other
 * items too, or a sequence per answer; several items per forward, or one.
 *
 * @param prefixSharing whether a prompt is computed once
 * @param packing whether items share a forward
 * @param scorePrompts whether prompts' tokens are scored too
 * @param boundary a prompt is not shared by sequences of at most so many tokens and longer ones; 0: none
 */
public record RowLayout(boolean prefixSharing, boolean packing, boolean scorePrompts, int boundary) {

    /** Prompts computed once, items packed, answers scored alone. */
    public static final RowLayout SHARED = new RowLayout(true, true, false, 0);

    /** Returns this layout for a model with a {@link org.align4j.core.model.Decoder#lengthBoundary length boundary}. */
    public RowLayout within(int other) {
        return new RowLayout(prefixSharing, packing, scorePrompts, other);
    }

    /**
     * A prompt and its answers: a pair has two, a ranked list or a group of samples more.
     *
     * @param scored {@code [answers]} which tokens of each answer are scored; null: all of all
     */
    @SuppressWarnings("ArrayRecordComponent") // a parameter object, never compared
    public record Item(int[] prompt, int[][] answers, boolean @Nullable [][] scored) implements Serializable {
        /** Makes an item whose answers are scored at every token. */
        public Item(int[] prompt, int[]... answers) {
            this(prompt, answers, null);
        }

        private TokenTree.Branch branch(int answer) {
            return new TokenTree.Branch(answers[answer], scored == null ? null : scored[answer]);
        }

        /** Counts the tokens of a forward of this item alone. */
        public int tokens(boolean shared) {
            return (shared ? prompt.length : prompt.length * answers.length) + answerTokens();
        }

        int answerTokens() {
            return Arrays.stream(answers).mapToInt(answer -> answer.length).sum();
        }
    }

    /**
     * Holds the items that are packed into one forward.
     *
     * @param answers {@code [items][answers]} where their scores lie
     * @param prompts {@code [items]} where the prompts' scores lie, empty where not scored; items of one prompt share them
     */
    public record Packed(PackedBatch batch, List<List<Span>> answers, List<Span> prompts) {}

    /**
     * Groups of items, each one forward.
     *
     * @param microBatchTokens tokens in one forward
     * @return indices of items, each group ascending
     */
    public List<int[]> groups(List<Item> items, int microBatchTokens) {
        if (!packing) {
            return MicroBatches.plan(
                    items.stream().mapToInt(item -> item.tokens(prefixSharing)).toArray(), 1);
        }
        List<List<Integer>> kept = prefixSharing ? ofOnePrompt(items, microBatchTokens) : each(items);
        int[] sizes = kept.stream().mapToInt(part -> tokens(items, part)).toArray();
        return MicroBatches.plan(sizes, microBatchTokens).stream()
                .map(group -> Arrays.stream(group)
                        .boxed()
                        .flatMap(part -> kept.get(part).stream())
                        .sorted()
                        .mapToInt(Integer::intValue)
                        .toArray())
                .toList();
    }

    private static List<List<Integer>> each(List<Item> items) {
        List<List<Integer>> each = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            each.add(List.of(i));
        }
        return each;
    }

    /** Items of one prompt together, as far as they fit one forward. */
    private static List<List<Integer>> ofOnePrompt(List<Item> items, int microBatchTokens) {
        List<List<Integer>> parts = new ArrayList<>();
        for (List<Integer> equal : byPrompt(items).values()) {
            List<Integer> part = new ArrayList<>();
            int tokens = 0;
            for (int index : equal) {
                int more = items.get(index).answerTokens();
                if (!part.isEmpty() && tokens + more > microBatchTokens) {
                    parts.add(part);
                    part = new ArrayList<>();
                }
                tokens = (part.isEmpty() ? items.get(index).prompt().length : tokens) + more;
                part.add(index);
            }
            parts.add(part);
        }
        return parts;
    }

    /** An empty prompt has nothing to share: such an item is by itself. */
    private static Map<Object, List<Integer>> byPrompt(List<Item> items) {
        Map<Object, List<Integer>> equal = new LinkedHashMap<>();
        for (int i = 0; i < items.size(); i++) {
            int[] prompt = items.get(i).prompt();
            equal.computeIfAbsent(prompt.length == 0 ? i : IntBuffer.wrap(prompt), key -> new ArrayList<>())
                    .add(i);
        }
        return equal;
    }

    private int tokens(List<Item> items, List<Integer> part) {
        int answers = part.stream().mapToInt(i -> items.get(i).answerTokens()).sum();
        return prefixSharing
                ? items.get(part.get(0)).prompt().length + answers
                : part.stream().mapToInt(i -> items.get(i).tokens(false)).sum();
    }

    /** Lays items into one forward. */
    public Packed pack(List<Item> items) {
        Trees trees = new Trees(items);
        PackedBatch batch = PackedBatch.of(trees.trees, boundary);
        List<List<Span>> answers = new ArrayList<>();
        List<Span> prompts = new ArrayList<>();
        for (List<Place> own : trees.places) {
            prompts.add(batch.promptSpans().get(own.get(0).tree()));
            answers.add(own.stream()
                    .map(place -> batch.span(place.tree(), place.branch()))
                    .toList());
        }
        return new Packed(batch, answers, prompts);
    }

    /** The branch that an answer is. */
    private record Place(int tree, int branch) {}

    /** The trees of a forward, and which branches the items' answers are. */
    private final class Trees {
        final List<TokenTree> trees = new ArrayList<>();
        final List<List<Place>> places = new ArrayList<>();

        Trees(List<Item> items) {
            items.forEach(item -> places.add(new ArrayList<>()));
            if (prefixSharing) {
                byPrompt(items).values().forEach(equal -> addShared(items, equal));
            } else {
                for (int i = 0; i < items.size(); i++) {
                    addSeparate(items.get(i), places.get(i));
                }
            }
        }

        private void addShared(List<Item> items, List<Integer> equal) {
            List<TokenTree.Branch> branches = new ArrayList<>();
            for (int index : equal) {
                for (int answer = 0; answer < items.get(index).answers().length; answer++) {
                    places.get(index).add(new Place(trees.size(), branches.size()));
                    branches.add(items.get(index).branch(answer));
                }
            }
            int[] prompt = items.get(equal.get(0)).prompt();
            trees.add(scored(new TokenTree(prompt, branches, false)));
        }

        private void addSeparate(Item item, List<Place> own) {
            for (int answer = 0; answer < item.answers().length; answer++) {
                own.add(new Place(trees.size(), 0));
                trees.add(scored(new TokenTree(item.prompt(), List.of(item.branch(answer)), false)));
            }
        }

        private TokenTree scored(TokenTree tree) {
            return scorePrompts ? tree.withPromptScored() : tree;
        }
    }

    /**
     * Splits the items of a batch (pairs, texts) into forwards of at most so many tokens. There are as few as can be but an even
     * number, so that two threads have equal work, filled with the largest item first, then balanced. What takes up to half of
     * the tokens allowed is one forward. The result depends on the sizes alone.
     */
    public static final class MicroBatches {
        private MicroBatches() {}

        /**
         * Groups the items of a batch.
         *
         * @param sizes {@code [items]} tokens that each item of the batch takes
         * @param tokenBudget tokens in one forward; a larger item gets a forward of its own
         * @return indices of items, each group ascending, groups by their first index
         */
        public static List<int[]> plan(int[] sizes, int tokenBudget) {
            List<List<Integer>> groups = packed(sizes, tokenBudget);
            if (groups.size() > 1 || total(sizes) > tokenBudget / 2) {
                groups = balanced(sizes, tokenBudget, groups);
            }
            return groups.stream()
                    .map(group ->
                            group.stream().sorted().mapToInt(Integer::intValue).toArray())
                    .sorted(Comparator.comparingInt(group -> group[0]))
                    .toList();
        }

        private static long total(int[] sizes) {
            return Arrays.stream(sizes).asLongStream().sum();
        }

        /** Levels groups: as many, or one more to make them even, under the lowest budget that allows it. */
        private static List<List<Integer>> balanced(int[] sizes, int tokenBudget, List<List<Integer>> groups) {
            List<List<Integer>> best = groups;
            int count = groups.size() + groups.size() % 2;
            int largest = Arrays.stream(sizes).max().orElse(0);
            int low = (int) Math.max(largest, (total(sizes) + count - 1) / count);
            int high = tokenBudget;
            while (low < high) {
                int middle = (low + high) >>> 1;
                List<List<Integer>> tried = packed(sizes, middle);
                if (tried.size() <= count) {
                    best = tried;
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            return best;
        }

        /** Largest first, each into the fullest group that still has room. */
        private static List<List<Integer>> packed(int[] sizes, int tokenBudget) {
            List<Integer> order = IntStream.range(0, sizes.length)
                    .boxed()
                    .sorted(Comparator.comparingInt((Integer i) -> -sizes[i]).thenComparing(i -> i))
                    .toList();
            List<List<Integer>> groups = new ArrayList<>();
            List<Integer> filled = new ArrayList<>();
            for (int index : order) {
                int size = sizes[index];
                int best = -1;
                for (int g = 0; g < groups.size(); g++) {
                    if (filled.get(g) + size <= tokenBudget && (best < 0 || filled.get(g) > filled.get(best))) {
                        best = g;
                    }
                }
                if (best < 0) {
                    groups.add(new ArrayList<>(List.of(index)));
                    filled.add(size);
                } else {
                    groups.get(best).add(index);
                    filled.set(best, filled.get(best) + size);
                }
            }
            return groups;
        }
    }
}
