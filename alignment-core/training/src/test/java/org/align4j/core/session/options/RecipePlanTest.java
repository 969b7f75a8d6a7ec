package org.align4j.core.session.options;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.RowOptions;
import org.align4j.core.data.row.TooLong;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.machine.DtypeChoice;
import org.align4j.core.model.Holding.Precision;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.session.options.RecipePlan.Footprint;
import org.align4j.core.train.options.LengthOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecipePlanTest {
    private static final Footprint SIZES = new Footprint(777, true, OptionalInt.of(64));

    @TempDir
    Path folder;

    private RecipeOptions asked(String more) throws IOException {
        Path rows = Files.writeString(folder.resolve("a.jsonl"), "{}");
        String yaml = "model: m\ndata: " + rows.resolveSibling("*.jsonl") + "\nthreads: 3\n" + more.replace("; ", "\n");
        return OptionsYaml.parse(yaml, "run.yaml", RecipeOptions.class);
    }

    private static RecipePlan plan(RecipeOptions asked, Footprint sizes, double usualRate) {
        RecipeOptions located = asked.located(name -> Path.of("/models").resolve(name));
        return RecipePlan.of(located, asked.inputs().rows().rules(512), Precision.of(Dtype.BF16), sizes, usualRate);
    }

    @Test
    void everyAutoIsSettledInConfigYaml() throws IOException {
        RecipeOptions settled = plan(asked(""), SIZES, 3e-4).options();
        assertThat(settled.policy().model()).isEqualTo("/models/m");
        assertThat(settled.policy().recompute()).isTrue();
        assertThat(settled.policy().logProbChunk()).isEqualTo(64);
        assertThat(settled.inputs().data().data())
                .containsExactly(folder.resolve("a.jsonl").toAbsolutePath().toString());
        assertThat(settled.inputs().rows()).isEqualTo(new RowOptions(512, BadRows.ERROR, TooLong.DROP));
        assertThat(settled.learning().length()).isEqualTo(new LengthOptions(1.0, null, 16, 777, true));
        assertThat(settled.learning().optimizer().learningRate()).isEqualTo(3e-4);
        assertThat(settled.machine().engine().dtype()).isEqualTo(DtypeChoice.BF16);
        assertThat(settled.machine().engine().threads()).isEqualTo(3);
    }

    /** A resumed run makes the plan again from config.yaml, whatever autos would become by now. */
    @ParameterizedTest
    @CsvSource({
        "''",
        "method: qlora",
        "method: qlora; quantization: int8",
        "method: full",
        "max-steps: 5; batch-size: 4; micro-batch-tokens: 99; learning-rate: 1e-3; max-length: 100; too-long: keep-end",
        "adapter: a; recompute: false; log-prob-chunk: 7; weights: resident; warmup-fraction: 0.1; max-grad-norm: none"
    })
    void aPlanComesBackFromItsOptions(String more) throws IOException {
        RecipePlan plan = plan(asked(more), SIZES, 3e-4);
        RecipeOptions written =
                OptionsYaml.parse(OptionsYaml.write(plan.options()), "config.yaml", RecipeOptions.class);
        assertThat(written).isEqualTo(plan.options());
        Footprint taken = new Footprint(
                written.learning().length().plan(1).microBatchTokens(),
                written.policy().recompute(),
                OptionalInt.of(written.policy().logProbChunk()));
        RecipePlan again = plan(written, taken, 1); // another usual rate changes nothing that was settled
        assertThat(again)
                .usingRecursiveComparison()
                .ignoringFields("learning.optimizer.usualRate")
                .isEqualTo(planOf(plan));
    }

    /** Its rules for rows with what they come to: long rows that were dropped unasked are dropped again. */
    private static RecipePlan planOf(RecipePlan plan) {
        return new RecipePlan(
                plan.policy(),
                new RecipePlan.InputPlan(
                        plan.inputs().data(), plan.inputs().rows().options().rules(512)),
                plan.lora(),
                new RecipePlan.LearningPlan(
                        plan.learning().length(),
                        plan.learning().optimizer(),
                        plan.learning().keeping(),
                        plan.learning().watching()),
                new RecipePlan.MachinePlan(
                        plan.machine().engine(), plan.machine().cluster()),
                plan.template(),
                plan.out());
    }

    /** A model of scores computes no log-probabilities: the option stays unset, as resuming requires. */
    @Test
    void aModelOfScoresHasNoChunks() throws IOException {
        RecipePlan plan = plan(asked(""), new Footprint(777, false, OptionalInt.empty()), 3e-4);
        assertThat(plan.options().policy().logProbChunk()).isNull();
    }
}
