package org.align4j.serve.fireworks;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.Shortened;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.serve.door.ChatRoutes;
import org.align4j.serve.door.Endpoint;
import org.align4j.serve.files.StoredFiles;
import org.align4j.serve.job.Jobs;
import org.align4j.web.Refusal;
import org.align4j.web.Routes;
import org.jspecify.annotations.Nullable;

/**
 * Fireworks' {@code /v1} below {@code /fireworks}. An account is any name: the key decides whose things are seen.
 *
 * @param access lets callers in
 * @param files of the server's clients
 * @param jobs that train
 * @param chats that are answered
 * @param resources what clients named
 * @param links that work without a key for a while
 * @param models directories by the names that clients ask for
 */
public record Fireworks(
        Access access,
        StoredFiles files,
        Jobs jobs,
        ChatRoutes chats,
        Resources resources,
        Links links,
        Map<String, String> models)
        implements Routes {
    static final String ROOT = "/fireworks/v1";
    /** What becomes of each endpoint below {@link #ROOT}. */
    static final List<Endpoint> ENDPOINTS = Endpoint.table(Fireworks.class);

    static final String ACCOUNT = ROOT + "/accounts/{account}";

    /** Takes a copy. */
    public Fireworks {
        models = Map.copyOf(models);
    }

    /** Makes the door of a server. */
    public Fireworks(
            Access access,
            StoredFiles files,
            Jobs jobs,
            ChatRoutes chats,
            Resources resources,
            Map<String, String> models) {
        this(access, files, jobs, chats, resources, new Links(), models);
    }

    @Override
    public String prefix() {
        return "/fireworks";
    }

    @Override
    public Object refused(Refusal refusal) {
        return document(refusal);
    }

    /** Writes a refusal as {@code {"code", "message", "details"}}, its code a number of gRPC's. */
    static Object document(Refusal refusal) {
        Map<String, @Nullable Object> detail = new LinkedHashMap<>();
        detail.put("field", refusal.param());
        detail.put("reason", refusal.code());
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("code", code(refusal.status()));
        document.put("message", refusal.message());
        document.put("details", refusal.param() == null && refusal.code() == null ? List.of() : List.of(detail));
        return document;
    }

    private static int code(int status) {
        return switch (status) {
            case 400, 413, 415 -> 3;
            case 401 -> 16;
            case 403 -> 7;
            case 404 -> 5;
            case 408 -> 4;
            case 409 -> 6;
            case 429, 507 -> 8;
            case 503 -> 14;
            default -> 13;
        };
    }

    @Override
    public void mount(RoutesConfig routes) {
        routes.before(ROOT + "/*", access::identify);
        FireworksDatasets datasets = new FireworksDatasets(files, resources, links);
        datasets.mount(routes);
        new FireworksJobs(jobs, datasets, resources, links, new FireworksNames(jobs, resources, models)).mount(routes);
        new FireworksModels(jobs, resources, models).mount(routes);
        new FireworksChat(chats, new FireworksNames(jobs, resources, models)).mount(routes);
        routes.get(ROOT + "/accounts", ctx -> accounts(ctx));
        routes.get(ACCOUNT, ctx -> account(ctx, ctx.pathParam("account")));
        Endpoint.mountRefusals(routes, ENDPOINTS, path -> ROOT + path, "UNIMPLEMENTED");
    }

    private static void accounts(Context ctx) {
        Access.require(ctx, Scope.READ);
        ctx.json(Map.of("accounts", List.of(account(Access.caller(ctx).project())), "totalSize", 1));
    }

    private static void account(Context ctx, String name) {
        Access.require(ctx, Scope.READ);
        ctx.json(account(name));
    }

    private static Map<String, Object> account(String name) {
        return Map.of("name", "accounts/" + name, "displayName", name, "state", "READY");
    }

    /** Returns the name of what a path of a collection ends in, and the verb behind its colon; empty where there is none. */
    static List<String> verb(Context ctx) {
        String last = ctx.pathParam("id");
        int colon = last.lastIndexOf(':');
        return colon < 0 ? List.of(last, "") : List.of(last.substring(0, colon), last.substring(colon + 1));
    }

    /** Refuses a verb that a collection doesn't have. */
    static Refusal noVerb(String verb) {
        return new Refusal(404, "There is no verb :" + Shortened.of(verb) + " here.").about("verb", "UNIMPLEMENTED");
    }
}
