package org.align4j.dpo;

import static org.align4j.core.error.RootFormat.format;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.FaultSweep;
import org.align4j.core.cli.train.KernelSweep;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DPO and fine-tuning runs whose disk fails or loses power, resumed to the last bit. */
class DpoFaultTest {
    private static final String[] OPTIONS = {
        "--max-steps",
        "2",
        "--save-every",
        "1",
        "--keep",
        "1",
        "--lora-dropout",
        "0.1",
        "--eval-fraction",
        "0.1",
        "--samples",
        "0"
    };

    /** Dropout is drawn anew in smaller forwards. */
    private static final String[] PLAIN = AlignRuns.concat(OPTIONS, "--lora-dropout", "0");

    @TempDir
    Path folder;

    /** Rows under their whole path, as config.yaml has them: screening.json names what is read. */
    private static List<String> dpo(Path out) {
        return DpoRuns.dpo(
                out,
                AlignRuns.concat(
                        OPTIONS, "--data", DpoRuns.PAIRS.toAbsolutePath().toString()));
    }

    private FaultSweep.Command sft(String[] options) throws IOException {
        Path texts = Files.write(
                folder.resolve("texts.jsonl"),
                IntStream.range(0, 20)
                        .mapToObj(
                                i -> format("{\"prompt_ids\": [%d, 9], \"completion_ids\": [%d, 7, 5]}", 3 + i, 40 - i))
                        .toList());
        return out -> {
            List<String> words =
                    new ArrayList<>(DpoRuns.dpo(out, AlignRuns.concat(options, "--data", texts.toString())));
            words.set(0, "sft");
            return words;
        };
    }

    @Tag("long")
    @Test
    void dpoGoesOnAfterAnyFailure() throws IOException {
        FaultSweep sweep = new FaultSweep(folder, DpoFaultTest::dpo);
        assertThat(sweep.failing(2)).isGreaterThanOrEqualTo(2);
        assertThat(sweep.losingPower(2)).isPositive();
    }

    @Tag("long")
    @Test
    void dpoGoesOnWhereMemoryIsRefused() throws IOException {
        assertThat(new KernelSweep(folder, out -> DpoRuns.dpo(out, PLAIN)).refusing(4))
                .isGreaterThanOrEqualTo(4);
    }

    @Tag("long")
    @Test
    void sftGoesOnAfterAnyFailure() throws IOException {
        FaultSweep sweep = new FaultSweep(folder, sft(OPTIONS));
        assertThat(sweep.failing(2)).isGreaterThanOrEqualTo(2);
        assertThat(sweep.losingPower(2)).isPositive();
    }

    @Test
    void sftGoesOnWhereMemoryIsRefused() throws IOException {
        assertThat(new KernelSweep(folder, sft(PLAIN)).refusing(3)).isGreaterThanOrEqualTo(3);
    }
}
