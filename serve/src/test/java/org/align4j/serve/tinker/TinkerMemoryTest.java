package org.align4j.serve.tinker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.align4j.serve.tinker.ModelCalls.Kind;
import org.align4j.serve.tinker.TinkerTable.Model;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models that share memory have the bits that each has alone, whoever leaves memory meanwhile and however often. */
class TinkerMemoryTest {
    private static final int ROUNDS = 6;

    @TempDir
    Path folder;

    @Tag("long")
    @Test
    void fourModelsOfTwoClientsInRoomForTwo() throws Exception {
        List<byte[]> alone = new ArrayList<>();
        try (TinkerBench bench = new TinkerBench(folder.resolve("alone"), 4, 64, 600_000)) {
            for (int number = 0; number < 4; number++) {
                alone.add(bench.trained(bench.model("a".repeat(32), number), ROUNDS));
            }
            assertThat(bench.models.inMemory()).isEqualTo(4);
        }
        try (TinkerBench bench = new TinkerBench(folder.resolve("company"), 2, 64, 600_000)) {
            List<CompletableFuture<byte[]>> company = new ArrayList<>();
            for (int number = 0; number < 4; number++) {
                Model model = bench.model((number % 2 == 0 ? "b" : "c").repeat(32), number);
                company.add(CompletableFuture.supplyAsync(() -> bench.trained(model, ROUNDS)));
            }
            for (int number = 0; number < 4; number++) {
                assertThat(company.get(number).get()).isEqualTo(alone.get(number));
            }
            assertThat(bench.models.inMemory()).isLessThanOrEqualTo(2);
        }
    }

    @Test
    void aModelThatWasPutAwayOrSnapshottedOftenGoesOnToTheSameBits() throws Exception {
        byte[] alone;
        try (TinkerBench bench = new TinkerBench(folder.resolve("alone"), 1, 1000, 600_000)) {
            alone = bench.trained(bench.model("a".repeat(32), 0), ROUNDS);
        }
        try (TinkerBench bench = new TinkerBench(folder.resolve("often"), 1, 2, 1)) {
            assertThat(bench.trained(bench.model("a".repeat(32), 0), ROUNDS)).isEqualTo(alone);
        }
    }

    /** Gradients half added at the end of one server are there in the next, whether it was closed or only left its log. */
    @Test
    void aStepAfterARestartTakesTheGradientsOfBefore() throws Exception {
        byte[] alone;
        try (TinkerBench bench = new TinkerBench(folder.resolve("alone"), 1, 1000, 600_000)) {
            alone = half(bench, bench.model("a".repeat(32), 0), 0);
        }
        Path cut = folder.resolve("cut");
        try (TinkerBench bench = new TinkerBench(cut, 1, 1000, 600_000)) {
            half(bench, bench.model("a".repeat(32), 0), 1);
        }
        try (TinkerBench bench = new TinkerBench(cut, 1, 1000, 600_000)) {
            assertThat(half(bench, bench.model("a".repeat(32), 0), 2)).isEqualTo(alone);
        }
    }

    private static byte[] half(TinkerBench bench, Model model, int part) {
        String id = model.id();
        if (part < 2) {
            bench.made(
                    model,
                    1,
                    Kind.FORWARD,
                    TinkerClient.Body.of(id, 1, true, 1, 2, 3).bytes());
        }
        if (part == 1) {
            return new byte[0];
        }
        bench.made(
                model,
                2,
                Kind.FORWARD,
                TinkerClient.Body.of(id, 2, true, 4, 5, 6).bytes());
        bench.made(model, 3, Kind.STEP, "{\"adam_params\": {}}".getBytes(StandardCharsets.UTF_8));
        return bench.made(
                        model,
                        4,
                        Kind.FORWARD,
                        TinkerClient.Body.of(id, 4, false, 7, 8, 9).bytes())
                .body();
    }
}
