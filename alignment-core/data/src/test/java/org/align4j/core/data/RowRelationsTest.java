package org.align4j.core.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RowRelationsTest {
    private static final int[] A = {1, 2, 3};
    private static final int[] B = {1, 2, 4};
    private static final int[] X = {7, 8};
    private static final int[] Y = {9};
    private static final int[] Z = {9, 9};

    private static PairTokens pair(int row, int[] prompt, int[] chosen, int[] rejected) {
        return new PairTokens(row, prompt.clone(), chosen.clone(), rejected.clone(), null);
    }

    private static CompletionTokens answer(int row, int[] prompt, int[] completion, boolean label) {
        return new CompletionTokens(row, prompt.clone(), completion.clone(), label);
    }

    private static TextTokens text(int row, int... ids) {
        boolean[] trained = new boolean[ids.length];
        trained[ids.length - 1] = true;
        return new TextTokens(row, ids, trained);
    }

    /** Of four held-out pairs one is trained on, one is so the other way round, one shares its prompt, one nothing. */
    @Test
    void heldOutPairsThatAreTrainedOn() {
        List<PairTokens> training = List.of(pair(0, A, X, Y), pair(1, B, X, Y));
        List<PairTokens> heldOut = List.of(
                pair(0, A, X, Y), pair(1, B, Y, X), pair(2, A, Z, new int[] {5}), pair(3, new int[] {4, 4}, X, Y));
        RowRelations found = RowRelations.of(training, heldOut);
        assertThat(found.trained()).containsExactly(0, 1);
        assertThat(found.unseen()).containsExactly(2, 3);
        assertThat(found.samePrompt()).isEqualTo(3);
        assertThat(found.prompts()).containsExactly(0, 1, 0, 2);
        assertThat(found.contradictoryTraining()).isZero();
        assertThat(found.contradictoryHeldOut()).isEqualTo(1);
        assertThat(found.sentences())
                .containsExactly(
                        "2 of 4 held-out rows are trained on too (the same prompt with a same answer).",
                        "The prompt of 1 of 4 held-out rows is trained on with other answers.",
                        "1 of 4 held-out rows are contradicted by other rows.");
    }

    /** A swapped copy contradicts; an equal copy, another prompt and a tie don't. */
    @Test
    void pairsThatContradict() {
        List<PairTokens> training = List.of(
                pair(0, A, X, Y),
                pair(1, A, Y, X),
                pair(2, A, X, Y),
                pair(3, B, Y, X),
                pair(4, B, Y, Z),
                pair(5, B, Z, Y).asTie());
        RowRelations found = RowRelations.of(training, List.of());
        assertThat(found.contradictoryTraining()).isEqualTo(3);
        assertThat(found.manyContradictions()).isTrue();
        assertThat(found.sentences().get(0)).startsWith("3 of 6 training rows (50.0 %) contradict each other");
    }

    @Test
    void answersThatContradict() {
        List<CompletionTokens> training =
                List.of(answer(0, A, X, true), answer(1, A, X, false), answer(2, A, Y, true), answer(3, B, X, false));
        RowRelations found = RowRelations.of(training, List.of(answer(0, A, Y, false), answer(1, B, Z, true)));
        assertThat(found.contradictoryTraining()).isEqualTo(2);
        assertThat(found.contradictoryHeldOut()).isEqualTo(1);
        assertThat(found.trained()).containsExactly(0);
    }

    @Test
    void stepsThatContradict() {
        StepTokens right = StepTokens.of(0, A, new int[][] {X, Y}, new boolean[] {true, true});
        StepTokens wrong = StepTokens.of(1, A, new int[][] {X, Y}, new boolean[] {true, false});
        assertThat(RowRelations.of(List.of(right, wrong), List.of()).contradictoryTraining())
                .isEqualTo(2);
        assertThat(RowRelations.of(List.of(right, right), List.of()).contradictoryTraining())
                .isZero();
    }

    /** A text is trained on where all of it is; that two begin with the same lone token says nothing. */
    @Test
    void textsAndPrompts() {
        RowRelations texts = RowRelations.of(List.of(text(0, 1, 5)), List.of(text(0, 1, 5), text(1, 1, 6)));
        assertThat(texts.trained()).containsExactly(0);
        assertThat(texts.prompts()).containsExactly(0, 1);
        assertThat(texts.samePrompt()).isEqualTo(1);
        List<PromptTokens> prompts = List.of(new PromptTokens(0, A, null));
        RowRelations same =
                RowRelations.of(prompts, List.of(new PromptTokens(0, A, null), new PromptTokens(1, B, null)));
        assertThat(same.trained()).containsExactly(0);
    }

    /** From one row in a hundred on. */
    @Test
    void contradictionsAreManyFromOneInAHundredOn() {
        assertThat(contradicted(100, 1)).isTrue();
        assertThat(contradicted(101, 1)).isFalse();
        assertThat(contradicted(10, 0)).isFalse();
    }

    private static boolean contradicted(int training, int rows) {
        return new RowRelations(training, new int[0], new int[0], 0, rows, 0).manyContradictions();
    }

    @Test
    void rowsThatHaveNothingToDoWithEachOther() {
        RowRelations found = RowRelations.of(List.of(pair(0, A, X, Y)), List.of(pair(0, B, X, Z)));
        assertThat(found.sentences()).isEmpty();
        assertThat(RowRelations.none(3, 2).unseen()).containsExactly(0, 1);
    }
}
