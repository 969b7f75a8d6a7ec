package org.align4j.ppo.rollout;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.error.AddressSecrets;
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
import org.jspecify.annotations.Nullable;

/** {@code http://…} and {@code https://…}: a {@link ScoreService}. */
public final class HttpReward implements RewardSource {
    @Override
    public String usage() {
        return "http://…";
    }

    @Override
    public boolean takes(String given) {
        String scheme = given.toLowerCase(Locale.ROOT);
        return scheme.startsWith("http://") || scheme.startsWith("https://");
    }

    @Override
    public void requireNew(String given, @Nullable String key) {
        String is = "reward is " + AddressSecrets.ofAddress(given);
        if (AddressSecrets.hasUser(given)) {
            throw new InputException(is
                    + ", which holds a user or a password; leave them out and give the key as reward-key: the name of an environment"
                    + " variable, or file:PATH.");
        }
        String parameter = AddressSecrets.parameter(given);
        if (parameter != null) {
            throw new InputException(is + ", whose " + parameter
                    + " may be a secret, and addresses are written into the run; leave it out and give the key as reward-key: the"
                    + " name of an environment variable, or file:PATH.");
        }
        ScoreService.of(given, key);
    }

    @Override
    public boolean takesKey() {
        return true;
    }

    @Override
    public RewardFunction open(String given, RewardContext context) {
        return ScoreService.of(given, context.key());
    }

    /**
     * A service that scores: POST {@code {"prompts": […], "responses": […]}} gives {@code {"scores": […]}}. Where rows have other fields
     * than their prompt, {@code "fields"} lists them, an object for each response. The service is asked again after a failure that may pass (no connection, too late, a status of 429 or from 500 on), with longer and longer pauses.
     *
     * @param client asks, and asks again
     * @param address where it listens
     * @param key goes with each request; null for none
     * @param timeout the longest wait for a whole answer
     */
    record ScoreService(
            RetryingClient client, URI address, @Nullable ServiceKey key, Duration timeout)
            implements org.align4j.core.reward.RewardFunction {
        private static final int LONGEST_ANSWER = 64 << 20;
        private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

        /**
         * A service that may take a minute and is asked four times.
         *
         * @param key names the key; null for none
         */
        static ScoreService of(String address, @Nullable String key) {
            ServiceKey found = key == null ? null : ServiceKey.require("reward-key", key, System.getenv());
            return of(address, found, Duration.ofSeconds(60), 4, Duration.ofSeconds(1));
        }

        static ScoreService of(
                String address, @Nullable ServiceKey key, Duration timeout, int attempts, Duration pause) {
            String is = "reward is " + AddressSecrets.ofAddress(address);
            try {
                URI uri = URI.create(address);
                if (!WebClient.reaches(uri)) {
                    throw new InputException(is + ", which names no host.");
                }
                WebClient client = WebClient.within(timeout);
                return new ScoreService(new RetryingClient(client, attempts, pause, LONGEST_PAUSE), uri, key, timeout);
            } catch (IllegalArgumentException e) {
                throw new InputException(is + ", which is no address; write http://HOST:PORT/PATH.", e);
            }
        }

        @Override
        public double[] scores(List<Completion> responses) {
            String problem;
            try {
                RetryingClient.Reply reply = client.send(request(responses), LONGEST_ANSWER);
                if (reply.granted()) {
                    return scores(reply.text());
                }
                problem = reply.redirects()
                        ? "it redirects (status " + reply.status()
                                + "), which isn't followed; name the address that it redirects to"
                        : "it answers with status " + reply.status() + " (" + brief(reply.text()) + ")";
            } catch (InterruptedIOException e) {
                throw new RunException("The wait for the reward service " + told() + " was interrupted.", e);
            } catch (IOException e) {
                problem = e instanceof HttpTimeoutException
                        ? "it gave no whole answer within " + timeout.toMillis() / 1000.0 + " s"
                        : "it can't be reached (" + Objects.requireNonNullElse(e.getMessage(), e.toString()) + ")";
            }
            throw new RunException("the reward service " + told() + " failed: " + problem + ".");
        }

        private HttpRequest request(List<Completion> responses) {
            HttpRequest.Builder request = HttpRequest.newBuilder(address)
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString(body(responses)));
            return (key == null ? request : key.sign(request)).build();
        }

        private String told() {
            return AddressSecrets.ofAddress(address.toString());
        }

        private static String body(List<Completion> responses) {
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("prompts", responses.stream().map(ScoreService::prompt).toList());
            body.put("responses", responses.stream().map(TextReward::text).toList());
            List<Map<String, Object>> fields = responses.stream()
                    .map(response -> response.prompt().fields())
                    .toList();
            if (!fields.stream().allMatch(Map::isEmpty)) {
                body.put("fields", fields);
            }
            return Json.text(body);
        }

        private static String prompt(Completion response) {
            String text = response.prompt().text();
            return text == null ? Arrays.toString(response.prompt().prompt()) : text;
        }

        private double[] scores(String body) {
            JsonNode scores;
            try {
                scores = Json.read(body).path("scores");
            } catch (JsonProcessingException e) {
                throw new RunException("the reward service " + told() + " answers with no JSON: " + brief(body), e);
            }
            if (!scores.isArray()) {
                throw new RunException(
                        "the reward service " + told() + " answers without a list \"scores\": " + brief(body));
            }
            return scores.valueStream()
                    .mapToDouble(score -> score.isNumber() ? score.doubleValue() : Double.NaN)
                    .toArray();
        }

        /** What it said, on one line and without the key and the secrets of the address, should it repeat them. */
        private String brief(String text) {
            String bare = AddressSecrets.removedFrom(text, address.toString());
            String line = (key == null ? bare : key.removedFrom(bare)).strip().replaceAll("\\s+", " ");
            return line.length() <= 120 ? line : line.substring(0, 120) + "…";
        }

        @Override
        public void close() {}
    }
}
