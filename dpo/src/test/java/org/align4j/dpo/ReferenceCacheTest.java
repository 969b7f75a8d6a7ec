package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.cli.Align;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Log-probabilities of the reference that were kept on disk. */
class ReferenceCacheTest {
    private static final Pattern FROM_CACHE = Pattern.compile("rows: from (.+)\\.\\R");

    /** Part of the key: no other test's file. */
    private static final String BUDGET_OF_ITS_OWN = "321";

    /** Mark, version, hash of the key, number of rows. */
    private static final int HEAD = 4 + 4 + 32 + 4;

    private static final int SEAL = 32;

    /** A file of scores, the bytes that a run left in it, and the steps of that run. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Kept(Path file, byte[] whole, List<JsonNode> steps) {
        /** The bytes written again with a change. */
        Path with(UnaryOperator<byte[]> change) throws IOException {
            return Files.write(file, change.apply(whole.clone()));
        }
    }

    /** By loss: what two runs left, the second of which read what the first had written. */
    private static final Map<String, Kept> KEPT = new HashMap<>();

    @TempDir
    Path folder;

    @AfterAll
    static void leaveNothing() throws IOException {
        for (Kept kept : KEPT.values()) {
            Files.deleteIfExists(kept.file());
        }
        KEPT.clear();
    }

    /** Forwards of other sizes may round otherwise: the first step scores the reference in its own. */
    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {"sigmoid", "aot", "kto"})
    void scoresThatDifferByRoundingStartAtExactlyNoMargin(String loss) throws IOException {
        kept(loss).with(bytes -> shifted(bytes, 0.01f));
        Path run = folder.resolve("shifted");
        String log = AlignRuns.align(words(run, loss));
        assertThat(log).containsPattern(FROM_CACHE);
        List<JsonNode> steps = AlignRuns.steps(run);
        assertThat(steps.get(0).get("rewards/chosen").asDouble()).isZero();
        assertThat(steps.get(1).get("rewards/chosen").asDouble()).isNotCloseTo(0, within(1e-4));
    }

    @Test
    void scoresOfSomethingElseAreRefused() throws IOException {
        kept("sigmoid").with(bytes -> shifted(bytes, 5));
        Terminal terminal = Terminal.captured();
        int code = Align.run(terminal, words(folder.resolve("stale"), "sigmoid").toArray(String[]::new));
        assertThat(code).isEqualTo(1);
        assertThat(terminal.captureLog())
                .containsPattern("log-probabilities of row \\d+, computed before the run, differ by [\\d.e+]+ nats")
                .contains("Nothing was trained.", "ALIGN4J_CACHE")
                .doesNotContain("step 1/");
    }

    private static List<String> words(Path out, String loss) {
        Path data = loss.equals("kto") ? DpoRuns.TRACES.resolve("kto_lora").resolve("data.jsonl") : DpoRuns.PAIRS;
        return DpoRuns.dpo(
                out,
                "--data",
                data.toString(),
                "--dtype",
                "bf16",
                "--max-steps",
                "2",
                "--loss",
                loss,
                "--micro-batch-tokens",
                BUDGET_OF_ITS_OWN);
    }

    private Kept kept(String loss) throws IOException {
        Kept known = KEPT.get(loss);
        if (known != null) {
            return known;
        }
        AlignRuns.align(words(folder.resolve("first"), loss));
        String log = AlignRuns.align(words(folder.resolve("second"), loss));
        Matcher matcher = FROM_CACHE.matcher(log);
        assertThat(matcher.find()).as(log).isTrue();
        Path file = Path.of(matcher.group(1));
        Kept made = new Kept(file, Files.readAllBytes(file), AlignRuns.steps(folder.resolve("first")));
        assertThat(AlignRuns.steps(folder.resolve("second"))).isEqualTo(made.steps());
        KEPT.put(loss, made);
        return made;
    }

    /**
     * A damaged file, whatever is wrong with it, is told, is not used, and is made again to the last bit: the steps are those of the
     * run that made it first.
     */
    @Tag("long")
    @ParameterizedTest
    @EnumSource
    void aDamagedFileIsToldAndMadeAgain(Damage damage) throws IOException {
        Kept kept = kept("sigmoid");
        Path cache = kept.with(damage.bytes);
        Path run = folder.resolve("damaged");
        String log = AlignRuns.align(words(run, "sigmoid"));
        assertThat(log)
                .contains(cache.toString(), damage.said, "computed again")
                .doesNotContainPattern(FROM_CACHE);
        assertThat(cache).hasBinaryContent(kept.whole());
        assertThat(AlignRuns.steps(run)).isEqualTo(kept.steps());
    }

    /** What may happen to a file; the first value of the first answer stands behind {@link #HEAD} bytes and its length. */
    private enum Damage {
        ONE_VALUE("its checksum is wrong", bytes -> {
            ByteBuffer.wrap(bytes).putFloat(HEAD + 4, -1.5f);
            return bytes;
        }),
        NOT_A_NUMBER("its checksum is wrong", bytes -> {
            ByteBuffer.wrap(bytes).putFloat(HEAD + 4, Float.NaN);
            return bytes;
        }),
        SEALED_NOT_A_NUMBER("not finite", bytes -> {
            ByteBuffer.wrap(bytes).putFloat(HEAD + 4, Float.NaN);
            return sealed(bytes);
        }),
        OTHER_CHECKSUM("its checksum is wrong", bytes -> {
            bytes[bytes.length - 1] ^= 1;
            return bytes;
        }),
        CUT_SHORT("cut short", bytes -> Arrays.copyOf(bytes, bytes.length / 2)),
        WITHOUT_CHECKSUM("its checksum is wrong", bytes -> Arrays.copyOf(bytes, bytes.length - SEAL)),
        LONGER("behind its end", bytes -> Arrays.copyOf(bytes, bytes.length + 1)),
        EMPTY("cut short", bytes -> new byte[0]),
        OTHER_VERSION("no such file of this version", bytes -> {
            ByteBuffer.wrap(bytes).putInt(4, 1);
            return sealed(bytes);
        }),
        GARBAGE("no such file of this version", bytes -> {
            new Random(1).nextBytes(bytes);
            return bytes;
        }),
        OF_ANOTHER_KEY("made for something else", bytes -> {
            bytes[8] ^= 1;
            return sealed(bytes);
        });

        private final String said;
        private final UnaryOperator<byte[]> bytes;

        Damage(String said, UnaryOperator<byte[]> bytes) {
            this.said = said;
            this.bytes = bytes;
        }
    }

    /** Adds to every log-probability of a file: a head, then for every answer its length and its values, then the seal. */
    private static byte[] shifted(byte[] whole, float by) {
        ByteBuffer bytes = ByteBuffer.wrap(whole).position(HEAD).limit(whole.length - SEAL);
        while (bytes.hasRemaining()) {
            for (int left = bytes.getInt(); left > 0; left--) {
                bytes.putFloat(bytes.position(), bytes.getFloat(bytes.position()) + by);
                bytes.getFloat();
            }
        }
        return sealed(whole);
    }

    /** Ends a file with the SHA-256 of what stands before. */
    private static byte[] sealed(byte[] whole) {
        int content = whole.length - SEAL;
        byte[] seal = Hashing.sha256().hashBytes(whole, 0, content).asBytes();
        System.arraycopy(seal, 0, whole, content, SEAL);
        return whole;
    }
}
