package org.align4j.core.pack;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A prompt and the responses that continue it; the prompt's tokens are computed once.
 *
 * @param prompt token ids, may be empty
 * @param branches at least one
 * @param scorePrompt whether the prompt's tokens get a log-probability too, from its second on
 */
public record TokenTree(int[] prompt, List<Branch> branches, boolean scorePrompt) {

    /**
     * A continuation of a tree's prompt.
     *
     * @param tokens token ids, at least one
     * @param scored which tokens get a log-probability; null: all. A token without any token before it has none.
     */
    public record Branch(int[] tokens, boolean @Nullable [] scored) {
        public Branch {
            if (tokens.length == 0) {
                throw new IllegalArgumentException("A branch has no tokens; it must have at least one.");
            }
            if (scored != null && scored.length != tokens.length) {
                throw new IllegalArgumentException("A branch of " + tokens.length + " tokens has " + scored.length
                        + " scored flags; it must have as many.");
            }
        }

        /** A continuation whose every token is scored. */
        public static Branch of(int... tokens) {
            return new Branch(tokens, null);
        }

        boolean isScored(int index) {
            return scored == null || scored[index];
        }
    }

    public TokenTree {
        branches = List.copyOf(branches);
        if (branches.isEmpty()) {
            throw new IllegalArgumentException("A token tree has no branch; it must have at least one.");
        }
    }

    /** A prompt and responses scored at every token. */
    public static TokenTree of(int[] prompt, int[]... responses) {
        return new TokenTree(prompt, Arrays.stream(responses).map(Branch::of).toList(), false);
    }

    /** A text without a prompt, scored where {@code scored} says so. */
    public static TokenTree ofText(int[] tokens, boolean[] scored) {
        return new TokenTree(new int[0], List.of(new Branch(tokens, scored)), false);
    }

    /** Returns this tree with the prompt scored too. */
    public TokenTree withPromptScored() {
        return new TokenTree(prompt, branches, true);
    }

    /** Tokens computed for this tree: the prompt once, each branch once. */
    public int size() {
        return prompt.length
                + branches.stream().mapToInt(b -> b.tokens().length).sum();
    }

    /** The longest prompt + branch, in tokens. */
    public int depth() {
        return prompt.length
                + branches.stream().mapToInt(b -> b.tokens().length).max().orElse(0);
    }

    private int length(int branch) {
        return prompt.length + branches.get(branch).tokens().length;
    }

    /** Whether one of two branches that follow each other has more tokens than {@code boundary}, prompt included; 0: never. */
    boolean crosses(int branch, int boundary) {
        return boundary > 0 && (length(branch) > boundary) != (length(branch - 1) > boundary);
    }

    /** The longest sequence from a branch on, up to the next that {@link #crosses}. */
    int lengthFrom(int branch, int boundary) {
        int longest = length(branch);
        for (int b = branch + 1; b < branches.size() && !crosses(b, boundary); b++) {
            longest = Math.max(longest, length(b));
        }
        return longest;
    }

    /** Tokens computed where the prompt is laid again for each branch that {@link #crosses}. */
    int size(int boundary) {
        long prompts = IntStream.range(1, branches.size())
                .filter(branch -> crosses(branch, boundary))
                .count();
        return Math.toIntExact(size() + prompts * prompt.length);
    }

    int scoredPromptTokens() {
        return scorePrompt ? Math.max(0, prompt.length - 1) : 0;
    }

    /** Log-probabilities that the tree gives. */
    public int scoredTokens() {
        int count = scoredPromptTokens();
        for (Branch branch : branches) {
            for (int i = 0; i < branch.tokens().length; i++) {
                if (branch.isScored(i) && (i > 0 || prompt.length > 0)) {
                    count++;
                }
            }
        }
        return count;
    }
}
