package org.align4j.core.train.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.align4j.core.error.InputException;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.train.options.CheckpointOptions.OnNan;
import org.align4j.core.train.options.TrainingPlan.LengthPlan;
import org.align4j.core.train.options.TrainingPlan.OptimizerPlan;
import org.align4j.core.train.options.UpdateOptions.Schedule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptionsTest {
    private static <O extends Record> O parse(Class<O> type, String yaml) {
        return OptionsYaml.parse(yaml.replace("; ", "\n"), "run.yaml", type);
    }

    @Test
    void theDefaultsAreThoseOfTheContract() {
        assertThat(parse(LengthOptions.class, "")).isEqualTo(new LengthOptions(null, null, null, null, true));
        assertThat(parse(OptimizerOptions.class, ""))
                .isEqualTo(new OptimizerOptions(
                        null, new UpdateOptions(Schedule.LINEAR, 0, null, 0, 0.9, 0.999, 1e-8, 1.0)));
        assertThat(parse(CheckpointOptions.class, ""))
                .isEqualTo(new CheckpointOptions(
                        new CheckpointOptions.KeptOptions(null, 3, null, false, null),
                        new CheckpointOptions.EvaluationOptions(null, null),
                        OnNan.FAIL,
                        new CheckpointOptions.ShownOptions(1, true, 4)));
    }

    @Test
    void whatIsSettledIsWrittenAndReadBack() {
        LengthPlan length = parse(LengthOptions.class, "").plan(2048);
        assertThat(length).isEqualTo(new LengthPlan(new Extent.Epochs(1), 16, 2048, true));
        assertThat(length.options()).isEqualTo(new LengthOptions(1.0, null, 16, 2048, true));
        assertThat(parse(LengthOptions.class, OptionsYaml.write(length.options()))
                        .plan(512))
                .isEqualTo(length);
        LengthPlan steps =
                parse(LengthOptions.class, "max-steps: 7; batch-size: 2").plan(2048);
        assertThat(steps).isEqualTo(new LengthPlan(new Extent.Steps(7), 2, 2048, true));
        assertThat(steps.options()).isEqualTo(new LengthOptions(null, 7, 2, 2048, true));
        OptimizerPlan optimizer =
                parse(OptimizerOptions.class, "max-grad-norm: none").plan(2e-5);
        assertThat(optimizer.learningRate()).isEqualTo(2e-5);
        assertThat(parse(OptimizerOptions.class, OptionsYaml.write(optimizer.options()))
                        .plan(1)
                        .options())
                .isEqualTo(optimizer.options());
        assertThat(optimizer.update().gradientScale(1e9)).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            epochs: -1                             | epochs is -1.0 but must be above 0
            epochs: 2; max-steps: 10               | epochs (2.0) and max-steps (10) both say how long the run is; drop one
            max-steps: 0                           | max-steps is 0 but must be at least 1
            batch-size: 0                          | batch-size is 0 but must be at least 1
            micro-batch-tokens: -5                 | micro-batch-tokens is -5 but must be at least 1
            """)
    void lengthIsRefused(String yaml, String message) {
        assertThatThrownBy(() -> parse(LengthOptions.class, yaml))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            learning-rate: 0                       | learning-rate is 0.0 but must be positive
            warmup-steps: -1                       | warmup-steps is -1 but must be 0 or more
            warmup-fraction: 1.5                   | warmup-fraction is 1.5 but must be between 0 and 1
            warmup-fraction: 0.1; warmup-steps: 3  | warmup-steps (3) and warmup-fraction (0.1) both say
            weight-decay: -0.1                     | weight-decay is -0.1 but must be 0 or more
            adam-beta1: 1                          | adam-beta1 is 1.0 but must be at least 0 and below 1
            adam-beta2: -1                         | adam-beta2 is -1.0 but must be at least 0 and below 1
            adam-epsilon: 0                        | adam-epsilon is 0.0 but must be positive
            max-grad-norm: 0                       | max-grad-norm is 0.0 but must be positive; 1 is usual, none turns
            schedule: cosin                        | cosine
            """)
    void optimizerIsRefused(String yaml, String message) {
        assertThatThrownBy(() -> parse(OptimizerOptions.class, yaml))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            save-every: 0                          | save-every is 0 but must be at least 1
            keep: 0                                | keep is 0 but must be at least 1
            keep-best: ''                          | keep-best is empty but must name a figure
            early-stop-patience: 0                 | early-stop-patience is 0 but must be at least 1
            eval-every: -3                         | eval-every is -3 but must be at least 1
            log-every: 0                           | log-every is 0 but must be at least 1
            """)
    void keepingIsRefused(String yaml, String message) {
        assertThatThrownBy(() -> parse(CheckpointOptions.class, yaml))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource({"1,14,14", "0.1,30,3", "1.5,3,5", "3,7,21"})
    void epochsBecomeSteps(double epochs, int stepsPerEpoch, int totalSteps) {
        assertThat(new Extent.Epochs(epochs).totalSteps(stepsPerEpoch)).isEqualTo(totalSteps);
        assertThat(new Extent.Steps(5).totalSteps(stepsPerEpoch)).isEqualTo(5);
    }

    /** Ten steps: 1, 0.9, 0.8 …; with two of warm-up 0, ½, 1, 7/8 …; half a cosine over four: 1, 0.854, ½, 0.146. */
    @ParameterizedTest
    @CsvSource({
        "LINEAR,1,0,10,1",
        "LINEAR,2,0,10,0.9",
        "LINEAR,10,0,10,0.1",
        "LINEAR,1,2,10,0",
        "LINEAR,2,2,10,0.5",
        "LINEAR,3,2,10,1",
        "LINEAR,4,2,10,0.875",
        "COSINE,1,0,4,1",
        "COSINE,2,0,4,0.8535533905932737",
        "COSINE,3,0,4,0.5",
        "COSINE,4,0,4,0.14644660940672627",
        "CONSTANT,1,4,10,0",
        "CONSTANT,4,4,10,0.75",
        "CONSTANT,10,4,10,1",
        "LINEAR,1,4,1,0"
    })
    void schedules(Schedule schedule, int step, int warmupSteps, int totalSteps, double factor) {
        assertThat(schedule.factor(step, warmupSteps, totalSteps)).isCloseTo(factor, within(1e-12));
    }

    @Test
    void warmupAsAFractionIsRoundedUp() {
        UpdateOptions update = new UpdateOptions(Schedule.CONSTANT, 0, 0.1, 0, 0.9, 0.999, 1e-8, 1.0);
        OptimizerPlan plan = new OptimizerPlan(2, 2, update);
        assertThat(plan.learningRate(2, 11)).isEqualTo(1); // 1.1 steps are 2
        assertThat(plan.learningRate(2, 10)).isEqualTo(2);
        assertThat(update.gradientScale(0.5)).isEqualTo(1);
        assertThat(update.gradientScale(4)).isCloseTo(0.25, within(1e-6));
    }

    @Test
    void theWatchedFigureIsOneOfTheEvaluation() {
        assertThat(parse(CheckpointOptions.class, "keep-best: rewards/accuracies")
                        .watched())
                .isEqualTo("eval_rewards/accuracies");
        assertThat(parse(CheckpointOptions.class, "keep-best: eval_loss").watched())
                .isEqualTo("eval_loss");
        assertThat(parse(CheckpointOptions.class, "early-stop-patience: 2").watched())
                .isEqualTo("eval_loss");
        assertThat(parse(CheckpointOptions.class, "").watched()).isNull();
    }
}
