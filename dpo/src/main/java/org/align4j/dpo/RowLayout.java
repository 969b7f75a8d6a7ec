package org.align4j.dpo;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.pack.MicroBatches;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.PackedBatch.Span;
import org.align4j.core.pack.TokenTree;

/**
 * How rows of a prompt with one or two answers become forward passes: each prompt once for its answers, or a sequence an
 * answer; several rows a forward, or one.
 *
 * @param prefixSharing whether a prompt is computed once
 * @param packing whether rows share a forward
 * @param scorePrompts whether prompts' tokens are scored too
 * @param microBatchTokens tokens in one forward
 */
record RowLayout(boolean prefixSharing, boolean packing, boolean scorePrompts, int microBatchTokens) {

    /** A prompt and its answers. */
    record Item(int[] prompt, int[]... answers) {
        int tokens(boolean shared) {
            int tokens = shared ? prompt.length : prompt.length * answers.length;
            for (int[] answer : answers) {
                tokens += answer.length;
            }
            return tokens;
        }
    }

    /**
     * Some items in one forward.
     *
     * @param answers {@code [items][answers]} where their scores lie
     * @param prompts {@code [items]} where the prompts' scores lie, empty where not scored
     */
    record Packed(PackedBatch batch, List<List<Span>> answers, List<Span> prompts) {}

    /** Groups of items, each one forward. */
    List<int[]> groups(List<Item> items) {
        int[] sizes =
                items.stream().mapToInt(item -> item.tokens(prefixSharing)).toArray();
        return MicroBatches.plan(sizes, packing ? microBatchTokens : 1);
    }

    /** Lays items into one forward. */
    Packed pack(List<Item> items) {
        List<TokenTree> trees = new ArrayList<>();
        for (Item item : items) {
            if (prefixSharing) {
                trees.add(scored(TokenTree.of(item.prompt(), item.answers())));
            } else {
                for (int[] answer : item.answers()) {
                    trees.add(scored(TokenTree.of(item.prompt(), answer)));
                }
            }
        }
        PackedBatch batch = PackedBatch.of(trees);
        List<List<Span>> answers = new ArrayList<>();
        List<Span> prompts = new ArrayList<>();
        int tree = 0;
        for (Item item : items) {
            prompts.add(batch.promptSpans().get(tree));
            List<Span> own = new ArrayList<>();
            for (int a = 0; a < item.answers().length; a++) {
                own.add(prefixSharing ? batch.span(tree, a) : batch.span(tree + a, 0));
            }
            answers.add(own);
            tree += prefixSharing ? 1 : item.answers().length;
        }
        return new Packed(batch, answers, prompts);
    }

    private TokenTree scored(TokenTree tree) {
        return scorePrompts ? tree.withPromptScored() : tree;
    }
}
