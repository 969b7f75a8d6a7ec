package org.align4j.serve;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.align4j.core.generate.AnswerQueue;
import org.align4j.core.model.Holding.Precision;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.serve.access.Usage;
import org.align4j.serve.chat.Shelf;
import org.align4j.serve.files.Space;
import org.align4j.serve.job.Job;
import org.align4j.serve.job.Jobs;
import org.align4j.serve.openai.OpenAi;
import org.align4j.serve.webhook.Webhooks;
import org.align4j.web.Refusal;
import org.align4j.web.Routes;

/**
 * Figures of the whole server: whether it lives ({@code /healthz}) and can work ({@code /ready}), and {@code /metrics} in Prometheus' text format, for keys of scope {@code admin}. What is
 * refused outside of all dialects is refused as OpenAI would.
 *
 * @param folder of the server
 * @param requests answered so far, by status
 */
record Metrics(
        Path folder,
        Access access,
        Jobs jobs,
        Shelf shelf,
        Usage usage,
        Webhooks webhooks,
        OpenAi openAi,
        Supplier<Map<Integer, Long>> requests)
        implements Routes {
    private static final int NOT_READY = 503;
    private static final String FORMAT = "text/plain; version=0.0.4; charset=utf-8";

    @Override
    public String prefix() {
        return "";
    }

    @Override
    public Object refused(Refusal refusal) {
        return openAi.refused(refusal);
    }

    @Override
    public void mount(RoutesConfig routes) {
        routes.get("/healthz", ctx -> ctx.json(Map.of("status", "ok")));
        Readiness readiness =
                new Readiness(folder, () -> !shelf.names().isEmpty(), () -> Space.free(folder), System::nanoTime);
        routes.get("/ready", ctx -> ready(ctx, readiness));
        routes.get("/metrics", this::answer);
    }

    private static void ready(Context ctx, Readiness readiness) {
        Optional<String> trouble = readiness.trouble();
        if (trouble.isPresent()) {
            ctx.status(NOT_READY).json(Map.of("status", "not ready", "reason", trouble.get()));
        } else {
            ctx.json(Map.of("status", "ready"));
        }
    }

    private void answer(Context ctx) throws IOException {
        access.identify(ctx);
        Access.require(ctx, Scope.ADMIN);
        Text text = new Text();
        text.family("align4j_requests_total", "counter", "Requests answered, by status.");
        requests.get()
                .forEach((status, count) -> text.line("align4j_requests_total{status=\"" + status + "\"}", count));
        text.family("align4j_jobs", "gauge", "Fine-tuning jobs of all projects, by where they stand.");
        Map<Job.State, Long> counts = jobs.counts();
        for (Job.State state : Job.State.values()) {
            String name = state.name().toLowerCase(Locale.ROOT);
            text.line("align4j_jobs{state=\"" + name + "\"}", counts.getOrDefault(state, 0L));
        }
        long waiting = 0;
        long running = 0;
        long cache = 0;
        for (AnswerQueue.Load load : shelf.loads()) {
            waiting += load.waiting();
            running += load.running();
            cache += load.cacheBytes();
        }
        text.gauge("align4j_answers_waiting", "Answers that wait for a place.", waiting);
        text.gauge("align4j_answers_running", "Answers that are being made.", running);
        text.gauge("align4j_answer_cache_bytes", "Keys and values that are held for answers.", cache);
        text.family("align4j_base_info", "gauge", "Bases that answer, and the dtype that each computes in.");
        for (String name : shelf.names()) {
            String dtype = Precision.name(shelf.session(name)
                    .orElseThrow()
                    .base()
                    .holding()
                    .precision()
                    .stored());
            text.line("align4j_base_info{model=\"" + escaped(name) + "\",dtype=\"" + dtype + "\"}", 1);
        }
        text.gauge("align4j_tuned_models_loaded", "Tuned models in memory.", shelf.tuned());
        text.gauge(
                "align4j_disk_free_bytes",
                "Bytes that the disk of the server's folder has left.",
                Files.getFileStore(folder).getUsableSpace());
        text.family(
                "align4j_usage_requests_total",
                "counter",
                "Chats and completions answered, by project, key and model.");
        Map<Usage.Of, Usage.Count> totals = usage.totals();
        totals.forEach((of, count) -> text.line("align4j_usage_requests_total{" + labels(of) + "}", count.requests()));
        text.family(
                "align4j_usage_tokens_total",
                "counter",
                "Tokens of chats and completions; cached ones are among prompts'.");
        totals.forEach((of, count) -> {
            String labels = "align4j_usage_tokens_total{" + labels(of) + ",kind=";
            text.line(labels + "\"prompt\"}", count.tokens().prompt());
            text.line(labels + "\"cached\"}", count.tokens().reused());
            text.line(labels + "\"completion\"}", count.tokens().answer());
        });
        text.gauge("align4j_webhooks_waiting", "Messages that webhooks haven't received yet.", webhooks.waiting());
        ctx.contentType(FORMAT).result(text.toString());
    }

    private static String labels(Usage.Of of) {
        return "project=\"" + escaped(of.project()) + "\",key=\"" + escaped(of.key()) + "\",model=\""
                + escaped(of.model()) + "\"";
    }

    private static String escaped(String label) {
        return label.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }

    /** The lines of the format. */
    private static final class Text {
        private final StringBuilder lines = new StringBuilder();

        void family(String name, String type, String help) {
            lines.append("# HELP ").append(name).append(' ').append(help).append('\n');
            lines.append("# TYPE ").append(name).append(' ').append(type).append('\n');
        }

        void line(String name, long value) {
            lines.append(name).append(' ').append(value).append('\n');
        }

        void gauge(String name, String help, long value) {
            family(name, "gauge", help);
            line(name, value);
        }

        @Override
        public String toString() {
            return lines.toString();
        }
    }
}
