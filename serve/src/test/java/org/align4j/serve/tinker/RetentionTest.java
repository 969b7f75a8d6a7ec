package org.align4j.serve.tinker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.align4j.core.files.Json;
import org.align4j.serve.tinker.ModelCalls.Kind;
import org.align4j.serve.tinker.TinkerTable.Model;
import org.align4j.serve.tinker.TinkerTable.Session;
import org.align4j.web.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What nobody called for thirty days goes, but for the weights that were saved under a name. */
class RetentionTest {
    private static final String SAVED = "a".repeat(32);
    private static final String BARE = "b".repeat(32);
    private static final String RECENT = "c".repeat(32);
    private static final String HEARD = "d".repeat(32);

    @TempDir
    Path folder;

    private static byte[] json(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void age(Path folder, Duration time) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path log : files.filter(file -> file.endsWith("calls.log")).toList()) {
                Files.setLastModifiedTime(log, FileTime.from(Instant.now().minus(time)));
            }
        }
    }

    private static void session(TinkerBench bench, String id) {
        bench.table.add(new Session(id, "p", 0, Json.tree(null), null, null));
    }

    @Test
    void namedWeightsOfAnOldModelStayAndTheRestGoes() throws IOException {
        try (TinkerBench bench = new TinkerBench(folder, 10, 64, 600_000)) {
            session(bench, HEARD);
            session(bench, "e".repeat(32));
            Model saved = bench.model(SAVED, 0);
            bench.made(saved, 1, Kind.SAVE, json("{\"path\": \"end\"}"));
            bench.made(saved, 2, Kind.SAVE_SAMPLER, json("{\"sampling_session_seq_id\": 0}"));
            Model bare = bench.model(BARE, 0);
            bench.made(bare, 1, Kind.STEP, json("{\"adam_params\": {}}"));
            bench.models.close();
            age(folder, Duration.ofDays(31));
            bench.startAnew();
            Model recent = bench.model(RECENT, 0);
            bench.made(recent, 1, Kind.STEP, json("{\"adam_params\": {}}"));

            AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
            Retention retention = new Retention(bench.table, bench.models, bench.weights, now::get);
            retention.sweep();
            assertThat(bench.table.model("p", BARE + ":train:0"))
                    .as("the first hour")
                    .isPresent();
            now.set(now.get().plus(Duration.ofHours(1)));
            retention.hear(HEARD);
            retention.sweep();

            assertThat(bench.table.model("p", bare.id())).isEmpty();
            assertThat(folder.resolve("tinker").resolve(BARE)).doesNotExist();
            assertThat(bench.table.model("p", saved.id())).isPresent();
            assertThat(bench.weights
                            .find("p", "tinker://" + saved.id() + "/weights/end")
                            .naming()
                            .name())
                    .isEqualTo("end");
            assertThat(bench.table.unnamed(saved.id())).isEmpty();
            assertThat(bench.table.sampler("p", Samplers.id(SAVED, 0))).isEmpty();
            assertThatThrownBy(() -> bench.models.submit(saved, 3, Kind.STEP, json("{\"adam_params\": {}}")))
                    .isInstanceOfSatisfying(
                            Refusal.class, gone -> assertThat(gone.status()).isEqualTo(410))
                    .hasMessageContaining("wasn't called for 30 days");
            bench.made(recent, 2, Kind.STEP, json("{\"adam_params\": {}}"));
            assertThat(bench.table.session("p", HEARD)).isPresent();
            assertThat(bench.table.session("p", SAVED)).isPresent();
            assertThat(bench.table.session("p", BARE)).isEmpty();
            assertThat(bench.table.session("p", "e".repeat(32))).isEmpty();
        }
    }

    @Test
    void weightsGoWhenTheirTimeIsOver() throws IOException {
        try (TinkerBench bench = new TinkerBench(folder, 10, 64, 600_000)) {
            Model model = bench.model(SAVED, 0);
            bench.made(model, 1, Kind.SAVE, json("{\"path\": \"short\", \"ttl_seconds\": 3600}"));
            bench.made(model, 2, Kind.SAVE, json("{\"path\": \"long\"}"));
            Path kept = bench.weights.folder(model.id()).resolve("weights");
            Instant later = Instant.now().plus(Duration.ofMinutes(61));
            new Retention(bench.table, bench.models, bench.weights, () -> later).sweep();
            assertThat(kept.resolve("short")).doesNotExist();
            assertThat(kept.resolve("long")).exists();
            String path = "tinker://" + model.id() + "/weights/";
            assertThatThrownBy(() -> bench.weights.find("p", path + "short")).hasMessageContaining("no weights");
            bench.table.expire(
                    bench.weights.find("p", path + "long"), Instant.now().minusSeconds(1));
            assertThatThrownBy(() -> bench.weights.find("p", path + "long"))
                    .as("at once")
                    .hasMessageContaining("no weights");
        }
    }
}
