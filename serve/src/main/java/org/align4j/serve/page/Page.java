package org.align4j.serve.page;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.Shortened;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.serve.access.Usage;
import org.align4j.serve.files.FileVerdicts;
import org.align4j.serve.files.StoredFile;
import org.align4j.serve.files.StoredFiles;
import org.align4j.serve.job.Job;
import org.align4j.serve.job.Jobs;
import org.align4j.serve.job.TunedModel;
import org.align4j.web.Pages;
import org.align4j.web.Refusal;
import org.align4j.web.Routes;

/**
 * What the page at {@code /} asks for beside {@code /v1}: the doctor's verdict on a file, a job's curves and report, downloads of models. Each
 * caller sees what belongs to the caller's project.
 */
public final class Page implements Routes {
    private static final String API = "/ui/api";
    private static final int DAYS = 31;
    private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

    /** Lets a report's own scripts draw its charts, in a place of its own from which nothing else of this server can be asked. */
    private static final String REPORT_POLICY =
            "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline';"
                    + " img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-scripts";

    private final Access access;
    private final StoredFiles files;
    private final Jobs jobs;
    private final Usage usage;
    private final FileVerdicts verdicts = new FileVerdicts();
    private final ModelDownloads downloads;

    /**
     * What the page shows.
     *
     * @param access lets callers in
     * @param folder of the server, in which a merged model lies while it is sent
     */
    public Page(Access access, StoredFiles files, Jobs jobs, Usage usage, Path folder) {
        this.access = access;
        this.files = files;
        this.jobs = jobs;
        this.usage = usage;
        this.downloads = new ModelDownloads(folder);
    }

    /** Returns the page itself, its scripts and styles, which hold nothing of anybody's. */
    public static Pages files() {
        return new Pages(
                Page.class,
                Map.of(
                        "/", "index.html",
                        "/ui/page.css", "page.css",
                        "/ui/page.js", "page.js",
                        "/ui/parts.js", "parts.js",
                        "/ui/jobs.js", "jobs.js",
                        "/ui/files.js", "files.js",
                        "/ui/chat.js", "chat.js",
                        "/ui/usage.js", "usage.js",
                        "/ui/uplot.css", UPLOT + "uPlot.min.css",
                        "/ui/uplot.js", UPLOT + "uPlot.iife.min.js"));
    }

    @Override
    public String prefix() {
        return API;
    }

    @Override
    public void mount(RoutesConfig routes) {
        routes.before(API + "/*", ctx -> {
            access.identify(ctx);
            Access.require(ctx, Scope.READ);
        });
        routes.get(API + "/files/{id}/doctor", ctx -> ctx.json(verdicts.of(file(ctx))));
        routes.get(API + "/jobs/{id}", ctx -> ctx.json(JobCurves.of(jobs, job(ctx))));
        routes.get(API + "/jobs/{id}/report", this::report);
        routes.get(API + "/usage", this::usage);
        routes.get(API + "/adapter", ctx -> downloads.adapter(ctx, model(ctx)));
        routes.get(API + "/merged", ctx -> downloads.merged(ctx, model(ctx)));
    }

    private void report(Context ctx) throws IOException {
        Job job = job(ctx);
        Path report = jobs.run(job)
                .report()
                .orElseThrow(
                        () -> new Refusal(404, "Job " + job.id() + " has no report yet; it is written at its end."));
        ctx.header("Content-Security-Policy", REPORT_POLICY)
                .contentType("text/html; charset=utf-8")
                .result(Files.newInputStream(report));
    }

    private void usage(Context ctx) {
        List<Map<String, Object>> days = new ArrayList<>();
        usage.of(Access.caller(ctx).project(), DAYS).forEach((of, count) -> {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("day", of.day());
            row.put("key", of.key());
            row.put("model", of.model());
            row.put("requests", count.requests());
            row.put("prompt_tokens", count.tokens().prompt());
            row.put("cached_tokens", count.tokens().reused());
            row.put("completion_tokens", count.tokens().answer());
            days.add(row);
        });
        ctx.json(Map.of("days", days));
    }

    private StoredFile file(Context ctx) {
        String id = ctx.pathParam("id");
        return files.find(Access.caller(ctx).project(), id)
                .orElseThrow(() -> new Refusal(404, "There is no file " + Shortened.of(id) + "."));
    }

    private Job job(Context ctx) {
        String id = ctx.pathParam("id");
        return jobs.find(Access.caller(ctx).project(), id)
                .orElseThrow(() -> new Refusal(404, "There is no job " + Shortened.of(id) + "."));
    }

    private TunedModel model(Context ctx) {
        String name = String.valueOf(ctx.queryParam("model"));
        return jobs.model(Access.caller(ctx).project(), name)
                .orElseThrow(() -> new Refusal(404, "There is no tuned model " + Shortened.of(name) + "."));
    }
}
