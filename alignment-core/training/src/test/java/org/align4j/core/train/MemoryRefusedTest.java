package org.align4j.core.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.error.MemoryException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.Saved;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.run.Product;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.run.RunEvent;
import org.align4j.core.train.Learner.Objective;
import org.align4j.core.train.Learner.Objective.Forward;
import org.align4j.core.train.Timetable.StepPlan;
import org.align4j.core.train.TrainedMethod.Evaluation;
import org.align4j.core.train.options.TrainingPlan;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Memory that is refused in the middle of a run changes nothing but the size of forwards, and is told. */
class MemoryRefusedTest {
    @TempDir
    Path folder;

    private final List<String> told = new ArrayList<>();

    /** Where memory is refused, while the budget is above {@code room}; the work is done first, so that its traces are there. */
    private class Refusing implements Objective {
        final ArrayModel model = new ArrayModel(true, word -> {});
        final TokenBudget budget = new TokenBudget(64, 4, told::add);
        final List<String> trials = new ArrayList<>();
        int room = Integer.MAX_VALUE;
        int atStep = -1;
        boolean inEvaluation;

        void refuseIf(boolean here) {
            if (here && budget.tokens() > room) {
                throw new MemoryException(new IllegalStateException("injected"));
            }
        }

        @Override
        public TokenBudget budget() {
            return budget;
        }

        /** Each row is a text of as many tokens as its number, from 1. */
        @Override
        public List<Forward> forwards(int[] rows) {
            return Forward.of(
                    rows,
                    Arrays.stream(new int[][] {{0, 1}, {2, 3}})
                            .filter(g -> g[1] < rows.length)
                            .toList(),
                    group -> PackedBatch.of(Arrays.stream(group)
                            .mapToObj(place -> TokenTree.of(new int[0], new int[rows[place] + 1]))
                            .toList()));
        }

        @Override
        public StepOutcome accumulate(StepPlan plan) {
            StepOutcome outcome = model.accumulate(plan);
            if (plan.step() == 0) {
                trials.add(Arrays.toString(plan.rows()));
            }
            refuseIf(plan.step() == atStep);
            return outcome;
        }

        @Override
        public Evaluation evaluate() {
            Evaluation figures = model.evaluate();
            refuseIf(inEvaluation);
            return figures;
        }

        @Override
        public void commit(StepPlan plan) {
            model.commit(plan);
        }

        @Override
        public int rows() {
            return model.rows();
        }

        @Override
        public int inputRow(int row) {
            return model.inputRow(row);
        }

        @Override
        public boolean evaluates() {
            return true;
        }

        @Override
        public List<Saved> parts() {
            return model.parts();
        }
    }

    private List<String> train(String name, Refusing objective, int steps, TrainingLog log) throws IOException {
        Path path = folder.resolve(name);
        try (RunDirectory run = ArrayRun.directory(path)) {
            TrainingPlan options = ArrayRun.options(steps, ArrayRun.keeping(5, 3, null, null, 10));
            ArrayRun.loop(options, objective, objective.model)
                    .run(run, ArrayRun.FACTS, List.of(new Product("adapter", objective.model.product())), log);
        }
        return ArrayRun.figures(path);
    }

    @Test
    void theSameRowsAgainGiveTheSameRun() throws IOException {
        List<String> undisturbed = train("undisturbed", new Refusing(), 40, TrainingLog.SILENT);
        assertThat(told).isEmpty();
        List<String> warned = new ArrayList<>();
        Refusing refusing = new Refusing();
        refusing.atStep = 7;
        refusing.room = 16;
        assertThat(train("refused", refusing, 40, new TrainingLog(event -> {
                    if (event instanceof RunEvent.Warned warning) {
                        warned.add(warning.code());
                    }
                })))
                .isEqualTo(undisturbed);
        assertThat(refusing.budget.tokens()).isEqualTo(16);
        assertThat(told)
                .containsExactly(
                        "Out of memory with micro-batch-tokens 64: the same rows again with 32.",
                        "Out of memory with micro-batch-tokens 32: the same rows again with 16.");
        assertThat(warned).contains("out-of-memory");
        assertThat(Files.readString(folder.resolve("refused/warnings.json")))
                .contains("micro-batch-tokens 64", "with 16");
        assertThat(Files.readString(folder.resolve("undisturbed/warnings.json")))
                .doesNotContain("micro-batch-tokens");
    }

    @Test
    void evaluationIsDoneAgainToo() throws IOException {
        List<String> undisturbed = train("undisturbed", new Refusing(), 40, TrainingLog.SILENT);
        Refusing refusing = new Refusing();
        refusing.inEvaluation = true;
        refusing.room = 32;
        assertThat(train("refused", refusing, 40, TrainingLog.SILENT)).isEqualTo(undisturbed);
        assertThat(refusing.budget.tokens()).isEqualTo(32);
    }

    /** A checkpoint holds the smaller budget, and a resumed run its warning. */
    @Test
    void aResumedRunGoesOnWithTheSmallerForwards() throws IOException {
        Refusing refusing = new Refusing();
        refusing.atStep = 7;
        refusing.room = 16;
        train("refused", refusing, 10, TrainingLog.SILENT);
        Refusing resumed = new Refusing();
        train("refused", resumed, 20, TrainingLog.SILENT);
        assertThat(resumed.budget.tokens()).isEqualTo(16);
        assertThat(Files.readString(folder.resolve("refused/warnings.json"))).contains("out-of-memory");
    }

    @Test
    void notEvenTheLongestRowHasRoom() {
        Refusing refusing = new Refusing();
        refusing.atStep = 3;
        refusing.room = 3;
        assertThatThrownBy(() -> train("refused", refusing, 10, TrainingLog.SILENT))
                .isInstanceOf(RunException.class)
                .hasMessageContainingAll("one row of up to 4 tokens", "max-length", "recompute true");
    }

    /** 14 steps are an epoch of all 53 rows; those of the highest numbers are longest. Two may be in memory at a time. */
    @Test
    void theTwoLargestForwardsAreTriedBeforeTheFirstStep() throws IOException {
        Refusing refusing = new Refusing();
        refusing.atStep = 0;
        refusing.room = 32;
        List<String> figures = train("tried", refusing, 14, TrainingLog.SILENT);
        Timetable timetable = new Timetable(ArrayRun.options(14, ArrayRun.AUTO), ArrayModel.ROWS, true);
        int[] sums = IntStream.rangeClosed(1, 14)
                .mapToObj(step -> timetable.plan(step).rows())
                .flatMapToInt(rows -> IntStream.iterate(0, i -> i + 1 < rows.length, i -> i + 2)
                        .map(i -> rows[i] + rows[i + 1]))
                .sorted()
                .toArray();
        assertThat(refusing.trials.get(0)).isEqualTo(refusing.trials.get(1));
        assertThat(refusing.trials).hasSize(2);
        assertThat(Arrays.stream(refusing.trials.get(0).split("[^0-9]+"))
                        .filter(word -> !word.isEmpty())
                        .mapToInt(Integer::parseInt)
                        .sum())
                .isEqualTo(sums[sums.length - 1] + sums[sums.length - 2]);
        assertThat(refusing.budget.tokens()).isEqualTo(32);
        Refusing untried = new Refusing() {
            @Override
            public List<Forward> forwards(int[] rows) {
                return List.of();
            }
        };
        assertThat(train("untried", untried, 14, TrainingLog.SILENT)).isEqualTo(figures);
        assertThat(untried.trials).isEmpty();
    }
}
