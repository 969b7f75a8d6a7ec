package org.align4j.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.javalin.config.RoutesConfig;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a server's threads do where their work fails: by exceptions they begin again, by a heap that is used up the process ends, whole. */
class ServerThreadsTest {
    /** Where the heap of a process is used up. */
    enum Place {
        WORK,
        HANDLER,
        CAUSE,
        OTHER
    }

    /** A process of its own, which lets its heap be used up in one of its threads, and would otherwise go on. */
    static final class Hungry {
        public static void main(String[] arguments) throws Exception {
            ServerThreads.watchAll();
            switch (Place.valueOf(arguments[0])) {
                case WORK -> ServerThreads.of("work", Hungry::eat, () -> false).start();
                case OTHER -> new Thread(Hungry::eat).start();
                case CAUSE, HANDLER -> {
                    LocalServer server = LocalServer.start(
                            new LocalServer.Listening("127.0.0.1", 0, List.of()),
                            Limits.usual(),
                            List.of(new Eating()));
                    HttpRequest request = HttpRequest.newBuilder(URI.create(server.address() + "/" + arguments[0]))
                            .build();
                    HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.discarding());
                }
            }
            Thread.sleep(30_000);
            System.exit(0);
        }

        private static void eat() {
            List<byte[]> eaten = new ArrayList<>();
            while (true) {
                eaten.add(new byte[1 << 20]);
            }
        }

        private record Eating() implements Routes {
            @Override
            public String prefix() {
                return "";
            }

            @Override
            public void mount(RoutesConfig routes) {
                routes.get("/HANDLER", ctx -> eat());
                routes.get("/CAUSE", ctx -> {
                    try {
                        eat();
                    } catch (OutOfMemoryError wrapped) {
                        throw new IllegalStateException(wrapped);
                    }
                });
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void aHeapThatIsUsedUpEndsTheWholeProcess(Place place) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx32m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Hungry.class.getName(),
                        place.name())
                .redirectErrorStream(true)
                .start();
        try {
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(said).isEqualTo(ServerThreads.ENDED);
            assertThat(said).contains("align: The server ends", "ALIGN4J_HEAP");
        } finally {
            process.destroyForcibly();
        }
    }

    /** A failure of its own ends no thread: the work is begun again, until the server ends. */
    @Test
    void workThatFailsIsBegunAgain() throws Exception {
        CountDownLatch begun = new CountDownLatch(2);
        boolean[] ended = new boolean[1];
        Thread thread = ServerThreads.of(
                "failing",
                () -> {
                    begun.countDown();
                    ended[0] = begun.getCount() == 0;
                    throw new StackOverflowError("its own");
                },
                () -> ended[0]);
        thread.start();
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
        thread.join(20_000);
        assertThat(thread.isAlive()).isFalse();
    }
}
