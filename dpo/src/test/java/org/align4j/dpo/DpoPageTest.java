package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.report.HtmlReport;
import org.align4j.core.report.RunPages;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of runs of {@code align dpo}. */
class DpoPageTest {
    @TempDir
    Path folder;

    /**
     * Before training the chosen answer is likelier in 400 of 893 pairs (44.8 %), afterwards in 554 (62.0 %): 154 more, 17.2 points. The
     * standard error of that mean is √(0.172 · 0.828 / 893) = 1.3 points, so that the interval is about 14.8 to 19.7 points.
     */
    @Test
    void tellsTheVerdictOfADpoRun() throws IOException {
        String page = RunPages.page(RunPages.run(folder, "first", 60, "done"));
        assertThat(page)
                .contains(
                        "<h1 class=\"better\">Better: the chosen answer is likelier in 62.0 % of 893 held-out pairs, in 44.8 % before"
                                + " training (+17.2 points, 95 % interval +14.")
                .contains("Perplexity on general text rose by 2.0 %, which is fine.")
                .contains("<td>all ties</td>", "1 warning", "few-rows", "too long (107)")
                .contains("align dpo --config", "2e-5");
        assertThat(RunPages.titles(page))
                .containsExactly("Loss", "Pairs won", "Margin", "Gradient norm", "Perplexity on general text");
    }

    @Test
    void theBandIsTheWilsonInterval() throws IOException {
        JsonNode evaluation = RunPages.charts(RunPages.page(RunPages.run(folder, "first", 60, "done")))
                .get(1)
                .get("lines")
                .get(1);
        assertThat(evaluation.get("label").asText()).isEqualTo("evaluation");
        assertThat(evaluation.get("steps").get(0).asInt()).isEqualTo(60);
        assertThat(evaluation.get("low").get(0).asDouble()).isBetween(0.587, 0.589);
        assertThat(evaluation.get("high").get(0).asDouble()).isBetween(0.651, 0.653);
    }

    /** Of runs on one scale every curve of learning is there, and the mark at ln 2; of other losses neither stands beside the other. */
    @Test
    void runsSideBySideShowEveryCurveOfLearningThatIsOnOneScale() throws IOException {
        String lines = "{\"step\":1,\"loss\":0.7,\"rewards/chosen\":-1,\"rewards/rejected\":-2}\n"
                + "{\"step\":2,\"loss\":0.6,\"rewards/chosen\":-1,\"rewards/rejected\":-3}";
        Path first = RunPages.run(folder.resolve("a"), "dpo", lines, "loss: [sigmoid]\nreference: base\n");
        Path second = RunPages.run(folder.resolve("b"), "dpo", lines, "loss: [hinge]\nreference: base\n");
        Path page = folder.resolve("both.html");
        HtmlReport.read(List.of(first, second)).compare(page);
        String text = Files.readString(page);
        assertThat(RunPages.titles(text)).doesNotContain("Loss", "Rewards, chosen", "Rewards, rejected");
        assertThat(text)
                .contains("id=\"glossary\"", "On the runs' own pages only: Loss", "Loss differs")
                .doesNotContain("ln 2: as the reference");
        HtmlReport.read(List.of(first, first)).compare(page);
        assertThat(RunPages.titles(Files.readString(page))).contains("Rewards, chosen", "Rewards, rejected");
        assertThat(Files.readString(page)).contains("ln 2: as the reference");
    }

    /** What a caption says is true of the loss. */
    @Test
    void captionsAreTrueOfTheLoss() throws IOException {
        String pairs = "{\"step\":1,\"loss\":0.7,\"rewards/chosen\":-1,\"kl\":0}\n"
                + "{\"step\":2,\"loss\":0.6,\"rewards/chosen\":-1,\"kl\":0.1}";
        assertThat(RunPages.notes(RunPages.run(folder, "dpo", pairs, "loss: [simpo]\nreference: none\n")))
                .anyMatch(note -> note.contains("There is no reference"))
                .noneMatch(note -> note.contains("to the reference."));
        assertThat(RunPages.notes(RunPages.run(folder, "dpo", pairs, "loss: [kto]\nreference: base\n")))
                .anyMatch(note -> note.startsWith("KTO's z: ") && note.contains("no divergence"));
        assertThat(RunPages.notes(RunPages.run(folder, "dpo", pairs, "loss: [dpop]\nreference: base\n")))
                .anyMatch(note -> note.startsWith("Loss: ") && note.contains("that isn't overfitting"));
        assertThat(RunPages.notes(RunPages.run(folder, "dpo", pairs, "loss: [sigmoid]\nreference: base\n")))
                .anyMatch(note ->
                        note.equals("Loss: Down is better; evaluation rising while training falls is overfitting."));
    }
}
