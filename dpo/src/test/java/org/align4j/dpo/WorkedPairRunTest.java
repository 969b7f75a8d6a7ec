package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.report.HtmlReport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pair that a run's page works out, recomputed from its tokens and held against what else the run says of the same rows. */
class WorkedPairRunTest {
    private static final Path DEMO = Path.of("..", "data", "demo");
    private static final double BETA = 0.5;

    @TempDir
    Path folder;

    private Path run(String... more) throws IOException {
        Path rows = Files.write(
                folder.resolve("rows.jsonl"),
                Files.readAllLines(DEMO.resolve("train.jsonl")).subList(0, 12));
        String[] own = {
            "--model",
            DEMO.resolve("model").toString(),
            "--data",
            rows.toString(),
            "--beta",
            String.valueOf(BETA),
            "--report",
            "true",
            "--samples",
            "1",
            "--max-length",
            "256"
        };
        Path run = folder.resolve("run");
        AlignRuns.align(DpoRuns.dpo(run, AlignRuns.concat(own, more)));
        return run;
    }

    /** The sums of a side: policy, reference. */
    private static double[] sums(JsonNode side) {
        double[] sums = new double[2];
        int tokens = side.get("tokens").size();
        assertThat(side.get("policy")).hasSize(tokens);
        for (int t = 0; t < tokens; t++) {
            sums[0] += side.get("policy").get(t).asDouble();
            sums[1] += side.get("reference").get(t).asDouble();
        }
        return sums;
    }

    /** Loss and margin of the sigmoid loss from the recorded tokens, as a person with a calculator has them. */
    private static double[] byHand(JsonNode pair) {
        double[] chosen = sums(pair.get("chosen"));
        double[] rejected = sums(pair.get("rejected"));
        double margin = BETA * ((chosen[0] - chosen[1]) - (rejected[0] - rejected[1]));
        return new double[] {Math.log(1 + Math.exp(-margin)), margin};
    }

    private static String text(JsonNode side) {
        List<String> texts = new ArrayList<>();
        side.get("tokens").forEach(token -> texts.add(token.asText()));
        return String.join("", texts);
    }

    private static String told(double value) {
        return String.format(Locale.ROOT, "%.4f", value).replace('-', '−');
    }

    private static String section(Path run) throws IOException {
        String page = Files.readString(run.resolve("report.html"));
        int begin = page.indexOf("<h2>One pair, token by token</h2>");
        return page.substring(begin, page.indexOf("</section>", begin));
    }

    /** One held-out row: the run's own loss and margin of all held-out rows are those of the pair. */
    @Test
    void theHeldOutPairIsTheRunsOwn() throws IOException {
        Path held = Files.write(
                folder.resolve("held.jsonl"),
                Files.readAllLines(DEMO.resolve("heldout.jsonl")).subList(0, 1));
        Path run = run("--eval-data", held.toString());
        JsonNode pair = AlignRuns.json(run.resolve("worked-pair.json"));
        List<JsonNode> evaluations = AlignRuns.evaluations(run);
        JsonNode last = evaluations.get(evaluations.size() - 1);
        double[] found = byHand(pair);
        assertThat(pair.get("held_out").asBoolean()).isTrue();
        assertThat(found[1]).isNotEqualTo(0);
        assertThat(found[0]).isCloseTo(last.get("eval_loss").asDouble(), within(1e-9));
        assertThat(found[1]).isCloseTo(last.get("eval_rewards/margins").asDouble(), within(1e-9));
        assertThat(pair.get("loss").get("value").asDouble()).isCloseTo(found[0], within(1e-9));
        JsonNode rows = AlignRuns.json(run.resolve("evaluation.json"));
        double policy = sums(pair.get("chosen"))[0];
        double reference = sums(pair.get("chosen"))[1];
        assertThat(policy).isCloseTo(rows.at("/last/rows/chosen/0").asDouble(), within(1e-6));
        assertThat(reference).isCloseTo(rows.at("/first/rows/chosen/0").asDouble(), within(1e-4));
        assertThat(text(pair.get("chosen"))).contains(lastWord(held, "chosen"));
        String shown = section(run);
        assertThat(shown)
                .contains("of the held-out rows (row 0", "−log σ(β (a − b))", "−log σ(0.5 (")
                .contains("<strong>" + told(found[0]) + "</strong>", "<td>" + told(found[1]) + "</td>")
                .contains(told(policy), told(reference));
        JsonNode sample = AlignRuns.json(run.resolve("samples.json")).at("/0/likelihoods/chosen");
        assertThat(sample.get("trained").asDouble()).isCloseTo(policy, within(1e-4));
        assertThat(sample.get("start").asDouble()).isCloseTo(reference, within(1e-4));
        String page = Files.readString(run.resolve("report.html"));
        assertThat(page).contains(" tokens, log-probability ", ", reward ", "β (0.5) times the difference");
        Files.delete(run.resolve("report.html"));
        HtmlReport.write(run);
        assertThat(section(run)).isEqualTo(shown);
    }

    private static String lastWord(Path rows, String side) throws IOException {
        String content = AlignRuns.json(rows).at("/" + side + "/0/content").asText();
        return content.substring(content.lastIndexOf(' ') + 1);
    }

    /** Without held-out rows a training pair is scored at the end; without a reference there are no log-ratios. */
    @Test
    void aTrainingPairStandsInWithoutHeldOutRows() throws IOException {
        Path run = run("--loss", "simpo", "--samples", "0");
        JsonNode pair = AlignRuns.json(run.resolve("worked-pair.json"));
        assertThat(pair.get("held_out").asBoolean()).isFalse();
        assertThat(pair.at("/chosen/reference").isNull()).isTrue();
        double margin = mean(pair.get("chosen")) - mean(pair.get("rejected"));
        double loss = Math.log(1 + Math.exp(-(BETA * margin - 0.5)));
        assertThat(pair.at("/loss/value").asDouble()).isCloseTo(loss, within(1e-9));
        assertThat(section(run))
                .contains("of the training rows (row ", "there is no reference", "<strong>" + told(loss) + "</strong>")
                .contains("−log σ(β (p⁺ / n⁺ − p⁻ / n⁻) − 0.5)");
    }

    private static double mean(JsonNode side) {
        double sum = 0;
        for (JsonNode value : side.get("policy")) {
            sum += value.asDouble();
        }
        return sum / side.get("policy").size();
    }
}
