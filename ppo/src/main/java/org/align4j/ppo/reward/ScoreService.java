package org.align4j.ppo.reward;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.generate.Completion;
import org.align4j.core.stop.StopSignal;
import org.align4j.core.web.WebBody;
import org.align4j.core.web.WebClient;

/**
 * A service that scores: POST {@code {"prompts": […], "responses": […]}} gives {@code {"scores": […]}}. It is asked again after
 * a failure that may pass (no connection, too late, a status of 429 or from 500 on), with longer and longer pauses.
 *
 * @param address where it listens
 * @param timeout the longest wait for an answer, and for the next part of one
 * @param attempts how often it is asked in all
 * @param pause before the second attempt; doubled before each further one
 */
record ScoreService(WebClient client, URI address, Duration timeout, int attempts, Duration pause)
        implements org.align4j.core.reward.RewardFunction {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LONGEST_ANSWER = 64 << 20;
    private static final int TOO_MANY = 429;
    private static final int SERVER_ERROR = 500;

    /** A service that may take a minute and is asked four times. */
    static ScoreService of(String address) {
        return of(address, Duration.ofSeconds(60), 4, Duration.ofSeconds(1));
    }

    static ScoreService of(String address, Duration timeout, int attempts, Duration pause) {
        WebClient client = new WebClient(timeout, timeout);
        try {
            URI uri = URI.create(address);
            if (!WebClient.reaches(uri)) {
                throw new InputException("reward is " + address + ", which names no host.");
            }
            return new ScoreService(client, uri, timeout, attempts, pause);
        } catch (IllegalArgumentException e) {
            throw new InputException("reward is " + address + ", which is no address: " + e.getMessage() + ".", e);
        }
    }

    @Override
    public double[] scores(List<Completion> responses) {
        HttpRequest request = HttpRequest.newBuilder(address)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body(responses)))
                .build();
        String problem = "";
        for (int attempt = 0; attempt < attempts; attempt++) {
            if (attempt > 0) {
                sleep(pause.multipliedBy(1L << (attempt - 1)));
            }
            try {
                HttpResponse<WebBody> response = client.send(request);
                int status = response.statusCode();
                String answer = text(response);
                if (status / 100 == 2) {
                    return scores(answer);
                }
                problem = "it answers with status " + status + " (" + brief(answer) + ")";
                if (status != TOO_MANY && status < SERVER_ERROR) {
                    break;
                }
            } catch (IOException e) {
                problem = e instanceof java.net.http.HttpTimeoutException
                        ? "it gave no answer within " + timeout.toMillis() / 1000.0 + " s"
                        : "it can't be reached (" + Objects.requireNonNullElse(e.getMessage(), e.toString()) + ")";
            }
        }
        throw new RunException("the reward service " + address + " failed: " + problem + ".");
    }

    private static String text(HttpResponse<WebBody> response) throws IOException {
        try (WebBody body = response.body()) {
            return new String(body.all(LONGEST_ANSWER), StandardCharsets.UTF_8);
        }
    }

    private static String body(List<Completion> responses) {
        try {
            return JSON.writeValueAsString(Map.of(
                    "prompts", responses.stream().map(ScoreService::prompt).toList(),
                    "responses", responses.stream().map(TextReward::text).toList()));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Texts can always be written as JSON.", e);
        }
    }

    private static String prompt(Completion response) {
        String text = response.prompt().text();
        return text == null ? Arrays.toString(response.prompt().prompt()) : text;
    }

    private double[] scores(String body) {
        JsonNode scores;
        try {
            scores = JSON.readTree(body).path("scores");
        } catch (JsonProcessingException e) {
            throw new RunException("the reward service " + address + " answers with no JSON: " + brief(body), e);
        }
        if (!scores.isArray()) {
            throw new RunException(
                    "the reward service " + address + " answers without a list \"scores\": " + brief(body));
        }
        return scores.valueStream()
                .mapToDouble(score -> score.isNumber() ? score.doubleValue() : Double.NaN)
                .toArray();
    }

    private static String brief(String text) {
        String line = text.strip().replaceAll("\\s+", " ");
        return line.length() <= 120 ? line : line.substring(0, 120) + "…";
    }

    private void sleep(Duration time) {
        try {
            StopSignal.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RunException("The wait for the reward service " + address + " was interrupted.", e);
        }
    }

    @Override
    public void close() {}
}
