package org.align4j.core.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.error.RunException;
import org.align4j.core.files.Saved;
import org.align4j.core.run.RunBinding.SettledOptions;
import org.align4j.core.run.RunResult.RunState;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointsTest {
    private static final RunState ONE = RunState.START.afterStep(10, 1);
    private static final RunState TWO = ONE.afterStep(12, 0);

    @TempDir
    Path run;

    private Path folder;
    private Checkpoints checkpoints;
    private Path first;
    private Path second;

    @BeforeEach
    void saveTwo() throws IOException {
        folder = run.resolve("checkpoints");
        checkpoints = new Checkpoints(RunPlace.of(run), RunBinding.of(Map.of()));
        first = checkpoints.save(ONE, List.of(part(1)));
        second = checkpoints.save(TWO, List.of(part(2)));
    }

    private static Saved part(int seed) {
        return new Saved() {
            @Override
            public void save(Path checkpoint) throws IOException {
                byte[] weights = new byte[1000];
                new Random(seed).nextBytes(weights);
                Files.createDirectories(checkpoint.resolve("adapter"));
                Files.write(checkpoint.resolve("adapter/adapter_model.safetensors"), weights);
                Files.writeString(checkpoint.resolve("adapter/adapter_config.json"), "{\"r\": " + seed + "}");
                Files.write(checkpoint.resolve("optimizer.safetensors"), weights);
            }

            @Override
            public void load(Path checkpoint) {}
        };
    }

    private void assertDetected(String file) throws IOException {
        Checkpoints.Whole whole = checkpoints.newestWhole();
        assertThat(whole).isNotNull();
        assertThat(whole.directory()).isEqualTo(first);
        assertThat(whole.state()).isEqualTo(ONE);
        assertThat(whole.damaged()).containsOnlyKeys(second);
        assertThat(whole.damaged().get(second)).contains(file);
    }

    @Test
    void theNewestIsFoundWithItsState() {
        Checkpoints.Whole whole = checkpoints.newestWhole();
        assertThat(whole).isNotNull();
        assertThat(whole.directory()).isEqualTo(second).hasFileName("step-000002");
        assertThat(whole.state()).isEqualTo(TWO);
        assertThat(whole.damaged()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "adapter/adapter_model.safetensors",
                "adapter/adapter_config.json",
                "optimizer.safetensors",
                "state.json",
                "manifest.json"
            })
    void everyDamageToEveryFileIsDetected(String name) throws IOException {
        Path file = second.resolve(name);
        byte[] whole = Files.readAllBytes(file);
        for (int length : new int[] {0, 1, whole.length / 2, whole.length - 1}) {
            Files.write(file, java.util.Arrays.copyOf(whole, length));
            assertDetected(name);
        }
        for (int position :
                IntStream.range(0, 40).map(i -> i * whole.length / 40).toArray()) {
            byte[] flipped = whole.clone();
            flipped[position] ^= (byte) (1 << position % 8);
            Files.write(file, flipped);
            assertDetected(name);
        }
        Files.write(file, java.util.Arrays.copyOf(whole, whole.length + 1));
        assertDetected(name);
        Files.copy(first.resolve(name), file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertDetected(name);
        Files.delete(file);
        assertDetected(name);
        Files.write(file, whole);
        assertThat(checkpoints.newestWhole().directory()).isEqualTo(second);
    }

    @Test
    void aCheckpointUnderAnothersNameIsDetected() throws IOException {
        Path aside = folder.resolve("aside");
        Files.move(second, aside);
        Files.move(first, second);
        Files.move(aside, first);
        assertThatThrownBy(checkpoints::newestWhole)
                .isInstanceOf(RunException.class)
                .hasMessageContaining("step-000002: manifest.json belongs to step 1")
                .hasMessageContaining("step-000001: manifest.json belongs to step 2");
    }

    @Test
    void noneAtAllIsNoError() throws IOException {
        RunPlace other = RunPlace.of(Files.createDirectory(run.resolve("other")));
        assertThat(new Checkpoints(other, RunBinding.of(Map.of())).newestWhole())
                .isNull();
    }

    @Test
    void oneThatIsSavedAgainIsReplaced() {
        checkpoints.save(TWO, List.of(part(3)));
        assertThat(checkpoints.newestWhole().directory()).isEqualTo(second);
        assertThat(second.resolve("adapter/adapter_config.json")).hasContent("{\"r\": 3}");
        assertThat(checkpoints.steps()).containsExactly(1, 2);
    }

    @Test
    void aFailedSaveChangesNothing() throws IOException {
        Saved failing = new Saved() {
            @Override
            public void save(Path checkpoint) throws IOException {
                Files.writeString(checkpoint.resolve("half"), "half");
                throw new IOException("No space left on device");
            }

            @Override
            public void load(Path checkpoint) {}
        };
        assertThatThrownBy(() -> checkpoints.save(TWO.afterStep(1, 0), List.of(part(3), failing)))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("step-000003 could not be written")
                .hasMessageContaining("No space left on device")
                .hasMessageContaining("step-000002, is untouched");
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactlyInAnyOrder(first, second);
        }
    }

    @Test
    void theNewestAndTheBestStay() {
        RunState state = TWO;
        for (int step = 3; step <= 6; step++) {
            state = state.afterStep(1, 0);
            checkpoints.save(state, List.of(part(step)));
        }
        checkpoints.retain(2, step -> step == 3);
        assertThat(checkpoints.steps()).containsExactly(3, 5, 6);
        checkpoints.retain(1, step -> false);
        assertThat(checkpoints.steps()).containsExactly(6);
    }

    /** Runs with an id and those begun before runs had ids (which this test's others are) tell their own from what isn't theirs. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void onlyWhatTheRunWroteIsDeletedOrReplaced(boolean withId) throws IOException {
        Path home = Files.createDirectory(run.resolve("home"));
        RunBinding binding = withId ? RunBinding.begin(SettledOptions.ofYaml("beta: 0.1\n")) : RunBinding.of(Map.of());
        Checkpoints own = new Checkpoints(RunPlace.of(home), binding);
        Path written = own.save(TWO, List.of(part(2)));
        Path precious = home.resolve("checkpoints/step-000001/precious.txt");
        Files.createDirectories(precious.getParent());
        Files.writeString(precious, "precious");
        Path other = copy(withId ? second : ofAnotherRun(), home.resolve("checkpoints/step-000003"));
        RunState state = TWO.afterStep(1, 0);
        own.save(state.afterStep(1, 0), List.of(part(4)));
        assertThat(own.retain(1, step -> false)).containsExactly(other, precious.getParent());
        assertThat(written).doesNotExist();
        assertThat(own.steps()).containsExactly(1, 3, 4);
        assertThat(own.save(state, List.of(part(3)))).isEqualTo(other);
        assertThat(home.resolve("checkpoints/foreign-step-000003/optimizer.safetensors"))
                .hasSameBinaryContentAs(second.resolve("optimizer.safetensors"));
        own.save(ONE, List.of(part(1)));
        assertThat(home.resolve("checkpoints/foreign-step-000001/precious.txt")).hasContent("precious");
        assertThat(own.retain(1, step -> false)).isEmpty();
        assertThat(own.steps()).containsExactly(4);
    }

    private Path ofAnotherRun() throws IOException {
        RunBinding another = RunBinding.begin(SettledOptions.ofYaml("beta: 0.2\n"));
        return new Checkpoints(RunPlace.of(Files.createDirectory(run.resolve("another"))), another)
                .save(TWO, List.of(part(2)));
    }

    private static Path copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : all.toList()) {
                Files.copy(each, to.resolve(from.relativize(each).toString()));
            }
        }
        return to;
    }

    /** What was set aside under a name before stays too. */
    @Test
    void settingAsideDeletesNothing() throws IOException {
        Path before = Files.createDirectory(folder.resolve("damaged-step-000002"));
        Files.writeString(before.resolve("precious.txt"), "precious");
        assertThat(checkpoints.setAside(second, "damaged-")).isEqualTo(folder.resolve("damaged-step-000002-2"));
        assertThat(before.resolve("precious.txt")).hasContent("precious");
        assertThat(checkpoints.steps()).containsExactly(1);
    }

    @Test
    void whatIsHalfWrittenOrHalfDeletedCountsForNothing() throws IOException {
        Files.move(second, folder.resolve(".old-step-000002"));
        Files.createDirectories(folder.resolve(".tmp-step-000003"));
        assertThat(checkpoints.newestWhole().directory()).isEqualTo(first);
        assertThat(checkpoints.steps()).containsExactly(1);
    }

    /** Earlier versions wrote the digits of the user's locale: Persian, Arabic, Devanagari, Bengali. */
    @ParameterizedTest
    @ValueSource(chars = {'\u06f0', '\u0660', '\u0966', '\u09e6'})
    void namesInTheDigitsOfALocaleAreRead(char zero) throws IOException {
        Charset ofNames = Charset.forName(System.getProperty("sun.jnu.encoding"));
        Assumptions.assumeTrue(ofNames.newEncoder().canEncode(zero), "file names are " + ofNames);
        RunState state = TWO;
        for (int step = 3; step <= 12; step++) {
            state = state.afterStep(1, 0);
            checkpoints.save(state, List.of(part(step)));
        }
        List<Path> local = new ArrayList<>();
        for (int step : checkpoints.steps()) {
            local.add(Files.move(folder.resolve("step-0000" + (step < 10 ? "0" : "") + step), local(zero, step)));
        }
        assertThat(checkpoints.steps()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
        assertThat(checkpoints.newestWhole().directory()).isEqualTo(local(zero, 12));
        assertThat(checkpoints.newestWhole().state().step()).isEqualTo(12);
        checkpoints.save(state, List.of(part(1)));
        assertThat(local(zero, 12)).doesNotExist();
        assertThat(checkpoints.newestWhole().directory()).isEqualTo(folder.resolve("step-000012"));
        checkpoints.save(state.afterStep(1, 0), List.of(part(13)));
        checkpoints.retain(3, step -> step == 2);
        assertThat(checkpoints.steps()).containsExactly(2, 11, 12, 13);
        checkpoints.setAside(11, "beyond-");
        assertThat(checkpoints.steps()).containsExactly(2, 12, 13);
        assertThat(folder.resolve("beyond-" + local.get(10).getFileName())).isDirectory();
    }

    private Path local(char zero, int step) {
        StringBuilder name =
                new StringBuilder("step-0000").append(step < 10 ? "0" : "").append(step);
        for (int i = 5; i < name.length(); i++) {
            name.setCharAt(i, (char) (name.charAt(i) - '0' + zero));
        }
        return folder.resolve(name.toString());
    }

    @Test
    void otherNamesAreNoCheckpoints() throws IOException {
        for (String name : List.of("step-00003", "step-0000000003", "step-00000x", "step--00003")) {
            Files.createDirectory(folder.resolve(name));
        }
        Files.writeString(folder.resolve("step-000009"), "a file");
        assertThat(checkpoints.steps()).containsExactly(1, 2);
    }

    /** Writers of tensors say in their own words that a folder is gone. */
    @Test
    void aDirectoryThatIsMovedWhileACheckpointIsWrittenIsNamed() throws IOException {
        Path home = Files.createDirectory(run.resolve("home"));
        Checkpoints own = new Checkpoints(RunPlace.of(home), RunBinding.of(Map.of()));
        Saved moving = new Saved() {
            @Override
            public void save(Path checkpoint) throws IOException {
                Files.move(home, run.resolve("away"));
                throw new RunException("adapter_model.safetensors could not be written.");
            }

            @Override
            public void load(Path checkpoint) {}
        };
        assertThatThrownBy(() -> own.save(ONE, List.of(moving)))
                .isInstanceOf(RunException.class)
                .hasMessageContaining(home + " was moved, deleted or replaced");
        assertThat(home).doesNotExist();
    }
}
