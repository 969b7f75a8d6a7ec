package org.align4j.serve.tinker;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.serve.access.Usage;
import org.align4j.serve.chat.Shelf;
import org.align4j.serve.door.Endpoint;
import org.align4j.serve.files.CarefulClock;
import org.align4j.serve.store.Store;
import org.align4j.web.Refusal;
import org.align4j.web.Routes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tinker's wire at {@code /api/v1}: its sessions, calls and lists, over models that this server trains and samples from. */
public final class Tinker implements Routes, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Tinker.class);
    /** What the paths begin with. */
    static final String ROOT = "/api/v1";

    /** Most bytes of a body. */
    static final long MOST_BYTES = 64L << 20;

    private final Access access;
    private final TinkerModels models;
    private final Retention retention;
    private final List<Endpoint> table;
    private final SessionRoutes sessions;
    private final TrainingRoutes training;
    private final SamplingRoutes sampling;
    private final RunRoutes runs;

    private Tinker(
            Access access,
            TinkerTable table,
            TinkerModels models,
            SavedWeights weights,
            Samplers samplers,
            Usage usage) {
        this.access = access;
        this.models = models;
        this.table = TinkerEndpoints.TABLE;
        CarefulClock clock =
                new CarefulClock(InstantSource.system(), System::nanoTime, trouble -> LOG.warn("{}", trouble));
        this.retention = new Retention(table, models, weights, clock);
        this.sessions = new SessionRoutes(table, models, weights.shelf(), retention);
        this.training = new TrainingRoutes(table, models, weights);
        this.sampling = new SamplingRoutes(table, models, weights, samplers, usage);
        this.runs = new RunRoutes(table, models, weights);
    }

    /**
     * Opens what clients trained before; {@link #start} goes on with it.
     *
     * @param shelf that holds the models which trainings are on and samples come from
     * @param usage counts what samples read and make
     */
    public static Tinker open(Access access, Store store, Shelf shelf, Usage usage, Place place) {
        TinkerTable table = new TinkerTable(store);
        SavedWeights weights = new SavedWeights(table, place.folder.resolve("tinker"), shelf);
        TinkerModels models = new TinkerModels(weights, shelf, place.settings);
        return new Tinker(access, table, models, weights, new Samplers(shelf, weights, place.directories), usage);
    }

    /**
     * Where models are and how they are held.
     *
     * @param folder of the server
     * @param directories of bases by the names that clients ask for
     * @param settings of models in training
     */
    public record Place(Path folder, Map<String, String> directories, TrainerSettings settings) {
        /** Takes a copy. */
        public Place {
            directories = Map.copyOf(directories);
        }

        /** Holds models as usual: {@code idleSeconds} after its last call one leaves memory. */
        public static Place usual(Path folder, Map<String, String> directories, int idleSeconds) {
            return new Place(folder, directories, TrainerSettings.usual(folder, idleSeconds * 1000L));
        }
    }

    /**
     * Goes on with the calls that the last server left.
     *
     * @throws InputException where the logs can't be read
     */
    public void start() {
        try {
            models.start();
        } catch (IOException e) {
            throw new InputException("The models in training can't be read: " + FileFailure.told(e) + ".", e);
        }
    }

    @Override
    public String prefix() {
        return ROOT;
    }

    /** Writes a refusal with the words that clients know failed calls by. */
    @Override
    public Object refused(Refusal refusal) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("error", refusal.message());
        document.put("category", refusal.status() >= 500 ? "server" : "user");
        if (refusal.param() != null) {
            document.put("param", refusal.param());
        }
        return document;
    }

    @Override
    public void mount(RoutesConfig routes) {
        routes.before(ROOT + "/*", this::identify);
        sessions.mount(routes);
        training.mount(routes);
        sampling.mount(routes);
        runs.mount(routes);
        Endpoint.mountRefusals(routes, table, path -> ROOT + path, "unsupported_endpoint");
    }

    /** Finds out who sends a request; a path to download by is a key of its own. */
    private void identify(Context ctx) {
        if (!ctx.path().startsWith(ROOT + RunRoutes.FILES + "/")) {
            access.identify(ctx);
        }
    }

    /** Requires a scope before a handler. */
    static Handler with(Scope scope, Handler handler) {
        return ctx -> {
            Access.require(ctx, scope);
            handler.handle(ctx);
        };
    }

    /** Returns whose models a caller sees. */
    static String project(Context ctx) {
        return Access.caller(ctx).project();
    }

    /** Removes what is kept no longer. */
    public void sweep() throws IOException {
        retention.sweep();
    }

    /** Ends the call that is being made and puts all models away. */
    @Override
    public void close() {
        models.close();
    }
}
