package org.align4j.core.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.model.BaseModel;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.policy.Pass.TokenScores;
import org.align4j.core.policy.TinyPolicies.Row;
import org.align4j.core.reference.TinyFamilies;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How rows are laid out changes neither their log-probabilities nor the gradient. */
class LayoutLawsTest {
    /** Ways to lay out rows: one forward or several, prompts shared by their answers or not. */
    private enum Layout {
        PACKED_SHARED,
        PACKED_SEPARATE,
        ALONE_SHARED,
        ALONE_SEPARATE
    }

    /** One answer: its row, its place among the row's answers. */
    private record Answer(int row, int answer) {}

    /** A tree of a layout with the answers that its branches are. */
    private record Tree(TokenTree tree, List<Answer> answers) {}

    /** Log-probabilities {@code [rows][answers][tokens]} and the gradient. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Outcome(double[][][] logProbs, double[] gradient) {}

    private static List<List<Tree>> forwards(List<Row> rows, Layout layout) {
        boolean shared = layout == Layout.PACKED_SHARED || layout == Layout.ALONE_SHARED;
        List<Tree> trees = new ArrayList<>();
        for (int row = 0; row < rows.size(); row++) {
            Row own = rows.get(row);
            if (shared) {
                trees.add(new Tree(own.tree(), List.of(new Answer(row, 0), new Answer(row, 1))));
            } else {
                for (int answer = 0; answer < 2; answer++) {
                    TokenTree tree = TokenTree.of(own.prompt(), own.answers()[answer]);
                    trees.add(new Tree(tree, List.of(new Answer(row, answer))));
                }
            }
        }
        boolean packed = layout == Layout.PACKED_SHARED || layout == Layout.PACKED_SEPARATE;
        return packed ? List.of(trees) : trees.stream().map(List::of).toList();
    }

    private static Outcome run(Policy policy, List<Row> rows, Layout layout) {
        double[][][] logProbs = new double[rows.size()][2][];
        policy.trainables().zeroGradients();
        for (List<Tree> forward : forwards(rows, layout)) {
            PackedBatch batch = PackedBatch.of(
                    forward.stream().map(Tree::tree).toList(), policy.decoder().lengthBoundary());
            float[] coefficients = new float[batch.scored()];
            try (Pass pass = policy.pass(batch, null)) {
                for (int tree = 0; tree < forward.size(); tree++) {
                    for (int branch = 0; branch < forward.get(tree).answers().size(); branch++) {
                        Answer answer = forward.get(tree).answers().get(branch);
                        PackedBatch.Span span = batch.span(tree, branch);
                        logProbs[answer.row()][answer.answer()] = pass.scores().logProbs(span);
                        for (int t = 0; t < span.length(); t++) {
                            coefficients[span.from() + t] =
                                    (float) Math.sin(1 + answer.row() + 2 * answer.answer() + 0.3 * t);
                        }
                    }
                }
                pass.backward(coefficients);
            }
        }
        return new Outcome(logProbs, TinyPolicies.gradients(policy));
    }

    /** Llama with every weight trained, all families with an adapter. */
    static Stream<Arguments> trained() {
        return Stream.concat(
                Stream.of(Arguments.of("llama", true)),
                TinyFamilies.names().map(family -> Arguments.of(family, false)));
    }

    @ParameterizedTest
    @MethodSource("trained")
    void everyLayoutGivesTheSameLogProbabilitiesAndGradient(String family, boolean full) {
        try (BaseModel base = TinyPolicies.base(family, Dtype.F32);
                Policy policy = full
                        ? Policy.full(base, false)
                        : Policy.adapted(base, TinyPolicies.adapter(base, 0), false, false)) {
            Outcome alone = run(policy, TinyPolicies.rows(), Layout.ALONE_SEPARATE);
            for (Layout layout : Layout.values()) {
                Outcome other = run(policy, TinyPolicies.rows(), layout);
                assertClose(other.logProbs(), alone.logProbs(), 1e-5);
                assertThat(TinyPolicies.cosine(other.gradient(), alone.gradient()))
                        .as("%s", layout)
                        .isGreaterThanOrEqualTo(0.999999);
                assertThat(TinyPolicies.norm(other.gradient()) / TinyPolicies.norm(alone.gradient()))
                        .as("%s", layout)
                        .isCloseTo(1, within(1e-4));
            }
        }
    }

    /** Half precision rounds each layout its own way; eight bits of mantissa bound by how much. */
    @ParameterizedTest
    @EnumSource(Layout.class)
    void inHalfPrecisionLayoutsDifferByItsRoundingOnly(Layout layout) {
        try (BaseModel base = TinyPolicies.base(Dtype.BF16);
                Policy policy = Policy.adapted(base, TinyPolicies.adapter(base, 0), false, false)) {
            Outcome alone = run(policy, TinyPolicies.rows(), Layout.ALONE_SEPARATE);
            Outcome other = run(policy, TinyPolicies.rows(), layout);
            assertClose(other.logProbs(), alone.logProbs(), 0.02);
            assertThat(TinyPolicies.cosine(other.gradient(), alone.gradient())).isGreaterThan(0.9995);
        }
    }

    /** Blocks that attend by tiles, with short ones beside them; models with a table of positions end before. */
    static Stream<Arguments> trainedOnLongRows() {
        return trained().filter(arguments -> !String.valueOf(arguments.get()[0]).startsWith("gpt2"));
    }

    private static List<Row> longRows() {
        Random random = new Random(12);
        return List.of(TinyPolicies.row(random, 300, 250, 40), TinyPolicies.row(random, 20, 600, 3));
    }

    @Tag("long")
    @ParameterizedTest
    @MethodSource("trainedOnLongRows")
    void longRowsGiveTheSameHoweverTheyAreLaidOutOrKept(String family, boolean full) {
        try (BaseModel base = TinyPolicies.base(family, Dtype.F32);
                Policy kept = longPolicy(base, full, false);
                Policy recomputed = longPolicy(base, full, true)) {
            Outcome alone = run(kept, longRows(), Layout.ALONE_SEPARATE);
            Outcome packed = run(kept, longRows(), Layout.PACKED_SHARED);
            assertClose(packed.logProbs(), alone.logProbs(), 1e-5);
            assertThat(TinyPolicies.cosine(packed.gradient(), alone.gradient())).isGreaterThanOrEqualTo(0.999999);
            assertThat(TinyPolicies.norm(packed.gradient()) / TinyPolicies.norm(alone.gradient()))
                    .isCloseTo(1, within(1e-4));
            Outcome again = run(recomputed, longRows(), Layout.PACKED_SHARED);
            assertThat(again.logProbs()).isDeepEqualTo(packed.logProbs());
            assertThat(again.gradient()).isEqualTo(packed.gradient());
        }
    }

    private static Policy longPolicy(BaseModel base, boolean full, boolean recompute) {
        return full
                ? Policy.full(base, recompute)
                : Policy.adapted(base, TinyPolicies.adapter(base, 0), false, recompute);
    }

    /** The backward that is written for a layer and autograd around its attention are two programs. */
    @ParameterizedTest
    @ValueSource(strings = {"llama", "mistral-sliding-window", "qwen3"})
    void theGradientOfLongRowsIsAutogradsToo(String family) {
        try (BaseModel base = TinyPolicies.base(family, Dtype.F32);
                Policy written = longPolicy(base, false, false);
                Policy graph = longPolicy(base, false, false)) {
            graph.plan().useAutograd();
            Outcome own = run(written, longRows(), Layout.PACKED_SHARED);
            Outcome other = run(graph, longRows(), Layout.PACKED_SHARED);
            assertThat(other.logProbs()).isDeepEqualTo(own.logProbs());
            assertThat(TinyPolicies.cosine(other.gradient(), own.gradient())).isGreaterThanOrEqualTo(0.9999999);
            assertThat(TinyPolicies.norm(other.gradient()) / TinyPolicies.norm(own.gradient()))
                    .isCloseTo(1, within(1e-6));
        }
    }

    private static void assertClose(double[][][] actual, double[][][] expected, double tolerance) {
        for (int row = 0; row < expected.length; row++) {
            for (int answer = 0; answer < 2; answer++) {
                assertThat(actual[row][answer]).hasSameSizeAs(expected[row][answer]);
                for (int t = 0; t < expected[row][answer].length; t++) {
                    assertThat(actual[row][answer][t])
                            .as("row %d answer %d token %d", row, answer, t)
                            .isCloseTo(expected[row][answer][t], within(tolerance));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Dtype.class,
            names = {"F32", "BF16"})
    void anotherRowOfEqualLengthsLeavesTheOthersAsTheyAre(Dtype dtype) {
        List<Row> rows = TinyPolicies.rows();
        List<Row> replaced = new ArrayList<>(rows);
        Row old = rows.get(1);
        replaced.set(
                1,
                TinyPolicies.row(
                        new Random(99), old.prompt().length, old.answers()[0].length, old.answers()[1].length));
        try (BaseModel base = TinyPolicies.base(dtype);
                Policy policy = Policy.fixed(base, TinyPolicies.adapter(base, 0))) {
            PackedBatch before = TinyPolicies.batch(rows);
            PackedBatch after = TinyPolicies.batch(replaced);
            TokenScores scoresBefore = policy.score(before);
            TokenScores scoresAfter = policy.score(after);
            for (int row = 0; row < rows.size(); row++) {
                for (int answer = 0; answer < 2; answer++) {
                    double[] own = scoresAfter.logProbs(after.span(row, answer));
                    double[] former = scoresBefore.logProbs(before.span(row, answer));
                    assertThat(Arrays.equals(own, former)).isEqualTo(row != 1);
                }
            }
        }
    }
}
