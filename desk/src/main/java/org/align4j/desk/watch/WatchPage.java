package org.align4j.desk.watch;

import static org.align4j.core.error.RootFormat.format;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.align4j.core.cli.train.LivePage;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.page.HtmlPage;
import org.align4j.core.run.Run;
import org.align4j.core.stop.Control;
import org.align4j.core.stop.Control.Word;
import org.align4j.desk.SweepCourse;
import org.align4j.desk.watch.Watched.Scene;
import org.align4j.web.Body;
import org.align4j.web.ClientGone;
import org.align4j.web.EventStream;
import org.align4j.web.Limits;
import org.align4j.web.LocalServer;
import org.align4j.web.LocalServer.Listening;
import org.align4j.web.PageToken;
import org.align4j.web.Pages;
import org.align4j.web.Refusal;
import org.align4j.web.Routes;
import org.jspecify.annotations.Nullable;

/** Serves the live page of a run, of a sweep or of a folder of runs on this machine until it is closed. */
public final class WatchPage implements LivePage {
    private static final String HOST = "127.0.0.1";
    private static final String CORE = "/org/align4j/core/";
    private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";
    private static final int MOST_BODY = 1024;
    private static final long KEEP_ALIVE_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** Lets a page load this server's own files alone; what the report draws has styles in its elements. */
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self';"
                    + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /** Browsers are few: a page holds one connection of its browser as long as it is open. */
    private static final Limits LIMITS = new Limits(16 << 10, 64 << 10, Duration.ofSeconds(30), 1024, 64, 256);

    private final Path place;
    private final PageToken token = PageToken.fresh();
    private final Map<String, Feed> feeds = new ConcurrentHashMap<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final ExecutorService reader = reader();
    private final LongSupplier clock;
    private final LocalServer server;

    private WatchPage(Path place, int port, LongSupplier clock) {
        this.clock = clock;
        this.place = place.toAbsolutePath().normalize();
        this.server = LocalServer.start(new Listening(HOST, port, List.of()), LIMITS, List.of(new Answers(), files()));
    }

    /** Serves a run's page while it trains. */
    public static final class Source implements LivePage.Source {
        /** Makes one. */
        public Source() {}

        @Override
        public LivePage open(Path run) {
            return WatchPage.open(run, 0, SweepCourse.isIn(run) ? System::nanoTime : Source::processNanos);
        }

        /** The page of a training takes its part of what the training takes, however busy the machine is. */
        private static long processNanos() {
            return ProcessHandle.current()
                    .info()
                    .totalCpuDuration()
                    .map(Duration::toNanos)
                    .orElseGet(System::nanoTime);
        }
    }

    /**
     * Begins to serve a page.
     *
     * @param place a run's directory, a sweep's or one that holds runs; it may not be there yet
     * @param port 0 for any that is free
     * @throws InputException where the place is a file, or the port is taken
     */
    public static WatchPage open(Path place, int port) {
        return open(place, port, System::nanoTime);
    }

    private static WatchPage open(Path place, int port, LongSupplier clock) {
        if (Files.exists(place) && !Files.isDirectory(place)) {
            throw new InputException(format(
                    "%s is a file but must be a run's directory, a sweep's, or a folder that holds runs.", place));
        }
        return new WatchPage(place, port, clock);
    }

    /** Reads reports, one at a time; its thread ends where none is wanted. */
    private static ExecutorService reader() {
        ThreadPoolExecutor one =
                new ThreadPoolExecutor(1, 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), work -> {
                    Thread thread = new Thread(work, "watch-report");
                    thread.setDaemon(true);
                    return thread;
                });
        one.allowCoreThreadTimeOut(true);
        return one;
    }

    private static Pages files() {
        return new Pages(
                WatchPage.class,
                Map.of(
                        "/watch/base.css", CORE + "page/base.css",
                        "/watch/report.css", CORE + "report/page.css",
                        "/watch/charts.js", CORE + "report/charts.js",
                        "/watch/uplot.css", UPLOT + "uPlot.min.css",
                        "/watch/uplot.js", UPLOT + "uPlot.iife.min.js",
                        "/watch/watch.css", "watch.css",
                        "/watch/watch.js", "watch.js"));
    }

    @Override
    public URI address() {
        return token.in(server.address());
    }

    /** Shows each browser how it ended, and ends. */
    @Override
    public void close() {
        closed.countDown();
        server.close();
        reader.shutdown();
    }

    /** Finds what a page is about: the whole, or one of its runs. */
    private Feed feed(@Nullable String of) throws IOException {
        String key = of == null ? "" : of;
        Feed known = feeds.get(key);
        if (known != null) {
            return known;
        }
        Watched watched = key.isEmpty() ? new WatchedPlace(place) : new WatchedRun(run(key));
        return feeds.computeIfAbsent(key, unseen -> new Feed(watched, reader, clock));
    }

    private Path run(String key) throws IOException {
        Optional<Path> found = WatchedFolder.isOne(place) ? new WatchedFolder(place).find(key) : Optional.empty();
        return found.orElseThrow(
                () -> new Refusal(404, "There is no run " + Shortened.of(key) + " here; go back to the first page."));
    }

    /** A place that becomes a run, a sweep or a folder of runs once something is there. */
    private static final class WatchedPlace implements Watched {
        private final Path place;
        private @Nullable Watched known;

        WatchedPlace(Path place) {
            this.place = place;
        }

        private Watched now() throws IOException {
            Watched before = known;
            if (before == null) {
                before = WatchedFolder.isOne(place) ? new WatchedFolder(place) : new WatchedRun(place);
                if (WatchedFolder.isOne(place) || Run.isOne(place)) {
                    known = before;
                }
            }
            return before;
        }

        @Override
        public Scene scene() throws IOException {
            return now().scene();
        }

        @Override
        public Reading report() throws IOException {
            return now().report();
        }

        @Override
        public Path control() {
            return place;
        }
    }

    /** The page's own answers. */
    private final class Answers implements Routes {
        @Override
        public String prefix() {
            return "";
        }

        @Override
        public void mount(RoutesConfig routes) {
            routes.get("/", this::page);
            routes.get("/watch/stream", this::stream);
            routes.post("/watch/control", this::control);
        }

        private void page(Context ctx) throws IOException {
            ctx.header("Content-Security-Policy", POLICY)
                    .header("Cache-Control", "no-cache")
                    .contentType("text/html; charset=utf-8")
                    .result(HtmlPage.resource(WatchPage.class, "index.html").getBytes(StandardCharsets.UTF_8));
        }

        /** Sends what is new, each second, until the browser goes or this server ends. */
        private void stream(Context ctx) throws IOException, InterruptedException {
            Feed feed = feed(ctx.queryParam("of"));
            try (EventStream events = EventStream.begin(ctx)) {
                PageStream page = new PageStream(events);
                long said = System.nanoTime();
                do {
                    if (page.send(feed.look())) {
                        said = System.nanoTime();
                    } else if (System.nanoTime() - said > KEEP_ALIVE_NANOS) {
                        events.keepAlive();
                        said = System.nanoTime();
                    }
                } while (!closed.await(1, TimeUnit.SECONDS));
                page.send(feed.last());
                page.end();
            } catch (ClientGone gone) {
                // It costs nothing any more.
            }
        }

        private void control(Context ctx) throws IOException {
            token.require(ctx);
            String asked = Body.json(ctx, MOST_BODY).path("word").asText("");
            Word word = Word.of(asked)
                    .orElseThrow(() -> new Refusal(
                            400, "word is " + Shortened.of(asked) + " but must be pause, continue or stop."));
            Feed feed = feed(ctx.queryParam("of"));
            Scene scene;
            synchronized (feed) {
                scene = feed.watched().scene();
            }
            if (!scene.line().ask().contains(word.text())) {
                throw new Refusal(
                        409,
                        format(
                                "The %s is %s, so that it can't be asked to %s.",
                                scene.kind(), scene.state().word(), word.text()));
            }
            AtomicFile.write(
                    feed.watched().control().resolve(Control.FILE),
                    (word.text() + "\n").getBytes(StandardCharsets.UTF_8));
            feed.hurry();
            ctx.json(Map.of("asked", word.text()));
        }
    }
}
