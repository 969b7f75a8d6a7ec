package org.align4j.core.cli.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.ChildAlign;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Checkout;
import org.align4j.core.files.Json;
import org.align4j.core.hub.WritableHub;
import org.align4j.core.options.Arguments;
import org.align4j.core.options.OptionsSpec;
import org.align4j.core.terminal.Terminal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code align push} of a run of the play model to a hub on this machine: the adapter, the merged model, GGUF files, and again. */
class PushCommandTest {
    private static final String REPOSITORY = "org/tuned";

    @TempDir
    static Path shared;

    private static Path run;

    @TempDir
    Path folder;

    private final WritableHub hub = new WritableHub();
    private final Terminal terminal = Terminal.captured();

    @BeforeAll
    static void train() throws IOException {
        run = shared.resolve("secret-place").resolve("run");
        Path rows = Files.writeString(
                Files.createDirectories(shared.resolve("secret-client")).resolve("texts.jsonl"),
                Stream.of("cat", "dog", "bird", "fish", "fox", "hen", "cow", "owl")
                        .map(animal -> "{\"text\": \"The " + animal + " is in the house.\"}\n")
                        .collect(Collectors.joining()));
        AlignRuns.align(List.of(
                "sft",
                "--model",
                Checkout.ROOT.resolve("data/play/model").toString(),
                "--data",
                rows.toString(),
                "--eval-fraction",
                "0.25",
                "--out",
                run.toString(),
                "--max-steps",
                "1",
                "--batch-size",
                "2",
                "--lora-rank",
                "2",
                "--max-length",
                "32",
                "--samples",
                "0",
                "--report",
                "false",
                "--threads",
                "1"));
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    private Map<String, String> environment() {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("HF_ENDPOINT", hub.endpoint().toString());
        environment.put("HF_TOKEN", WritableHub.TOKEN);
        return environment;
    }

    private void push(Map<String, String> environment, String... more) throws IOException {
        OptionsSpec<PushCommand.Options> spec = OptionsSpec.of(PushCommand.Options.class);
        List<String> words = Stream.concat(Stream.of(run.toString(), REPOSITORY), Stream.of(more))
                .toList();
        PushCommand command = new PushCommand(environment, folder, folder.resolve("cache"));
        assertThat(command.run(Arguments.parse(spec, "align push", words).create(spec), terminal))
                .isZero();
    }

    private String text(String path) {
        return new String(hub.bytes(REPOSITORY, path), StandardCharsets.UTF_8);
    }

    @Test
    void anAdapterWithItsCardAndASecondPushOfNothing() throws IOException {
        push(environment(), "--private");
        assertThat(hub.files(REPOSITORY))
                .containsExactlyInAnyOrder(
                        ".gitattributes", "README.md", "adapter_config.json", "adapter_model.safetensors");
        assertThat(hub.isPrivate(REPOSITORY)).isTrue();
        assertThat(hub.bytes(REPOSITORY, "adapter_model.safetensors"))
                .isEqualTo(Files.readAllBytes(run.resolve("adapter/adapter_model.safetensors")));
        assertThat(text("README.md"))
                .contains(
                        "library_name: peft",
                        "| data, SHA-256 of its tokens | `",
                        "## What training changed",
                        "95 % interval")
                .contains(
                        "| eval_data | `", "## Limits", "## Licence", "align sft --config config.yaml", "texts.jsonl");
        push(environment(), "--private");
        assertThat(hub.commits(REPOSITORY)).isOne();
        assertThat(terminal.captureOutput()).contains("committed ", "nothing to commit: ");
    }

    /** Paths of this machine are in the run's own files, and in nothing that arrives. */
    @Test
    void nothingRevealsWhereItWasMadeNorTheToken() throws IOException {
        assertThat(Files.readString(run.resolve("adapter/adapter_config.json"))).contains(Checkout.ROOT.toString());
        push(environment(), "--merged", "--gguf", "q8_0");
        push(environment(), "--merged", "--gguf", "q8_0");
        assertThat(hub.commits(REPOSITORY)).isOne();
        assertThat(hub.arrived.toString())
                .contains("texts.jsonl")
                .doesNotContain(
                        shared.toString(), "secret-", Checkout.ROOT.toString(), folder.toString(), WritableHub.TOKEN);
        assertThat(terminal.captureOutput() + terminal.captureLog()).doesNotContain(WritableHub.TOKEN);
        try (Stream<Path> all = Stream.concat(Files.walk(folder), Files.walk(shared))) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).doesNotContain(WritableHub.TOKEN);
            }
        }
        assertThat(folder.resolve("cache")).isDirectoryNotContaining(Files::isDirectory);
    }

    @Test
    void aMergedModelWithGgufFiles() throws IOException {
        Path base = Checkout.ROOT.resolve("data/play/model");
        push(environment(), "--merged", "--gguf", "q8_0,f16");
        assertThat(hub.files(REPOSITORY))
                .contains("config.json", "model.safetensors", "tokenizer.json", "tuned-Q8_0.gguf", "tuned-F16.gguf")
                .doesNotContain("adapter_config.json");
        assertThat(hub.bytes(REPOSITORY, "tokenizer.json"))
                .isEqualTo(Files.readAllBytes(base.resolve("tokenizer.json")));
        assertThat(text("README.md"))
                .contains("library_name: transformers", "## GGUF files", "| tuned-Q8_0.gguf | q8_0 |");
        assertThatThrownBy(() -> push(environment()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("org/tuned has model.safetensors");
    }

    @Test
    void aDryRunSendsNothingAndNeedsNoToken() throws IOException {
        push(Map.of("HF_ENDPOINT", hub.endpoint().toString()), "--dry-run");
        assertThat(hub.requests).isEmpty();
        assertThat(terminal.captureOutput())
                .contains(
                        "adapter_model.safetensors  to commit",
                        "README.md  to commit",
                        "nothing was sent",
                        "without a token");
        push(environment(), "--dry-run");
        assertThat(hub.requests).isNotEmpty().allMatch(request -> request.startsWith("GET "));
        assertThat(terminal.captureOutput()).contains("the repository would be made");
        push(environment());
        push(environment(), "--dry-run");
        assertThat(hub.commits(REPOSITORY)).isOne();
        assertThat(terminal.captureOutput()).contains("adapter_model.safetensors  as there");
    }

    @Test
    void withoutATokenOrARunNothingIsAsked() {
        assertThatThrownBy(() -> push(Map.of("HF_ENDPOINT", hub.endpoint().toString())))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("HF_TOKEN is not set")
                .hasMessageContaining("/settings/tokens");
        assertThat(hub.requests).isEmpty();
        assertThat(AlignRuns.ends(2, List.of("push", run.toString())))
                .contains("align push runs/courteous org/courteous");
        assertThat(AlignRuns.ends(2, List.of("push", folder.toString(), REPOSITORY)))
                .contains("no run directory");
        assertThat(AlignRuns.ends(2, List.of("push", run.toString(), "tuned"))).contains("org/name");
    }

    @Test
    void aRunThatIsNotFinishedIsRefused() throws IOException {
        Path half = Files.createDirectories(folder.resolve("half"));
        Files.copy(run.resolve("config.yaml"), half.resolve("config.yaml"));
        Files.copy(run.resolve("manifest.json"), half.resolve("manifest.json"));
        assertThat(AlignRuns.ends(2, List.of("push", half.toString(), REPOSITORY, "--dry-run")))
                .contains("is not finished", "align resume");
    }

    /** A process that dies at a request leaves what the next push completes; the token is in no list of processes. */
    @Test
    void aKilledProcessIsCompletedByTheNextPush() throws Exception {
        String shell = "export HF_ENDPOINT=" + hub.endpoint() + " ALIGN4J_CACHE=" + folder.resolve("cache")
                + " HF_TOKEN=" + WritableHub.TOKEN + "; ";
        Path words = Files.writeString(folder.resolve("environment"), shell);
        ChildAlign[] child = new ChildAlign[1];
        StringBuilder seen = new StringBuilder();
        hub.breakFrom(7, false);
        hub.meanwhile(() -> {
            try {
                seen.append(Files.readString(Path.of("/proc/" + child[0].pid() + "/cmdline")));
                child[0].kill();
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        child[0] = ChildAlign.start(". " + words + "; ", List.of("push", run.toString(), REPOSITORY));
        String log = child[0].readAll();
        assertThat(child[0].end()).as(log).isEqualTo(137);
        assertThat(seen.toString()).contains("push").doesNotContain(WritableHub.TOKEN);
        assertThat(log).doesNotContain(WritableHub.TOKEN);
        hub.heal();
        push(environment());
        assertThat(hub.commits(REPOSITORY)).isOne();
        assertThat(Json.read(text("adapter_config.json"))
                        .path("base_model_name_or_path")
                        .asText())
                .isEqualTo("model");
    }
}
