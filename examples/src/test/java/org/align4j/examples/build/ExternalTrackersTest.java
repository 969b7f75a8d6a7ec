package org.align4j.examples.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real MLflow server and the package of Weights &amp; Biases, pinned, on runs and sweeps: {@code mvn verify -Pexternal}, which needs python3 and a package
 * index, and fails where either can't be reached.
 */
@Tag("external")
@EnabledIfSystemProperty(named = "align4j.external", matches = "true")
class ExternalTrackersTest {
    private static final Path ROOT = Path.of(System.getProperty("align4j.root"));
    private static final Path SCRIPTS = ROOT.resolve("desk/src/test/external");
    private static final int LONGEST_START = 180;

    @TempDir
    static Path folder;

    private static String python;
    private static Path align;

    @BeforeAll
    static void install() throws Exception {
        python = ServedZip.python(folder.resolve("venv"), SCRIPTS.resolve("requirements-trackers.txt"));
        align = UnpackedZip.at(folder.resolve("align4j"));
        Path demo = ROOT.resolve("data/demo");
        Files.write(
                rows("train"), Files.readAllLines(demo.resolve("train.jsonl")).subList(0, 48));
        Files.write(
                rows("heldout"),
                Files.readAllLines(demo.resolve("heldout.jsonl")).subList(0, 24));
    }

    private static Path rows(String name) {
        return folder.resolve(name + ".jsonl");
    }

    private static void align(List<String> words) throws Exception {
        List<String> all = new ArrayList<>(List.of(align.toString()));
        all.addAll(words);
        ServedZip.run(all, Map.of("ALIGN4J_HEAP", "512m"));
    }

    private static List<String> training(List<String> command, Path out, String track) {
        List<String> words = new ArrayList<>(command);
        words.addAll(List.of("--out", out.toString(), "--track", track, "--max-steps", "8", "--batch-size", "4"));
        words.addAll(List.of("--model", ROOT.resolve("data/demo/model").toString(), "--threads", "1"));
        words.addAll(List.of(
                "--data",
                rows("train").toString(),
                "--eval-data",
                rows("heldout").toString()));
        return words;
    }

    @Test
    void anMlflowServerHasEverythingAlsoAfterItWasDown() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        String url = "http://127.0.0.1:" + port;
        String target = "mlflow:" + url + "#demo";
        Path unheard = folder.resolve("unheard");
        align(training(List.of("dpo"), unheard, target));
        Path heard = folder.resolve("heard");
        Path sweep = folder.resolve("sweep");
        Process server = server(port);
        try {
            align(training(List.of("dpo"), heard, target));
            align(training(List.of("sweep", "dpo", "--set", "learning-rate=1e-3,3e-3"), sweep, target));
            align(List.of("track", unheard.toString(), "--to", target));
            align(List.of("track", unheard.toString(), "--to", target));
            align(List.of("track", sweep.toString(), "--to", target));
            ServedZip.run(
                    List.of(
                            python,
                            SCRIPTS.resolve("mlflow_run.py").toString(),
                            url,
                            "demo",
                            heard.toString(),
                            unheard.toString(),
                            sweep.resolve("trials/000").toString(),
                            sweep.resolve("trials/001").toString()),
                    Map.of());
        } finally {
            server.descendants().forEach(ProcessHandle::destroy);
            server.destroy();
        }
    }

    private static Process server(int port) throws IOException, InterruptedException {
        Path home = Files.createDirectories(folder.resolve("server"));
        Process server = new ProcessBuilder(
                        Path.of(python).resolveSibling("mlflow").toString(),
                        "server",
                        "--host",
                        "127.0.0.1",
                        "--port",
                        Integer.toString(port),
                        "--workers",
                        "1",
                        "--backend-store-uri",
                        "sqlite:///" + home.resolve("mlflow.db"),
                        "--artifacts-destination",
                        home.resolve("artifacts").toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("server.log").toFile())
                .start();
        for (int second = 0; second < LONGEST_START && server.isAlive(); second++) {
            if (answers(port)) {
                return server;
            }
            TimeUnit.SECONDS.sleep(1);
        }
        server.destroy();
        throw new AssertionError(Files.readString(folder.resolve("server.log")));
    }

    private static boolean answers(int port) {
        try {
            HttpURLConnection health = (HttpURLConnection)
                    URI.create("http://127.0.0.1:" + port + "/health").toURL().openConnection();
            return health.getResponseCode() == HttpURLConnection.HTTP_OK;
        } catch (IOException notYet) {
            return false;
        }
    }

    @Test
    void wandbLogsTheFiguresOfARunOffline() throws Exception {
        Path run = folder.resolve("run");
        align(training(List.of("dpo"), run, "none"));
        align(List.of("track", run.toString(), "--to", "wandb", "--python", python));
        try (var made = Files.walk(run.resolve("wandb"))) {
            assertThat(made.filter(file -> file.toString().endsWith(".wandb"))).hasSize(1);
        }
        Files.delete(run.resolve("track.json"));
        Path calls = folder.resolve("calls.jsonl");
        ServedZip.run(
                List.of(align.toString(), "track", run.toString(), "--to", "wandb", "--python", "python3"),
                Map.of(
                        "PYTHONPATH",
                        SCRIPTS.resolve("standin").toString(),
                        "WANDB_CALLS",
                        calls.toString(),
                        "ALIGN4J_HEAP",
                        "512m"));
        ServedZip.run(
                List.of(python, SCRIPTS.resolve("wandb_values.py").toString(), run.toString(), calls.toString()),
                Map.of());
    }
}
