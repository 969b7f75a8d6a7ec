package org.align4j.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import org.align4j.core.data.StepTokens;
import org.align4j.core.error.InputException;
import org.align4j.core.text.Tokenizer;
import org.align4j.reward.ProcessRewardModel.StepEnds;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** A tokenizer of bytes and a few words; 1 is EOS, 3 ends a turn. */
class StepEndsTest {
    private static final Tokenizer TOKENIZER =
            Tokenizer.load(Path.of("..", "alignment-core", "text", "src", "test", "resources", "text", "tiny-chat"));
    private static final int[] PROMPT = {0, 9};

    @AfterAll
    static void close() {
        TOKENIZER.close();
    }

    private static int[] ids(String text, int... more) {
        int[] ids = TOKENIZER.encode(text, false);
        int[] all = Arrays.copyOf(ids, ids.length + more.length);
        System.arraycopy(more, 0, all, ids.length, more.length);
        return all;
    }

    private static StepTokens split(String separator, int... answer) {
        return new StepEnds(TOKENIZER, separator).split(7, PROMPT, answer);
    }

    private static StepTokens steps(int[] completion, int... ends) {
        return StepTokens.unjudged(7, PROMPT, completion, ends);
    }

    @Test
    void aStepEndsWithTheTokenThatCompletesTheSeparator() {
        assertThat(split("\n", ids("x y\nz\n"))).isEqualTo(steps(ids("x y\nz\n"), 4, 6));
        assertThat(split("\n\n", ids("x\ny\n\nz\n\n"))).isEqualTo(steps(ids("x\ny\n\nz\n\n"), 5, 8));
        assertThat(ids("hello")).hasSize(1);
        assertThat(split("ll", ids("xhelloy"))).isEqualTo(steps(ids("xhelloyll"), 2, 4));
    }

    @Test
    void theLastStepGetsASeparatorAndTheEndOfTheAnswerGoes() {
        assertThat(split("\n", ids("x\nyz", 1))).isEqualTo(steps(ids("x\nyz\n"), 2, 5));
        assertThat(split("\n", ids("x\nyz\n", 3, ids("\n")[0]))).isEqualTo(steps(ids("x\nyz\n"), 2, 5));
    }

    @Test
    void blankStepsAreNone() {
        assertThat(split("\n", ids("\nx\n \n\ny"))).isEqualTo(steps(ids("\nx\n \n\ny\n"), 3, 8));
        assertThat(split("\n", ids("x\n\n"))).isEqualTo(steps(ids("x\n"), 2));
        assertThat(split("\n", 1)).isEqualTo(steps(ids("\n"), 1));
        assertThat(split("\n", ids("\n\n"))).isEqualTo(steps(ids("\n\n\n"), 3));
    }

    @Test
    void somethingAfterTheEndIsRefused() {
        int[] answer = ids("x\n", 3, ids("y")[0]);
        assertThatThrownBy(() -> split("\n", answer))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("row 7", "goes on after its end", "<|im_end|>", "last turn");
    }

    /** ¾, ½, ⅔: the least is ½, the product ¼, the last ⅔. */
    @Test
    void aggregates() {
        double[] logOdds = {Math.log(3), 0, Math.log(2)};
        assertThat(Aggregate.MIN.score(logOdds)).isEqualTo(0.5);
        assertThat(Aggregate.PRODUCT.score(logOdds)).isCloseTo(0.25, within(1e-12));
        assertThat(Aggregate.LAST.score(logOdds)).isCloseTo(2.0 / 3, within(1e-12));
    }
}
