package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.session.RunPlan;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.train.TrainingLog;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a run will take is known before its weights are loaded, and is what the loaded model says. */
class RunPlanTest {
    @TempDir
    Path folder;

    private static DpoOptions options(String... more) {
        return OptionsYaml.parse(AlignRuns.yaml(DpoRuns.dpo(Path.of("unused"), more)), "test", DpoOptions.class);
    }

    private static RunPlan loaded(DpoOptions options) {
        TrainingMethod.Configured<?> method = DpoMethod.of(options);
        try (TrainingSession<?> session =
                TrainingSession.open(method.recipe(), method.asked(), null, TrainingLog.SILENT)) {
            return session.forecast();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--max-steps 3",
                "--method full",
                "--lora-variant dora",
                "--lora-bias all --lora-targets q_proj,v_proj",
                "--modules-to-save lm_head",
                "--recompute true --threads 2"
            })
    void theFiguresAreThoseOfTheLoadedModel(String more) {
        DpoOptions options = options(more.split(" "));
        RunPlan plan = new DpoMethod().plan(options, TrainingLog.SILENT);
        assertThat(plan.entries()).isEqualTo(loaded(options).entries());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--method qlora", "--weights mapped --recompute true"})
    void memoryOfWhatIsHeldOtherwiseIsNear(String more) {
        DpoOptions options = options(more.split(" "));
        RunPlan plan = new DpoMethod().plan(options, TrainingLog.SILENT);
        RunPlan loaded = loaded(options);
        assertThat(plan.machine().trained()).isEqualTo(loaded.machine().trained());
        assertThat(plan.machine().memory().peak())
                .isCloseTo(loaded.machine().memory().peak(), Percentage.withPercentage(1));
    }

    @Test
    void noWeightIsRead() throws IOException {
        Path model = Files.createDirectory(folder.resolve("model"));
        List<Path> files;
        try (Stream<Path> all = Files.list(DpoRuns.MODEL)) {
            files = all.filter(file -> !file.toString().endsWith(".safetensors"))
                    .toList();
        }
        for (Path file : files) {
            Files.copy(file, model.resolve(file.getFileName()));
        }
        RunPlan plan =
                new DpoMethod().plan(options("--model", model.toString(), "--max-steps", "3"), TrainingLog.SILENT);
        assertThat(plan.steps()).isEqualTo(3);
        assertThat(plan.machine().memory().weights()).isPositive();
        assertThat(plan.settled().learning().optimizer().learningRate()).isPositive();
    }
}
