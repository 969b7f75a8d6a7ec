package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.ToolProvider;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.ChildAlign;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A loss that somebody else writes: one file on the class path, with a parameter of its own. */
class OwnLossTest {
    private static final String NAME = "com.example.MyLoss";
    private static final String SOURCE = """
            package com.example;

            import java.util.Set;
            import org.align4j.core.autodiff.Var;
            import org.align4j.dpo.loss.PairLoss;
            import org.align4j.dpo.loss.PairTerms;
            import org.align4j.dpo.loss.Parameter;
            import org.align4j.dpo.loss.Trait;

            /** -log sigmoid(beta delta - margin). */
            public record MyLoss(
                    double beta,
                    @Parameter(help = "The margin that is asked for.", rescales = Parameter.Rescales.LOSS) double margin)
                    implements PairLoss {
                public MyLoss() {
                    this(0.1, 0);
                }

                @Override
                public Set<Trait> traits() {
                    return Set.of(Trait.NEEDS_REFERENCE);
                }

                @Override
                public Var losses(PairTerms pairs) {
                    return pairs.logRatioDifference().times(beta).minus(margin).logSigmoid().negate();
                }
            }
            """;

    @TempDir
    Path folder;

    private String classes = "";

    @BeforeEach
    void compile() throws IOException {
        Path source = folder.resolve("MyLoss.java");
        Files.writeString(source, SOURCE);
        Path out = Files.createDirectory(folder.resolve("classes"));
        int failed = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-cp", ChildAlign.classPath(), "-d", out.toString(), source.toString());
        assertThat(failed).isZero();
        classes = ChildAlign.classPath() + File.pathSeparator + out;
    }

    private String log(int expected, List<String> words) throws IOException, InterruptedException {
        ChildAlign child = ChildAlign.start("", classes, words);
        String log = child.readAll();
        assertThat(child.end()).as(log).isEqualTo(expected);
        return log;
    }

    private static List<String> words(Path run, String... more) {
        return DpoRuns.dpo(run, AlignRuns.concat(more, "--max-steps", "2", "--threads", "1"));
    }

    @Test
    void theDocumentationShowsThisProgram() {
        assertThat(Path.of("..", "docs", "losses.md")).content().contains("```java\n" + SOURCE + "```\n");
    }

    /** With policy and reference equal the loss of step 1 is -log sigmoid(-0.3) = ln(1 + e^0.3). */
    @Test
    void itTrainsByItsClassWithItsParameterAndGoesOn() throws IOException, InterruptedException {
        Path run = folder.resolve("run");
        log(0, words(run, "--loss", NAME, "--myloss-margin", "0.3"));
        assertThat(AlignRuns.metrics(run).get(0).get("loss").asDouble()).isCloseTo(0.8543552444685, within(1e-9));
        assertThat(run.resolve("config.yaml"))
                .content()
                .contains("loss: [com.example.MyLoss]\n")
                .contains("myloss-margin: 0.3\n");
        log(0, List.of("resume", run.toString(), "--max-steps", "3"));
        assertThat(AlignRuns.metrics(run)).hasSize(3);
    }

    @Test
    void aConfigurationFileNamesIt() throws IOException, InterruptedException {
        Path config = folder.resolve("run.yaml");
        Files.writeString(config, "loss: com.example.MyLoss\nmyloss-margin: 0.3\n");
        log(0, words(folder.resolve("run"), "--config", config.toString(), "--myloss-margin", "0"));
        assertThat(AlignRuns.metrics(folder.resolve("run")).get(0).get("loss").asDouble())
                .isCloseTo(0.6931471805599, within(1e-9));
    }

    @Test
    void whatItDoesntHaveIsRefused() throws IOException, InterruptedException {
        Path run = folder.resolve("run");
        assertThat(log(2, words(run, "--loss", NAME, "--myloss-margn", "0.3")))
                .contains("no option --myloss-margn", "--myloss-margin");
        assertThat(log(2, words(run, "--loss", "com.example.NoLoss")))
                .contains("com.example.NoLoss", "ALIGN4J_CLASSPATH");
        assertThat(log(2, words(run, "--myloss-margin", "0.3"))).contains("no option --myloss-margin");
        assertThat(run).doesNotExist();
    }
}
