package org.align4j.serve.grade;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.align4j.core.files.Json;
import org.align4j.serve.door.Asked;
import org.align4j.serve.job.Job;
import org.align4j.serve.job.JobGraders;
import org.align4j.web.Body;
import org.align4j.web.Refusal;
import org.align4j.web.Routes;
import org.jspecify.annotations.Nullable;

/**
 * Grades the answers of reinforcement jobs for their trainers: {@code POST /grading/JOB} with {@code {"samples": [{"text", "item"}]}} gives
 * {@code {"grades": [{"reward", "scores", "faults", "tokens"}]}}. A trainer knows the address and a secret of its own from its environment; both are of
 * this process alone, so that a server that is started again hands out others.
 */
public final class JobGrading implements Routes, JobGraders {
    /** The variable of a trainer's environment that holds the address. */
    static final String ADDRESS = "ALIGN4J_GRADER";

    /** The variable of a trainer's environment that holds the secret. */
    static final String KEY = "ALIGN4J_GRADER_KEY";

    private static final String PATH = "/grading";
    private static final String BEARER = "Bearer ";
    private static final int SECRET_BYTES = 32;

    private final Graders graders;
    private final Supplier<URI> server;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, Open> sessions = new ConcurrentHashMap<>();

    /**
     * Grades for a server.
     *
     * @param server its address, once it listens
     */
    public JobGrading(Graders graders, Supplier<URI> server) {
        this.graders = graders;
        this.server = server;
    }

    private Grader grader(Job job) {
        JsonNode given = Objects.requireNonNull(job.asked().reinforcement()).grader();
        return graders.reader(job.asked().project()).read(new Asked("method.reinforcement.grader", given));
    }

    @Override
    public @Nullable String missing(Job job, JsonNode item) {
        Sample nothing = new Sample("{}", item);
        List<Grader> single = grader(job)
                .all()
                .filter(each -> !(each instanceof Grader.Multi))
                .toList();
        for (Grader each : single) {
            for (Template template : each.templates()) {
                for (Template.Variable variable : template.variables()) {
                    if (!variable.isIn(nothing)) {
                        return "no '" + String.join(".", variable.steps()) + "', which the grader '" + each.name()
                                + "' names as {{" + variable + "}}";
                    }
                }
            }
        }
        return null;
    }

    @Override
    public Session open(Job job) {
        Open session = new Open(job, grader(job));
        try {
            session.hold();
        } catch (RuntimeException e) {
            session.close();
            throw e;
        }
        sessions.put(job.id(), session);
        return session;
    }

    /** The grading for one trainer, whose models stay in memory as long as it trains. */
    private final class Open implements Session {
        private final Job job;
        private final Grader grader;
        private final String secret;
        private final List<Chats.Held> models = new ArrayList<>();

        Open(Job job, Grader grader) {
            this.job = job;
            this.grader = grader;
            byte[] bytes = new byte[SECRET_BYTES];
            random.nextBytes(bytes);
            this.secret = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        }

        void hold() {
            grader.all().forEach(each -> {
                if (each instanceof Grader.Asking asking && asking.question().address() == null) {
                    models.add(graders.chats()
                            .hold(job.asked().project(), asking.question().model()));
                }
            });
        }

        @Override
        public Map<String, String> environment() {
            return Map.of(ADDRESS, server.get() + PATH + "/" + job.id(), KEY, secret);
        }

        @Override
        public void close() {
            sessions.remove(job.id(), this);
            models.forEach(Chats.Held::close);
            models.clear();
        }

        boolean knows(@Nullable String header) {
            return header != null
                    && MessageDigest.isEqual(
                            (BEARER + secret).getBytes(StandardCharsets.UTF_8),
                            header.getBytes(StandardCharsets.UTF_8));
        }
    }

    @Override
    public String prefix() {
        return PATH;
    }

    @Override
    public void mount(RoutesConfig routes) {
        routes.post(PATH + "/{job}", this::grade);
    }

    private void grade(Context ctx) throws IOException {
        Open session = sessions.get(ctx.pathParam("job"));
        if (session == null || !session.knows(ctx.header("Authorization"))) {
            throw new Refusal(404, "Nothing is graded here for this caller.");
        }
        List<Sample> samples = new ArrayList<>();
        for (JsonNode sample : Body.json(ctx).path("samples")) {
            samples.add(new Sample(sample.path("text").asText(), sample.path("item")));
        }
        List<Grade> grades = graders.grading().grades(session.job.asked().project(), session.grader, samples);
        ctx.json(Map.of("grades", grades.stream().map(JobGrading::document).toList()));
    }

    private static Map<String, Object> document(Grade grade) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("reward", grade.reward());
        document.put("scores", grade.scores());
        Map<String, List<String>> faults = new LinkedHashMap<>();
        grade.faults()
                .forEach((name, own) ->
                        faults.put(name, own.stream().map(Grade.Fault::key).toList()));
        document.put("faults", faults);
        document.put("tokens", grade.tokens());
        return document;
    }

    /** Reads what {@link #document} writes. */
    static JsonNode grades(String text) throws IOException {
        return Json.read(text).path("grades");
    }
}
