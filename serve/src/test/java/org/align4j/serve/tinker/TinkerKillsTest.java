package org.align4j.serve.tinker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.align4j.core.files.Json;
import org.align4j.serve.Served;
import org.align4j.serve.job.ChildServer;
import org.align4j.serve.tinker.TinkerClient.Model;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server that is killed at random moments while a client trains, which repeats what it got no answer to: nothing is lost, nothing is made twice, and the
 * model ends as one that was never disturbed.
 */
class TinkerKillsTest {
    private static final boolean SOAK = Boolean.getBoolean("align4j.soak");
    private static final int KILLS = SOAK ? 40 : 3;
    private static final int SNAPSHOT = 64;

    @TempDir
    Path folder;

    /** A server in a process of its own, until it is killed. */
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) throws InterruptedException {
            try (Served served = Served.start(Path.of(arguments[0]))) {
                new CountDownLatch(1).await();
                assertThat(served.address()).isNotNull();
            }
        }
    }

    /** Returns the address that the last server wrote; a server that died has left it. */
    private URI address() {
        try {
            return URI.create(
                    Json.read(folder.resolve("serve.json")).path("url").asText());
        } catch (IOException | IllegalArgumentException notYet) {
            return URI.create("http://127.0.0.1:9/");
        }
    }

    @Tag("long")
    @Test
    void aClientThatRepeatsItsCallsGoesOnToTheSameBits() throws Exception {
        AtomicReference<ChildServer> server = new AtomicReference<>(ChildServer.start(Child.class, folder, 0));
        awaitFile();
        TinkerClient client = new TinkerClient(this::address, "tml-any");
        Model model = client.model("tiny", TinkerClient.LORA);
        AtomicBoolean over = new AtomicBoolean();
        AtomicReference<Throwable> failed = new AtomicReference<>();
        int[] kills = new int[1];
        Thread killer = new Thread(() -> {
            try {
                kills[0] = kill(server);
            } catch (IOException | InterruptedException e) {
                failed.set(e);
            } finally {
                over.set(true);
            }
        });
        killer.start();
        int rounds = 0;
        while (!over.get() || rounds % SNAPSHOT != 5) {
            round(model, rounds++);
        }
        killer.join();
        assertThat(failed.get()).isNull();
        assertThat(kills[0]).isEqualTo(KILLS);
        long steps = model.step(1e-3).path("metrics").path("steps").asLong();
        assertThat(steps).as("nothing is made twice").isEqualTo(rounds + 1L);
        Model undisturbed = client.model("tiny", TinkerClient.LORA);
        for (int round = 0; round < rounds; round++) {
            round(undisturbed, round);
        }
        undisturbed.step(1e-3);
        Path one = saved(model);
        Path other = saved(undisturbed);
        for (String file :
                new String[] {"adapter/adapter_model.safetensors", "optimizer.safetensors", "optimizer.json"}) {
            assertThat(Files.mismatch(one.resolve(file), other.resolve(file)))
                    .as(file)
                    .isEqualTo(-1);
        }
        System.out.println("kills: " + kills[0] + " over " + rounds + " rounds of two forwards and a step");
        server.get().kill();
    }

    private static void round(Model model, int round) {
        int[] first = {1, 2 + round % 90, 3, 4};
        int[] second = {9 + round % 70, 8, 7};
        model.forward(true, first);
        model.forward(true, second);
        model.step(1e-3);
        if (round % 10 == 9) {
            model.made("save_weights", Map.of("path", "round-" + round));
        }
    }

    private Path saved(Model model) {
        String name =
                model.made("save_weights", Map.of("path", "end")).path("path").asText();
        String[] parts = model.id.split(":", -1);
        assertThat(name).endsWith("/weights/end");
        return folder.resolve("tinker")
                .resolve(parts[0])
                .resolve(parts[2])
                .resolve("weights")
                .resolve("end");
    }

    private int kill(AtomicReference<ChildServer> server) throws IOException, InterruptedException {
        Random random = new Random(36);
        for (int kill = 0; kill < KILLS; kill++) {
            TimeUnit.MILLISECONDS.sleep(200 + random.nextInt(1500));
            server.get().kill();
            Files.deleteIfExists(folder.resolve("serve.json"));
            server.set(ChildServer.start(Child.class, folder, 0));
            awaitFile();
        }
        return KILLS;
    }

    private void awaitFile() throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (!Files.exists(folder.resolve("serve.json"))) {
            assertThat(System.nanoTime()).isLessThan(until);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }
}
