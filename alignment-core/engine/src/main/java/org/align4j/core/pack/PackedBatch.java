package org.align4j.core.pack;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Trees laid end to end: one forward pass of N tokens, none of them padding. Each block of rows sees its shared prefix and
 * itself, causally.
 *
 * @param tokens the tokens of a batch, where they stand and how much each sees
 * @param blocks B blocks in row order
 * @param rows {@code [R]} the row whose hidden state predicts each scored token
 * @param targets {@code [R]} the scored tokens' ids; {@code [R * K]} where each row has K of them, row after row
 * @param promptSpans where each tree's prompt scores lie; empty spans where prompts are not scored
 * @param spans where each branch's scores lie in {@code [0, R)}, tree by tree, branch by branch
 * @param depth the longest sequence, tokens
 */
public record PackedBatch(
        Tokens tokens,
        List<RowBlock> blocks,
        int[] rows,
        int[] targets,
        List<Span> promptSpans,
        List<List<Span>> spans,
        int depth)
        implements Serializable {
    /**
     * The tokens of a batch, where they stand and how much each sees.
     *
     * @param ids {@code [N]} token ids
     * @param positions {@code [N]} place of each token in its own sequence, from 0
     * @param lengths {@code [N]} tokens of that sequence; for a shared prompt, of the longest that it begins
     */
    public record Tokens(int[] ids, int[] positions, int[] lengths) implements Serializable {}

    /** Scores {@code [from, to)} of one branch. */
    public record Span(int from, int to) implements Serializable {
        public int length() {
            return to - from;
        }
    }

    /** Lays trees end to end in the given order. */
    public static PackedBatch of(List<TokenTree> trees) {
        return of(trees, 0);
    }

    /**
     * Packs trees for a model whose positions depend on a sequence's length: a prompt is shared by sequences of at most so
     * many tokens, or by longer ones, and laid again for the others.
     *
     * @param boundary {@link org.align4j.core.model.Decoder#lengthBoundary}; 0: none
     */
    public static PackedBatch of(List<TokenTree> trees, int boundary) {
        return new Layout(trees, boundary).build();
    }

    /**
     * Returns this batch with rows of no token at the end, up to a multiple of {@code grain} rows: a block of their own that
     * nothing sees and nothing scores. Matrix products then have few distinct shapes, for each of which the CPU's library
     * compiles and keeps kernels.
     */
    public PackedBatch aligned(int grain) {
        int rowsNow = tokens.ids().length;
        int rowsThen = (rowsNow + grain - 1) / grain * grain;
        if (rowsThen == rowsNow) {
            return this;
        }
        List<RowBlock> more = new ArrayList<>(blocks);
        more.add(RowBlock.alone(rowsNow, rowsThen));
        return new PackedBatch(
                new Tokens(
                        Arrays.copyOf(tokens.ids(), rowsThen),
                        Arrays.copyOf(tokens.positions(), rowsThen),
                        Arrays.copyOf(tokens.lengths(), rowsThen)),
                List.copyOf(more),
                rows,
                targets,
                promptSpans,
                spans,
                Math.max(depth, rowsThen - rowsNow));
    }

    /**
     * Holds shared prompts to sequences on one side of a length, where positions depend on it.
     *
     * @param boundary {@link org.align4j.core.model.Decoder#lengthBoundary}; 0: none
     * @throws IllegalArgumentException where a prompt is shared by sequences of at most so many tokens and of more
     */
    public void requireOneSide(int boundary) {
        for (RowBlock block : blocks) {
            int own = tokens.lengths()[block.begin()];
            int sharers = tokens.lengths()[block.prefixBegin()];
            if (boundary > 0 && (own > boundary) != (sharers > boundary)) {
                throw new IllegalArgumentException("A prompt is shared by sequences of " + own + " and " + sharers
                        + " tokens, but those of more than " + boundary
                        + " have other positions; lay the trees out with that boundary.");
            }
        }
    }

    /** Counts the tokens that are computed. */
    public int size() {
        return tokens.ids().length;
    }

    /** Counts the rows that are scored. */
    public int scored() {
        return rows.length;
    }

    /** Counts the targets of each scored row: K. */
    public int width() {
        return rows.length == 0 ? 1 : targets.length / rows.length;
    }

    /**
     * Counts the pairs of a position and one that attention compares it with: a block's rows times its prefix's and its own, of a
     * long block each tile's rows times the keys that one of them sees.
     */
    public long attentionCells() {
        long cells = 0;
        for (RowBlock block : blocks) {
            cells += AttentionTiles.serve(block.seen())
                    ? AttentionTiles.cells(block.prefix(), block.rows())
                    : (long) block.rows() * block.seen();
        }
        return cells;
    }

    /** {@code [branches]} the row of each branch's last token, tree by tree, branch by branch. */
    public int[] lastRows() {
        int[] last = new int[spans.stream().mapToInt(List::size).sum()];
        int branch = 0;
        for (int block = 0; branch < last.length; block++) {
            if (!isPrompt(block)) {
                last[branch++] = blocks.get(block).end() - 1;
            }
        }
        return last;
    }

    /** Whether the next block is a branch that sees this one. */
    private boolean isPrompt(int block) {
        return block + 1 < blocks.size() && blocks.get(block + 1).beginsWith(blocks.get(block));
    }

    /** Returns the scores of one branch of one tree. */
    public Span span(int tree, int branch) {
        return spans.get(tree).get(branch);
    }

    private static final class Layout {
        private final List<TokenTree> trees;
        private final int boundary;
        private final int[] ids;
        private final int[] positions;
        private final int[] lengths;
        private final List<RowBlock> blocks = new ArrayList<>();
        private final int[] rows;
        private final int[] targets;
        private final List<Span> promptSpans = new ArrayList<>();
        private final List<List<Span>> spans = new ArrayList<>();
        private int row;
        private int scored;

        Layout(List<TokenTree> trees, int boundary) {
            this.trees = trees;
            this.boundary = boundary;
            int tokens = trees.stream().mapToInt(tree -> tree.size(boundary)).sum();
            int scores = trees.stream().mapToInt(TokenTree::scoredTokens).sum();
            ids = new int[tokens];
            positions = new int[tokens];
            lengths = new int[tokens];
            rows = new int[scores];
            targets = new int[scores];
        }

        PackedBatch build() {
            trees.forEach(this::add);
            int depth = trees.stream().mapToInt(TokenTree::depth).max().orElse(0);
            return new PackedBatch(
                    new Tokens(ids, positions, lengths),
                    List.copyOf(blocks),
                    rows,
                    targets,
                    List.copyOf(promptSpans),
                    List.copyOf(spans),
                    depth);
        }

        private void add(TokenTree tree) {
            int start = row;
            int from = scored;
            prompt(tree, 0, tree.scorePrompt());
            promptSpans.add(new Span(from, scored));
            List<Span> branchSpans = new ArrayList<>();
            for (int b = 0; b < tree.branches().size(); b++) {
                if (b > 0 && tree.crosses(b, boundary)) {
                    start = row;
                    prompt(tree, b, false);
                }
                int first = row;
                int end = start + tree.prompt().length;
                branchSpans.add(branch(tree.branches().get(b), start, tree.prompt().length));
                blocks.add(end == start ? RowBlock.alone(first, row) : new RowBlock(first, row, start, end));
            }
            spans.add(List.copyOf(branchSpans));
        }

        /** The prompt is a block of its own, so that an answer's bits don't depend on how many others share it. */
        private void prompt(TokenTree tree, int branch, boolean isScored) {
            int start = row;
            int length = tree.lengthFrom(branch, boundary);
            for (int i = 0; i < tree.prompt().length; i++) {
                if (isScored && i > 0) {
                    score(row - 1, tree.prompt()[i]);
                }
                place(tree.prompt()[i], i, length);
            }
            if (row > start) {
                blocks.add(RowBlock.alone(start, row));
            }
        }

        private Span branch(TokenTree.Branch branch, int start, int prompt) {
            int from = scored;
            for (int i = 0; i < branch.tokens().length; i++) {
                int before = i == 0 ? start + prompt - 1 : row - 1;
                if (branch.isScored(i) && (i > 0 || prompt > 0)) {
                    score(before, branch.tokens()[i]);
                }
                place(branch.tokens()[i], prompt + i, prompt + branch.tokens().length);
            }
            return new Span(from, scored);
        }

        private void score(int before, int target) {
            rows[scored] = before;
            targets[scored++] = target;
        }

        private void place(int id, int position, int length) {
            ids[row] = id;
            lengths[row] = length;
            positions[row++] = position;
        }
    }

    /**
     * Rows of a pack that see a shared prefix and, causally, themselves: a prompt, or one of the sequences that begin with it.
     *
     * @param begin the first row
     * @param end the row after the last
     * @param prefixBegin the first row of the prefix; {@code begin} where there is none
     * @param prefixEnd the row after the prefix's last; {@code prefixBegin} where there is none
     */
    public record RowBlock(int begin, int end, int prefixBegin, int prefixEnd) implements Serializable {
        /** Numbers that a kernel reads for each block. */
        public static final int NUMBERS = 4;

        /** Rows that see themselves only. */
        static RowBlock alone(int begin, int end) {
            return new RowBlock(begin, end, begin, begin);
        }

        /** {@code [B * 4]} the four numbers of each block, one block after the other: what kernels read. */
        public static long[] numbers(List<RowBlock> blocks) {
            long[] numbers = new long[NUMBERS * blocks.size()];
            int at = 0;
            for (RowBlock block : blocks) {
                numbers[at++] = block.begin;
                numbers[at++] = block.end;
                numbers[at++] = block.prefixBegin;
                numbers[at++] = block.prefixEnd;
            }
            return numbers;
        }

        /** Counts the rows of this block. */
        public int rows() {
            return end - begin;
        }

        /** Counts the rows of this block's shared prefix. */
        public int prefix() {
            return prefixEnd - prefixBegin;
        }

        /** Counts the rows that this block's last row attends to. */
        public int seen() {
            return prefix() + rows();
        }

        /** Whether {@code other} is this block's whole prefix. */
        boolean beginsWith(RowBlock other) {
            return prefix() > 0 && prefixBegin == other.begin && prefixEnd == other.end;
        }
    }
}
