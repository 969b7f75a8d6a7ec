package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.data.PairTokens;
import org.align4j.core.error.MemoryException;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.run.RunDirectory;
import org.align4j.core.session.TrainingRun;
import org.align4j.core.session.TrainingRun.Supplement;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.train.Learner.Objective;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.weights.TensorEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real step under refused memory, and the forward that is tried before it. */
class DpoMemoryTest {
    /** Tokens of a forward that has the memory. */
    static final int ROOM = 80;

    @TempDir
    Path folder;

    private Path run(String name, int refusedStep, boolean tries, String... more) {
        Runnable refusal = () -> {
            throw new MemoryException(new IllegalStateException("injected"));
        };
        return run(folder.resolve(name), new RefusingObjective.Refusal(refusedStep, ROOM, tries, refusal), more);
    }

    /** Runs a DPO whose step is refused memory. */
    static Path run(Path out, RefusingObjective.Refusal refusal, String... more) {
        DpoOptions options = OptionsYaml.parse(AlignRuns.yaml(DpoRuns.dpo(out, more)), "test", DpoOptions.class);
        DpoMethod.OfRows<PairTokens> method = DpoMethod.paired(options);
        try (TrainingSession<PairTokens> session =
                TrainingSession.open(method.recipe(), method.asked(), null, TrainingLog.SILENT)) {
            DpoPlan plan = options.plan(session.plan(), session.reference());
            TrainingRun<PairTokens> run = TrainingRun.begin(session, OptionsYaml.write(plan.options()), null);
            try (RunDirectory directory = run.run()) {
                Objective objective = new DpoRecipe(session, plan);
                run.train(new RefusingObjective(objective, refusal), Supplement.NONE);
                assertThat(directory.isInPlace()).isTrue();
            }
        }
        return out;
    }

    /** Step 3 is computed whole, then refused twice: with 320 and with 160 tokens. */
    @Test
    void aRefusedStepIsTakenAgainWithTheSameResult() throws IOException {
        String[] options = {"--max-steps", "5", "--micro-batch-tokens", "320", "--loss", "sigmoid,sft"};
        Path usual = run("usual", -1, true, options);
        Path refused = run("refused", 3, true, options);
        List<JsonNode> expected = AlignRuns.steps(usual);
        List<JsonNode> actual = AlignRuns.steps(refused);
        for (int step = 0; step < expected.size(); step++) {
            for (String figure : List.of("loss", "grad_norm", "rewards/margins", "logps/chosen")) {
                double value = expected.get(step).get(figure).asDouble();
                assertThat(actual.get(step).get(figure).asDouble())
                        .as("step %d %s", step + 1, figure)
                        .isCloseTo(value, within(1e-5 * Math.max(1, Math.abs(value))));
            }
        }
        Map<String, TensorEntry> own = AlignRuns.product(refused).tensors();
        AlignRuns.product(usual).tensors().forEach((name, tensor) -> {
            float[] values = own.get(name).floats();
            float[] right = tensor.floats();
            for (int i = 0; i < right.length; i++) {
                assertThat((double) values[i]).as(name).isCloseTo(right[i], within(2e-5));
            }
        });
        assertThat(Files.readString(refused.resolve("warnings.json"))).contains("out-of-memory", "320", "80");
        assertThat(AlignRuns.json(refused.resolve("checkpoints/step-000005/memory.json"))
                        .get("micro_batch_tokens")
                        .asInt())
                .isEqualTo(80);
        assertThat(usual.resolve("checkpoints/step-000005/memory.json")).doesNotExist();
    }

    /** With dropout, and with a loss that remembers earlier batches. */
    @Test
    void theTrialOfTheLongestForwardChangesNoBit() throws IOException {
        String[] options = {
            "--max-steps", "3", "--loss", "bco_pair", "--lora-dropout", "0.1", "--micro-batch-tokens", "60"
        };
        Path tried = run("tried", -1, true, options);
        Path untried = run("untried", -1, false, options);
        assertThat(AlignRuns.metrics(tried)).isEqualTo(AlignRuns.metrics(untried));
        assertThat(AlignRuns.product(tried).path())
                .hasSameBinaryContentAs(AlignRuns.product(untried).path());
    }
}
