package org.align4j.core.task.ifeval;

import static org.align4j.core.task.ifeval.InstructionKind.JSON;
import static org.align4j.core.task.ifeval.InstructionKind.NO_COMMA;
import static org.align4j.core.task.ifeval.InstructionKind.RESPONSE_LANGUAGE;
import static org.align4j.core.task.ifeval.InstructionKind.TITLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Collections;
import java.util.List;
import org.align4j.core.eval.Proportion;
import org.align4j.core.task.ifeval.InstructionTally.InstructionAccuracies;
import org.align4j.core.task.ifeval.InstructionTally.InstructionVerdicts;
import org.junit.jupiter.api.Test;

class InstructionTallyTest {

    /** Four prompts, six instructions: strictly 1 of 4 prompts and 3 of 6 instructions, loosely 2 of 4 and 4 of 6. */
    private static InstructionTally tally() {
        InstructionTally tally = new InstructionTally();
        tally.add(new InstructionVerdicts(List.of(NO_COMMA, TITLE), List.of(true, true), List.of(true, true)));
        tally.add(new InstructionVerdicts(List.of(NO_COMMA, JSON), List.of(true, false), List.of(true, false)));
        tally.add(new InstructionVerdicts(List.of(TITLE), List.of(false), List.of(true)));
        tally.add(new InstructionVerdicts(List.of(RESPONSE_LANGUAGE), List.of(false), List.of(false)));
        return tally;
    }

    @Test
    void fourAccuraciesByHand() {
        InstructionAccuracies all = tally().all().orElseThrow();
        assertThat(all.promptStrict().count()).isEqualTo(new Proportion(1, 4));
        assertThat(all.instructionStrict().count()).isEqualTo(new Proportion(3, 6));
        assertThat(all.promptLoose().count()).isEqualTo(new Proportion(2, 4));
        assertThat(all.instructionLoose().count()).isEqualTo(new Proportion(4, 6));
        assertThat(List.of(all.promptStrict(), all.instructionStrict(), all.promptLoose(), all.instructionLoose()))
                .allSatisfy(one ->
                        assertThat(one.interval().contains(one.count().rate())).isTrue());
    }

    @Test
    void promptsThatALanguageDecidesAreLeftOutApart() {
        InstructionAccuracies certain = tally().withoutGuesses().orElseThrow();
        assertThat(certain.promptStrict().count()).isEqualTo(new Proportion(1, 3));
        assertThat(certain.instructionStrict().count()).isEqualTo(new Proportion(3, 5));
    }

    @Test
    void kindsAreCountedApart() {
        assertThat(tally().strictByKind())
                .containsEntry(NO_COMMA, new Proportion(2, 2))
                .containsEntry(TITLE, new Proportion(1, 2))
                .containsEntry(JSON, new Proportion(0, 1))
                .hasSize(4);
        assertThat(tally().looseByKind()).containsEntry(TITLE, new Proportion(2, 2));
    }

    /** Ten prompts with ten instructions each, all alike within a prompt, are ten trials and not a hundred. */
    @Test
    void instructionsOfOnePromptAreOneTrial() {
        InstructionTally tally = new InstructionTally();
        for (int i = 0; i < 10; i++) {
            List<Boolean> verdicts = Collections.nCopies(10, i < 5);
            tally.add(new InstructionVerdicts(Collections.nCopies(10, NO_COMMA), verdicts, verdicts));
        }
        var accuracy = tally.all().orElseThrow().instructionStrict();
        assertThat(accuracy.count()).isEqualTo(new Proportion(50, 100));
        assertThat(accuracy.interval().high() - accuracy.interval().low()).isBetween(0.4, 0.7);
    }

    /** Where all are followed no bootstrap shows a doubt; Wilson's interval for 10 prompts begins at 1 / (1 + 1.96² / 10). */
    @Test
    void noneFollowedOrAllLeaveADoubt() {
        InstructionTally tally = new InstructionTally();
        for (int i = 0; i < 10; i++) {
            tally.add(new InstructionVerdicts(List.of(NO_COMMA, TITLE), List.of(true, true), List.of(true, true)));
        }
        assertThat(tally.all().orElseThrow().instructionStrict().interval().low())
                .isCloseTo(0.7225, within(1e-3));
    }

    @Test
    void nothingIsNoAccuracy() {
        assertThat(new InstructionTally().all()).isEmpty();
        assertThat(new InstructionTally().withoutGuesses()).isEmpty();
        assertThatThrownBy(() -> new InstructionVerdicts(List.of(JSON), List.of(), List.of(true)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
