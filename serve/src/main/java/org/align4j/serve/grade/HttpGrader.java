package org.align4j.serve.grade;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.files.Json;
import org.align4j.serve.grade.Grade.Failure;
import org.align4j.serve.grade.Grade.Fault;
import org.align4j.web.AllowedAddresses;
import org.align4j.web.Outgoing;

/**
 * Asks an address for an answer's number: POST {@code {"sample": {"output_text", "output_json"?}, "item": {…}}} gives {@code {"score": 0.5}} or the
 * number alone. It is asked again where it gave nothing.
 *
 * @param outgoing reaches the address
 */
record HttpGrader(Outgoing outgoing) {
    private static final int ATTEMPTS = 3;
    private static final long PAUSE_MILLIS = 250;
    private static final Map<String, String> HEADERS =
            Map.of("Content-Type", "application/json", "Accept", "application/json");

    double score(Grader.Http grader, Sample sample) throws Failure {
        byte[] body = Json.bytes(body(sample));
        Failure last = new Failure(Fault.UNRESPONSIVE_REWARD, "it wasn't asked");
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            try {
                Outgoing.Answer answer = outgoing.post(grader.url(), HEADERS, body);
                if (answer.granted()) {
                    return score(answer.text());
                }
                String status = "the grader's address answers with status " + answer.status();
                last = new Failure(
                        Fault.UNRESPONSIVE_REWARD,
                        answer.status() / 100 == 3 ? status + "; redirects aren't followed" : status);
                if (answer.status() < 500 && answer.status() != 429 && answer.status() != 408) {
                    throw last;
                }
            } catch (AllowedAddresses.NotAllowed wrong) {
                throw new Failure(Fault.OTHER, "the grader's address can't be used: " + wrong.getMessage());
            } catch (IOException failed) {
                last = new Failure(
                        Fault.UNRESPONSIVE_REWARD,
                        "the grader's address gave no answer"
                                + (failed instanceof SocketTimeoutException ? " in time" : ""));
            }
            rest(attempt);
        }
        throw last;
    }

    private static void rest(int attempt) throws Failure {
        try {
            Thread.sleep(attempt < ATTEMPTS ? PAUSE_MILLIS << attempt : 0);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Fault.UNRESPONSIVE_REWARD, "the grading was interrupted");
        }
    }

    private static Map<String, Object> body(Sample sample) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("output_text", sample.text());
        try {
            answer.put("output_json", sample.json());
        } catch (Failure noJson) {
            // most answers are none
        }
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("sample", answer);
        body.put("item", sample.item());
        return body;
    }

    private static double score(String text) throws Failure {
        try {
            JsonNode answer = Json.read(text.isBlank() ? "{}" : text);
            JsonNode score = answer.isObject() ? answer.path("score") : answer;
            if (score.isNumber() && Double.isFinite(score.doubleValue())) {
                return score.doubleValue();
            }
        } catch (JsonProcessingException noJson) {
            // said below
        }
        throw new Failure(Fault.OTHER, "the grader's address answers without a number \"score\"");
    }
}
