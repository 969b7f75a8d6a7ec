package org.align4j.serve.grade;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.Json;
import org.align4j.core.generate.Completion;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.reward.RewardSource;
import org.align4j.core.web.RetryingClient;
import org.align4j.core.web.ServiceKey;
import org.align4j.core.web.WebClient;

/**
 * {@code --reward grader}: asks the server that started this trainer for grades. Address and secret are in the environment, never among the options, so
 * that a run goes on under a server that was started again.
 */
public final class GraderReward implements RewardSource {
    private static final String NAME = "grader";

    @Override
    public String usage() {
        return NAME;
    }

    @Override
    public boolean takes(String given) {
        return given.equals(NAME);
    }

    @Override
    public RewardFunction open(String given, RewardContext context) {
        return open(System.getenv());
    }

    static RewardFunction open(Map<String, String> environment) {
        String address = environment.get(JobGrading.ADDRESS);
        if (address == null) {
            // A job is examined, and its run read, by processes that grade nothing.
            return new Unreached();
        }
        ServiceKey key = ServiceKey.require("reward-key", JobGrading.KEY, environment);
        WebClient client = WebClient.within(Duration.ofMinutes(30));
        return new Asking(new RetryingClient(client, ATTEMPTS, FIRST_PAUSE, LONGEST_PAUSE), URI.create(address), key);
    }

    private static final int ATTEMPTS = Integer.MAX_VALUE;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    /** Grades nothing, and says why. */
    private record Unreached() implements RewardFunction {
        @Override
        public double[] scores(List<Completion> responses) {
            throw new InputException(
                    "reward is grader, by which align serve grades the answers of its reinforcement jobs, but no server started this process;"
                            + " resume the job there, or give another reward.");
        }
    }

    /**
     * Asks for the grades of some responses at a time, and again until the server answers or the reward's time is over.
     *
     * @param address of the grading of this trainer's job
     * @param key the trainer's secret
     */
    private record Asking(RetryingClient client, URI address, ServiceKey key) implements RewardFunction {
        private static final int MOST_SAMPLES = 64;
        private static final long MOST_CHARACTERS = 1 << 20;
        private static final int LONGEST_ANSWER = 64 << 20;

        @Override
        public double[] scores(List<Completion> responses) {
            return scored(responses).scores();
        }

        @Override
        public Scored scored(List<Completion> responses) {
            List<JsonNode> grades = new ArrayList<>();
            List<Map<String, Object>> samples = new ArrayList<>();
            long characters = 0;
            for (Completion response : responses) {
                String item = Json.text(item(response));
                String text = response.text() == null ? "" : response.text();
                if (samples.size() == MOST_SAMPLES
                        || (characters > 0 && characters + item.length() > MOST_CHARACTERS)) {
                    grades.addAll(asked(samples));
                    samples.clear();
                    characters = 0;
                }
                samples.add(Map.of("text", text, "item", item(response)));
                characters += item.length() + text.length();
            }
            grades.addAll(asked(samples));
            return new Scored(
                    grades.stream()
                            .mapToDouble(grade -> grade.path("reward").asDouble(Double.NaN))
                            .toArray(),
                    parts(grades));
        }

        private static Object item(Completion response) {
            return response.prompt().fields().getOrDefault("item", Map.of());
        }

        private List<JsonNode> asked(List<Map<String, Object>> samples) {
            try {
                HttpRequest request = key.sign(HttpRequest.newBuilder(address))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(Json.text(Map.of("samples", samples))))
                        .build();
                RetryingClient.Reply reply = client.send(request, LONGEST_ANSWER);
                if (!reply.granted()) {
                    throw new RunException("the server that grades answers with status " + reply.status());
                }
                return JobGrading.grades(reply.text()).valueStream().toList();
            } catch (InterruptedIOException e) {
                throw new RunException("The wait for grades was interrupted.", e);
            } catch (IOException e) {
                throw new RunException("the server that grades can't be reached", e);
            }
        }

        /** What scores were made of, for the run's metrics; the names are read again by whoever writes the job's events. */
        private static Map<String, double[]> parts(List<JsonNode> grades) {
            Map<String, double[]> parts = new LinkedHashMap<>();
            parts.put("parse_error", new double[grades.size()]);
            parts.put("unresponsive", new double[grades.size()]);
            for (int i = 0; i < grades.size(); i++) {
                int place = i;
                JsonNode grade = grades.get(i);
                grade.path("scores")
                        .properties()
                        .forEach(score -> part(parts, "score/" + score.getKey(), grades.size())[place] =
                                score.getValue().doubleValue());
                grade.path("tokens")
                        .properties()
                        .forEach(tokens -> part(parts, "tokens/" + tokens.getKey(), grades.size())[place] =
                                tokens.getValue().doubleValue());
                grade.path("faults")
                        .properties()
                        .forEach(faults -> faults.getValue().forEach(fault -> {
                            String key = fault.asText();
                            part(parts, "fault/" + faults.getKey() + "/" + key, grades.size())[place] = 1;
                            if (key.equals(Grade.Fault.SAMPLE_PARSE.key())) {
                                part(parts, "parse_error", grades.size())[place] = 1;
                            } else if (key.equals(Grade.Fault.UNRESPONSIVE_REWARD.key())) {
                                part(parts, "unresponsive", grades.size())[place] = 1;
                            }
                        }));
            }
            return parts;
        }

        private static double[] part(Map<String, double[]> parts, String name, int size) {
            return parts.computeIfAbsent(name, fresh -> new double[size]);
        }
    }
}
