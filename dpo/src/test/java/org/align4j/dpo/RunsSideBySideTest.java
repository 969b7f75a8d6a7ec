package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.report.HtmlReport;
import org.align4j.core.report.RunPages;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A page of several runs whose method is known: which of their figures it sets beside each other. */
class RunsSideBySideTest {
    @TempDir
    Path folder;

    @Test
    void severalRunsSideBySide() throws IOException {
        Path first = RunPages.run(folder, "first", 60, "done");
        Path second = RunPages.run(folder, "second", 40, "done");
        Files.writeString(second.resolve("config.yaml"), "model: tiny\nlearning-rate: 1.0e-4\n");
        Path page = folder.resolve("comparison.html");
        HtmlReport.read(List.of(first, second)).compare(page);
        String text = Files.readString(page);
        assertThat(text).contains("2 runs side by side", "What differs", "learning-rate", "1e-4");
        assertThat(RunPages.charts(text).get(0).get("lines")).hasSize(2);
        assertThat(RunPages.charts(text).get(0).get("lines").get(1).get("label").asText())
                .isEqualTo("second");
    }

    private static Path hashed(Path run, String config, String evaluation) throws IOException {
        Files.writeString(run.resolve("config.yaml"), "model: tiny\n" + config);
        Files.writeString(
                run.resolve("manifest.json"),
                "{\"command\":\"dpo\",\"hashes\":{\"data\":\"d\",\"eval_data\":\"" + evaluation + "\"}}");
        return run;
    }

    /** β 0.05 beside β 0.1: equal policies have unequal losses and rewards, so that differences are there in nats alone. */
    @Test
    void figuresOnDifferentScalesAreNotSetBesideEachOther() throws IOException {
        Path first = hashed(RunPages.run(folder, "first", 60, "done"), "beta: 0.05\n", "same");
        Path second = hashed(RunPages.run(folder, "second", 60, "done"), "beta: 0.1\n", "same");
        Path page = folder.resolve("comparison.html");
        HtmlReport.read(List.of(first, second)).compare(page);
        String text = Files.readString(page).replace('\u00a0', ' ');
        assertThat(text)
                .contains(
                        "On the runs' own pages only: Loss",
                        "Beta differs",
                        "Difference log p(chosen) − log p(rejected), nats per answer",
                        "<th scope=\"row\">beta</th><td>0.05</td><td>0.1</td>")
                .doesNotContain("<th scope=\"row\">Loss</th>", "evaluated on different rows");
        assertThat(text.indexOf("What differs")).isLessThan(text.indexOf("On held-out rows"));
        assertThat(RunPages.titles(text)).isNotEmpty().noneMatch(title -> title.contains("Loss"));
    }
}
