package org.align4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.function.Consumer;
import org.align4j.core.run.RunEvent;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What a cluster on this machine listens on while it trains: loopback alone, and no page is shown. */
@EnabledOnOs(OS.LINUX)
class LocalClusterPortsTest {
    @TempDir
    Path folder;

    /** The driver, master, worker and executor, and the pages of master and worker. */
    private static final int AT_LEAST = 5;

    @Tag("long")
    @Test
    void everySocketOfTheProcessTreeIsOnLoopback() throws IOException {
        Set<ListeningSockets.Socket> before = new HashSet<>(ListeningSockets.ofThisTree());
        Listener listener = new Listener();
        TinyRuns.train(
                TinyRuns.dpo(folder.resolve("run"), "--cluster", "local-cluster[1,1,1024]", "--max-steps", "2"),
                listener);
        listener.sockets.removeAll(before);
        assertThat(listener.sockets).hasSizeGreaterThanOrEqualTo(AT_LEAST).allMatch(ListeningSockets.Socket::loopback);
        assertThat(listener.pages)
                .as("answers of the pages of master and worker")
                .containsExactly(403);
        assertThat(new HashSet<>(ListeningSockets.ofThisTree()))
                .as("after the run")
                .isEqualTo(before);
    }

    /** Looks at the sockets, and asks each for a page, while the run is under way. */
    private static final class Listener implements Consumer<RunEvent> {
        final Set<ListeningSockets.Socket> sockets = new CopyOnWriteArraySet<>();
        final Set<Integer> pages = new CopyOnWriteArraySet<>();

        @Override
        public void accept(RunEvent event) {
            if (!(event instanceof RunEvent.Step)) {
                return;
            }
            try {
                List<ListeningSockets.Socket> now = ListeningSockets.ofThisTree();
                if (sockets.addAll(now)) {
                    now.forEach(socket -> ask(socket.port()));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void ask(int port) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/"))
                    .timeout(Duration.ofSeconds(2))
                    .build();
            try {
                pages.add(HttpClient.newHttpClient()
                        .send(request, HttpResponse.BodyHandlers.discarding())
                        .statusCode());
            } catch (IOException noPage) {
                return;
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
